"""All background work of the open workspace: an inbox worker for each inbox that syncs, the outbox, the event stream,
the tracking server. Used by `Program` alone. The workers' modules bring the mail and web libraries with them: they are
imported when work begins, after the first window is on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.inboxes import SYNCING_STATES, InboxId
from app.runtime.local_tracking import LocalTracking
from app.runtime.worker import Worker
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.runtime.event_worker import EventWorker
    from app.runtime.inbox_worker import InboxWorker
    from app.runtime.outbox_worker import OutboxWorker


class _Starter(Worker):
    """Starts the tracking server off the main thread: its libraries take a moment to load."""

    def __init__(self, workspace: Workspace, tracking: LocalTracking, parent: QObject) -> None:
        super().__init__("tracking-server-start", workspace.store, parent)
        self._tracking = tracking

    def work(self) -> None:
        self._tracking.start()


class Background(QObject):
    """`start` returns at once; `stop` asks all workers to end, and waits for them side by side."""

    events_made = Signal(object)
    inbox_state_changed = Signal(int)
    outbox_worked_on = Signal(int)
    faulted = Signal(str, str)  # title, text
    secrets_needed = Signal(str)  # the secret store cannot be read: a sentence
    availability = Signal(bool, str, str)

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._inboxes: dict[InboxId, InboxWorker] = {}
        self.tracking = LocalTracking(workspace)
        self._starter = _Starter(workspace, self.tracking, self)
        self._outbox: OutboxWorker | None = None
        self._events: EventWorker | None = None
        self._running = False
        self._starter.finished.connect(self._on_server_started)

    def start(self) -> None:
        from app.runtime.event_worker import EventWorker
        from app.runtime.outbox_worker import OutboxWorker

        self._running = True
        self._outbox = OutboxWorker(self._workspace, self)
        self._outbox.worked_on.connect(self.outbox_worked_on)
        self._outbox.faulted.connect(self._on_outbox_faulted)
        self._events = EventWorker(self._workspace, self)
        self._events.events_made.connect(self.events_made)
        self._events.availability.connect(self.availability)
        self._starter.start()
        self._outbox.start()
        self.reconcile()

    @Slot()
    def _on_server_started(self) -> None:
        if self._running and self._events is not None:
            self._events.start()

    @Slot(str)
    def _on_outbox_faulted(self, text: str) -> None:
        self.faulted.emit("A message waits in the outbox", text)

    def reconcile(self) -> None:
        """A worker for each inbox that is to be synced, and none for the others."""
        if not self._running:
            return
        for inbox in self._workspace.store.inboxes.all():
            worker = self._inboxes.get(inbox.id)
            running = worker is not None and not worker.isFinished() and not worker.cancel.is_set()
            if inbox.state in SYNCING_STATES and not running:
                self._start_inbox(inbox.id)
            elif worker is not None and running and inbox.state not in SYNCING_STATES:
                worker.request_stop()

    def restart(self, inbox_id: InboxId) -> None:
        """With new servers or a new password."""
        worker = self._inboxes.pop(inbox_id, None)
        if worker is not None:
            worker.stop()
        self.reconcile()

    def _start_inbox(self, inbox_id: InboxId) -> None:
        old = self._inboxes.pop(inbox_id, None)
        if old is not None:
            old.stop()
            old.deleteLater()
        from app.runtime.inbox_worker import InboxWorker

        worker = InboxWorker(self._workspace, inbox_id, self)
        worker.events_made.connect(self.events_made)
        worker.state_changed.connect(self.inbox_state_changed)
        worker.secrets_needed.connect(self.secrets_needed)
        self._inboxes[inbox_id] = worker
        worker.start()

    def stop_inbox(self, inbox_id: InboxId) -> None:
        worker = self._inboxes.pop(inbox_id, None)
        if worker is not None:
            worker.stop()
            worker.deleteLater()

    def sync_now(self, inbox_id: InboxId | None = None) -> None:
        for number, worker in self._inboxes.items():
            if inbox_id is None or number == inbox_id:
                worker.wake()

    def wake_outbox(self) -> None:
        if self._outbox is not None:
            self._outbox.wake()

    def look_for_tracking(self) -> None:
        """The setting changed: look for the server anew."""
        if self._events is not None:
            self._events.wake()

    def stop(self) -> bool:
        """True when every thread has ended."""
        self._running = False
        others = (self._outbox, self._events, self._starter)
        workers: list[Worker] = [*self._inboxes.values(), *(worker for worker in others if worker is not None)]
        for worker in workers:
            worker.request_stop()
        ended = [worker.stop() for worker in workers]
        self.tracking.stop()
        self._inboxes.clear()
        return all(ended)
