"""What is made and changed while somebody keeps a journal of it: an import, so that it can be undone as one. Of the thread that
keeps it alone. What a transaction takes back is not in it; what it leaves is handed over before it ends, to be noted in it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CHANGE = "change"  # a row of record_change; the others are values of `RecordKind`, and:
MESSAGE = "message"


class _Local(threading.local):
    lines: list[tuple[str, int]] | None = None
    noted = 0  # lines that were handed over
    note: Callable[[list[tuple[str, int]], bool], None] | None = None


_local = _Local()


@contextmanager
def keep_journal(
    note: Callable[[list[tuple[str, int]], bool], None] | None = None,
) -> Iterator[list[tuple[str, int]]]:
    """(kind, number) of each, in order. One at a time on a thread. `note` is called inside each transaction that made
    something, with its lines, and whether they are the first."""
    lines: list[tuple[str, int]] = []
    _local.lines, _local.note, _local.noted = lines, note, 0
    try:
        yield lines
    finally:
        _local.lines = _local.note = None


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
        _local.noted = min(_local.noted, place)


def hand_over() -> None:
    """At the end of a transaction, inside it."""
    lines = _local.lines
    if lines is None or _local.note is None or len(lines) <= _local.noted:
        return
    before, _local.noted = _local.noted, len(lines)
    _local.note(lines[before:], before == 0)
