"""Dates as mail programs write them for people, in any language. Used by `forward_block` for the date of a forwarded message.

The forms are those that Gmail, Outlook, Apple Mail and others make of the names in `forward_date_words`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, timezone
from datetime import date as date_type

from app.mime.forward_date_words import TOKEN, date_data, month_of, plain
from app.mime.forward_words import folded

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
_YEAR_FIRST = frozenset({"ja", "zh-CN", "zh-TW", "ko", "hu", "lt", "sv", "eu"})


def read_date(text: str, languages: Collection[str] = (), near: datetime | None = None) -> datetime | None:
    """The moment that `text` names, with its offset from UTC where the text says one and without where it does not: then
    it is the clock of whoever copied it. `languages`: those it may be in, the likeliest first; `near`: when the message
    around it was sent, which settles whether 3/4 is in March or April. None where no date is found. Never raises."""
    clear = plain(text).strip().strip("*_ ")
    if not any(c.isdigit() for c in clear):
        return None
    day, rest = _day(clear, tuple(languages), near)
    if day is None:
        return None
    year, month, date = day
    hour, minute, second, zone = _clock(rest, languages)
    if year >= 2400:  # the Buddhist era of Thai calendars
        year -= 543
    if 1300 <= year < 1500 and "fa" in languages:
        year, month, date = from_solar_hijri(year, month, date)
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
        short = len(found.group(4)) == 2 and first > 12 and second <= 12
        if short and (found.group(2) == "-" or "/" not in found.group()) and _YEAR_FIRST & set(languages[:1]):
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
    tokens = list(TOKEN.finditer(text))[:60]
    best: tuple[int, int, int | None, int | None, int] | None = None
    for at, token in enumerate(tokens):
        month = month_of(token.group(), languages)
        if not month:
            continue
        before = _number_beside(tokens, at, -1, clock)
        after = _number_beside(tokens, at, 1, clock)
        score, date, year = 0, None, None
        if before is not None and 1 <= before <= 31:
            score, date = 2, before
        elif before is not None and _is_year(before, languages):
            score, year = 2, before
        if after is not None and _is_year(after, languages):
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
            if t.group().isdigit()
            and len(t.group()) == 4
            and int(t.group()) < 2700
            and _is_year(int(t.group()), languages)
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


def _is_year(number: int, languages: tuple[str, ...]) -> bool:
    return number > 1900 or (1300 <= number < 1500 and "fa" in languages)


_LEAPS = frozenset({1, 5, 9, 13, 17, 22, 26, 30})  # of each 33 years; exact from 1343 to 1472


def from_solar_hijri(year: int, month: int, day: int) -> tuple[int, int, int]:
    """(year, month, day) of the Gregorian calendar for a day of Iran's, of the years 1300 to 1499: months of 31 days, from
    the seventh on of 30, the last of 29 or 30; the year 1400 began on 21 March 2021.
    Source: en.wikipedia.org/wiki/Solar_Hijri_calendar."""
    first, last = min(year, 1400), max(year, 1400)
    days = sum(366 if one % 33 in _LEAPS else 365 for one in range(first, last))
    begins = date_type(2021, 3, 21).toordinal() + (days if year > 1400 else -days)
    found = date_type.fromordinal(begins + (month - 1) * 31 - max(0, month - 7) + day - 1)
    return found.year, found.month, found.day


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


_WORD_BEHIND = re.compile(r"\s{0,2}(?:e\s)?([^\W\d_][^\s\d,()|]{0,15}(?:\s[mM]\.?)?)")
_WORD_AHEAD = re.compile(r"([^\W\d_][^\s\d,()|]{0,15})\s?$")


def _half(after: str, before: str, languages: Collection[str]) -> str:
    """ "a" or "p" for the half of the day that is named beside a time, else empty."""
    for found in (_WORD_BEHIND.match(after), _WORD_AHEAD.search(before)):
        if found is None:
            continue
        word = folded(found.group(1)).rstrip(".,")
        owner = date_data().narrow.get(word)
        if owner and owner not in languages:  # “em” is a Swedish afternoon and a Portuguese “on”
            continue
        forms = {word, word.replace(" ", ""), word.replace(" ", "").replace(".", "")}
        if forms & date_data().afternoon:
            return "p"
        if forms & date_data().morning:
            return "a"
    return ""


def _zone(text: str) -> int | None:
    found = _NUMBER_ZONE.search(text)
    if found:
        minutes = int(found.group(2)) * 60 + int(found.group(3) or 0)
        if minutes <= 14 * 60:
            return -minutes if found.group(1) in "-−–" else minutes
    for word in re.findall(r"[^\W\d_]+", text)[:8]:
        zone = date_data().zones.get(word.casefold()) if word.isupper() else None
        if zone is not None:
            return zone
    return None
