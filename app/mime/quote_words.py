"""The words by which mail programs mark what they quote, out of resources/words/quotations.json. Used by `quoting`."""

from __future__ import annotations

from app.mime.word_lists import word_list, words_of

_LISTS = word_list("quotations")

VERBS: dict[str, tuple[str, ...]] = {language: tuple(verbs) for language, verbs in _LISTS["verbs"].items()}
OPENERS: frozenset[str] = frozenset(_LISTS["openers"])  # how an attribution line begins: “On …”
QUOTERS: tuple[str, ...] = words_of(_LISTS["quoters"])  # the same without a verb: “Quoting Anna:”
SEPARATORS: frozenset[str] = frozenset(_LISTS["separators"])  # “Original Message”, without its dashes
FROM_WORDS: frozenset[str] = frozenset(_LISTS["from"])
DATE_WORDS: frozenset[str] = frozenset(_LISTS["date"])
TO_WORDS: frozenset[str] = frozenset(_LISTS["to"])
SUBJECT_WORDS: frozenset[str] = frozenset(_LISTS["subject"])
