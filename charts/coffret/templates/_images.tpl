{{/* Image references and pull secrets. */}}

{{/* (list $ image): registry/repository@digest or registry/repository:tag. An empty registry leaves no slash behind. */}}
{{- define "coffret.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $registry := $image.registry | default "" -}}
{{- if $root.Values.global.imageRegistry -}}
{{- if or (not $registry) (eq $registry "localhost") -}}{{- $registry = $root.Values.global.imageRegistry -}}{{- end -}}
{{- end -}}
{{- $repository := $image.repository -}}
{{- /* An old values file names a repository with its path and no registry: ours must not be put before it. */ -}}
{{- if and (eq $registry "localhost") (contains "/" $repository) -}}{{- $registry = "" -}}{{- end -}}
{{- if $registry -}}{{- $repository = printf "%s/%s" (trimSuffix "/" $registry) $repository -}}{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (toString ($image.tag | default $root.Chart.AppVersion)) -}}
{{- end -}}
{{- end -}}

{{- define "coffret.imagePullSecrets" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
{{- range . }}
{{- if kindIs "string" . }}
  - name: {{ . }}
{{- else }}
  - {{ toYaml . | nindent 4 | trim }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/*
The image injected into pods. Another project's repository without a tag or digest means "the version this chart was made for",
as in the OpenBao chart's own values; no such version is known here, so it is taken for "not set", and the install notes say so.
*/}}
{{- define "coffret.agentImage" -}}
{{- $image := .Values.injector.agentImage -}}
{{- if include "coffret.agentImage.isUnversioned" . -}}
{{- $image = dict "registry" "localhost" "repository" "coffret-agent" -}}
{{- end -}}
{{- include "coffret.image" (list . $image) -}}
{{- end -}}

{{- define "coffret.agentImage.isUnversioned" -}}
{{- $image := .Values.injector.agentImage -}}
{{- if not (or (eq (base $image.repository) "coffret-agent") $image.tag $image.digest) -}}true{{- end -}}
{{- end -}}

{{/* "true" when the agent image is this project's, by the injector's rule; others have no probe command, so in mode "auto" it gives pods the classic shape. */}}
{{- define "coffret.agentImage.isOurs" -}}
{{- if or (eq (base .Values.injector.agentImage.repository) "coffret-agent") (include "coffret.agentImage.isUnversioned" .) -}}true{{- end -}}
{{- end -}}

{{/*
The injector's own image. A values file written for the old charts often pins their injector; that image cannot run with
this chart's roles and arguments, so it is taken for "not set", and the install notes say so.
*/}}
{{- define "coffret.injector.image" -}}
{{- $image := .Values.injector.image -}}
{{- if include "coffret.injector.image.isForeign" . -}}
{{- $image = dict "registry" "localhost" "repository" "coffret-injector" -}}
{{- end -}}
{{- include "coffret.image" (list . $image) -}}
{{- end -}}

{{- define "coffret.injector.image.isForeign" -}}
{{- if has (base .Values.injector.image.repository) (list "vault-k8s" "openbao-k8s") -}}true{{- end -}}
{{- end -}}
