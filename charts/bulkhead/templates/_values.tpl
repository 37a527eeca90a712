{{/*
Values as the templates read them, for the first line of each: old names become new ones, and what is
left out gets its default. Done again, it changes nothing.
*/}}
{{- define "bulkhead.settle" -}}
{{- range (include "bulkhead.renamed" . | fromJson).renamed -}}
{{- $is := include "bulkhead.at" (list $.Values .new) | fromJson -}}
{{- if and (hasKey $is "value") (ne (toJson $is.value) (toJson .value)) -}}
{{- fail (printf "%s and %s: both are set, and differ (%s, %s). %s is the name since this version: leave out the old one, by --set %s=null" .old .new (toJson .was) (toJson $is.value) .new .old) -}}
{{- end -}}
{{- $keys := splitList "." .new -}}
{{- $at := $.Values -}}
{{- range $key := initial $keys -}}
{{- if not (kindIs "map" (index $at $key)) -}}{{- $_ := set $at $key dict -}}{{- end -}}
{{- $at = index $at $key -}}
{{- end -}}
{{- $_ := set $at (last $keys) .value -}}
{{- end -}}
{{- include "bulkhead.fill" (list .Values (include "bulkhead.defaults" . | fromYaml)) -}}
{{- end }}

{{/*
Defaults that values.yaml has as comments, because a value that is there cannot be seen to be left out;
and of what --reuse-values from an older version lacks.
*/}}
{{- define "bulkhead.defaults" -}}
global: {imageRegistry: "", imagePullSecrets: []}
replicaCount: 2
strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
policy: {exceptions: [], extra: "", lint: true}
webhooks: {timeoutSeconds: 3}
webhooksCleanup: {enabled: true}
serviceMonitor: {enabled: false, interval: 30s, additionalLabels: {}}
podMonitor: {enabled: false, interval: 30s, additionalLabels: {}}
livenessProbe: {periodSeconds: 10, failureThreshold: 6}
readinessProbe: {periodSeconds: 2, failureThreshold: 1}
test: {enabled: true}
{{- end }}

{{/* Fills what is absent from a map, of (map, defaults); false, 0 and empty are there. */}}
{{- define "bulkhead.fill" -}}
{{- $into := index . 0 -}}
{{- range $key, $value := index . 1 -}}
{{- if kindIs "invalid" (index $into $key) -}}
{{- $_ := set $into $key $value -}}
{{- else if and (kindIs "map" $value) (kindIs "map" (index $into $key)) -}}
{{- include "bulkhead.fill" (list (index $into $key) $value) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Until when old names of values count. */}}
{{- define "bulkhead.oldNamesEnd" -}}2027-06-30{{- end }}

{{/* Old names of values, each with the new one. */}}
{{- define "bulkhead.names" -}}
replicas: replicaCount
rollingUpdate.maxSurge: strategy.rollingUpdate.maxSurge
rollingUpdate.maxUnavailable: strategy.rollingUpdate.maxUnavailable
uninstall.hook: webhooksCleanup.enabled
{{- end }}

{{/* The old names that are used: a list of old, new, what it was and the value that it means there. */}}
{{- define "bulkhead.renamed" -}}
{{- $found := list -}}
{{- range $old, $new := include "bulkhead.names" . | fromYaml -}}
{{- $was := include "bulkhead.at" (list $.Values $old) | fromJson -}}
{{- if hasKey $was "value" -}}
{{- $found = append $found (dict "old" $old "new" $new "was" $was.value "value" $was.value) -}}
{{- end -}}
{{- end -}}
{{- /* One kind of monitor is two blocks now; what was said of it holds for both. */}}
{{- range $kind, $block := dict "ServiceMonitor" "serviceMonitor" "PodMonitor" "podMonitor" -}}
{{- range $old, $new := dict "kind" "enabled" "interval" "interval" "labels" "additionalLabels" -}}
{{- $was := (include "bulkhead.at" (list $.Values (printf "monitor.%s" $old)) | fromJson).value -}}
{{- if $was -}}
{{- $value := $was -}}
{{- if eq $old "kind" -}}{{- $value = eq $was $kind -}}{{- end -}}
{{- $found = append $found (dict "old" (printf "monitor.%s" $old) "new" (printf "%s.%s" $block $new) "was" $was "value" $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "renamed" $found | toJson -}}
{{- end }}

{{/* What is at a path of a map, of (map, path): {"value": ...}, or {} where nothing is. */}}
{{- define "bulkhead.at" -}}
{{- $at := index . 0 -}}
{{- range $key := splitList "." (index . 1) -}}
{{- $at = index (ternary $at dict (kindIs "map" $at)) $key -}}
{{- end -}}
{{- ternary (dict) (dict "value" $at) (kindIs "invalid" $at) | toJson -}}
{{- end }}
