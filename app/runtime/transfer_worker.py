"""An import, an export or a change of many records on a thread of its own, which tells how far it is and ends when asked to.
Made by `Jobs.stoppable`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.domain.errors import HitchpostError
from app.domain.transfer import Progress, Stop, Tell
from app.runtime.jobs import BUG
from app.runtime.worker import Worker
from app.store import Store


class TransferWorker(Worker):
    """`request_stop` cancels it: it ends after the batch in hand, and `ended` comes all the same."""

    progressed = Signal(object)  # Progress
    ended = Signal(object, str)  # ImportReport, ExportReport or ManyDone; or None and why

    def __init__(self, store: Store, call: Callable[[Tell, Stop], Any], parent: QObject) -> None:
        super().__init__("transfer", store, parent)
        self._call = call

    def work(self) -> None:
        result, why = None, BUG
        try:
            self._store.spare_memory()
            result, why = self._call(self._tell, self.cancel.is_set), ""
        except HitchpostError as error:
            why = str(error) or type(error).__name__
        finally:
            del self._call
            self.ended.emit(result, why)

    def _tell(self, progress: Progress) -> None:
        self.progressed.emit(progress)
