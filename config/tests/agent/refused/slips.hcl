exit_after_aut = true
vault {
  adress = "https://vault:8200"
  retry { num_retry = 3 }
}
auto_auth {
  method "kubernets" { config = { role = "x" } }
  sink "file" { config = { pth = "/x" } }
}
template {
  contents    = "x"
  destination = "/x"
  permissions = "0600"
  foo         = 1
}
log_level = "debgu"
