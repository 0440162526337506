"""Renders charts/coffret with Helm's own engine, offline, for a chosen Kubernetes version."""

import functools
import json
import pathlib
import re

import yaml
from helm_python import _native
from helm_python.chart import Chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "coffret"
VALUES = pathlib.Path(__file__).parent / "values"
OLDEST, NEWEST = "1.25", "1.37"
OPERATOR_APIS = [f"monitoring.coreos.com/v1/{kind}" for kind in ("ServiceMonitor", "PodMonitor", "PrometheusRule")]


class Yaml(yaml.SafeLoader):
    """YAML as Kubernetes reads it: a repeated key is an error instead of a silent loss."""


def _mapping(loader, node, deep=False):
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} appears twice", key_node.start_mark)
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


Yaml.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda l, n: _mapping(l, n, deep=True))


@functools.lru_cache
def _chart():
    return Chart.load(CHART)


def files(values=None, kubernetes=NEWEST, release="coffret", namespace="coffret", apis=()):
    """Template path -> rendered text. The SDK's public `render` cannot choose the Kubernetes version; its library can."""
    options = {"name": release, "namespace": namespace, "kube_version": f"v{kubernetes}.0", "api_versions": list(apis)}
    return _files(json.dumps(values or {}), json.dumps(options))


@functools.lru_cache(maxsize=None)
def _files(values, options):
    return json.loads(_native.call_string("helm_render", _chart()._raw(), values, options))


def objects(values=None, **options):
    """All rendered objects, in file order."""
    texts = [text for path, text in sorted(files(values, **options).items()) if not path.endswith("NOTES.txt")]
    return _objects("\n---\n".join(texts))


@functools.lru_cache(maxsize=None)
def _objects(text):
    return [o for o in yaml.load_all(text, Loader=Yaml) if o]


def notes(values=None, **options):
    """The install notes."""
    return files(values, **options)["coffret/templates/NOTES.txt"]


def find(rendered, kind, name=None):
    """The one object of that kind (and name, if given), or None."""
    found = [o for o in rendered if o["kind"] == kind and name in (None, o["metadata"]["name"])]
    assert len(found) <= 1, f"{len(found)} objects {kind}: {[o['metadata']['name'] for o in found]}"
    return found[0] if found else None


def injector(rendered):
    """The injector's Deployment, pod spec and container."""
    deployment = next(o for o in rendered if o["kind"] == "Deployment" and o["metadata"]["name"].endswith("-agent-injector"))
    spec = deployment["spec"]["template"]["spec"]
    return deployment, spec, spec["containers"][0]


def environment(rendered):
    """The injector's environment: name -> value or source."""
    return {e["name"]: e.get("value", e.get("valueFrom")) for e in injector(rendered)[2]["env"]}


class Case:
    """One file of values/ with what its comments say about it."""

    def __init__(self, path):
        text = path.read_text()
        self.name = path.stem
        self.values = yaml.load(text, Loader=Yaml) or {}
        self.release = self._said(text, "release", "coffret")
        self.oldest = self._said(text, "kubernetes", OLDEST)

    @staticmethod
    def _said(text, word, default):
        match = re.search(rf"^# {word}: (\S+)$", text, re.M)
        return match.group(1) if match else default

    def render(self, kubernetes=NEWEST):
        """The case's objects on that version."""
        return objects(self.values, kubernetes=kubernetes, release=self.release)


def cases():
    """All files of values/, sorted."""
    return [Case(path) for path in sorted(VALUES.glob("*.yaml"))]
