disable_mlock = true
log_file      = "/var/log/agent.log"
storage "inmem" {}
listener "tcp" {
  tls_cert_file     = "/tls/tls.crt"
  tls_key_file      = "/tls/tls.key"
  tls_cipher_suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
  role              = "metrics_only"
  x_custom          = 1
}
cache {
  enforce_consistency = "always"
}
telemetry { statsd_address = "10.0.0.1:8125" }
auto_auth {
  method "ldap" {
    config = { username = "app" password_file_path = "/run/password" password_read_period = "10s" }
  }
  sink "file" { config { path = "/run/token" } }
}
template {
  contents    = "x"
  destination = "/x"
  perms       = 644
}
pid_file = "/a"
pid_file = "/b"
