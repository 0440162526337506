# An agent on your own machine against the dev server, for working on templates.
#   coffret dev-server --root-token root
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

template {
  source      = "./motd.hbs"
  destination = "./motd"
}

template {
  source      = "./motd.tpl"
  destination = "./motd.json"
}
