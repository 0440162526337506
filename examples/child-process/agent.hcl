# The agent starts the application and gives it secrets as environment variables.
vault {
  address = "http://127.0.0.1:8200"
}

auto_auth {
  method "token_file" {
    config = {
      token_file_path = "./token"
    }
  }
}

template_config {
  static_secret_render_interval = "1s" # how soon a change is seen; 5m unless set
}

env_template "APP_USER" {
  contents = "{{ with secret \"kv/data/app\" }}{{ .Data.data.user }}{{ end }}"
}

env_template "APP_PASSWORD" {
  contents             = "{{ with secret \"kv/data/app\" }}{{ .Data.data.password }}{{ end }}"
  error_on_missing_key = true
}

exec {
  command                   = ["./app.sh", "--serve"]
  restart_on_secret_changes = "always"
  restart_stop_signal       = "SIGTERM"
}
