"""Counts what a filter of the feed lets through, off the main thread: a million events take a while. Used by `Program`."""

from __future__ import annotations

import threading
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.domain.feed_filter import FeedFilter, FeedTotals
from app.runtime.jobs import Jobs
from app.store import Store


class FeedCounter(QObject):
    """One filter at a time: a later one ends the count of the one before. Asked again for one that is being counted, it counts
    again once, when that is done."""

    counted = Signal(object, object)  # FeedFilter, FeedTotals

    def __init__(self, store: Store, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._store, self._jobs = store, jobs
        self._filter: FeedFilter | None = None
        self._again = False
        self._cancel = threading.Event()

    def count(self, wanted: FeedFilter) -> None:
        if wanted == self._filter:
            self._again = True
            return
        self._cancel.set()
        self._cancel, self._filter, self._again = threading.Event(), wanted, False
        call = partial(_count, self._store, wanted, self._cancel)
        self._jobs.run("count-feed", call, partial(self._on_counted, wanted))

    def stop(self) -> None:
        self._cancel.set()

    def _on_counted(self, wanted: FeedFilter, found: FeedTotals | None, _why: str) -> None:
        if wanted != self._filter:
            return
        again, self._filter = self._again, None
        if found is not None:
            self.counted.emit(wanted, found)
        if again:
            self.count(wanted)


def _count(store: Store, wanted: FeedFilter, cancel: threading.Event) -> FeedTotals | None:
    return store.feed.totals(wanted, lambda: not cancel.is_set())
