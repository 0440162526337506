auto_auth {
  method "aws" { config = { type = "iam" role = "x" secret_key = "AKIA" } }
  sink "file" {
    dh_type = "curve25519"
    dh_path = "/x"
    config = { path = "/x" }
  }
}
