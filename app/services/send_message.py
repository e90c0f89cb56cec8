"""Sends what is due in the outbox, one recipient at a time, so that a crash at any point neither loses nor doubles.

The order of commits is the whole point (M7): the message is on the timeline before anything goes out; a copy is
IN_FLIGHT, committed, before the first byte of its content; what the server answered is committed before the next copy.
A copy found IN_FLIGHT later was interrupted: Sent proves that it went out where the server files copies there, and else
it is left to the person. Nothing is sent again on the strength of not being found.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from app.backends.protocol import MailBackend, MailSender
from app.backends.smtp import Accepted, Deferred, Refused, Unknown
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import Cancelled, HitchpostError, MailFault, StoreError
from app.domain.inboxes import Inbox
from app.domain.outbox import CopyState, OutboxCopy, OutboxId, OutboxMessage, OutboxState, outcome, settle_copy
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import SEND_STEPS, next_send_try
from app.services.file_sent_copy import filed_by_server
from app.services.open_backend import open_reading, open_sending
from app.services.prepare_message import recipient_copy, record_message, sender_of
from app.services.send_allowance import limit_reached
from app.services.tracking_server import TrackingTarget, find_tracking_for
from app.services.unaddress_drafts import unaddress_undone
from app.services.workspace import Workspace
from app.store.fields import now

AREAS = (Area.OUTBOX, Area.MESSAGES)
SETTLE_AFTER = timedelta(minutes=5)  # for so long Sent is looked at again for a copy whose answer was lost
LOOK_FOR = timedelta(hours=1)  # for so long a Sent that cannot be looked at is waited for
OVERDUE = timedelta(days=1)  # what should have gone out longer ago may not fit any more: the person sends it
_OUT_OF_STEP = frozenset({ProblemCode.PROTOCOL_ERROR, ProblemCode.ANSWER_TOO_LARGE})  # said by the server once, perhaps
KEEP_TRYING = 20.0  # seconds in which a server's answer is held for a disk without room


def send_due(workspace: Workspace, cancel: threading.Event) -> tuple[OutboxId, ...]:
    """Sends everything that is due. Returns what was worked on. `cancel` ends it between two copies. What stops one
    message (a lost attachment, the disk, the keyring) stops no other: it is raised when all had their turn."""
    done = []
    fault: HitchpostError | None = None
    for outbox_id in workspace.store.outbox.due(now()):
        if cancel.is_set():
            break
        try:
            if send_message(workspace, outbox_id, cancel):
                done.append(outbox_id)
        except HitchpostError as error:
            fault = fault or error
    if fault is not None:
        raise fault
    return tuple(done)


def send_message(workspace: Workspace, outbox_id: OutboxId, cancel: threading.Event) -> OutboxState | None:
    """One message, as far as it can go now. None when another process has it or it is not due. DRAFT when its time is
    long past, because the computer was off: then the person decides."""
    store = workspace.store
    with store.transaction(*AREAS, source="send"):
        if store.outbox.return_overdue(outbox_id, now() - OVERDUE, Problem(ProblemCode.OVERDUE)):
            unaddress_undone(store, outbox_id)
            return OutboxState.DRAFT
        if not store.outbox.claim(outbox_id, now()):
            return None
    message = _get(workspace, outbox_id)
    inbox = store.inboxes.get(message.draft.inbox_id)
    try:
        return _Sending(workspace, message, inbox, cancel).run()
    except Cancelled:
        with store.transaction(*AREAS, source="send"):
            store.outbox.defer(outbox_id, now(), None)
        return OutboxState.QUEUED
    except MailFault as fault:
        return _defer_or_fail(workspace, outbox_id, fault.problem)
    except HitchpostError:
        # Disk, keyring or a lost attachment: the next try starts where this one stopped.
        with store.transaction(*AREAS, source="send"):
            store.outbox.defer(outbox_id, now() + SEND_STEPS[0], None)
        raise


@dataclass
class _Sending:
    workspace: Workspace
    message: OutboxMessage
    inbox: Inbox
    cancel: threading.Event

    def run(self) -> OutboxState:
        store = self.workspace.store
        if self.message.logged_pk is None:
            record_message(self.workspace, self.message, self._find_tracking())
            self.message = _get(self.workspace, self.message.id)
        self._settle_interrupted()
        with ExitStack() as stack:
            self._send_pending(stack)
        self.message = _get(self.workspace, self.message.id)
        states = [c.state for c in _wanted(self.message)]
        if CopyState.IN_FLIGHT in states:  # Sent is looked at again with the next try
            lost = (c.problem for c in self.message.copies if c.state == CopyState.IN_FLIGHT and c.problem)
            return _defer_or_fail(self.workspace, self.message.id, next(lost, self._unknown()))
        if CopyState.PENDING in states:
            told = [c for c in self.message.copies if c.problem and c.state in (CopyState.PENDING, CopyState.UNKNOWN)]
            waiting = min(told, key=lambda c: c.state != CopyState.PENDING).problem if told else None
            if self.cancel.is_set() and waiting is None:
                with store.transaction(*AREAS, source="send"):
                    store.outbox.defer(self.message.id, now(), None)
                return OutboxState.QUEUED
            return _defer_or_fail(self.workspace, self.message.id, waiting, refused_for_now=True)
        state, problem = outcome(self.message.copies)
        with store.transaction(*AREAS, source="send"):
            store.outbox.finish(self.message.id, state, problem)
            if self.inbox.files_sent_copies:
                store.outbox.set_sent_copy_filed(self.message.id, False)
        return state

    def _find_tracking(self) -> TrackingTarget | None:
        if not self.message.draft.track:
            return None
        people = [Address(copy.recipient) for copy in self.message.copies if not copy.extra]
        return find_tracking_for(self.workspace, self.inbox, people, self.cancel)[0]

    def _settle_interrupted(self) -> None:
        """Copies that a crash or a lost answer left IN_FLIGHT: sent or not? Only a server that files copies in Sent can
        tell, and only that they were. While it may still be about to, they stay IN_FLIGHT."""
        doubtful = [c for c in self.message.copies if c.state == CopyState.IN_FLIGHT]
        if not doubtful:
            return
        own, filed, patience = False, tuple[str, ...](), timedelta(0)
        if self.inbox.files_sent_copies and self.inbox.sent_folder:
            patience = SETTLE_AFTER
            try:
                with self.workspace.errand(self.inbox.id, self.cancel), self._imap() as imap:
                    own, filed = filed_by_server(imap, self.inbox.sent_folder, self.message)
            except MailFault:
                patience = LOOK_FOR
        for copy in doubtful:
            if settle_copy(copy, self.message.copies, filed, own_filed=own) == CopyState.ACCEPTED:
                self._set(copy, CopyState.ACCEPTED, reply="found in Sent")
            elif copy.changed_at is None or now() >= copy.changed_at + patience:
                self._set(copy, CopyState.UNKNOWN, copy.problem or self._unknown())
            self.message = _get(self.workspace, self.message.id)

    def _send_pending(self, stack: ExitStack) -> None:
        pending = [c for c in self.message.copies if c.state == CopyState.PENDING]
        out = any(c.state in (CopyState.ACCEPTED, CopyState.UNKNOWN) for c in self.message.copies if not c.extra)
        smtp: MailSender | None = None
        limited = 0  # copies that the server let not out because there were too many
        taken = 0  # copies of which this connection has settled what becomes of them
        if pending and not sender_of(self.workspace, self.inbox, self.message.draft)[1]:
            raise MailFault(Problem(ProblemCode.SENDER_GONE, self.inbox.account.send_host))
        for copy in pending:
            if self.cancel.is_set():
                return
            if copy.extra and not out:
                return  # nobody has got it: there is nothing for another system to log
            if smtp is not None and not smtp.usable:
                if not taken:
                    return
                smtp, taken = None, 0  # some servers end a connection after a few messages
            if (spent := limit_reached(self.workspace.store, self.inbox)) is not None:
                return self._set(copy, CopyState.PENDING, spent)
            raw = recipient_copy(self.workspace, self.message, copy, self.cancel)
            if smtp is None:
                smtp = stack.enter_context(self._smtp())
            with self.workspace.store.transaction(Area.OUTBOX, source="send"):
                self.workspace.store.outbox.renew(self.message.id, len(raw))
            try:
                # The envelope names the account that signed in (RFC 6409 6.1), also where From names an alias: servers
                # refuse another as "not owned by user", SPF is judged by it, and bounces come to the mailbox read here.
                sent = smtp.send(self.inbox.address, copy.recipient, raw, before_data=partial(self._in_flight, copy))
            except Cancelled:
                self._set(copy, CopyState.PENDING)  # nothing of its content went out, even if it was announced
                raise
            match sent:
                case Accepted(reply):
                    taken += 1
                    out = True
                    self._keep_answer(copy, CopyState.ACCEPTED, reply=reply)
                case Refused(problem):
                    taken += 1
                    self._keep_answer(copy, CopyState.REFUSED, problem)
                case Deferred(problem):
                    self._keep_answer(copy, CopyState.PENDING, problem)
                    limited += problem.code is ProblemCode.SEND_LIMIT
                    if limited > 1:
                        return  # it is not about one recipient: the same answer waits for all the others
                case Unknown(problem):
                    self._unknown_outcome(copy, problem)
                    return  # the connection is gone; what is left goes with the next try

    def _unknown_outcome(self, copy: OutboxCopy, problem: Problem) -> None:
        """The answer was lost. Where the server files copies in Sent the next try finds out (it is left IN_FLIGHT for
        that), else the person decides."""
        self._set(copy, CopyState.IN_FLIGHT if self.inbox.files_sent_copies else CopyState.UNKNOWN, problem)

    def _in_flight(self, copy: OutboxCopy) -> None:
        with self.workspace.store.transaction(Area.OUTBOX, source="send"):
            self.workspace.store.outbox.set_copy(self.message.id, copy.position, CopyState.IN_FLIGHT)

    def _keep_answer(self, copy: OutboxCopy, state: CopyState, problem: Problem | None = None, reply: str = "") -> None:
        """The server will not repeat its answer: where there is no room for it just now, it is written a little later."""
        deadline = time.monotonic() + KEEP_TRYING
        while True:
            try:
                return self._set(copy, state, problem, reply)
            except StoreError:
                if self.cancel.is_set() or time.monotonic() > deadline:
                    raise
                self.cancel.wait(0.5)

    def _set(self, copy: OutboxCopy, state: CopyState, problem: Problem | None = None, reply: str = "") -> None:
        with self.workspace.store.transaction(*AREAS, source="send"):
            self.workspace.store.outbox.set_copy(self.message.id, copy.position, state, problem, reply)

    def _unknown(self) -> Problem:
        return Problem(ProblemCode.OUTCOME_UNKNOWN, self.inbox.account.send_host)

    def _imap(self) -> MailBackend:
        return open_reading(self.workspace, self.inbox, self.cancel)

    def _smtp(self) -> MailSender:
        return open_sending(self.workspace, self.inbox, self.cancel)


def _defer_or_fail(
    workspace: Workspace, outbox_id: OutboxId, problem: Problem | None, *, refused_for_now: bool = False
) -> OutboxState:
    """Temporary trouble: later. Trouble that only a person ends: FAILED, with the reason, ready for another try.
    `refused_for_now`: a server's 4xx, which asks for another try whatever its reason."""
    message = _get(workspace, outbox_id)
    doubtful = any(c.state == CopyState.IN_FLIGHT for c in message.copies)
    wait = next_send_try(message.attempts, problem.retry_after if problem else None)
    again = problem is None or problem.transient or problem.code in _OUT_OF_STEP
    keep_trying = again or doubtful or refused_for_now
    with workspace.store.transaction(*AREAS, source="send"):
        if keep_trying and wait is not None:
            workspace.store.outbox.defer(outbox_id, now() + wait, problem)
            return OutboxState.QUEUED
        for copy in message.copies:
            if copy.state == CopyState.PENDING:
                workspace.store.outbox.set_copy(outbox_id, copy.position, CopyState.REFUSED, problem)
            elif copy.state == CopyState.IN_FLIGHT:
                workspace.store.outbox.set_copy(outbox_id, copy.position, CopyState.UNKNOWN, problem)
        state, _ = outcome(_get(workspace, outbox_id).copies)
        workspace.store.outbox.finish(outbox_id, state, problem)
        return state


def _wanted(message: OutboxMessage) -> tuple[OutboxCopy, ...]:
    """Its copies; without those for other systems while nobody that it was written to has got it."""
    out = any(c.state not in (CopyState.PENDING, CopyState.REFUSED) for c in message.copies if not c.extra)
    return tuple(c for c in message.copies if out or not c.extra)


def _get(workspace: Workspace, outbox_id: OutboxId) -> OutboxMessage:
    message = workspace.store.outbox.get(outbox_id)
    assert message is not None  # rows of the outbox are never deleted
    return message
