"""Wrong values are refused with the key's name; every key of values.yaml is known to the schema."""

import json
import unittest

import chart
import yaml
from helm_python.errors import HelmError

TYPOS = [
    ("injector", "replica", 3),
    ("injector", "fialurePolicy", "Fail"),
    ("injector.webhook", "timeoutSecond", 3),
    ("injector.webhook.namespaceDefaults", "enable", True),
    ("injector.certs", "secretname", "x"),
    ("injector.certs.certManager", "issuer", {}),
    ("injector.image", "repo", "x"),
    ("injector.agentDefaults", "cpulimit", "1"),
    ("injector.agentDefaults.templateConfig", "exitOnRetry", True),
    ("injector.metrics", "prot", 1),
    ("injector.metrics.serviceMonitor", "enable", True),
    ("injector.autoscaling", "max", 3),
    ("injector.networkPolicy", "enable", True),
    ("injector.requireInjection", "action", "Deny"),
    ("injector.serviceAccount", "annotation", {}),
    ("injector.podDisruptionBudget", "minAvailabel", 1),
    ("injector.livenessProbe", "period", 1),
    ("tokenReviewer", "enabled", True),
    ("devServer", "enable", True),
]
WRONG = [
    ("injector", "replicas", "three"),
    ("injector", "port", 70000),
    ("injector.webhook", "failurePolicy", "fail"),
    ("injector.webhook", "timeoutSeconds", 31),
    ("injector.agentDefaults", "template", "yaml"),
    ("injector.agentDefaults", "mode", "sidecar"),
    ("injector.agentDefaults", "cpuLimit", "lots"),
    ("injector.agentDefaults", "authMinBackoff", "5"),
    ("injector.image", "digest", "latest"),
    ("injector.requireInjection", "validationActions", ["Refuse"]),
    ("injector", "logFormat", "text"),
    ("devServer", "rootToken", ""),
]
# Contradictions between keys: (values, what the message names).
CONTRADICTIONS = [
    ({"injector": {"certs": {"mode": "secret"}}}, "injector.certs.secretName"),
    ({"injector": {"certs": {"mode": "certManager", "secretName": "x"}}}, "secretName is set"),
    ({"injector": {"port": 9000, "healthPort": 9000}}, "injector.healthPort"),
    ({"injector": {"autoscaling": {"enabled": True}, "resources": None}}, "injector.resources.requests.cpu"),
    ({"injector": {"metrics": {"enabled": True, "serviceMonitor": {"enabled": True, "renderMode": "failIfMissing"}}}}, "ServiceMonitor"),
    ({"injector": {"webhook": {"namespaceDefaults": {"enabled": True, "selector": None}}}}, "selector"),
]


def nested(path, key, value):
    out = {key: value}
    for part in reversed(path.split(".")):
        out = {part: out}
    return out


class Refusals(unittest.TestCase):
    def refused(self, values, word, **options):
        with self.assertRaises(HelmError) as caught:
            chart.objects(values, **options)
        self.assertIn(word, str(caught.exception))

    def test_name_the_misspelt_key(self):
        for path, key, value in TYPOS:
            with self.subTest(path=path, key=key):
                self.refused(nested(path, key, value), f"'{key}'")

    def test_name_the_key_with_a_wrong_value(self):
        for path, key, value in WRONG:
            with self.subTest(path=path, key=key):
                self.refused(nested(path, key, value), key)

    def test_name_contradictions(self):
        for values, word in CONTRADICTIONS:
            with self.subTest(values=values):
                self.refused(values, word)

    def test_name_the_version_that_is_too_old(self):
        self.refused({"injector": {"requireInjection": {"enabled": True}}}, "1.30", kubernetes="1.29")


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads((chart.CHART / "values.schema.json").read_text())

    def test_knows_every_key_of_the_values_file(self):
        self.compare(yaml.safe_load((chart.CHART / "values.yaml").read_text()), self.schema, "")

    def compare(self, values, schema, path):
        schema = self.resolve(schema)
        known = schema.get("properties")
        if not isinstance(values, dict) or known is None:
            return
        for key, value in values.items():
            self.assertIn(key, known, f"{path}.{key} is not in values.schema.json")
            self.compare(value, known[key], f"{path}.{key}")

    def resolve(self, schema):
        return self.schema["$defs"][schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema

    def test_allows_foreign_blocks_and_the_notes_name_them(self):
        values = {"server": {"anything": 1}, "csi": {}, "x-anchors": {"a": 1}}
        self.assertIn("no such block: csi, server.", chart.notes(values))


if __name__ == "__main__":
    unittest.main()
