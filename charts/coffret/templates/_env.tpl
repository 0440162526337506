{{/*
The injector's environment, as a list of {name, value} in a JSON object {"env": […]}. One place: the names are the
contract between this chart and the injector. Empty values are left out, because an empty variable counts as unset.
*/}}
{{- define "coffret.injector.settings" -}}
{{- $i := .Values.injector -}}
{{- $d := $i.agentDefaults -}}
{{- $t := $d.templateConfig | default dict -}}
{{- $openshift := .Values.global.openshift -}}
{{- $pairs := list
  (list "LISTEN" (printf ":%s" (include "coffret.injector.port" .)))
  (list "HEALTH_LISTEN" (ternary (printf ":%v" $i.healthPort) "" (ne (int $i.healthPort) 0)))
  (list "LOG_LEVEL" ($i.logLevel | default "info"))
  (list "LOG_FORMAT" ($i.logFormat | default "standard"))
  (list "VAULT_ADDR" (include "coffret.serverAddress" .))
  (list "VAULT_AUTH_PATH" $i.authPath)
  (list "VAULT_AUTH_TYPE" $d.authType)
  (list "VAULT_NAMESPACE" $d.vaultNamespace)
  (list "VAULT_CACERT_BYTES" $d.caCert)
  (list "PROXY_ADDR" $d.proxyAddress)
  (list "VAULT_IMAGE" (include "coffret.agentImage" .))
  (list "MODE" ($d.mode | default "auto"))
  (list "REVOKE_ON_SHUTDOWN" ($i.revokeOnShutdown | default false))
  (list "CPU_REQUEST" $d.cpuRequest)
  (list "CPU_LIMIT" $d.cpuLimit)
  (list "MEM_REQUEST" $d.memRequest)
  (list "MEM_LIMIT" $d.memLimit)
  (list "EPHEMERAL_REQUEST" $d.ephemeralRequest)
  (list "EPHEMERAL_LIMIT" $d.ephemeralLimit)
  (list "DEFAULT_TEMPLATE" ($d.template | default "map"))
  (list "TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE" (ternary $t.exitOnRetryFailure true (hasKey $t "exitOnRetryFailure")))
  (list "TEMPLATE_STATIC_SECRET_RENDER_INTERVAL" $t.staticSecretRenderInterval)
  (list "TEMPLATE_MAX_CONNECTIONS_PER_HOST" ($t.maxConnectionsPerHost | default "" | toString))
  (list "TEMPLATE_LEASE_RENEWAL_THRESHOLD" ($t.leaseRenewalThreshold | default "" | toString))
  (list "AUTH_MIN_BACKOFF" $d.authMinBackoff)
  (list "AUTH_MAX_BACKOFF" $d.authMaxBackoff)
  (list "DISABLE_IDLE_CONNECTIONS" $d.disableIdleConnections)
  (list "DISABLE_KEEP_ALIVES" $d.disableKeepAlives)
  (list "SERVICE_ACCOUNT_TOKEN" $d.serviceAccountToken)
  (list "SERVICE_ACCOUNT_TOKEN_AUDIENCE" $d.tokenAudience)
  (list "SERVICE_ACCOUNT_TOKEN_EXPIRATION" (toString $d.tokenExpirationSeconds))
  (list "VOLUME_SIZE_LIMIT" $d.emptyDirSizeLimit)
  (list "RUN_AS_USER" (toString $d.runAsUser))
  (list "RUN_AS_GROUP" (toString $d.runAsGroup))
  (list "RUN_AS_SAME_USER" (ternary "true" "" (eq (toString $d.runAsSameUser) "true")))
  (list "SET_SECURITY_CONTEXT" (ternary "false" (toString $d.setSecurityContext) (and $openshift (eq (toString $d.setSecurityContext) ""))))
  (list "INHERIT_DEFAULTS" (ternary "true" "" (eq (toString (include "coffret.namespaceDefaults" .)) "true")))
-}}
{{- if eq (include "coffret.certs.mode" .) "auto" -}}
{{- $svc := include "coffret.injector.service" . -}}
{{- $ns := include "coffret.namespace" . -}}
{{- $pairs = concat $pairs (list
  (list "TLS_AUTO" (include "coffret.injector.webhook" .))
  (list "TLS_AUTO_HOSTS" (printf "%s,%s.%s,%s.%s.svc" $svc $svc $ns $svc $ns))
  (list "TLS_CA_SECRET" (include "coffret.injector.certs" .))) -}}
{{- else -}}
{{- $certs := $i.certs -}}
{{- $own := eq (include "coffret.certs.mode" .) "secret" -}}
{{- $pairs = concat $pairs (list
  (list "TLS_CERT_FILE" (printf "/etc/webhook/certs/%s" (ternary ($certs.certName | default "tls.crt") "tls.crt" $own)))
  (list "TLS_KEY_FILE" (printf "/etc/webhook/certs/%s" (ternary ($certs.keyName | default "tls.key") "tls.key" $own)))) -}}
{{- end -}}
{{- if $i.metrics.enabled -}}
{{- $pairs = append $pairs (list "TELEMETRY_PATH" "/metrics") -}}
{{- end -}}
{{- $env := list -}}
{{- range $pairs -}}
{{- $value := index . 1 -}}
{{- if not (kindIs "invalid" $value) -}}
{{- if ne (toString $value) "" -}}
{{- $env = append $env (dict "name" (printf "AGENT_INJECT_%s" (index . 0)) "value" (toString $value)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- dict "env" $env | toJson -}}
{{- end -}}

{{/* The whole env list of the container: the user's variables replace ours of the same name, so that no name appears twice. */}}
{{- define "coffret.injector.env" -}}
{{- $extra := dict -}}
{{- range $key, $value := .Values.injector.extraEnvironmentVars -}}
{{- $_ := set $extra (upper $key | replace "." "_") (toString $value) -}}
{{- end -}}
{{- range (include "coffret.injector.settings" . | fromJson).env }}
{{- if not (hasKey $extra .name) }}
- name: {{ .name }}
  value: {{ .value | quote }}
{{- end }}
{{- end }}
{{- range $name, $value := $extra }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $field := dict "POD_NAME" "metadata.name" "NAMESPACE" "metadata.namespace" }}
{{- if not (hasKey $extra $name) }}
- name: {{ $name }}
  valueFrom:
    fieldRef:
      fieldPath: {{ $field }}
{{- end }}
{{- end }}
{{- end -}}
