"""What is made and changed while somebody keeps a journal of it: an import, so that it can be undone as one. Of the thread that
keeps it alone. What a transaction takes back is not in it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

CHANGE = "change"  # a row of record_change; the others are values of `RecordKind`, and:
MESSAGE = "message"


class _Local(threading.local):
    lines: list[tuple[str, int]] | None = None


_local = _Local()


@contextmanager
def keep_journal() -> Iterator[list[tuple[str, int]]]:
    """(kind, number) of each, in order. One at a time on a thread."""
    lines: list[tuple[str, int]] = []
    _local.lines = lines
    try:
        yield lines
    finally:
        _local.lines = None


def enter(kind: str, number: int) -> None:
    """By whatever makes something."""
    if _local.lines is not None:
        _local.lines.append((kind, number))


def mark() -> int:
    return 0 if _local.lines is None else len(_local.lines)


def back_to(place: int) -> None:
    """By a transaction that was taken back."""
    if _local.lines is not None:
        del _local.lines[place:]
