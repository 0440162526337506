"""Transit, PKI, leases and the server itself."""

import base64
import unittest

import hvac
from stage import NAMED, Case, client


def b64(text):
    return base64.b64encode(text.encode()).decode()


class Transit(Case):
    def setUp(self):
        super().setUp()
        self.path = self.mount("transit")
        self.transit = self.client.secrets.transit

    def test_ciphertexts_open_after_rotation_until_their_version_is_too_old(self):
        self.transit.create_key("k", mount_point=self.path)
        old = self.transit.encrypt_data("k", plaintext=b64("hello"), mount_point=self.path)["data"]["ciphertext"]
        self.transit.rotate_key("k", mount_point=self.path)
        opened = self.transit.decrypt_data("k", ciphertext=old, mount_point=self.path)["data"]["plaintext"]
        self.assertEqual(opened, b64("hello"))
        new = self.transit.rewrap_data("k", ciphertext=old, mount_point=self.path)["data"]["ciphertext"]
        self.assertTrue(new.startswith("vault:v2:"), new)
        self.transit.update_key_configuration("k", min_decryption_version=2, mount_point=self.path)
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "too old"):
            self.transit.decrypt_data("k", ciphertext=old, mount_point=self.path)

    def test_batches(self):
        self.transit.create_key("k", mount_point=self.path)
        batch = [{"plaintext": b64("a")}, {"plaintext": b64("b")}]
        answer = self.transit.encrypt_data("k", batch_input=batch, mount_point=self.path)
        sealed = [{"ciphertext": item["ciphertext"]} for item in answer["data"]["batch_results"]]
        answer = self.transit.decrypt_data("k", batch_input=sealed, mount_point=self.path)
        self.assertEqual([item["plaintext"] for item in answer["data"]["batch_results"]], [b64("a"), b64("b")])

    def test_every_signing_key_verifies_its_signature(self):
        for kind in ("ed25519", "ecdsa-p256", "ecdsa-p384", "rsa-2048"):
            with self.subTest(kind):
                self.transit.create_key(kind, key_type=kind, mount_point=self.path)
                answer = self.transit.sign_data(kind, hash_input=b64("hello"), mount_point=self.path)
                signature = answer["data"]["signature"]
                for text, valid in (("hello", True), ("other", False)):
                    answer = self.transit.verify_signed_data(
                        kind, hash_input=b64(text), signature=signature, mount_point=self.path
                    )
                    self.assertIs(answer["data"]["valid"], valid)

    def test_digests_and_data_keys(self):
        self.transit.create_key("k", mount_point=self.path)
        first, second = (
            self.transit.generate_hmac("k", hash_input=b64("hello"), mount_point=self.path)["data"]["hmac"]
            for _ in range(2)
        )
        self.assertEqual(first, second)
        key = self.transit.generate_data_key("k", key_type="plaintext", mount_point=self.path)["data"]
        opened = self.transit.decrypt_data("k", ciphertext=key["ciphertext"], mount_point=self.path)
        self.assertEqual(opened["data"]["plaintext"], key["plaintext"])
        answer = self.transit.hash_data(b64("hello"), algorithm="sha2-256", mount_point=self.path)
        self.assertTrue(answer["data"]["sum"].startswith("2cf24dba5fb0a30e"))


    def test_keys_are_listed_exported_trimmed_and_deleted(self):
        at = {"mount_point": self.path}
        self.transit.create_key("k", exportable=True, **at)
        self.transit.rotate_key("k", **at)
        self.transit.rotate_key("k", **at)
        self.assertEqual(self.transit.list_keys(**at)["data"]["keys"], ["k"])
        exported = self.transit.export_key("k", key_type="encryption-key", **at)["data"]["keys"]
        self.assertEqual(sorted(exported), ["1", "2", "3"])
        self.transit.update_key_configuration("k", min_decryption_version=2, min_encryption_version=3, **at)
        self.transit.trim_key("k", min_version=2, **at)
        self.assertEqual(self.transit.read_key("k", **at)["data"]["min_available_version"], 2)
        self.transit.update_key_configuration("k", deletion_allowed=True, **at)
        self.transit.delete_key("k", **at)
        with self.assertRaises(hvac.exceptions.InvalidPath):
            self.transit.read_key("k", **at)

    def test_random_bytes_have_the_length_asked_for(self):
        answer = self.transit.generate_random_bytes(n_bytes=24, output_format="hex", mount_point=self.path)
        self.assertEqual(len(bytes.fromhex(answer["data"]["random_bytes"])), 24)


class Pki(Case):
    def setUp(self):
        super().setUp()
        self.path = self.mount("pki")
        self.pki = self.client.secrets.pki
        self.pki.generate_root(
            "internal", "Example Root", {"ttl": "300h", "key_type": "ec"}, mount_point=self.path
        )
        self.pki.create_or_update_role(
            "web",
            {"allowed_domains": "example.test", "allow_subdomains": True, "ttl": "1h", "key_type": "ec"},
            mount_point=self.path,
        )

    def issue(self, name):
        return self.pki.generate_certificate("web", name, mount_point=self.path)["data"]

    def test_certificates_are_issued_read_and_revoked(self):
        issued = self.issue("shop.example.test")
        self.assertEqual(issued["private_key_type"], "ec")
        read = self.pki.read_certificate(issued["serial_number"], mount_point=self.path)["data"]
        self.assertEqual(read["certificate"].strip(), issued["certificate"].strip())
        self.pki.revoke_certificate(issued["serial_number"], mount_point=self.path)
        read = self.pki.read_certificate(issued["serial_number"], mount_point=self.path)["data"]
        self.assertGreater(read["revocation_time"], 0)
        self.assertIn("X509 CRL", self.pki.read_crl(mount_point=self.path))

    def test_settings_of_the_mount_and_of_its_issuer(self):
        at = {"mount_point": self.path}
        self.pki.set_urls({"issuing_certificates": "http://ca.example.test"}, **at)
        self.assertEqual(self.pki.read_urls(**at)["data"]["issuing_certificates"], ["http://ca.example.test"])
        self.pki.set_crl_configuration(expiry="24h", **at)
        self.assertEqual(self.pki.read_crl_configuration(**at)["data"]["expiry"], "24h")
        self.assertTrue(self.pki.rotate_crl(**at)["data"]["success"])
        issuer = self.pki.list_issuers(**at)["data"]["keys"][0]
        self.pki.update_issuer(issuer, {"issuer_name": "mine", "leaf_not_after_behavior": "truncate"}, **at)
        changed = self.pki.read_issuer("mine", **at)["data"]
        self.assertEqual((changed["issuer_id"], changed["leaf_not_after_behavior"]), (issuer, "truncate"))

    def test_roles_are_listed_and_deleted(self):
        at = {"mount_point": self.path}
        self.assertEqual(self.pki.list_roles(**at)["data"]["keys"], ["web"])
        self.pki.delete_role("web", **at)
        with self.assertRaises(hvac.exceptions.InvalidPath):
            self.pki.read_role("web", **at)

    def test_tidying_forgets_nothing_that_is_good(self):
        serial = self.issue("shop.example.test")["serial_number"]
        self.pki.tidy({"tidy_cert_store": True, "safety_buffer": "1s"}, mount_point=self.path)
        self.assertIn(serial, self.pki.list_certificates(mount_point=self.path)["data"]["keys"])

    def test_other_domains_are_refused(self):
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "not allowed by this role"):
            self.issue("shop.other.test")

    def test_an_intermediate_is_signed_and_used(self):
        answer = self.pki.generate_intermediate(
            "internal", "Example Intermediate", {"key_type": "ec"}, mount_point=self.path
        )
        signed = self.pki.sign_intermediate(
            answer["data"]["csr"], "Example Intermediate", {"ttl": "200h"}, mount_point=self.path
        )
        self.pki.set_signed_intermediate(signed["data"]["certificate"], mount_point=self.path)
        self.assertIn("BEGIN CERTIFICATE", self.pki.read_ca_certificate(mount_point=self.path))


class Leases(Case):
    def leased(self):
        """A credential with a lease: a certificate of a role that asks for one."""
        mount = self.mount("pki")
        pki = self.client.secrets.pki
        pki.generate_root("internal", "Root", {"ttl": "300h", "key_type": "ec"}, mount_point=mount)
        pki.create_or_update_role(
            "web",
            {"allow_any_name": True, "generate_lease": True, "ttl": "1h", "key_type": "ec"},
            mount_point=mount,
        )
        return pki.generate_certificate("web", "a.test", mount_point=mount)["lease_id"]

    def test_a_lease_is_known_until_it_is_revoked(self):
        lease = self.leased()
        self.assertEqual(self.client.sys.read_lease(lease)["data"]["id"], lease)
        keys = self.client.sys.list_leases(f"{self.name}/issue/web")["data"]["keys"]
        self.assertEqual([f"{self.name}/issue/web/{key}" for key in keys], [lease])
        self.client.sys.revoke_lease(lease)
        with self.assertRaisesRegex(hvac.exceptions.InvalidRequest, "invalid lease"):
            self.client.sys.read_lease(lease)

    def test_a_prefix_is_revoked_at_once(self):
        lease = self.leased()
        self.client.sys.revoke_prefix(self.name)
        with self.assertRaises(hvac.exceptions.InvalidRequest):
            self.client.sys.read_lease(lease)

    @unittest.skipIf(NAMED, "no real server has cloud credentials to give here")
    def test_cloud_credentials_are_renewed(self):
        mount = self.mount("aws")
        aws = self.client.secrets.aws
        aws.configure_lease("24h", "24h", mount_point=mount)
        aws.create_or_update_role("deploy", "iam_user", policy_document={"Version": "2012-10-17"}, mount_point=mount)
        answer = aws.generate_credentials("deploy", mount_point=mount)
        self.assertEqual(answer["lease_duration"], 86400)
        self.assertTrue(answer["data"]["access_key"].startswith("AKIA"))
        renewed = self.client.sys.renew_lease(answer["lease_id"], increment=3600)
        self.assertEqual(renewed["lease_duration"], 3600)


class Server(Case):
    def test_it_is_open_and_says_so(self):
        self.assertTrue(self.client.sys.is_initialized())
        self.assertFalse(self.client.sys.is_sealed())
        self.assertEqual(self.client.sys.read_health_status(method="GET")["standby"], False)

    def test_mounts_and_policies_are_listed(self):
        mount = self.mount("kv", options={"version": "2"}, description="words")
        mounts = self.client.sys.list_mounted_secrets_engines()["data"]
        self.assertEqual(mounts[f"{mount}/"]["description"], "words")
        policy = self.policy('path "a" { capabilities = ["read"] }')
        self.assertIn(policy, self.client.sys.list_policies()["data"]["policies"])

    def test_mounts_are_tuned_and_moved(self):
        mount = self.mount("kv")
        self.client.sys.tune_mount_configuration(mount, default_lease_ttl="1h", description="tuned")
        tuned = self.client.sys.read_mount_configuration(mount)["data"]
        self.assertEqual((tuned["default_lease_ttl"], tuned["description"]), (3600, "tuned"))
        self.client.sys.move_backend(mount, mount + "-moved")
        self.addCleanup(self.client.sys.disable_secrets_engine, mount + "-moved")
        self.assertIn(mount + "-moved/", self.client.sys.list_mounted_secrets_engines()["data"])

    def test_token_roles_and_accessors(self):
        tokens = self.client.auth.token
        tokens.create_or_update_role(self.name, allowed_policies=["default"], orphan=True, renewable=False)
        self.addCleanup(tokens.delete_role, self.name)
        self.assertIn(self.name, tokens.list_roles()["data"]["keys"])
        self.assertTrue(tokens.read_role(self.name)["data"]["orphan"])
        made = tokens.create(role_name=self.name, policies=["default"], ttl="1h")["auth"]
        self.assertTrue(tokens.lookup_accessor(made["accessor"])["data"]["orphan"])
        self.assertIn(made["accessor"], tokens.list_accessors()["data"]["keys"])
        tokens.revoke_accessor(made["accessor"])
        with self.assertRaises(hvac.exceptions.Forbidden):
            tokens.lookup(made["client_token"])

    def test_wrapping(self):
        wrapped = self.client.sys.wrap({"a": "b"}, ttl=60)["wrap_info"]["token"]
        self.assertEqual(self.client.sys.unwrap(wrapped)["data"], {"a": "b"})

    def test_nobody_is_let_in_without_a_token(self):
        self.assertFalse(client(token="nonesuch").is_authenticated())
