{{/*
Which server address agents are given. The two old charts disagree when both a global and an injector value are set:
in the Vault chart the global one wins, in the OpenBao chart the injector's. The rule of the chart whose names are used applies.
*/}}
{{- define "coffret.serverAddress" -}}
{{- $g := .Values.global -}}
{{- $i := .Values.injector -}}
{{- if $i.externalBaoAddr -}}{{- $i.externalBaoAddr -}}
{{- else if $g.externalBaoAddr -}}{{- $i.externalVaultAddr | default $g.externalBaoAddr -}}
{{- else if $g.externalVaultAddr -}}{{- $g.externalVaultAddr -}}
{{- else if $i.externalVaultAddr -}}{{- $i.externalVaultAddr -}}
{{- else if .Values.devServer.enabled -}}
{{- printf "http://%s-dev-server.%s.svc:8200" (include "coffret.fullname" .) (include "coffret.namespace" .) -}}
{{- else -}}
{{- $scheme := ternary "http" "https" (eq (toString $g.tlsDisable) "true") -}}
{{- $port := dig "service" "port" 8200 (.Values.server | default dict) -}}
{{- printf "%s://%s.%s.svc:%v" $scheme (include "coffret.fullname" .) (include "coffret.namespace" .) $port -}}
{{- end -}}
{{- end -}}

{{/* Every address the values name, without repeats. */}}
{{- define "coffret.namedAddresses" -}}
{{- $g := .Values.global -}}
{{- $i := .Values.injector -}}
{{- list $i.externalBaoAddr $g.externalBaoAddr $g.externalVaultAddr $i.externalVaultAddr | compact | uniq | join " " -}}
{{- end -}}

{{/* The kubelet owns 10250 in the host's network. */}}
{{- define "coffret.injector.port" -}}
{{- $port := int .Values.injector.port -}}
{{- if and .Values.injector.hostNetwork (eq $port 10250) -}}8080{{- else -}}{{- $port -}}{{- end -}}
{{- end -}}
