"""Reads what is new in an inbox's folders and logs what belongs to known threads (R1–R3, R9): plan, then do.

Of each message only the header fields that decide are read; a body only when the header says that it answers a message
of ours, or when it is a delivery report. What came is read before what was there: first all folders upwards, then
their first looks, which stop every few seconds to see whether something came into the inbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from app.backends.protocol import FolderStatus, MailBackend
from app.domain.changes import Area
from app.domain.folders import FolderJob
from app.domain.inboxes import Inbox
from app.domain.logging_rules import FolderRole
from app.domain.sync_plan import (
    Begin,
    BeginAgain,
    FolderPlan,
    Hold,
    LocalFolder,
    NothingNew,
    ReadOn,
    ServerFolder,
    has_come,
    has_news,
    plan_folder_sync,
)
from app.services.byte_budget import check_budget
from app.services.folder_report import EventListener, FolderReport
from app.services.forget_moved import forget_moved, missing
from app.services.inbox_state import mark_synced
from app.services.read_folder import FolderReading
from app.services.settle_answers import Settling
from app.services.with_contacts import people_to_look_for
from app.services.workspace import Workspace
from app.store.cursors import FolderCursor
from app.store.fields import now

log = logging.getLogger(__name__)

BREATH = 3.0  # seconds of a first look, after which the folders that are watched are looked at


class InboxSync(Settling):
    """The folders of one inbox on one signed-in connection. `on_events` hears of new events after each commit. `may_dig`:
    whether first looks may go on (they wait on metered networks). Methods raise MailFault when the server is lost, or
    the day's bytes are spent; DiskFull, StoreError; what was committed before stays."""

    # -- what is asked for

    def everything(self) -> list[FolderReport]:
        """All folders: what came, then what is left of their first looks, then what waited for either."""
        self._reports = {}
        self._closed.clear()
        with self._round():
            jobs = self.folders.jobs()
            self.folders.look()
            self._begin_put_off(jobs)
            for job in jobs:
                if not self.cancel.is_set() and self._is_due(job):
                    self._upwards(job)
            self._settle_drafts()
            self._settle_due()
            self._first_looks(jobs)
        if not self.cancel.is_set():
            with self._store.transaction(source="sync"):
                self._store.waiting.expire(self.inbox.id, now())
            mark_synced(self.workspace, self.inbox.id)
        return list(self._reports.values())

    def news(self) -> bool:
        """What came into the inbox. It is selected then, and whether there was anything is the answer."""
        with self._round():
            read = self._upwards(self.folders.jobs()[0])
            self._settle_turned_up()
        return read

    def others(self, *, sent_only: bool = False) -> None:
        """What came into the other folders, those alone opened that changed."""
        self.wants_sent = False
        with self._round():
            self.folders.look(sent_only=sent_only)
            for job in self.folders.jobs()[1:]:
                wanted = job.role is FolderRole.SENT or not sent_only
                if wanted and not self.cancel.is_set() and self._is_due(job):
                    self._upwards(job)
            self._settle_turned_up()

    @contextmanager
    def _round(self) -> Iterator[None]:
        """Between its ends bytes are paid for."""
        check_budget(self.workspace, self.inbox)
        self._store.spare_memory()
        self._known.refresh()
        try:
            yield
        finally:
            self._budget.count(at_once=True)

    @property
    def has_first_look(self) -> bool:
        """Whether one could go on now."""
        if not self._digs():
            return False
        jobs = [job for job in self.folders.jobs() if job.path not in self._closed]
        return any(self._is_waiting(job.path) for job in jobs) or bool(self._put_off(jobs))

    def _is_waiting(self, path: str) -> bool:
        """Whether its first look is unfinished, and the folder is not left alone for now."""
        cursor = self._unfinished(path)
        return cursor is not None and (cursor.held_until is None or cursor.held_until <= now())

    def inbox_plan(self) -> tuple[FolderPlan, FolderStatus]:
        """Selects the inbox, and says what is to be done about it."""
        status = self._select("INBOX")
        return self._plan("INBOX", status, deep=True), status

    # -- a folder upwards

    def _is_due(self, job: FolderJob) -> bool:
        """Without opening it. INBOX is always opened: the server then tells of news by itself."""
        if job.path == "INBOX":
            return True
        status, cursor = self.folders.state(job.path), self._store.inboxes.cursor(self.inbox.id, job.path)
        if status is None or cursor is None:
            return True
        if not isinstance(self._plan(job.path, status, deep=job.deep), NothingNew | ReadOn):
            return True
        local = _local(cursor)
        if local is not None and has_news(_server(status), local):
            return True
        if missing(cursor, status) and self._store.messages.located(self.inbox.id, job.path, status.uid_validity):
            return True
        if self._store.inboxes.due_again(self.inbox.id, job.path, status.uid_validity, now()):
            return True
        with self._store.transaction(source="sync"):
            self._still(job.path, status)
        self._report(job.path)
        return False

    def _upwards(self, job: FolderJob) -> bool:
        """True when something was read. A folder that is gone, or cannot be opened, is passed over, INBOX not."""
        report = self._report(job.path)
        status = self._try_select(job.path)
        if status is None:
            return False
        plan = self._plan(job.path, status, deep=job.deep)
        match plan:
            case Hold(until):
                report.note = (
                    f"The server numbered it anew again and again. It is left alone until {until:%d %B, %H:%M} UTC."
                )
                log.warning("%s %s: %s", self.inbox.address, job.path, report.note)
                with self._store.transaction(Area.INBOXES, source="sync"):
                    self._store.inboxes.hold_folder(self.inbox.id, job.path, until)
                return False
            case Begin() | BeginAgain():
                cursor = self._begin(job, plan, status)
            case _:
                found = self._store.inboxes.cursor(self.inbox.id, job.path)
                assert found is not None  # the plan is made of it
                cursor = found
                forget_moved(self.workspace, self.inbox, self.session, cursor, status)
        reading = self._reading(job, cursor, status)
        read = False
        if isinstance(plan, ReadOn) and plan.up:
            before = cursor.next_uid
            self._read_up(job, reading, status)
            self._mark(job.path)
            after = self._store.inboxes.cursor(self.inbox.id, job.path)
            read = after is not None and after.next_uid != before
        else:
            with self._store.transaction(source="sync"):
                if isinstance(plan, NothingNew):
                    self._still(job.path, status)
        if isinstance(plan, ReadOn | NothingNew) and not self.cancel.is_set():
            reading.set_aside_earlier()
        return read

    def _read_up(self, job: FolderJob, reading: FolderReading, status: FolderStatus) -> None:
        reading.up(status)
        self.wants_sent = self.wants_sent or (reading.waits_for_others and job.role is not FolderRole.SENT)

    def _still(self, path: str, status: FolderStatus) -> None:
        """Nothing came; messages may have gone. Inside a transaction."""
        self._store.inboxes.saw(
            self.inbox.id, path, status.uid_validity, status.uid_next, status.exists, status.highest_modseq,
            status.sync_state,
        )  # fmt: skip

    def _plan(self, path: str, status: FolderStatus, *, deep: bool) -> FolderPlan:
        cursor = self._store.inboxes.cursor(self.inbox.id, path)
        return plan_folder_sync(_server(status), _local(cursor), anything_known=deep and self._seeks(), at=now())

    def _seeks(self) -> bool:
        """Whether there is anything that mail which is there already could belong to. See `InboxCard.nothing_to_seek`."""
        return self._store.messages.any_known() or bool(self._copies()) or bool(people_to_look_for(self.workspace))

    def _begin(self, job: FolderJob, plan: Begin | BeginAgain, status: FolderStatus) -> FolderCursor:
        """A cursor at the folder's newest message: what comes after it is news, what is below it the first look's."""
        newest = self.session.newest_uid() if status.exists else 0
        again = isinstance(plan, BeginAgain)
        deep = self._seeks() if isinstance(plan, BeginAgain) else plan.deep
        start = FolderCursor(
            path=job.path,
            role=job.role.value,
            uid_validity=plan.uid_validity,
            next_uid=newest + 1,
            low_uid=newest + 1 if deep else 1,
            first_look_until=newest + 1,
            first_look_done=not deep or newest == 0,
            first_look_total=status.exists if deep else 0,
            seen_uid_next=status.uid_next,
            seen_exists=status.exists,
            seen_modseq=status.highest_modseq,
            sync_state=status.sync_state,
            resets=plan.resets if isinstance(plan, BeginAgain) else 0,
            reset_at=now() if again else None,
        )
        if again:
            log.info("%s %s: UIDVALIDITY changed, read from the start", self.inbox.address, job.path)
        with self._store.transaction(Area.INBOXES, source="sync"):
            cursor = self._store.inboxes.put_cursor(self.inbox.id, start)
        self._mark(job.path)
        return cursor

    def _mark(self, path: str) -> None:
        """Notes the newest message's id: by it the folder is known again after it got another name."""
        cursor = self._store.inboxes.cursor(self.inbox.id, path)
        if cursor is None or path == "INBOX" or cursor.mark_uid == cursor.next_uid - 1 or cursor.next_uid <= 1:
            return
        uid = cursor.next_uid - 1
        if uid in self._store.inboxes.aside_in(self.inbox.id, path, cursor.uid_validity):
            return  # the server may hang up on it: the one before stays the mark
        for header in self.session.fetch_headers([uid], ("Message-ID",)):
            with self._store.transaction(source="sync"):
                self._store.inboxes.mark_folder(
                    self.inbox.id,
                    path,
                    cursor.uid_validity,
                    uid,
                    header.header.decode("ascii", "replace").strip()[:998],
                )

    # -- first looks

    def _put_off(self, jobs: Iterable[FolderJob]) -> list[FolderCursor]:
        """Of the folders whose first look has ended with nothing to look for, and where there is something by now. People
        who become contacts later are nothing that older mail is looked through for."""
        found = [self._store.inboxes.cursor(self.inbox.id, job.path) for job in jobs if job.deep]
        put_off = [cursor for cursor in found if cursor is not None and cursor.put_off]
        return put_off if put_off and self._store.messages.any_known() else []

    def _begin_put_off(self, jobs: Iterable[FolderJob]) -> None:
        """Before what came is read: that is news."""
        cursors = self._put_off(jobs)
        if cursors:
            with self._store.transaction(Area.INBOXES, source="sync"):
                for cursor in cursors:
                    self._store.inboxes.begin_put_off(self.inbox.id, cursor)

    def _first_looks(self, jobs: Iterable[FolderJob]) -> None:
        waiting = [job for job in jobs if self._is_waiting(job.path)]
        if waiting and not self._seeks():  # what it was sought for is deleted since
            self._end_first_looks((job.path for job in waiting), in_vain=True)
            return
        for job in waiting:
            if not self._digs():
                return
            cursor = self._unfinished(job.path)
            if cursor is None or self.cancel.is_set():
                continue
            if cursor.low_uid > 1 and not self._downwards(job):
                return
        if waiting and not self.cancel.is_set():
            self._settle_first_looks(waiting, self._breathe)

    def _downwards(self, job: FolderJob) -> bool:
        status = self._try_select(job.path)
        cursor = self._unfinished(job.path)
        if status is None or cursor is None or cursor.uid_validity != status.uid_validity:
            return True  # numbered anew just now, or closed: the next round sees to it
        days = self._store.settings.get("sync.first_look_days")
        depth = now() - timedelta(days=days) if days else None
        return self._reading(job, cursor, status).down(lambda: self._breathe(job, status), depth)

    def _breathe(self, job: FolderJob, status: FolderStatus) -> bool:
        """Between two pieces of a first look: what came into the inbox is taken at once."""
        self._budget.count()
        if not self._digs():
            return False
        if time.monotonic() - self._breathed < BREATH:
            return True
        same = self._glance(job, status)
        self._breathed = time.monotonic()
        return same and not self.cancel.is_set()

    def _glance(self, job: FolderJob, status: FolderStatus) -> bool:
        """What came into the folders that are watched, INBOX and Sent. To select a folder throws away what is on its way: only
        when messages came, and not for flags. False when the folder in hand is not what it was."""
        pushed = self.folders.pushed
        if job.path in (other.path for other in pushed):
            cursor = self._store.inboxes.cursor(self.inbox.id, job.path)
            if cursor is None or cursor.uid_validity != status.uid_validity:
                return False
            self._read_up(job, self._reading(job, cursor, status), status)
        others = [other for other in pushed if other.path != job.path and other.path not in self._closed]
        states = self.session.states([other.path for other in others])
        came = [other for other in others if self._has_come(other, states.get(other.path))]
        if not came or self.cancel.is_set():
            return True
        for other in came:
            self._upwards(other)
        opened = self._try_select(job.path)
        return opened is not None and opened.uid_validity == status.uid_validity

    def _has_come(self, job: FolderJob, status: FolderStatus | None) -> bool:
        local = _local(self._store.inboxes.cursor(self.inbox.id, job.path))
        if status is None or local is None:
            return job.path == "INBOX"
        return has_come(_server(status), local)


def sync_folders(
    workspace: Workspace,
    inbox: Inbox,
    session: MailBackend,
    cancel: threading.Event,
    on_events: EventListener = lambda _events: None,
) -> list[FolderReport]:
    """All folders of an inbox, once. See `InboxSync`."""
    return InboxSync(workspace, inbox, session, cancel, on_events).everything()


def _server(status: FolderStatus) -> ServerFolder:
    return ServerFolder(status.uid_validity, status.uid_next, status.exists, status.highest_modseq)


def _local(cursor: FolderCursor | None) -> LocalFolder | None:
    """What the plan needs of a stored cursor."""
    if cursor is None:
        return None
    return LocalFolder(
        uid_validity=cursor.uid_validity,
        next_uid=cursor.next_uid,
        low_uid=cursor.low_uid,
        first_look_done=cursor.first_look_done,
        seen_uid_next=cursor.seen_uid_next,
        seen_exists=cursor.seen_exists,
        seen_modseq=cursor.seen_modseq,
        resets=cursor.resets,
        reset_at=cursor.reset_at,
    )
