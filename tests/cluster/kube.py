"""kubectl and helm on the cluster that KUBECONFIG names."""

import base64
import json
import os
import re
import subprocess
import time

import yaml
from stage.example import ROOT
from stage.server import ROOT_TOKEN, Server, wait_until

NAMESPACE = "coffret"
INJECTOR = "coffret-agent-injector"
HOOK = f"{INJECTOR}-cfg"
IMAGE = os.environ.get("COFFRET_TEST_IMAGE", "busybox:1.37")
# Seconds; a pod's start on a busy machine.
PATIENCE = 180


class Refused(AssertionError):
    """A command that ended with an error; the text is what it said."""


def run(*command, given=None):
    """(stdout, stderr) of a command that has to work."""
    done = subprocess.run([str(part) for part in command], input=given, capture_output=True, text=True, timeout=PATIENCE * 2)
    if done.returncode != 0:
        raise Refused(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def kubectl(*arguments, given=None):
    """Output of kubectl."""
    return run("kubectl", *arguments, given=given)[0]


def get(*arguments):
    """An object, or a list of them, as the API server has it."""
    return json.loads(kubectl("get", "--output=json", *arguments))


def install(values=None):
    """The chart with the dev server and these values, from whatever was there before; returns when the webhook answers."""
    base = {"devServer": {"enabled": True, "rootToken": ROOT_TOKEN}, "tokenReviewer": {"create": True}}
    given = yaml.safe_dump({**base, **(values or {})})
    kubectl_apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    chart = ROOT / "charts" / "coffret"
    run("helm", "upgrade", "--install", "coffret", chart, f"--namespace={NAMESPACE}", "--values=-", given=given)
    for name in (INJECTOR, "coffret-dev-server"):
        kubectl(f"--namespace={NAMESPACE}", "rollout", "status", f"deployment/{name}", f"--timeout={PATIENCE}s")
    wait_until(lambda: all(bundles()), "the CA in every entry of the webhook configuration", PATIENCE)


def uninstall():
    """Everything that `install` made."""
    run("helm", "uninstall", "coffret", f"--namespace={NAMESPACE}", "--ignore-not-found")
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")


def kubectl_apply(*objects):
    """Creates or changes objects."""
    kubectl("apply", "--filename=-", given=yaml.safe_dump_all(objects))


def namespace(name, labels=None, annotations=None):
    """A namespace with a service account in it; pods can be made there when this returns."""
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    kubectl_apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    wait_until(lambda: exists("serviceaccount", "default", name), f"the service account of {name}")


def exists(kind, name, where):
    """Whether an object is there."""
    return kubectl("get", kind, name, f"--namespace={where}", "--ignore-not-found", "--output=name") != ""


def bundles():
    """The CA of each entry of the webhook configuration, empty where there is none."""
    return [hook["clientConfig"].get("caBundle", "") for hook in get("mutatingwebhookconfiguration", HOOK)["webhooks"]]


def pod(annotations, name="asked", **spec):
    """A pod that would run for ever."""
    container = {"name": "application", "image": IMAGE, "command": ["sleep", "2147483647"]}
    metadata = {"name": name, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container], **spec}}


def admit(manifest, where, dry=True):
    """(the pod as the API server takes it, warnings); nothing is kept unless `dry` is false."""
    more = ["--dry-run=server"] if dry else []
    out, warnings = run(
        "kubectl", "create", f"--namespace={where}", "--output=json", "--filename=-", *more, given=json.dumps(manifest)
    )
    return json.loads(out), warnings


def agents(admitted):
    """The names of the agents in a pod, with how they are restarted."""
    spec = admitted["spec"]
    found = spec.get("initContainers", []) + spec["containers"]
    return [(c["name"], c.get("restartPolicy")) for c in found if c["name"].startswith("vault-agent")]


def injectors():
    """The names of the injector's pods that are not on their way out."""
    found = get("pods", f"--namespace={NAMESPACE}", f"--selector=app.kubernetes.io/name={INJECTOR}")["items"]
    return [o["metadata"]["name"] for o in found if "deletionTimestamp" not in o["metadata"]]


def scale(replicas):
    """That many injectors, and no more."""
    kubectl(f"--namespace={NAMESPACE}", "scale", f"deployment/{INJECTOR}", f"--replicas={replicas}")
    kubectl(f"--namespace={NAMESPACE}", "rollout", "status", f"deployment/{INJECTOR}", f"--timeout={PATIENCE}s")
    selector = f"--selector=app.kubernetes.io/name={INJECTOR}"
    everyone = lambda: get("pods", f"--namespace={NAMESPACE}", selector)["items"]
    wait_until(lambda: len(everyone()) == replicas, f"{replicas} injectors", PATIENCE)


class ForwardedServer(Server):
    """The dev server in the cluster, through `kubectl port-forward`."""

    def __init__(self):
        self._process = None
        self.url = None

    def start(self):
        """Returns when the server answers."""
        command = ["kubectl", f"--namespace={NAMESPACE}", "port-forward", "service/coffret-dev-server", ":8200"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        said = self._process.stdout.readline()
        self.url = "http://" + re.search(r"127\.0\.0\.1:\d+", said).group(0)
        wait_until(lambda: self.call("GET", "sys/health")[0] == 200, "the forwarded dev server")
        return self

    def trust_the_cluster(self):
        """The Kubernetes login, reviewed by the cluster that this server runs in."""
        secret = wait_until(lambda: get("secret", "coffret-token-reviewer", f"--namespace={NAMESPACE}").get("data"), "the reviewer's token")
        config = {
            "kubernetes_host": "https://kubernetes.default.svc",
            "kubernetes_ca_cert": _decoded(secret["ca.crt"]), "token_reviewer_jwt": _decoded(secret["token"]),
        }
        self.must("PUT", "sys/auth/kubernetes", {"type": "kubernetes"})
        self.must("PUT", "auth/kubernetes/config", config)


def _decoded(text):
    return base64.b64decode(text).decode()


def decoded_json(text):
    """What base64 of JSON says."""
    return json.loads(base64.b64decode(text))


def encoded(text):
    """Base64 of a text."""
    return base64.b64encode(text.encode()).decode()


def as_json(value):
    """A value as JSON."""
    return json.dumps(value)


def until(condition, what):
    """`wait_until` with this cluster's patience; a command that is refused counts as not yet."""
    def tried():
        try:
            return condition()
        except Refused:
            time.sleep(0.5)
            return None

    return wait_until(tried, what, PATIENCE)
