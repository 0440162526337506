#!/bin/sh
# What the server of the example already has. Needs VAULT_ADDR and VAULT_TOKEN.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }

once sys/mounts/kv '{"type":"kv","options":{"version":"2"}}'
once sys/mounts/legacy '{"type":"kv","options":{"version":"1"}}'
put kv/data/billing '{"data":{"iban":"DE00","limit":5}}'
put legacy/billing '{"user":"billing","password":"legacy-1"}'
put sys/policies/acl/billing '{"policy":"path \"kv/data/billing\" { capabilities = [\"read\"] }\npath \"legacy/billing\" { capabilities = [\"read\"] }"}'
put auth/kubernetes/role/billing '{"bound_service_account_names":"billing","bound_service_account_namespaces":"demo","token_policies":"billing","token_ttl":"20m"}'
