{{/* "true" when an object of the Prometheus operator is to be rendered: (list $ "Kind" settings). */}}
{{- define "coffret.operatorObject" -}}
{{- $root := index . 0 -}}
{{- $kind := index . 1 -}}
{{- $conf := index . 2 -}}
{{- if and $conf.enabled (or $root.Values.injector.metrics.enabled (eq $kind "PrometheusRule")) -}}
{{- $present := $root.Capabilities.APIVersions.Has (printf "monitoring.coreos.com/v1/%s" $kind) -}}
{{- if and (eq $conf.renderMode "failIfMissing") (not $present) -}}
{{- fail (printf "injector.metrics: the cluster does not offer monitoring.coreos.com/v1 %s; install the Prometheus operator or set renderMode" $kind) -}}
{{- end -}}
{{- if or $present (ne $conf.renderMode "skipIfMissing") -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of the port to scrape: (list $ "Kind"). Services and pods name the same port differently. */}}
{{- define "coffret.monitoredPort" -}}
{{- $root := index . 0 -}}
{{- if not $root.Values.injector.healthPort -}}https
{{- else -}}{{- ternary "http-metrics" "health" (eq (index . 1) "ServiceMonitor") -}}
{{- end -}}
{{- end -}}
