"""Reads one folder down from where its first look stands: what was there before. Used by `read_folder`.

Newest first, in pieces of a second, each committed for itself; a piece goes through a sieve, and with care only what
may matter is read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from app.backends.date_time import EPOCH
from app.backends.protocol import FetchedHeader, ScannedHeader
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.mime.headers import parse_header_block
from app.services.folder_in_hand import HANGING_UP
from app.services.folder_reading import DOUBTFUL, NARROWING, Reading
from app.services.known_ids import Sieved, answers_among, named_in
from app.store.fields import now
from app.store.passed_over import NamedIds, short_hash
from app.store.waiting import KEPT_FOR, MOST_WAITING

PIECE_SECONDS = 1.0  # of scanning, between two commits of a first look
PIECE_CHOSEN = 60  # messages worth a closer look, after which a piece ends early


class Downwards(Reading):
    """What was there before. `breathe` is called between two pieces, when nothing is on its way: the connection may look
    elsewhere, but has this folder selected when it comes back; False ends the reading."""

    _newest_read: datetime | None = None  # of the window read last; None where none of its dates says anything
    _oldest_wanted = 1  # the lowest UID that a person wants to have looked at, as far as it is known

    def down(self, breathe: Callable[[], bool], no_older_than: datetime | None = None) -> bool:
        """Newest first, from where it was left. True when it came to the folder's lowest message, or where all are older
        than a person wants to have looked at."""
        low, asked = self.cursor.low_uid, False
        is_resumed = low < self.cursor.first_look_until  # nobody knows how old the messages were that it came to
        self._room = MOST_WAITING // 2 - self._store.waiting.count(self.folder.inbox.id)
        while low > 1 and not self.cancel.is_set():
            if no_older_than is not None and not asked and (is_resumed or self._is_before(no_older_than)):
                self._oldest_wanted, asked = self._first_since(no_older_than, low), True
            if low <= self._oldest_wanted:
                self._commit_down(1, 0)
                return True
            doubtful = self._store.inboxes.last_suspect(*self._key, low)
            low = self._piece(low) if doubtful is None else self._slow_piece(low, doubtful)
            if not self.cancel.is_set() and low > self._oldest_wanted and not breathe():
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

    def _piece(self, low: int) -> int:
        begun, known_until = time.monotonic(), self.known.newest_row
        windows: list[tuple[int, NamedIds]] = []  # by their lowest UIDs
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
                windows.append((window.first_uid, sieved.passed))
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
                some = [names for first, names in windows if first >= clean[0]]
                waiting = [answer for answer in answers if answer[0] >= clean[0]]
                self._commit_down(clean[0], clean[1], passed=some, known_until=known_until, replies=waiting)
            if fault.problem.code in HANGING_UP:
                self._suspect(max(1, clean[0] - DOUBTFUL))
            raise fault
        self._uncounted += counted
        if not self._with_care(sorted(chosen)):
            self._uncounted = 0  # cancelled: counted when it is read again
            return low
        passed = [names for _, names in windows]
        self._commit_down(
            reached, counted, counted_before=True, passed=passed, known_until=known_until, replies=answers
        )
        return reached

    def _slow_piece(self, low: int, doubtful: int) -> int:
        """Where a connection ended: fewer and fewer messages at once, until the one that is to blame stands alone."""
        aside = self._aside()
        uids = [uid for uid in self.folder.session.uids_from(doubtful) if uid < low and uid not in aside]
        if not uids:
            self._commit_down(doubtful, 0)
            return doubtful
        share = uids[-max(1, len(uids) // NARROWING) :]
        known_until = self.known.newest_row
        headers = self._headers(share, share[0], self._past)
        self._uncounted += len(headers)
        if not self._with_care(share, headers):
            self._uncounted = 0
            return low
        answers, names = answers_among(headers.values(), now() - KEPT_FOR), self._not_taken(headers.values())
        self._commit_down(
            share[0], len(headers), counted_before=True, passed=[names], known_until=known_until, replies=answers
        )
        return share[0]

    def _not_taken(self, headers: Iterable[FetchedHeader]) -> NamedIds:
        """What is remembered of these messages, which were read with care: also of those that were logged, as mail with a
        contact perhaps, what they answer."""
        names = NamedIds()
        for header in headers:
            ids = named_in(parse_header_block(header.header))
            names.add([header.uid], [len(ids)], map(short_hash, ids))
        return names

    def _commit_down(
        self,
        low_uid: int,
        messages: int,
        *,
        counted_before: bool = False,
        passed: Sequence[NamedIds] = (),
        known_until: int = 0,
        replies: Sequence[tuple[int, Sequence[str]]] = (),
    ) -> None:
        """`passed`, `known_until`: see `PassedOver.keep`. `replies`: what answers something that is not known here, and
        may turn up when the first look has ended."""
        if not counted_before:
            self._uncounted += messages
        self._remember(replies)
        with self._store.transaction(Area.INBOXES, Area.LEDGER, source="sync"):
            self._store.passed_over.keep(*self._key, known_until, passed)
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
