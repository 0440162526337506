{{/* Things the install notes must say, one per line; empty when all is well. */}}
{{- define "coffret.warnings" -}}
{{- $i := .Values.injector -}}
{{- $webhook := $i.webhook | default dict -}}
{{- $out := list -}}
{{- $foreign := list -}}
{{- range $key, $value := .Values -}}
{{- if not (has $key (list "nameOverride" "fullnameOverride" "commonLabels" "extraObjects" "global" "injector" "tokenReviewer" "devServer")) -}}
{{- if not (or (hasPrefix "x-" $key) (hasPrefix "." $key)) -}}{{- $foreign = append $foreign $key -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- with $foreign -}}{{- $out = append $out (printf "Ignored, because this chart has no such block: %s." (join ", " .)) -}}{{- end -}}
{{- if gt (len (splitList " " (include "coffret.namedAddresses" .))) 1 -}}
{{- $out = append $out (printf "Several server addresses are set (%s); agents get %s." (include "coffret.namedAddresses" . | replace " " ", ") (include "coffret.serverAddress" .)) -}}
{{- end -}}
{{- if and (not (include "coffret.namedAddresses" .)) (not .Values.devServer.enabled) -}}
{{- $out = append $out (printf "No server address is set; agents get %s. This chart runs no server: set global.externalVaultAddr or global.externalBaoAddr." (include "coffret.serverAddress" .)) -}}
{{- end -}}
{{- range $old, $new := dict "failurePolicy" "failurePolicy" "namespaceSelector" "namespaceSelector" "objectSelector" "objectSelector" "webhookAnnotations" "annotations" -}}
{{- if index $i $old -}}{{- $out = append $out (printf "injector.%s is deprecated; use injector.webhook.%s." $old $new) -}}{{- end -}}
{{- end -}}
{{- if dig "psp" "enable" false .Values.global -}}
{{- $out = append $out "global.psp.enable is ignored: Kubernetes removed PodSecurityPolicy in 1.25. The pods satisfy Pod Security \"restricted\"." -}}
{{- end -}}
{{- if include "coffret.injector.image.isForeign" . -}}
{{- $out = append $out (printf "injector.image.repository is %s, another project's injector; %s is used instead." $i.image.repository (include "coffret.injector.image" .)) -}}
{{- end -}}
{{- if include "coffret.agentImage.isUnversioned" . -}}
{{- $out = append $out (printf "injector.agentImage.repository is %s without a tag; %s is used instead." $i.agentImage.repository (include "coffret.agentImage" .)) -}}
{{- end -}}
{{- if not (include "coffret.agentImage.isOurs" .) -}}
{{- if eq ($i.agentDefaults.mode | default "auto") "auto" -}}
{{- $out = append $out (printf "injector.agentImage is %s, so pods get the classic shape (init container and sidecar). Remove it, or set injector.agentDefaults.mode, for the native one." (include "coffret.agentImage" .)) -}}
{{- end -}}
{{- end -}}
{{- if and $i.hostNetwork (eq (int $i.port) 10250) -}}
{{- $out = append $out "injector.hostNetwork: the kubelet owns port 10250 there, so the webhook listens on 8080." -}}
{{- end -}}
{{- $fail := eq (include "coffret.webhook.failurePolicy" .) "Fail" -}}
{{- if and $fail (le (int $i.replicas) 1) (not $i.autoscaling.enabled) -}}
{{- $out = append $out "failurePolicy is Fail with one replica: while it restarts, no annotated pod can be created." -}}
{{- end -}}
{{- if and $fail (not (include "coffret.atLeast" (list . "1.28"))) -}}
{{- $out = append $out "failurePolicy is Fail on a Kubernetes without match conditions: an outage blocks every pod the selectors match, annotated or not." -}}
{{- end -}}
{{- if and (eq (include "coffret.certs.mode" .) "secret") (not $i.certs.caBundle) (not (include "coffret.webhook.annotations" .)) -}}
{{- $out = append $out "injector.certs.secretName is set without injector.certs.caBundle: something else has to put the CA into the webhook configuration." -}}
{{- end -}}
{{- if and (or $i.metrics.serviceMonitor.enabled $i.metrics.podMonitor.enabled) (not $i.metrics.enabled) -}}
{{- $out = append $out "A monitor is enabled but injector.metrics.enabled is false, so none was created." -}}
{{- end -}}
{{- if .Values.devServer.enabled -}}
{{- $out = append $out "The dev server keeps everything in memory, without TLS, with a root token from the values. Only for trying things." -}}
{{- end -}}
{{- join "\n" $out -}}
{{- end -}}
