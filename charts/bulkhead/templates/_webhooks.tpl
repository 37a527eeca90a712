{{/* Namespaces that are never judged. */}}
{{- define "bulkhead.excluded" -}}
{{ concat (list "kube-system" .Release.Namespace) .Values.webhooks.excludeNamespaces | uniq | sortAlpha | toYaml }}
{{- end }}

{{/*
Where a pod is refused when nobody answers, and the complement. Either `in` and `out` are
requirements, or one of them is absent: then the other half covers every namespace.
*/}}
{{- define "bulkhead.halves" -}}
{{- $given := .Values.webhooks.enforce.namespaceSelector -}}
{{- $lockdown := and (eq .Values.policy.preset "lockdown") (not .Values.policy.inline) -}}
{{- if not .Values.webhooks.enforce.enabled -}}
advisory: []
{{- else if and (kindIs "invalid" $given) (not $lockdown) -}}
advisory: []
{{- else if not $given -}}
enforce: []
{{- else -}}
{{- $all := default list $given.matchExpressions -}}
{{- range $key, $value := $given.matchLabels -}}
{{- $all = append $all (dict "key" $key "operator" "In" "values" (list $value)) -}}
{{- end -}}
{{- if ne (len $all) 1 -}}
{{- fail "webhooks.enforce.namespaceSelector: must be null, {} or exactly one requirement, because its complement is a selector as well; label the namespaces you mean and select by that label" -}}
{{- end -}}
{{- $one := first $all -}}
{{- $inverse := get (dict "In" "NotIn" "NotIn" "In" "Exists" "DoesNotExist" "DoesNotExist" "Exists") $one.operator -}}
enforce: [{{ toJson $one }}]
advisory: [{{ toJson (merge (dict "operator" $inverse) $one) }}]
{{- end -}}
{{- end }}

{{/* The same for the server: null, {} or one requirement. */}}
{{- define "bulkhead.enforced" -}}
{{- $halves := include "bulkhead.halves" . | fromYaml -}}
namespaceSelector:
{{- if not (hasKey $halves "enforce") }} null
{{- else if $halves.enforce }} {{ dict "matchExpressions" $halves.enforce | toJson }}
{{- else }} {}
{{- end }}
{{- end }}

{{/* namespaceSelector of (root, requirements besides the exclusion). */}}
{{- define "bulkhead.namespaces" -}}
{{- $root := index . 0 -}}
matchExpressions:
  - {key: kubernetes.io/metadata.name, operator: NotIn, values: {{ include "bulkhead.excluded" $root | fromYamlArray | toJson }}}
{{- range index . 1 }}
  - {{ toJson . }}
{{- end }}
{{- end }}

{{/* What every webhook has in common, of (root, path, failurePolicy, requirements). */}}
{{- define "bulkhead.webhook" -}}
{{- $root := index . 0 -}}
failurePolicy: {{ index . 2 }}
sideEffects: None
timeoutSeconds: {{ $root.Values.webhooks.timeoutSeconds }}
matchPolicy: Equivalent
admissionReviewVersions: [v1]
clientConfig:
  service: {namespace: {{ $root.Release.Namespace }}, name: {{ include "bulkhead.fullname" $root }}, port: {{ $root.Values.service.port }}, path: {{ index . 1 }}}
{{- if eq $root.Values.tls.source "files" }}
  caBundle: {{ $root.Values.tls.files.caBundle | b64enc }}
{{- end }}
namespaceSelector:
  {{- include "bulkhead.namespaces" (list $root (index . 3)) | nindent 2 }}
{{- end }}

{{- define "bulkhead.mutating" -}}
- name: mutate.bulkhead.dev
  {{- include "bulkhead.webhook" (list . "/mutate" "Ignore" list) | nindent 2 }}
  reinvocationPolicy: IfNeeded
  rules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods], scope: Namespaced}
    - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods/ephemeralcontainers], scope: Namespaced}
{{- end }}

{{- define "bulkhead.validating" -}}
{{- $root := . -}}
{{- range $half, $requirements := include "bulkhead.halves" . | fromYaml }}
- name: {{ $half }}.bulkhead.dev
  {{- include "bulkhead.webhook" (list $root "/validate" (ternary "Fail" "Ignore" (eq $half "enforce")) $requirements) | nindent 2 }}
  # Nothing to judge, and a pod that is being deleted must get rid of its finalizers.
  matchConditions:
    - name: spec-changed
      expression: request.operation != 'UPDATE' || has(request.subResource) || object.spec != oldObject.spec
  rules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods], scope: Namespaced}
    # `pods` does not stand for its subresources.
    - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods/ephemeralcontainers], scope: Namespaced}
    - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [pods/resize], scope: Namespaced}
{{- end }}
- name: advise.bulkhead.dev
  {{- include "bulkhead.webhook" (list . "/advise" "Ignore" list) | nindent 2 }}
  rules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [podtemplates, replicationcontrollers], scope: Namespaced}
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [daemonsets, deployments, replicasets, statefulsets], scope: Namespaced}
    - {apiGroups: [batch], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [cronjobs, jobs], scope: Namespaced}
{{- end }}
