"""The feed of events for screens and the command line: newest first, paged by the last row seen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from peewee import JOIN, ModelSelect

from app.domain.addresses import Address, address_key
from app.domain.events import EventId, EventKind, Verdict
from app.domain.views import DayCount, FeedRow, MessageEvents
from app.store import models as m
from app.store.codec import problem_from_json
from app.store.events import COUNTED
from app.store.timeline import contact_names


class Feed:
    def rows(
        self,
        kinds: Collection[EventKind] | None = None,
        *,
        people_only: bool = False,
        search: str = "",
        before: EventId | None = None,
        since: datetime | None = None,
        message_pk: int | None = None,
        ids: Collection[EventId] | None = None,
        limit: int = 200,
    ) -> tuple[FeedRow, ...]:
        """Newest first; `before` is the last row of the page before."""
        query = _select().order_by(m.Event.at.desc(), m.Event.id.desc()).limit(limit)
        if kinds is not None:
            query = query.where(m.Event.kind.in_([k.value for k in kinds]))
        if people_only:
            query = query.where(m.Event.verdict.in_(COUNTED))
        if since is not None:
            query = query.where(m.Event.at >= since)
        if message_pk is not None:
            query = query.where(m.Event.message == message_pk)
        if ids is not None:
            query = query.where(m.Event.id.in_(list(ids)))
        for word in search.casefold().split()[:10]:
            called = m.Contact.select(m.Contact.id).where(m.Contact.search_key.contains(word))
            query = query.where(m.Event.search_key.contains(word) | m.Event.contact.in_(called))
        if before is not None:
            last = m.Event.get_or_none(m.Event.id == before)
            if last is not None:
                query = query.where((m.Event.at < last.at) | ((m.Event.at == last.at) & (m.Event.id < before)))
        found = list(query)
        known = contact_names([r.from_address if r.kind == "reply" else r.recipient for r in found if r.contact_id])
        return tuple(_row(r, known) for r in found)

    def get(self, event_id: EventId) -> FeedRow | None:
        found = self.rows(ids=[event_id], limit=1)
        return found[0] if found else None

    def counts(self, days: int, today: date, midnight: datetime) -> tuple[DayCount, ...]:
        """Per local day, oldest first, the last one `today`, which began at `midnight` (UTC). A day is 24 hours before
        the next one: exact but for the two days a year on which clocks change."""
        start = midnight - timedelta(days=days - 1)
        opens, clicks = [0] * days, [0] * days
        query = m.Event.select(m.Event.kind, m.Event.at).where(
            (m.Event.at >= start) & m.Event.verdict.in_(COUNTED) & m.Event.kind.in_(["open", "click"])
        )
        for row in query:
            index = min(days - 1, (row.at - start) // timedelta(days=1))
            (opens if row.kind == "open" else clicks)[index] += 1
        return tuple(DayCount(today - timedelta(days=days - 1 - i), opens[i], clicks[i]) for i in range(days))

    def message_events(self, message_pk: int) -> MessageEvents | None:
        row = m.Message.get_or_none(m.Message.id == message_pk)
        if row is None:
            return None
        events = self.rows(message_pk=message_pk, limit=500)
        to = m.MessageParty.select().where((m.MessageParty.message == message_pk) & (m.MessageParty.role == "to"))
        people = [e for e in events if e.verdict.value in COUNTED]
        return MessageEvents(
            message_pk=row.id,
            subject=row.subject,
            sent_at=row.date,
            from_address=row.from_address,
            to=tuple(Address(p.address, p.name) for p in to.order_by(m.MessageParty.position)),
            events=events,
            opens_person=sum(e.kind == EventKind.OPEN for e in people),
            opens_machine=sum(e.kind == EventKind.OPEN and e.verdict.value not in COUNTED for e in events),
            clicks_person=sum(e.kind == EventKind.CLICK for e in people),
        )


def _select() -> ModelSelect:
    return (
        m.Event.select(
            m.Event,
            m.Message.message_id.alias("rfc_id"),
            m.Message.from_address,
            m.Message.from_name,
            m.Inbox.address.alias("inbox_address"),
        )
        .join(m.Message, JOIN.LEFT_OUTER)
        .switch(m.Event)
        .join(m.Inbox, JOIN.LEFT_OUTER)
        .objects()
    )


def _who(r: Any, known: dict[str, str]) -> str:
    """As the contact is called today. Somebody else may answer in a contact's thread: then it is that one's name."""
    if not r.contact_id:
        return str(r.who)
    reply = r.kind == "reply" and r.from_address
    name = known.get(address_key(r.from_address if reply else r.recipient))
    if name is None and reply:
        return str(r.from_name or r.from_address)
    return str(name or r.who)


def _row(r: Any, known: dict[str, str]) -> FeedRow:
    return FeedRow(
        id=EventId(r.id),
        kind=EventKind(r.kind),
        at=r.at,
        who=_who(r, known),
        address=r.recipient,
        contact_id=r.contact_id,
        message_pk=r.message_id,
        message_id=r.rfc_id or "",
        subject=r.subject,
        url=r.url,
        verdict=Verdict(r.verdict),
        reasons=tuple(r.reasons_json),
        notified=r.notified,
        notified_why=r.notified_why,
        seen=r.seen,
        user_agent=r.user_agent,
        ip=r.ip,
        inbox_address=r.inbox_address or "",
        problem=problem_from_json(r.problem_json),
        rule_version=r.rule_version,
    )
