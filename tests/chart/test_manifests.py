"""Every values file, on the oldest and the newest Kubernetes: valid, consistent, restricted, as reviewed."""

import difflib
import json
import os
import pathlib
import unittest

import chart
import kubernetes_validate
import restricted
import yaml

SNAPSHOTS = pathlib.Path(__file__).parent / "snapshots"
# Kinds of other projects: no schema is bundled for them; `test_objects.py` looks at them.
FOREIGN = {"ServiceMonitor", "PodMonitor", "PrometheusRule", "Certificate", "Issuer"}
CLUSTER_WIDE = {
    "ClusterRole", "ClusterRoleBinding", "MutatingWebhookConfiguration",
    "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding",
}
VERSIONS = (chart.OLDEST, "1.28", "1.30", chart.NEWEST)


def pod_specs(rendered):
    for o in rendered:
        if o["kind"] == "Pod":
            yield o["metadata"]["name"], o["spec"]
        elif o["kind"] == "Deployment":
            yield o["metadata"]["name"], o["spec"]["template"]["spec"]


def as_number(version):
    return tuple(int(part) for part in version.split("."))


class EveryValuesFile(unittest.TestCase):
    valid = set()

    def test_there_are_many(self):
        self.assertGreaterEqual(len(chart.cases()), 25)

    def test_is_valid_on_every_version(self):
        for case in chart.cases():
            versions = [v for v in VERSIONS if as_number(v) >= as_number(case.oldest)]
            for version in versions:
                for o in case.render(version):
                    with self.subTest(case=case.name, version=version, kind=o["kind"]):
                        self.validate_once(o, version)

    def validate_once(self, o, version):
        """Most objects are the same in many cases; validating is what takes the time."""
        key = (version, json.dumps(o, sort_keys=True))
        if o["kind"] not in FOREIGN and key not in self.valid:
            kubernetes_validate.validate(o, version, strict=True)
            self.valid.add(key)

    def test_has_no_object_twice_and_every_namespace(self):
        for case in chart.cases():
            with self.subTest(case=case.name):
                rendered = case.render()
                keys = [(o["kind"], o["metadata"]["name"]) for o in rendered]
                self.assertEqual(len(keys), len(set(keys)), keys)
                for o in rendered:
                    if o["metadata"]["name"].endswith(("-extra", "plain")):
                        continue
                    expected = None if o["kind"] in CLUSTER_WIDE else case.values.get("global", {}).get("namespace", "coffret")
                    self.assertEqual(o["metadata"].get("namespace"), expected, o["kind"])

    def test_has_names_that_kubernetes_takes(self):
        for case in chart.cases():
            for o in case.render():
                with self.subTest(case=case.name, name=o["metadata"]["name"]):
                    self.assertLessEqual(len(o["metadata"]["name"]), 63)
                    for value in o["metadata"].get("labels", {}).values():
                        self.assertRegex(str(value), r"^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$")

    def test_has_no_variable_twice(self):
        for case in chart.cases():
            for name, spec in pod_specs(case.render()):
                for container in spec["containers"]:
                    names = [e["name"] for e in container.get("env", [])]
                    with self.subTest(case=case.name, pod=name):
                        self.assertEqual(sorted(names), sorted(set(names)))

    def test_has_a_service_that_finds_its_pods(self):
        for case in chart.cases():
            rendered = case.render()
            templates = [o["spec"]["template"] for o in rendered if o["kind"] == "Deployment"]
            for service in (o for o in rendered if o["kind"] == "Service"):
                with self.subTest(case=case.name, service=service["metadata"]["name"]):
                    wanted = service["spec"]["selector"].items()
                    matching = [t for t in templates if wanted <= t["metadata"]["labels"].items()]
                    self.assertEqual(len(matching), 1)
                    ports = [p for c in matching[0]["spec"]["containers"] for p in c["ports"]]
                    known = {p["containerPort"] for p in ports} | {p["name"] for p in ports}
                    for port in service["spec"]["ports"]:
                        self.assertIn(port["targetPort"], known)

    def test_has_restricted_pods(self):
        excused = {"host-network": ["hostNetwork"]}
        for case in chart.cases():
            for name, spec in pod_specs(case.render()):
                with self.subTest(case=case.name, pod=name):
                    found = [c for c in restricted.complaints(spec) if c not in excused.get(case.name, [])]
                    self.assertEqual(found, [])

    def test_renders_as_reviewed(self):
        base = canonical(chart.objects())
        snapshot(self, "defaults.yaml", base)
        snapshot(self, "defaults@oldest.diff", difference(base, canonical(chart.objects(kubernetes=chart.OLDEST))))
        for case in chart.cases():
            if case.name != "defaults":
                with self.subTest(case=case.name):
                    snapshot(self, f"{case.name}.diff", difference(base, canonical(case.render())))

    def test_has_no_forgotten_snapshot(self):
        known = {f"{case.name}.diff" for case in chart.cases()} | {"defaults.yaml", "defaults@oldest.diff"}
        self.assertEqual({path.name for path in SNAPSHOTS.iterdir()} - known, set())


def canonical(rendered):
    ordered = sorted(rendered, key=lambda o: (o["kind"], o["metadata"]["name"]))
    return yaml.safe_dump_all(ordered, sort_keys=True, width=150)


def difference(before, after):
    """What the values change, as a diff against the defaults: small enough to be read in a review."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), "defaults", "this case", n=2)
    return "".join(lines)


def snapshot(test, name, text):
    path = SNAPSHOTS / name
    if os.environ.get("COFFRET_UPDATE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    test.assertTrue(path.exists(), f"{path} is missing; review and run tests/chart/run --update")
    if path.read_text() != text:
        test.fail(f"{name} differs:\n" + "".join(difflib.unified_diff(path.read_text().splitlines(True), text.splitlines(True))))


if __name__ == "__main__":
    unittest.main()
