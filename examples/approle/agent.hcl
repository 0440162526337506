# An agent on a machine outside Kubernetes: `coffret-agent run -config=agent.hcl`.
vault {
  address = "https://vault.example.com:8200"
}

auto_auth {
  method "approle" {
    config = {
      role_id_file_path                   = "/etc/coffret/role-id"
      secret_id_file_path                 = "/etc/coffret/secret-id"
      # The file stays, so that the agent can log in again after a restart of the machine.
      remove_secret_id_file_after_reading = false
    }
  }
}

template {
  destination = "/run/coffret/backup.conf"
  perms       = "0400"
  contents    = <<-EOT
    {{- with secret "kv/data/backup" -}}
    repository = {{ .Data.data.repository }}
    passphrase = {{ .Data.data.passphrase }}
    {{ end -}}
    EOT
}
