"""Regular expressions that older Pythons match wrongly are not used."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import app

# `(?:…)*+`: before Python 3.11.5 a round that fails in its middle leaves the place where it failed (gh-106052)
_POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[\d,]+\})\+")


def test_no_group_is_repeated_possessively() -> None:
    found = []
    for file in Path(app.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            text = node.value if isinstance(node, ast.Constant) else ""
            text = text.decode("latin-1") if isinstance(text, bytes) else text
            if isinstance(text, str) and "(?" in text and _POSSESSIVE_GROUP.search(text):
                found.append(f"{file}:{node.lineno}")
    assert not found, "write (?>(?:…)*) in its place"


def test_the_look_for_them_finds_them() -> None:
    assert _POSSESSIVE_GROUP.search(r"(?:\n[ \t]++)*+")
    assert _POSSESSIVE_GROUP.search(r"(?:\.[a-z]{1,63}){0,20}+")
    assert not _POSSESSIVE_GROUP.search(r"(?>(?:\n[ \t]++)*)[ab]*+")
