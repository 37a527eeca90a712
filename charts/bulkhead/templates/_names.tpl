{{/* Name of all objects; room is left for suffixes within 63 letters. */}}
{{- define "bulkhead.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $joined .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{/* Maps as one: of a key that is in several the last one counts, and null takes it away. */}}
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

{{/*
Metadata of an object, of (root, more). In more: name, where it is not that of all objects, and a suffix of that; cluster, where it is in no
namespace; namespace, where it is not the release's; labels; annotations, a list of maps.
*/}}
{{- define "bulkhead.metadata" -}}
{{- $root := index . 0 -}}
{{- $more := index . 1 -}}
name: {{ default (include "bulkhead.fullname" $root) $more.name }}{{ $more.suffix }}
{{- if not $more.cluster }}
namespace: {{ default $root.Release.Namespace $more.namespace }}
{{- end }}
labels:
  {{- include "bulkhead.labels" (list $root $more.labels) | nindent 2 }}
{{- with include "bulkhead.together" (prepend (default list $more.annotations) $root.Values.commonAnnotations) | fromYaml }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "bulkhead.selector" -}}
{{- dict "app.kubernetes.io/name" (default .Chart.Name .Values.nameOverride) "app.kubernetes.io/instance" .Release.Name | toYaml -}}
{{- end }}

{{/* Labels of (root, more of the user's). Nobody changes what is selected by. */}}
{{- define "bulkhead.labels" -}}
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

{{/* Metadata of an object of a hook, of (root, suffix, events, weight), with one more where it is in no namespace. */}}
{{- define "bulkhead.hookMetadata" -}}
{{- $annotations := include "bulkhead.hook" (list (index . 2) (index . 3)) | fromYaml -}}
{{- include "bulkhead.metadata" (list (index . 0) (dict "suffix" (index . 1) "annotations" (list $annotations) "cluster" (eq (len .) 5))) -}}
{{- end }}

{{/* Annotations of an object of a hook, of (events, weight). What failed stays until the next try, and helm shows its log. */}}
{{- define "bulkhead.hook" -}}
helm.sh/hook: {{ index . 0 }}
helm.sh/hook-weight: {{ index . 1 | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
helm.sh/hook-output-log-policy: hook-failed
{{- end }}
