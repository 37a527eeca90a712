{{/* Name of all objects; room is left for suffixes within 63 letters. */}}
{{- define "bulkhead.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $joined .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* Maps as one: of a key that stands in several the last one counts, and null takes it away. */}}
{{- define "bulkhead.together" -}}
{{- $all := dict -}}
{{- range . -}}
{{- range $key, $value := . -}}
{{- $_ := set $all $key $value -}}
{{- if kindIs "invalid" $value -}}{{- $_ := unset $all $key -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $all -}}
{{- end }}

{{- define "bulkhead.selector" -}}
{{- dict "app.kubernetes.io/name" (default .Chart.Name .Values.nameOverride) "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end }}

{{- define "bulkhead.labels" -}}
{{- include "bulkhead.labelsWith" (list . dict) -}}
{{- end }}

{{/* The same of (root, more of the user's). Nobody changes what is selected by. */}}
{{- define "bulkhead.labelsWith" -}}
{{- $root := index . 0 -}}
{{- $chart := printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" -}}
{{- $ours := dict "helm.sh/chart" $chart "app.kubernetes.io/managed-by" $root.Release.Service "app.kubernetes.io/version" $root.Chart.AppVersion -}}
{{- include "bulkhead.together" (list $ours $root.Values.commonLabels (index . 1) (include "bulkhead.selector" $root | fromYaml)) -}}
{{- end }}

{{/* Which pods are replicas; those of hooks are not. */}}
{{- define "bulkhead.replicas" -}}
{{- include "bulkhead.podsOf" (list . "webhook") -}}
{{- end }}

{{/* Which pods are of a component, of (root, component). */}}
{{- define "bulkhead.podsOf" -}}
{{- include "bulkhead.together" (list (include "bulkhead.selector" (index . 0) | fromYaml) (dict "app.kubernetes.io/component" (index . 1))) -}}
{{- end }}

{{- define "bulkhead.serviceAccount" -}}
{{- default (ternary (include "bulkhead.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end }}

{{- define "bulkhead.image" -}}
{{- .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* The Secret with the certificate. */}}
{{- define "bulkhead.tlsSecret" -}}
{{- if eq .Values.tls.source "files" }}{{ .Values.tls.files.secretName }}{{ else }}{{ include "bulkhead.fullname" . }}-tls{{ end -}}
{{- end }}

{{/* Whether the replicas call the API at all: for the Secret, the Lease and the registration. */}}
{{- define "bulkhead.callsApi" -}}
{{- if eq .Values.tls.source "self-managed" }}true{{ end -}}
{{- end }}

{{/* What of the webhooks the replicas write. */}}
{{- define "bulkhead.registration" -}}
{{- if not (include "bulkhead.callsApi" .) }}none{{ else }}{{ ternary "static" "managed" .Values.webhooks.static }}{{ end -}}
{{- end }}

{{- define "bulkhead.restricted" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Annotations of what exists only to clean up, by its weight. What failed stays until the next try, to be looked at. */}}
{{- define "bulkhead.hook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
