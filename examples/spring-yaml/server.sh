#!/bin/sh
# What an administrator sets up once on the server. Needs VAULT_ADDR and VAULT_TOKEN.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }

once sys/mounts/kv '{"type":"kv","options":{"version":"2"}}'
put kv/data/invoices '{"data":{"url":"jdbc:postgresql://db/invoices","username":"invoices","password":"p: \"#1\"","features":{"vat":true,"limit":250}}}'
put sys/policies/acl/invoices '{"policy":"path \"kv/data/invoices\" { capabilities = [\"read\"] }"}'
put auth/kubernetes/role/invoices '{"bound_service_account_names":"invoices","bound_service_account_namespaces":"demo","token_policies":"invoices","token_ttl":"20m"}'
