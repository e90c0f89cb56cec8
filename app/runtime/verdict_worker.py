"""Keeps what is known of opens and clicks as it should be, in the background and without telling anybody: judges old ones again
when the rules have changed, removes addresses that were kept long enough, and has the tracking server know this computer and
forget whom it should. Started by `Background`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.errors import Cancelled, SecretError, StoreError, TrackingError
from app.runtime.worker import Worker

if TYPE_CHECKING:
    from app.services.workspace import Workspace

_EVERY = 60.0  # seconds between two rounds; one that finds nothing to do takes some milliseconds
_AGAIN = 30.0  # after a fault of the disk


class VerdictWorker(Worker):
    """`wake` begins a round at once: what is blocked has changed, or a contact was deleted."""

    progressed = Signal(object)  # Rescored

    lasting = True

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("verdicts", workspace.store, parent)
        self._workspace = workspace

    def work(self) -> None:
        from app.services.keep_addresses import cut_old_addresses  # with all that judges, which no window needs
        from app.services.rescore_events import ask_for_new_rules

        self._workspace.store.spare_memory()
        while not self.cancel.is_set():
            try:
                ask_for_new_rules(self._workspace.store)
                self._rescore()
                cut_old_addresses(self._workspace, self.cancel)
                self._meet_server()
            except Cancelled:
                return
            except StoreError:  # a full disk: it is said elsewhere
                self.pause(_AGAIN)
                continue
            self.pause(_EVERY)

    def _rescore(self) -> None:
        from app.services.rescore_events import Rescored, rescore

        done = rescore(self._workspace, self.cancel, self.progressed.emit)
        if done.looked_at:
            self.progressed.emit(Rescored(done.looked_at, done.total, done.changed, done.finished))

    def _meet_server(self) -> None:
        from app.services.forget_recipients import (
            forget_owed,
        )  # with the web libraries, which the first window does without
        from app.services.tell_presence import tell_presence
        from app.services.tracking_server import find_tracking

        try:
            target = find_tracking(self._workspace, self.cancel)
            if target is not None:
                tell_presence(self._workspace, target, self.cancel)
                forget_owed(self._workspace, target, self.cancel)
        except (SecretError, TrackingError):  # a keyring that is locked, a server that is away: with the next round
            return
