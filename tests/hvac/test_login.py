"""Logins: approle, kubernetes, userpass; tokens and policies."""

import base64
import http.server
import json
import threading
import time

import hvac
from stage import Case, client


class AppRole(Case):
    def test_role_id_and_secret_id_give_a_token_with_the_roles_policies(self):
        mount = self.auth("approle")
        roles = self.client.auth.approle
        roles.create_or_update_approle(
            "web", token_policies=["shop"], token_ttl="20m", secret_id_num_uses=1, mount_point=mount
        )
        role_id = roles.read_role_id("web", mount_point=mount)["data"]["role_id"]
        secret_id = roles.generate_secret_id("web", mount_point=mount)["data"]["secret_id"]
        person = client(token=None)
        auth = person.auth.approle.login(role_id, secret_id, mount_point=mount)["auth"]
        self.assertEqual(auth["policies"], ["default", "shop"])
        self.assertEqual(auth["lease_duration"], 1200)
        self.assertTrue(person.is_authenticated())
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            person.auth.approle.login(role_id, secret_id, mount_point=mount)

    def test_a_secret_id_can_be_wrapped(self):
        mount = self.auth("approle")
        roles = self.client.auth.approle
        roles.create_or_update_approle("web", mount_point=mount)
        wrapped = roles.generate_secret_id("web", mount_point=mount, wrap_ttl="60s")["wrap_info"]["token"]
        person = client(token=wrapped)
        secret_id = person.sys.unwrap()["data"]["secret_id"]
        role_id = roles.read_role_id("web", mount_point=mount)["data"]["role_id"]
        person.auth.approle.login(role_id, secret_id, mount_point=mount)
        with self.assertRaises(hvac.exceptions.VaultError):
            client(token=wrapped).sys.unwrap()


class UserPass(Case):
    def test_a_password_gives_a_token(self):
        mount = self.auth("userpass")
        users = self.client.auth.userpass
        users.create_or_update_user("ann", password="one", policies="shop", mount_point=mount)
        person = client(token=None)
        person.auth.userpass.login("ann", "one", mount_point=mount)
        self.assertEqual(person.lookup_token()["data"]["meta"], {"username": "ann"})
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            person.auth.userpass.login("ann", "two", mount_point=mount)


class Reviews(http.server.BaseHTTPRequestHandler):
    """The part of a cluster's API that the method asks: who is this token?"""

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = review["spec"]["token"] == self.server.token
        user = {"username": "system:serviceaccount:shop:web", "uid": "u-1", "groups": ["system:authenticated"]}
        granted = {"authenticated": True, "user": user, "audiences": review["spec"].get("audiences")}
        status = granted if known else {"authenticated": False}
        body = json.dumps({**review, "status": status}).encode()
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def service_account_token(name):
    """A token as a cluster issues it; its signature is judged by the review."""

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    claims = {
        "iss": "https://kubernetes.default.svc",
        "sub": f"system:serviceaccount:shop:{name}",
        "aud": ["vault"],
        "exp": int(time.time()) + 3600,
        "iat": int(time.time()),
        "nbf": int(time.time()),
        "kubernetes.io": {"namespace": "shop", "serviceaccount": {"name": name, "uid": "u-1"}},
    }
    return ".".join([part({"alg": "RS256", "typ": "JWT"}), part(claims), part("signature")])


class Kubernetes(Case):
    def setUp(self):
        super().setUp()
        self.cluster = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reviews)
        self.cluster.token = service_account_token("web")
        threading.Thread(target=self.cluster.serve_forever, daemon=True).start()
        self.addCleanup(self.cluster.server_close)
        self.addCleanup(self.cluster.shutdown)
        self.path = self.auth("kubernetes")
        self.kubernetes = self.client.auth.kubernetes
        # The method wants the cluster's CA, though this cluster is reached without TLS: any certificate will do.
        root = {"ttl": "1h", "key_type": "ec"}
        answer = self.client.secrets.pki.generate_root("internal", "CA", root, mount_point=self.mount("pki"))
        self.kubernetes.configure(
            kubernetes_host=f"http://127.0.0.1:{self.cluster.server_port}",
            kubernetes_ca_cert=answer["data"]["certificate"],
            token_reviewer_jwt=self.cluster.token,
            disable_local_ca_jwt=True,
            mount_point=self.path,
        )
        self.kubernetes.create_role(
            "web",
            bound_service_account_names=["web"],
            bound_service_account_namespaces=["shop"],
            policies=["shop"],
            ttl="15m",
            mount_point=self.path,
        )

    def test_the_cluster_vouches_for_the_pod(self):
        person = client(token=None)
        auth = person.auth.kubernetes.login("web", self.cluster.token, mount_point=self.path)["auth"]
        self.assertEqual(auth["policies"], ["default", "shop"])
        self.assertEqual(auth["metadata"]["service_account_namespace"], "shop")
        self.assertEqual(auth["lease_duration"], 900)

    def test_a_token_that_the_cluster_does_not_know_is_refused(self):
        stranger = service_account_token("web")[:-4] + "AAAA"
        with self.assertRaises(hvac.exceptions.Forbidden):
            client(token=None).auth.kubernetes.login("web", stranger, mount_point=self.path)

    def test_another_account_is_refused(self):
        with self.assertRaises(hvac.exceptions.Forbidden):
            other = service_account_token("other")
            client(token=None).auth.kubernetes.login("web", other, mount_point=self.path)

    def test_roles_are_listed(self):
        self.assertEqual(self.kubernetes.list_roles(mount_point=self.path)["keys"], ["web"])


class Tokens(Case):
    def test_a_child_is_bound_by_its_policy_and_ends_with_its_parent(self):
        mount = self.mount("kv", options={"version": "1"})
        policy = self.policy(f'path "{mount}/app" {{ capabilities = ["read"] }}')
        self.client.secrets.kv.v1.create_or_update_secret("app", {"a": "b"}, mount_point=mount)
        parent = self.client.auth.token.create(policies=["default"], ttl="1h")["auth"]["client_token"]
        child = self.client.auth.token.create(policies=[policy], ttl="1h")["auth"]["client_token"]
        person = client(token=child)
        person.secrets.kv.v1.read_secret("app", mount_point=mount)
        with self.assertRaises(hvac.exceptions.Forbidden):
            person.secrets.kv.v1.create_or_update_secret("app", {"a": "c"}, mount_point=mount)
        renewed = person.auth.token.renew_self(increment="30m")["auth"]
        self.assertEqual(renewed["lease_duration"], 1800)
        self.client.auth.token.revoke(child)
        self.assertFalse(person.is_authenticated())
        self.assertTrue(client(token=parent).is_authenticated())
