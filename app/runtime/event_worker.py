"""Follows the stream of the workspace's tracking server, from the last hit that was stored."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.backends.sleep_clock import SleepClock
from app.domain.errors import Cancelled, SecretError, StoreError, TrackingError
from app.domain.retry import stream_pause
from app.runtime.worker import Worker
from app.services.take_hits import follow_hits, pull_hits
from app.services.tracking_server import TrackingTarget, find_tracking

if TYPE_CHECKING:
    from app.services.workspace import Workspace

LONGEST_PAUSE = 30.0  # seconds between two looks for the server
LONGEST_NEAR = 1.0  # for one that runs over this home, which costs next to nothing
RETRY = 0.5  # where the server has named nothing
MOST_SHORT = 5  # beyond which pauses grow no more
STEADY = 5.0  # seconds after which a stream that breaks was a good one: the server is looked for at once
A_WHILE = 60.0  # seconds without the stream after which what happened meanwhile is told as one summary


class EventWorker(Worker):
    """`availability` tells whether a server answers, at the start and whenever that changes. `caught_up` comes instead of
    `events_made` for what happened before the start, while the stream was lost for a while, or while the computer slept; it
    comes, then empty, also when nothing did."""

    events_made = Signal(object)  # tuple[EventId, …]
    caught_up = Signal(object)  # tuple[EventId, …]
    availability = Signal(bool, str, str)  # available, public address, what is wrong

    lasting = True

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("tracking-events", workspace.store, parent)
        self._workspace = workspace
        self._sleep = SleepClock()
        self._lost_at: float | None = None  # None: it was never there
        self._silent_since = time.monotonic()
        self._asked = RETRY
        self._short = 0  # streams in a row that broke soon
        self._longest = LONGEST_PAUSE
        self._at_once = False
        self._said: tuple[bool, str, str] | None = None

    def work(self) -> None:
        failures = 0
        while not self.cancel.is_set():
            try:
                self._longest = self._longest_pause()
                target = find_tracking(self._workspace, self.cancel)
                if target is None:
                    self._say(False, "", "No tracking server answers.")
                    self._wait()
                    continue
                made = pull_hits(self._workspace, target, 10.0, self.cancel)
                if self._was_absent():
                    self.caught_up.emit(made)
                else:
                    self._tell(made)
                self._say(True, target.public_url, "")
                failures = 0
                self._follow(target)
                if not self.cancel.is_set():
                    self.interrupt.clear()  # woken to look for the server anew
            except Cancelled:
                return
            except (TrackingError, StoreError, SecretError) as error:
                failures += 1
                if failures > 1:
                    self._say(False, "", str(error))
                self._wait()

    def _wait(self) -> None:
        """Until the server is looked for again: not at all when a good stream has just broken; longer and longer when one
        after the other breaks soon."""
        at_once, self._at_once = self._at_once, False
        if not at_once:
            silent = time.monotonic() - self._silent_since
            self.pause(stream_pause(silent, self._asked * 2**self._short, self._longest))

    def _longest_pause(self) -> float:
        """One that runs over this home can be looked for often. Raises StoreError."""
        settings = self._workspace.store.settings
        elsewhere = settings.get("tracking.token") or settings.get("tracking.url")
        return LONGEST_PAUSE if elsewhere else LONGEST_NEAR

    def _heed(self, asked: float) -> None:
        self._asked = asked

    def _say(self, available: bool, url: str, trouble: str) -> None:
        if self._said != (available, url, trouble):
            self._said = available, url, trouble
            self.availability.emit(available, url, trouble)

    def _was_absent(self) -> bool:
        slept = self._sleep.has_slept()
        return slept or self._lost_at is None or time.monotonic() - self._lost_at > A_WHILE

    def _follow(self, target: TrackingTarget) -> None:
        began = time.monotonic()
        try:
            for events in follow_hits(self._workspace, target, self.interrupt, self._heed):
                self._tell(events)
        finally:
            self._lost_at = time.monotonic()
            self._silent_since = self._lost_at
            if not self.interrupt.is_set():
                self._at_once = self._lost_at - began >= STEADY
                self._short = 0 if self._at_once else min(self._short + 1, MOST_SHORT)

    def _tell(self, events: tuple[int, ...]) -> None:
        if events:
            self.events_made.emit(events)
