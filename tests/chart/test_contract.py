"""The chart speaks the injector's language: settings, metrics and RBAC are compared with its source."""

import json
import re
import unittest

import chart

SOURCE = chart.ROOT / "injector" / "src"
# Read by the injector without the AGENT_INJECT_ prefix.
PLAIN = {"NAMESPACE", "POD_NAME"}


def rust(pattern):
    """All matches of a pattern in the injector's source."""
    return {match for path in SOURCE.rglob("*.rs") for match in re.findall(pattern, path.read_text())}


class Settings(unittest.TestCase):
    def setUp(self):
        table = (SOURCE / "settings" / "table.rs").read_text()
        self.known = set(re.findall(r'^ {4}[A-Z_]+ "([A-Z_]+)" ', table, re.M))

    def test_were_found(self):
        self.assertGreater(len(self.known), 40)

    def test_of_every_rendered_variable_exist(self):
        for case in chart.cases():
            rendered = case.render()
            if chart.find([o for o in rendered if o["metadata"]["name"].endswith("-agent-injector")], "Deployment"):
                names = set(chart.environment(rendered)) - PLAIN
                with self.subTest(case=case.name):
                    self.assertEqual({n.removeprefix("AGENT_INJECT_") for n in names} - self.known, set())

    def test_that_matter_to_administrators_have_a_value(self):
        """Each setting is either rendered from some values file or deliberately left to extraEnvironmentVars."""
        left = {"KUBERNETES_VERSION", "FLAVOR", "REWRITE_VAULT_ANNOTATIONS", "USE_LEADER_ELECTOR", "TLS_CA_CERT_FILE",
                "TLS_CIPHER_SUITES", "MAX_REQUESTS", "REQUEST_TIMEOUT", "DRAIN_TIMEOUT"}
        rendered = set()
        for case in chart.cases():
            if case.name not in ("disabled",):
                rendered |= {n.removeprefix("AGENT_INJECT_") for n in chart.environment(case.render())}
        self.assertEqual(self.known - rendered, left)


class Metrics(unittest.TestCase):
    def setUp(self):
        text = (SOURCE / "webhook" / "metrics.rs").read_text()
        theirs, ours = text.split('sub_registry_with_prefix("coffret_injector")')
        names = re.compile(r'register\(\s*"([a-z_]+)"')
        self.names = {f"vault_agent_injector_{n}" for n in names.findall(theirs)} | {f"coffret_injector_{n}" for n in names.findall(ours)}

    def test_in_alerts_and_dashboard_exist(self):
        rule = chart.find(chart.objects({"injector": {"metrics": {"prometheusRule": {"enabled": True}}}}), "PrometheusRule")
        dashboard = json.loads((chart.CHART / "files" / "dashboard.json").read_text())
        expressions = [r["expr"] for r in rule["spec"]["groups"][0]["rules"]]
        expressions += [t["expr"] for panel in dashboard["panels"] for t in panel["targets"]]
        used = {n for e in expressions for n in re.findall(r"\b((?:coffret|vault_agent)_injector_[a-z_]+)", e)}
        self.assertGreater(len(used), 4)
        for name in used:
            with self.subTest(metric=name):
                self.assertIn(re.sub(r"_(total|bucket|count|sum)$", "", name), self.names)

    def test_rules_point_to_a_place_in_the_documentation(self):
        rule = chart.find(chart.objects({"injector": {"metrics": {"prometheusRule": {"enabled": True}}}}), "PrometheusRule")
        for alert in rule["spec"]["groups"][0]["rules"]:
            path, anchor = alert["annotations"]["runbook"].split("#")
            headings = re.findall(r"^#+ (.*)$", (chart.ROOT / path).read_text(), re.M)
            self.assertIn(anchor, {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings})


class Routes(unittest.TestCase):
    def test_of_the_probes_exist(self):
        known = rust(r'\.route\("(/[a-z/]+)"')
        container = chart.injector(chart.objects())[2]
        for kind in ("livenessProbe", "readinessProbe", "startupProbe"):
            self.assertIn(container[kind]["httpGet"]["path"], known)
        hook = chart.find(chart.objects(), "MutatingWebhookConfiguration")["webhooks"][0]
        self.assertIn(hook["clientConfig"]["service"]["path"], known)


if __name__ == "__main__":
    unittest.main()
