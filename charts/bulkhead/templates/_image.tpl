{{/* The image; the registry for all charts counts only where nothing here names one. */}}
{{- define "bulkhead.image" -}}
{{- $image := .Values.image -}}
{{- $first := splitList "/" $image.repository | first -}}
{{- $named := and (contains "/" $image.repository) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- with default (ternary "" .Values.global.imageRegistry $named) $image.registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{ $image.repository }}:{{ default .Chart.AppVersion $image.tag }}
{{- with $image.digest }}@{{ . }}{{ end }}
{{- end }}

{{/* Secrets to pull it with: those for all charts, given as names or as objects, and ours. */}}
{{- define "bulkhead.pullSecrets" -}}
{{- $all := list -}}
{{- range concat (default list .Values.global.imagePullSecrets) (default list .Values.imagePullSecrets) -}}
{{- if kindIs "string" . -}}{{- $all = append $all (dict "name" .) -}}
{{- else -}}{{- $all = append $all . -}}
{{- end -}}
{{- end -}}
{{- toYaml (uniq $all) -}}
{{- end }}
