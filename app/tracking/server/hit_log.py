"""Keeps hits: one thread writes them in groups, to the database or, while that is away, to the spool. The ASGI side
hands in rows and is told when they are safe.

Group commit without a timer: while one group is on its way to the disk the next one gathers, so a lone hit waits for
one commit and a thousand at once share two. A database that refuses is asked again every `RETRY` seconds; until it
takes what waits in the spool, new hits go to the spool too, so that the order is kept. With neither to be had
(a disk that is gone) hits wait in memory, up to `MAX_HELD`, and the answers go out all the same: a link must lead on.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.domain.errors import TrackingError
from app.tracking.server.database import DatabaseAway, HitDatabase
from app.tracking.server.rows import HitRow
from app.tracking.server.spool import Spool, SpoolPlace

RETRY = 0.5  # seconds between attempts while the database refuses
BUSY = 0.25  # seconds to wait for another process's lock before a group goes to the spool
MAX_GROUP = 2_000
MAX_HELD = 50_000  # hits in memory, about 50 MB
_DRAIN = 1_000

_log = logging.getLogger(__name__)

Waiter = asyncio.Future[None]


class HitLog:
    """`record` from the event loop's thread; `saved` is called there after each group. `close` writes what waits."""

    def __init__(self, database: Path, spool: Path, *, saved: Callable[[], None]) -> None:
        self._database = HitDatabase(database, busy=BUSY)
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
        self._rows: list[HitRow] = []
        self._waiters: list[Waiter] = []
        self._closing = False
        self._held: list[HitRow] = []  # safe nowhere yet
        self._retry_at = 0.0
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="tracking-writer", daemon=True)
        self._thread.start()

    @property
    def spooling(self) -> bool:
        """Whether hits wait for the database. Any thread."""
        return bool(self._held) or not self._spool.empty

    def record(self, row: HitRow, waiter: Waiter | None) -> None:
        """Takes a hit; `waiter` is resolved once it is on the disk, or held in memory because nothing else is left."""
        with self._changed:
            if len(self._rows) < MAX_HELD:
                self._rows.append(row)
                if waiter is not None:
                    self._waiters.append(waiter)
                self._changed.notify()
                return
        self.lost += 1
        if waiter is not None:
            waiter.set_result(None)

    def close(self, timeout: float) -> bool:
        """Writes what is there and ends the thread. False if that took longer than `timeout` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                pause = RETRY if self._backlog() else None
                self._changed.wait_for(lambda: bool(self._rows) or self._closing, pause)
                rows, self._rows = self._rows, []
                waiters, self._waiters = self._waiters, []
                closing = self._closing
            if closing:
                self._retry_at = 0.0  # one last attempt
            for start in range(0, max(len(rows), 1), MAX_GROUP):
                self._save(rows[start : start + MAX_GROUP])
            if rows:
                self._tell(waiters)
            if closing and not rows:
                break
        self._database.close()
        for spool in (*self._orphans, self._spool):
            spool.close()
        self._place.close()
        if self._held:
            _log.error("%d hits could not be written anywhere and are lost", len(self._held))

    def _backlog(self) -> bool:
        return bool(self._held or self._orphans) or not self._spool.empty

    def _save(self, rows: Sequence[HitRow]) -> None:
        if not rows and not self._backlog():
            return
        if time.monotonic() >= self._retry_at:
            try:
                self._drain()
                if self._held or rows:
                    self._database.insert([*self._held, *rows])
                    self._held = []
            except (sqlite3.Error, DatabaseAway, OSError) as error:
                if not self._retry_at:
                    _log.warning("the tracking database cannot be written, hits wait in the spool: %s", error)
                self._retry_at = time.monotonic() + RETRY
            else:
                if self._retry_at:
                    _log.warning("the tracking database takes hits again")
                self._retry_at = 0.0
                return
        self._put_by([*self._held, *rows])

    def _drain(self) -> None:
        """What waits, oldest first, into the database. A hit that got there before a crash is known by its uid."""
        while self._orphans:
            self._drain_one(self._orphans[0])
            orphan = self._orphans.pop(0)
            orphan.close()
            orphan.path.unlink()
        self._drain_one(self._spool)

    def _drain_one(self, spool: Spool) -> None:
        while not spool.empty:
            rows, place = spool.waiting(_DRAIN)
            self._database.insert(rows)
            spool.taken(place)

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

        if waiters:
            try:
                waiters[0].get_loop().call_soon_threadsafe(settle)
            except RuntimeError:  # the loop has ended: nobody waits any more
                _log.debug("the server stopped before %d hits were answered", len(waiters))
