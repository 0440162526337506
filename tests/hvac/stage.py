"""The server that the tests talk to: the development server as a process of its own, or the one the environment names."""

import atexit
import os
import re
import subprocess
import unittest
import uuid

import hvac

ROOT_TOKEN = "root-of-the-hvac-tests"


def _start():
    command = [os.environ["COFFRET_BIN"], "dev-server", "--listen", "127.0.0.1:0", "--root-token", ROOT_TOKEN]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def stop():
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()

    atexit.register(stop)
    for line in process.stdout:
        found = re.search(r"VAULT_ADDR='(http[^']+)'", line)
        if found:
            return found[1]
    raise RuntimeError("the development server said no address")


NAMED = os.environ.get("COFFRET_TEST_VAULT_ADDR")
URL = NAMED or _start()
TOKEN = os.environ["COFFRET_TEST_VAULT_TOKEN"] if NAMED else ROOT_TOKEN


def client(token=TOKEN):
    return hvac.Client(url=URL, token=token)


class Case(unittest.TestCase):
    """A test with a client that may do everything, and a name that no other test has."""

    def setUp(self):
        self.client = client()
        self.name = "hvac-" + uuid.uuid4().hex[:10]

    def mount(self, kind, **options):
        self.client.sys.enable_secrets_engine(kind, path=self.name, **options)
        self.addCleanup(self.client.sys.disable_secrets_engine, self.name)
        return self.name

    def auth(self, kind):
        self.client.sys.enable_auth_method(kind, path=self.name)
        self.addCleanup(self.client.sys.disable_auth_method, self.name)
        return self.name

    def policy(self, text):
        self.client.sys.create_or_update_policy(self.name, text)
        self.addCleanup(self.client.sys.delete_policy, self.name)
        return self.name
