"""What only a real API server shows of the webhook: who is asked about what, with which certificate, and what an outage does."""

import re
import unittest

import kube
from kube import HOOK, INJECTOR, NAMESPACE, admit, agents, kubectl, pod, until

ASKED = {"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "r"}
NATIVE = [("vault-agent", "Always")]
WHERE = "coffret-test-webhook"


def reviews():
    """How many reviews all injectors have answered so far."""
    total = 0
    for name in kube.injectors():
        text = kubectl("get", "--raw", f"/api/v1/namespaces/{NAMESPACE}/pods/{name}:8081/proxy/metrics")
        total += sum(int(n) for n in re.findall(r"^coffret_injector_reviews_total\{.*\} (\d+)$", text, re.M))
    return total


def allowed(verb, resource, where):
    """Whether the injector's account may do that."""
    account = f"--as=system:serviceaccount:{NAMESPACE}:{INJECTOR}"
    try:
        return kubectl("auth", "can-i", verb, resource, account, f"--namespace={where}").strip() == "yes"
    except kube.Refused:
        return False


class Installed(unittest.TestCase):
    """Tests around one installation; each class says with which values."""

    values = {}

    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(kube.uninstall)
        kube.install(cls.values)
        cls.addClassCleanup(kubectl, "delete", "namespace", WHERE, "--ignore-not-found")
        kube.namespace(WHERE)
        until(lambda: agents(admit(pod(ASKED), WHERE)[0]), "the first injected pod")

    def assert_injected(self, annotations=ASKED, where=WHERE):
        self.assertEqual(agents(admit(pod(annotations), where)[0]), NATIVE)

    def assert_untouched(self, manifest, where=WHERE):
        admitted, _ = admit(manifest, where)
        self.assertEqual(agents(admitted), [])


class Asking(Installed):
    def test_auto_is_native_here_and_a_dry_run_keeps_nothing(self):
        self.assert_injected()
        self.assertFalse(kube.exists("pod", "asked", WHERE))

    def test_modes_can_be_chosen(self):
        shapes = {"classic": [("vault-agent-init", None), ("vault-agent", None)], "init": [("vault-agent-init", None)]}
        for mode, shape in shapes.items():
            with self.subTest(mode=mode):
                self.assertEqual(agents(admit(pod({**ASKED, "coffret.dev/agent-mode": mode}), WHERE)[0]), shape)

    def test_the_injector_hears_only_of_pods_that_ask(self):
        before = reviews()
        for annotations in ({}, {"vault.hashicorp.com/agent-inject": "false"}, {"vault.hashicorp.com/role": "r"}):
            self.assert_untouched(pod(annotations))
        self.assertEqual(reviews(), before)
        self.assert_injected()
        self.assertGreater(reviews(), before)

    def test_namespaces_and_pods_can_stay_out(self):
        self.assert_untouched(pod(ASKED), "kube-system")
        self.assert_untouched(pod(ASKED), NAMESPACE)
        out = pod(ASKED)
        out["metadata"]["labels"] = {"coffret.dev/injection": "disabled"}
        self.assert_untouched(out)
        kubectl("label", "namespace", WHERE, "coffret.dev/injection=disabled")
        self.addCleanup(kubectl, "label", "namespace", WHERE, "coffret.dev/injection-")
        until(lambda: agents(admit(pod(ASKED), WHERE)[0]) == [], "the namespace to be left alone")

    def test_a_refusal_reaches_the_user_with_the_reason(self):
        with self.assertRaisesRegex(kube.Refused, "no Vault role found"):
            admit(pod({"vault.hashicorp.com/agent-inject": "true"}), WHERE)

    def test_a_misspelt_annotation_is_warned_about(self):
        _, warnings = admit(pod({**ASKED, "vault.hashicorp.com/agent-inject-secert-a": "kv/data/a"}), WHERE)
        self.assertRegex(warnings, "Warning: .*agent-inject-secert-a")

    def test_pod_security_restricted_is_satisfied(self):
        kubectl("label", "namespace", WHERE, "pod-security.kubernetes.io/enforce=restricted")
        self.addCleanup(kubectl, "label", "namespace", WHERE, "pod-security.kubernetes.io/enforce-")
        context = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
        manifest = pod(ASKED, securityContext=context)
        drop = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        manifest["spec"]["containers"][0]["securityContext"] = drop
        self.assertEqual(agents(admit(manifest, WHERE)[0]), NATIVE)


class Certificates(Installed):
    def test_a_lost_or_foreign_ca_is_put_back(self):
        (good,) = kube.bundles()
        for operation in ({"op": "remove"}, {"op": "replace", "value": kube.encoded("-----BEGIN CERTIFICATE-----\n")}):
            with self.subTest(operation=operation["op"]):
                patch = [{**operation, "path": "/webhooks/0/clientConfig/caBundle"}]
                try:
                    kubectl("patch", "mutatingwebhookconfiguration", HOOK, "--type=json", f"--patch={kube.as_json(patch)}")
                except kube.Refused as refused:
                    # A text that is no certificate is turned down by the API server itself.
                    self.assertIn("caBundle", str(refused))
                until(lambda: kube.bundles() == [good], "the CA to be back")
                self.assert_injected()

    def test_the_ca_outlives_every_replica(self):
        (good,) = kube.bundles()
        kube.scale(0)
        kube.scale(3)
        until(lambda: agents(admit(pod(ASKED), WHERE)[0]), "an injected pod")
        self.assertEqual(kube.bundles(), [good])
        # Every replica answers sooner or later; each signed its own certificate with the same CA.
        for _ in range(12):
            self.assert_injected()

    def test_an_upgrade_leaves_the_configuration_alone(self):
        before = kube.get("mutatingwebhookconfiguration", HOOK)["metadata"]["generation"]
        kube.install({"injector": {"logLevel": "debug"}})
        self.addCleanup(kube.install, self.values)
        self.assertEqual(kube.get("mutatingwebhookconfiguration", HOOK)["metadata"]["generation"], before)

    def test_starting_over_makes_a_new_ca(self):
        (old,) = kube.bundles()
        kubectl(f"--namespace={NAMESPACE}", "delete", "secret", f"{INJECTOR}-certs")
        kube.install(self.values)
        kubectl(f"--namespace={NAMESPACE}", "rollout", "restart", f"deployment/{INJECTOR}")
        kubectl(f"--namespace={NAMESPACE}", "rollout", "status", f"deployment/{INJECTOR}", f"--timeout={kube.PATIENCE}s")
        until(lambda: old not in kube.bundles() and all(kube.bundles()), "a new CA")
        until(lambda: agents(admit(pod(ASKED), WHERE)[0]), "an injected pod")

    def test_the_account_may_do_no_more_than_it_does(self):
        secret, hook = f"secrets/{INJECTOR}-certs", f"mutatingwebhookconfigurations/{HOOK}"
        for verb, resource in (("get", secret), ("update", secret), ("get", hook), ("patch", hook)):
            self.assertTrue(allowed(verb, resource, NAMESPACE), f"{verb} {resource}")
        for verb, resource in (
            ("get", "secrets/coffret-dev-server"), ("list", "secrets"), ("create", "secrets"), ("delete", secret), ("patch", secret),
            ("list", "mutatingwebhookconfigurations"), ("patch", "mutatingwebhookconfigurations/other"), ("delete", hook),
            ("list", "namespaces"), ("list", "serviceaccounts"), ("get", "pods"), ("create", "pods"), ("get", "nodes"),
        ):
            self.assertFalse(allowed(verb, resource, NAMESPACE), f"{verb} {resource}")
        self.assertFalse(allowed("get", secret, "default"))


class FailClosed(Installed):
    values = {"injector": {"replicas": 2, "webhook": {"failurePolicy": "Fail", "timeoutSeconds": 5}}}

    def test_a_rollout_drops_no_pod(self):
        before = set(kube.injectors())
        kubectl(f"--namespace={NAMESPACE}", "rollout", "restart", f"deployment/{INJECTOR}")
        admitted = 0
        while before & set(kube.injectors()):
            self.assert_injected()
            admitted += 1
        self.assertGreater(admitted, 3, "the rollout was over before anything was seen")

    def test_an_outage_holds_up_only_pods_that_ask(self):
        kube.scale(0)
        self.addCleanup(kube.scale, 2)
        with self.assertRaisesRegex(kube.Refused, "failed calling webhook \"pods.coffret.dev\""):
            admit(pod(ASKED), WHERE)
        self.assert_untouched(pod({}))


class RequiredInjection(Installed):
    values = {"injector": {"requireInjection": {"enabled": True}}}

    def test_no_pod_that_asked_starts_without_an_agent(self):
        self.assert_injected()
        kube.scale(0)
        self.addCleanup(kube.scale, 2)
        until(self.refused, "the policy to refuse")
        self.assert_untouched(pod({}))

    @staticmethod
    def refused():
        try:
            admit(pod(ASKED), WHERE)
        except kube.Refused as refused:
            return "has no agent container" in str(refused)
        return False


class Inherited(Installed):
    values = {"injector": {"webhook": {"namespaceDefaults": {"enabled": True}}}}
    SILENT = "coffret-test-inherits"

    def setUp(self):
        self.addCleanup(kubectl, "delete", "namespace", self.SILENT, "--ignore-not-found")
        labels, annotations = {"coffret.dev/injection": "enabled"}, {"coffret.dev/agent-inject": "true", "coffret.dev/role": "of-the-namespace"}
        kube.namespace(self.SILENT, labels, annotations)

    def role(self, **spec):
        """The role that a silent pod's agent logs in with; None when it has no agent."""
        admitted, _ = admit(pod({}, **spec), self.SILENT)
        for container in admitted["spec"].get("initContainers", []):
            for variable in container["env"]:
                if variable["name"] == "VAULT_CONFIG":
                    return kube.decoded_json(variable["value"])["auto_auth"]["method"]["config"]["role"]
        return None

    def test_silent_pods_take_the_namespaces_word_and_the_accounts_before_it(self):
        until(lambda: self.role() == "of-the-namespace", "the namespace's role")
        kubectl(f"--namespace={self.SILENT}", "create", "serviceaccount", "own")
        kubectl(f"--namespace={self.SILENT}", "annotate", "serviceaccount", "own", "coffret.dev/role=of-the-account")
        until(lambda: self.role(serviceAccountName="own") == "of-the-account", "the account's role")

    def test_a_pod_may_say_no(self):
        until(lambda: self.role() == "of-the-namespace", "the namespace's role")
        self.assert_untouched(pod({"coffret.dev/agent-inject": "false"}), self.SILENT)

    def test_both_entries_of_the_configuration_have_the_ca(self):
        self.assertEqual(len(kube.bundles()), 2)
        self.assertEqual(len(set(kube.bundles())), 1)


if __name__ == "__main__":
    unittest.main()
