"""Commands in docs/: every ```sh block runs as it stands, in order, page by page. tests/cluster runs the `sh cluster` blocks, tests/pods
does what the `sh build` ones say.

Of the others, what can be judged here is: the chart's values they set, and the files they name.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

import yaml
from stage.example import ROOT
from stage.pages import blocks, commands, page, promises

PAGES = ("install", "first-secret", "dev-server", "migrate", "operate", "security", "troubleshooting")
KINDS = ("", "build", "cluster", "yours")


class Pages(unittest.TestCase):
    def test_commands_run_as_they_stand(self):
        for name in PAGES:
            if found := commands(page(name)):
                with self.subTest(page=name):
                    self.run_in_order(name, found)

    def test_blocks_are_of_a_known_kind(self):
        for name in PAGES:
            for language, kind, text in blocks(page(name)):
                with self.subTest(page=name, block=text):
                    self.assertIn(kind, KINDS if language == "sh" else ("",))

    def run_in_order(self, name, blocks):
        directory = tempfile.mkdtemp(prefix=f"coffret-docs-{name}-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # The page's port may be taken on this machine; everything else stays as written.
        script = "set -eu\n" + "\n".join(blocks).replace("127.0.0.1:8200", f"127.0.0.1:{port}")
        environment = {**os.environ, "PATH": f"{os.environ['COFFRET_BIN']}:{os.environ['PATH']}", "COFFRET_ROOT": str(ROOT)}
        shell = subprocess.Popen(
            ["sh", "-c", script], cwd=directory, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )
        try:
            said, _ = shell.communicate(timeout=120)
        finally:
            # The pages leave servers in the background; they are in the shell's own group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
        self.assertEqual(shell.returncode, 0, f"{name}:\n{said}")
        for promised in promises(page(name).split("## In a cluster")[0]):
            self.assertIn(promised, said)

    def test_links_lead_somewhere(self):
        for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]:
            for target, anchor in re.findall(r"\]\(([^)#:]+)(#[^)]*)?\)", path.read_text()):
                with self.subTest(page=path.name, target=target):
                    self.assertTrue((path.parent / target).exists())
                    if anchor:
                        headings = re.findall(r"^#+ (.*)$", (path.parent / target).read_text(), re.M)
                        self.assertIn(anchor[1:], [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings])

    def test_files_named_in_commands_exist(self):
        for name in PAGES:
            for language, _, text in blocks(page(name)):
                for path in re.findall(r"(?<![\w/.-])((?:charts|examples|images|docs)/[\w./-]*\w)", text) if language == "sh" else []:
                    with self.subTest(page=name, path=path):
                        self.assertTrue((ROOT / path).exists())


class Values(unittest.TestCase):
    """Values that the pages set, by name: the schema knows each of them."""

    def test_of_helm_commands_exist(self):
        values = yaml.safe_load((ROOT / "charts" / "coffret" / "values.yaml").read_text())
        found = set()
        for name in PAGES:
            text = page(name)
            found |= set(re.findall(r"--set(?:-file)? ([\w.]+)=", text)) | set(re.findall(r"`(injector\.[\w.]+)", text))
        self.assertGreater(len(found), 10)
        for key in sorted(found):
            with self.subTest(key=key):
                at = values
                for part in key.split("."):
                    self.assertIn(part, at)
                    at = at[part]


if __name__ == "__main__":
    unittest.main()
