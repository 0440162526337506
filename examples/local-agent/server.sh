#!/bin/sh
# What this example needs on the server. Needs VAULT_ADDR and VAULT_TOKEN.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }

once sys/mounts/kv '{"type":"kv","options":{"version":"2"}}'
put kv/data/motd '{"data":{"text":"mind the gap","author":"ops"}}'
