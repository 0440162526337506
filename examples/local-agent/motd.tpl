{{- with secret "kv/data/motd" }}{{ .Data.data | toJSONPretty }}{{ end }}
