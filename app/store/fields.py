"""Columns that SQLite and PostgreSQL hold alike: instants as integers, JSON as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from peewee import BigIntegerField, TextField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970 UTC. A time without a zone is a bug and raises ValueError."""
    if value.tzinfo is None:
        raise ValueError("a stored time needs a zone")
    return (value - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    return _EPOCH + value * _MICROSECOND


def now() -> datetime:
    return datetime.now(UTC)


class InstantField(BigIntegerField):
    """A point in time, as microseconds since 1970 UTC."""

    def db_value(self, value: datetime | int | None) -> int | None:
        return to_micros(value) if isinstance(value, datetime) else value

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else from_micros(value)


class JsonTextField(TextField):
    """Any JSON value, as text: the same in both databases, never searched inside."""

    def db_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)
