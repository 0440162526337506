"""The webhook is asked about exactly those pods that the injector would not wave through."""

import json
import json
import unittest

import chart
import conditions
import yaml

PREFIXES = ("coffret.dev", "openbao.org", "vault.hashicorp.com")
FALSE = ("", "0", "f", "F", "false", "FALSE", "False")
TRUE = ("1", "t", "T", "true", "TRUE", "True")
NONSENSE = ("yes", "no", "on", "TrUe", " true", "2", "\n")


def pod(annotations=None, **metadata):
    meta = {"name": "web", **metadata}
    if annotations is not None:
        meta["annotations"] = annotations
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [{"name": "web", "image": "x"}]}}


def hooks(**options):
    return chart.find(chart.objects(**options), "MutatingWebhookConfiguration")["webhooks"]


class AskedFor(unittest.TestCase):
    def setUp(self):
        (self.hook,) = hooks()

    def assert_called(self, expected, annotations, **metadata):
        with self.subTest(annotations=annotations):
            self.assertIs(conditions.called(self.hook, pod(annotations, **metadata)), expected)

    def test_not_when_nothing_is_said(self):
        self.assert_called(False, None)
        self.assert_called(False, {})
        self.assert_called(False, {"prometheus.io/scrape": "true"})
        self.assert_called(False, {"vault.hashicorp.com/role": "web", "vault.hashicorp.com/agent-inject-secret-a": "secret/a"})
        self.assert_called(False, {"example.com/agent-inject": "true"})

    def test_by_every_spelling_under_every_prefix(self):
        for prefix in PREFIXES:
            for value in FALSE:
                self.assert_called(False, {f"{prefix}/agent-inject": value})
            for value in TRUE + NONSENSE:
                self.assert_called(True, {f"{prefix}/agent-inject": value})

    def test_by_the_prefix_that_wins(self):
        for strong, weak in (("coffret.dev", "openbao.org"), ("coffret.dev", "vault.hashicorp.com"), ("openbao.org", "vault.hashicorp.com")):
            self.assert_called(True, {f"{strong}/agent-inject": "true", f"{weak}/agent-inject": "false"})
            self.assert_called(False, {f"{strong}/agent-inject": "false", f"{weak}/agent-inject": "true"})

    def test_not_for_static_pods(self):
        self.assert_called(False, {"vault.hashicorp.com/agent-inject": "true", "kubernetes.io/config.mirror": "abc"})

    def test_for_pods_without_a_name(self):
        made = pod({"coffret.dev/agent-inject": "true"}, generateName="web-")
        del made["metadata"]["name"]
        self.assertTrue(conditions.called(self.hook, made))

    def test_again_after_injection_so_that_damage_is_repaired(self):
        self.assert_called(True, {"vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/agent-inject-status": "injected"})

    def test_by_the_users_own_condition_too(self):
        own = {"name": "not-team-x", "expression": '!(has(object.metadata.labels) && "team-x" in object.metadata.labels)'}
        (self.hook,) = hooks(values={"injector": {"webhook": {"matchConditions": [own]}}})
        asking = {"coffret.dev/agent-inject": "true"}
        self.assert_called(True, asking)
        self.assert_called(False, asking, labels={"team-x": "1"})

    def test_without_conditions_where_the_cluster_knows_none(self):
        for version, count in (("1.25", 0), ("1.27", 0), ("1.28", 2), ("1.37", 2)):
            (hook,) = hooks(kubernetes=version)
            self.assertEqual(len(hook.get("matchConditions", [])), count, version)


class NamespaceDefaults(unittest.TestCase):
    def setUp(self):
        self.pods, self.namespaces = hooks(values={"injector": {"webhook": {"namespaceDefaults": {"enabled": True}}}})

    def test_entries_never_both_ask_about_a_pod(self):
        samples = [None, {}, {"a": "b"}, {"kubernetes.io/config.mirror": "x"}]
        samples += [{f"{prefix}/agent-inject": value} for prefix in PREFIXES for value in FALSE + TRUE + NONSENSE]
        for annotations in samples:
            with self.subTest(annotations=annotations):
                both = [conditions.called(hook, pod(annotations)) for hook in (self.pods, self.namespaces)]
                self.assertLess(sum(both), 2)

    def test_silent_pods_are_asked_about_and_refusing_ones_are_not(self):
        self.assertTrue(conditions.called(self.namespaces, pod()))
        self.assertTrue(conditions.called(self.namespaces, pod({"coffret.dev/role": "web"})))
        self.assertFalse(conditions.called(self.namespaces, pod({"vault.hashicorp.com/agent-inject": "false"})))

    def test_only_in_namespaces_that_opted_in_and_are_not_excluded(self):
        selector = self.namespaces["namespaceSelector"]
        self.assertEqual(selector["matchLabels"], {"coffret.dev/injection": "enabled"})
        excluded = next(e["values"] for e in selector["matchExpressions"] if e["key"] == "kubernetes.io/metadata.name")
        self.assertEqual(excluded, ["kube-system", "kube-node-lease", "coffret"])


class GoldenPods(unittest.TestCase):
    """The injector's own golden files: pods with the decision the injector takes."""

    GOLDEN = chart.ROOT / "injector" / "tests" / "golden"
    # Decided by what no condition may say: a repeated call is how damage is repaired, and pods are created pending.
    LATER = {"already_injected", "not_pending"}

    def cases(self):
        """(name, the case, whether the injector patches or refuses the pod) of all that can reach a webhook."""
        for path in sorted(self.GOLDEN.glob("*.in.json")):
            given = json.loads(path.read_text())
            answer = json.loads(path.with_name(path.name.replace(".in.", ".out.")).read_text())
            annotations = given["pod"].get("metadata", {}).get("annotations") or {}
            # The API server sends no annotation that is not text, and drops null ones.
            well_formed = all(isinstance(value, str) for value in annotations.values())
            if well_formed and answer.get("reason") not in self.LATER:
                yield path.name, given, answer["outcome"] != "skipped"

    def test_are_asked_about_exactly_when_the_injector_acts(self):
        (alone,) = hooks()
        entries = hooks(values={"injector": {"webhook": {"namespaceDefaults": {"enabled": True}}}})
        seen = {True: 0, False: 0}
        for name, given, acts in self.cases():
            with self.subTest(golden=name):
                if given.get("inherited"):
                    self.assertEqual(sum(conditions.called(hook, given["pod"]) for hook in entries), 1)
                else:
                    self.assertIs(conditions.called(alone, given["pod"]), acts)
                    seen[acts] += 1
        self.assertGreater(seen[True], 50)
        self.assertGreater(seen[False], 0)


if __name__ == "__main__":
    unittest.main()
