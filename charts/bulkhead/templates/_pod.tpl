{{/* Labels and annotations of the pods of a component, of (root, component). */}}
{{- define "bulkhead.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "bulkhead.together" (list $root.Values.commonLabels $root.Values.podLabels (include "bulkhead.podsOf" . | fromYaml)) | nindent 2 }}
{{- $ours := dict "kubectl.kubernetes.io/default-container" "bulkhead" }}
{{- if and (eq $root.Values.policy.preset "none") (not $root.Values.policy.inline) }}
{{- /* A reload that leaves no policy at all is refused, so that this change takes a restart. */}}
{{- $_ := set $ours "bulkhead.dev/policy" "none" }}
{{- end }}
annotations:
  {{- include "bulkhead.together" (list $ours $root.Values.podAnnotations) | nindent 2 }}
{{- end }}

{{/* Where and as whom every pod of the chart runs. */}}
{{- define "bulkhead.anyPodSpec" -}}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
securityContext:
  {{- $context := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") }}
  {{- include "bulkhead.together" (list $context .Values.podSecurityContext) | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Where and as whom the replicas run. */}}
{{- define "bulkhead.podSpec" -}}
serviceAccountName: {{ include "bulkhead.serviceAccount" . }}
# A token only for those who call the API.
automountServiceAccountToken: {{ not (empty (include "bulkhead.callsApi" .)) }}
{{- if .Values.hostNetwork }}
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
{{ include "bulkhead.anyPodSpec" . }}
topologySpreadConstraints:
{{- if .Values.topologySpreadConstraints }}
  {{- toYaml .Values.topologySpreadConstraints | nindent 2 }}
{{- else }}
  {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    # Each version by itself: the old pods are about to leave.
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "bulkhead.replicas" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- end }}
