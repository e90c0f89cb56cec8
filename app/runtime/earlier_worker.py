"""Asks the tracking servers that were used before, every few minutes: people still open mail that was sent by them. Apart
from the present one's stream, which never waits for them. Started by `Background`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.errors import Cancelled, StoreError
from app.runtime.worker import Worker

if TYPE_CHECKING:
    from app.services.workspace import Workspace

EVERY = 180.0  # seconds between two rounds; a server takes this computer's address as one's own for ten minutes
_AGAIN = 30.0  # after a fault of the disk


class EarlierWorker(Worker):
    """`wake` begins a round at once: the server was changed, or a contact was deleted. `caught_up` comes instead of
    `events_made` for what the first round brings."""

    events_made = Signal(object)  # tuple[EventId, …]
    caught_up = Signal(object)  # tuple[EventId, …]

    lasting = True

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("earlier-tracking", workspace.store, parent)
        self._workspace = workspace
        self._first = True

    def work(self) -> None:
        from app.services.ask_earlier import ask_earlier

        while not self.cancel.is_set():
            try:
                made = ask_earlier(self._workspace, self.cancel)
            except Cancelled:
                return
            except StoreError:  # a full disk: it is said elsewhere
                self.pause(_AGAIN)
                continue
            if made:
                (self.caught_up if self._first else self.events_made).emit(made)
            self._first = False
            self.pause(EVERY)
