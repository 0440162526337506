{{/* Names and labels. */}}

{{- define "coffret.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* The two old charts' helper names, so that template strings in existing values files resolve. */}}
{{- define "vault.name" -}}{{- include "coffret.name" . -}}{{- end -}}
{{- define "openbao.name" -}}{{- include "coffret.name" . -}}{{- end -}}
{{- define "vault.fullname" -}}{{- include "coffret.fullname" . -}}{{- end -}}
{{- define "openbao.fullname" -}}{{- include "coffret.fullname" . -}}{{- end -}}
{{- define "vault.namespace" -}}{{- include "coffret.namespace" . -}}{{- end -}}
{{- define "openbao.namespace" -}}{{- include "coffret.namespace" . -}}{{- end -}}

{{/* 35 characters at most: the longest suffix is 28. */}}
{{- define "coffret.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 35 | trimSuffix "-" -}}
{{- else if contains (include "coffret.name" .) .Release.Name -}}
{{- .Release.Name | trunc 35 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "coffret.name" .) | trunc 35 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "coffret.namespace" -}}
{{- default .Release.Namespace .Values.global.namespace -}}
{{- end -}}

{{- define "coffret.injector" -}}{{ include "coffret.fullname" . }}-agent-injector{{- end -}}
{{- define "coffret.injector.service" -}}{{ include "coffret.injector" . }}-svc{{- end -}}
{{- define "coffret.injector.webhook" -}}{{ include "coffret.injector" . }}-cfg{{- end -}}
{{- define "coffret.injector.certs" -}}{{ include "coffret.injector" . }}-certs{{- end -}}

{{- define "coffret.injector.serviceAccount" -}}
{{- default (include "coffret.injector" .) .Values.injector.serviceAccount.name -}}
{{- end -}}

{{/* Selector labels are immutable in a Deployment: exactly the old charts' three. */}}
{{- define "coffret.injector.selector" -}}
app.kubernetes.io/name: {{ include "coffret.name" . }}-agent-injector
app.kubernetes.io/instance: {{ .Release.Name }}
component: webhook
{{- end -}}

{{- define "coffret.chartLabels" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: coffret
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "coffret.injector.labels" -}}
app.kubernetes.io/name: {{ include "coffret.name" . }}-agent-injector
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: injector
{{ include "coffret.chartLabels" . }}
{{- end -}}

{{/* Labels of an object that is not the injector: (list $ "component"). */}}
{{- define "coffret.labels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "coffret.name" $root }}-{{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{ include "coffret.chartLabels" $root }}
{{- end -}}

{{/* "true" when the injector is to be rendered. */}}
{{- define "coffret.injector.enabled" -}}
{{- $own := toString .Values.injector.enabled -}}
{{- if or (eq $own "true") (and (eq $own "-") (eq (toString .Values.global.enabled) "true")) -}}true{{- end -}}
{{- end -}}

{{/* "true" when the cluster is at least the given version: (list $ "1.28"). */}}
{{- define "coffret.atLeast" -}}
{{- $root := index . 0 -}}
{{- if semverCompare (printf ">=%s-0" (index . 1)) $root.Capabilities.KubeVersion.Version -}}true{{- end -}}
{{- end -}}

{{/* A value that may be an object, a list or a string with template calls: (list $ value). */}}
{{- define "coffret.tplValue" -}}
{{- $root := index . 0 -}}
{{- $value := index . 1 -}}
{{- if kindIs "string" $value -}}{{- tpl $value $root -}}{{- else -}}{{- toYaml $value -}}{{- end -}}
{{- end -}}

{{/* The same below a key, or nothing when it is empty: (list $ "key" value). */}}
{{- define "coffret.tplField" -}}
{{- $rendered := "" -}}
{{- if index . 2 -}}{{- $rendered = include "coffret.tplValue" (list (index . 0) (index . 2)) | trim -}}{{- end -}}
{{- if $rendered -}}
{{ index . 1 }}:
  {{- $rendered | nindent 2 }}
{{- end -}}
{{- end -}}
