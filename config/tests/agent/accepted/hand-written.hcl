# A configuration as people write it into a ConfigMap.
pid_file        = "/home/vault/.pid"
exit_after_auth = "true"
log_level       = "DEBUG"

vault {
  address = "https://vault.example:8200"
  ca_path = "/etc/vault/ca"
  retry { num_retries = 5 }
}

auto_auth {
  method "AppRole" {
    mount_path = "auth/approle/"
    wrap_ttl   = 0
    config = {
      role_id_file_path                   = "/etc/vault/role-id"
      secret_id_file_path                 = "/etc/vault/secret-id"
      remove_secret_id_file_after_reading = false
    }
  }
  sinks {
    sink "file" {
      wrap_ttl = "5m"
      config = { path = "/run/token" mode = 0600 uid = 1000 gid = -1 }
    }
  }
}

template_config {
  static_secret_render_interval = 90
}

template {
  contents = <<-EOT
    {{ with secret "secret/data/app" }}
      password=${X:-none} 100%{{ .Data.data.password }}
    {{ end }}
    EOT
  destination = "/etc/app/config"
  perms       = 0640
  user        = "app"
  gid         = 2000
  backup      = true
  wait { min = "2s" }
  exec {
    command      = ["systemctl", "reload", "app"]
    timeout      = "10s"
    kill_signal  = "SIGTERM"
    env {
      custom   = ["A=1", "B=x=y"]
      denylist = ["AWS_*"]
    }
  }
}

template {
  source            = "/etc/templates/app.hbs"
  destination       = "/etc/app/other"
  create_dest_dirs  = false
  error_fatal       = false
  function_denylist = "plugin,executeTemplate"
  command           = "/usr/bin/env PATH=/bin sh -c 'echo a,b'"
  command_timeout   = "1m30s"
  wait              = "1s:1m"
  sandbox_path      = "/etc/templates"
}
