auto_auth {
  method {
    type = "token_file"
    config { token_file_path = "/home/me/.vault-token" }
  }
}
env_template "DB_PASSWORD" {
  contents             = "{{ with secret \"secret/data/db\" }}{{ .Data.data.password }}{{ end }}"
  error_on_missing_key = true
}
env_template "DB_USER" { source = "/etc/templates/user.ctmpl" }
exec {
  command                   = ["/bin/app", "--serve"]
  restart_on_secret_changes = "never"
  restart_stop_signal       = "SIGHUP"
  child_process_stdout      = "/var/log/app.log"
}
