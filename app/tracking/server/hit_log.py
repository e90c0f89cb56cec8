"""Keeps hits: one thread writes them in groups, to the database or, while that is away, to the spool. The ASGI side
hands in rows and is told when they are safe.

Group commit without a timer: a group is what comes in while the loop finds more to read each time it looks, and while
the group before is on its way to the disk. So a lone hit waits for one commit and a thousand at once share two. While a
database refuses, a thread of its own asks it every `RETRY` seconds; until it takes what waits in the spool, new hits go to
the spool too, so that the order is kept. With neither to be had (a disk that is gone) hits wait in memory, up to `MAX_HELD`,
and the answers go out all the same: a link must lead on.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from app.domain.errors import TrackingError
from app.tracking.server.counts import Count, Counts
from app.tracking.server.database import DatabaseAway, HitDatabase, RowsRefused
from app.tracking.server.rows import HitRow
from app.tracking.server.spool import Spool, SpoolPlace

RETRY = 0.5  # seconds between attempts while the database refuses
MAX_GROUP = 2_000
MAX_HELD = 50_000  # hits in memory, about 50 MB
_DRAIN = 1_000  # hits at least that go from the spool to the database at once

_log = logging.getLogger(__name__)


class Waiter(Protocol):
    """Who waits for a hit to be written: a future, or what acts like one. Used in its loop's thread."""

    def done(self) -> bool: ...

    def set_result(self, result: None, /) -> None: ...

    def get_loop(self) -> asyncio.AbstractEventLoop: ...


class HitLog:
    """`record` from the event loop's thread; `saved` is called there after each group. `close` writes what waits.
    `patient`: gathers large groups, which pays where this process does the work of writing. Where another one does, there
    is something to read meanwhile."""

    def __init__(
        self,
        connect: Callable[[], HitDatabase],
        spool: Path,
        *,
        saved: Callable[[], None],
        counts: Counts | None = None,
        patient: bool = True,
    ) -> None:
        self._patient = patient
        self._counts = counts
        self._connect = connect
        self._database = connect()
        self._saved = saved
        try:
            self._place = SpoolPlace(spool)
            try:
                self._spool = Spool(self._place.path)
                self._orphans = [Spool(path) for path in self._place.orphans()]
            except OSError:
                self._place.close()
                raise
        except OSError as error:
            raise TrackingError(f"The spool {spool} of the tracking server cannot be used: {error}.") from error
        self._changed = threading.Condition()
        self._gathered: deque[tuple[HitRow, Waiter]] = deque()  # filled by the loop, emptied by the writer
        self._closing = threading.Event()
        self._held: list[HitRow] = []  # safe nowhere yet
        self._away = False
        self._prober: threading.Thread | None = None
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="tracking-writer", daemon=True)
        self._thread.start()

    @property
    def spooling(self) -> bool:
        """Whether hits wait for the database. Any thread."""
        return bool(self._held) or not self._spool.empty

    def record(self, row: HitRow, waiter: Waiter) -> None:
        """Takes a hit; `waiter` is resolved once it is on the disk, or held in memory because nothing else is left."""
        gathered = self._gathered
        if len(gathered) >= MAX_HELD:
            self.lost += 1
            waiter.set_result(None)
            return
        gathered.append((row, waiter))
        if len(gathered) == 1:  # else the writer was called, or is at work and looks again before it waits
            self._gather(waiter.get_loop(), 0)

    def _gather(self, loop: asyncio.AbstractEventLoop, before: int) -> None:
        """Calls the writer when the loop has read all that had come in and, where it is patient, nothing more comes in."""
        gathered = len(self._gathered)
        if before < gathered < MAX_GROUP and (self._patient or not before):
            loop.call_soon(self._gather, loop, gathered)
            return
        with self._changed:
            self._changed.notify()

    def close(self, timeout: float) -> bool:
        """Writes what is there and ends the thread. False if that took longer than `timeout` seconds."""
        with self._changed:
            self._closing.set()
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, RETRY if self._held else None)
                closing = self._closing.is_set()
            group = [self._gathered.popleft() for _ in range(min(len(self._gathered), MAX_GROUP))]
            rows = [row for row, _ in group]
            self._save_counted(rows)
            if group:
                self._tell([waiter for _, waiter in group])
            if closing and not rows and (self._away or not self._backlog()):
                break
        if self._held:
            self._last_attempt()
        self._database.close()
        for spool in (*self._orphans, self._spool):
            spool.close()
        self._place.close()

    def _has_work(self) -> bool:
        return bool(self._gathered) or self._closing.is_set() or (self._backlog() and not self._away)

    def _backlog(self) -> bool:
        return bool(self._held or self._orphans) or not self._spool.empty

    def _save_counted(self, rows: Sequence[HitRow]) -> None:
        began = time.perf_counter()
        self._save(rows)
        if self._counts is not None:
            spooling = self.spooling
            if rows:
                spooled = len(rows) if spooling else 0
                self._counts.group(time.perf_counter() - began, len(rows) - spooled, spooled)
            self._counts.numbers[Count.SPOOLING] = spooling
            self._counts.numbers[Count.LOST] = self.lost

    def _save(self, rows: Sequence[HitRow]) -> None:
        if not rows and not self._backlog():
            return
        if not self._away:
            try:
                if self._drain(max(_DRAIN, 2 * len(rows))):  # more than come in, or the spool would grow for ever
                    self._insert([*self._held, *rows])
                    self._held = []
                    return
            except (DatabaseAway, OSError) as error:
                self._leave_alone(error)
        self._put_by([*self._held, *rows])

    def _drain(self, limit: int) -> bool:
        """Part of what waits, up to `limit` hits, oldest first, into the database; whether nothing waits any more. A hit
        that got there before a crash is known by its uid."""
        spool = self._orphans[0] if self._orphans else self._spool
        if not spool.empty:
            rows, place = spool.waiting(limit)
            self._insert(rows)
            spool.taken(place)
        if self._orphans and spool.empty:
            self._orphans.pop(0)
            spool.close()
            spool.path.unlink()
        return not self._orphans and self._spool.empty

    def _insert(self, rows: Sequence[HitRow]) -> None:
        if not rows:
            return
        try:
            self._database.insert(rows)
        except RowsRefused:
            for row in rows:
                self._insert_one(row)

    def _insert_one(self, row: HitRow) -> None:
        try:
            self._database.insert([row])
        except RowsRefused as error:  # it would be in the way of all others for ever
            self.lost += 1
            _log.error("the database refuses a hit, which is lost: %s", error)

    def _leave_alone(self, error: Exception) -> None:
        """The database is not asked again by this thread, which answers wait for, until the prober has got through."""
        _log.warning("the tracking database cannot be written, hits wait in the spool: %s", error)
        self._away = True
        self._prober = threading.Thread(target=self._probe, name="tracking-prober", daemon=True)
        self._prober.start()

    def _probe(self) -> None:
        database = self._connect()
        try:
            while not self._closing.wait(RETRY):
                try:
                    database.probe()
                except (DatabaseAway, RowsRefused):
                    continue
                _log.warning("the tracking database takes hits again")
                with self._changed:
                    self._away = False
                    self._changed.notify()
                return
        finally:
            database.close()

    def _last_attempt(self) -> None:
        try:
            self._insert(self._held)
        except DatabaseAway:
            _log.error("%d hits could not be written anywhere and are lost", len(self._held))
            self.lost += len(self._held)

    def _put_by(self, rows: list[HitRow]) -> None:
        if not rows:
            return
        try:
            self._spool.append(rows)
            self._held = []
        except OSError as error:
            if not self._held:
                _log.error("the spool of the tracking server cannot be written, hits wait in memory: %s", error)
            self.lost += max(0, len(rows) - MAX_HELD)
            self._held = rows[:MAX_HELD]

    def _tell(self, waiters: list[Waiter]) -> None:
        def settle() -> None:
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._saved()

        try:
            waiters[0].get_loop().call_soon_threadsafe(settle)
        except RuntimeError:  # the loop has ended: nobody waits any more
            _log.debug("the server stopped before %d hits were answered", len(waiters))
