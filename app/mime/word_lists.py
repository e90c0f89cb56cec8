"""The words of mail programs and servers in many languages (resources/words). Used by `quote_words`, `kinds`, `bounce_text`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def word_list(name: str) -> Mapping[str, Any]:
    """One file as it is; what its entries mean stands in its "about"."""
    text = (files("resources") / "words" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def words_of(entry: Any) -> tuple[str, ...]:
    """All words of a list, or of all languages of a mapping, each once, the longest first."""
    listed = entry if isinstance(entry, list) else [word for words in entry.values() for word in words]
    return tuple(sorted(dict.fromkeys(listed), key=lambda word: (-len(word), word)))
