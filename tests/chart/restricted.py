"""The checks of Pod Security "restricted" that a pod spec can violate (Linux), as a list of complaints."""

VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
}


def complaints(spec):
    """What the restricted profile would object to in this pod spec."""
    pod = spec.get("securityContext") or {}
    found = [f"volume {v['name']}" for v in spec.get("volumes") or [] if not (set(v) - {"name"}) <= VOLUMES]
    found += [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    if pod.get("runAsUser") == 0:
        found.append("pod runs as user 0")
    for container in (spec.get("initContainers") or []) + spec["containers"]:
        found += [f"{container['name']}: {text}" for text in _container(container, pod)]
    return found


def _container(container, pod):
    own = container.get("securityContext") or {}
    capabilities = own.get("capabilities") or {}
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if "ALL" not in (capabilities.get("drop") or []):
        yield "capabilities.drop"
    if set(capabilities.get("add") or []) - {"NET_BIND_SERVICE"}:
        yield "capabilities.add"
    if own.get("privileged"):
        yield "privileged"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot"
    if own.get("runAsUser") == 0:
        yield "runAsUser"
    profile = own.get("seccompProfile") or pod.get("seccompProfile") or {}
    if profile.get("type") not in ("RuntimeDefault", "Localhost"):
        yield "seccompProfile"
    if any(p.get("hostPort") for p in container.get("ports") or []):
        yield "hostPort"
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if (container.get(probe) or {}).get("httpGet", {}).get("host"):
            yield f"{probe}.host"
