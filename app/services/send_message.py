"""Sends what is due in the outbox, one recipient at a time, so that a crash at any point neither loses nor doubles.

The order of commits is the whole point (M7): the message is on the timeline before anything goes out; a copy is
IN_FLIGHT, committed, before the first byte of its content; what the server answered is committed before the next copy.
A copy found IN_FLIGHT later was interrupted: it is settled by looking in Sent where the server files copies, and is
left to the person where nobody can know.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from app.backends.imap import ImapSession, open_imap
from app.backends.smtp import Accepted, Deferred, Refused, SmtpSession, Unknown, open_smtp
from app.domain.changes import Area
from app.domain.errors import Cancelled, HitchpostError, MailFault
from app.domain.inboxes import Inbox
from app.domain.outbox import CopyState, OutboxCopy, OutboxId, OutboxMessage, OutboxState
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import SEND_STEPS, next_send_try
from app.services.file_sent_copy import count_in_sent
from app.services.prepare_message import recipient_copy, record_message
from app.services.tracking_server import find_tracking_for
from app.services.workspace import Workspace
from app.store.fields import now

AREAS = (Area.OUTBOX, Area.MESSAGES)


def send_due(workspace: Workspace, cancel: threading.Event) -> tuple[OutboxId, ...]:
    """Sends everything that is due. Returns what was worked on. `cancel` ends it between two copies."""
    done = []
    for outbox_id in workspace.store.outbox.due(now()):
        if cancel.is_set():
            break
        if send_message(workspace, outbox_id, cancel):
            done.append(outbox_id)
    return tuple(done)


def send_message(workspace: Workspace, outbox_id: OutboxId, cancel: threading.Event) -> OutboxState | None:
    """One message, as far as it can go now. None when another process has it or it is not due."""
    store = workspace.store
    with store.transaction(*AREAS, source="send"):
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
        # Disk, keyring or a lost attachment: nothing of this try is in doubt, the next one starts where it stopped.
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
            target = find_tracking_for(self.workspace, self.inbox) if self.message.draft.track else None
            record_message(self.workspace, self.message, target)
            self.message = _get(self.workspace, self.message.id)
        with ExitStack() as stack:
            self._settle_interrupted(stack)
            self._send_pending(stack)
        self.message = _get(self.workspace, self.message.id)
        states = [c.state for c in self.message.copies]
        if CopyState.PENDING in states:
            waiting = next(c.problem for c in self.message.copies if c.state == CopyState.PENDING)
            if self.cancel.is_set() and waiting is None:
                with store.transaction(*AREAS, source="send"):
                    store.outbox.defer(self.message.id, now(), None)
                return OutboxState.QUEUED
            return _defer_or_fail(self.workspace, self.message.id, waiting)
        state, problem = outcome(self.message.copies)
        with store.transaction(*AREAS, source="send"):
            store.outbox.finish(self.message.id, state, problem)
            if self.inbox.files_sent_copies:
                store.outbox.set_sent_copy_filed(self.message.id, False)
        return state

    def _settle_interrupted(self, stack: ExitStack) -> None:
        """Copies that a crash left IN_FLIGHT: sent or not? Only a server that files each copy in Sent can tell."""
        doubtful = [c for c in self.message.copies if c.state == CopyState.IN_FLIGHT]
        if not doubtful:
            return
        if self.inbox.files_sent_copies and self.inbox.sent_folder:
            imap = stack.enter_context(self._imap())
            filed = count_in_sent(imap, self.inbox.sent_folder, self.message.message_id)
            # Once our own copy is filed, the server's are gone: any that is there now is of this try.
            accepted = sum(c.state == CopyState.ACCEPTED for c in self.message.copies)
            accepted = 0 if self.message.sent_copy_filed else accepted
            for copy in doubtful:
                went_out = filed > accepted
                accepted += went_out
                self._set(copy, CopyState.ACCEPTED if went_out else CopyState.PENDING, reply="found in Sent")
        else:
            for copy in doubtful:
                self._set(copy, CopyState.UNKNOWN, self._unknown())
        self.message = _get(self.workspace, self.message.id)

    def _send_pending(self, stack: ExitStack) -> None:
        pending = [c for c in self.message.copies if c.state == CopyState.PENDING]
        smtp: SmtpSession | None = None
        for copy in pending:
            if self.cancel.is_set():
                return
            raw = recipient_copy(self.workspace, self.message, copy)
            if smtp is None:
                smtp = stack.enter_context(self._smtp())
            with self.workspace.store.transaction(Area.OUTBOX, source="send"):
                self.workspace.store.outbox.renew(self.message.id)
            sent = smtp.send(self.inbox.address, copy.recipient, raw, before_data=partial(self._in_flight, copy))
            match sent:
                case Accepted(reply):
                    self._set(copy, CopyState.ACCEPTED, reply=reply)
                case Refused(problem):
                    self._set(copy, CopyState.REFUSED, problem)
                case Deferred(problem):
                    self._set(copy, CopyState.PENDING, problem)
                    if problem.code == ProblemCode.CONNECTION_LOST:
                        return
                case Unknown(problem):
                    self._unknown_outcome(copy, problem)
                    return  # the connection is gone; what is left goes with the next try

    def _unknown_outcome(self, copy: OutboxCopy, problem: Problem) -> None:
        """The answer was lost. Where the server files copies in Sent the next try finds out (it is left IN_FLIGHT for
        that), else the person decides."""
        if self.inbox.files_sent_copies:
            with self.workspace.store.transaction(*AREAS, source="send"):
                self.workspace.store.outbox.set_copy(self.message.id, copy.position, CopyState.IN_FLIGHT, problem)
            raise MailFault(problem)
        self._set(copy, CopyState.UNKNOWN, problem)

    def _in_flight(self, copy: OutboxCopy) -> None:
        with self.workspace.store.transaction(Area.OUTBOX, source="send"):
            self.workspace.store.outbox.set_copy(self.message.id, copy.position, CopyState.IN_FLIGHT)

    def _set(self, copy: OutboxCopy, state: CopyState, problem: Problem | None = None, reply: str = "") -> None:
        with self.workspace.store.transaction(*AREAS, source="send"):
            self.workspace.store.outbox.set_copy(self.message.id, copy.position, state, problem, reply)

    def _unknown(self) -> Problem:
        return Problem(ProblemCode.OUTCOME_UNKNOWN, self.inbox.account.smtp.host, self.inbox.account.smtp.port)

    def _imap(self) -> ImapSession:
        return open_imap(self.inbox.account, self.workspace.password(self.inbox), cancel=self.cancel)

    def _smtp(self) -> SmtpSession:
        return open_smtp(self.inbox.account, self.workspace.password(self.inbox, "smtp"), cancel=self.cancel)


def outcome(copies: tuple[OutboxCopy, ...]) -> tuple[OutboxState, Problem | None]:
    """The state of a message none of whose copies is pending."""
    states = {c.state for c in copies}
    problem = next((c.problem for c in copies if c.problem is not None and c.state != CopyState.ACCEPTED), None)
    if CopyState.UNKNOWN in states or CopyState.IN_FLIGHT in states:
        return OutboxState.UNKNOWN, problem
    if states == {CopyState.REFUSED}:
        return OutboxState.FAILED, problem
    if CopyState.REFUSED in states:
        return OutboxState.PARTLY, problem
    return OutboxState.SENT, None


def _defer_or_fail(workspace: Workspace, outbox_id: OutboxId, problem: Problem | None) -> OutboxState:
    """Temporary trouble: later. Trouble that only a person ends: FAILED, with the reason, ready for another try."""
    message = _get(workspace, outbox_id)
    doubtful = any(c.state == CopyState.IN_FLIGHT for c in message.copies)
    wait = next_send_try(message.attempts, problem.retry_after if problem else None)
    keep_trying = problem is None or problem.transient or doubtful
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


def _get(workspace: Workspace, outbox_id: OutboxId) -> OutboxMessage:
    message = workspace.store.outbox.get(outbox_id)
    assert message is not None  # rows of the outbox are never deleted
    return message
