#!/bin/sh
# What an administrator sets up once on the server. Needs VAULT_ADDR and VAULT_TOKEN; the connection is the dev server's.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }

once sys/mounts/database '{"type":"database"}'
put database/config/orders '{"plugin_name":"postgresql-database-plugin","allowed_roles":"orders","connection_url":"postgresql://{{username}}:{{password}}@db:5432/orders","username":"vault","password":"vault","verify_connection":false}'
put database/roles/orders '{"db_name":"orders","creation_statements":"CREATE ROLE \"{{name}}\" LOGIN PASSWORD '\''{{password}}'\'' VALID UNTIL '\''{{expiration}}'\''","default_ttl":"'"${ORDERS_TTL:-1h}"'","max_ttl":"'"${ORDERS_MAX_TTL:-24h}"'"}'
put sys/policies/acl/orders '{"policy":"path \"database/creds/orders\" { capabilities = [\"read\"] }"}'
put auth/kubernetes/role/orders '{"bound_service_account_names":"orders","bound_service_account_namespaces":"demo","token_policies":"orders","token_ttl":"20m"}'
