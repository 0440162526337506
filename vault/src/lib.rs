//! The HTTP API of Vault and OpenBao: requests, envelope, errors, retries, redirects, TLS; no policy of when to call.
