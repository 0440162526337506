"""The chart's roles against the calls to the API server in the injector's source."""

import re
import unittest

import chart
from test_objects import Roles

KINDS = {
    "Secret": "secrets", "MutatingWebhookConfiguration": "mutatingwebhookconfigurations",
    "Namespace": "namespaces", "ServiceAccount": "serviceaccounts",
}
VERBS = {
    "get": {"get"}, "get_opt": {"get"}, "get_metadata": {"get"}, "replace": {"update"}, "create": {"create"}, "patch": {"patch"},
    "list": {"list"}, "list_metadata": {"list"}, "watch": {"watch"}, "watch_metadata": {"watch"}, "delete": {"delete"},
}


def api_calls():
    """(resource, verb) of every call to the API server in the injector's source.

    Every handle there is `let NAME: Api<KIND>`, or of the kind's metadata; it is used by methods, or given to a watcher, within the same function.
    """
    found = set()
    for path in (chart.ROOT / "injector" / "src").rglob("*.rs"):
        for function in re.split(r"\n(?: {4})?(?:pub(?:\([a-z]+\))? )?(?:async )?fn ", path.read_text()):
            for name, kind in re.findall(r"let (\w+): Api<(?:PartialObjectMeta<)?(\w+)>+", function):
                for method in re.findall(rf"\b{name}\s*\.(\w+)\(", function):
                    found |= {(KINDS[kind], verb) for verb in VERBS[method]}
                if re.search(rf"watcher\(\s*{name}\b", function):
                    found |= {(KINDS[kind], verb) for verb in ("list", "watch")}
    return found


class Calls(unittest.TestCase):
    # No name can limit "create", so the chart makes the Secret; the injector makes it only where others install it.
    LEFT_OUT = {("secrets", "create")}

    def test_in_the_source_are_the_ones_granted(self):
        self.assertEqual(api_calls(), Roles.CERTIFICATES | Roles.INHERITING | self.LEFT_OUT)


if __name__ == "__main__":
    unittest.main()
