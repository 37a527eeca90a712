{{/* What the values say and the chart does otherwise: sentences for people. */}}
{{- define "bulkhead.kept" -}}
{{- $selected := list "app.kubernetes.io/name" "app.kubernetes.io/instance" -}}
{{- $pods := append $selected "app.kubernetes.io/component" -}}
{{- $kept := dict "commonLabels" (list .Values.commonLabels $pods) "podLabels" (list .Values.podLabels $pods) -}}
{{- range $block := list "serviceMonitor" "podMonitor" -}}
{{- $_ := set $kept (printf "%s.additionalLabels" $block) (list (index $.Values $block).additionalLabels $selected) -}}
{{- end -}}
{{- $notes := list -}}
{{- range $value, $pair := $kept -}}
{{- range $label := index $pair 1 -}}
{{- if hasKey (default dict (index $pair 0)) $label -}}
{{- $notes = append $notes (printf "Note: %s in %s is the chart's own where it selects by it; its value there stays." $label $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if hasKey (default dict .Values.webhooks.annotations) "bulkhead.dev/registration" -}}
{{- $notes = append $notes "Note: bulkhead.dev/registration in webhooks.annotations is the chart's own; its value stays." -}}
{{- end -}}
{{- $given := include "bulkhead.given" . | fromJson -}}
{{- range include "bulkhead.flags" . | fromYamlArray -}}
{{- $flag := include "bulkhead.flag" . -}}
{{- if hasKey $given $flag -}}
{{- $notes = append $notes (printf "Note: --%s is set by extraArgs or extraEnv, which replaces the chart's %s." $flag .) -}}
{{- end -}}
{{- end -}}
{{- $now := dict -}}
{{- range (include "bulkhead.renamed" . | fromJson).renamed -}}
{{- $_ := set $now .old (append (default list (get $now .old)) .new) -}}
{{- end -}}
{{- range $old, $new := $now -}}
{{- $notes = append $notes (printf "Warning: the value %s is now %s; the old name works until %s." $old (join " or " $new) (include "bulkhead.oldNamesEnd" $)) -}}
{{- end -}}
{{- toYaml $notes -}}
{{- end }}
