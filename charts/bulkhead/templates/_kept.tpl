{{/* What the values say and the chart does not do: sentences for people. */}}
{{- define "bulkhead.kept" -}}
{{- $selected := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- $pods := append $selected "app.kubernetes.io/component" -}}
{{- $kept := dict "commonLabels" (list .Values.commonLabels $pods) "podLabels" (list .Values.podLabels $pods) "monitor.labels" (list .Values.monitor.labels $selected) -}}
{{- $told := list -}}
{{- range $value, $pair := $kept -}}
{{- range $label := index $pair 1 -}}
{{- if hasKey (default dict (index $pair 0)) $label -}}
{{- $told = append $told (printf "Note: %s in %s is the chart's own where it selects by it; its value there stays." $label $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if hasKey (default dict .Values.webhooks.annotations) "bulkhead.dev/registration" -}}
{{- $told = append $told "Note: bulkhead.dev/registration in webhooks.annotations is the chart's own; its value stays." -}}
{{- end -}}
{{- toYaml $told -}}
{{- end }}
