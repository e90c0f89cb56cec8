"""One connected inbox: syncs it, waits for what comes, and comes back after every kind of trouble."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.domain.errors import Cancelled, DiskFull, MailFault, SecretError, StoreError
from app.domain.inboxes import SYNCING_STATES, InboxId, state_for
from app.domain.logging_rules import FolderRole
from app.domain.pace import Pace, Watch
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import reconnect_delay
from app.domain.sync_plan import Begin, BeginAgain, FolderPlan, ReadOn
from app.runtime.sent_watch import Connect, SentWatch
from app.runtime.worker import Worker
from app.secrets.protocol import PassphraseNeeded
from app.services.byte_budget import check_budget
from app.services.inbox_state import mark_connected, mark_reached, mark_synced, mark_trouble
from app.services.open_backend import open_account_reading, open_reading
from app.services.sync_inbox import InboxSync

if TYPE_CHECKING:
    from app.backends.protocol import MailBackend
    from app.domain.events import EventId
    from app.services.workspace import Workspace
    from app.store.cursors import FolderCursor

SENT_EVERY = 60.0  # seconds between looks at Sent, where it is not pushed
OTHERS_EVERY = 300.0  # and at the folders that filters move answers to
OTHERS_WHY = "A server tells of one folder on each connection, so that the others are asked in turn."
NO_SENT = "Nobody knows which folder holds sent mail."
SPARING = 6  # times as long, where each byte or each watt counts
ASKED_AGAIN = 60.0  # seconds after which a long wait is looked at again
QUIET_FAILURES = 2  # so many lost connections in a row are nobody's business
HELD_WELL = 30.0  # seconds; a server that ends every connection sooner is not asked again every second
SECRETS_AGAIN = 60.0  # seconds at least: a locked keyring may ask its user each time
SHORT_LIVED = 3  # counts at most as so many failures: 15 s until the next try


class InboxWorker(Worker):
    """Connect, sync, wait for changes (IDLE), again. A fault that passes is tried again after 1 s, 2 s, 5 s … 5 min, or
    after what the server asks for; one that needs a person ends the worker in a state that says so."""

    events_made = Signal(object)  # tuple[EventId, …], new and fit to notify
    state_changed = Signal(int)  # InboxId
    pace_changed = Signal(int)  # InboxId
    secrets_needed = Signal(str, bool)  # the secret store cannot be read: a sentence, whether a passphrase opens it

    lasting = True

    def __init__(self, workspace: Workspace, inbox_id: InboxId, parent: QObject | None = None) -> None:
        super().__init__(f"inbox-{inbox_id}", workspace.store, parent)
        self._workspace = workspace
        self.inbox_id = inbox_id
        self._failures = 0  # connections in a row that did not hold
        self._locked_out = 0  # times in a row that the secret store could not be read
        self._synced_at: float | None = None  # when this connection had read everything
        self.spares = False  # set from the main thread: the network is metered, or the battery low
        self._stirred, self._wished = threading.Event(), threading.Event()
        self._sent = SentWatch(self._another, self.interrupt.set)
        self.next_try: datetime | None = None  # after a fault, UTC; read by the main thread
        self.pace: Pace | None = None  # None while there is no connection; read by the main thread

    def stir(self) -> None:
        """The computer woke up, or has another way to the network: an old connection is looked at, a lost one made anew,
        at once."""
        self._stirred.set()
        self._sent.stir()
        self.wake()

    def wake(self) -> None:
        """Everything is looked at, now."""
        self._wished.set()
        super().wake()

    def _take_wish(self) -> bool:
        """Whether everything is to be looked at; once for each wish."""
        if self.cancel.is_set():
            return False
        self.interrupt.clear()
        if not self._wished.is_set():
            return False  # not cleared: somebody may wish for it just now
        self._wished.clear()
        return True

    def _another(self) -> Connect:
        """One more connection, which takes no turn of this thread."""
        inbox = self._workspace.store.inboxes.get(self.inbox_id)
        credential = self._workspace.credential(inbox)
        return lambda cancel: open_account_reading(inbox.account, credential, cancel)

    def work(self) -> None:
        while not self.cancel.is_set():
            try:
                inbox = self._workspace.store.inboxes.get(self.inbox_id)
                if inbox.state not in SYNCING_STATES:
                    return
                check_budget(self._workspace, inbox)
                with open_reading(self._workspace, inbox, self.cancel) as session:
                    self._locked_out = 0
                    try:
                        self._stay(session)
                    finally:
                        self._set_pace(None)
                        self._sent.end()
            except Cancelled:
                return
            except SecretError as error:
                if not self.cancel.is_set():
                    self._no_secrets(error)
            except (MailFault, StoreError) as error:
                if self.cancel.is_set():
                    return
                if isinstance(error, MailFault):  # the password or the token was there
                    self._locked_out = 0
                self._trouble(error)

    def _no_secrets(self, error: SecretError) -> None:
        """The keyring is locked or broken, the encrypted file waits for its passphrase: told once, shown as the inbox's
        state, and tried again; at once when it was opened here."""
        self._locked_out += 1
        self._note(Problem(ProblemCode.SECRETS_LOCKED, server_says=str(error), own_words=True))
        if self._locked_out == 1:
            self.secrets_needed.emit(str(error), isinstance(error, PassphraseNeeded))
        self._wait(max(SECRETS_AGAIN, reconnect_delay(self._locked_out)), asked=False)

    def _note(self, problem: Problem) -> bool:
        """The problem as the inbox's state, and as an event where that needs a person. False when the disk is full: the
        state is written as soon as it can be."""
        made: tuple[EventId, ...] = ()
        noted = True
        try:
            made = mark_trouble(self._workspace, self.inbox_id, problem)
        except StoreError:
            noted = False
        self.state_changed.emit(self.inbox_id)
        self._tell(made)
        return noted

    def _trouble(self, error: MailFault | StoreError) -> None:
        """Notes it, and waits for the next try. Where a person has to act first, the state says so and ends the worker."""
        if self._synced_at is not None:
            held = time.monotonic() - self._synced_at
            self._failures = 0 if held > HELD_WELL else min(self._failures, SHORT_LIVED)
        self._synced_at = None
        self._failures += 1
        if isinstance(error, MailFault):
            problem = error.problem
        else:
            code = ProblemCode.DISK_FULL if isinstance(error, DiskFull) else ProblemCode.SERVER_BUSY
            problem = Problem(code, server_says=str(error), own_words=True)
        ended = state_for(problem) not in SYNCING_STATES
        told = problem.retry_after is not None  # it takes a while, and the card says why
        if not problem.transient or told or self._failures > QUIET_FAILURES or isinstance(error, StoreError):
            ended = self._note(problem) and ended
        if not ended:
            self._wait(reconnect_delay(self._failures, problem.retry_after), asked=problem.retry_after is not None)

    def _wait(self, seconds: float, *, asked: bool) -> None:
        """Until the next try. What the server `asked` for is waited for whatever happens here; the rest ends when there is
        another network, or somebody wants it."""
        self.next_try = datetime.now(UTC) + timedelta(seconds=seconds)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.cancel.is_set():
            self.pause(min(left, ASKED_AGAIN) if asked else left)
            if not asked or not self._still_asked():
                break
        self.next_try = None
        if self._stirred.is_set():
            self._stirred.clear()
            self._failures = 0

    def _still_asked(self) -> bool:
        """A limit of our own may have been raised, and the day may be over."""
        inbox = self._workspace.store.inboxes.get(self.inbox_id)
        if inbox.problem is None or inbox.problem.code is not ProblemCode.DAILY_LIMIT:
            return True
        try:
            check_budget(self._workspace, inbox)
        except MailFault:
            return True
        return False

    def _stay(self, session: MailBackend) -> None:
        """As long as the connection holds."""
        workspace = self._workspace
        inbox = workspace.store.inboxes.get(self.inbox_id)
        sync = InboxSync(workspace, inbox, session, self.cancel, self._tell, lambda: not self.spares)
        self._wished.clear()  # it is done now
        if mark_reached(workspace, self.inbox_id):
            self.state_changed.emit(self.inbox_id)
        sync.everything()
        looked_at_sent = looked_at_others = self._synced_at = time.monotonic()
        hurried: tuple[FolderCursor | None, int] | None = None  # how it stood when the wait was last left out
        while not self.cancel.is_set():
            sent = next((job.path for job in sync.folders.jobs() if job.role is FolderRole.SENT), "")
            if session.watch().pushed:
                self._sent.tend(sent)
            pace = replace(self._pace(session, sent, sync.folders.too_many), left_out=sync.folders.never_read)
            self._set_pace(pace)
            if mark_connected(workspace, self.inbox_id):
                self.state_changed.emit(self.inbox_id)
            plan, status = sync.inbox_plan()
            cursor = workspace.store.inboxes.cursor(self.inbox_id, "INBOX")
            if cursor is not None:  # a server may tell a higher one at each look
                cursor = replace(cursor, seen_modseq=None, seen_uid_next=0)
            asked = self._take_wish()
            sent_came = self._sent.take_news()
            # Some servers tell no UIDNEXT: then there always may be something new. What was read in vain is not read again
            # before something happens.
            came = _is_news(plan) and hurried != (cursor, status.exists)
            others_every = OTHERS_EVERY * (SPARING if self.spares else 1)
            sent_every = SENT_EVERY if pace.sent.every else others_every
            if came:
                hurried = (cursor, status.exists)
            elif not asked and not sent_came:
                left = min(looked_at_sent + sent_every, looked_at_others + others_every) - time.monotonic()
                came = session.wait_for_change(max(1.0, left), self.interrupt)
            asked = self._take_wish() or asked
            sent_came = self._sent.take_news() or sent_came
            self._stirred.clear()
            if self.cancel.is_set():
                return
            if asked or time.monotonic() - looked_at_others >= others_every or sync.has_first_look:
                sync.everything()
                looked_at_sent = looked_at_others = time.monotonic()
                continue
            if came:
                sync.news()
            sent_due = time.monotonic() - looked_at_sent >= sent_every
            if not self.cancel.is_set() and (sync.wants_sent or sent_came or sent_due):
                sync.others(sent_only=True)
                looked_at_sent = time.monotonic()
            if not self.cancel.is_set():
                mark_synced(workspace, self.inbox_id)

    def _set_pace(self, pace: Pace | None) -> None:
        if pace != self.pace:
            self.pace = pace
            self.pace_changed.emit(self.inbox_id)

    def _pace(self, session: MailBackend, sent: str, too_many: int) -> Pace:
        inbox = session.watch()
        if not sent:
            of_sent = Watch(False, None, NO_SENT)
        else:
            of_sent = self._sent.watch(SENT_EVERY) if inbox.pushed else Watch(False, round(SENT_EVERY), inbox.why)
        others = Watch(False, round(OTHERS_EVERY * (SPARING if self.spares else 1)), OTHERS_WHY)
        return Pace(inbox, of_sent, others, too_many)

    def _tell(self, events: Sequence[EventId]) -> None:
        if events:
            self.events_made.emit(tuple(events))


def _is_news(plan: FolderPlan) -> bool:
    return isinstance(plan, Begin | BeginAgain) or (isinstance(plan, ReadOn) and plan.up)
