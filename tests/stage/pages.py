"""The fenced blocks of the pages in docs/.

`sh` blocks run as they stand on any machine, `sh build` ones take minutes, `sh cluster` ones need a cluster and run in order
(tests/cluster), `sh yours` ones need things that only the reader has: a registry, a server, values files.
"""

import re

from stage.example import ROOT

BLOCK = re.compile(r"^( *)```(\S+)(?: (\w+))?\n(.*?)^\1```$", re.M | re.S)
PROMISE = re.compile(r"^prints `([^`]+)`", re.M)


def page(name):
    """The text of a page."""
    return (ROOT / "docs" / f"{name}.md").read_text()


def blocks(text):
    """(language, kind, text) of every fenced block."""
    for indent, language, kind, body in BLOCK.findall(text):
        yield language, kind, re.sub(f"^{indent}", "", body, flags=re.M)


def commands(text, kind=""):
    """The shell blocks of one kind, as they stand."""
    return [body for language, found, body in blocks(text) if language == "sh" and found == kind]


def promises(text):
    """What the page says its commands print."""
    return PROMISE.findall(text)
