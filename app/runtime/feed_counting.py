"""Counts what a filter of the feed lets through, off the main thread: a million events take a while. Used by `Program`."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

if TYPE_CHECKING:
    from app.domain.feed_filter import FeedFilter, FeedTotals
    from app.runtime.jobs import Jobs
    from app.store import Store

BETWEEN = 2_000  # milliseconds between two counts of the same while events keep coming


class FeedCounter(QObject):
    """One filter at a time: a later one ends the count of the one before. Asked again for one that is being counted, it counts
    again once, some time after that is done."""

    counted = Signal(object, object)  # FeedFilter, FeedTotals

    def __init__(self, store: Store, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._jobs = store, jobs
        self._filter: FeedFilter | None = None
        self._again = False
        self._cancel = threading.Event()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(BETWEEN)
        self._rest.timeout.connect(self._count_again)

    def count(self, wanted: FeedFilter) -> None:
        if wanted == self._filter:
            self._again = True
            return
        self._cancel.set()
        self._rest.stop()
        self._cancel, self._filter, self._again = threading.Event(), wanted, False
        call = partial(_count, self._store, wanted, self._cancel)
        self._jobs.run("count-feed", call, partial(self._on_counted, wanted))

    def stop(self) -> None:
        self._rest.stop()
        self._cancel.set()

    def _on_counted(self, wanted: FeedFilter, found: FeedTotals | None, _why: str) -> None:
        if wanted != self._filter:
            return
        if found is not None:
            self.counted.emit(wanted, found)
        if self._again:
            self._rest.start()
        else:
            self._filter = None

    @Slot()
    def _count_again(self) -> None:
        wanted, self._filter = self._filter, None
        if wanted is not None:
            self.count(wanted)


def _count(store: Store, wanted: FeedFilter, cancel: threading.Event) -> FeedTotals | None:
    return store.feed.totals(wanted, lambda: not cancel.is_set())
