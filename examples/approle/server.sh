#!/bin/sh
# What an administrator sets up once on the server. Needs VAULT_ADDR and VAULT_TOKEN.
# Writes the machine's two credentials to the directory $1.
set -eu
directory=${1:?directory for role-id and secret-id}
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

once sys/mounts/kv '{"type":"kv","options":{"version":"2"}}'
put kv/data/backup '{"data":{"repository":"s3:backup","passphrase":"correct horse"}}'
put sys/policies/acl/backup '{"policy":"path \"kv/data/backup\" { capabilities = [\"read\"] }"}'
once sys/auth/approle '{"type":"approle"}'
put auth/approle/role/backup '{"token_policies":"backup","token_ttl":"20m","secret_id_num_uses":0}'
umask 077
curl -fsS -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/auth/approle/role/backup/role-id" | field role_id > "$directory/role-id"
curl -fsS -X PUT -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/auth/approle/role/backup/secret-id" | field secret_id > "$directory/secret-id"
