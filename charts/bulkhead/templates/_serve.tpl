{{/* Every argument of `bulkhead serve`, here and nowhere else. */}}
{{- define "bulkhead.serve" -}}
{{- $name := include "bulkhead.fullname" . -}}
- serve
- --listen={{ .Values.listenAddress }}:{{ .Values.ports.webhook }}
- --admin-listen={{ .Values.listenAddress }}:{{ .Values.ports.admin }}
- --policy=/etc/bulkhead/policy/policy.yaml
- --exclude-namespaces={{ include "bulkhead.excluded" . | fromYamlArray | join "," }}
- --lame-duck={{ .Values.lameDuckSeconds }}
- --log-level={{ .Values.logLevel }}
- --log-format={{ .Values.logFormat }}
{{- if eq .Values.tls.source "self-managed" }}
- --tls-source=self-managed
- --tls-secret={{ .Release.Namespace }}/{{ include "bulkhead.tlsSecret" . }}
- --lease={{ .Release.Namespace }}/{{ $name }}
- --service={{ .Release.Namespace }}/{{ $name }}:{{ .Values.service.port }}
- --webhooks={{ include "bulkhead.registration" . }}
- --webhooks-name={{ $name }}
{{- if not .Values.webhooks.static }}
- --webhooks-timeout-seconds={{ include "bulkhead.timeout" . }}
- {{ printf "--webhooks-enforce=%s" (get (include "bulkhead.enforced" . | fromYaml) "namespaceSelector" | toJson) | squote }}
{{- end }}
{{- else }}
- --tls-source=files
- --tls-cert=/etc/bulkhead/tls/tls.crt
- --tls-key=/etc/bulkhead/tls/tls.key
- --tls-name={{ $name }}.{{ .Release.Namespace }}.svc
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}
