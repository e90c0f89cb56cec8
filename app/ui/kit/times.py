"""Times, sizes and numbers as people read them, in the viewer's zone and language."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

from PySide6.QtCore import QLocale


def local(moment: datetime) -> datetime:
    """A UTC moment in the viewer's zone."""
    return moment.astimezone()


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    """The viewer's day."""
    return local(now()).date()


def clock(moment: datetime) -> str:
    """14:26"""
    return local(moment).strftime("%H:%M")


def clock_exact(moment: datetime) -> str:
    """14:26:08"""
    return local(moment).strftime("%H:%M:%S")


def day_long(day: date) -> str:
    """Thursday 20 November; with the year where it is another one."""
    text = f"{day:%A} {day.day} {day:%B}"
    return text if day.year == today().year else f"{text} {day.year}"


def day_head(day: date, current: date) -> str:
    """The line above a day of the feed: Today, Thursday 20 November."""
    if day == current:
        return f"Today, {day_long(day)}"
    if day == current - timedelta(days=1):
        return f"Yesterday, {day_long(day)}"
    return day_long(day)


def day_short(day: date, current: date) -> str:
    """today, yesterday, 17 November, 17 November 2024"""
    if day == current:
        return "today"
    if day == current - timedelta(days=1):
        return "yesterday"
    return f"{day.day} {day:%B}" + ("" if day.year == current.year else f" {day.year}")


def dated(text: str) -> str:
    """Of a list's date 2026-11-22 or 2026-11: 22 November 2026, November 2026. Other text as it is."""
    for form, words in (("%Y-%m-%d", "{0.day} {0:%B %Y}"), ("%Y-%m", "{0:%B %Y}")):
        with suppress(ValueError):
            return words.format(datetime.strptime(text, form))  # noqa: DTZ007 - a date, in no zone
    return text


def moment_short(moment: datetime, current: date) -> str:
    """In a table: 14:26, Yesterday, 17 Nov, 17 Nov 2024."""
    at = local(moment)
    if at.date() == current:
        return clock(moment)
    if at.date() == current - timedelta(days=1):
        return "Yesterday"
    return f"{at.day} {at:%b}" + ("" if at.year == current.year else f" {at.year}")


def moment_brief(moment: datetime, current: date) -> str:
    """In a list of steps: 14:26, 17 Nov 14:26."""
    at = local(moment)
    return clock(moment) if at.date() == current else f"{at.day} {at:%b} {clock(moment)}"


def ago(moment: datetime, current: datetime) -> str:
    """just now, 8 seconds ago, 2 min ago, today 07:40, yesterday 16:05, 17 November 16:05"""
    seconds = (current - moment).total_seconds()
    if seconds < 5:
        return "just now"
    if seconds < 60:
        return f"{int(seconds)} seconds ago"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    return f"{day_short(local(moment).date(), local(current).date())} {clock(moment)}"


def since(moment: datetime, current: datetime) -> str:
    """Behind the word since: 14:26, yesterday 16:05, 17 November 16:05."""
    at = local(moment)
    day = local(current).date()
    return clock(moment) if at.date() == day else f"{day_short(at.date(), day)} {clock(moment)}"


def number(value: int) -> str:
    """With the separators of the language: 48,204. Without a language (the C locale), English ones."""
    locale = QLocale()
    if locale.language() == QLocale.Language.C:
        locale = QLocale(QLocale.Language.English)
    return locale.toString(value)


def size(octets: int) -> str:
    """212 KB, 1.2 MB"""
    if octets < 1000:
        return f"{octets} B"
    if octets < 1_000_000:
        return f"{round(octets / 1000)} KB"
    if octets < 1_000_000_000:
        return f"{octets / 1_000_000:.1f} MB"
    return f"{octets / 1_000_000_000:.1f} GB"


def count(value: int, one: str, many: str) -> str:
    """1 message, 4 messages"""
    return f"{number(value)} {one if value == 1 else many}"


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
