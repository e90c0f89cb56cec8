"""The moments of "Send later", in the viewer's zone and over a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.ui.compose.send_times import later_options, said

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=STOCKHOLM)


def test_on_a_thursday():
    options = later_options(at(2026, 11, 19, 14, 40), STOCKHOLM)
    assert [o.text for o in options] == ["In an hour, 15:40", "Tomorrow at 08:00", "Monday at 08:00"]
    assert [o.at for o in options] == [at(2026, 11, 19, 15, 40), at(2026, 11, 20, 8), at(2026, 11, 23, 8)]
    assert all(o.at.tzinfo is UTC for o in options)


def test_on_a_sunday_monday_is_tomorrow():
    options = later_options(at(2026, 11, 22, 23, 30), STOCKHOLM)
    assert [o.text for o in options] == ["In an hour, 00:30", "Tomorrow at 08:00"]


def test_on_a_monday_the_next_one_is_meant():
    assert later_options(at(2026, 11, 23, 7, 0), STOCKHOLM)[2].at == at(2026, 11, 30, 8)


def test_eight_is_eight_after_the_clocks_changed():
    options = later_options(at(2026, 10, 24, 12, 0), STOCKHOLM)  # summer time ends on the 25th
    assert options[1].at == datetime(2026, 10, 25, 7, tzinfo=UTC)


def test_how_a_moment_is_said():
    now = at(2026, 12, 30, 14, 0)
    assert said(at(2026, 12, 30, 15, 40), now, STOCKHOLM) == "today at 15:40"
    assert said(at(2026, 12, 31, 8), now, STOCKHOLM) == "tomorrow at 08:00"
    assert said(at(2027, 1, 4, 8), now, STOCKHOLM) == "Monday 4 January 2027 at 08:00"
