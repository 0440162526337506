"""Writes charts/coffret/README.md from README.md.gotmpl and the comments of values.yaml ("# --")."""

import json
import re
import sys

import chart
import yaml

README = chart.CHART / "README.md"
TEMPLATE = chart.CHART / "README.md.gotmpl"
PLACE = "{{ values }}"


def rows():
    """(dotted key, default, description) of every key that a comment describes, in file order."""
    values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
    path, about = [], []
    for line in (chart.CHART / "values.yaml").read_text().splitlines():
        key = re.match(r"( *)([A-Za-z][\w.]*):", line)
        comment = re.match(r" *# ?(.*)", line)
        if comment and (about or comment.group(1).startswith("-- ")):
            about.append(comment.group(1).removeprefix("-- "))
        elif key:
            path = path[: len(key.group(1)) // 2] + [key.group(2)]
            if about:
                yield ".".join(path), _at(values, path), " ".join(about)
            about = []
        else:
            about = []


def _at(values, path):
    for part in path:
        values = values[part]
    return values


def _shown(value):
    text = json.dumps(value, ensure_ascii=False)
    return "a template string, see values.yaml" if "\\n" in text else f"`{text}`"


def text():
    """The README as it should be."""
    table = ["| key | default | meaning |", "|---|---|---|"]
    table += [f"| `{key}` | {_shown(default)} | {about.replace('|', chr(92) + '|')} |" for key, default, about in rows()]
    return TEMPLATE.read_text().replace(PLACE, "\n".join(table))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        README.write_text(text())
    elif README.read_text() != text():
        sys.exit("charts/coffret/README.md is stale: run tests/chart/run --update")
