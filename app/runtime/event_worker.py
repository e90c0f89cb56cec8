"""Follows the stream of the workspace's tracking server, from the last hit that was stored."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.domain.errors import Cancelled, StoreError, TrackingError
from app.domain.retry import reconnect_delay
from app.runtime.worker import Worker
from app.services.take_hits import follow_hits, pull_hits
from app.services.tracking_server import find_tracking
from app.services.workspace import Workspace

LOOK_FOR_SERVER = 15.0  # seconds between looks for a server that is not there
LONGEST_PAUSE = 30.0


class EventWorker(Worker):
    """`availability` tells whether a server answers, at the start and whenever that changes."""

    events_made = Signal(object)  # tuple[EventId, …]
    availability = Signal(bool, str, str)  # available, public address, what is wrong

    lasting = True

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("tracking-events", workspace.store, parent)
        self._workspace = workspace

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
                self._tell(made)
                self.availability.emit(True, target.public_url, "")
                failures = 0
                for events in follow_hits(self._workspace, target, self.interrupt):
                    self._tell(events)
                if not self.cancel.is_set():
                    self.interrupt.clear()  # woken to look for the server anew
            except Cancelled:
                return
            except (TrackingError, StoreError) as error:
                failures += 1
                if failures > 1:
                    self.availability.emit(False, "", str(error))
                self.pause(min(LONGEST_PAUSE, reconnect_delay(failures)))

    def _tell(self, events: tuple[int, ...]) -> None:
        if events:
            self.events_made.emit(events)
