"""Makes what an older version of the program left searchable, and finishes a permanent deletion that was interrupted, in slices
between which everything else goes on. Started by `Background`; it ends when nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.domain.errors import StoreError
from app.runtime.worker import Worker

if TYPE_CHECKING:
    from app.services.workspace import Workspace

_AGAIN = 30.0  # seconds after a fault of the disk
_BREATH = 0.02  # seconds between slices, for others that wait to write


class SearchWorker(Worker):
    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("search", workspace.store, parent)
        self._workspace = workspace

    def work(self) -> None:
        store = self._workspace.store
        store.spare_memory()
        while not self.cancel.is_set():
            try:
                if not store.leave_no_trace(stop=self._rest):
                    self.pause(_AGAIN)
                elif not store.catch_up_search(self._rest):
                    return
            except StoreError:
                self.pause(_AGAIN)

    def _rest(self) -> bool:
        return self.cancel.wait(_BREATH)
