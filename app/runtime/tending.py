"""The part of the façade by which a connected inbox is tended: paused, resumed, disabled, enabled, removed, diagnosed. The
base of `Program`; what the Inboxes page talks to."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.changes import Area
from app.runtime.connecting import Connecting

if TYPE_CHECKING:
    from app.domain.checks import CheckEvent
    from app.domain.diagnosis import Diagnosis
    from app.domain.inboxes import InboxId
    from app.domain.pace import Pace
    from app.runtime.diagnosis_worker import DiagnosisWorker
    from app.services.workspace import Workspace


class Tending(Connecting):
    diagnosis_event = Signal(object)  # CheckEvent
    diagnosed = Signal(object)  # Diagnosis
    sign_in_stands = Signal(str, str)  # a removed address, and the page where only the person takes its sign-in back

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(workspace, parent)
        self._diagnosis: DiagnosisWorker | None = None

    def _end_connecting(self) -> None:
        super()._end_connecting()
        self.cancel_diagnosis()

    def sync_now(self, inbox_id: InboxId | None = None) -> None:
        self.background.sync_now(inbox_id)

    def next_try(self, inbox_id: InboxId) -> datetime | None:
        """When an inbox that cannot be reached is tried again by itself (UTC)."""
        return self.background.next_try(inbox_id)

    def pace(self, inbox_id: InboxId) -> Pace | None:
        """How its folders are watched just now; None while it is not connected. `changed` tells when that changes."""
        return self.background.pace(inbox_id)

    def try_again(self, inbox_id: InboxId) -> None:
        """What could not be read and was set aside is read again at once, with everything else that is new."""
        with self.wish("It is not tried again"):
            with self._store.transaction(Area.INBOXES, source="inboxes"):
                self._store.inboxes.hurry_aside(inbox_id)
            self.background.sync_now(inbox_id)

    # -- states

    def pause(self, inbox_id: InboxId) -> None:
        """Nothing is read until `resume`; mail still goes out."""
        from app.services import connect_inbox as inboxes

        self._move(inbox_id, "The inbox was not paused", inboxes.pause_inbox)

    def resume(self, inbox_id: InboxId) -> None:
        from app.services import connect_inbox as inboxes

        self._move(inbox_id, "The inbox stays paused", inboxes.resume_inbox)

    def disable(self, inbox_id: InboxId) -> None:
        from app.services import connect_inbox as inboxes

        self._move(inbox_id, "The inbox was not disabled", inboxes.disable_inbox)

    def enable(self, inbox_id: InboxId) -> None:
        from app.services import connect_inbox as inboxes

        self._move(inbox_id, "The inbox was not enabled", inboxes.enable_inbox)

    def _move(self, inbox_id: InboxId, title: str, use_case: Callable[[Workspace, InboxId], None]) -> None:
        """To another state; its worker ends, or begins, as the state wants it."""
        with self.wish(title):
            use_case(self.workspace, inbox_id)
            self.background.reconcile()
        self.inbox_state_changed.emit(inbox_id)

    def remove(self, inbox_id: InboxId) -> None:
        """Returns before the password is out of the secret store; `failed` when it cannot be taken out, and the inbox
        stays. `sign_in_stands` where a provider does not take the sign-in back by itself."""
        from app.services import connect_inbox as inboxes

        def removed(_result: object, why: str) -> None:
            if why:
                self.failed.emit("The inbox was not removed", why)
                self.background.reconcile()
            self.inbox_state_changed.emit(inbox_id)

        address = self._store.inboxes.get(inbox_id).address
        self.background.stop_inbox(inbox_id)
        call = partial(inboxes.remove_inbox, self.workspace, inbox_id, partial(_want_page, weakref.ref(self), address))
        self._jobs.run("remove-inbox", call, removed)

    # -- diagnosis

    def diagnose(self, inbox_id: InboxId, test_message: bool = False) -> None:
        """Runs every step again: `diagnosis_event` tells each, `diagnosed` the end. Ends one that is running, of which
        nothing more is told. Nothing about the inbox changes."""
        from app.runtime.diagnosis_worker import DiagnosisWorker

        self._leave_diagnosis()
        worker = DiagnosisWorker(self.workspace, inbox_id, test_message, self)
        worker.step.connect(self._on_diagnosis_event)
        worker.done.connect(self._on_diagnosed)
        self._diagnosis = worker
        self._jobs.workers.keep(worker)
        worker.start()

    def cancel_diagnosis(self) -> None:
        """`diagnosed` still comes, with `ended`."""
        if self._diagnosis is not None:
            self._diagnosis.request_stop()

    def _leave_diagnosis(self) -> None:
        worker, self._diagnosis = self._diagnosis, None
        if worker is not None:
            worker.step.disconnect(self._on_diagnosis_event)
            worker.done.disconnect(self._on_diagnosed)
            worker.request_stop()

    @Slot(object)
    def _on_diagnosis_event(self, event: CheckEvent) -> None:
        self.diagnosis_event.emit(event)

    @Slot(object)
    def _on_diagnosed(self, found: Diagnosis) -> None:
        self._diagnosis = None
        self.diagnosed.emit(found)

    def inbox_report(self, inbox_id: InboxId) -> str:
        """What is known of an inbox and its trouble, for an administrator; asks nobody."""
        from app.services.diagnosis_report import write_report

        return write_report(self.workspace, self._store.inboxes.get(inbox_id))


def _want_page(program: weakref.ref[Tending], address: str, page: str) -> None:
    """From the thread that asked the provider, which the program may not outlive: nor is it kept alive by that thread,
    which would be the wrong one to destroy it."""
    known = program()
    if known is not None:
        with suppress(RuntimeError):
            known.sign_in_stands.emit(address, page)
