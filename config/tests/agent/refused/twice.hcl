vault { address = "https://a" }
vault { address = "https://b" }
auto_auth {
  method "kubernetes" { config { role = "a" } }
  method "kubernetes" { config { role = "b" } }
  sink "file" { config { path = "/x" } }
}
