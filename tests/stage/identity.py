"""A cluster's signing key: service-account tokens that the dev server can verify, and the login method set up for them."""

import base64
import json
import pathlib
import subprocess
import time

ISSUER = "https://kubernetes.default.svc.cluster.local"


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Cluster:
    """An RSA key made for this run by openssl."""

    def __init__(self, directory):
        self._key = pathlib.Path(directory) / "service-account.key"
        self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self._key)
        self.public = self.openssl("pkey", "-in", self._key, "-pubout").decode()

    @staticmethod
    def openssl(*arguments, given=None):
        """Output of one openssl command."""
        return subprocess.run(["openssl", *map(str, arguments)], input=given, check=True, capture_output=True).stdout

    def token(self, namespace, account, audience=ISSUER):
        """A projected token as the kubelet writes it, valid for an hour."""
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": [audience], "sub": f"system:serviceaccount:{namespace}:{account}",
            "iat": now - 5, "nbf": now - 5, "exp": now + 3600,
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": {"name": account, "uid": "11111111-2222-3333-4444-555555555555"},
                "pod": {"name": f"{account}-0", "uid": "66666666-7777-8888-9999-000000000000"},
            },
        }
        head = {"alg": "RS256", "kid": "tests"}
        signed = ".".join(_base64url(json.dumps(part).encode()) for part in (head, claims))
        signature = self.openssl("dgst", "-sha256", "-sign", self._key, given=signed.encode())
        return f"{signed}.{_base64url(signature)}"

    def trust(self, server):
        """Sets up the Kubernetes login on a server, with this cluster's key."""
        server.must("PUT", "sys/auth/kubernetes", {"type": "kubernetes"})
        config = {
            "kubernetes_host": "https://127.0.0.1:6443", "pem_keys": [self.public],
            "disable_iss_validation": True,
        }
        server.must("PUT", "auth/kubernetes/config", config)
