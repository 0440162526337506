"""Compares a rendered file with what an example's check.yaml says about it."""

import re

import yaml


def complaints(path, expected, content, mode):
    """What is wrong with a file of this content and mode (an octal string), as sentences."""
    text = content.decode()
    if "text" in expected and text != expected["text"]:
        yield f"{path} is {text!r} instead of {expected['text']!r}"
    if "contains" in expected and expected["contains"] not in text:
        yield f"{path} has no {expected['contains']!r}: {text!r}"
    if "pattern" in expected and not re.search(expected["pattern"], text):
        yield f"{path} does not match {expected['pattern']!r}: {text!r}"
    if "yaml" in expected and yaml.safe_load(text) != expected["yaml"]:
        yield f"{path} means {yaml.safe_load(text)!r} instead of {expected['yaml']!r}"
    wanted = expected.get("mode", "0644")
    if mode.lstrip("0") != wanted.lstrip("0"):
        yield f"{path} has mode {mode} instead of {wanted}"
