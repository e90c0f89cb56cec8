"""The hours of each day in which nothing notifies, on the wall clock of where the person is (N1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

ON, FROM, TO = "quiet_hours.on", "quiet_hours.from", "quiet_hours.to"
NEVER = "Both are the same time, so it is never quiet. For a whole day of quiet, pause all notifications."


@dataclass(frozen=True)
class QuietHours:
    """From `begins` to `ends`, over midnight where that is later; never where both are the same. Each evening's begin and
    each morning's end is one instant: where clocks go back, an hour that comes twice is not quiet twice, and where they go
    forward, a time that does not exist is the one that comes instead (PEP 495, fold 0)."""

    begins: time
    ends: time

    def until(self, now: datetime, zone: tzinfo | None = None) -> datetime | None:
        """When the quiet that is now ends, in UTC; None when it is not quiet. `zone` None: this computer's."""
        today = now.astimezone(zone).date()
        for day in (today - timedelta(days=1), today):
            last = day + timedelta(days=1) if self.ends < self.begins else day
            begin = _instant(datetime.combine(day, self.begins), zone)
            end = _instant(datetime.combine(last, self.ends), zone)
            if begin <= now < end:
                return end
        return None


def quiet_hours(settings: Mapping[str, object]) -> QuietHours | None:
    """As the settings have it; None when they are off."""
    if not settings.get(ON):
        return None
    return QuietHours(parse_clock(str(settings[FROM])), parse_clock(str(settings[TO])))


def never_quiet(settings: Mapping[str, object]) -> bool:
    """Whether the two times, as they are set, leave no quiet hour."""
    return parse_clock(str(settings[FROM])) == parse_clock(str(settings[TO]))


def parse_clock(text: str) -> time:
    """Of a text such as “22:00”, “7:30” or “7”. Raises ValueError for any other."""
    hours, _, minutes = text.strip().replace(".", ":").partition(":")
    if not (hours.isdecimal() and len(hours) <= 2 and (minutes or "00").isdecimal() and len(minutes) in (0, 2)):
        raise ValueError(f"{text!r} is no time of day.")
    return time(int(hours), int(minutes or 0))


def _instant(wall: datetime, zone: tzinfo | None) -> datetime:
    return (wall if zone is None else wall.replace(tzinfo=zone)).astimezone(UTC)
