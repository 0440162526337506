"""What a kubelet does to a pod and `podman kube play` does not: memory volumes, tokens, downward fields."""

import copy
import pathlib
import subprocess

SIZES = {"Mi": "m", "Gi": "g", "Ki": "k"}
FIELDS = {"status.hostIP": "127.0.0.1", "status.podIP": "127.0.0.1"}
# podman knows no such thing; the checks look at what depends on them from outside.
NOT_PLAYED = ("serviceAccountName", "enableServiceLinks", "automountServiceAccountToken", "activeDeadlineSeconds")


class Kubelet:
    """Prepares pods below a directory; the memory volumes are real tmpfs mounts."""

    def __init__(self, directory, cluster):
        self._directory = pathlib.Path(directory)
        self._cluster = cluster
        self._mounted = []

    def playable(self, pod, name, config_maps):
        """The documents for `podman kube play`, with the application's images replaced by the local one."""
        pod = copy.deepcopy(pod)
        spec = pod["spec"]
        self._group = (spec.get("securityContext") or {}).get("fsGroup", 0)
        pod["metadata"] = {"name": name, "annotations": {"io.podman.annotations.init.container.type": "always"}}
        account = spec.get("serviceAccountName", "default")
        namespace = "demo"
        for key in NOT_PLAYED:
            spec.pop(key, None)
        spec["restartPolicy"] = "Never"
        spec["volumes"] = [self._volume(v, name, (namespace, account)) for v in spec.get("volumes", [])]
        for container in spec.get("initContainers", []) + spec["containers"]:
            self._container(container, {**FIELDS, "metadata.namespace": namespace, "metadata.name": name})
        return [*config_maps.values(), pod]

    def _container(self, container, fields):
        if not container["image"].startswith("localhost/coffret"):
            container["image"] = "localhost/application:test"
            container.setdefault("command", ["sleep", "2147483647"])
        for variable in container.get("env", []):
            source = variable.pop("valueFrom", None)
            if source:
                variable["value"] = fields[source["fieldRef"]["fieldPath"]]

    def _volume(self, volume, pod, identity):
        directory = self._directory / pod / volume["name"]
        if (volume.get("emptyDir") or {}).get("medium") == "Memory":
            self._mount(directory, volume["emptyDir"].get("sizeLimit", "64Mi"))
        elif "projected" in volume:
            directory.mkdir(parents=True)
            for source in volume["projected"]["sources"]:
                token = source.get("serviceAccountToken")
                if token:
                    audience = {"audience": token["audience"]} if "audience" in token else {}
                    (directory / token["path"]).write_text(self._cluster.token(*identity, **audience))
        else:
            return volume
        return {"name": volume["name"], "hostPath": {"path": str(directory), "type": "Directory"}}

    def _mount(self, directory, limit):
        """As the kubelet mounts it: everyone may write; with an fsGroup, files inherit that group."""
        directory.mkdir(parents=True)
        size = limit[:-2] + SIZES[limit[-2:]] if limit[-2:] in SIZES else limit
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "coffret-test", directory], check=True)
        self._mounted.append(directory)
        if self._group:
            subprocess.run(["chgrp", str(self._group), directory], check=True)
            directory.chmod(0o2777)

    def tear_down(self):
        """Unmounts everything, also when something in a volume is still busy."""
        for directory in reversed(self._mounted):
            subprocess.run(["umount", "--lazy", directory], check=False)
