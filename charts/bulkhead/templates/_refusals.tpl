{{/* Values that are right one by one and wrong together. */}}
{{- define "bulkhead.refusals" -}}
{{- if has .Release.Namespace (list "default" "kube-system") -}}
{{- fail (printf "namespace %s: Bulkhead does not judge the namespace it runs in, so it wants one of its own: --namespace bulkhead-system --create-namespace" .Release.Namespace) -}}
{{- end -}}
{{- if and (ne .Values.tls.source "self-managed") (not .Values.webhooks.static) -}}
{{- fail (printf "tls.source %s: needs webhooks.static: true, because Bulkhead then never calls the API and cannot register its webhooks" .Values.tls.source) -}}
{{- end -}}
{{- if eq .Values.tls.source "files" -}}
{{- if not .Values.tls.files.secretName -}}
{{- fail "tls.source files: needs tls.files.secretName, a Secret with tls.crt and tls.key" -}}
{{- end -}}
{{- if not (contains "-----BEGIN CERTIFICATE-----" .Values.tls.files.caBundle) -}}
{{- fail "tls.source files: needs tls.files.caBundle, the authority's certificate as PEM: --set-file tls.files.caBundle=ca.crt" -}}
{{- end -}}
{{- if contains "PRIVATE KEY" .Values.tls.files.caBundle -}}
{{- fail "tls.files.caBundle: holds a private key; only certificates belong there" -}}
{{- end -}}
{{- end -}}
{{- if eq (int .Values.ports.webhook) (int .Values.ports.admin) -}}
{{- fail (printf "ports.webhook and ports.admin: both are %d" (int .Values.ports.webhook)) -}}
{{- end -}}
{{- if and (has (toString .Values.rollingUpdate.maxUnavailable) (list "0" "0%")) (has (toString .Values.rollingUpdate.maxSurge) (list "0" "0%")) -}}
{{- fail "rollingUpdate: maxUnavailable and maxSurge are both 0, so that no pod could ever be replaced" -}}
{{- end -}}
{{- end }}
