{{/* Parts of the webhook configuration. */}}

{{/* First non-empty of webhook.KEY and its deprecated twin: (list $ "key" "twin"). `webhook: null` is allowed. */}}
{{- define "coffret.webhook.namespaceSelector" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
{{- $own := $webhook.namespaceSelector | default .Values.injector.namespaceSelector -}}
{{- if $own -}}
{{- include "coffret.tplValue" (list . $own) -}}
{{- else -}}
{{- include "coffret.webhook.excluded" . -}}
{{- end -}}
{{- end -}}

{{/* Label expressions that leave excluded namespaces alone; the label itself is a namespace's way to opt out. */}}
{{- define "coffret.webhook.excluded" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
{{- $names := list "kube-system" "kube-node-lease" -}}
{{- if hasKey $webhook "excludeNamespaces" -}}{{- $names = $webhook.excludeNamespaces | default list -}}{{- end -}}
{{- if ne (toString $webhook.excludeReleaseNamespace) "false" -}}
{{- $names = append $names (include "coffret.namespace" .) -}}
{{- end -}}
matchExpressions:
{{- with $names | uniq }}
  - key: kubernetes.io/metadata.name
    operator: NotIn
    values: {{ toJson . }}
{{- end }}
  - key: coffret.dev/injection
    operator: NotIn
    values: [disabled]
{{- end -}}

{{- define "coffret.webhook.objectSelector" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
{{- $own := $webhook.objectSelector | default .Values.injector.objectSelector -}}
{{- if $own -}}
{{- include "coffret.tplValue" (list . $own) -}}
{{- else -}}
matchExpressions:
  - key: app.kubernetes.io/name
    operator: NotIn
    values: [{{ include "coffret.name" . }}-agent-injector]
  - key: coffret.dev/injection
    operator: NotIn
    values: [disabled]
{{- end -}}
{{- end -}}

{{- define "coffret.webhook.failurePolicy" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
{{- $webhook.failurePolicy | default .Values.injector.failurePolicy | default "Ignore" -}}
{{- end -}}

{{/* Old and new annotations together; the new ones win. */}}
{{- define "coffret.webhook.annotations" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
{{- $all := dict -}}
{{- range list .Values.injector.webhookAnnotations $webhook.annotations -}}
{{- if . -}}{{- $all = mergeOverwrite $all (include "coffret.tplValue" (list $ .) | fromYaml) -}}{{- end -}}
{{- end -}}
{{- $mode := include "coffret.certs.mode" . -}}
{{- if eq $mode "certManager" -}}
{{- $_ := set $all "cert-manager.io/inject-ca-from" (printf "%s/%s" (include "coffret.namespace" .) (include "coffret.injector.certs" .)) -}}
{{- else if eq $mode "openshift" -}}
{{- $_ := set $all "service.beta.openshift.io/inject-cabundle" "true" -}}
{{- end -}}
{{- if $all -}}{{- toYaml $all -}}{{- end -}}
{{- end -}}

{{/* Everything both entries share. */}}
{{- define "coffret.webhook.common" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
admissionReviewVersions: [v1]
sideEffects: None
failurePolicy: {{ include "coffret.webhook.failurePolicy" . }}
matchPolicy: {{ $webhook.matchPolicy | default "Equivalent" }}
reinvocationPolicy: {{ $webhook.reinvocationPolicy | default "IfNeeded" }}
timeoutSeconds: {{ $webhook.timeoutSeconds | default 10 }}
clientConfig:
  service:
    name: {{ include "coffret.injector.service" . }}
    namespace: {{ include "coffret.namespace" . }}
    path: /mutate
  {{- with include "coffret.certs.caBundle" . }}
  caBundle: {{ . }}
  {{- end }}
rules:
  - operations: [CREATE]
    apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    scope: Namespaced
objectSelector:
  {{- include "coffret.webhook.objectSelector" . | nindent 2 }}
{{- end -}}

{{/*
CEL: the pod's own answer. The same key under three prefixes, ours before OpenBao's before Vault's; every spelling of
false that the injector takes for false is one here, anything else (also nonsense, which it refuses) is for the injector.
Indexing a missing key would be an evaluation error, hence the guards.
*/}}
{{- define "coffret.cel.asked" -}}
has(object.metadata.annotations) && (
"coffret.dev/agent-inject" in object.metadata.annotations ? !(object.metadata.annotations["coffret.dev/agent-inject"] in {{ include "coffret.cel.false" . }}) :
"openbao.org/agent-inject" in object.metadata.annotations ? !(object.metadata.annotations["openbao.org/agent-inject"] in {{ include "coffret.cel.false" . }}) :
"vault.hashicorp.com/agent-inject" in object.metadata.annotations ? !(object.metadata.annotations["vault.hashicorp.com/agent-inject"] in {{ include "coffret.cel.false" . }}) :
false)
{{- end -}}

{{- define "coffret.cel.false" -}}
["", "0", "f", "F", "false", "FALSE", "False"]
{{- end -}}

{{- define "coffret.cel.silent" -}}
!has(object.metadata.annotations) ||
!["coffret.dev/agent-inject", "openbao.org/agent-inject", "vault.hashicorp.com/agent-inject"].exists(k, k in object.metadata.annotations)
{{- end -}}

{{- define "coffret.cel.notMirror" -}}
!has(object.metadata.annotations) || !("kubernetes.io/config.mirror" in object.metadata.annotations)
{{- end -}}

{{/* (list $ "condition name" "expression"); nothing on API servers that do not know match conditions. */}}
{{- define "coffret.webhook.matchConditions" -}}
{{- $root := index . 0 -}}
{{- $webhook := $root.Values.injector.webhook | default dict -}}
{{- if include "coffret.atLeast" (list $root "1.28") -}}
matchConditions:
  - name: {{ index . 1 }}
    expression: >-
      {{- index . 2 | nindent 6 }}
  - name: not-a-static-pod
    expression: >-
      {{- include "coffret.cel.notMirror" $root | nindent 6 }}
  {{- with $webhook.matchConditions }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "coffret.namespaceDefaults" -}}
{{- $webhook := .Values.injector.webhook | default dict -}}
{{- if (dig "namespaceDefaults" "enabled" false $webhook) -}}true{{- end -}}
{{- end -}}

{{/* CEL: one of the injectors' containers is there. An agent renamed by a JSON patch is known by its environment. */}}
{{- define "coffret.cel.hasAgent" -}}
object.spec.containers.exists(c, {{ include "coffret.cel.isAgent" . }}) ||
(has(object.spec.initContainers) && object.spec.initContainers.exists(c, {{ include "coffret.cel.isAgent" . }}))
{{- end -}}

{{- define "coffret.cel.isAgent" -}}
c.name in ["vault-agent", "vault-agent-init", "openbao-agent", "openbao-agent-init"] ||
(has(c.env) && c.env.exists(e, e.name in ["VAULT_CONFIG", "BAO_CONFIG"]))
{{- end -}}
