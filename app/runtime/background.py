"""All background work of the open workspace: an inbox worker for each inbox that syncs, the outbox, the event stream,
the tracking server. Used by `Program` alone. The workers' modules bring the mail and web libraries with them: they are
imported when work begins, after the first window is on the screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.inboxes import SYNCING_STATES, InboxId
from app.runtime.earlier_worker import EarlierWorker
from app.runtime.jobs import Workers, end_all
from app.runtime.local_tracking import LocalTracking
from app.runtime.presence_worker import PresenceWorker
from app.runtime.search_worker import SearchWorker
from app.runtime.surroundings import Surroundings
from app.runtime.verdict_worker import VerdictWorker
from app.runtime.worker import Worker

if TYPE_CHECKING:
    from app.domain.pace import Pace
    from app.runtime.event_worker import EventWorker
    from app.runtime.inbox_worker import InboxWorker
    from app.runtime.outbox_worker import OutboxWorker
    from app.services.workspace import Workspace


class _Starter(Worker):
    """Starts the tracking server off the main thread: its libraries take a moment to load."""

    def __init__(self, workspace: Workspace, tracking: LocalTracking, parent: QObject) -> None:
        super().__init__("tracking-server-start", workspace.store, parent)
        self._tracking = tracking

    def work(self) -> None:
        self._tracking.start()


class Background(QObject):
    """`start` returns at once, as all but `stop` does: that asks all workers to end, and waits for them side by side."""

    events_made = Signal(object)
    caught_up = Signal(object)  # as `events_made`: what happened while nobody was here
    inbox_state_changed = Signal(int)
    outbox_worked_on = Signal(int)
    faulted = Signal(str, str)  # title, text
    pace_changed = Signal(int)
    secrets_needed = Signal(str, bool)  # the secret store cannot be read: a sentence, whether a passphrase opens it
    availability = Signal(bool, str, str)
    rescored = Signal(object)  # Rescored: how far past events are judged again

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._inboxes: dict[InboxId, InboxWorker] = {}
        self._ending = Workers(self)
        self._ending.ended.connect(self._on_ended)
        self.tracking = LocalTracking(workspace)
        self._starter = _Starter(workspace, self.tracking, self)
        self._search = SearchWorker(workspace, self)
        self._presence = PresenceWorker(workspace, self)
        self._verdicts = VerdictWorker(workspace, self)
        self._verdicts.progressed.connect(self.rescored)
        self._earlier = EarlierWorker(workspace, self)
        self._earlier.events_made.connect(self.events_made)
        self._earlier.caught_up.connect(self.caught_up)
        self._outbox: OutboxWorker | None = None
        self._events: EventWorker | None = None
        self._running = False
        self._starter.finished.connect(self._on_server_started)
        self._surroundings = Surroundings(self)
        self._surroundings.stirred.connect(self._on_stirred)
        self._surroundings.looked.connect(self._tell_sparing)

    def start(self) -> None:
        from app.runtime.event_worker import EventWorker
        from app.runtime.outbox_worker import OutboxWorker

        self._running = True
        self._outbox = OutboxWorker(self._workspace, self)
        self._outbox.worked_on.connect(self.outbox_worked_on)
        self._outbox.faulted.connect(self._on_outbox_faulted)
        self._events = EventWorker(self._workspace, self)
        self._events.events_made.connect(self.events_made)
        self._events.caught_up.connect(self.caught_up)
        self._events.availability.connect(self.availability)
        self._starter.start()
        self._search.start()
        self._presence.start()
        self._verdicts.start()
        self._outbox.start()
        self._surroundings.start()
        self.reconcile()

    @Slot()
    def _on_stirred(self) -> None:
        """After sleep, or on another network: everybody looks whether the connection is still there."""
        self._tell_sparing()
        for worker in self._inboxes.values():
            worker.stir()
        self.wake_outbox()
        self._verdicts.wake()  # this computer may have another address

    def waits_for(self) -> str:
        """Why old mail is not looked at just now, in a sentence; empty when nothing keeps it."""
        settings = self._workspace.store.settings
        if settings.get("sync.pause_on_metered") and self._surroundings.metered:
            return "This network is metered. Old mail is looked at on another one."
        if settings.get("sync.pause_on_battery_saver") and self._surroundings.sparing:
            return "The battery is spared. Old mail is looked at later."
        return ""

    @Slot()
    def _tell_sparing(self) -> None:
        """Where that begins, first looks stop before their next piece; where it ends, they go on at once."""
        spares = bool(self.waits_for())
        for worker in self._inboxes.values():
            ended = worker.spares and not spares
            worker.spares = spares
            if ended:
                worker.wake()

    @Slot()
    def _on_server_started(self) -> None:
        if self._running and self._events is not None:
            self._events.start()
            self._earlier.start()

    @Slot(str)
    def _on_outbox_faulted(self, text: str) -> None:
        self.faulted.emit("A message waits in the outbox", text)

    def reconcile(self) -> None:
        """A worker for each inbox that is to be synced, and none for the others. One whose predecessor has not ended yet
        gets it when that has: nobody waits here."""
        if not self._running:
            return
        self._tell_sparing()
        wanted = {i.id for i in self._workspace.store.inboxes.all() if i.state in SYNCING_STATES}
        for inbox_id in list(self._inboxes):
            if inbox_id not in wanted or self._inboxes[inbox_id].isFinished():
                self._retire(inbox_id)
        ending = {w.inbox_id for w in self._ending.all() if isinstance(w, self._inbox_worker())}
        for inbox_id in wanted - set(self._inboxes) - ending:
            self._start_inbox(inbox_id)

    def restart(self, inbox_id: InboxId) -> None:
        """With new servers or a new password."""
        self._retire(inbox_id)
        self.reconcile()

    def stop_inbox(self, inbox_id: InboxId) -> None:
        self._retire(inbox_id)

    def _retire(self, inbox_id: InboxId) -> None:
        """Asks it to end, and keeps it until it has: it may hang in a keyring that asks its user."""
        worker = self._inboxes.pop(inbox_id, None)
        if worker is not None:
            worker.request_stop()
            self._ending.keep(worker)

    @Slot(object)
    def _on_ended(self, _worker: Worker) -> None:
        self.reconcile()

    def _start_inbox(self, inbox_id: InboxId) -> None:
        worker = self._inbox_worker()(self._workspace, inbox_id, self)
        worker.events_made.connect(self.events_made)
        worker.state_changed.connect(self.inbox_state_changed)
        worker.pace_changed.connect(self.pace_changed)
        worker.secrets_needed.connect(self.secrets_needed)
        self._inboxes[inbox_id] = worker
        worker.spares = bool(self.waits_for())
        worker.start()

    @staticmethod
    def _inbox_worker() -> type[InboxWorker]:
        from app.runtime.inbox_worker import InboxWorker

        return InboxWorker

    def sync_now(self, inbox_id: InboxId | None = None) -> None:
        for number, worker in self._inboxes.items():
            if inbox_id is None or number == inbox_id:
                worker.wake()

    def next_try(self, inbox_id: InboxId) -> datetime | None:
        worker = self._inboxes.get(inbox_id)
        return worker.next_try if worker is not None else None

    def pace(self, inbox_id: InboxId) -> Pace | None:
        worker = self._inboxes.get(inbox_id)
        return worker.pace if worker is not None else None

    def wake_outbox(self) -> None:
        if self._outbox is not None:
            self._outbox.wake()

    def look_at_verdicts(self) -> None:
        """What is blocked has changed, or somebody was deleted: it is seen to at once."""
        self._verdicts.wake()
        self._earlier.wake()

    def look_for_tracking(self) -> None:
        """The setting changed: look for the server anew."""
        if self._events is not None:
            self._events.wake()
        self._earlier.wake()

    def stop(self) -> bool:
        """True when every thread has ended."""
        self._running = False
        self._surroundings.stop()
        others = (
            self._outbox,
            self._events,
            self._starter,
            self._search,
            self._presence,
            self._verdicts,
            self._earlier,
        )
        workers: list[Worker] = [*self._inboxes.values(), *self._ending.all()]
        ended = end_all([*workers, *(worker for worker in others if worker is not None)])
        self.tracking.stop()
        self._inboxes.clear()
        return ended
