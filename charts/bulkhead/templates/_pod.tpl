{{/* Where and as whom the replicas run. */}}
{{- define "bulkhead.podSpec" -}}
serviceAccountName: {{ include "bulkhead.serviceAccount" . }}
# A token only for those who call the API.
automountServiceAccountToken: {{ not (empty (include "bulkhead.callsApi" .)) }}
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- if .Values.hostNetwork }}
hostNetwork: true
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
securityContext:
  {{- $context := include "bulkhead.podSecurityContext" . | fromYaml }}
  {{- /* fsGroup: a mounted key is readable by its group alone. */}}
  {{- $_ := set $context "fsGroup" 65532 }}
  {{- toYaml (merge (deepCopy .Values.podSecurityContext) $context) | nindent 2 }}
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
