"""Reads one folder down from where its first look stands: what was there before. Used by `read_folder`.

Newest first, in pieces of a second, each committed for itself; a piece goes through a sieve, and with care only what
may matter is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from app.backends.date_time import EPOCH
from app.backends.protocol import ScannedHeader
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.services.folder_in_hand import HANGING_UP
from app.services.folder_reading import DOUBTFUL, NARROWING, Reading
from app.services.known_ids import Sieved, answers_among
from app.services.recall import Recall, SievedWindow
from app.store.fields import now
from app.store.waiting import KEPT_FOR, MOST_WAITING

PIECE_SECONDS = 1.0  # of scanning, between two commits of a first look
PIECE_CHOSEN = 60  # messages worth a closer look, after which a piece ends early


class Downwards(Reading):
    """What was there before. `breathe` is called between two pieces, when nothing is on its way: the connection may look
    elsewhere, but has this folder selected when it comes back; False ends the reading."""

    _newest_read: datetime | None = None  # of the window read last; None where none of its dates says anything
    _oldest_wanted = 1  # the lowest UID that a person wants to have looked at, as far as it is known

    def down(self, recall: Recall, breathe: Callable[[], bool], no_older_than: datetime | None = None) -> bool:
        """Newest first, from where it was left. True when it came to the folder's lowest message, or where all are older
        than a person wants to have looked at."""
        low, asked = self.cursor.low_uid, False
        self._room = MOST_WAITING // 2 - self._store.waiting.count(self.folder.inbox.id)
        while low > 1 and not self.cancel.is_set():
            doubtful = self._store.inboxes.last_suspect(*self._key, low)
            low = self._piece(low, recall) if doubtful is None else self._slow_piece(low, doubtful)
            if no_older_than is not None and not asked and self._is_before(no_older_than):
                self._oldest_wanted, asked = self._first_since(no_older_than, low), True
            if low <= self._oldest_wanted and not self.cancel.is_set():
                self._commit_down(1, 0)
                return True
            if not self.cancel.is_set() and low > 1 and not breathe():
                return False
        return low <= 1

    def _is_before(self, when: datetime) -> bool:
        return self._newest_read is not None and self._newest_read < when

    def _first_since(self, when: datetime, below: int) -> int:
        """The lowest UID of those under `below` that came in since then; `below` where none did. Messages that were moved
        here lie in no order, so that one window of old ones says nothing of the next: the server is asked. Where it
        does not answer, 1: all is looked at."""
        try:
            return self.folder.session.first_uid_since(when, below) or below
        except MailFault as fault:
            if fault.problem.transient or fault.problem.code in HANGING_UP:
                raise
            return 1

    def _piece(self, low: int, recall: Recall) -> int:
        begun = time.monotonic()
        windows: list[SievedWindow] = []
        chosen: list[int] = []
        answers: list[tuple[int, tuple[str, ...]]] = []
        since = now() - KEPT_FOR
        reached, counted, clean = low, 0, (low, 0)
        fault: MailFault | None = None
        lowest = min(self._oldest_wanted, low - 1)
        scan = self._scan(lowest, low - 1)
        try:
            for window in scan:
                if self.cancel.is_set():
                    return low
                sieved = Sieved(window.headers, self.known, self._people)
                self._newest_read = _newest(window.headers)
                windows.append(SievedWindow(window.first_uid, window.last_uid, sieved.hashes))
                chosen += sieved.chosen
                if len(answers) < self._room and (self._newest_read is None or self._newest_read >= since):
                    known = set(sieved.chosen)
                    answers += answers_among((h for h in window.headers if h.uid not in known), since)
                reached, counted = window.first_uid, counted + len(window.headers)
                if not chosen:
                    clean = reached, counted
                if len(chosen) >= PIECE_CHOSEN or time.monotonic() - begun > PIECE_SECONDS:
                    break
            else:
                reached = lowest
                clean = (lowest, counted) if not chosen else clean
        except MailFault as error:
            fault = error
        del scan  # what it asked for ahead is read to its end, or thrown away
        if fault is not None:
            if clean[0] < low:
                self._commit_down(clean[0], clean[1], replies=[a for a in answers if a[0] >= clean[0]])
            if fault.problem.code in HANGING_UP:
                self._suspect(max(1, clean[0] - DOUBTFUL))
            raise fault
        for kept in windows:
            recall.add(self.folder.path, kept)
        self._uncounted += counted
        if not self._with_care(sorted(chosen)):
            self._uncounted = 0  # cancelled: counted when it is read again
            return low
        self._commit_down(reached, counted, counted_before=True, replies=answers)
        return reached

    def _slow_piece(self, low: int, doubtful: int) -> int:
        """Where a connection ended: fewer and fewer messages at once, until the one that is to blame stands alone."""
        aside = self._aside()
        uids = [uid for uid in self.folder.session.uids_from(doubtful) if uid < low and uid not in aside]
        if not uids:
            self._commit_down(doubtful, 0)
            return doubtful
        share = uids[-max(1, len(uids) // NARROWING) :]
        headers = self._headers(share, share[0], self._past)
        self._uncounted += len(headers)
        if not self._with_care(share, headers):
            self._uncounted = 0
            return low
        answers = answers_among(headers.values(), now() - KEPT_FOR)
        self._commit_down(share[0], len(headers), counted_before=True, replies=answers)
        return share[0]

    def _commit_down(
        self,
        low_uid: int,
        messages: int,
        *,
        counted_before: bool = False,
        replies: Sequence[tuple[int, Sequence[str]]] = (),
    ) -> None:
        """`replies`: what answers something that is not known here, and may turn up later."""
        if not counted_before:
            self._uncounted += messages
        self._remember(replies)
        with self._store.transaction(Area.INBOXES, Area.LEDGER, source="sync"):
            self._descend(low_uid, messages)

    def _past(self, uid: int) -> None:
        """Inside a transaction: past a message that is set aside."""
        self._descend(uid, 1)

    def _descend(self, low_uid: int, messages: int) -> None:
        """Inside a transaction: moves the lower end down."""
        self._count()
        self._store.inboxes.read_down(*self._key, low_uid, messages)
        self._store.inboxes.clear_suspects(*self._key, low_uid, self.cursor.first_look_until)


def _newest(headers: Sequence[ScannedHeader]) -> datetime | None:
    """Of a sample: to parse all dates of a large folder would take longer than all the rest. Messages without a date do
    not count."""
    sample = headers[:: max(1, len(headers) // 20)]
    dates = (header.fetched().internal_date for header in sample)
    return max((date for date in dates if date != EPOCH), default=None)
