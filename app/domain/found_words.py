"""Where the words of a search stand in a text, and the passage that shows them. Used by the store, which finds messages, and
by the screen and the command line, which show what was found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from app.domain.record_words import IDEOGRAPH, LONGEST_SEARCH, folded, words

MOST_WORDS = 10  # of a search; the others do not count
PASSAGE = 200  # letters
_BEFORE = 40  # letters of a passage that stand before the first word that was found
_MARKS = "\u0300-\u036f"  # accents that stand behind their letter
_LETTER = f"(?:(?![{IDEOGRAPH}])[^\\W_]|[{_MARKS}])"

Span = tuple[int, int]


def searched_words(search: str) -> list[str]:
    """What a search among messages looks for: folded, each once; empty where there is no letter and no digit."""
    return list(dict.fromkeys(words(search[:LONGEST_SEARCH])))[:MOST_WORDS]


def too_many(search: str) -> bool:
    """Whether there are words that do not count."""
    return len(set(words(search))) > MOST_WORDS or len(search) > LONGEST_SEARCH


def spans(text: str, wanted: Sequence[str]) -> Iterator[Span]:
    """Where a word begins with one of the wanted ones, as it stands there: first and behind last letter. Of a word that is
    spelled otherwise than it was typed (“Straße” for “strasse”), the whole."""
    if not wanted:
        return
    for found in _candidates("".join(sorted({w[0] for w in wanted}))).finditer(text):
        word = found.group()
        plain = _folded(word)
        length = max((len(w) for w in wanted if plain.startswith(w)), default=0)
        if length:
            yield found.start(), found.start() + (length if len(plain) == len(word) else len(word))


@lru_cache(maxsize=64)
def _candidates(letters: str) -> re.Pattern[str]:
    """The words of a text that begin with one of these folded letters, or with one that may be folded to them. Of the others
    there are many, and a look at each takes long."""
    first = f"[{letters}{letters.upper()}]|(?![{IDEOGRAPH}])[^\\W_\x00-\x7f]"
    return re.compile(f"[{IDEOGRAPH}]|(?:{first})(?<!{_LETTER}.){_LETTER}*")


@lru_cache(maxsize=4096)
def _folded(word: str) -> str:
    return folded(word)


def passage(texts: Sequence[str], wanted: Sequence[str], length: int = PASSAGE) -> str:
    """The part of the first text that has one of the wanted words, on one line; the beginning of the first text where none
    has one. An ellipsis stands for what is left out before it."""
    for text in texts:
        first = next(spans(text, wanted), None)
        if first is not None:
            return _from(text, first[0], length)
    return _from(texts[0], 0, length) if texts else ""


def _from(text: str, place: int, length: int) -> str:
    start = max(0, place - _BEFORE)
    if start:
        space = re.search(r"\s", text[start:place])
        start = start + space.end() if space else place
    shown = " ".join(text[start : start + length].split())
    return f"… {shown}" if text[:start].strip() else shown
