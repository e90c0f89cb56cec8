"""The words by which mail programs mark what they quote, out of resources/words/quotations.json, and those of copied headers
in further languages, which answers and forwarded messages share, out of resources/forwards. Used by `quoting`."""

from __future__ import annotations

from app.mime.forward_words import DATE, FROM, SUBJECT, TO, words
from app.mime.word_lists import word_list, words_of

_LISTS = word_list("quotations")

VERBS: dict[str, tuple[str, ...]] = {language: tuple(verbs) for language, verbs in _LISTS["verbs"].items()}
OPENERS: frozenset[str] = frozenset(_LISTS["openers"])  # how an attribution line begins: “On …”
QUOTERS: tuple[str, ...] = words_of(_LISTS["quoters"])  # the same without a verb: “Quoting Anna:”
# “Original Message”, without its dashes
SEPARATORS: frozenset[str] = frozenset({*_LISTS["separators"], *words().forwarded, *words().original})


def _names(kind: str) -> frozenset[str]:
    """The names of a copied header's field: the list's own, and those that languages but English have for it alone."""
    further = (
        name
        for name, known in words().fields.items()
        if known.kinds == (kind,) and len(name) > 2 and "en" not in known.languages[kind]
    )
    return frozenset({*_LISTS[kind], *further})


FROM_WORDS = _names(FROM)
DATE_WORDS = _names(DATE)
TO_WORDS = _names(TO)
SUBJECT_WORDS = _names(SUBJECT)
