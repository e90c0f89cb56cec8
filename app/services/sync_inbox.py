"""Reads what is new in an inbox's folders and logs what belongs to known threads (R1–R3, R9): plan, then do.

Of each message only the header fields that decide are read; a body only when the header says that it answers a message
of ours, or when it is a delivery report. What came is read before what was there: first all folders upwards, then
their first looks, which stop every few seconds to see whether something came into the inbox.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from app.backends.protocol import FolderStatus, MailBackend
from app.domain.changes import Area
from app.domain.errors import MailFault
from app.domain.folders import FolderJob
from app.domain.inboxes import Inbox
from app.domain.logging_rules import FolderRole
from app.domain.problems import ProblemCode
from app.domain.sync_plan import (
    Begin,
    BeginAgain,
    FolderPlan,
    Hold,
    LocalFolder,
    NothingNew,
    ReadOn,
    ServerFolder,
    has_news,
    plan_folder_sync,
)
from app.services.byte_budget import ByteBudget, check_budget
from app.services.find_folders import Folders
from app.services.inbox_state import mark_synced
from app.services.known_ids import KnownIds
from app.services.read_folder import EventListener, FolderReading, FolderReport, Recall
from app.services.take_message import FolderInHand
from app.services.workspace import Workspace
from app.store.cursors import FolderCursor
from app.store.fields import now
from app.store.waiting import WaitingPlace

log = logging.getLogger(__name__)

BREATH = 3.0  # seconds of a first look, after which the inbox is looked at
_ROUNDS = 20  # of settling; each finds at least one more message


class InboxSync:
    """The folders of one inbox on one signed-in connection. `on_events` hears of new events after each commit. `may_dig`:
    whether first looks may go on (they wait on metered networks). Methods raise MailFault when the server is lost, or
    the day's bytes are spent; DiskFull, StoreError; what was committed before stays."""

    def __init__(
        self,
        workspace: Workspace,
        inbox: Inbox,
        session: MailBackend,
        cancel: threading.Event,
        on_events: EventListener = lambda _events: None,
        may_dig: Callable[[], bool] = lambda: True,
    ) -> None:
        self.workspace, self.inbox, self.session = workspace, inbox, session
        self.cancel, self.on_events = cancel, on_events
        self.folders = Folders(workspace, inbox, session)
        self._store = workspace.store
        self._known = KnownIds(workspace.store.messages)
        self._recall = Recall()
        self._reports: dict[str, FolderReport] = {}
        self._breathed = time.monotonic()
        self._may_dig = may_dig
        self._budget = ByteBudget(workspace, inbox, session)
        self._selected: tuple[str, FolderStatus] | None = None
        self._fresh: tuple[str, ...] = ()  # ids that turned up, whose answers may wait
        self.wants_sent = False  # something answers a message that is not known here: it may lie in Sent

    # -- what is asked for

    def everything(self) -> list[FolderReport]:
        """All folders: what came, then what is left of their first looks, then what waited for either."""
        self._reports = {}
        with self._round():
            jobs = self.folders.jobs()
            self.folders.look()
            for job in jobs:
                if not self.cancel.is_set() and self._is_due(job):
                    self._upwards(job)
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
        self._known.refresh()
        try:
            yield
        finally:
            self._budget.count(at_once=True)

    @property
    def has_first_look(self) -> bool:
        """Whether one could go on now."""
        return self._digs() and any(self._unfinished(job.path) is not None for job in self.folders.jobs())

    def _digs(self) -> bool:
        return self._may_dig() and not self._budget.is_short

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
        if self._store.inboxes.due_again(self.inbox.id, job.path, status.uid_validity, now()):
            return True
        with self._store.transaction(source="sync"):
            self._still(job.path, status)
        self._report(job.path)
        return False

    def _upwards(self, job: FolderJob) -> bool:
        """True when something was read. A folder that is gone, or cannot be opened, is passed over, INBOX not."""
        report = self._report(job.path)
        try:
            status = self._select(job.path)
        except MailFault as fault:
            if job.path == "INBOX" or fault.problem.code is not ProblemCode.FOLDER_MISSING:
                raise
            report.note = "It cannot be opened just now."
            self.folders.forget_list()
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
        reading = self._reading(job, cursor, status)
        read = False
        if isinstance(plan, ReadOn) and plan.up:
            before = cursor.next_uid
            reading.up(status)
            self.wants_sent = self.wants_sent or (reading.waits_for_others and job.role is not FolderRole.SENT)
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

    def _still(self, path: str, status: FolderStatus) -> None:
        """Nothing came; messages may have gone. Inside a transaction."""
        self._store.inboxes.saw(
            self.inbox.id, path, status.uid_validity, status.uid_next, status.exists, status.highest_modseq
        )

    def _plan(self, path: str, status: FolderStatus, *, deep: bool) -> FolderPlan:
        cursor = self._store.inboxes.cursor(self.inbox.id, path)
        known = deep and self._store.messages.any_known()
        return plan_folder_sync(_server(status), _local(cursor), anything_known=known, at=now())

    def _begin(self, job: FolderJob, plan: Begin | BeginAgain, status: FolderStatus) -> FolderCursor:
        """A cursor at the folder's newest message: what comes after it is news, what is below it the first look's."""
        newest = self.session.newest_uid() if status.exists else 0
        deep = isinstance(plan, BeginAgain) or plan.deep
        again = isinstance(plan, BeginAgain)
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
            resets=plan.resets if isinstance(plan, BeginAgain) else 0,
            reset_at=now() if again else None,
        )
        if again:
            log.info("%s %s: UIDVALIDITY changed, read from the start", self.inbox.address, job.path)
        self._recall.forget([job.path])
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

    def _first_looks(self, jobs: Iterable[FolderJob]) -> None:
        waiting = [job for job in jobs if self._unfinished(job.path)]
        for job in waiting:
            if not self._digs():
                return
            cursor = self._unfinished(job.path)
            if cursor is None or self.cancel.is_set():
                continue
            if cursor.low_uid < cursor.first_look_until and job.path not in self._recall.windows:
                self._recall.incomplete.add(job.path)
            if cursor.low_uid > 1 and not self._downwards(job):
                return
        if waiting and not self.cancel.is_set():
            self._settle_first_looks(waiting)

    def _unfinished(self, path: str) -> FolderCursor | None:
        cursor = self._store.inboxes.cursor(self.inbox.id, path)
        return None if cursor is None or cursor.first_look_done else cursor

    def _downwards(self, job: FolderJob) -> bool:
        status = self._select(job.path)
        cursor = self._unfinished(job.path)
        if cursor is None or cursor.uid_validity != status.uid_validity:
            return True  # numbered anew just now: the next round sees to it
        days = self._store.settings.get("sync.first_look_days")
        depth = now() - timedelta(days=days) if days else None
        return self._reading(job, cursor, status).down(self._recall, lambda: self._breathe(job, status), depth)

    def _breathe(self, job: FolderJob, status: FolderStatus) -> bool:
        """Between two pieces of a first look: what came into the inbox is taken at once."""
        self._budget.count()
        if not self._digs():
            return False
        if time.monotonic() - self._breathed < BREATH:
            return True
        self._upwards(self.folders.jobs()[0])
        self._breathed = time.monotonic()
        if self.cancel.is_set():
            return False
        return job.path == "INBOX" or self._select(job.path).uid_validity == status.uid_validity

    def _settle_first_looks(self, jobs: list[FolderJob]) -> None:
        """All is read; what turned up on the way may have answers that were passed over above it, or in other folders."""
        unsure = any(job.path in self._recall.incomplete for job in jobs)
        for _ in range(_ROUNDS):
            wanted = {hash(i.encode("utf-8", "surrogateescape")) for i in self._turned_up()}
            if self.cancel.is_set() or not (wanted or unsure):
                break
            unsure = False
            for job in jobs:
                self._look_again(job, wanted)
        if self.cancel.is_set():
            return
        with self._store.transaction(Area.INBOXES, source="sync"):
            for job in jobs:
                cursor = self._unfinished(job.path)
                if cursor is not None and cursor.low_uid <= 1:
                    self._store.inboxes.end_first_look(self.inbox.id, job.path, cursor.uid_validity)
        self._recall.forget([job.path for job in jobs])
        self._settle_turned_up()

    def _look_again(self, job: FolderJob, wanted: set[int]) -> None:
        """The parts of a folder in which something names one of these ids; all of it where that is not remembered."""
        cursor = self._unfinished(job.path)
        windows = self._recall.windows.get(job.path, ())
        ranges = [(w.first_uid, w.last_uid) for w in windows if not wanted.isdisjoint(w.hashes)]
        if cursor is not None and job.path in self._recall.incomplete:
            ranges = [(1, cursor.first_look_until - 1)]
        if cursor is None or not ranges:
            return
        status = self._select(job.path)
        if cursor.uid_validity != status.uid_validity:
            return
        reading = self._reading(job, cursor, status)
        for first, last in ranges:
            if not self.cancel.is_set() and first <= last:
                reading.again(first, last)

    def _turned_up(self) -> tuple[str, ...]:
        self._known.refresh()
        found = self._known.turned_up()
        self._fresh = (*self._fresh, *found)
        return found

    # -- answers that came before what they answer

    def _settle_due(self) -> None:
        """What waited for a message that is known by now, by whatever way it came."""
        for _ in range(_ROUNDS):
            places = self._store.waiting.due(self.inbox.id)
            if not places or self.cancel.is_set():
                return
            self._settle_waiting(places)

    def _settle_turned_up(self) -> None:
        for _ in range(_ROUNDS):
            self._turned_up()
            fresh, self._fresh = self._fresh, ()
            if not fresh or self.cancel.is_set():
                return
            self._settle_waiting(self._store.waiting.answering(self.inbox.id, fresh))

    def _settle_waiting(self, places: Iterable[WaitingPlace]) -> None:
        jobs = {job.path: job for job in self.folders.jobs()}
        self._selected = None  # to list folders may select one
        for place in places:
            if self.cancel.is_set():
                return
            job = jobs.get(place.folder)
            cursor = self._store.inboxes.cursor(self.inbox.id, place.folder)
            if job is not None and cursor is not None and cursor.uid_validity == place.uid_validity:
                status = self._select(job.path, again=False)
                if status.uid_validity == place.uid_validity:
                    self._reading(job, cursor, status).one(place.uid)
            if not self.cancel.is_set():
                with self._store.transaction(source="sync"):
                    self._store.waiting.settle(self.inbox.id, place)

    # -- in hand

    def _select(self, path: str, *, again: bool = True) -> FolderStatus:
        """`again` False: what the server said when it was selected will do."""
        if again or self._selected is None or self._selected[0] != path:
            self._selected = None
            self._selected = path, self.session.select(path)
        return self._selected[1]

    def _reading(self, job: FolderJob, cursor: FolderCursor, status: FolderStatus) -> FolderReading:
        folder = FolderInHand(self.workspace, self.inbox, self.session, job.path, job.role, status.uid_validity)
        return FolderReading(
            folder, cursor, self._known, self._report(job.path), self.cancel, self.on_events, self._budget.pay
        )

    def _report(self, path: str) -> FolderReport:
        return self._reports.setdefault(path, FolderReport(path))


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
