"""The examples as pods: injected, patched, played by podman, and looked at from inside the application's container."""

import os
import pathlib
import shutil
import signal
import sys
import tempfile
import unittest

from kubelet import Kubelet
from pod import RunningPod
from podman import Podman, Unable
from stage import expectation
from stage.example import all_examples
from stage.identity import Cluster
from stage.server import Server

NO_CAPABILITIES = "0000000000000000"
# Modes podman can play: it knows no restartable init containers.
MODES = ("classic", "init")


def setUpModule():
    """Told to stop, the clean-ups run."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Stage:
    """What one pod needs around it."""

    def __init__(self, directory, podman, cluster):
        self.directory = directory
        self.binaries = os.environ["COFFRET_BIN"]
        self.podman = podman
        self.cluster = cluster
        self.kubelet = Kubelet(directory, cluster)
        self.server = Server(self.binaries)

    def __enter__(self):
        self.server.start()
        self.cluster.trust(self.server)
        return self

    def __exit__(self, *_):
        self.podman.run("pod", "rm", "--all", "--force", "--time", "1", check=False)
        self.kubelet.tear_down()
        self.server.__exit__()


class Pods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="coffret-pods-")
        cls.podman = Podman(cls.directory)
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.addClassCleanup(cls.podman.tear_down)
        try:
            cls.podman.build(os.environ["COFFRET_BIN"])
        except Unable as reason:
            print(f"SKIPPED tests/pods: podman cannot run containers here: {reason}", file=sys.stderr)
            raise unittest.SkipTest(f"podman cannot run containers here: {reason}") from reason
        cls.cluster = Cluster(cls.directory)
        cls.examples = {example.name: example for example in all_examples()}

    def stage(self):
        stage = Stage(tempfile.mkdtemp(dir=self.directory), self.podman, self.cluster)
        self.addCleanup(stage.__exit__)
        return stage.__enter__()

    def play(self, stage, name, mode, adjust=lambda pod: None):
        example = self.examples[name]
        example.set_up(stage.server)
        pod = RunningPod(stage, example, mode, f"{name}-{mode}", adjust)
        pod.start()
        return example, pod

    def assert_files(self, example, pod):
        for path, expected in example.check["files"].items():
            found = pod.wait(lambda path=path: pod.read(path), f"{path} in {pod.name}")
            content, mode, _, _, kind = found
            self.assertEqual(list(expectation.complaints(path, expected, content.encode(), mode)), [])
            self.assertEqual(kind, "tmpfs", f"{path} is not in memory")

    def assert_contained(self, pod, container="vault-agent", user=100, group=1000):
        status, root = pod.process(container)
        self.assertEqual(status["Uid"].split(), [str(user)] * 4)
        self.assertEqual(status["Gid"].split(), [str(group)] * 4)
        self.assertEqual(status["CapEff"], NO_CAPABILITIES)
        self.assertEqual(status["CapBnd"], NO_CAPABILITIES)
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")
        self.assertIn("ro", root)

    def test_every_example_in_every_mode(self):
        for name in self.examples:
            for mode in MODES:
                with self.subTest(example=name, mode=mode), Stage(
                    tempfile.mkdtemp(dir=self.directory), self.podman, self.cluster
                ) as stage:
                    example, pod = self.play(stage, name, mode)
                    if "ends" in example.check:
                        self.assert_ends(pod, example.check["ends"])
                        continue
                    self.assert_files(example, pod)
                    self.assert_shape(example, pod, mode)

    def assert_ends(self, pod, expected):
        pod.wait(lambda: not pod.state(expected["container"])["Running"], f"{pod.name} to end")
        self.assertEqual(pod.state(expected["container"])["ExitCode"], 0)
        self.assertIn(expected["log"], pod.log(expected["container"]))

    def assert_shape(self, example, pod, mode):
        names = [c["name"] for c in pod.spec["containers"]]
        self.assertEqual(pod.state("vault-agent-init")["ExitCode"], 0)
        if mode == "init" or example.check.get("sidecar") is False:
            self.assertNotIn("vault-agent", names)
            return
        context = next(c for c in pod.spec["containers"] if c["name"] == "vault-agent")["securityContext"]
        self.assert_contained(pod, user=context["runAsUser"], group=context["runAsGroup"])
        if "log" in example.check:
            pod.wait(lambda: example.check["log"]["contains"] in pod.log(example.check["log"]["container"]), "the log line")

    def test_a_changed_secret_reaches_the_application(self):
        stage = self.stage()
        example, pod = self.play(stage, "kv-env-file", "classic")
        self.assert_files(example, pod)
        self.change(stage, example, pod)

    def change(self, stage, example, pod):
        change = example.check["change"]
        stage.server.must(*change["call"])
        pod.wait(lambda: change["contains"] in pod.read(change["file"])[0], "the changed secret in the file")

    def test_a_replaced_credential_is_announced_by_a_signal(self):
        stage = self.stage()
        example, pod = self.play(stage, "database-reload", "classic")
        self.assert_files(example, pod)
        first = pod.read(example.check["rotates"])[0]
        pod.wait(lambda: pod.read(example.check["rotates"])[0] != first, "a new credential")
        pod.wait(lambda: pod.read(example.check["signalled"]["file"]), "the application to be told")

    def test_a_killed_agent_leaves_the_files_and_catches_up(self):
        stage = self.stage()
        example, pod = self.play(stage, "kv-env-file", "classic")
        self.assert_files(example, pod)
        pod.kill("vault-agent")
        pod.wait(lambda: not pod.state("vault-agent")["Running"], "the agent to be gone")
        self.assert_files(example, pod)
        pod.restart("vault-agent")
        self.change(stage, example, pod)

    def test_a_lost_server_leaves_the_files_and_a_new_one_is_used(self):
        stage = self.stage()
        example, pod = self.play(stage, "kv-env-file", "classic")
        self.assert_files(example, pod)
        stage.server.kill()
        stage.server.start()
        self.assert_files(example, pod)
        stage.cluster.trust(stage.server)
        example.set_up(stage.server)
        self.change(stage, example, pod)
        self.assertTrue(pod.state("vault-agent")["Running"])

    def test_any_user_will_do(self):
        stage = self.stage()

        def as_nobody_in_particular(pod):
            pod["metadata"]["annotations"]["vault.hashicorp.com/agent-run-as-user"] = "12345"
            pod["metadata"]["annotations"]["vault.hashicorp.com/agent-run-as-group"] = "12345"

        example, pod = self.play(stage, "migrate-vault-k8s", "classic", as_nobody_in_particular)
        self.assert_files(example, pod)
        self.assert_contained(pod, user=12345, group=12345)
        self.assertEqual(pod.read("/vault/secrets/legacy")[2], 12345)

    def test_a_pair_belongs_together(self):
        stage = self.stage()
        example, pod = self.play(stage, "nginx-pki", "classic")
        self.assert_files(example, pod)
        pair = {name: pathlib.Path(stage.directory) / name for name in ("certificate", "key")}
        for name, path in pair.items():
            path.write_text(pod.read(example.check["pair"][name])[0])
        certificate = Cluster.openssl("x509", "-in", pair["certificate"], "-noout", "-pubkey")
        self.assertEqual(certificate, Cluster.openssl("pkey", "-in", pair["key"], "-pubout"))

    def test_the_agents_image_holds_nothing_else(self):
        self.assert_image("agent", {"bin/bao", "bin/coffret-agent", "bin/sh", "bin/vault"}, {"handlebars", "ring", "tokio"})

    def test_the_injectors_image_holds_nothing_else(self):
        self.assert_image("injector", {"bin/coffret-injector", "bin/vault-k8s"}, {"axum", "kube-client", "ring", "tokio"})

    def assert_image(self, name, programs, linked):
        """The image holds these programs and the licences of what they link, these crates among them."""
        image = f"localhost/coffret-{name}:0.1.0"
        root = pathlib.Path(self.podman.run("image", "mount", image).strip())
        files = {str(p.relative_to(root)) for p in root.rglob("*") if p.is_symlink() or not p.is_dir()}
        notices = (root / "licenses/linked").read_text()
        self.podman.run("image", "unmount", image)
        self.assertEqual(files, programs | {"licenses/coffret", "licenses/linked"})
        crates = {line.split(" ")[0] for line in notices.split("\n=====")[0].splitlines()}
        self.assertLessEqual(linked, crates)
        self.assertFalse([crate for crate in crates if crate.startswith("coffret-") and crate != f"coffret-{name}"])
        self.assertIn("Permission is hereby granted, free of charge", notices)


if __name__ == "__main__":
    unittest.main()
