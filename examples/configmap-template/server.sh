#!/bin/sh
# What an administrator sets up once on the server. Needs VAULT_ADDR and VAULT_TOKEN.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }

once sys/mounts/kv '{"type":"kv","options":{"version":"2"}}'
put kv/data/mailer '{"data":{"host":"smtp.demo","user":"mailer","password":"hunter-22"}}'
put sys/policies/acl/mailer '{"policy":"path \"kv/data/mailer\" { capabilities = [\"read\"] }"}'
put auth/kubernetes/role/mailer '{"bound_service_account_names":"mailer","bound_service_account_namespaces":"demo","token_policies":"mailer","token_ttl":"20m"}'
