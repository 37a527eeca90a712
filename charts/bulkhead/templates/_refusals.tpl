{{/* Values that are right one by one and wrong together. */}}
{{- define "bulkhead.refusals" -}}
{{- if or (eq .Release.Namespace "kube-system") (and (eq .Release.Namespace "default") (include "bulkhead.isInstalled" .)) -}}
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
{{- if eq (include "bulkhead.webhookPort" .) (include "bulkhead.adminPort" .) -}}
{{- fail (printf "ports.webhook and ports.admin: both are %s" (include "bulkhead.adminPort" .)) -}}
{{- end -}}
{{- with .Values.strategy.rollingUpdate -}}
{{- if and (has (toString .maxUnavailable) (list "0" "0%")) (has (toString .maxSurge) (list "0" "0%")) -}}
{{- fail "strategy.rollingUpdate: maxUnavailable and maxSurge are both 0, so that no pod could ever be replaced" -}}
{{- end -}}
{{- end -}}
{{- with .Values.podDisruptionBudget -}}
{{- if not (or (kindIs "invalid" .minAvailable) (kindIs "invalid" .maxUnavailable)) -}}
{{- fail "podDisruptionBudget: has minAvailable and maxUnavailable; Kubernetes takes one of them" -}}
{{- end -}}
{{- end -}}
{{- include "bulkhead.contradictions" . -}}
{{- end }}

{{/* What extraArgs or extraEnv set and no replica could run with, because other objects are made for tls.source. */}}
{{- define "bulkhead.contradictions" -}}
{{- $given := include "bulkhead.given" . | fromJson -}}
{{- $managed := not (empty (include "bulkhead.callsApi" .)) -}}
{{- $ours := ternary "self-managed" "files" $managed -}}
{{- if and (hasKey $given "tls-source") (ne (get $given "tls-source") $ours) -}}
{{- fail (printf "extraArgs, extraEnv: --tls-source=%s, while tls.source is %s: set that value, which rights and volumes follow" (get $given "tls-source") .Values.tls.source) -}}
{{- end -}}
{{- range ternary (list "tls-cert" "tls-key") (list "tls-secret" "lease" "webhooks") $managed -}}
{{- if hasKey $given . -}}
{{- fail (printf "extraArgs, extraEnv: --%s goes with another tls.source than %s" . $.Values.tls.source) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Whether there is a cluster, as `helm template` has none: where nothing is installed, the namespace says nothing. */}}
{{- define "bulkhead.isInstalled" -}}
{{- if lookup "v1" "Namespace" "" "kube-system" }}true{{ end -}}
{{- end }}
