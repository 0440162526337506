"""The agent of an injected pod as a local process, with the pod's paths mapped below a directory."""

import base64
import copy
import json
import pathlib
import subprocess


class Agent:
    """`coffret-agent run` with a configuration; as a context manager it is stopped at the end."""

    def __init__(self, binaries, config, directory):
        self._binary = pathlib.Path(binaries) / "coffret-agent"
        self._config = config
        self._directory = pathlib.Path(directory)
        self._process = None

    def __enter__(self):
        self._log = (self._directory / "agent.log").open("wb")
        command = [self._binary, "run", f"-config={self._config}"]
        environment = {"HOME": str(self._directory), "PATH": "/usr/bin:/bin"}
        self._process = subprocess.Popen(command, cwd=self._directory, env=environment, stdout=self._log, stderr=self._log)
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(timeout=30)
        self._log.close()

    def ended(self):
        """Its exit code, or None while it runs."""
        return self._process.poll()

    def log(self):
        """What it said so far."""
        return (self._directory / "agent.log").read_text()


def container(pod, name):
    """A container of a pod by name, among all of them."""
    spec = pod["spec"]
    return next((c for c in spec.get("initContainers", []) + spec["containers"] if c["name"] == name), None)


def configuration(agent):
    """The agent configuration in a container's environment."""
    (text,) = [e["value"] for e in agent["env"] if e["name"] in ("VAULT_CONFIG", "BAO_CONFIG")]
    return json.loads(base64.b64decode(text))


def mapped(config, directory):
    """The configuration with every path of the pod below a directory, and without commands: they are for the pod."""
    config = copy.deepcopy(config)
    config["auto_auth"]["method"]["config"]["token_path"] = below(directory, config["auto_auth"]["method"]["config"]["token_path"])
    for sink in config["auto_auth"]["sink"]:
        sink["config"]["path"] = below(directory, sink["config"]["path"])
    config["pid_file"] = below(directory, config["pid_file"])
    for template in config["template"]:
        for key in ("destination", "source"):
            if key in template:
                template[key] = below(directory, template[key])
        for key in ("command", "exec"):
            template.pop(key, None)
    return config


def below(directory, path):
    """An absolute path of the pod, as a path below a directory; its parent is made."""
    inside = pathlib.Path(directory) / path.lstrip("/")
    inside.parent.mkdir(parents=True, exist_ok=True)
    return str(inside)
