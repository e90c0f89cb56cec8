"""Follows the stream of the workspace's tracking server, from the last hit that was stored."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.backends.sleep_clock import SleepClock
from app.domain.errors import Cancelled, StoreError, TrackingError
from app.domain.retry import reconnect_delay
from app.runtime.worker import Worker
from app.services.take_hits import follow_hits, pull_hits
from app.services.tracking_server import TrackingTarget, find_tracking

if TYPE_CHECKING:
    from app.services.workspace import Workspace

LOOK_FOR_SERVER = 15.0  # seconds between looks for a server that is not there
LONGEST_PAUSE = 30.0
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

    def work(self) -> None:
        failures = 0
        while not self.cancel.is_set():
            try:
                target = find_tracking(self._workspace, self.cancel)
                if target is None:
                    self.availability.emit(False, "", "No tracking server answers.")
                    self.pause(LOOK_FOR_SERVER)
                    continue
                made = pull_hits(self._workspace, target, 10.0, self.cancel)
                if self._was_absent():
                    self.caught_up.emit(made)
                else:
                    self._tell(made)
                self.availability.emit(True, target.public_url, "")
                failures = 0
                self._follow(target)
                if not self.cancel.is_set():
                    self.interrupt.clear()  # woken to look for the server anew
            except Cancelled:
                return
            except (TrackingError, StoreError) as error:
                failures += 1
                if failures > 1:
                    self.availability.emit(False, "", str(error))
                self.pause(min(LONGEST_PAUSE, reconnect_delay(failures)))

    def _was_absent(self) -> bool:
        slept = self._sleep.has_slept()
        return slept or self._lost_at is None or time.monotonic() - self._lost_at > A_WHILE

    def _follow(self, target: TrackingTarget) -> None:
        try:
            for events in follow_hits(self._workspace, target, self.interrupt):
                self._tell(events)
        finally:
            self._lost_at = time.monotonic()

    def _tell(self, events: tuple[int, ...]) -> None:
        if events:
            self.events_made.emit(events)
