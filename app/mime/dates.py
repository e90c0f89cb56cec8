"""Dates of mail headers (RFC 5322 3.3 and 4.3) as UTC. Used by `headers`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{2,9}\s*,\s*)?(\d{1,2})[ -]([A-Za-z]{3})[a-z]{0,6}[ -](\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"(?:[.,]\d{1,9})?\s*(?:([+-])(\d{2})(\d{2})|([A-Za-z]{1,5}))?"
)
# RFC 5322 4.3; other alphabetic zones mean "unknown" and are read as UTC.
_ZONES = {"EDT": -4, "EST": -5, "CDT": -5, "CST": -6, "MDT": -6, "MST": -7, "PDT": -7, "PST": -8}
_ZONES |= {"CET": 1, "MET": 1, "CEST": 2, "MEST": 2, "EET": 2, "EEST": 3, "BST": 1, "WEST": 1, "MSK": 3, "JST": 9}
_EARLIEST, _LATEST = 1970, 2199


def parse_date(text: str) -> datetime | None:
    """The moment that a Date header names, aware and in UTC; None where it names none. A date without a zone is read as
    UTC. Never raises."""
    found = _USUAL.match(text[:200])
    if found is None:
        return _odd_date(text[:200])
    day, month_name, year_text, hour, minute, second, sign, zone_hours, zone_minutes, zone = found.groups()
    month = _MONTHS.get(month_name.lower())
    if month is None:
        return _odd_date(text[:200])
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if year < 50 else 1900
    elif len(year_text) == 3:
        year += 1900
    if sign:
        offset = int(zone_hours) * 60 + int(zone_minutes)
        offset = -offset if sign == "-" else offset
    else:
        offset = 60 * _ZONES.get(zone.upper(), 0) if zone else 0
    return _moment(year, month, int(day), int(hour), int(minute), int(second or 0), offset * 60)


def _odd_date(text: str) -> datetime | None:
    iso = text.strip()
    if iso[:4].isdigit() and iso[4:5] == "-":
        try:
            moment = datetime.fromisoformat(iso)
        except ValueError:
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            return None
        return moment if _EARLIEST <= moment.year <= _LATEST else None
    try:
        parts = parsedate_tz(text)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None  # the standard library trips over some words in the place of numbers
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    return _moment(year, month, day, hour, minute, second, parts[9] or 0)


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, offset: int) -> datetime | None:
    if not _EARLIEST <= year <= _LATEST or abs(offset) > 86_400:
        return None
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return moment - timedelta(seconds=offset) if offset else moment
