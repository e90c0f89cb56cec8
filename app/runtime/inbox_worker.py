"""One connected inbox: syncs it, waits for what comes, and comes back after every kind of trouble."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, Signal

from app.backends.protocol import MailBackend
from app.domain.errors import Cancelled, DiskFull, MailFault, SecretError, StoreError
from app.domain.events import EventId
from app.domain.inboxes import SYNCING_STATES, InboxId, state_for
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import reconnect_delay
from app.domain.sync_plan import NothingNew, ServerFolder, plan_folder_sync
from app.runtime.worker import Worker
from app.secrets.protocol import PassphraseNeeded
from app.services.inbox_state import mark_connected, mark_synced, mark_trouble
from app.services.open_backend import open_reading
from app.services.sync_inbox import folders_of, local_folder, sync_folder, sync_folders
from app.services.workspace import Workspace
from app.store.inboxes import FolderCursor

SENT_EVERY = 120.0  # seconds between looks at Sent, where nothing is pushed
QUIET_FAILURES = 2  # so many lost connections in a row are nobody's business
HELD_WELL = 30.0  # seconds; a server that ends every connection sooner is not asked again every second
SECRETS_AGAIN = 60.0  # seconds at least: a locked keyring may ask its user each time
SHORT_LIVED = 3  # counts at most as so many failures: 15 s until the next try


class InboxWorker(Worker):
    """Connect, sync, wait for changes (IDLE), again. A fault that passes is tried again after 1 s, 2 s, 5 s … 5 min, or
    after what the server asks for; one that needs a person ends the worker in a state that says so."""

    events_made = Signal(object)  # tuple[EventId, …], new and fit to notify
    state_changed = Signal(int)  # InboxId
    secrets_needed = Signal(str, bool)  # the secret store cannot be read: a sentence, whether a passphrase opens it

    lasting = True

    def __init__(self, workspace: Workspace, inbox_id: InboxId, parent: QObject | None = None) -> None:
        super().__init__(f"inbox-{inbox_id}", workspace.store, parent)
        self._workspace = workspace
        self.inbox_id = inbox_id
        self._failures = 0  # connections in a row that did not hold
        self._locked_out = 0  # times in a row that the secret store could not be read
        self._synced_at: float | None = None  # when this connection had read everything
        self.next_try: datetime | None = None  # after a fault, UTC; read by the main thread

    def work(self) -> None:
        while not self.cancel.is_set():
            try:
                inbox = self._workspace.store.inboxes.get(self.inbox_id)
                if inbox.state not in SYNCING_STATES:
                    return
                with open_reading(self._workspace, inbox, self.cancel) as session:
                    self._locked_out = 0
                    self._stay(session)
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
        self._note(Problem(ProblemCode.SECRETS_LOCKED, server_says=str(error)))
        if self._locked_out == 1:
            self.secrets_needed.emit(str(error), isinstance(error, PassphraseNeeded))
        self._wait(max(SECRETS_AGAIN, reconnect_delay(self._locked_out)))

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
            problem = Problem(code, server_says=str(error))
        ended = state_for(problem) not in SYNCING_STATES
        if not problem.transient or self._failures > QUIET_FAILURES or isinstance(error, StoreError):
            ended = self._note(problem) and ended
        if not ended:
            self._wait(reconnect_delay(self._failures, problem.retry_after))

    def _wait(self, seconds: float) -> None:
        self.next_try = datetime.now(UTC) + timedelta(seconds=seconds)
        self.pause(seconds)
        self.next_try = None

    def _stay(self, session: MailBackend) -> None:
        """As long as the connection holds."""
        workspace = self._workspace
        inbox = workspace.store.inboxes.get(self.inbox_id)
        sync_folders(workspace, inbox, session, self.cancel, self._tell)
        looked_at_sent = self._synced_at = time.monotonic()
        hurried: tuple[FolderCursor | None, int] | None = None  # how it stood when the wait was last left out
        while not self.cancel.is_set():
            if mark_connected(workspace, self.inbox_id):
                self.state_changed.emit(self.inbox_id)
            status = session.select("INBOX")
            cursor = workspace.store.inboxes.cursor(self.inbox_id, "INBOX")
            seen = ServerFolder(status.uid_validity, status.uid_next, status.exists)
            plan = plan_folder_sync(seen, local_folder(cursor), anything_known=True)
            asked = self.interrupt.is_set()
            if not self.cancel.is_set():
                self.interrupt.clear()
            # Some servers tell no UIDNEXT: then there always may be something new. What was read in vain is not read again
            # before something happens.
            if not asked and (isinstance(plan, NothingNew) or hurried == (cursor, status.exists)):
                left = SENT_EVERY - (time.monotonic() - looked_at_sent)
                session.wait_for_change(max(1.0, left), self.interrupt)
            elif not asked:
                hurried = (cursor, status.exists)
            for path, role in folders_of(inbox, session):
                sent_is_due = asked or time.monotonic() - looked_at_sent >= SENT_EVERY or self.interrupt.is_set()
                if self.cancel.is_set() or (path != "INBOX" and not sent_is_due):
                    continue
                sync_folder(workspace, inbox, session, path, role, self.cancel, self._tell)
                if path != "INBOX":
                    looked_at_sent = time.monotonic()
            if not self.cancel.is_set():
                mark_synced(workspace, self.inbox_id)

    def _tell(self, events: Sequence[EventId]) -> None:
        if events:
            self.events_made.emit(tuple(events))
