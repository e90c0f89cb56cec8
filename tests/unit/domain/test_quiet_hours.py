"""Quiet hours on the wall clock: over midnight, in zones that change their clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.quiet_hours import QuietHours, parse_clock, quiet_hours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NIGHT = QuietHours(time(20), time(7))
minutes = st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))
zones = st.sampled_from(["Europe/Stockholm", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]).map(
    ZoneInfo
)
instants = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001  # hypothesis wants naive bounds


def at(text: str) -> datetime:
    """A wall clock's moment in Stockholm."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-11-20 19:59", None),
        ("2026-11-20 20:00", "2026-11-21 07:00"),
        ("2026-11-21 00:30", "2026-11-21 07:00"),
        ("2026-11-21 06:59", "2026-11-21 07:00"),
        ("2026-11-21 07:00", None),
        ("2026-03-28 23:00", "2026-03-29 07:00"),  # a night of ten hours
        ("2026-10-24 23:00", "2026-10-25 07:00"),  # a night of twelve
    ],
)
def test_a_night_ends_in_the_morning(now: str, ends: str | None) -> None:
    assert NIGHT.until(at(now), STOCKHOLM) == (at(ends) if ends else None)


def test_an_hour_that_comes_twice_is_quiet_once() -> None:
    """On 25 October 2026 it is 02:30 in Stockholm at 00:30 and at 01:30 UTC."""
    hours = QuietHours(time(22), time(2, 30))
    assert hours.until(datetime(2026, 10, 25, 0, 29, tzinfo=UTC), STOCKHOLM) is not None
    assert hours.until(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), STOCKHOLM) is None
    assert hours.until(datetime(2026, 10, 25, 1, 29, tzinfo=UTC), STOCKHOLM) is None


def test_a_time_that_does_not_exist_still_ends_them() -> None:
    """On 29 March 2026 the clocks of Stockholm leap from 02:00 to 03:00."""
    ends = QuietHours(time(22), time(2, 30)).until(at("2026-03-28 23:00"), STOCKHOLM)
    assert ends == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 there


@given(minutes, minutes, instants, zones)
def test_quiet_ends_at_its_time_and_stays_ended_until_its_begin(
    begins: time, ends: time, now: datetime, zone: ZoneInfo
) -> None:
    hours = QuietHours(begins, ends)
    over = hours.until(now, zone)
    if over is None:
        return
    assert begins != ends
    assert now < over <= now + timedelta(hours=26)
    assert hours.until(over - timedelta(microseconds=1), zone) == over
    wall = over.astimezone(zone)
    exists = wall.replace(tzinfo=None) == datetime.combine(wall.date(), ends)
    leaps = over.astimezone(zone).utcoffset() != (over - timedelta(hours=2)).astimezone(zone).utcoffset()
    assert exists or leaps


@given(minutes, instants, zones)
def test_the_same_time_twice_is_never(clock: time, now: datetime, zone: ZoneInfo) -> None:
    assert QuietHours(clock, clock).until(now, zone) is None


@given(minutes, minutes, instants, zones)
def test_a_minute_is_quiet_by_night_or_by_the_hours_turned_round(
    begins: time, ends: time, now: datetime, zone: ZoneInfo
) -> None:
    """Away from the days on which clocks change, the two halves of a day are one day."""
    around = {(now + timedelta(hours=h)).astimezone(zone).utcoffset() for h in range(-49, 49, 6)}
    if begins == ends or len(around) > 1:
        return
    by_day, by_night = QuietHours(begins, ends), QuietHours(ends, begins)
    assert (by_day.until(now, zone) is None) != (by_night.until(now, zone) is None)


@given(minutes)
def test_a_clock_is_read_as_it_is_written(clock: time) -> None:
    assert parse_clock(clock.isoformat("minutes")) == clock


@pytest.mark.parametrize("text", ["", "24:00", "7:60", "7:5", "-1:00", "seven", "١٢:٠٠x", "12:00:00", "1:000"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_clock(text)


def test_off_is_off() -> None:
    on = {"quiet_hours.on": True, "quiet_hours.from": "20:00", "quiet_hours.to": "7:00"}
    assert quiet_hours(on) == NIGHT
    assert quiet_hours({**on, "quiet_hours.on": False}) is None
