# The agent as a local server: programs without credentials ask it over a unix socket.
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

api_proxy {
  use_auto_auth_token = true
}

cache {}

listener "unix" {
  address     = "./agent.sock"
  tls_disable = true
  socket_mode = "0600"

  agent_api {
    enable_quit = true
  }
}
