"""Every example as a pod on a real kubelet: native sidecars, start-up probes, projected tokens reviewed by the cluster itself."""

import copy
import unittest

import kube
from kube import kubectl, until
from stage import expectation
from stage.example import all_examples

NAMESPACE = "demo"
AGENTS = {"native": ["vault-agent"], "classic": ["vault-agent-init", "vault-agent"], "init": ["vault-agent-init"]}


def runnable(o, mode, more=None):
    """An example's object with the tests' image for applications that cannot be had, and a shape."""
    o = copy.deepcopy(o)
    template = o.get("spec", {}).get("template")
    if template:
        annotations = template["metadata"]["annotations"]
        annotations.setdefault("coffret.dev/agent-mode", mode)
        # The applications are shells that sleep: as first processes they do not end when they are told to.
        template["spec"]["terminationGracePeriodSeconds"] = 2
        annotations.update({"vault.hashicorp.com/template-static-secret-render-interval": "2s", **(more or {})})
        for container in template["spec"]["containers"] + template["spec"].get("initContainers", []):
            container["image"] = kube.IMAGE
            container.setdefault("command", ["sleep", "2147483647"])
    return o


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.addClassCleanup(kube.uninstall)
        kube.install()
        cls.addClassCleanup(kubectl, "delete", "namespace", NAMESPACE, "--ignore-not-found")
        kube.namespace(NAMESPACE)
        cls.server = kube.ForwardedServer().start()
        cls.addClassCleanup(cls.server.__exit__)
        cls.server.trust_the_cluster()

    def play(self, example, mode, more=None):
        """The pod of an example with more annotations, started; gone again when the test ends."""
        example.set_up(self.server)
        kube.kubectl_apply(*[runnable(o, mode, more) for o in example.objects])
        workload = next(o for o in example.objects if "template" in o.get("spec", {}))
        kind, name = workload["kind"].lower(), workload["metadata"]["name"]
        self.addCleanup(until, lambda: self.pods() == [], f"the pods of {name} to be gone")
        self.addCleanup(kubectl, f"--namespace={NAMESPACE}", "delete", kind, name, "--wait=false")
        return until(lambda: next((o for o in self.pods() if self.started(o)), None), f"{example.name} in {mode} mode")

    @staticmethod
    def pods():
        return kube.get("pods", f"--namespace={NAMESPACE}")["items"]

    @staticmethod
    def started(o):
        conditions = {c["type"]: c["status"] for c in o["status"].get("conditions", [])}
        return conditions.get("Ready") == "True" or o["status"]["phase"] in ("Succeeded", "Failed")

    def inside(self, o, *command):
        """Output of a command in the application's container."""
        name, application = o["metadata"]["name"], o["spec"]["containers"][0]["name"]
        return kubectl(f"--namespace={NAMESPACE}", "exec", name, f"--container={application}", "--", *command)

    def assert_files(self, example, o):
        for path, expected in example.check["files"].items():
            mode, content = self.inside(o, "sh", "-c", 'stat -L -c %a "$0"; cat "$0"', path).split("\n", 1)
            self.assertEqual(list(expectation.complaints(path, expected, content.encode(), mode)), [])
            self.assertIn("tmpfs", self.inside(o, "stat", "-f", "-c", "%T", path))

    def shape(self, example, mode):
        return "init" if example.check.get("sidecar") is False else mode

    def test_start_with_their_files_in_every_mode(self):
        for example in all_examples():
            for mode in AGENTS:
                with self.subTest(example=example.name, mode=mode):
                    self.one(example, mode)
                    self.doCleanups()

    def one(self, example, mode):
        o = self.play(example, mode)
        if "ends" in example.check:
            name = o["metadata"]["name"]
            done = until(lambda: next((p for p in self.pods() if p["status"]["phase"] == "Succeeded"), None), f"{name} to end")
            log = kubectl(f"--namespace={NAMESPACE}", "logs", name, f"--container={example.check['ends']['container']}")
            self.assertIn(example.check["ends"]["log"], log)
            self.assertEqual(done["status"]["phase"], "Succeeded")
            return
        self.assert_files(example, o)
        found = [c["name"] for c in o["spec"].get("initContainers", []) + o["spec"]["containers"] if c["name"].startswith("vault-agent")]
        self.assertEqual(found, AGENTS[self.shape(example, mode)])

    def example(self, name):
        return next(e for e in all_examples() if e.name == name)

    def test_a_changed_secret_reaches_the_application(self):
        example = self.example("kv-env-file")
        o = self.play(example, "native")
        change = example.check["change"]
        self.server.must(*change["call"])
        until(lambda: change["contains"] in self.inside(o, "cat", change["file"]), "the changed secret")

    def test_a_replaced_credential_is_announced_by_a_signal(self):
        example = self.example("database-reload")
        o = self.play(example, "native")
        first = self.inside(o, "cat", example.check["rotates"])
        until(lambda: self.inside(o, "cat", example.check["rotates"]) != first, "a new credential")
        until(lambda: self.inside(o, "cat", example.check["signalled"]["file"]), "the signal")

    def test_an_ended_agent_comes_back_and_the_application_does_not_notice(self):
        example = self.example("kv-env-file")
        # The flavour with a shell: the other has nothing that could send a signal.
        o = self.play(example, "native", {"vault.hashicorp.com/agent-image": "localhost/coffret-agent:0.1.0-busybox"})
        name = o["metadata"]["name"]
        self.assert_files(example, o)
        kubectl(f"--namespace={NAMESPACE}", "exec", name, "--container=vault-agent", "--", "busybox", "kill", "-TERM", "1")
        until(lambda: self.agent(name)["restartCount"] == 1 and self.agent(name)["started"], "the agent's second start")
        self.assert_files(example, o)
        application = kube.get("pod", name, f"--namespace={NAMESPACE}")["status"]["containerStatuses"][0]
        self.assertEqual(application["restartCount"], 0)

    @staticmethod
    def agent(name):
        (status,) = kube.get("pod", name, f"--namespace={NAMESPACE}")["status"]["initContainerStatuses"]
        return status

    def test_a_refused_login_is_said_where_people_look(self):
        example = self.example("kv-env-file")
        example.set_up(self.server)
        kube.kubectl_apply(*[runnable(o, "native", {"vault.hashicorp.com/role": "no-such-role"}) for o in example.objects])
        self.addCleanup(until, lambda: self.pods() == [], "the pods to be gone")
        self.addCleanup(kubectl, f"--namespace={NAMESPACE}", "delete", "deployment", "greeter", "--wait=false")
        until(lambda: 'invalid role name "no-such-role"' in self.described(), "the server's reason in the pod's events")

    @staticmethod
    def described():
        """What `kubectl describe` shows of everything that happened to the pods."""
        return " ".join(o["message"] for o in kube.get("events", f"--namespace={NAMESPACE}")["items"])


if __name__ == "__main__":
    unittest.main()
