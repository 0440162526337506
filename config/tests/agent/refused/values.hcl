exit_after_auth = "yes"
pid_file = ["x"]
vault {
  tls_skip_verify = 2
  retry { num_retries = -2 }
}
auto_auth {
  method "kubernetes" {
    min_backoff = "10m"
    max_backoff = "soon"
    config = { token_path = "/x" }
  }
  sink "file" { config { path = "" } }
  sink "file" { }
  sink "syslog" { config { path = "/x" } }
}
template { contents = "x" }
template { destination = "/x" }
template { source = "a" contents = "b" destination = "/x" wait = "10s:2s" perms = "0999" }
template { contents = "" destination = "/x" exec { command = 3 kill_signal = "SIGFOO" env { custom = ["NOVALUE"] } } }
template "label" { contents = "x" destination = "/x" }
template_config { lease_renewal_threshold = 1.5 max_connections_per_host = -1 }
disable_keep_alives = ["everything"]
listener "tcp" {}
listener "udp" { tls_disable = true }
listener "tcp" { tls_disable = true address = "{{ GetPrivateIP }}:8200" }
cache { use_auto_auth_token = "maybe" persist { type = "file" path = "/x" } }
