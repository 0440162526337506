{{/* Security contexts of the chart's own pods; all satisfy Pod Security "restricted". */}}

{{- define "coffret.injector.podSecurityContext" -}}
{{- with .Values.injector.securityContext.pod -}}
{{- include "coffret.tplValue" (list $ .) -}}
{{- else -}}
runAsNonRoot: true
{{- if not .Values.global.openshift }}
runAsUser: {{ .Values.injector.uid | default 100 }}
runAsGroup: {{ .Values.injector.gid | default 1000 }}
fsGroup: {{ .Values.injector.gid | default 1000 }}
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}
{{- end -}}

{{- define "coffret.injector.containerSecurityContext" -}}
{{- with .Values.injector.securityContext.container -}}
{{- include "coffret.tplValue" (list $ .) -}}
{{- else -}}
{{- include "coffret.restrictedContainer" . -}}
{{- end -}}
{{- end -}}

{{- define "coffret.restrictedContainer" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Pods of ours that are not the injector. */}}
{{- define "coffret.restrictedPod" -}}
runAsNonRoot: true
{{- if not .Values.global.openshift }}
runAsUser: 100
runAsGroup: 1000
{{- end }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}
