"""Looks a second time at opens and clicks that notify. Used by `Notifier`.

A single one is told at once. Of several of one recipient's copy within a second nobody knows yet whether they are a machine's
burst: each but the first waits most of that second, and is read again. What was told already is read again for as
long as later requests can change what it is (`bursts.REACH`)."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.domain.bursts import REACH, TOGETHER
from app.domain.changes import Area, Change
from app.domain.events import EventId, EventKind, Verdict

if TYPE_CHECKING:
    from app.domain.views import FeedRow
    from app.store import Store

HELD = 0.8  # seconds: most of the window that decides, and told within a second; what was told too soon is taken back
SOON = 200  # milliseconds from a change to a look at what was told
AT_ONCE = 50  # rows that are read before the window lives again
_COPIES = 500
_REMEMBERED = REACH.total_seconds() + 10.0
_JUDGED = frozenset({EventKind.OPEN, EventKind.CLICK})
_NOBODYS = frozenset({Verdict.MACHINE, Verdict.OWN, Verdict.BLOCKED})


class SecondLooks(QObject):
    released = Signal(object)  # tuple[FeedRow, …] that were held, as they are now
    withdrawn = Signal(object)  # tuple[FeedRow, …] that were told and are no person's any more

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._last: dict[tuple[int | None, str], datetime] = {}  # by copy
        self._held: deque[tuple[float, EventId]] = deque()  # when each is due
        self._told: dict[EventId, float] = {}
        self._release_on, self._look_on = QTimer(self), QTimer(self)
        for timer, slot in ((self._release_on, self._release), (self._look_on, self._look)):
            timer.setSingleShot(True)
            timer.timeout.connect(slot)

    def stop(self) -> None:
        """What is held is told after the next start, as what was missed."""
        self._release_on.stop()
        self._look_on.stop()
        self._held.clear()

    def is_one_of_several(self, row: FeedRow) -> bool:
        """Whether another one of the same copy came within the window. Call it once for each row, whatever its verdict is."""
        if row.kind not in _JUDGED or row.verdict is Verdict.INFERRED:
            return False
        copy = (row.message_pk, row.address)
        before = self._last.pop(copy, None)
        self._last[copy] = row.at
        if len(self._last) > _COPIES:
            del self._last[next(iter(self._last))]
        return before is not None and abs(row.at - before) <= TOGETHER

    def hold(self, row: FeedRow) -> None:
        self._held.append((time.monotonic() + HELD, row.id))
        if not self._release_on.isActive():
            self._release_on.start(int(HELD * 1000))

    def remember(self, row: FeedRow) -> None:
        """It was told."""
        now = time.monotonic()
        if row.kind in _JUDGED:
            self._told[row.id] = now
        while self._told and now - self._told[first := next(iter(self._told))] > _REMEMBERED:
            del self._told[first]

    @Slot(object)
    def look_again(self, change: Change) -> None:
        """Something was stored."""
        if self._told and Area.EVENTS in change.areas and change.source != "notifier" and not self._look_on.isActive():
            self._look_on.start(SOON)

    @Slot()
    def _release(self) -> None:
        now = time.monotonic()
        due: list[EventId] = []
        while self._held and len(due) < AT_ONCE and self._held[0][0] <= now:
            due.append(self._held.popleft()[1])
        if self._held:
            self._release_on.start(max(0, int((self._held[0][0] - now) * 1000) + 1))
        if due:
            self.released.emit(self._store.feed.rows(ids=due, limit=len(due))[::-1])

    @Slot()
    def _look(self) -> None:
        now = time.monotonic()
        ids = [event_id for event_id, at in self._told.items() if now - at <= _REMEMBERED][-AT_ONCE:]
        rows = self._store.feed.rows(ids=ids, limit=len(ids)) if ids else ()
        gone = tuple(row for row in rows if row.verdict in _NOBODYS)
        for row in gone:
            del self._told[row.id]
        if gone:
            self.withdrawn.emit(gone)
