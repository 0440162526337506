"""Every patched golden pod is valid, strictly, for the oldest and newest Kubernetes it may meet."""

import glob
import json
import os
import sys

import kubernetes_validate

NEWEST = "1.37"
# Restartable init containers: in the schema since 1.28, chosen by mode auto since 1.32.
OLDEST = {True: "1.28", False: "1.25"}
# Pods that are wrong to begin with, or use what only a newer Kubernetes knows.
NEWEST_ONLY = {"shape-pod-level-resources", "shape-pod-level-resources-asked"}
NOT_VALID = {"shape-unknown-fields-survive"}
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../injector/tests/golden/*.out.json")


def is_native(pod):
    return any(container.get("restartPolicy") for container in pod["spec"].get("initContainers") or [])


def main():
    wrong, checked = [], 0
    for path in sorted(glob.glob(GOLDEN)):
        name = os.path.basename(path).removesuffix(".out.json")
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        if result["outcome"] != "patched" or name in NOT_VALID:
            continue
        pod = result["pod"]
        versions = [NEWEST] if name in NEWEST_ONLY else [OLDEST[is_native(pod)], NEWEST]
        for version in versions:
            checked += 1
            try:
                kubernetes_validate.validate(pod, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                wrong.append(f"{name} ({version}): {'.'.join(map(str, error.path))}: {error.message[:200]}")
    print(f"{checked} checks of patched pods, {len(wrong)} failed")
    print("\n".join(wrong))
    return 1 if wrong or checked < 300 else 0


if __name__ == "__main__":
    sys.exit(main())
