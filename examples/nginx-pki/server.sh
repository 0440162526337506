#!/bin/sh
# What an administrator sets up once on the server. Needs VAULT_ADDR and VAULT_TOKEN.
set -eu
put() { curl -fsS -o /dev/null -X PUT -H "X-Vault-Token: $VAULT_TOKEN" -d "$2" "$VAULT_ADDR/v1/$1"; }
# Only what is not there yet.
once() { curl -fs -o /dev/null -H "X-Vault-Token: $VAULT_TOKEN" "$VAULT_ADDR/v1/$1" || put "$1" "$2"; }

once sys/mounts/pki '{"type":"pki","config":{"max_lease_ttl":"87600h"}}'
put pki/root/generate/internal '{"common_name":"demo root","ttl":"87600h","key_type":"ec","key_bits":256}'
put pki/roles/nginx '{"allowed_domains":"demo.svc","allow_subdomains":true,"max_ttl":"72h","key_type":"ec","key_bits":256}'
put sys/policies/acl/nginx '{"policy":"path \"pki/issue/nginx\" { capabilities = [\"update\"] }"}'
put auth/kubernetes/role/nginx '{"bound_service_account_names":"nginx","bound_service_account_namespaces":"demo","token_policies":"nginx","token_ttl":"20m"}'
