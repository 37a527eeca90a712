{{/* Labels and annotations of the pods of a component, of (root, component). */}}
{{- define "bulkhead.podMetadata" -}}
{{- $root := index . 0 -}}
labels:
  {{- include "bulkhead.together" (list $root.Values.commonLabels $root.Values.podLabels (include "bulkhead.podsOf" . | fromYaml)) | nindent 2 }}
{{- $ours := dict "kubectl.kubernetes.io/default-container" "bulkhead" }}
{{- if not (contains "IsolationPolicy" (include "bulkhead.policy" $root)) }}
{{- /* A reload that leaves no policy at all is refused, so that this change takes a restart. */}}
{{- $_ := set $ours "bulkhead.dev/policy" "none" }}
{{- end }}
annotations:
  {{- include "bulkhead.together" (list $root.Values.commonAnnotations $ours $root.Values.podAnnotations) | nindent 2 }}
{{- end }}

{{/* Where and as whom every pod of the chart runs. */}}
{{- define "bulkhead.anyPodSpec" -}}
enableServiceLinks: false
{{- with include "bulkhead.pullSecrets" . | fromYamlArray }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
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
{{- if not .Values.dnsPolicy }}
dnsPolicy: ClusterFirstWithHostNet
{{- end }}
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

{{/* What every container of the chart has; they differ in what they do and use. */}}
{{- define "bulkhead.container" -}}
name: bulkhead
image: {{ include "bulkhead.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml (default (dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL"))) .Values.containerSecurityContext) | nindent 2 }}
{{- end }}

{{/* Of a container that is gone in a moment. */}}
{{- define "bulkhead.smallResources" -}}
requests: {cpu: 10m, memory: 16Mi}
limits: {memory: 64Mi}
{{- end }}
