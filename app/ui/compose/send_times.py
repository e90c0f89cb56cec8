"""When "Send later" can be: the menu's entries and how a chosen time is said. No Qt; used by the compose page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MORNING = time(8, 0)


@dataclass(frozen=True)
class LaterOption:
    """An entry of the menu. `at` UTC."""

    text: str
    at: datetime


def later_options(now: datetime, zone: tzinfo | None = None) -> tuple[LaterOption, ...]:
    """In an hour, tomorrow morning, Monday morning (left out when that is tomorrow). `zone` None: this computer's."""
    here = now.astimezone(zone)
    hour = (now + timedelta(hours=1)).astimezone(zone)
    tomorrow = here.date() + timedelta(days=1)
    monday = here.date() + timedelta(days=7 - here.weekday())
    options = [
        LaterOption(f"In an hour, {hour:%H:%M}", hour.astimezone(UTC)),
        LaterOption("Tomorrow at 08:00", _morning(tomorrow, zone)),
    ]
    if monday != tomorrow:
        options.append(LaterOption("Monday at 08:00", _morning(monday, zone)))
    return tuple(options)


def said(at: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """ "today at 15:40", "tomorrow at 08:00", "Monday 23 November at 08:00"."""
    there, here = at.astimezone(zone), now.astimezone(zone)
    days = (there.date() - here.date()).days
    day = {0: "today", 1: "tomorrow"}.get(days) or f"{there:%A} {there.day} {there:%B}"
    if there.year != here.year and days > 1:
        day += f" {there.year}"
    return f"{day} at {there:%H:%M}"


def _morning(day: date, zone: tzinfo | None) -> datetime:
    # The zone's offset is that of the morning itself: the clocks may change in between.
    return datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)
