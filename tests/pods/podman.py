"""podman with storage and settings of its own, so that nothing of the machine's is touched and nothing stays."""

import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Seconds; an init container that never ends would otherwise hold everything up.
PATIENCE = 120
REAPER = pathlib.Path(__file__).parent / "reaper.py"


class Unable(Exception):
    """This machine cannot run containers; the text says why."""


class Podman:
    """One isolated podman."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        (directory / "containers.conf").write_text(_settings())
        (directory / "storage.conf").write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{directory}/storage"\nrunroot = "{directory}/run"\n'
        )
        self._environment = {
            **os.environ,
            "CONTAINERS_CONF": str(directory / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
            "TMPDIR": str(directory),
            "COFFRET_ENGINE": "podman",
        }
        self._directory = directory

    def run(self, *arguments, check=True, both=False):
        """One podman command; its output as text, with `both` also what it wrote to stderr."""
        return self._output([sys.executable, str(REAPER), "podman", *map(str, arguments)], check, both)

    def _output(self, command, check=True, both=False):
        try:
            done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise AssertionError(f"{' '.join(command)}: nothing after {PATIENCE} s") from error
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr if both else done.stdout

    def build(self, binaries):
        """The project's images, and one for the applications of the examples; refuses a machine that cannot run them."""
        self._output([str(ROOT / "images" / "build"), "--bin", str(binaries), "agent", "agent-busybox", "injector", "coffret"])
        context = self._directory / "application"
        programs = context / "root" / "bin"
        programs.mkdir(parents=True)
        shutil.copy(shutil.which("busybox"), programs / "busybox")
        links = subprocess.run([programs / "busybox", "--list"], capture_output=True, text=True, check=True).stdout
        for name in links.split():
            if name != "busybox":
                (programs / name).symlink_to("busybox")
        (context / "root" / "tmp").mkdir()
        (context / "root" / "tmp").chmod(0o1777)
        (context / "Dockerfile").write_text("FROM scratch\nCOPY root/ /\nENV PATH=/bin\n")
        self.run("build", "--quiet", "--tag", "localhost/application:test", context)
        try:
            self.run("run", "--rm", "--network=host", "localhost/application:test", "true")
        except AssertionError as error:
            raise Unable(str(error).strip().splitlines()[-1]) from error

    def inspect(self, container):
        """What podman knows of a container."""
        return json.loads(self.run("inspect", container))[0]

    def inside(self, container, *command):
        """Output of a command run inside a container."""
        return self.run("exec", container, *command)

    def tear_down(self):
        """Removes every pod, container and image."""
        self.run("pod", "rm", "--all", "--force", "--time", "0", check=False)
        self.run("rm", "--all", "--force", "--time", "0", check=False)
        self.run("rmi", "--all", "--force", check=False)


def _settings():
    """Lowering limits is always allowed; raising them, as podman does by default, is not everywhere."""
    limits = [
        f"{name}={min(wanted, soft)}:{min(wanted, hard)}"
        for name, wanted, (soft, hard) in (
            ("nofile", 1024, _limit(resource.RLIMIT_NOFILE)),
            ("nproc", 4096, _limit(resource.RLIMIT_NPROC)),
        )
    ]
    runtime = "runc" if shutil.which("runc") else "crun"
    return (
        f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n"
        f'[engine]\nruntime = "{runtime}"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n'
    )


def _limit(which):
    return [value if value >= 0 else 1 << 20 for value in resource.getrlimit(which)]
