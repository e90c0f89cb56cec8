"""RFC 3501 date-time, the form in which a mailbox tells when a message came in. Used by `protocol`, `imap`, `exchange`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DATE_TIME = re.compile(r"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\s*")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def internal_date(text: str) -> datetime:
    """As UTC; the epoch when it is none. Not `strptime`: month names there follow the locale."""
    found = _DATE_TIME.fullmatch(text)
    if not found or found.group(2).lower() not in _MONTHS:
        return EPOCH
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    try:
        zone = timezone(-offset if sign == "-" else offset)
        number = _MONTHS.index(month.lower()) + 1
        local = datetime(int(year), number, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return EPOCH


def date_time(when: datetime) -> bytes:
    """An aware time as date-time in UTC, whole seconds."""
    utc = when.astimezone(UTC)
    month = _MONTHS[utc.month - 1].capitalize()
    return f"{utc.day:2}-{month}-{utc.year:04} {utc:%H:%M:%S} +0000".encode()
