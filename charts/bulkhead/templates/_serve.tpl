{{/* Every argument of `bulkhead serve`, here and nowhere else. What the user sets is not set by the chart. */}}
{{- define "bulkhead.serve" -}}
{{- $given := include "bulkhead.given" . | fromJson -}}
{{- $args := list "serve" -}}
{{- range include "bulkhead.flags" . | fromYamlArray -}}
{{- if not (hasKey $given (include "bulkhead.flag" .)) -}}{{- $args = append $args . -}}{{- end -}}
{{- end -}}
{{- toYaml (concat $args (default list .Values.extraArgs)) -}}
{{- end }}

{{/* The chart's own. */}}
{{- define "bulkhead.flags" -}}
{{- $name := include "bulkhead.fullname" . -}}
- --listen={{ .Values.listenAddress }}:{{ .Values.ports.webhook }}
- --admin-listen={{ .Values.listenAddress }}:{{ .Values.ports.admin }}
- --policy=/etc/bulkhead/policy/policy.yaml
- --exclude-namespaces={{ include "bulkhead.excluded" . | fromYamlArray | join "," }}
- --lame-duck={{ .Values.lameDuckSeconds }}
- --log-level={{ .Values.logLevel }}
- --log-format={{ .Values.logFormat }}
{{- with .Values.helpURL }}
- {{ printf "--help-url=%s" . | quote }}
{{- end }}
{{- if include "bulkhead.callsApi" . }}
- --tls-source=self-managed
- --tls-secret={{ .Release.Namespace }}/{{ include "bulkhead.tlsSecret" . }}
- --lease={{ .Release.Namespace }}/{{ $name }}
- --service={{ .Release.Namespace }}/{{ $name }}:{{ .Values.service.port }}
- --webhooks={{ include "bulkhead.registration" . }}
- --webhooks-name={{ $name }}
{{- if not .Values.webhooks.static }}
- --webhooks-timeout-seconds={{ .Values.webhooks.timeoutSeconds }}
- {{ printf "--webhooks-enforce=%s" (get (include "bulkhead.enforced" . | fromYaml) "namespaceSelector" | toJson) | squote }}
{{- end }}
{{- else }}
- --tls-source=files
- --tls-cert=/etc/bulkhead/tls/tls.crt
- --tls-key=/etc/bulkhead/tls/tls.key
- --tls-name={{ $name }}.{{ .Release.Namespace }}.svc
{{- end }}
{{- end }}

{{/* The flag of an argument. */}}
{{- define "bulkhead.flag" -}}
{{- trimPrefix "--" . | splitList "=" | first -}}
{{- end }}

{{/*
What extraEnv and extraArgs set, by flag, with its value; one from elsewhere is empty. An argument that
collects adds to the chart's, so that it is none of these.
*/}}
{{- define "bulkhead.given" -}}
{{- $given := dict -}}
{{- range .Values.extraEnv -}}
{{- if hasPrefix "BULKHEAD_" .name -}}
{{- $_ := set $given (trimPrefix "BULKHEAD_" .name | lower | replace "_" "-") (default "" .value) -}}
{{- end -}}
{{- end -}}
{{- range .Values.extraArgs -}}
{{- $flag := include "bulkhead.flag" . -}}
{{- if not (has $flag (list "exclude-namespaces" "tls-name")) -}}
{{- $_ := set $given $flag (trimPrefix (printf "--%s" $flag) . | trimPrefix "=") -}}
{{- end -}}
{{- end -}}
{{- toJson $given -}}
{{- end }}

{{/* What the user sets for a flag, or what the chart would, of (root, flag, the chart's). */}}
{{- define "bulkhead.effective" -}}
{{- default (index . 2) (get (include "bulkhead.given" (index . 0) | fromJson) (index . 1)) -}}
{{- end }}

{{- define "bulkhead.webhookPort" -}}
{{- include "bulkhead.effective" (list . "listen" .Values.ports.webhook) | regexFind "[0-9]+$" -}}
{{- end }}

{{- define "bulkhead.adminPort" -}}
{{- include "bulkhead.effective" (list . "admin-listen" .Values.ports.admin) | regexFind "[0-9]+$" -}}
{{- end }}
