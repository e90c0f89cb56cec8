"""What a person typed, as it stands in a sentence; and that no sentence puts it between straight quotes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import app
from app.domain.quoting import quoted


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ada@", "“ada@”"),
        ("Å “ø”", "“Å “ø””"),
        ("a\nb\x00", "“a\\nb\\x00”"),
        ("\ud800", "“\\ud800”"),
        ("", "“”"),
        (7, "“7”"),
    ],
)
def test_one_line_between_typographic_quotes(typed: object, shown: str) -> None:
    assert quoted(typed) == shown


def test_no_sentence_for_people_quotes_by_repr() -> None:
    found = []
    for folder in ("domain", "services", "store"):
        for file in (Path(app.__file__).parent / folder).glob("*.py"):
            text = file.read_text(encoding="utf-8")
            for raised in re.finditer(r"(?:UsageError|NotAllowed|StoreError)\((.*?)\n\s*(?:\w|\)|$)", text, re.DOTALL):
                if (
                    "!r}" in raised[1] and file.stem != "known_networks"
                ):  # a file for developers, not what a person typed
                    found.append(f"{file.name}: {raised[1]}")
    assert found == []
