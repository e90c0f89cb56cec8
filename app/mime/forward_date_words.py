"""The names of months and days in all languages, for dates that mail programs write for people. Used by `forward_dates`.

The names are Unicode's (CLDR, through Babel), with what resources/forwards/dates.toml has beside them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from app.mime.forward_words import folded

MAX_DATE = 200  # characters of a date that are looked at
TOKEN = re.compile(r"\d+|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0dff\u0e31\u0e34-\u0e4e\u17b4-\u17d3.׳״॰'])*")


@dataclass(frozen=True)
class DateData:
    """resources/forwards/dates.toml. `locales`: Babel's code by language; `months`: number by name by language; `narrow`:
    halves of the day that are other words in other languages, with their own; `zones`: minutes east of UTC."""

    locales: dict[str, str]
    months: dict[str, dict[str, int]]
    afternoon: frozenset[str]
    morning: frozenset[str]
    narrow: dict[str, str]
    zones: dict[str, int]


@cache
def date_data() -> DateData:
    raw = tomllib.loads((files("resources") / "forwards" / "dates.toml").read_text(encoding="utf-8"))
    codes = [entry.partition(" ") for entry in raw["languages"]]
    return DateData(
        {code: other or code for code, _, other in codes},
        raw["months"],
        frozenset(raw["afternoon"]),
        frozenset(raw["morning"]),
        raw["narrow"],
        raw["zones"],
    )


@cache
def _months() -> dict[str, dict[str, int]]:
    """Folded names of months without dots: language and number of each."""
    from babel import Locale  # takes a fifth of a second with the names of all languages, and is seldom needed

    found: dict[str, dict[str, int]] = {}
    for language, code in date_data().locales.items():
        months = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    _add_month(found, language, name, int(number))
        for name, number in date_data().months.get(language, {}).items():
            _add_month(found, language, name, number)
    return found


def _add_month(found: dict[str, dict[str, int]], language: str, name: str, number: int) -> None:
    key = _month_key(name)
    if key and not any(c.isdigit() for c in key) and 1 <= number <= 12:
        found.setdefault(key, {}).setdefault(language, number)


def _month_key(name: str) -> str:
    return folded(name).replace(".", "").replace("׳", "").replace("״", "").replace("॰", "").replace("'", "").strip()


@cache
def _weekdays() -> dict[str, frozenset[str]]:
    """Folded names of the days of the week, and the languages that have them."""
    from babel import Locale

    found: dict[str, set[str]] = {}
    for language, code in date_data().locales.items():
        days = Locale.parse(code).days
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for name in days[context][width].values():
                    key = _month_key(name)
                    if len(key) > 1:
                        found.setdefault(key, set()).add(language)
    return {name: frozenset(languages) for name, languages in found.items()}


_COMMON = frozenset({"on", "at", "am", "pm"})  # English, before they are days of the week elsewhere


def date_languages(text: str) -> frozenset[str]:
    """The languages to which most names of months and days in `text` belong; empty where there is none."""
    count: dict[str, int] = {}
    for token in TOKEN.findall(plain(text))[:40]:
        for key in _spellings(token):
            named = frozenset(_months().get(key, ())) | _weekdays().get(key, frozenset())
            if named and len(key) > 1 and key not in _COMMON:
                for language in named:
                    count[language] = count.get(language, 0) + 1
                break
    most = max(count.values(), default=0)
    return frozenset(language for language, times in count.items() if times == most)


def plain(text: str) -> str:
    """Digits of all scripts as ASCII, compatibility forms composed, no invisible letters."""
    out = unicodedata.normalize("NFKC", text[:MAX_DATE])
    digits = {c: str(unicodedata.digit(c)) for c in set(out) if c.isdigit() and not c.isascii()}
    for letter, digit in digits.items():
        out = out.replace(letter, digit)
    # every kind of space is one, and marks of direction are none
    return re.sub("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", re.sub(r"\s", " ", out)).replace("’", "'")


def month_of(token: str, languages: tuple[str, ...]) -> int:
    months = _months()
    for key in _spellings(token):
        by_language = months.get(key)
        if not by_language:
            continue
        for language in languages:
            if language in by_language:
                return by_language[language]
        if "en" in by_language:
            return by_language["en"]
        numbers = list(by_language.values())
        return max(set(numbers), key=lambda number: (numbers.count(number), -number))
    return 0


def _spellings(token: str) -> tuple[str, ...]:
    key = _month_key(token)
    hebrew = key[1:] if key[:1] == "ב" else ""
    split = folded(token).rpartition("'")[2] if "'" in token else ""  # “d'octubre”
    return tuple(k for k in (key, hebrew, _month_key(split)) if k)
