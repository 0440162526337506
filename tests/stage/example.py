"""One directory of examples/: its manifests, its server's side, what its test checks, and its pods after injection."""

import copy
import os
import pathlib
import subprocess

import yaml

from stage.server import ROOT_TOKEN

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACCOUNT_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


class Example:
    """An example with pods."""

    def __init__(self, directory):
        self.directory = directory
        self.name = directory.name
        self.check = yaml.safe_load((directory / "check.yaml").read_text())
        (manifest,) = [p for p in directory.glob("*.yaml") if p.name != "check.yaml"]
        self.objects = list(yaml.safe_load_all(manifest.read_text()))

    def set_up(self, server):
        """Runs its `server.sh` against a server."""
        environment = {**os.environ, "VAULT_ADDR": server.url, "VAULT_TOKEN": ROOT_TOKEN, **self.check.get("environment", {})}
        subprocess.run(["sh", self.directory / "server.sh"], env=environment, check=True)

    def config_maps(self):
        """Its ConfigMaps by name."""
        return {o["metadata"]["name"]: o for o in self.objects if o["kind"] == "ConfigMap"}

    def injected(self, binaries, address, mode, settings=None, adjust=lambda pod: None):
        """Its one pod as `coffret inject` leaves it, after what the API server's own admission adds.

        `settings` are more AGENT_INJECT_ variables; `adjust` may change the pod before it is injected.
        """
        workload = next(o for o in self.objects if "template" in o.get("spec", {}))
        pod = admitted(workload)
        adjust(pod)
        command = [pathlib.Path(binaries) / "coffret", "inject", "-f", "-", "-o", "yaml", "--namespace", pod["metadata"]["namespace"]]
        image = "localhost/coffret-agent:0.1.0"
        for name, value in {"VAULT_ADDR": address, "MODE": mode, "VAULT_IMAGE": image, **(settings or {})}.items():
            command += ["--env", f"AGENT_INJECT_{name}={value}"]
        done = subprocess.run(command, input=yaml.safe_dump(pod), capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{self.name}: coffret inject: {done.stderr}")
        (patched,) = [o for o in yaml.safe_load_all(done.stdout) if o]
        return patched


def admitted(workload):
    """The pod a controller makes of a workload, with the token volume that the API server adds to every container."""
    template = copy.deepcopy(workload["spec"]["template"])
    metadata = {**template.get("metadata", {}), "name": workload["metadata"]["name"], "namespace": workload["metadata"]["namespace"]}
    spec = template["spec"]
    token = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}}
    spec.setdefault("volumes", []).append({"name": "kube-api-access-abcde", "projected": {"sources": [token]}})
    for container in spec["containers"] + spec.get("initContainers", []):
        mount = {"name": "kube-api-access-abcde", "mountPath": ACCOUNT_MOUNT, "readOnly": True}
        container.setdefault("volumeMounts", []).append(mount)
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def all_examples():
    """Every example with a check.yaml, by name."""
    return [Example(path.parent) for path in sorted((ROOT / "examples").glob("*/check.yaml"))]
