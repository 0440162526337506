auto_auth { method "token_file" { config { token_file_path = "/t" } } }
env_template { contents = "x" }
env_template "A=B" { contents = "x" }
env_template "C" { contents = "x" destination = "/x" perms = "0600" }
env_template "D" "E" { contents = "x" }
exec { command = [] restart_on_secret_changes = "sometimes" }
