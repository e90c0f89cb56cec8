"""Reads hits for the API and wakes its streams. Lives in the event loop; the database is read in one thread of its
own, so that a slow disk never holds up an answer."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from app.tracking.server.database import DatabaseAway, HitDatabase
from app.tracking.server.rows import NumberedHit

POLL = 0.2  # seconds between looks for what other processes have written, while somebody listens
PAGE = 500

T = TypeVar("T")


class HitFeed:
    def __init__(self, database: Path) -> None:
        self._database = HitDatabase(database, busy=1.0)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracking-reader")
        self._news = asyncio.Event()
        self._listeners = 0
        self._watcher: asyncio.Task[None] | None = None
        self._stopped = False

    def wake(self) -> None:
        """New hits may be there: every stream looks. From the loop's thread."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def stop(self) -> None:
        """Ends all streams. From the loop's thread."""
        self._stopped = True
        self.wake()

    def close(self) -> None:
        """After the loop has ended."""
        self._executor.submit(self._database.close)
        self._executor.shutdown()

    async def after(self, number: int, limit: int) -> list[NumberedHit]:
        """The hits above `number`, in order. Raises sqlite3.Error or DatabaseAway."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._database.hits_after, number, limit)

    async def follow(self, number: int, keep_alive: float) -> AsyncIterator[list[NumberedHit]]:
        """The hits above `number` and then each new one, in order; an empty list when there was none for `keep_alive`
        seconds. While the database is away it waits. Ends when the server stops."""
        self._listeners += 1
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())
        try:
            loop = asyncio.get_running_loop()
            due = loop.time() + keep_alive
            while not self._stopped:
                news = self._news  # taken before looking: what comes meanwhile sets this one
                try:
                    hits = await self.after(number, PAGE)
                except (sqlite3.Error, DatabaseAway):
                    hits = []
                if hits:
                    number = hits[-1].number
                    yield hits
                elif loop.time() >= due:
                    yield []
                else:
                    try:
                        async with asyncio.timeout_at(due):
                            await news.wait()
                    except TimeoutError:
                        pass
                    continue
                due = loop.time() + keep_alive
        finally:
            self._listeners -= 1
            if not self._listeners and self._watcher is not None:
                self._watcher.cancel()
                self._watcher = None

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        seen: tuple[object, ...] = ()
        while True:
            try:
                version = await loop.run_in_executor(self._executor, self._database.version)
            except (sqlite3.Error, DatabaseAway):
                version = ()
            if version != seen:
                seen = version
                self.wake()
            await asyncio.sleep(POLL)
