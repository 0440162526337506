#!/bin/sh
# What this example needs on the server. Needs VAULT_ADDR and VAULT_TOKEN.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }

put sys/mounts/kv '{"type":"kv","options":{"version":"2"}}'
put kv/data/app '{"data":{"user":"web-1"}}'
put sys/auth/userpass '{"type":"userpass"}'
put auth/userpass/users/report '{"password":"correct horse","token_ttl":"1h"}'
