"""What a server process does beside answering, in a thread of its own: learns new keys and workspaces, takes addresses from
old hits, and notes who is in full blocks of them, by which a recipient is forgotten quickly."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

from app.domain.errors import TrackingError
from app.tracking.folder import TrackingFolder
from app.tracking.server.database import DatabaseAway, HitDatabase
from app.tracking.server.directory import LiveDirectory
from app.tracking.server.joining import give_back, now, read_directory
from app.tracking.server.places import DatabasePlace

REFRESH = 30.0  # seconds; a new key seals only after twice that
SEALS_AFTER = 60 * 1_000_000  # microseconds
ASK = 1.0  # seconds at least between two looks for a key that is not known
MAX_ASKING = 100
RETENTION = 3600.0
SKETCH_SECONDS = (
    0.2  # of each REFRESH, or of each second while there are more: a database of before has them all to be made
)
_BATCH = 1_000
_DAY = 86_400 * 1_000_000

_log = logging.getLogger(__name__)


class Keeper:
    """`start` and `close` from any thread, `ask` from the event loop."""

    def __init__(
        self,
        folder: TrackingFolder,
        place: DatabasePlace,
        directory: LiveDirectory,
        keep_addresses_days: int,
    ) -> None:
        self._folder = folder
        self._place = place
        self._directory = directory
        self._keep = keep_addresses_days * _DAY
        self._database: HitDatabase = place.open(busy=1.0, patience=5.0)
        self._news = threading.Condition()
        self._asking: list[asyncio.Future[None]] = []
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="tracking-keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, timeout: float) -> None:
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread.ident is not None:
            self._thread.join(timeout)

    async def ask(self) -> None:
        """Waits for the next look into the database for keys: at most one a second for all who ask, and nobody waits
        longer than two. Returns at once where many wait already, who may be up to no good."""
        waiter = asyncio.get_running_loop().create_future()
        with self._news:
            if len(self._asking) >= MAX_ASKING:
                return
            self._asking.append(waiter)
            self._news.notify()
        try:
            async with asyncio.timeout(2 * ASK):
                await waiter
        except TimeoutError:
            _log.info("the database did not say in time whether there is a new key")

    def _run(self) -> None:
        looked_at = time.monotonic()
        retention = sketch = looked_at + ASK
        while True:
            with self._news:
                look = looked_at + (ASK if self._asking else REFRESH)
                pause = min(look, retention, sketch) - time.monotonic()
                if pause > 0 and not self._closing:
                    self._news.wait(pause)
                    continue
                if self._closing:
                    break
                due = time.monotonic() >= look
                asking: list[asyncio.Future[None]] = []
                if due:
                    asking, self._asking = self._asking, []
            if due:
                looked_at = time.monotonic()
                self._refresh()
                _settle(asking)
            if time.monotonic() >= retention:
                self._cut()
                retention = time.monotonic() + RETENTION
            if time.monotonic() >= sketch:
                sketch = time.monotonic() + (1.0 if self._sketch() else REFRESH)
        _settle(self._asking)
        self._database.close()

    def _refresh(self) -> None:
        try:
            found = read_directory(self._database).with_keys_of(self._directory.current)
            if found != self._directory.current:
                self._directory.current = found
                found.save(self._folder.directory(self._place.mark))
            if self._place.own:
                give_back(self._folder, found)
        except (DatabaseAway, TrackingError) as error:
            _log.info("keys were not read again: %s", error)

    def _sketch(self) -> bool:
        """Whether there are more to be made."""
        end = time.monotonic() + SKETCH_SECONDS
        try:
            while not self._closing and self._database.sketch():
                if time.monotonic() > end:
                    return True
        except DatabaseAway as error:
            _log.info("blocks of hits were not noted: %s", error)
        return False

    def _cut(self) -> None:
        try:
            while not self._closing and self._database.cut_addresses(now() - self._keep, _BATCH) == _BATCH:
                pass
        except DatabaseAway as error:
            _log.info("addresses of old hits were not cut down: %s", error)


def _settle(asking: list[asyncio.Future[None]]) -> None:
    for waiter in asking:
        try:
            waiter.get_loop().call_soon_threadsafe(_done, waiter)
        except RuntimeError:  # the loop has ended: nobody waits any more
            return


def _done(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
