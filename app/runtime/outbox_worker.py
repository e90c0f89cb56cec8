"""Sends what is due, files the copies in Sent, and sleeps until the next message is due."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.domain.errors import HitchpostError, StoreError
from app.runtime.worker import Worker
from app.services.file_sent_copy import file_sent_copies
from app.services.send_message import send_message
from app.services.workspace import Workspace
from app.store.fields import now

LOOK_EVERY = 30.0  # seconds; another process may have queued something, or the computer slept
AFTER_A_FAULT = 10.0


class OutboxWorker(Worker):
    """Woken by `wake()` when something was queued. A fault of the disk or the keyring is told and tried again."""

    worked_on = Signal(int)  # OutboxId
    faulted = Signal(str)  # a sentence

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("outbox", workspace.store, parent)
        self._workspace = workspace

    def work(self) -> None:
        told: frozenset[str] = frozenset()
        while not self.cancel.is_set():
            faults = [*self._send(), *self._file()]
            for text in dict.fromkeys(faults):
                if text not in told:
                    self.faulted.emit(text)
            told = frozenset(faults)  # the same trouble is told once, until it is over
            self.pause(max(self._until_next(), AFTER_A_FAULT if faults else 0.0))

    def _send(self) -> list[str]:
        """What stops one message stops no other. Returns what went wrong, as sentences."""
        faults: list[str] = []
        try:
            due = self._workspace.store.outbox.due(now())
        except StoreError as error:
            return [str(error)]
        for outbox_id in due:
            if self.cancel.is_set():
                break
            try:
                if send_message(self._workspace, outbox_id, self.cancel) is not None:
                    self.worked_on.emit(outbox_id)
            except HitchpostError as error:
                faults.append(str(error))
                self.worked_on.emit(outbox_id)
        return faults

    def _file(self) -> list[str]:
        try:
            for outbox_id in file_sent_copies(self._workspace, self.cancel):
                self.worked_on.emit(outbox_id)
        except HitchpostError as error:
            return [str(error)]
        return []

    def _until_next(self) -> float:
        try:
            due = self._workspace.store.outbox.next_due()
        except StoreError:
            due = None
        if due is None:
            return LOOK_EVERY
        return min(LOOK_EVERY, max(0.05, (due - now()).total_seconds()))
