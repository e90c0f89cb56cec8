"""The outbox: drafts and messages on their way, with leases so that two processes never send the same one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from peewee import Case, ModelSelect, fn

from app.domain.additional_bcc import ROLE as EXTRA
from app.domain.inboxes import InboxId, InboxState
from app.domain.outbox import CopyState, Draft, OutboxCopy, OutboxId, OutboxMessage, OutboxState
from app.domain.views import OutboxRow
from app.store import models as m
from app.store.codec import draft_from_json, draft_to_json, empty_draft, problem_from_json, problem_to_json
from app.store.fields import now
from app.store.leases import LEASE_SECONDS, SLOWEST, lease_is_free, lease_owner
from app.store.prepared import Prepared
from app.store.unaddressing import Unaddressing
from app.store.waiting_extras import extras_waiting

if TYPE_CHECKING:
    from app.domain.addresses import Address
    from app.domain.problems import Problem


def _queued() -> ModelSelect:
    """Queued messages, but for those of inboxes that are switched off: these wait until theirs is enabled."""
    return (
        m.Outbox.select(m.Outbox)
        .join(m.Inbox)
        .where((m.Outbox.state == OutboxState.QUEUED.value) & (m.Inbox.state != InboxState.DISABLED.value))
    )


# States in which the message, or a part of it, may be out and nobody is sending it.
_GONE_OUT = [s.value for s in (OutboxState.SENT, OutboxState.PARTLY, OutboxState.UNKNOWN, OutboxState.QUEUED)]


def _to_be_filed(row: m.Outbox) -> bool:
    """Whether somebody it was written to has it for certain, its inbox is in use, and no process has the lease. What waits
    for other systems alone (S2) is out, too: that may take days."""
    of_people = (m.OutboxCopy.outbox == row.id) & (m.OutboxCopy.role != EXTRA)
    states = {state for (state,) in m.OutboxCopy.select(m.OutboxCopy.state).where(of_people).distinct().tuples()}
    waits = row.state == OutboxState.QUEUED.value and states & {CopyState.PENDING.value, CopyState.IN_FLIGHT.value}
    unused = (InboxState.DISABLED.value, InboxState.REMOVED.value)
    accepted = CopyState.ACCEPTED.value in states
    return accepted and not waits and lease_is_free(row) and row.inbox.state not in unused


class OutboxTable:
    _unaddressing = Unaddressing()

    def save_draft(self, draft: Draft, user_id: int, outbox_id: OutboxId | None = None) -> OutboxId:
        """Inside a transaction. A draft that was sent or discarded meanwhile becomes a new one."""
        values = {
            "state": OutboxState.DRAFT.value,
            "inbox": draft.inbox_id,
            "draft_json": draft_to_json(draft),
            "subject": draft.subject,
            "problem_json": None,
            "updated_at": now(),
        }
        if outbox_id is not None:
            changed = (
                m.Outbox.update(**values)
                .where((m.Outbox.id == outbox_id) & (m.Outbox.state == OutboxState.DRAFT.value))
                .execute()
            )
            if changed:
                return outbox_id
        row = m.Outbox.create(**values, user=user_id, not_before=now(), created_at=now())
        return OutboxId(row.id)

    def queue(
        self,
        outbox_id: OutboxId,
        *,
        not_before: datetime,
        message_id: str,
        message_ref: str,
        copies: Sequence[tuple[str, Address, str]],
    ) -> None:
        """A draft becomes a queued message. `copies`: (role, recipient, recipient_ref). Inside a transaction."""
        m.Outbox.update(
            state=OutboxState.QUEUED.value,
            not_before=not_before,
            message_id=message_id,
            message_ref=message_ref,
            date=None,
            attempts=0,
            problem_json=None,
            updated_at=now(),
        ).where((m.Outbox.id == outbox_id) & (m.Outbox.state == OutboxState.DRAFT.value)).execute()
        m.OutboxCopy.delete().where(m.OutboxCopy.outbox == outbox_id).execute()
        self.add_copies(outbox_id, copies)

    def add_copies(self, outbox_id: OutboxId, copies: Sequence[tuple[str, Address, str]]) -> None:
        """Behind those that it has, to be sent. Inside a transaction."""
        there = m.OutboxCopy.select().where(m.OutboxCopy.outbox == outbox_id).count()
        for position, (role, recipient, ref) in enumerate(copies, there):
            m.OutboxCopy.create(
                outbox=outbox_id,
                position=position,
                role=role,
                recipient=recipient.addr_spec,
                recipient_ref=ref,
                state=CopyState.PENDING.value,
                changed_at=now(),
            )

    def get(self, outbox_id: OutboxId) -> OutboxMessage | None:
        row = m.Outbox.get_or_none(m.Outbox.id == outbox_id)
        return None if row is None else _message(row)

    def rows(self, *states: OutboxState) -> tuple[OutboxRow, ...]:
        """Newest first."""
        query = m.Outbox.select().where(m.Outbox.state.in_([s.value for s in states]))
        found = list(query.order_by(m.Outbox.updated_at.desc()).limit(500))
        under_way = (OutboxState.QUEUED.value, OutboxState.SENDING.value)
        extras = extras_waiting([row.id for row in found if row.state in under_way and row.attempts])
        return tuple(
            OutboxRow(
                id=OutboxId(row.id),
                state=OutboxState(row.state),
                subject=row.subject,
                to=tuple(a["name"] or a["address"] for a in row.draft_json["to"]),
                not_before=row.not_before,
                updated_at=row.updated_at,
                problem=problem_from_json(row.problem_json),
                extras_waiting=extras.get(row.id, ()),
            )
            for row in found
        )

    def sent_since(self, inbox_id: InboxId, since: datetime) -> tuple[int, datetime | None]:
        """How many copies went out, or may have gone out, from an inbox since then, and when the first of them did."""
        out = [s.value for s in (CopyState.ACCEPTED, CopyState.UNKNOWN, CopyState.IN_FLIGHT)]
        query = (
            m.OutboxCopy.select(fn.COUNT(m.OutboxCopy.id), fn.MIN(m.OutboxCopy.changed_at))
            .join(m.Outbox)
            .where((m.Outbox.inbox == inbox_id) & m.OutboxCopy.state.in_(out) & (m.OutboxCopy.changed_at >= since))
        )
        count, first = query.scalar(as_tuple=True)
        return int(count), first

    # -- the sender's side

    def due(self, at: datetime) -> tuple[OutboxId, ...]:
        """What may be sent now, oldest first: queued and due, or left behind in SENDING by a process that ended."""
        queued = _queued().where(m.Outbox.not_before <= at)
        sending = m.Outbox.select().where(m.Outbox.state == OutboxState.SENDING.value)
        left = [row for row in sending if lease_is_free(row)]
        rows = sorted([*queued, *left], key=lambda row: (row.not_before, row.id))
        return tuple(OutboxId(row.id) for row in rows)

    def next_due(self) -> datetime | None:
        """When the next queued message is to go."""
        row = _queued().order_by(m.Outbox.not_before).first()
        return row.not_before if row else None

    def claim(self, outbox_id: OutboxId, at: datetime) -> bool:
        """Takes the lease, or says that another process has it. Inside a transaction."""
        row = m.Outbox.get_or_none(m.Outbox.id == outbox_id)
        if row is None:
            return False
        ready = row.state == OutboxState.QUEUED.value and row.not_before <= at
        left = row.state == OutboxState.SENDING.value and lease_is_free(row)
        if not (ready or left):
            return False
        m.Outbox.update(
            state=OutboxState.SENDING.value,
            lease_owner=lease_owner(),
            lease_until=int(time.time()) + LEASE_SECONDS,
            attempts=m.Outbox.attempts + 1,
            date=row.date or now().replace(microsecond=0),  # a Date header has whole seconds
            updated_at=now(),
        ).where(m.Outbox.id == outbox_id).execute()
        return True

    def renew(self, outbox_id: OutboxId, size: int) -> None:
        """For the time that `size` bytes may take: who took the message over in mid-transmission might send it twice."""
        seconds = 2 * LEASE_SECONDS + size // SLOWEST
        m.Outbox.update(lease_until=int(time.time()) + seconds).where(m.Outbox.id == outbox_id).execute()

    def set_logged(self, outbox_id: OutboxId, message_pk: int) -> None:
        m.Outbox.update(logged_message=message_pk).where(m.Outbox.id == outbox_id).execute()

    def set_copy(
        self, outbox_id: OutboxId, position: int, state: CopyState, problem: Problem | None = None, reply: str = ""
    ) -> None:
        """`attempts` grows when its content gets under way, and falls when the server says that it did not take it."""
        attempts = m.OutboxCopy.attempts
        if state == CopyState.IN_FLIGHT:
            attempts = attempts + 1
        elif state in (CopyState.PENDING, CopyState.REFUSED):
            under_way = (m.OutboxCopy.state == CopyState.IN_FLIGHT.value) & (m.OutboxCopy.attempts > 0)
            attempts = Case(None, [(under_way, attempts - 1)], attempts)
        m.OutboxCopy.update(
            state=state.value,
            problem_json=problem_to_json(problem),
            server_reply=reply[:500],
            attempts=attempts,
            changed_at=now(),
        ).where((m.OutboxCopy.outbox == outbox_id) & (m.OutboxCopy.position == position)).execute()

    def set_sent_copy_filed(self, outbox_id: OutboxId, filed: bool = True) -> None:
        m.Outbox.update(sent_copy_filed=filed).where(m.Outbox.id == outbox_id).execute()

    def finish(self, outbox_id: OutboxId, state: OutboxState, problem: Problem | None = None) -> None:
        """Leaves SENDING for good, or until a person decides."""
        m.Outbox.update(
            state=state.value, problem_json=problem_to_json(problem), lease_owner="", lease_until=0, updated_at=now()
        ).where(m.Outbox.id == outbox_id).execute()
        self._empty_when_done(outbox_id)

    def defer(self, outbox_id: OutboxId, until: datetime, problem: Problem | None) -> None:
        """Back to QUEUED until `until`."""
        m.Outbox.update(
            state=OutboxState.QUEUED.value,
            not_before=until,
            problem_json=problem_to_json(problem),
            lease_owner="",
            lease_until=0,
            updated_at=now(),
        ).where(m.Outbox.id == outbox_id).execute()

    def unfiled(self) -> tuple[OutboxId, ...]:
        """Messages that went out to somebody, whose copy is not in Sent yet, and which nobody is filing now."""
        query = m.Outbox.select().where(m.Outbox.state.in_(_GONE_OUT) & (m.Outbox.sent_copy_filed == False))  # noqa: E712
        return tuple(OutboxId(row.id) for row in query.order_by(m.Outbox.id) if _to_be_filed(row))

    def claim_filing(self, outbox_id: OutboxId) -> bool:
        """Takes the lease for filing the Sent copy: two processes that look and file at once would leave two. Inside a
        transaction; `release_filing` gives it back."""
        row = m.Outbox.get_or_none((m.Outbox.id == outbox_id) & (m.Outbox.sent_copy_filed == False))  # noqa: E712
        if row is None or row.state not in _GONE_OUT or not _to_be_filed(row):
            return False
        seconds = LEASE_SECONDS + sum(a["size"] for a in row.draft_json.get("attachments", ())) // SLOWEST
        m.Outbox.update(lease_owner=lease_owner(), lease_until=int(time.time()) + seconds).where(
            m.Outbox.id == outbox_id
        ).execute()
        return True

    def release_filing(self, outbox_id: OutboxId, *, filed: bool) -> None:
        m.Outbox.update(sent_copy_filed=filed, lease_owner="", lease_until=0).where(
            (m.Outbox.id == outbox_id) & m.Outbox.state.in_(_GONE_OUT)
        ).execute()
        self._empty_when_done(outbox_id)

    def return_overdue(self, outbox_id: OutboxId, before: datetime, problem: Problem) -> bool:
        """A message that was due before then, and was never tried, becomes a draft again, to go at once when it is sent
        anew. Inside a transaction."""
        row = m.Outbox.get_or_none(m.Outbox.id == outbox_id)
        if row is None or row.state != OutboxState.QUEUED.value or row.attempts or row.not_before >= before:
            return False
        m.Outbox.update(
            state=OutboxState.DRAFT.value,
            draft_json={**row.draft_json, "send_at": None},
            problem_json=problem_to_json(problem),
            updated_at=now(),
        ).where(m.Outbox.id == outbox_id).execute()
        return True

    # -- the person's side

    def undo(self, outbox_id: OutboxId) -> bool:
        """Back to a draft, as long as nothing of it can have gone out. It is on no timeline any more (`Messages.forget`).
        Inside a transaction."""
        touched = (m.OutboxCopy.state != CopyState.PENDING.value) | (m.OutboxCopy.attempts > 0)
        if m.OutboxCopy.select().where((m.OutboxCopy.outbox == outbox_id) & touched).exists():
            return False
        values = {"state": OutboxState.DRAFT.value, "problem_json": None, "logged_message": None, "updated_at": now()}
        waiting = (m.Outbox.id == outbox_id) & (m.Outbox.state == OutboxState.QUEUED.value)
        return bool(m.Outbox.update(**values).where(waiting).execute())

    def discard(self, outbox_id: OutboxId) -> bool:
        """Of a draft that is thrown away nothing is kept. Inside a transaction."""
        row = m.Outbox.get_or_none((m.Outbox.id == outbox_id) & (m.Outbox.state == OutboxState.DRAFT.value))
        if row is None:
            return False
        m.Outbox.update(
            state=OutboxState.DISCARDED.value,
            draft_json=empty_draft(row.draft_json, all_of_it=True),
            subject="",
            problem_json=None,
            updated_at=now(),
        ).where(m.Outbox.id == outbox_id).execute()
        m.OutboxCopy.delete().where(m.OutboxCopy.outbox == outbox_id).execute()
        return True

    def retry(self, outbox_id: OutboxId, *copies: CopyState) -> bool:
        """Copies in these states become PENDING and the message is queued for now. Inside a transaction."""
        waiting = (OutboxState.FAILED, OutboxState.PARTLY, OutboxState.UNKNOWN, OutboxState.QUEUED)
        # one try has been made, and the others are open again
        changed = (
            m.Outbox.update(
                state=OutboxState.QUEUED.value,
                not_before=now(),
                problem_json=None,
                attempts=1,
                lease_owner="",
                lease_until=0,
                updated_at=now(),
            )
            .where((m.Outbox.id == outbox_id) & m.Outbox.state.in_([s.value for s in waiting]))
            .execute()
        )
        if changed:
            m.OutboxCopy.update(state=CopyState.PENDING.value, problem_json=None, changed_at=now()).where(
                (m.OutboxCopy.outbox == outbox_id) & m.OutboxCopy.state.in_([c.value for c in copies])
            ).execute()
        return bool(changed)

    def unknown_for(self, message_pk: int) -> tuple[OutboxId, ...]:
        """Outbox rows of a logged message that wait for a decision."""
        return tuple(OutboxId(pk) for (pk,) in _UNKNOWN_FOR.rows(message_pk))

    def of_logged(self, message_pk: int) -> OutboxId | None:
        """The outbox row of a message that was sent from here."""
        row = m.Outbox.select(m.Outbox.id).where(m.Outbox.logged_message == message_pk).first()
        return None if row is None else OutboxId(row.id)

    def logged_by_copy(self, recipient_ref: str) -> int | None:
        """The logged message of which this is one recipient's copy."""
        row = m.Outbox.select().join(m.OutboxCopy).where(m.OutboxCopy.recipient_ref == recipient_ref).first()
        return None if row is None else row.logged_message_id

    def file_names(self) -> set[str]:
        """SHA-256 of every file of a draft, or of a message that is not done with."""
        open_ones = m.Outbox.select(m.Outbox.draft_json).where(
            (m.Outbox.state != OutboxState.SENT.value) | (m.Outbox.sent_copy_filed == False)  # noqa: E712
        )
        return {file["sha256"] for row in open_ones for file in row.draft_json.get("attachments", ())}

    def _empty_when_done(self, outbox_id: OutboxId) -> None:
        """What was not to be logged loses its text and files, once it went out and its copy is in Sent; addresses that were
        deleted for good go then, too."""
        row = m.Outbox.get_by_id(outbox_id)
        done = row.state == OutboxState.SENT.value and row.sent_copy_filed
        logged = row.draft_json["log"] and (row.logged_message_id is None or row.logged_message.logged)
        if done and not logged and not row.draft_json.get("emptied"):
            row.draft_json = empty_draft(row.draft_json)
            m.Outbox.update(draft_json=row.draft_json).where(m.Outbox.id == outbox_id).execute()
        if done:
            self._unaddressing.when_done(row)


_UNKNOWN_FOR = Prepared(
    1,
    lambda message: m.Outbox.select(m.Outbox.id).where(
        (m.Outbox.logged_message == message) & (m.Outbox.state == OutboxState.UNKNOWN.value)
    ),
)


def _message(row: m.Outbox) -> OutboxMessage:
    copies = m.OutboxCopy.select().where(m.OutboxCopy.outbox == row.id).order_by(m.OutboxCopy.position)
    return OutboxMessage(
        id=OutboxId(row.id),
        state=OutboxState(row.state),
        draft=draft_from_json(row.inbox_id, row.draft_json),
        message_id=row.message_id,
        user_id=row.user_id,
        not_before=row.not_before,
        created_at=row.created_at,
        copies=tuple(
            OutboxCopy(
                position=c.position,
                role=c.role,
                recipient=c.recipient,
                recipient_ref=c.recipient_ref,
                state=CopyState(c.state),
                problem=problem_from_json(c.problem_json),
                attempts=c.attempts,
                changed_at=c.changed_at,
            )
            for c in copies
        ),
        sent_copy_filed=row.sent_copy_filed,
        message_ref=row.message_ref,
        date=row.date,
        logged_pk=row.logged_message_id,
        problem=problem_from_json(row.problem_json),
        attempts=row.attempts,
        emptied=bool(row.draft_json.get("emptied")),
    )
