"""Reads one folder: up from its cursor, down during a first look, and again where something turned up. Used by `sync_inbox`
and `settle_answers`.
"""

from __future__ import annotations

from app.services.folder_reading import DOUBTFUL, NARROWING
from app.services.known_ids import Sieved
from app.services.read_downwards import Downwards
from app.services.read_upwards import Upwards


class FolderReading(Upwards, Downwards):
    """One selected folder. `up` and `down`, and what was passed over before and may answer what turned up meanwhile."""

    def again(self, first_uid: int, last_uid: int) -> None:
        """A part of the folder that was read before, once more through the sieve."""
        self._again_slowly(first_uid, last_uid)
        reached, scan = last_uid + 1, self._scan(first_uid, last_uid)
        while not self.cancel.is_set():
            with self._blaming(max(first_uid, reached - DOUBTFUL)):
                window = next(scan, None)
            if window is None:
                return
            self._with_care(Sieved(window.headers, self.known, self._people).chosen)
            reached = window.first_uid

    def _again_slowly(self, first_uid: int, last_uid: int) -> None:
        """Where a connection ended: all of it with care, fewer and fewer at once."""
        top, inboxes, aside = last_uid, self._store.inboxes, self._aside()
        while not self.cancel.is_set():
            doubtful = inboxes.last_suspect(*self._key, top + 1)
            if doubtful is None or doubtful < first_uid:
                return
            top = min(top, doubtful + DOUBTFUL)
            uids = [uid for uid in self.folder.session.uids_from(doubtful) if uid <= top and uid not in aside]
            share = uids[-max(1, len(uids) // NARROWING) :]
            if share and not self._with_care(share, self._headers(share, share[0], self._past)):
                return
            top = share[0] - 1 if share else doubtful - 1
            with self._store.transaction(source="sync"):
                inboxes.clear_suspects(*self._key, top + 1, last_uid + 1)

    def one(self, uid: int) -> bool:
        """One message that waited for what it answers, or to be more than a draft. True where it still is one."""
        if uid in self._aside():
            return False
        self._with_care([uid], self._headers([uid], uid, self._past))
        return uid in self._taking.drafts

    def set_aside_earlier(self) -> None:
        """Messages that were set aside earlier and are due."""
        self._taking.set_aside_earlier()
