"""Every key of the two old charts' `injector` and `global` blocks does what it did there."""

import unittest

import chart


def value(rendered, path):
    """A field of the injector's objects: `Kind.path.to.field`, numbers index lists."""
    kind, *steps = path
    found = chart.find([o for o in rendered if not o["metadata"]["name"].endswith(("-dev-server", "-token-reviewer", "-test-reachable"))], kind)
    for step in steps:
        if found is None:
            return None
        found = found[step] if isinstance(step, int) else found.get(step)
    return found


POD = ("Deployment", "spec", "template", "spec")
CONTAINER = (*POD, "containers", 0)
HOOK = ("MutatingWebhookConfiguration", "webhooks", 0)

# (injector values, where, what must be there)
FIELDS = [
    ({"replicas": 5}, ("Deployment", "spec", "replicas"), 5),
    ({"port": 9443}, (*CONTAINER, "ports", 0, "containerPort"), 9443),
    ({"port": 9443}, ("Service", "spec", "ports", 0, "targetPort"), 9443),
    ({"image": {"registry": "", "repository": "my/coffret", "tag": "7"}}, (*CONTAINER, "image"), "my/coffret:7"),
    ({"image": {"registry": "reg.example", "repository": "x"}}, (*CONTAINER, "image"), "reg.example/x:0.1.0"),
    ({"image": {"repository": "my/coffret", "tag": 7}}, (*CONTAINER, "image"), "my/coffret:7"),
    ({"image": {"pullPolicy": "Always"}}, (*CONTAINER, "imagePullPolicy"), "Always"),
    ({"livenessProbe": {"periodSeconds": 77}}, (*CONTAINER, "livenessProbe", "periodSeconds"), 77),
    ({"readinessProbe": {"failureThreshold": 9}}, (*CONTAINER, "readinessProbe", "failureThreshold"), 9),
    ({"startupProbe": {"timeoutSeconds": 3}}, (*CONTAINER, "startupProbe", "timeoutSeconds"), 3),
    ({"webhook": {"failurePolicy": "Fail"}}, (*HOOK, "failurePolicy"), "Fail"),
    ({"failurePolicy": "Fail"}, (*HOOK, "failurePolicy"), "Fail"),
    ({"failurePolicy": "Fail", "webhook": {"failurePolicy": "Ignore"}}, (*HOOK, "failurePolicy"), "Ignore"),
    ({"failurePolicy": "Fail", "webhook": None}, (*HOOK, "failurePolicy"), "Fail"),
    ({"webhook": {"matchPolicy": "Exact"}}, (*HOOK, "matchPolicy"), "Exact"),
    ({"webhook": {"timeoutSeconds": 30}}, (*HOOK, "timeoutSeconds"), 30),
    ({"webhook": {"namespaceSelector": {"matchLabels": {"a": "b"}}}}, (*HOOK, "namespaceSelector"), {"matchLabels": {"a": "b"}}),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}}, (*HOOK, "namespaceSelector"), {"matchLabels": {"a": "b"}}),
    ({"namespaceSelector": {"matchLabels": {"a": "b"}}, "webhook": None}, (*HOOK, "namespaceSelector"), {"matchLabels": {"a": "b"}}),
    ({"webhook": {"objectSelector": {"matchLabels": {"a": "b"}}}}, (*HOOK, "objectSelector"), {"matchLabels": {"a": "b"}}),
    ({"objectSelector": 'matchLabels: { of: "{{ .Release.Name }}" }'}, (*HOOK, "objectSelector"), {"matchLabels": {"of": "coffret"}}),
    ({"webhookAnnotations": {"a": "b"}}, ("MutatingWebhookConfiguration", "metadata", "annotations"), {"a": "b"}),
    ({"webhookAnnotations": {"a": "b"}, "webhook": {"annotations": {"c": "d"}}}, ("MutatingWebhookConfiguration", "metadata", "annotations"), {"a": "b", "c": "d"}),
    ({"certs": {"secretName": "mine"}}, (*POD, "volumes", 0, "secret", "secretName"), "mine"),
    ({"certs": {"secretName": "mine"}}, (*CONTAINER, "volumeMounts", 0, "mountPath"), "/etc/webhook/certs"),
    ({"certs": {"secretName": "mine", "caBundle": "TUlJ"}}, (*HOOK, "clientConfig", "caBundle"), "TUlJ"),
    ({"securityContext": {"pod": {"runAsUser": 7}}}, (*POD, "securityContext"), {"runAsUser": 7}),
    ({"securityContext": {"container": "runAsUser: 7"}}, (*CONTAINER, "securityContext"), {"runAsUser": 7}),
    ({"uid": 7, "gid": 8}, (*POD, "securityContext", "runAsUser"), 7),
    ({"uid": 7, "gid": 8}, (*POD, "securityContext", "fsGroup"), 8),
    ({"resources": {"limits": {"cpu": 1}}}, (*CONTAINER, "resources", "limits", "cpu"), 1),
    ({"affinity": None}, (*POD, "affinity"), None),
    ({"affinity": ""}, (*POD, "affinity"), None),
    ({"affinity": {"nodeAffinity": {}}}, (*POD, "affinity"), {"nodeAffinity": {}}),
    ({"topologySpreadConstraints": [{"maxSkew": 1}]}, (*POD, "topologySpreadConstraints"), [{"maxSkew": 1}]),
    ({"tolerations": [{"operator": "Exists"}]}, (*POD, "tolerations"), [{"operator": "Exists"}]),
    ({"tolerations": None}, (*POD, "tolerations"), None),
    ({"nodeSelector": {"a": "b"}}, (*POD, "nodeSelector"), {"a": "b"}),
    ({"nodeSelector": "a: '{{ .Chart.Name }}'"}, (*POD, "nodeSelector"), {"a": "coffret"}),
    ({"priorityClassName": "high"}, (*POD, "priorityClassName"), "high"),
    ({"annotations": {"a": "b"}}, ("Deployment", "spec", "template", "metadata", "annotations"), {"a": "b"}),
    ({"extraLabels": {"a": "b"}}, ("Deployment", "spec", "template", "metadata", "labels", "a"), "b"),
    ({"extraLabels": {"a": "b"}}, ("Deployment", "metadata", "labels", "a"), None),
    ({"hostNetwork": True}, (*POD, "hostNetwork"), True),
    ({"hostNetwork": True}, (*POD, "dnsPolicy"), "ClusterFirstWithHostNet"),
    ({"hostNetwork": True}, (*CONTAINER, "ports", 0, "containerPort"), 8080),
    ({"service": {"annotations": {"a": "b"}}}, ("Service", "metadata", "annotations"), {"a": "b"}),
    ({"service": {"extraLabels": {"a": "b"}}}, ("Service", "metadata", "labels", "a"), "b"),
    ({"serviceAccount": {"annotations": {"a": "b"}}}, ("ServiceAccount", "metadata", "annotations"), {"a": "b"}),
    ({"podDisruptionBudget": {"minAvailable": 1}}, ("PodDisruptionBudget", "spec", "minAvailable"), 1),
    ({"podDisruptionBudget": {"minAvailable": 1}}, ("PodDisruptionBudget", "spec", "maxUnavailable"), None),
    ({"replicas": 1}, ("PodDisruptionBudget",), None),
    ({"enabled": False, "podDisruptionBudget": {"minAvailable": 1}}, ("PodDisruptionBudget",), None),
    ({"strategy": {"type": "Recreate"}}, ("Deployment", "spec", "strategy"), {"type": "Recreate"}),
    ({"strategy": "type: Recreate"}, ("Deployment", "spec", "strategy"), {"type": "Recreate"}),
    ({"enabled": False}, ("Deployment",), None),
    ({"enabled": "true"}, ("Deployment", "kind"), "Deployment"),
]

# (injector values, variable, its value)
VARIABLES = [
    ({"port": 9443}, "AGENT_INJECT_LISTEN", ":9443"),
    ({"metrics": {"enabled": True}}, "AGENT_INJECT_TELEMETRY_PATH", "/metrics"),
    ({}, "AGENT_INJECT_TELEMETRY_PATH", None),
    ({"agentImage": {"registry": "", "repository": "hashicorp/vault", "tag": "2.0.4"}}, "AGENT_INJECT_VAULT_IMAGE", "hashicorp/vault:2.0.4"),
    ({"agentImage": {"repository": "hashicorp/vault", "tag": "2.0.4"}}, "AGENT_INJECT_VAULT_IMAGE", "hashicorp/vault:2.0.4"),
    ({"agentImage": {"registry": "quay.io", "repository": "openbao/openbao"}}, "AGENT_INJECT_VAULT_IMAGE", "localhost/coffret-agent:0.1.0"),
    ({"agentImage": {"registry": "quay.io", "repository": "openbao/openbao", "digest": f"sha256:{'0' * 64}"}}, "AGENT_INJECT_VAULT_IMAGE", f"quay.io/openbao/openbao@sha256:{'0' * 64}"),
    ({"agentDefaults": {"mode": "classic"}}, "AGENT_INJECT_MODE", "classic"),
    ({}, "AGENT_INJECT_MODE", "auto"),
    ({"agentDefaults": {"cpuLimit": "1"}}, "AGENT_INJECT_CPU_LIMIT", "1"),
    ({"agentDefaults": {"cpuRequest": "10m"}}, "AGENT_INJECT_CPU_REQUEST", "10m"),
    ({"agentDefaults": {"memLimit": "1Gi"}}, "AGENT_INJECT_MEM_LIMIT", "1Gi"),
    ({"agentDefaults": {"memRequest": "1Mi"}}, "AGENT_INJECT_MEM_REQUEST", "1Mi"),
    ({"agentDefaults": {"ephemeralLimit": "1Mi"}}, "AGENT_INJECT_EPHEMERAL_LIMIT", "1Mi"),
    ({"agentDefaults": {"ephemeralRequest": "1Mi"}}, "AGENT_INJECT_EPHEMERAL_REQUEST", "1Mi"),
    ({}, "AGENT_INJECT_EPHEMERAL_REQUEST", None),
    ({"agentDefaults": {"template": "json"}}, "AGENT_INJECT_DEFAULT_TEMPLATE", "json"),
    ({"agentDefaults": {"templateConfig": {"exitOnRetryFailure": False}}}, "AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE", "false"),
    ({"agentDefaults": {"templateConfig": {"staticSecretRenderInterval": "1m"}}}, "AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL", "1m"),
    ({"authPath": "auth/other"}, "AGENT_INJECT_VAULT_AUTH_PATH", "auth/other"),
    ({"logLevel": "debug"}, "AGENT_INJECT_LOG_LEVEL", "debug"),
    ({"logFormat": "json"}, "AGENT_INJECT_LOG_FORMAT", "json"),
    ({"revokeOnShutdown": True}, "AGENT_INJECT_REVOKE_ON_SHUTDOWN", "true"),
    ({"certs": {"secretName": "s", "certName": "c.pem"}}, "AGENT_INJECT_TLS_CERT_FILE", "/etc/webhook/certs/c.pem"),
    ({"certs": {"secretName": "s", "keyName": "k.pem"}}, "AGENT_INJECT_TLS_KEY_FILE", "/etc/webhook/certs/k.pem"),
    ({"certs": {"secretName": "s"}}, "AGENT_INJECT_TLS_AUTO", None),
    ({}, "AGENT_INJECT_TLS_AUTO", "coffret-agent-injector-cfg"),
    ({}, "AGENT_INJECT_TLS_AUTO_HOSTS", "coffret-agent-injector-svc,coffret-agent-injector-svc.coffret,coffret-agent-injector-svc.coffret.svc"),
    ({"extraEnvironmentVars": {"agent.inject.run.as.user": 7}}, "AGENT_INJECT_RUN_AS_USER", "7"),
    ({"extraEnvironmentVars": {"AGENT_INJECT_LOG_LEVEL": "trace"}}, "AGENT_INJECT_LOG_LEVEL", "trace"),
    ({}, "POD_NAME", {"fieldRef": {"fieldPath": "metadata.name"}}),
    ({}, "NAMESPACE", {"fieldRef": {"fieldPath": "metadata.namespace"}}),
]

# (global values, injector values, other values, address)
ADDRESSES = [
    ({}, {}, {}, "http://coffret.coffret.svc:8200"),
    ({"tlsDisable": False}, {}, {"server": {"service": {"port": 8201}}}, "https://coffret.coffret.svc:8201"),
    ({"externalVaultAddr": "https://g"}, {}, {}, "https://g"),
    ({}, {"externalVaultAddr": "https://i"}, {}, "https://i"),
    ({"externalVaultAddr": "https://g"}, {"externalVaultAddr": "https://i"}, {}, "https://g"),
    ({"externalBaoAddr": "https://g"}, {}, {}, "https://g"),
    ({"externalBaoAddr": "https://g"}, {"externalBaoAddr": "https://i"}, {}, "https://i"),
    ({"externalBaoAddr": "https://g"}, {"externalVaultAddr": "https://i"}, {}, "https://i"),
    ({}, {}, {"devServer": {"enabled": True}}, "http://coffret-dev-server.coffret.svc:8200"),
    ({"externalVaultAddr": "https://g"}, {}, {"devServer": {"enabled": True}}, "https://g"),
]


class OldKeys(unittest.TestCase):
    def test_reach_the_objects(self):
        for values, path, expected in FIELDS:
            with self.subTest(values=values, path=path):
                self.assertEqual(value(chart.objects({"injector": values}), path), expected)

    def test_reach_the_environment(self):
        for values, name, expected in VARIABLES:
            with self.subTest(values=values, variable=name):
                self.assertEqual(chart.environment(chart.objects({"injector": values})).get(name), expected)

    def test_give_the_address_their_chart_gave(self):
        for shared, injector, others, expected in ADDRESSES:
            with self.subTest(shared=shared, injector=injector, others=others):
                rendered = chart.objects({"global": shared, "injector": injector, **others})
                self.assertEqual(chart.environment(rendered)["AGENT_INJECT_VAULT_ADDR"], expected)

    def test_keep_the_old_object_names(self):
        rendered = chart.objects({"nameOverride": "vault"}, release="vault")
        names = {o["kind"]: o["metadata"]["name"] for o in rendered if "helm.sh/hook" not in o["metadata"].get("annotations", {})}
        self.assertEqual(names["Deployment"], "vault-agent-injector")
        self.assertEqual(names["Service"], "vault-agent-injector-svc")
        self.assertEqual(names["ServiceAccount"], "vault-agent-injector")
        self.assertEqual(names["MutatingWebhookConfiguration"], "vault-agent-injector-cfg")
        self.assertEqual(names["ClusterRole"], "vault-agent-injector-clusterrole")
        self.assertEqual(names["ClusterRoleBinding"], "vault-agent-injector-binding")
        selector = chart.injector(rendered)[0]["spec"]["selector"]["matchLabels"]
        wanted = {"app.kubernetes.io/name": "vault-agent-injector", "app.kubernetes.io/instance": "vault", "component": "webhook"}
        self.assertEqual(selector, wanted)

    def test_of_the_global_block(self):
        rendered = chart.objects({"global": {"namespace": "n", "imagePullSecrets": ["a", {"name": "b"}]}})
        self.assertEqual(chart.injector(rendered)[1]["imagePullSecrets"], [{"name": "a"}, {"name": "b"}])
        self.assertEqual(value(rendered, (*HOOK, "clientConfig", "service", "namespace")), "n")
        self.assertEqual(chart.objects({"global": {"enabled": False}}), [])
        self.assertNotEqual(chart.objects({"global": {"enabled": False}, "injector": {"enabled": True}}), [])

    def test_of_openshift(self):
        rendered = chart.objects({"global": {"openshift": True}, "injector": {"port": 9443}})
        context = chart.injector(rendered)[1]["securityContext"]
        self.assertEqual({"runAsUser", "runAsGroup", "fsGroup"} & set(context), set())
        self.assertEqual(chart.environment(rendered)["AGENT_INJECT_SET_SECURITY_CONTEXT"], "false")
        policy = chart.find(rendered, "NetworkPolicy")
        self.assertEqual(policy["metadata"]["namespace"], "coffret")
        self.assertEqual(policy["spec"]["ingress"][0]["ports"][0]["port"], 9443)

    def test_an_old_injector_image_is_replaced_and_said(self):
        values = {"injector": {"image": {"repository": "mirror.example/hashicorp/vault-k8s", "tag": "1.7.6"}}}
        self.assertEqual(chart.injector(chart.objects(values))[2]["image"], "localhost/coffret-injector:0.1.0")
        self.assertIn("another project's injector", chart.notes(values))


if __name__ == "__main__":
    unittest.main()
