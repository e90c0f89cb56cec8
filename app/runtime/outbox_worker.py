"""Sends what is due, files the copies in Sent, and sleeps until the next message is due."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.domain.errors import HitchpostError
from app.domain.problems import Problem
from app.runtime.worker import Worker
from app.services.file_sent_copy import file_sent_copies
from app.services.send_message import send_message
from app.services.workspace import Workspace
from app.store.fields import now

LOOK_EVERY = 30.0  # seconds; another process may have queued something, or the computer slept


class OutboxWorker(Worker):
    """Woken by `wake()` when something was queued. A fault of the disk or the keyring is told and tried again."""

    worked_on = Signal(int)  # OutboxId
    faulted = Signal(str)  # a sentence

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("outbox", workspace.store, parent)
        self._workspace = workspace
        self.last_problem: Problem | None = None

    def work(self) -> None:
        while not self.cancel.is_set():
            try:
                self._send()
            except HitchpostError as error:
                self.faulted.emit(str(error))
            self.pause(self._until_next())

    def _send(self) -> None:
        outbox = self._workspace.store.outbox
        for outbox_id in outbox.due(now()):
            if self.cancel.is_set():
                return
            if send_message(self._workspace, outbox_id, self.cancel) is not None:
                self.worked_on.emit(outbox_id)
        for outbox_id in file_sent_copies(self._workspace, self.cancel):
            self.worked_on.emit(outbox_id)

    def _until_next(self) -> float:
        due = self._workspace.store.outbox.next_due()
        if due is None:
            return LOOK_EVERY
        return min(LOOK_EVERY, max(0.05, (due - now()).total_seconds()))
