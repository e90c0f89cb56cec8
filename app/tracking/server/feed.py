"""Reads hits for the API and wakes its streams. Lives in the event loop; the database is asked in one thread of its own,
so that a slow disk or network never holds up an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from app.tracking.server.database import DatabaseAway, HitDatabase
from app.tracking.server.rows import NumberedHit

POLL = 0.2  # seconds between looks for what other processes have written, while somebody listens
PACE = 0.02  # seconds at least between two looks of one stream
PAGE = 500

T = TypeVar("T")


class HitFeed:
    """`database` is used in the feed's thread only."""

    def __init__(self, database: HitDatabase) -> None:
        self._database = database
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tracking-reader")
        self._news = asyncio.Event()
        self._listeners = 0
        self._watcher: asyncio.Task[None] | None = None
        self._stopped = False
        self._away_until = 0.0

    def wake(self) -> None:
        """New hits may be there: every stream looks. From the loop's thread."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def stop(self) -> None:
        """Ends all streams. From the loop's thread."""
        self._stopped = True
        self.wake()

    def close(self, timeout: float) -> None:
        """After the loop has ended. A database that does not answer is not waited for longer than that."""
        closed = self._executor.submit(self._database.close)
        done = not wait({closed}, timeout).not_done
        self._executor.shutdown(wait=done, cancel_futures=True)

    async def ask(self, question: Callable[[HitDatabase], T]) -> T:
        """What the database answers. Raises DatabaseAway."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._answer, question)

    def _answer(self, question: Callable[[HitDatabase], T]) -> T:
        # What waits behind a question that found the database away need not find out once more, each for itself.
        if time.monotonic() < self._away_until:
            raise DatabaseAway("the database was away a moment ago")
        try:
            return question(self._database)
        except DatabaseAway:
            self._away_until = time.monotonic() + POLL
            raise

    async def after(self, workspace: int, number: int, limit: int) -> list[NumberedHit]:
        """The workspace's hits above `number`, in order. Raises DatabaseAway."""
        return await self.ask(lambda database: database.hits_after(workspace, number, limit))

    async def follow(self, workspace: int, number: int, keep_alive: float) -> AsyncIterator[list[NumberedHit]]:
        """The workspace's hits above `number` and then each new one, in order; an empty list when there was none for
        `keep_alive` seconds. While the database is away it waits. Ends when the server stops."""
        self._listeners += 1
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._watch())
        try:
            loop = asyncio.get_running_loop()
            due = loop.time() + keep_alive
            while not self._stopped:
                news = self._news  # taken before looking: what comes meanwhile sets this one
                try:
                    hits = await self.after(workspace, number, PAGE)
                except DatabaseAway:
                    hits = []
                if hits:
                    number = hits[-1].number
                    yield hits
                elif loop.time() >= due:
                    yield []
                else:
                    looked_at = loop.time()
                    try:
                        async with asyncio.timeout_at(due):
                            await news.wait()
                    except TimeoutError:
                        pass
                    # At once after a quiet time; under load not for each commit of whomever it concerns
                    await asyncio.sleep(looked_at + PACE - loop.time())
                    continue
                due = loop.time() + keep_alive
        finally:
            self._listeners -= 1
            if not self._listeners and self._watcher is not None:
                self._watcher.cancel()
                self._watcher = None

    async def _watch(self) -> None:
        seen: tuple[object, ...] = ()
        while True:
            try:
                version = await self.ask(lambda database: database.version())
            except DatabaseAway:
                version = ()
            if version != seen:
                seen = version
                self.wake()
            await asyncio.sleep(POLL)
