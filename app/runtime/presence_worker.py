"""Notes that the user is signed in, as long as the program runs (`app.services.presence`). Started by `Background`, and ended
with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.runtime.worker import Worker
from app.services.presence import signed_in

if TYPE_CHECKING:
    from app.services.workspace import Workspace


class PresenceWorker(Worker):
    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("presence", workspace.store, parent)
        self._workspace = workspace

    def work(self) -> None:
        from app.store.credit import BEAT

        with signed_in(self._workspace.store) as presence:
            while not self.cancel.is_set():
                self.pause(BEAT.total_seconds())
                presence.beat()
