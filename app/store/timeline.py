"""A contact's timeline: logged messages, newest first, with their files and what is known of opens and clicks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from peewee import Tuple, fn

from app.domain.additional_bcc import ROLE as EXTRA
from app.domain.addresses import Address, address_key
from app.domain.events import Tracking
from app.domain.left_out import left_out_from
from app.domain.outbox import CopyState, OutboxId, OutboxState
from app.domain.records import RecordKind
from app.domain.views import TimelineAttachment, TimelineMessage, TimelineNote, TimelinePage
from app.store import models as m
from app.store.codec import problem_from_json
from app.store.events import COUNTED
from app.store.fields import to_micros
from app.store.logging_addresses import LoggingAddresses
from app.store.message_notes import notes_of
from app.store.waiting_extras import extras_waiting

if TYPE_CHECKING:
    from app.domain.forward_notes import ForwardNote
    from app.domain.problems import Problem

_LINKS: dict[RecordKind, tuple[Any, Any]] = {
    RecordKind.CONTACT: (m.MessageContact, m.MessageContact.contact),
    RecordKind.COMPANY: (m.MessageCompany, m.MessageCompany.company),
    RecordKind.DEAL: (m.MessageDeal, m.MessageDeal.deal),
}
_SETTLED = (OutboxState.SENT.value, OutboxState.DISCARDED.value)
_STUCK = (OutboxState.FAILED.value, OutboxState.PARTLY.value, OutboxState.UNKNOWN.value)
_UNDER_WAY = (OutboxState.QUEUED.value, OutboxState.SENDING.value)


class Timeline:
    def of_contact(
        self,
        contact_id: int,
        *,
        direction: str | None = None,
        with_files: bool = False,
        search: str = "",
        limit: int = 200,
        before: datetime | None = None,
    ) -> tuple[TimelineMessage, ...]:
        query = (
            m.MessageContact.select(m.MessageContact.message_id)
            .join(m.Message)
            .where((m.MessageContact.contact == contact_id) & m.Message.logged)
            .order_by(m.MessageContact.date.desc(), m.MessageContact.message_id.desc())
            .limit(limit)
        )
        if direction is not None:
            query = query.where(m.Message.direction == direction)
        if with_files:
            query = query.where(m.Message.has_files)
        if before is not None:
            query = query.where(m.MessageContact.date < before)
        for word in search.split()[:10]:
            query = query.where(_has(word))
        return self.messages([pk for (pk,) in query.tuples()])

    def page(
        self,
        contact_id: int,
        *,
        direction: str | None = None,
        with_files: bool = False,
        search: str = "",
        limit: int = 30,
        before: tuple[datetime, int] | None = None,
        most: int = 2_000,
    ) -> TimelinePage:
        """As `of_contact`, but looks at `most` messages at a time, whether it finds some or not."""
        links = m.MessageContact
        place = Tuple(links.date, links.message_id)
        slice_ = links.select(links.message_id, links.date).where(links.contact == contact_id)
        slice_ = slice_.order_by(links.date.desc(), links.message_id.desc())
        if before is not None:
            slice_ = slice_.where(place < (to_micros(before[0]), before[1]))
        end = slice_.offset(most - 1).limit(1).tuples().first()
        if end is not None:
            slice_ = slice_.where(place >= (to_micros(end[1]), end[0]))
        found = slice_.join(m.Message).where(m.Message.logged)
        if direction is not None:
            found = found.where(m.Message.direction == direction)
        if with_files:
            found = found.where(m.Message.has_files)
        for word in search.split()[:10]:
            found = found.where(_has(word))
        rows = list(found.limit(limit).tuples())
        messages = self.messages([pk for pk, _ in rows])
        if len(rows) == limit:
            return TimelinePage(messages, (rows[-1][1], rows[-1][0]))
        return TimelinePage(messages, None if end is None else (end[1], end[0]))

    def of_record(
        self, kind: RecordKind, record_id: int, *, limit: int = 30, before: tuple[datetime, int] | None = None
    ) -> TimelinePage:
        """What is logged to a contact, a company or a deal, newest first."""
        links, owner = _LINKS[kind]
        place = Tuple(links.date, links.message_id)
        found = links.select(links.message_id, links.date).join(m.Message).where(owner == record_id, m.Message.logged)
        if before is not None:
            found = found.where(place < (to_micros(before[0]), before[1]))
        rows = list(found.order_by(links.date.desc(), links.message_id.desc()).limit(limit).tuples())
        reached = (rows[-1][1], rows[-1][0]) if len(rows) == limit else None
        return TimelinePage(self.messages([pk for pk, _ in rows]), reached)

    def message(self, pk: int) -> TimelineMessage | None:
        found = self.messages([pk])
        return found[0] if found else None

    def messages(self, pks: Sequence[int]) -> tuple[TimelineMessage, ...]:
        """These messages, in this order."""
        if not pks:
            return ()
        rows = {row.id: row for row in m.Message.select().where(m.Message.id.in_(pks))}
        parties: dict[tuple[int, str], list[Address]] = defaultdict(list)
        for p in m.MessageParty.select().where(m.MessageParty.message.in_(pks)).order_by(m.MessageParty.id):
            parties[p.message_id, p.role].append(Address(p.address, p.name))
        files: dict[int, list[TimelineAttachment]] = defaultdict(list)
        for a in m.Attachment.select().where(m.Attachment.message.in_(pks)).order_by(m.Attachment.position):
            files[a.message_id].append(
                TimelineAttachment(a.filename, a.content_type, a.size, a.sha256, a.content_id if a.is_inline else "")
            )
        counts: Counter[tuple[int, str]] = Counter()
        last: dict[int, datetime] = {}
        events = m.Event.select(m.Event.message_id, m.Event.kind, m.Event.at).where(
            m.Event.message.in_(pks) & m.Event.verdict.in_(COUNTED) & m.Event.kind.in_(["open", "click", "unsubscribe"])
        )
        for e in events:
            counts[e.message_id, e.kind] += 1
            last[e.message_id] = max(last.get(e.message_id, e.at), e.at)
        outgoing = {row.logged_message_id: row for row in m.Outbox.select().where(m.Outbox.logged_message.in_(pks))}
        users = {u.id: u.name or u.login_address for u in m.User.select()}
        inboxes = {i.id: i.address for i in m.Inbox.select(m.Inbox.id, m.Inbox.address)}
        threads = dict(
            m.Message.select(m.Message.thread_id, fn.COUNT(m.Message.id))
            .where(m.Message.thread.in_({row.thread_id for row in rows.values()}) & m.Message.logged)
            .group_by(m.Message.thread_id)
            .tuples()
        )
        again = _want_mail_again([pk for pk, kind in counts if kind == "unsubscribe"])
        companies, deals = _records(pks)
        known = contact_names(
            [r.from_address for r in rows.values()] + [a.addr_spec for group in parties.values() for a in group]
        )
        around = _Around(
            parties, files, counts, last, outgoing, _missed(outgoing), _not_copied(outgoing), _extras_wait(outgoing),
            known, users, inboxes,
            threads, companies, deals, LoggingAddresses().keys(), notes_of(pks), _joined(pks), again,
        )  # fmt: skip
        return tuple(_message(rows[pk], around) for pk in pks if pk in rows)


@dataclass(frozen=True)
class _Around:
    """What was fetched for all messages of a page at once."""

    parties: dict[tuple[int, str], list[Address]]
    files: dict[int, list[TimelineAttachment]]
    counts: Counter[tuple[int, str]]
    last: dict[int, datetime]
    outgoing: dict[int, Any]
    missed: dict[int, list[str]]
    not_copied: dict[int, list[tuple[str, Problem | None]]]
    extras_wait: dict[int, tuple[str, ...]]
    known: dict[str, str]
    users: dict[int, str]
    inboxes: dict[int, str]
    threads: dict[int, int]
    companies: dict[int, list[str]]
    deals: dict[int, list[str]]
    copied_to: frozenset[str]
    notes: dict[int, tuple[ForwardNote, ...]]
    joined: frozenset[int]
    again: frozenset[int]


def _joined(pks: Sequence[int]) -> frozenset[int]:
    """Those that are one with a forward of theirs: see `joined_forwards`."""
    x = m.MessageOverride
    found = x.select(x.message_id).where(x.message.in_(list(pks)) & (x.kind == "join") & x.undone_at.is_null())
    return frozenset(pk for (pk,) in found.tuples())


def _want_mail_again(pks: Sequence[int]) -> frozenset[int]:
    """Those of these messages by which somebody unsubscribed who all want mail again since."""
    if not pks:
        return frozenset()
    columns = (m.Event.message_id, m.Event.recipient, m.Event.at)
    by_it = (m.Event.kind == "unsubscribe") & m.Event.verdict.in_(COUNTED) & m.Event.message.in_(list(pks))
    asked = [(pk, address_key(who), at) for pk, who, at in m.Event.select(*columns).where(by_it).tuples()]
    since: dict[str, datetime] = {}
    for who, at in m.Event.select(m.Event.recipient, m.Event.at).where(m.Event.kind == "resubscribe").tuples():
        key = address_key(who)
        since[key] = max(since.get(key, at), at)
    still = {pk for pk, who, at in asked if who not in since or since[who] < at}
    return frozenset({pk for pk, _, _ in asked} - still)


def _has(word: str) -> Any:
    """In its subject, its text or a note above it."""
    noted = m.MessageNote.select().where((m.MessageNote.message == m.Message.id) & m.MessageNote.text.contains(word))
    return m.Message.subject.contains(word) | m.Message.text.contains(word) | fn.EXISTS(noted)


def _records(pks: Sequence[int]) -> tuple[dict[int, list[str]], dict[int, list[str]]]:
    companies: dict[int, list[str]] = defaultdict(list)
    deals: dict[int, list[str]] = defaultdict(list)
    for link in (
        m.MessageCompany.select(m.MessageCompany, m.Company).join(m.Company).where(m.MessageCompany.message.in_(pks))
    ):
        companies[link.message_id].append(link.company.name)
    for link in m.MessageDeal.select(m.MessageDeal, m.Deal).join(m.Deal).where(m.MessageDeal.message.in_(pks)):
        deals[link.message_id].append(link.deal.name)
    return companies, deals


def contact_names(addresses: Collection[str]) -> dict[str, str]:
    """Address key → the name of the contact who has it; empty where the contact has none."""
    keys = {address_key(a) for a in addresses}
    query = m.ContactAddress.select(m.ContactAddress.address_key, m.Contact.name).join(m.Contact)
    return dict(query.where(m.ContactAddress.address_key.in_(keys)).tuples()) if keys else {}


def _missed(outgoing: dict[int, Any]) -> dict[int, list[str]]:
    """Message → the recipients whose copies were refused, or of whose copies nobody knows."""
    missed: dict[int, list[str]] = defaultdict(list)
    of_row = {row.id: pk for pk, row in outgoing.items() if row.state in _STUCK}
    if not of_row:
        return missed
    copies = m.OutboxCopy.select().where(
        m.OutboxCopy.outbox.in_(list(of_row))
        & m.OutboxCopy.state.in_([CopyState.REFUSED.value, CopyState.UNKNOWN.value])
    )
    for copy in copies.where(m.OutboxCopy.role != EXTRA).order_by(m.OutboxCopy.position):
        missed[of_row[copy.outbox_id]].append(copy.recipient)
    return missed


def _extras_wait(outgoing: dict[int, Any]) -> dict[int, tuple[str, ...]]:
    """Message → the additional BCC addresses, where only copies for them are still to go out."""
    of_row = {row.id: pk for pk, row in outgoing.items() if row.state in _UNDER_WAY and row.attempts}
    return {of_row[outbox]: found for outbox, found in extras_waiting(list(of_row)).items()}


def _not_copied(outgoing: dict[int, Any]) -> dict[int, list[tuple[str, Problem | None]]]:
    """Message → the additional BCC addresses whose copies were refused, or of whose copies nobody knows."""
    found: dict[int, list[tuple[str, Problem | None]]] = defaultdict(list)
    of_row = {row.id: pk for pk, row in outgoing.items()}
    lost = m.OutboxCopy.state.in_([CopyState.REFUSED.value, CopyState.UNKNOWN.value])
    copies = m.OutboxCopy.select().where(m.OutboxCopy.outbox.in_(list(of_row)) & (m.OutboxCopy.role == EXTRA) & lost)
    for copy in copies.order_by(m.OutboxCopy.position) if of_row else ():
        found[of_row[copy.outbox_id]].append((copy.recipient, problem_from_json(copy.problem_json)))
    return found


def _message(row: Any, around: _Around) -> TimelineMessage:
    tracking = Tracking(row.tracking)
    tracked = tracking == Tracking.ON
    outgoing = around.outgoing.get(row.id)
    unsettled = outgoing if outgoing is not None and outgoing.state not in _SETTLED else None
    if row.id in around.extras_wait:  # all it was written to have it
        unsettled = None
    people = [*around.parties.get((row.id, "to"), ()), *around.parties.get((row.id, "cc"), ())]
    keys = [address_key(row.from_address), *(a.key for a in people)]
    return TimelineMessage(
        pk=row.id,
        message_id=row.message_id,
        direction=row.direction,
        date=row.date,
        sender=Address(row.from_address, row.from_name),
        to=tuple(around.parties[row.id, "to"]),
        cc=tuple(around.parties[row.id, "cc"]),
        subject=row.subject,
        text=row.text,
        html=row.html,
        visible_text=row.visible_text,
        quoted_lines=row.quoted_lines,
        attachments=tuple(around.files[row.id]),
        user=around.users.get(row.user_id, ""),
        opens=around.counts[row.id, "open"] if tracked else None,
        clicks=around.counts[row.id, "click"] if tracked else None,
        unsubscribed=bool(around.counts[row.id, "unsubscribe"]),
        wants_mail=row.id in around.again,
        last_event_at=around.last.get(row.id),
        tracking=tracking,
        kind=row.kind,
        logged_by=row.logged_by,
        match_reason=row.match_reason,
        changed_subject=row.changed_subject,
        thread_messages=around.threads.get(row.thread_id, 1),
        inbox_address=around.inboxes.get(row.inbox_id, ""),
        companies=tuple(around.companies[row.id]),
        deals=tuple(around.deals[row.id]),
        outbox_id=OutboxId(unsettled.id) if unsettled else None,
        outbox_state=OutboxState(unsettled.state) if unsettled else None,
        problem=problem_from_json(unsettled.problem_json) if unsettled else None,
        refused=tuple(around.missed.get(row.id, ())),
        not_copied=tuple(around.not_copied.get(row.id, ())),
        extras_waiting=around.extras_wait.get(row.id, ()),
        known={key: around.known[key] for key in keys if key in around.known},
        copied_to=around.copied_to.intersection(keys),
        joined=row.id in around.joined,
        left_out=left_out_from(row.left_out_why, row.files_left_out),
        notes=tuple(TimelineNote(around.users.get(n.user_id, ""), n.at, n.text) for n in around.notes.get(row.id, ())),
    )
