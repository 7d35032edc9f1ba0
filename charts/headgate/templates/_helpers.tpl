{{- define "headgate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "headgate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains (include "headgate.name" .) .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "headgate.name" .) | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What the Deployment and the Service select by: never changes for a release. */}}
{{- define "headgate.selectorLabels" -}}
app.kubernetes.io/name: {{ include "headgate.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Of the Pod of `helm test`, which neither of them is to select. */}}
{{- define "headgate.testLabels" -}}
app.kubernetes.io/name: {{ include "headgate.name" . }}-test
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "headgate.labels" -}}
{{ include "headgate.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "headgate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "headgate.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "headgate.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The flag that reads the credential, and the key of the Secret that holds it. */}}
{{- define "headgate.authFlag" -}}
{{- get (dict "creds" "--creds" "nkey" "--nkey" "token" "--token-file" "user" "--password-file") .Values.nats.auth.method -}}
{{- end -}}
{{- define "headgate.authKey" -}}
{{- $byMethod := dict "creds" "nats.creds" "nkey" "nkey.seed" "token" "token" "user" "password" -}}
{{- .Values.nats.auth.key | default (get $byMethod .Values.nats.auth.method) -}}
{{- end -}}

{{/* The operator's rights in each namespace whose declarations count. */}}
{{- define "headgate.rules" -}}
# patch: the finalizer, which keeps an object until what it declared is cleaned up.
- apiGroups: [headgate.io]
  resources: [statebuckets, streamconfigs]
  verbs: [get, list, watch, patch]
- apiGroups: [headgate.io]
  resources: [statebuckets/status, streamconfigs/status, natsconnections/status]
  verbs: [patch]
- apiGroups: [headgate.io]
  resources: [natsconnections]
  verbs: [list, watch]
{{- if .Values.natsConnections.allSecrets }}
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, watch]
{{- end }}
{{- if .Values.events }}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end }}
{{- end -}}

{{/* binding (dict "kind" ... "name" ... "namespace" ... "root" $): a role, to the operator. */}}
{{- define "headgate.binding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
  labels: {{- include "headgate.labels" .root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ include "headgate.serviceAccountName" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end -}}
