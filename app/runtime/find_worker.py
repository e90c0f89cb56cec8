"""Looks for the mail service of an address, off the main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.detection import Detected, Nothing, NothingFound
from app.domain.errors import Cancelled, UsageError
from app.runtime.worker import Worker
from app.services.find_provider import find_provider

if TYPE_CHECKING:
    from app.services.workspace import Workspace


class FindWorker(Worker):
    """A cancelled search tells nothing."""

    found = Signal(object)  # Detected

    def __init__(self, workspace: Workspace, address: str, parent: QObject | None = None) -> None:
        super().__init__("find provider", workspace.store, parent)
        self._workspace = workspace
        self._address = address

    def work(self) -> None:
        found: Detected = NothingFound(self._address, Nothing.NO_SERVER)
        try:
            found = find_provider(self._workspace, self._address, self.cancel)
        except Cancelled:
            return
        except UsageError:  # presets that cannot be read: `known_provider` has told of them
            pass
        finally:  # whoever waits for the end of the search hears of it, whatever happened
            if not self.cancel.is_set():
                self.found.emit(found)
