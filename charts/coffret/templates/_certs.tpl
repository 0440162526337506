{{/* Where the webhook's certificate comes from. */}}

{{- define "coffret.certs.mode" -}}
{{- if .Values.injector.certs.secretName -}}secret{{- else -}}{{- .Values.injector.certs.mode | default "auto" -}}{{- end -}}
{{- end -}}

{{- define "coffret.certs.secretName" -}}
{{- .Values.injector.certs.secretName | default (include "coffret.injector.certs" .) -}}
{{- end -}}

{{/* The webhook configuration's CA, when it is known at render time. Left out otherwise: whoever makes the CA owns the field. */}}
{{- define "coffret.certs.caBundle" -}}
{{- if eq (include "coffret.certs.mode" .) "secret" -}}{{- .Values.injector.certs.caBundle -}}{{- end -}}
{{- end -}}
