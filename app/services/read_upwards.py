"""Reads one folder up from its cursor: what came since. Used by `read_folder`.

Few new messages are read with all the fields that decide. Thousands go through a sieve first: their ids alone are
read, and with care only what may matter. What was read goes into the ledger in the transaction that moves the cursor:
after a crash nothing is logged twice and nothing is missed.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from app.backends.protocol import FetchedHeader, FolderStatus
from app.domain.changes import Area
from app.services.folder_reading import DOUBTFUL, NARROWING, Reading
from app.services.known_ids import Sieved, answers_among, waits_for
from app.services.take_many import judged
from app.store.fields import now
from app.store.waiting import KEPT_FOR

MANY = 600  # so many new messages go through the sieve


class Upwards(Reading):
    """What came since."""

    def up(self, status: FolderStatus) -> None:
        """To the end. `status`: as the server said when the folder was selected."""
        next_uid = self.cursor.next_uid
        while not self.cancel.is_set():
            there, aside = self.folder.session.uids_from(next_uid), self._aside()
            found = array("Q", (uid for uid in there if uid not in aside))
            if not found:
                next_uid = max(next_uid, max(there, default=0) + 1)
                with self._store.transaction(Area.INBOXES, Area.LEDGER, source="sync"):
                    self._advance(next_uid)
                    self._store.inboxes.saw(
                        *self._key, status.uid_next, status.exists, status.highest_modseq, status.sync_state
                    )
                return
            doubtful = self._store.inboxes.next_suspect(*self._key, next_uid) if len(found) > MANY else None
            if doubtful is not None:  # a connection ended there: no sieve, and fewer and fewer at once
                found = array("Q", (uid for uid in found if uid <= doubtful))
                if not found:
                    next_uid = doubtful + 1
                    self._commit_up(next_uid)
                    continue
            elif len(found) > MANY:
                last = found[-self.CHUNK - 1]
                next_uid = self._scan_up(next_uid, last)
                if next_uid <= last:
                    return  # cancelled
                found = found[-self.CHUNK :]
            next_uid = self._read(found, next_uid)

    def _scan_up(self, first_uid: int, last_uid: int) -> int:
        """After an outage. Gives the UID to go on from."""
        next_uid = first_uid
        scan = self._scan(first_uid, last_uid, newest_first=False)
        while not self.cancel.is_set():
            with self._blaming(min(last_uid, next_uid + DOUBTFUL)):
                window = next(scan, None)
            if window is None:
                return max(next_uid, last_uid + 1)
            sieved = Sieved(window.headers, self.known, self._people)
            self._uncounted += len(window.headers)
            with self._blaming(max(sieved.chosen, default=window.last_uid)):
                self._with_care(sieved.chosen)
            if self.cancel.is_set():
                return next_uid
            chosen, since = set(sieved.chosen), now() - KEPT_FOR
            answers = answers_among((h for h in window.headers if h.uid not in chosen), since)
            self.waits_for_others = self.waits_for_others or bool(answers)
            next_uid = window.last_uid + 1
            self._commit_up(next_uid, answers)
            self._pay()
        return next_uid

    def _read(self, found: array[int], next_uid: int) -> int:
        """These messages with all fields, in chunks. Gives the UID to go on from."""
        place = 0
        while place < len(found) and not self.cancel.is_set():
            uids = self._narrowed(found[place : place + self.CHUNK].tolist())
            headers = self._headers(uids, uids[-1], lambda uid: self._advance(uid + 1))
            if not self._chunk(uids, headers):
                return next_uid
            place += len(uids)
            next_uid = uids[-1] + 1
            self._pay()
        return next_uid

    def _narrowed(self, uids: list[int]) -> list[int]:
        """Fewer of them where a connection ended before, so that the message that is to blame is found soon."""
        suspect_uid = self._store.inboxes.next_suspect(*self._key, uids[0])
        if suspect_uid is None or suspect_uid > uids[-1]:
            return uids
        share = [uid for uid in uids if uid <= suspect_uid]
        return share[: max(1, len(share) // NARROWING)]

    def _chunk(self, uids: list[int], headers: dict[int, FetchedHeader]) -> bool:
        """False: cancelled in the middle. The cursor then stays behind what was judged by header alone: that is read
        again, nothing is lost."""
        replies: list[tuple[int, Sequence[str]]] = []  # not written yet

        def advance(next_uid: int) -> None:
            self._advance(next_uid)
            self._store.waiting.remember(*self._key, replies)
            replies.clear()

        stored = True
        self.known.refresh()
        for uid, header, facts in judged(uids, headers):
            self._uncounted += header is not None
            taken = self._taking.one(uid, header, facts, lambda uid=uid: advance(uid + 1))  # type: ignore[misc]
            if taken is None:
                return False
            stored = taken.stored
            self.waits_for_others = self.waits_for_others or taken.waits
            if not stored and not taken.draft and facts is not None and (named := waits_for(facts)):
                replies.append((uid, named))
                self.waits_for_others = True
        if replies or not stored:
            self._commit_up(uids[-1] + 1, replies)
        return True

    def _commit_up(self, next_uid: int, replies: Sequence[tuple[int, Sequence[str]]] = ()) -> None:
        self._remember(replies)
        with self._store.transaction(Area.INBOXES, Area.LEDGER, source="sync"):
            self._advance(next_uid)

    def _advance(self, next_uid: int) -> None:
        """Inside a transaction: moves the cursor up, and writes into the ledger what was read on the way."""
        self._count()
        self._store.inboxes.read_up(*self._key, next_uid)
        self._store.inboxes.clear_suspects(*self._key, self.cursor.next_uid, next_uid)
