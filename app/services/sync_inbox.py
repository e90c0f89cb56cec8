"""Reads what is new in an inbox's folders and logs what belongs to known threads (R1–R3, R9): plan, then do.

Of each message only the header fields that decide are read; a body only when the header says that it answers a message
of ours, or when it is a delivery report. What was read goes into the ledger in the transaction that advances the
cursor: after a crash nothing is logged twice and nothing is missed.
"""

from __future__ import annotations

import logging
import threading
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.backends.protocol import FetchedHeader, MailBackend
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.domain.events import EventId
from app.domain.inboxes import Inbox
from app.domain.logging_rules import FolderRole
from app.domain.problems import Problem, ProblemCode
from app.domain.sync_plan import LocalFolder, NothingNew, ReadFrom, ServerFolder, StartAtEnd, plan_folder_sync
from app.mime.headers import SYNC_FIELDS, parse_header_block
from app.services.inbox_state import mark_synced
from app.services.take_message import (
    HANGING_UP,
    PATIENCE,
    FolderInHand,
    Taken,
    known_ids,
    next_look,
    set_aside,
    suspect,
    take_message,
)
from app.services.workspace import Workspace
from app.store.fields import now
from app.store.inboxes import FolderCursor

log = logging.getLogger(__name__)

CHUNK = 200  # messages between two commits of the cursor
NARROWING = 14  # 200, 14, 1

EventListener = Callable[[Sequence[EventId]], None]


@dataclass
class FolderReport:
    """What one run read of one folder. `events`: new ones that may notify."""

    path: str
    headers_read: int = 0
    bodies_read: int = 0
    logged: int = 0
    events: list[EventId] = field(default_factory=list)

    def count(self, taken: Taken, on_events: EventListener) -> None:
        self.bodies_read += taken.body_read
        self.logged += taken.logged
        self.events.extend(taken.events)
        if taken.events:
            on_events(taken.events)


def sync_folders(
    workspace: Workspace,
    inbox: Inbox,
    session: MailBackend,
    cancel: threading.Event,
    on_events: EventListener = lambda _events: None,
) -> list[FolderReport]:
    """Inbox and Sent, one after the other. `on_events` hears of new events after each commit. Raises MailFault when
    the server is lost, DiskFull, StoreError; what was committed before stays."""
    reports = []
    for path, role in folders_of(inbox, session):
        if cancel.is_set():
            break
        reports.append(sync_folder(workspace, inbox, session, path, role, cancel, on_events))
    if not cancel.is_set():
        mark_synced(workspace, inbox.id)
    return reports


def folders_of(inbox: Inbox, session: MailBackend) -> list[tuple[str, FolderRole]]:
    """INBOX and the Sent folder, where there is one."""
    sent = session.find_sent_folder() or ""
    return [("INBOX", FolderRole.INBOX), *([(sent, FolderRole.SENT)] if sent else [])]


def local_folder(cursor: FolderCursor | None) -> LocalFolder | None:
    """What the plan needs of a stored cursor."""
    if cursor is None:
        return None
    return LocalFolder(cursor.uid_validity, cursor.next_uid, cursor.first_look_until, cursor.first_look_done)


def sync_folder(
    workspace: Workspace,
    inbox: Inbox,
    session: MailBackend,
    path: str,
    role: FolderRole,
    cancel: threading.Event,
    on_events: EventListener = lambda _events: None,
) -> FolderReport:
    """One folder, from its cursor to its end."""
    store = workspace.store
    status = session.select(path)
    cursor = store.inboxes.cursor(inbox.id, path)
    plan = plan_folder_sync(
        ServerFolder(status.uid_validity, status.uid_next, status.exists),
        local_folder(cursor),
        anything_known=store.messages.any_known(),
    )
    report = FolderReport(path)
    folder = FolderInHand(workspace, inbox, session, path, role, status.uid_validity)
    match plan:
        case NothingNew():
            with store.transaction(source="sync"):
                store.inboxes.touch_cursor(inbox.id, path)
        case StartAtEnd(uid_validity, next_uid):
            with store.transaction(Area.INBOXES, source="sync"):
                start = FolderCursor(path, role.value, uid_validity, next_uid, next_uid, True)
                store.inboxes.put_cursor(inbox.id, start)
        case ReadFrom():
            _FolderReading(folder, plan, report, cancel, on_events, status.uid_next).run()
    if cursor is not None and cursor.uid_validity == status.uid_validity:
        _try_again(folder, cursor.first_look_until, report, cancel, on_events)
    return report


@dataclass
class _FolderReading:
    """Carries out a ReadFrom plan in chunks, ascending by UID."""

    folder: FolderInHand
    plan: ReadFrom
    report: FolderReport
    cancel: threading.Event
    on_events: EventListener
    uid_next: int  # as the server said at the beginning; 0 when it does not tell
    _uncounted: int = 0  # headers read since the cursor was last committed

    def run(self) -> None:
        if self.plan.renumbered:
            log.info("%s %s: UIDVALIDITY changed, read from the start", self.folder.inbox.address, self.folder.path)
        next_uid = self.plan.first_uid
        while not self.cancel.is_set():
            found = array("Q", self.folder.session.uids_from(next_uid))
            if not found:
                # The newest messages may be gone already: without the server's own word for where its numbers go on, it
                # would seem to have something new for ever.
                self._commit(max(next_uid, self.uid_next), done=True)
                return
            next_uid = self._read(found)

    def _read(self, found: array[int]) -> int:
        """These messages, in chunks. Gives the UID to go on from."""
        place = 0
        while place < len(found) and not self.cancel.is_set():
            uids = self._narrowed(found[place : place + CHUNK].tolist())
            headers = self._headers(uids)
            self._chunk(uids, headers)
            place += len(uids)
        return found[place - 1] + 1 if place else self.plan.first_uid

    def _narrowed(self, uids: list[int]) -> list[int]:
        """Fewer of them where a connection ended before, so that the message that is to blame is found soon."""
        folder = self.folder
        suspect_uid = folder.workspace.store.inboxes.next_suspect(
            folder.inbox.id, folder.path, folder.uid_validity, uids[0]
        )
        if suspect_uid is None:
            return uids
        share = [uid for uid in uids if uid <= suspect_uid]
        return share[: max(1, len(share) // NARROWING)]

    def _headers(self, uids: list[int]) -> dict[int, FetchedHeader]:
        try:
            return {h.uid: h for h in self.folder.session.fetch_headers(uids, SYNC_FIELDS)}
        except MailFault as fault:
            if fault.problem.code in HANGING_UP:
                tries = suspect(self.folder, uids[-1])
                if len(uids) == 1 and tries >= PATIENCE:
                    set_aside(self.folder, uids[0], fault, lambda: self._advance(uids[0] + 1))
            raise

    def _chunk(self, uids: list[int], headers: dict[int, FetchedHeader]) -> None:
        facts = {uid: parse_header_block(h.header) for uid, h in headers.items()}
        met = [(facts[uid], header) for uid, header in headers.items()]
        known = known_ids(self.folder.workspace, met)
        stored = True
        for uid in uids:
            if self.cancel.is_set():
                return  # the cursor stays behind what was judged by header alone: that is read again, nothing is lost
            header = headers.get(uid)  # None: deleted between search and fetch
            stored = False
            if header is None:
                continue
            self._uncounted += 1
            if not header.header:  # the server could not give it, or what it gave makes no sense
                broken = MailFault(Problem(ProblemCode.BROKEN_MESSAGE))
                set_aside(self.folder, uid, broken, lambda uid=uid: self._advance(uid + 1))  # type: ignore[misc]
                stored = True
                continue
            taken = take_message(
                self.folder,
                header,
                facts[uid],
                known,
                first_look=uid < self.plan.first_look_until,
                advance=lambda uid=uid: self._advance(uid + 1),  # type: ignore[misc]
            )
            self.report.count(taken, self.on_events)
            stored = taken.stored
            if taken.logged:  # a later message of this chunk may answer it
                known |= known_ids(self.folder.workspace, [(facts[uid], header)])
        if not stored:
            self._commit(uids[-1] + 1)

    def _commit(self, next_uid: int, *, done: bool = False) -> None:
        with self.folder.workspace.store.transaction(Area.INBOXES, Area.LEDGER, source="sync"):
            self._advance(next_uid, done=done)

    def _advance(self, next_uid: int, *, done: bool = False) -> None:
        """Inside a transaction: moves the cursor, and writes into the ledger what was read on the way."""
        store, plan = self.folder.workspace.store, self.plan
        store.ledgers.add_headers(self.folder.inbox.id, self.folder.path, self._uncounted)
        self.report.headers_read += self._uncounted
        self._uncounted = 0
        finished = done or next_uid >= plan.first_look_until
        until = min(plan.first_look_until, next_uid) if done else plan.first_look_until
        cursor = FolderCursor(self.folder.path, self.folder.role.value, plan.uid_validity, next_uid, until, finished)
        store.inboxes.put_cursor(self.folder.inbox.id, cursor)
        store.inboxes.clear_suspects(self.folder.inbox.id, self.folder.path, plan.uid_validity, next_uid)


def _try_again(
    folder: FolderInHand,
    first_look_until: int,
    report: FolderReport,
    cancel: threading.Event,
    on_events: EventListener,
) -> None:
    """Messages that were set aside earlier and are due. Each is put off before it is tried: what ends the connection,
    or the program, does so once and not every time."""
    inboxes, key = folder.workspace.store.inboxes, (folder.inbox.id, folder.path, folder.uid_validity)
    for uid, tries, reason in inboxes.due_again(*key, now()):
        if cancel.is_set():
            return
        with folder.workspace.store.transaction(source="sync"):
            inboxes.set_aside(*key, uid, reason, now() + next_look(tries))
        found = list(folder.session.fetch_headers([uid], SYNC_FIELDS))
        taken = Taken()
        if found and found[0].header:
            facts = parse_header_block(found[0].header)
            known = known_ids(folder.workspace, [(facts, found[0])])
            early = uid < first_look_until
            taken = take_message(folder, found[0], facts, known, first_look=early, advance=_cursor_stays, again=True)
            report.count(taken, on_events)
        if not found or (found[0].header and not taken.set_aside):
            with folder.workspace.store.transaction(Area.INBOXES, source="sync"):
                inboxes.take_back(*key, uid)


def _cursor_stays() -> None:
    """The cursor is past a message that was set aside."""
