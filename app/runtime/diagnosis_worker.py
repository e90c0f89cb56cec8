"""Runs the diagnosis of a connected inbox off the main thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.diagnosis import Diagnosis
from app.domain.errors import HitchpostError
from app.runtime.jobs import BUG
from app.runtime.worker import Worker
from app.services.diagnose_inbox import diagnose_inbox

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId
    from app.services.workspace import Workspace


class DiagnosisWorker(Worker):
    """A cancelled diagnosis tells its end, too, with `ended`."""

    step = Signal(object)  # CheckEvent
    done = Signal(object)  # Diagnosis

    def __init__(
        self, workspace: Workspace, inbox_id: InboxId, test_message: bool, parent: QObject | None = None
    ) -> None:
        super().__init__("diagnosis", workspace.store, parent)
        self._workspace = workspace
        self._inbox_id = inbox_id
        self._test_message = test_message

    def work(self) -> None:
        found = Diagnosis(False, ended=True, why=BUG)
        try:
            inbox = self._workspace.store.inboxes.get(self._inbox_id)
            found = diagnose_inbox(
                self._workspace,
                inbox,
                on_event=self.step.emit,
                cancel=self.cancel,
                test_message=self._test_message,
            )
        except HitchpostError as error:
            found = Diagnosis(False, ended=True, why=str(error))
        finally:  # whoever waits for the end of it hears of it, whatever happened
            self.done.emit(found)
