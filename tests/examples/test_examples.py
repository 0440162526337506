"""Every example, from its manifest to its files, without a cluster and without containers."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import agent
import kubernetes_validate
from stage import expectation
from stage.example import ACCOUNT_MOUNT, ROOT, all_examples
from stage.identity import Cluster
from stage.server import ROOT_TOKEN, Server, wait_until

BINARIES = os.environ["COFFRET_BIN"]
SETTINGS = {"TEMPLATE_STATIC_SECRET_RENDER_INTERVAL": "1s"}


class Staged(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="coffret-examples-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def serve(self):
        server = Server(BINARIES).start()
        self.addCleanup(server.__exit__)
        return server

    def run_agent(self, config, directory=None):
        running = agent.Agent(BINARIES, config, directory or self.directory).__enter__()
        self.addCleanup(running.__exit__)
        return running

    def wait_for(self, condition, what, running):
        """Waits; when it was in vain, says what the agent said."""
        try:
            return wait_until(condition, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; the agent said:\n{running.log()}") from error


class InPods(Staged):
    """The examples with manifests."""

    def test_files_are_as_promised(self):
        for example in all_examples():
            with self.subTest(example=example.name):
                self.check(example)
                self.doCleanups()
                self.setUp()

    def check(self, example):
        server = self.serve()
        cluster = Cluster(self.directory)
        cluster.trust(server)
        example.set_up(server)
        config = self.config(example, cluster, server)
        running = self.run_agent(config)
        for path, expected in example.check["files"].items():
            file = self.directory / path.lstrip("/")
            self.wait_for(file.exists, path, running)
            mode = format(file.stat().st_mode & 0o7777, "o")
            self.assertEqual(list(expectation.complaints(path, expected, file.read_bytes(), mode)), [])
        self.check_changes(example, server, running)

    def config(self, example, cluster, server):
        pod = example.injected(BINARIES, server.url, "classic", SETTINGS)
        settings = agent.configuration(agent.container(pod, "vault-agent") or agent.container(pod, "vault-agent-init"))
        account = pod["spec"]["serviceAccountName"]
        token = agent.below(self.directory, f"{ACCOUNT_MOUNT}/token")
        pathlib.Path(token).write_text(cluster.token("demo", account))
        for volume in pod["spec"]["volumes"]:
            if "configMap" in volume:
                self.lay_out(example, pod, volume)
        file = self.directory / "config.json"
        file.write_text(json.dumps(agent.mapped(settings, self.directory)))
        return file

    def lay_out(self, example, pod, volume):
        (mount,) = [m["mountPath"] for m in pod["spec"]["containers"][0]["volumeMounts"] if m["name"] == volume["name"]]
        for name, text in example.config_maps()[volume["configMap"]["name"]]["data"].items():
            pathlib.Path(agent.below(self.directory, f"{mount}/{name}")).write_text(text)

    def check_changes(self, example, server, running):
        if "change" in example.check:
            change = example.check["change"]
            server.must(*change["call"])
            file = self.directory / change["file"].lstrip("/")
            self.wait_for(lambda: change["contains"] in file.read_text(), "the changed secret", running)
        if "rotates" in example.check:
            file = self.directory / example.check["rotates"].lstrip("/")
            first = file.read_bytes()
            self.wait_for(lambda: file.read_bytes() != first, "a new credential", running)

    def test_patched_pods_are_valid_in_every_mode(self):
        for example in all_examples():
            for mode in ("native", "classic", "init"):
                with self.subTest(example=example.name, mode=mode):
                    pod = example.injected(BINARIES, "https://vault.example.com", mode)
                    kubernetes_validate.validate(pod, "1.37", strict=True)

    def test_manifests_are_valid(self):
        for example in all_examples():
            for o in example.objects:
                with self.subTest(example=example.name, kind=o["kind"]):
                    kubernetes_validate.validate(o, "1.37", strict=True)


class Outside(Staged):
    """The examples with a configuration of their own."""

    def copy(self, name, **replaced):
        directory = self.directory / name
        shutil.copytree(ROOT / "examples" / name, directory)
        file = directory / "agent.hcl"
        text = file.read_text()
        for old, new in replaced.items():
            self.assertIn(old, text)
        for old, new in replaced.items():
            text = text.replace(old, new)
        file.write_text(text)
        return directory

    def set_up(self, server, directory, *arguments):
        environment = {**os.environ, "VAULT_ADDR": server.url, "VAULT_TOKEN": ROOT_TOKEN}
        subprocess.run(["sh", directory / "server.sh", *map(str, arguments)], env=environment, check=True)

    def outside(self, name):
        """A server, and the agent of an example with a token beside its configuration."""
        server = self.serve()
        directory = self.copy(name, **{"http://127.0.0.1:8200": server.url})
        self.set_up(server, directory)
        (directory / "token").write_text(ROOT_TOKEN)
        return server, directory, self.run_agent(directory / "agent.hcl", directory)

    def test_approle(self):
        server = self.serve()
        replaced = {"https://vault.example.com:8200": server.url, "/etc/coffret": str(self.directory), "/run/coffret": str(self.directory)}
        directory = self.copy("approle", **replaced)
        self.set_up(server, directory, self.directory)
        running = self.run_agent(directory / "agent.hcl", directory)
        file = self.directory / "backup.conf"
        self.wait_for(file.exists, "backup.conf", running)
        self.assertEqual(file.read_text(), "repository = s3:backup\npassphrase = correct horse\n")
        self.assertEqual(file.stat().st_mode & 0o777, 0o400)
        self.assertTrue((self.directory / "secret-id").exists())

    def test_local_agent(self):
        _, directory, running = self.outside("local-agent")
        self.wait_for((directory / "motd").exists, "motd", running)
        self.wait_for((directory / "motd.json").exists, "motd.json", running)
        self.assertEqual((directory / "motd").read_text(), "Today: mind the gap\n")
        self.assertEqual(json.loads((directory / "motd.json").read_text()), {"author": "ops", "text": "mind the gap"})
        (directory / "motd.hbs").write_text("Changed: {{#with (secret \"kv/data/motd\")}}{{data.data.author}}{{/with}}")
        self.wait_for(lambda: (directory / "motd").read_text() == "Changed: ops", "the changed template", running)

    def test_child_process(self):
        server, _, running = self.outside("child-process")
        first, second = "app: serving as web-1 with a password of 13", "app: serving as web-2 with a password of 5"
        self.wait_for(lambda: first in running.log(), "the application", running)
        server.must("PUT", "kv/data/app", {"data": {"user": "web-2", "password": "horse"}})
        self.wait_for(lambda: second in running.log(), "the application with the changed secret", running)
        self.assertIn("app: finishing requests of web-1", running.log())
        self.assertNotIn("correct horse", running.log())

    def test_local_proxy(self):
        _, directory, running = self.outside("local-proxy")
        socket = directory / "agent.sock"

        def ask(path, *arguments):
            command = ["curl", "-sS", "-i", "--unix-socket", socket, f"http://localhost/{path}", *arguments]
            return subprocess.run(command, check=False, capture_output=True, text=True).stdout

        self.wait_for(lambda: socket.exists() and "web-1" in ask("v1/kv/data/app"), "an answer", running)
        self.assertEqual(socket.stat().st_mode & 0o777, 0o600)
        login = ("v1/auth/userpass/login/report", "-X", "PUT", "-d", '{"password":"correct horse"}')
        self.assertIn("x-cache: miss", ask(*login).lower())
        self.assertIn("x-cache: hit", ask(*login).lower())
        self.assertNotIn('"id"', ask("v1/auth/token/lookup-self"))
        ask("agent/v1/quit", "-X", "POST")
        self.wait_for(lambda: running.ended() == 0, "the end", running)


class Directory(unittest.TestCase):
    def test_every_example_is_listed_has_a_readme_and_is_checked(self):
        listed = (ROOT / "examples" / "README.md").read_text()
        checked = {example.name for example in all_examples()} | {"approle", "child-process", "local-agent", "local-proxy", "web"}
        for path in sorted(p for p in (ROOT / "examples").iterdir() if p.is_dir() and p.name != "aws-lease"):
            with self.subTest(example=path.name):
                self.assertIn(f"({path.name}/)", listed)
                self.assertIn(path.name, checked)
                self.assertTrue((path / "README.md").exists() or path.name == "web")


if __name__ == "__main__":
    unittest.main()
