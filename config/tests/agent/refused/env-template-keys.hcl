auto_auth { method "token_file" { config { token_file_path = "/t" } } }
env_template { contents = "x" }
env_template "A=B" { contents = "x" }
env_template "C" { contents = "x" destination = "/x" perms = "0600" }
env_template "D" { contents = "x" source = "/y" }
env_template "E" { }
exec { command = ["app"] restart_on_secret_changes = "sometimes" restart_stop_signal = "SIGNONE" }
listener "tcp" {
  tls_cert_file                      = "/tls/tls.crt"
  tls_key_file                       = "/tls/tls.key"
  tls_require_and_verify_client_cert = true
}
