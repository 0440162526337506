"""The dev server as its own process, and its HTTP API."""

import json
import pathlib
import re
import select
import subprocess
import time
import urllib.error
import urllib.request

ROOT_TOKEN = "root-of-the-tests"


class Server:
    """`coffret dev-server` on a free port of the loopback interface; as a context manager it is stopped at the end."""

    def __init__(self, binaries, listen="127.0.0.1:0"):
        self._command = [str(pathlib.Path(binaries) / "coffret"), "dev-server", "--root-token", ROOT_TOKEN, "--listen"]
        self._listen = listen
        self._process = None
        self.url = None

    def start(self):
        """Starts it and waits until it answers. After `kill` it comes back on the same port, with nothing in memory."""
        self._process = subprocess.Popen([*self._command, self._listen], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        said = b""
        while not (match := re.search(rb"https?://[^\s\"]+:\d+", said)):
            ready, _, _ = select.select([self._process.stdout], [], [], 30)
            chunk = self._process.stdout.read1() if ready else b""
            if not chunk:
                raise AssertionError(f"the dev server did not say where it listens: {said!r}")
            said += chunk
        self.url = match.group(0).decode()
        self._listen = self.url.split("//")[1]
        wait_until(lambda: self.call("GET", "sys/health")[0] == 200, "the dev server to be healthy")
        return self

    def kill(self):
        """Ends it without notice, as a crash would."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def call(self, method, path, body=None):
        """(status, answer) of one call with the root token; status 0 when nobody answers."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Vault-Token": ROOT_TOKEN}
        request = urllib.request.Request(f"{self.url}/v1/{path}", data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def must(self, method, path, body=None):
        """The answer of a call that has to work."""
        status, answer = self.call(method, path, body)
        if not 200 <= status < 300:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return answer

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.kill()


def wait_until(condition, what, seconds=60):
    """Waits for a condition, looking often; names what did not come. Returns the condition's value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.05)
