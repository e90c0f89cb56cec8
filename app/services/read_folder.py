"""Reads one folder: up from its cursor, and down during a first look. Used by `sync_inbox`.

Few new messages are read with all the fields that decide. Thousands go through a sieve first: their ids alone are
read, and with care only what may matter. What was read goes into the ledger in the transaction that moves the cursor:
after a crash nothing is logged twice and nothing is missed.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property

from app.backends.protocol import FetchedHeader, FolderStatus, HeaderWindow, ScannedHeader
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.domain.logging_rules import FolderRole
from app.mime.headers import SYNC_FIELDS
from app.services.folder_report import EventListener, FolderReport
from app.services.known_ids import (
    NAMED,
    PEOPLE_FIELDS,
    REPORT_FIELDS,
    SENT_FIELDS,
    SIEVE_FIELDS,
    KnownIds,
    Sieved,
    answers_among,
)
from app.services.recall import Recall, SievedWindow
from app.services.take_many import Taking, judged
from app.services.take_message import (
    HANGING_UP,
    PATIENCE,
    FolderInHand,
    set_aside,
    suspect,
)
from app.services.with_contacts import people_to_look_for
from app.store.cursors import FolderCursor
from app.store.fields import now
from app.store.waiting import KEPT_FOR, MOST_WAITING

CHUNK = 200  # messages between two commits of the cursor, where all fields are read
NARROWING = 14  # 200, 14, 1
MANY = 600  # so many new messages go through the sieve
PIECE_SECONDS = 1.0  # of scanning, between two commits of a first look
PIECE_CHOSEN = 60  # messages worth a closer look, after which a piece ends early
_DOUBTFUL = 4000  # UIDs below the place where a connection ended in the middle of a scan
_REMEMBER_AT_ONCE = 300  # answers, in one transaction


class FolderReading:
    """One selected folder. `breathe` is called between two pieces of a first look, when nothing is on its way: the
    connection may look elsewhere, but has this folder selected when it comes back; False ends the reading. `pay` is called
    after each body and each chunk, and may raise MailFault: what was committed stays."""

    def __init__(
        self,
        folder: FolderInHand,
        cursor: FolderCursor,
        known: KnownIds,
        report: FolderReport,
        cancel: threading.Event,
        on_events: EventListener,
        pay: Callable[[], None] = lambda: None,
    ) -> None:
        self.folder, self.cursor, self.known, self.report = folder, cursor, known, report
        self.cancel, self.on_events, self._pay = cancel, on_events, pay
        self.waits_for_others = False  # something came that answers what is not known here
        self._room = 0  # for answers that wait: the newest are met first, and later ones want to wait, too
        self._uncounted = 0  # headers read since the ledger was last written
        self._newest_read: datetime | None = None  # of the window read last
        self._store = folder.workspace.store
        self._key = (folder.inbox.id, folder.path, folder.uid_validity)
        self._taking = Taking(folder, cursor.first_look_until, known, report, cancel, on_events, pay)

    # -- up: what came since

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
                    self._store.inboxes.saw(*self._key, status.uid_next, status.exists, status.highest_modseq)
                return
            doubtful = self._store.inboxes.next_suspect(*self._key, next_uid) if len(found) > MANY else None
            if doubtful is not None:  # a connection ended there: no sieve, and fewer and fewer at once
                found = array("Q", (uid for uid in found if uid <= doubtful))
                if not found:
                    next_uid = doubtful + 1
                    self._commit_up(next_uid)
                    continue
            elif len(found) > MANY:
                last = found[-CHUNK - 1]
                next_uid = self._scan_up(next_uid, last)
                if next_uid <= last:
                    return  # cancelled
                found = found[-CHUNK:]
            next_uid = self._read(found, next_uid)

    def _scan_up(self, first_uid: int, last_uid: int) -> int:
        """After an outage. Gives the UID to go on from."""
        next_uid = first_uid
        scan = self._scan(first_uid, last_uid, newest_first=False)
        while not self.cancel.is_set():
            with self._blaming(min(last_uid, next_uid + _DOUBTFUL)):
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
        return next_uid

    def _read(self, found: array[int], next_uid: int) -> int:
        """These messages with all fields, in chunks. Gives the UID to go on from."""
        place = 0
        while place < len(found) and not self.cancel.is_set():
            uids = self._narrowed(found[place : place + CHUNK].tolist())
            headers = self._headers(uids)
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

    def _headers(self, uids: list[int], *, down: bool = False) -> dict[int, FetchedHeader]:
        try:
            return {h.uid: h for h in self.folder.session.fetch_headers(uids, SYNC_FIELDS)}
        except MailFault as fault:
            if fault.problem.code in HANGING_UP:
                tries = suspect(self.folder, uids[0] if down else uids[-1])
                if len(uids) == 1 and tries >= PATIENCE:
                    past = (lambda: self._descend(uids[0], 1)) if down else (lambda: self._advance(uids[0] + 1))
                    set_aside(self.folder, uids[0], fault, past)
            raise

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
            if not stored and facts is not None:
                named = list(dict.fromkeys((*facts.in_reply_to, *reversed(facts.references))))[:NAMED]
                if named:
                    replies.append((uid, named))
                    self.waits_for_others = True
        if replies or not stored:
            self._commit_up(uids[-1] + 1, replies)
        return True

    def _commit_up(self, next_uid: int, replies: Sequence[tuple[int, Sequence[str]]] = ()) -> None:
        self._remember(replies)
        with self._store.transaction(Area.INBOXES, Area.LEDGER, source="sync"):
            self._advance(next_uid)

    def _remember(self, replies: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Before the cursor moves: to remember one twice does no harm."""
        for start in range(0, len(replies), _REMEMBER_AT_ONCE):
            with self._store.transaction(source="sync"):
                some = replies[start : start + _REMEMBER_AT_ONCE]
                self._room -= self._store.waiting.remember(*self._key, some)
                self._store.waiting.expire(self.folder.inbox.id, now())

    def _advance(self, next_uid: int) -> None:
        """Inside a transaction: moves the cursor up, and writes into the ledger what was read on the way."""
        self._count()
        self._store.inboxes.read_up(*self._key, next_uid)
        self._store.inboxes.clear_suspects(*self._key, self.cursor.next_uid, next_uid)

    # -- down: what was there before

    def down(self, recall: Recall, breathe: Callable[[], bool], no_older_than: datetime | None = None) -> bool:
        """Newest first, from where it was left. True when it came to the folder's lowest message, or where all are older
        than a person wants to have looked at."""
        low = self.cursor.low_uid
        self._room = MOST_WAITING // 2 - self._store.waiting.count(self.folder.inbox.id)
        while low > 1 and not self.cancel.is_set():
            doubtful = self._store.inboxes.last_suspect(*self._key, low)
            low = self._piece(low, recall) if doubtful is None else self._slow_piece(low, doubtful)
            if no_older_than is not None and self._newest_read is not None and self._newest_read < no_older_than:
                self._commit_down(1, 0)
                return True
            if not self.cancel.is_set() and low > 1 and not breathe():
                return False
        return low <= 1

    def _piece(self, low: int, recall: Recall) -> int:
        begun = time.monotonic()
        windows: list[SievedWindow] = []
        chosen: list[int] = []
        answers: list[tuple[int, tuple[str, ...]]] = []
        since = now() - KEPT_FOR
        reached, counted, clean = low, 0, (low, 0)
        fault: MailFault | None = None
        scan = self._scan(1, low - 1)
        try:
            for window in scan:
                if self.cancel.is_set():
                    return low
                sieved = Sieved(window.headers, self.known, self._people)
                self._newest_read = _newest(window.headers) or self._newest_read
                windows.append(SievedWindow(window.first_uid, window.last_uid, sieved.hashes))
                chosen += sieved.chosen
                if len(answers) < self._room and self._newest_read is not None and self._newest_read >= since:
                    known = set(sieved.chosen)
                    answers += answers_among((h for h in window.headers if h.uid not in known), since)
                reached, counted = window.first_uid, counted + len(window.headers)
                if not chosen:
                    clean = reached, counted
                if len(chosen) >= PIECE_CHOSEN or time.monotonic() - begun > PIECE_SECONDS:
                    break
            else:
                reached = 1
                clean = (1, counted) if not chosen else clean
        except MailFault as error:
            fault = error
        del scan  # what it asked for ahead is read to its end, or thrown away
        if fault is not None:
            if clean[0] < low:
                self._commit_down(clean[0], clean[1], replies=[a for a in answers if a[0] >= clean[0]])
            if fault.problem.code in HANGING_UP:
                self._suspect(max(1, clean[0] - _DOUBTFUL))
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
        headers = self._headers(share, down=True)
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

    def _descend(self, low_uid: int, messages: int) -> None:
        """Inside a transaction: moves the lower end down."""
        self._count()
        self._store.inboxes.read_down(*self._key, low_uid, messages)
        self._store.inboxes.clear_suspects(*self._key, low_uid, self.cursor.first_look_until)

    # -- again: what may answer what turned up meanwhile

    def again(self, first_uid: int, last_uid: int) -> None:
        """A part of the folder that was read before, once more through the sieve."""
        self._again_slowly(first_uid, last_uid)
        reached, scan = last_uid + 1, self._scan(first_uid, last_uid)
        while not self.cancel.is_set():
            with self._blaming(max(first_uid, reached - _DOUBTFUL)):
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
            top = min(top, doubtful + _DOUBTFUL)
            uids = [uid for uid in self.folder.session.uids_from(doubtful) if uid <= top and uid not in aside]
            share = uids[-max(1, len(uids) // NARROWING) :]
            if share and not self._with_care(share, self._headers(share, down=True)):
                return
            top = share[0] - 1 if share else doubtful - 1
            with self._store.transaction(source="sync"):
                inboxes.clear_suspects(*self._key, top + 1, last_uid + 1)

    def one(self, uid: int) -> None:
        """One message that waited for what it answers."""
        if uid not in self._aside():
            self._with_care([uid], self._headers([uid], down=True))

    def set_aside_earlier(self) -> None:
        """Messages that were set aside earlier and are due."""
        self._taking.set_aside_earlier()

    # -- all of them

    @cached_property
    def _people(self) -> frozenset[bytes]:
        return people_to_look_for(self.folder.workspace)

    def _fields(self) -> tuple[str, ...]:
        """Of the sieve. Reports are looked for where there may be some about mail that was sent from here."""
        fields = SIEVE_FIELDS + (PEOPLE_FIELDS if self._people else ())
        if self.folder.role is FolderRole.SENT:
            return fields + SENT_FIELDS
        marks = SENT_FIELDS if self.folder.role is FolderRole.OTHER else ()
        return fields + marks + (REPORT_FIELDS if self._store.messages.any_sent() else ())

    def _aside(self) -> frozenset[int]:
        return self._store.inboxes.aside_in(*self._key)

    def _scan(self, first_uid: int, last_uid: int, *, newest_first: bool = True) -> Iterator[HeaderWindow]:
        """Around what is set aside: a server may hang up on it."""
        spans, first = [], first_uid
        for uid in sorted(uid for uid in self._aside() if first_uid <= uid <= last_uid):
            spans.append((first, uid - 1))
            first = uid + 1
        spans.append((first, last_uid))
        for low, high in reversed(spans) if newest_first else spans:
            if low <= high:
                yield from self.folder.session.scan_headers(low, high, self._fields(), newest_first=newest_first)

    @contextmanager
    def _blaming(self, uid: int) -> Iterator[None]:
        """Where to look with care, should the connection end."""
        try:
            yield
        except MailFault as fault:
            if fault.problem.code in HANGING_UP:
                self._suspect(uid)
            raise

    def _suspect(self, uid: int) -> None:
        aside = self._aside()
        while uid in aside:
            uid += 1
        suspect(self.folder, uid)

    def _with_care(self, uids: Sequence[int], headers: dict[int, FetchedHeader] | None = None) -> bool:
        """Reads all fields of these and takes them; the bodies of many together, but where `headers` are given. False when
        it was cancelled before the last."""
        self.known.refresh()
        aside = self._aside()
        uids = [uid for uid in uids if uid not in aside]
        for start in range(0, len(uids), CHUNK):
            part = list(uids[start : start + CHUNK])
            found = headers
            if found is None:
                with self._blaming(part[0]):
                    found = {h.uid: h for h in self.folder.session.fetch_headers(part, SYNC_FIELDS)}
            if not self._taking.all_of(part, found, bodies_together=headers is None):
                return False
        return not self.cancel.is_set()

    def _count(self) -> None:
        self._store.ledgers.add_headers(self.folder.inbox.id, self.folder.path, self._uncounted)
        self.report.headers_read += self._uncounted
        self._uncounted = 0


def _newest(headers: Sequence[ScannedHeader]) -> datetime | None:
    """Of a sample: to parse all dates of a large folder would take longer than all the rest."""
    sample = headers[:: max(1, len(headers) // 20)]
    return max((header.fetched().internal_date for header in sample), default=None)
