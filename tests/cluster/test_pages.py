"""docs/install.md, docs/first-secret.md and docs/operate.md, followed to the letter on a cluster that knows nothing of us."""

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import unittest

import kube
from stage.example import ROOT
from stage.pages import commands, page, promises


class Newcomer(unittest.TestCase):

    def setUp(self):
        self.addCleanup(self.leave)

    def leave(self):
        for name in ("demo", "first"):
            kube.kubectl("delete", "namespace", name, "--ignore-not-found")
        kube.uninstall()

    def test_gets_what_the_pages_promise(self):
        install, uninstall = page("install").split("## Uninstall")
        _, first = page("first-secret").split("## In a cluster")
        texts = (install, first, page("operate"), uninstall)
        said = self.follow([block for text in texts for block in commands(text, "cluster")])
        for text in texts:
            for promised in promises(text):
                with self.subTest(promised=promised):
                    self.assertIn(promised, said)
        self.assertFalse(kube.exists("mutatingwebhookconfiguration", kube.HOOK, "default"), "left behind")

    def follow(self, blocks):
        """What all blocks say, run by one shell from the top of the repository; only ports and images may be the machine's."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        script = "set -eu\n" + "\n".join(blocks)
        script = script.replace("127.0.0.1:8200", f"127.0.0.1:{port}").replace("coffret-dev-server 8200", f"coffret-dev-server {port}:8200")
        with tempfile.TemporaryFile("w+") as log:
            shell = subprocess.Popen(
                ["bash", "-o", "pipefail", "-xc", script], cwd=ROOT, env=os.environ, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                shell.wait(timeout=900)
            finally:
                # The page leaves a port forwarded in the background; it is in the shell's own group.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
                log.seek(0)
                said = log.read()
        self.assertEqual(shell.returncode, 0, said)
        return said


if __name__ == "__main__":
    unittest.main()
