"""One selected folder, and what reading it upwards, downwards and again have in common. Used by `read_upwards`,
`read_downwards` and `read_folder`.

Where a connection ends while a message is read, that message is suspected: it is come upon with fewer and fewer others,
until it stands alone and is set aside (`_headers`, `_blaming`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from app.backends.protocol import FetchedHeader, HeaderWindow
from app.domain.errors import MailFault
from app.domain.logging_rules import FolderRole
from app.services.folder_in_hand import HANGING_UP, PATIENCE, FolderInHand, set_aside, suspect
from app.services.folder_report import EventListener, FolderReport
from app.services.known_ids import PEOPLE_FIELDS, REPORT_FIELDS, SENT_FIELDS, SIEVE_FIELDS, KnownIds
from app.services.meet_copied import addresses_to_look_for, copied_fields
from app.services.take_many import Taking
from app.services.with_contacts import people_to_look_for
from app.store.cursors import FolderCursor
from app.store.fields import now

NARROWING = 14  # 200, 14, 1
DOUBTFUL = 4000  # UIDs next to the place where a connection ended in the middle of a scan
_REMEMBER_AT_ONCE = 300  # answers, in one transaction


class Reading:
    """`pay` is called after each body and each chunk, and may raise MailFault: what was committed stays."""

    CHUNK = 200  # messages between two commits of the cursor, where all fields are read

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
        self.cancel, self._on_events, self._pay = cancel, on_events, pay
        self.waits_for_others = False  # something came that answers what is not known here
        self._room = 0  # for answers that wait: the newest are met first, and later ones want to wait, too
        self._uncounted = 0  # headers read since the ledger was last written
        self._store = folder.workspace.store
        self._key = (folder.inbox.id, folder.path, folder.uid_validity)
        self._taking = Taking(folder, cursor.first_look_until, known, report, cancel, on_events, pay)

    # -- what is read of each message

    @cached_property
    def _people(self) -> frozenset[bytes]:
        folder = self.folder
        copies = addresses_to_look_for(folder.workspace, folder.inbox, folder.path, folder.copies)
        return people_to_look_for(folder.workspace) | copies

    def _fields(self) -> tuple[str, ...]:
        """Of the sieve. Reports are looked for where there may be some about mail that was sent from here."""
        fields = SIEVE_FIELDS + (PEOPLE_FIELDS if self._people else ()) + copied_fields(self.folder.copies)
        if self.folder.role is FolderRole.SENT:
            return fields + SENT_FIELDS
        marks = SENT_FIELDS if self.folder.role is FolderRole.OTHER else ()
        return fields + marks + (REPORT_FIELDS if self._store.messages.any_sent() else ())

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

    def _headers(self, uids: Sequence[int], blame: int, past: Callable[[int], None]) -> dict[int, FetchedHeader]:
        """All fields that decide, of these messages. `blame`: which one is suspected when the connection ends. `past`:
        moves the cursor past a message that stood alone and is set aside, in that transaction."""
        try:
            return {h.uid: h for h in self.folder.session.fetch_headers(uids, self.folder.fields)}
        except MailFault as fault:
            if fault.problem.code in HANGING_UP:
                tries = suspect(self.folder, blame)
                if len(uids) == 1 and tries >= PATIENCE:
                    set_aside(self.folder, uids[0], fault, lambda: past(uids[0]))
            raise

    def _with_care(self, uids: Sequence[int], headers: dict[int, FetchedHeader] | None = None) -> bool:
        """Reads all fields of these and takes them; the bodies of many together, but where `headers` are given. False when
        it was cancelled before the last."""
        self.known.refresh()
        aside = self._aside()
        uids = [uid for uid in uids if uid not in aside]
        for start in range(0, len(uids), self.CHUNK):
            part = list(uids[start : start + self.CHUNK])
            found = headers
            if found is None:
                with self._blaming(part[0]):
                    found = {h.uid: h for h in self.folder.session.fetch_headers(part, self.folder.fields)}
            if not self._taking.all_of(part, found, bodies_together=headers is None):
                return False
        return not self.cancel.is_set()

    # -- what ends connections

    def _aside(self) -> frozenset[int]:
        return self._store.inboxes.aside_in(*self._key)

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

    # -- what is noted, inside of the transactions that move the cursor or before

    def _remember(self, replies: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Before the cursor moves: to remember one twice does no harm."""
        for start in range(0, len(replies), _REMEMBER_AT_ONCE):
            with self._store.transaction(source="sync"):
                some = replies[start : start + _REMEMBER_AT_ONCE]
                self._room -= self._store.waiting.remember(*self._key, some)
                self._store.waiting.expire(self.folder.inbox.id, now())

    def _count(self) -> None:
        self._store.ledgers.add_headers(self.folder.inbox.id, self.folder.path, self._uncounted)
        self.report.headers_read += self._uncounted
        self._uncounted = 0
