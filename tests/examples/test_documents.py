"""Commands in docs/: every ```sh block runs as it stands, in order, page by page. `sh cluster` blocks need a cluster;
`sh build` ones take minutes, and tests/pods does what they say.

Of blocks for a cluster, what can be judged without one is: the chart's values they set, and the files they name.
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

PAGES = ("install", "first-secret", "migrate", "operate", "security", "troubleshooting")
BLOCK = re.compile(r"^( *)```(\S+)(?: (\w+))?\n(.*?)^\1```$", re.M | re.S)


def blocks(page):
    """(language, kind, text) of every fenced block of a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    for indent, language, kind, body in BLOCK.findall(text):
        yield language, kind, re.sub(f"^{indent}", "", body, flags=re.M)


class Pages(unittest.TestCase):
    def test_commands_run_as_they_stand(self):
        for page in PAGES:
            commands = [text for language, kind, text in blocks(page) if language == "sh" and not kind]
            if commands:
                with self.subTest(page=page):
                    self.run_in_order(page, commands)

    def run_in_order(self, page, commands):
        directory = tempfile.mkdtemp(prefix=f"coffret-docs-{page}-")
        self.addCleanup(shutil.rmtree, directory, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # The page's port may be taken on this machine; everything else stays as written.
        script = "set -eu\n" + "\n".join(commands).replace("127.0.0.1:8200", f"127.0.0.1:{port}")
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
        self.assertEqual(shell.returncode, 0, f"{page}:\n{said}")
        for promised in re.findall(r"^prints `([^`]+)`\.", self.local_part(page), re.M):
            self.assertIn(promised, said)

    @staticmethod
    def local_part(page):
        return (ROOT / "docs" / f"{page}.md").read_text().split("## In a cluster")[0]

    def test_links_lead_somewhere(self):
        for page in PAGES:
            path = ROOT / "docs" / f"{page}.md"
            for target, anchor in re.findall(r"\]\(([^)#:]+)(#[^)]*)?\)", path.read_text()):
                with self.subTest(page=page, target=target):
                    self.assertTrue((path.parent / target).exists())
                    if anchor:
                        headings = re.findall(r"^#+ (.*)$", (path.parent / target).read_text(), re.M)
                        self.assertIn(anchor[1:], [re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings])

    def test_files_named_in_commands_exist(self):
        for page in PAGES:
            for language, _, text in blocks(page):
                for path in re.findall(r"(?<![\w/.-])((?:charts|examples|images|docs)/[\w./-]*\w)", text) if language == "sh" else []:
                    with self.subTest(page=page, path=path):
                        self.assertTrue((ROOT / path).exists())


class Values(unittest.TestCase):
    """Values that the pages set, by name: the schema knows each of them."""

    def test_of_helm_commands_exist(self):
        values = yaml.safe_load((ROOT / "charts" / "coffret" / "values.yaml").read_text())
        found = set()
        for page in PAGES:
            text = (ROOT / "docs" / f"{page}.md").read_text()
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
