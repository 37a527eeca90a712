{{/* The text of the policy file: what judges, what is exempt, and more. */}}
{{- define "bulkhead.policy" -}}
{{- $policy := .Values.policy -}}
{{- $judges := "# Preset \"none\": nothing is judged." -}}
{{- if $policy.inline -}}
{{- $judges = $policy.inline -}}
{{- else if ne $policy.preset "none" -}}
{{- $judges = .Files.Get (printf "policies/%s.yaml" $policy.preset) -}}
{{- end -}}
{{- $exceptions := include "bulkhead.documents" (list $policy.exceptions (dict "apiVersion" "bulkhead.dev/v1alpha1" "kind" "IsolationException")) -}}
{{- $extra := include "bulkhead.documents" (list $policy.extra dict) -}}
{{- without (list ($judges | trimSuffix "\n") $exceptions $extra) "" | join "\n---\n" -}}
{{- end }}

{{/* Documents of (value, defaults of an object): a text, an object, or a list of both. */}}
{{- define "bulkhead.documents" -}}
{{- $value := index . 0 -}}
{{- $defaults := index . 1 -}}
{{- $texts := list -}}
{{- range ternary $value (list $value) (kindIs "slice" $value) -}}
{{- if kindIs "string" . -}}{{- $texts = append $texts (trimAll "\n" .) -}}
{{- else if . -}}{{- $texts = append $texts (toYaml (merge (deepCopy .) $defaults)) -}}
{{- end -}}
{{- end -}}
{{- without $texts "" | join "\n---\n" -}}
{{- end }}

{{/* Whether there is text of the user's in it. */}}
{{- define "bulkhead.ownPolicy" -}}
{{- with .Values.policy }}{{ if or .inline .exceptions .extra }}true{{ end }}{{ end -}}
{{- end }}
