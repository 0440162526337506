"""Objects with rules of their own: roles, certificates, monitoring, the policy, notes, the dev server, test pods."""

import json
import re
import unittest

import chart
import conditions
import readme

MINE = "coffret-agent-injector"


def rules(rendered, kind, name):
    role = chart.find(rendered, kind, name)
    return [] if role is None else [
        (tuple(r["apiGroups"]), resource, tuple(r.get("resourceNames", ())), verb)
        for r in role["rules"] for resource in r["resources"] for verb in r["verbs"]
    ]


class Roles(unittest.TestCase):
    """Nothing more than the injector calls, and nothing less (test_calls.py compares these with its source)."""

    CERTIFICATES = {
        ("mutatingwebhookconfigurations", "get"), ("mutatingwebhookconfigurations", "patch"),
        ("secrets", "get"), ("secrets", "update"),
    }
    INHERITING = {(resource, verb) for resource in ("namespaces", "serviceaccounts") for verb in ("list", "watch")}

    def granted(self, values=None):
        rendered = chart.objects(values)
        return rules(rendered, "ClusterRole", f"{MINE}-clusterrole") + rules(rendered, "Role", f"{MINE}-certs")

    def test_grant_exactly_the_calls(self):
        self.assertEqual({(resource, verb) for _, resource, _, verb in self.granted()}, self.CERTIFICATES)

    def test_grant_reading_defaults_only_when_asked(self):
        granted = self.granted({"injector": {"webhook": {"namespaceDefaults": {"enabled": True}}}})
        self.assertEqual({(resource, verb) for _, resource, _, verb in granted}, self.CERTIFICATES | self.INHERITING)

    def test_are_limited_to_named_objects(self):
        for _, resource, names, verb in self.granted():
            self.assertEqual(names, (f"{MINE}-cfg",) if resource.startswith("mutating") else (f"{MINE}-certs",), (resource, verb))

    def test_name_objects_that_exist(self):
        for release in ("coffret", "other"):
            rendered = chart.objects(release=release)
            names = {o["metadata"]["name"] for o in rendered}
            for role in (o for o in rendered if o["kind"] in ("Role", "ClusterRole")):
                for rule in role["rules"]:
                    self.assertLessEqual(set(rule.get("resourceNames", [])), names)
            variables = chart.environment(rendered)
            self.assertIn(variables["AGENT_INJECT_TLS_AUTO"], names)
            self.assertIn(variables["AGENT_INJECT_TLS_CA_SECRET"], names)

    def test_vanish_with_certificates_from_elsewhere(self):
        for mode in ("certManager", "openshift"):
            rendered = chart.objects({"injector": {"certs": {"mode": mode}}})
            lasting = {o["kind"] for o in rendered if "helm.sh/hook" not in o["metadata"].get("annotations", {})}
            self.assertEqual(lasting & {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"}, set())

    def test_use_no_wildcard(self):
        for case in chart.cases():
            for o in case.render():
                for rule in o.get("rules", []) if o["kind"] in ("Role", "ClusterRole") else []:
                    self.assertNotIn("*", rule["verbs"] + rule["resources"] + rule["apiGroups"])


class Certificates(unittest.TestCase):
    def test_ca_bundle_is_absent_unless_given(self):
        for case in chart.cases():
            hooks = chart.find(case.render(), "MutatingWebhookConfiguration")
            for hook in hooks["webhooks"] if hooks else []:
                given = case.values.get("injector", {}).get("certs", {}).get("caBundle") or None
                with self.subTest(case=case.name):
                    self.assertEqual(hook["clientConfig"].get("caBundle"), given)

    def test_the_kept_secret_has_no_data_to_overwrite(self):
        secret = chart.find(chart.objects(), "Secret", f"{MINE}-certs")
        self.assertEqual({"data", "stringData"} & set(secret), set())

    def test_of_cert_manager_cover_the_service(self):
        rendered = chart.objects({"injector": {"certs": {"mode": "certManager"}}})
        certificate = chart.find(rendered, "Certificate")
        self.assertIn(f"{MINE}-svc.coffret.svc", certificate["spec"]["dnsNames"])
        self.assertEqual(certificate["spec"]["issuerRef"], {"kind": "Issuer", "name": chart.find(rendered, "Issuer")["metadata"]["name"]})
        annotations = chart.find(rendered, "MutatingWebhookConfiguration")["metadata"]["annotations"]
        self.assertEqual(annotations["cert-manager.io/inject-ca-from"], f"coffret/{certificate['metadata']['name']}")
        self.assertEqual(certificate["spec"]["secretName"], chart.injector(rendered)[1]["volumes"][0]["secret"]["secretName"])

    def test_of_openshift_go_where_the_pod_looks(self):
        rendered = chart.objects({"global": {"openshift": True}, "injector": {"certs": {"mode": "openshift"}}})
        service = chart.find(rendered, "Service")["metadata"]["annotations"]
        wanted = chart.injector(rendered)[1]["volumes"][0]["secret"]["secretName"]
        self.assertEqual(service["service.beta.openshift.io/serving-cert-secret-name"], wanted)


class Monitoring(unittest.TestCase):
    def monitor(self, kind, **more):
        key = kind[0].lower() + kind[1:]
        return chart.find(chart.objects({"injector": {"metrics": {"enabled": True, key: {"enabled": True}}, **more}}), kind)

    def test_scrapes_a_port_that_exists(self):
        for kind, where in (("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints")):
            for health in (8081, 0):
                with self.subTest(kind=kind, health=health):
                    (endpoint,) = self.monitor(kind, healthPort=health)["spec"][where]
                    rendered = chart.objects({"injector": {"metrics": {"enabled": True}, "healthPort": health}})
                    ports = chart.find(rendered, "Service")["spec"]["ports"] if kind == "ServiceMonitor" else chart.injector(rendered)[2]["ports"]
                    self.assertIn(endpoint["port"], [p["name"] for p in ports])
                    self.assertEqual("scheme" in endpoint, health == 0)

    def test_needs_metrics(self):
        self.assertIsNone(chart.find(chart.objects({"injector": {"metrics": {"serviceMonitor": {"enabled": True}}}}), "ServiceMonitor"))

    def test_render_modes(self):
        values = {"injector": {"metrics": {"enabled": True, "serviceMonitor": {"enabled": True, "renderMode": "skipIfMissing"}}}}
        self.assertIsNone(chart.find(chart.objects(values), "ServiceMonitor"))
        self.assertIsNotNone(chart.find(chart.objects(values, apis=chart.OPERATOR_APIS), "ServiceMonitor"))

    def test_dashboard_is_json(self):
        config = chart.find(chart.objects({"injector": {"metrics": {"dashboard": {"enabled": True}}}}), "ConfigMap")
        self.assertEqual(json.loads(config["data"]["coffret-injector.json"])["uid"], "coffret-injector")


class RequireInjection(unittest.TestCase):
    def setUp(self):
        rendered = chart.objects({"injector": {"requireInjection": {"enabled": True}}})
        self.policy = chart.find(rendered, "ValidatingAdmissionPolicy")["spec"]

    def refused(self, pod):
        matches = all(conditions.holds(c["expression"], pod) for c in self.policy["matchConditions"])
        return matches and not all(conditions.holds(v["expression"], pod) for v in self.policy["validations"])

    @staticmethod
    def pod(containers, init=None, asked="true"):
        spec = {"containers": containers, **({"initContainers": init} if init else {})}
        return {"metadata": {"name": "p", "annotations": {"vault.hashicorp.com/agent-inject": asked}}, "spec": spec}

    def test_refuses_only_pods_that_asked_and_have_no_agent(self):
        application = {"name": "web", "image": "x", "env": [{"name": "A", "value": "b"}]}
        agent = {"name": "vault-agent", "image": "x"}
        renamed = {"name": "mine", "image": "x", "env": [{"name": "VAULT_CONFIG", "value": "e30="}]}
        self.assertTrue(self.refused(self.pod([application])))
        self.assertTrue(self.refused(self.pod([application], [{"name": "other", "image": "x"}])))
        self.assertFalse(self.refused(self.pod([application], asked="false")))
        self.assertFalse(self.refused({"metadata": {"name": "p"}, "spec": {"containers": [application]}}))
        for init in ([agent], [{**agent, "restartPolicy": "Always"}], [{**agent, "name": "openbao-agent-init"}], [renamed]):
            self.assertFalse(self.refused(self.pod([application], init)))
        self.assertFalse(self.refused(self.pod([application, agent])))

    def test_covers_the_pods_the_webhook_covers(self):
        rendered = chart.objects({"injector": {"requireInjection": {"enabled": True}}})
        hook = chart.find(rendered, "MutatingWebhookConfiguration")["webhooks"][0]
        constraints = self.policy["matchConstraints"]
        self.assertEqual(constraints["namespaceSelector"], hook["namespaceSelector"])
        self.assertEqual(constraints["objectSelector"], hook["objectSelector"])
        self.assertEqual([c["expression"] for c in self.policy["matchConditions"]], [c["expression"] for c in hook["matchConditions"]])


class Notes(unittest.TestCase):
    SAID = [
        ({}, "No server address is set"),
        ({"global": {"externalVaultAddr": "https://a", "externalBaoAddr": "https://b"}}, "Several server addresses"),
        ({"injector": {"failurePolicy": "Fail"}}, "injector.failurePolicy is deprecated"),
        ({"global": {"psp": {"enable": True}}}, "global.psp.enable is ignored"),
        ({"injector": {"agentImage": {"registry": "", "repository": "hashicorp/vault", "tag": "2.0.4"}}}, "classic shape"),
        ({"injector": {"agentImage": {"registry": "quay.io", "repository": "openbao/openbao"}}}, "openbao/openbao without a tag; localhost/coffret-agent"),
        ({"injector": {"hostNetwork": True}}, "listens on 8080"),
        ({"injector": {"replicas": 1, "webhook": {"failurePolicy": "Fail"}}}, "Fail with one replica"),
        ({"injector": {"certs": {"secretName": "x"}}}, "without injector.certs.caBundle"),
        ({"injector": {"metrics": {"podMonitor": {"enabled": True}}}}, "so none was created"),
        ({"devServer": {"enabled": True}}, "Only for trying things"),
        ({"global": {"enabled": False}}, "The injector is disabled"),
    ]

    def test_say_what_deserves_attention(self):
        for values, sentence in self.SAID:
            with self.subTest(values=values):
                self.assertIn(sentence, chart.notes(values))

    def test_are_quiet_otherwise(self):
        self.assertNotIn("Please note", chart.notes({"global": {"externalVaultAddr": "https://vault.example.com"}}))

    def test_warn_about_fail_without_match_conditions(self):
        values = {"injector": {"webhook": {"failurePolicy": "Fail"}}}
        self.assertIn("without match conditions", chart.notes(values, kubernetes="1.27"))
        self.assertNotIn("without match conditions", chart.notes(values, kubernetes="1.28"))


class DevServer(unittest.TestCase):
    def test_gets_its_seed_and_token_from_a_secret(self):
        seed = {"mounts": {"kv": {"type": "kv"}}}
        rendered = chart.objects({"devServer": {"enabled": True, "rootToken": 'a"b', "seed": seed}})
        secret = chart.find(rendered, "Secret", "coffret-dev-server")["stringData"]
        self.assertEqual(json.loads(secret["seed.json"]), seed)
        self.assertEqual(secret["root-token"], 'a"b')
        container = chart.find(rendered, "Deployment", "coffret-dev-server")["spec"]["template"]["spec"]["containers"][0]
        self.assertNotIn('a"b', json.dumps(container))


class TestPods(unittest.TestCase):
    def test_the_injected_one_is_only_there_when_it_can_be_injected(self):
        self.assertIsNone(chart.find(chart.objects(), "Pod", "coffret-test-injected"))
        values = {"injector": {"webhook": {"excludeReleaseNamespace": False}}}
        rendered = chart.objects(values)
        hook = chart.find(rendered, "MutatingWebhookConfiguration")["webhooks"][0]
        self.assertTrue(conditions.called(hook, chart.find(rendered, "Pod", "coffret-test-injected")))

    def test_are_hooks_and_so_is_what_they_need(self):
        rendered = chart.objects({"injector": {"webhook": {"excludeReleaseNamespace": False}}})
        test = [o for o in rendered if o["metadata"]["labels"].get("app.kubernetes.io/component") == "test"]
        self.assertEqual([o["kind"] for o in test].count("Pod"), 2)
        for o in test:
            self.assertEqual(o["metadata"]["annotations"]["helm.sh/hook"], "test")

    def test_may_read_the_webhook_configuration_alone(self):
        rendered = chart.objects({"injector": {"certs": {"mode": "certManager"}}})
        pod = chart.find(rendered, "Pod", "coffret-test-reachable")["spec"]
        (subject,) = chart.find(rendered, "ClusterRoleBinding", "coffret-test-reachable")["subjects"]
        self.assertEqual(subject["name"], pod["serviceAccountName"])
        hook = chart.find(rendered, "MutatingWebhookConfiguration")["metadata"]["name"]
        granted = rules(rendered, "ClusterRole", "coffret-test-reachable")
        self.assertEqual(granted, [(("admissionregistration.k8s.io",), "mutatingwebhookconfigurations", (hook,), "get")])
        self.assertEqual(pod["containers"][0]["args"], ["check", hook])


class Documents(unittest.TestCase):
    def test_readme_is_generated(self):
        self.assertEqual(readme.README.read_text(), readme.text(), "run tests/chart/run --update")

    def test_version_is_the_workspaces(self):
        cargo = (chart.ROOT / "Cargo.toml").read_text()
        version = re.search(r'\[workspace.package\]\nversion = "([^"]+)"', cargo).group(1)
        metadata = (chart.CHART / "Chart.yaml").read_text()
        self.assertIn(f'appVersion: "{version}"', metadata)

    def test_lint_has_nothing_to_say(self):
        from helm_python.chart import lint

        report = lint(chart.CHART, {"global": {"externalVaultAddr": "https://vault.example.com"}}, strict=True)
        serious = [m for m in report["messages"] if m["severity"] >= 2]
        self.assertEqual((serious, report["errors"]), ([], []))


if __name__ == "__main__":
    unittest.main()
