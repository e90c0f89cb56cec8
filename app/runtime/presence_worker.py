"""Keeps in the workspace since when, and until when, its user is signed in to the running program (L7, fourth rule). Started by
`Background`, and ended with it."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QObject

from app.domain.errors import StoreError
from app.runtime.worker import Worker
from app.services.workspace import Workspace
from app.store.credit import BEAT


class PresenceWorker(Worker):
    """One that is killed ends no period: it is over when nothing is heard of it any more (`Credit.sign_ins`)."""

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__("presence", workspace.store, parent)
        self._workspace = workspace
        self._period: int | None = None

    def work(self) -> None:
        self._note()
        while not self.cancel.is_set():
            self.pause(BEAT.total_seconds())
            self._note()

    def _note(self) -> None:
        store, at = self._workspace.store, datetime.now(UTC)
        try:
            with store.transaction(source="presence"):
                if self._period is None:
                    self._period = store.credit.sign_in(store.user_id, at)
                elif self.cancel.is_set():
                    store.credit.sign_out(store.credit.still_signed_in(self._period, at), at)
                else:
                    self._period = store.credit.still_signed_in(self._period, at)
        except StoreError:  # a full disk: it is said elsewhere, and tried again with the next beat
            return
