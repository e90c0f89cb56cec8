"""Times, numbers and sizes as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.ui.kit import times

TODAY = date(2026, 11, 20)


def test_days() -> None:
    assert times.day_head(TODAY, TODAY).startswith("Today, Friday 20 November")
    assert times.day_head(TODAY - timedelta(days=1), TODAY).startswith("Yesterday, Thursday 19 November")
    assert times.day_short(date(2025, 3, 1), TODAY) == "1 March 2025"
    assert times.day_short(TODAY, TODAY) == "today"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "just now"), (8, "8 seconds ago"), (59, "59 seconds ago"), (125, "2 min ago")]
)
def test_ago(seconds: int, text: str) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert times.ago(at, at + timedelta(seconds=seconds)) == text


def test_since() -> None:
    at = datetime(2026, 11, 20, 12).astimezone()
    assert times.since(at, at) == times.clock(at)
    assert times.since(at - timedelta(days=1), at) == f"yesterday {times.clock(at)}"
    assert times.since(at - timedelta(days=5), at) == f"15 November {times.clock(at)}"


def test_sizes_and_numbers() -> None:
    assert [times.size(n) for n in (0, 999, 212_000, 1_200_000, 3_000_000_000)] == [
        "0 B",
        "999 B",
        "212 KB",
        "1.2 MB",
        "3.0 GB",
    ]
    assert times.count(1, "message", "messages") == "1 message"
    assert times.count(48_204, "message", "messages").replace("\u00a0", ",") == "48,204 messages"


def test_dates_of_lists_are_written_out() -> None:
    assert [times.dated(t) for t in ("2026-11-22", "2026-01", "of old")] == [
        "22 November 2026",
        "January 2026",
        "of old",
    ]
