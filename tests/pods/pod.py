"""One patched pod of an example, running in podman."""

import pathlib

import yaml
from stage.server import wait_until


class RunningPod:
    """Played from an example; looked at from inside the application's container and through /proc."""

    def __init__(self, stage, example, mode, name, adjust=lambda pod: None):
        self._podman = stage.podman
        self.name = name
        patched = example.injected(stage.binaries, stage.server.url, mode, {"TEMPLATE_STATIC_SECRET_RENDER_INTERVAL": "1s"}, adjust)
        self.spec = patched["spec"]
        documents = stage.kubelet.playable(patched, name, example.config_maps())
        self._manifest = pathlib.Path(stage.directory) / f"{name}.yaml"
        self._manifest.write_text(yaml.safe_dump_all(documents))
        self.application = self.spec["containers"][0]["name"]

    def start(self):
        """Plays it; podman starts the containers once every init container has ended."""
        try:
            self._podman.run("kube", "play", "--network=host", self._manifest)
        except AssertionError as error:
            raise AssertionError(f"{error}{self.agents_said()}") from error

    def wait(self, condition, what):
        """Waits for a condition; when it was in vain, says what the agents said."""
        try:
            return wait_until(condition, what)
        except AssertionError as error:
            raise AssertionError(f"{error}{self.agents_said()}") from error

    def agents_said(self):
        """The logs of the agents."""
        names = [c["name"] for c in self.spec.get("initContainers", []) + self.spec["containers"] if c["name"].startswith("vault-agent")]
        return "".join(f"\n{name} said:\n{self.log(name)}" for name in names)

    def container(self, name):
        """podman's name of one of the pod's containers."""
        return f"{self.name}-{name}"

    def state(self, name):
        """State of a container: Running, ExitCode, Pid …"""
        return self._podman.inspect(self.container(name))["State"]

    def log(self, name):
        """What a container wrote."""
        return self._podman.run("logs", self.container(name), check=False, both=True)

    def read(self, path):
        """(content, mode, uid, gid, type of file system) of a file as the application sees it; None if it is not there."""
        command = 'test -e "$0" || exit 0; stat -c "%a %u %g" "$0"; stat -f -c %T "$0"; cat "$0"'
        output = self._podman.inside(self.container(self.application), "sh", "-c", command, path)
        if not output:
            return None
        owner, kind, content = output.split("\n", 2)
        mode, user, group = owner.split()
        return content, mode, int(user), int(group), kind

    def process(self, name):
        """Lines of /proc/PID/status and the mount options of the root of a running container."""
        pid = self.state(name)["Pid"]
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
        mounts = [line.split() for line in pathlib.Path(f"/proc/{pid}/mounts").read_text().splitlines()]
        (root,) = [m[3].split(",") for m in mounts if m[1] == "/"]
        return status, root

    def kill(self, name):
        """Kills a container's process without notice."""
        self._podman.run("kill", "--signal", "KILL", self.container(name))

    def restart(self, name):
        """Starts an ended container again, as a kubelet would."""
        self._podman.run("start", self.container(name))

    def stop(self):
        """Removes the pod."""
        self._podman.run("kube", "down", self._manifest, check=False)
