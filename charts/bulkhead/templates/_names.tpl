{{/* Name of all objects; room is left for suffixes within 63 letters. */}}
{{- define "bulkhead.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $joined .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "bulkhead.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "bulkhead.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{ include "bulkhead.selector" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Which pods are replicas; those of hooks are not. */}}
{{- define "bulkhead.replicas" -}}
{{ include "bulkhead.selector" . }}
app.kubernetes.io/component: webhook
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

{{- define "bulkhead.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{/* Annotations of what exists only to clean up, by its weight. What failed stays until the next try, to be looked at. */}}
{{- define "bulkhead.hook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
