"""Reads one folder: up from its cursor, down during a first look, and what was passed over where something turned up. Used by
`sync_inbox` and `settle_answers`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.changes import Area
from app.services.folder_in_hand import Taken
from app.services.join_later import join_logged
from app.services.read_downwards import Downwards
from app.services.read_upwards import Upwards


class FolderReading(Upwards, Downwards):
    """One selected folder. `up` and `down`, and single messages that were passed over before, or waited."""

    def again(self, uids: Sequence[int], settled: Callable[[], None]) -> bool:
        """Some messages that were passed over before, ascending, with all the fields that decide; one by one where a
        connection ended; a CHUNK of them at most. `settled`: in the transaction that counts them. False when it was
        cancelled before the last."""
        logged = self._store.messages.located_among(*self._key, uids)  # by another way
        left = [uid for uid in uids if uid not in logged]
        for uid, pk in self._store.waiting.early_answers_at(*self._key, logged).items():
            early = uid < self.cursor.first_look_until
            events = join_logged(self.folder.workspace, self.folder.inbox, pk, first_look=early)
            self.report.count(Taken(stored=True, events=events), self._on_events)
        doubtful = self._store.inboxes.next_suspect(*self._key, uids[0])
        if doubtful is None or doubtful > uids[-1]:
            self._with_care(left)
            self._uncounted += len(left)
        else:
            for uid in left:
                if not self.cancel.is_set():
                    self.one(uid)
        if self.cancel.is_set():
            return False
        with self._store.transaction(Area.LEDGER, source="sync"):
            self._count()
            self._store.inboxes.clear_suspects(*self._key, uids[0], uids[-1] + 1)
            settled()
        return True

    def one(self, uid: int) -> bool:
        """One message that waited for what it answers, or to be more than a draft. True where it still is one."""
        if uid in self._aside():
            return False
        headers = self._headers([uid], uid, self._past)
        self._uncounted += len(headers)
        self._with_care([uid], headers)
        with self._store.transaction(Area.LEDGER, source="sync"):
            self._count()
        return uid in self._taking.drafts

    def set_aside_earlier(self) -> None:
        """Messages that were set aside earlier and are due."""
        self._taking.set_aside_earlier()
