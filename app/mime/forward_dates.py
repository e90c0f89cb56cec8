"""Dates as mail programs write them for people, in any language. Used by `forward_block` for the date of a forwarded message.

Month names and halves of the day are Unicode's (CLDR, through Babel); the forms are those that Gmail, Outlook, Apple Mail and
others make of them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from importlib.resources import files

from app.mime.forward_words import folded


@dataclass(frozen=True)
class _Data:
    """resources/forwards/dates.toml. `locales`: Babel's code by language; `months`: number by name by language; `narrow`:
    halves of the day that are other words in other languages, with their own; `zones`: minutes east of UTC."""

    locales: dict[str, str]
    months: dict[str, dict[str, int]]
    afternoon: frozenset[str]
    morning: frozenset[str]
    narrow: dict[str, str]
    zones: dict[str, int]


@cache
def _data() -> _Data:
    raw = tomllib.loads((files("resources") / "forwards" / "dates.toml").read_text(encoding="utf-8"))
    codes = [entry.partition(" ") for entry in raw["languages"]]
    return _Data(
        {code: other or code for code, _, other in codes},
        raw["months"],
        frozenset(raw["afternoon"]),
        frozenset(raw["morning"]),
        raw["narrow"],
        raw["zones"],
    )


_MAX = 200
_EARLIEST, _LATEST = 1970, 2199

_NUMBER_ZONE = re.compile(r"(?:\b(?:gmt|utc)\s?)?([+\-−–])\s?(\d{1,2})(?::?(\d{2}))?(?!\d)", re.IGNORECASE)
_TIME_ASIAN = re.compile(r"(\d{1,2})\s?[時时시点點]\s?(?:(\d{1,2})\s?[分분]?)?(?:\s?(\d{1,2})\s?[秒초])?")
_TIME = re.compile(r"(?<![\d.])(\d{1,2})\s?[:∶.hHu]\s?(\d{2})(?:\s?[:.∶]\s?(\d{2}))?(?!\d)")
_TIME_COLON = re.compile(r"(?<!\d)(\d{1,2})\s?[:∶]\s?(\d{2})(?:\s?[:.∶]\s?(\d{2}))?(?!\d)")
_HOUR_ONLY = re.compile(r"(?<!\d)(\d{1,2})\s?(?:([ap])\.?\s?m\b|uhr\b|h\b)", re.IGNORECASE)
_YMD_ASIAN = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일號号]?")
_VIETNAMESE = re.compile(r"(\d{1,2})\s{0,2}(?:thg|tháng)\.?\s{0,2}(\d{1,2})\s{0,2},?\s{0,2}(?:năm\s)?(\d{4})")
_YMD = re.compile(r"(?<!\d)(\d{4})\s?[-./]\s?(\d{1,2})\s?[-./]\s?(\d{1,2})(?!\d)")
_DMY = re.compile(r"(?<![\d:])(\d{1,2})\s?([-./])\s?(\d{1,2})\s?[-./]\s?(\d{4}|\d{2})(?![\d:])")
_TOKEN = re.compile(r"\d+|[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e4e.׳״॰'])*")
_YEAR_FIRST = frozenset({"ja", "zh-CN", "zh-TW", "ko", "hu", "lt", "sv", "eu"})


@cache
def _months() -> dict[str, dict[str, int]]:
    """Folded names of months without dots: language and number of each."""
    from babel import Locale  # takes a fifth of a second with the names of all languages, and is seldom needed

    found: dict[str, dict[str, int]] = {}
    for language, code in _data().locales.items():
        months = Locale.parse(code).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in months[context][width].items():
                    _add_month(found, language, name, int(number))
        for name, number in _data().months.get(language, {}).items():
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
    for language, code in _data().locales.items():
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
    for token in _TOKEN.findall(_plain(text))[:40]:
        for key in _spellings(token):
            named = frozenset(_months().get(key, ())) | _weekdays().get(key, frozenset())
            if named and len(key) > 1 and key not in _COMMON:
                for language in named:
                    count[language] = count.get(language, 0) + 1
                break
    most = max(count.values(), default=0)
    return frozenset(language for language, times in count.items() if times == most)


def _plain(text: str) -> str:
    """Digits of all scripts as ASCII, compatibility forms composed, no invisible letters."""
    out = unicodedata.normalize("NFKC", text[:_MAX])
    digits = {c: str(unicodedata.digit(c)) for c in set(out) if c.isdigit() and not c.isascii()}
    for letter, digit in digits.items():
        out = out.replace(letter, digit)
    # every kind of space is one, and marks of direction are none
    return re.sub("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", re.sub(r"\s", " ", out)).replace("’", "'")


def read_date(text: str, languages: Collection[str] = (), near: datetime | None = None) -> datetime | None:
    """The moment that `text` names, with its offset from UTC where the text says one and without where it does not: then
    it is the clock of whoever copied it. `languages`: those it may be in, the likeliest first; `near`: when the message
    around it was sent, which settles whether 3/4 is in March or April. None where no date is found. Never raises."""
    plain = _plain(text).strip().strip("*_ ")
    if not any(c.isdigit() for c in plain):
        return None
    day, rest = _day(plain, tuple(languages), near)
    if day is None:
        return None
    year, month, date = day
    hour, minute, second, zone = _clock(rest, languages)
    if year >= 2400:  # the Buddhist era of Thai calendars
        year -= 543
    if not _EARLIEST <= year <= _LATEST:
        return None
    try:
        moment = datetime(year, month, date, hour, minute, min(second, 59))  # noqa: DTZ001 — said without a zone
    except ValueError:
        return None
    if zone is None:
        return moment
    return moment.replace(tzinfo=UTC if zone == 0 else timezone(timedelta(minutes=zone)))


_Day = tuple[int, int, int]


def _day(text: str, languages: tuple[str, ...], near: datetime | None) -> tuple[_Day | None, str]:
    """(year, month, day) and the text without them."""
    for pattern in (_YMD_ASIAN, _YMD):
        found = pattern.search(text)
        if found:
            year, month, date = (int(g) for g in found.groups())
            return (year, month, date), _without(text, found)
    found = _VIETNAMESE.search(text)
    if found:
        date, month, year = (int(g) for g in found.groups())
        return (year, month, date), _without(text, found)
    named = _named_day(text, languages)
    if named is not None:
        return named
    found = _DMY.search(text)
    if found:
        first, second, year = int(found.group(1)), int(found.group(3)), int(found.group(4))
        if len(found.group(4)) == 2 and _YEAR_FIRST & set(languages[:1]) and first > 12 and second <= 12:
            return (2000 + first, second, year), _without(text, found)
        year = year + 2000 if year < 70 else year + 1900 if year < 100 else year
        month, date = _order(first, second, year, found.group(2), text, languages, near)
        return (year, month, date), _without(text, found)
    return None, text


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} | {text[found.end() :]}"


def _order(
    first: int, second: int, year: int, mark: str, text: str, languages: tuple[str, ...], near: datetime | None
) -> tuple[int, int]:
    """(month, day) of two numbers of which either may be the month. American order is that of slashes in English; between
    two possible readings the one that is not after the message around it is taken."""
    if first > 12:
        return second, first
    if second > 12:
        return first, second
    american = mark == "/" and (not languages or languages[0] in ("en", "fil"))
    if american and not re.search(r"\b[AP]M\b", text):
        american = re.search(r"\b[ap]\.?m\b", text) is None and ":" in text and near is None
    guess, other = ((first, second), (second, first)) if american else ((second, first), (first, second))
    if near is None:
        return guess

    def is_later(pair: tuple[int, int]) -> bool:
        try:
            moment = datetime(year, pair[0], pair[1], tzinfo=UTC)
        except ValueError:
            return True
        return moment > near.astimezone(UTC) + timedelta(days=2) if near.tzinfo else False

    return other if is_later(guess) and not is_later(other) else guess


def _named_day(text: str, languages: tuple[str, ...]) -> tuple[_Day, str] | None:
    """A day whose month has its name: the name that stands beside a day's number and a year's."""
    clock = _TIME_COLON.search(text)
    tokens = list(_TOKEN.finditer(text))[:60]
    best: tuple[int, int, int | None, int | None, int] | None = None
    for at, token in enumerate(tokens):
        month = _month_of(token.group(), languages)
        if not month:
            continue
        before = _number_beside(tokens, at, -1, clock)
        after = _number_beside(tokens, at, 1, clock)
        score, date, year = 0, None, None
        if before is not None and 1 <= before <= 31:
            score, date = 2, before
        elif before is not None and before > 1900:
            score, year = 2, before
        if after is not None and after > 1900:
            score, year = score + 2, after
        elif after is not None and date is None and 1 <= after <= 31:
            score, date = score + 2, after
        elif (
            after is not None
            and date is not None
            and year is None
            and 0 <= after <= 99
            and len(tokens[at + 1].group()) == 2
        ):
            year, score = 2000 + after, score + 1
        if score and (best is None or score > best[0]):
            best = (score, month, date, year, at)
    if best is None or best[2] is None:
        return None
    _, month, date, year, at = best
    if year is None:
        later = [
            int(t.group())
            for t in tokens
            if t.group().isdigit() and len(t.group()) == 4 and 1900 < int(t.group()) < 2700
        ]
        if not later:
            return None
        year = later[0]
    rest = text
    for token in tokens:  # blanked, so that neither is taken for a time
        if (
            token.group().isdigit()
            and int(token.group()) in (date, year)
            and not (clock and clock.start() <= token.start() < clock.end())
        ):
            rest = rest[: token.start()] + " " * len(token.group()) + rest[token.end() :]
    return (year, month, date), rest  # type: ignore[return-value]


def _number_beside(tokens: list[re.Match[str]], at: int, step: int, clock: re.Match[str] | None) -> int | None:
    """The next number in one direction, at most two words away, that is no part of a time."""
    words = 0
    at += step
    while 0 <= at < len(tokens) and words <= 2:
        token = tokens[at]
        if token.group().isdigit():
            if clock and clock.start() <= token.start() < clock.end():
                return None
            return int(token.group()) if len(token.group()) <= 4 else None
        words += 1
        at += step
    return None


def _month_of(token: str, languages: tuple[str, ...]) -> int:
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


def _clock(rest: str, languages: Collection[str]) -> tuple[int, int, int, int | None]:
    """(hour, minute, second, minutes east of UTC or None) of what is left of a date."""
    found = _TIME_ASIAN.search(rest) or _TIME_COLON.search(rest) or _TIME.search(rest)
    if found is None:
        only = _HOUR_ONLY.search(rest)
        if only is None:
            return 0, 0, 0, None
        found, hour, minute, second = only, int(only.group(1)), 0, 0
    else:
        hour, minute, second = (int(g or 0) for g in found.groups())
    before, after = rest[: found.start()], rest[found.end() :]
    half = (
        _half(after[:16], before[-12:], languages)
        if found.re != _HOUR_ONLY or found.group(2) is None
        else found.group(2).lower()
    )
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    zone = _zone(after)
    if zone is None:
        zone = _zone(before)
    if hour == 24:
        hour = 0
    return (hour, minute, second, zone) if hour < 24 and minute < 60 else (0, 0, 0, zone)


_WORD_BEHIND = re.compile(r"\s{0,2}([^\W\d_][^\s\d,()|]{0,15}(?:\s[mM]\.?)?)")
_WORD_AHEAD = re.compile(r"([^\W\d_][^\s\d,()|]{0,15})\s?$")


def _half(after: str, before: str, languages: Collection[str]) -> str:
    """ "a" or "p" for the half of the day that is named beside a time, else empty."""
    for found in (_WORD_BEHIND.match(after), _WORD_AHEAD.search(before)):
        if found is None:
            continue
        word = folded(found.group(1)).rstrip(".,")
        owner = _data().narrow.get(word)
        if owner and owner not in languages:  # “em” is a Swedish afternoon and a Portuguese “on”
            continue
        forms = {word, word.replace(" ", ""), word.replace(" ", "").replace(".", "")}
        if forms & _data().afternoon:
            return "p"
        if forms & _data().morning:
            return "a"
    return ""


def _zone(text: str) -> int | None:
    found = _NUMBER_ZONE.search(text)
    if found:
        minutes = int(found.group(2)) * 60 + int(found.group(3) or 0)
        if minutes <= 14 * 60:
            return -minutes if found.group(1) in "-−–" else minutes
    for word in re.findall(r"[^\W\d_]+", text)[:8]:
        zone = _data().zones.get(word.casefold()) if word.isupper() else None
        if zone is not None:
            return zone
    return None
