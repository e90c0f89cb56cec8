"""Sends what is due, files the copies in Sent, and sleeps until the next message is due."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.errors import HitchpostError, StoreError
from app.domain.retry import reconnect_delay
from app.runtime.worker import Worker
from app.services.file_sent_copy import file_sent_copies
from app.services.send_message import send_message
from app.store.fields import now

if TYPE_CHECKING:
    from app.domain.outbox import OutboxId
    from app.services.workspace import Workspace

LOOK_EVERY = 30.0  # seconds; another process may have queued something, or the computer slept
AFTER_A_FAULT = 10.0
FIRST_STEP = 4  # 15 s, 30 s … 5 min until a message is touched again that a bug keeps from going out
BUG = "An error in Hitchpost keeps a message from going out. It is tried again by itself."


class OutboxWorker(Worker):
    """Woken by `wake()` when something was queued. A fault of the disk or the keyring is told and tried again; so is a
    bug, ever less often, and only for the message that it concerns."""

    worked_on = Signal(int)  # OutboxId
    faulted = Signal(str)  # a sentence

    lasting = True

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("outbox", workspace.store, parent)
        self._workspace = workspace
        self._stumbled: dict[OutboxId, tuple[int, float]] = {}  # by a bug: how often, and until when it is left alone

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
            times, until = self._stumbled.get(outbox_id, (0, 0.0))
            if time.monotonic() < until:
                faults.append(BUG)
                continue
            try:
                if send_message(self._workspace, outbox_id, self.cancel) is not None:
                    self.worked_on.emit(outbox_id)
            except HitchpostError as error:
                faults.append(str(error))
                self.worked_on.emit(outbox_id)
            except Exception as bug:  # noqa: BLE001 - one message that cannot be handled must not hold up the others
                self.report(bug)
                self._stumbled[outbox_id] = (times + 1, time.monotonic() + reconnect_delay(times + FIRST_STEP))
                faults.append(BUG)
        return faults

    def _file(self) -> list[str]:
        try:
            for outbox_id in file_sent_copies(self._workspace, self.cancel):
                self.worked_on.emit(outbox_id)
        except HitchpostError as error:
            return [str(error)]
        except Exception as bug:  # noqa: BLE001 - sending goes on
            self.report(bug)
        return []

    def _until_next(self) -> float:
        try:
            due = self._workspace.store.outbox.next_due()
        except StoreError:
            due = None
        if due is None:
            return LOOK_EVERY
        return min(LOOK_EVERY, max(0.05, (due - now()).total_seconds()))
