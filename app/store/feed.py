"""The feed of events for screens and the command line: newest first, paged by the last row seen."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from peewee import JOIN, Expression, ModelSelect, Tuple, fn

from app.domain.addresses import Address, address_key
from app.domain.events import EventId, EventKind, Verdict
from app.domain.feed_filter import FeedFilter, FeedTotals
from app.domain.notices import IN_QUIET, NOT_TOLD_YET
from app.domain.readers import reader_unknown, someone_at
from app.domain.views import DayCount, FeedPage, FeedRow, MessageEvents
from app.store import models as m
from app.store.codec import problem_from_json
from app.store.events import COUNTED
from app.store.fields import to_micros
from app.store.timeline import contact_names

SLICE = 10_000  # events that are counted before somebody is asked whether to go on


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
        contact_id: int | None = None,
        ids: Collection[EventId] | None = None,
        limit: int = 200,
    ) -> tuple[FeedRow, ...]:
        """Newest first; `before` is the last row of the page before."""
        wanted = FeedFilter(
            None if kinds is None else frozenset(kinds), people_only, search, contact_id, message_pk, since=since
        )
        return self.filtered(wanted, before=before, ids=ids, limit=limit)

    def filtered(
        self,
        wanted: FeedFilter,
        *,
        before: EventId | None = None,
        ids: Collection[EventId] | None = None,
        limit: int = 200,
    ) -> tuple[FeedRow, ...]:
        """As `rows`."""
        query = _narrowed(_select().order_by(m.Event.at.desc(), m.Event.id.desc()).limit(limit), wanted)
        if ids is not None:
            query = query.where(m.Event.id.in_(list(ids)))
        for word in _words(wanted.search):
            query = query.where(_names(word))
        if before is not None:
            last = m.Event.get_or_none(m.Event.id == before)
            if last is not None:
                query = query.where(_is_below(last.at, before))
        found = list(query)
        known = contact_names([r.from_address if r.kind == "reply" else r.recipient for r in found if r.contact_id])
        return tuple(_row(r, known) for r in found)

    def page(
        self,
        kinds: Collection[EventKind] | None = None,
        *,
        people_only: bool = False,
        search: str = "",
        before: EventId | None = None,
        message_pk: int | None = None,
        contact_id: int | None = None,
        limit: int = 200,
        most: int = 3_000,
    ) -> FeedPage:
        """As `rows`; a search looks at `most` events at a time, whether it finds some or not."""
        wanted = FeedFilter(None if kinds is None else frozenset(kinds), people_only, search, contact_id, message_pk)
        if not search.split():
            rows = self.rows(
                kinds, people_only=people_only, before=before, message_pk=message_pk, contact_id=contact_id, limit=limit
            )
            return FeedPage(rows, rows[-1].id if len(rows) == limit else None)
        place = None if before is None else (m.Event.get_by_id(before).at, before)
        slice_, end = _slice(wanted, place, most)
        for word in _words(search):
            slice_ = slice_.where(_names(word))
        ids = [EventId(row[0]) for row in slice_.limit(limit).tuples()]
        rows = self.rows(ids=ids, limit=limit) if ids else ()
        if len(ids) == limit:
            return FeedPage(rows, ids[-1])
        return FeedPage(rows, None if end is None else end[1])

    def get(self, event_id: EventId) -> FeedRow | None:
        found = self.rows(ids=[event_id], limit=1)
        return found[0] if found else None

    def totals(self, wanted: FeedFilter, go_on: Callable[[], bool] = lambda: True) -> FeedTotals | None:
        """Of all events that the filter lets through, some thousand at a time. None when `go_on` has said no in between."""
        found, place = FeedTotals(), None
        while go_on():
            slice_, place = _slice(wanted, place, SLICE)
            for word in _words(wanted.search):
                slice_ = slice_.where(_names(word))
            inner = slice_.select(m.Event.kind, m.Event.verdict).order_by().alias("part")
            query = m.Event.select(inner.c.kind, inner.c.verdict, fn.COUNT(1)).from_(inner)
            for kind, verdict, number in query.group_by(inner.c.kind, inner.c.verdict).tuples():
                by_people, touched = verdict in COUNTED, kind in ("open", "click")
                found += FeedTotals(
                    number,
                    number if kind == "open" and by_people else 0,
                    number if kind == "click" and by_people else 0,
                    number if touched and verdict == Verdict.MACHINE.value else 0,
                )
            if place is None:
                return found
        return None

    def newest_id(self) -> int:
        """0 when there is no event."""
        return int(m.Event.select(fn.MAX(m.Event.id)).scalar() or 0)

    def untold(self, after: int) -> tuple[EventId, ...]:
        """Events above number `after` of which nobody was told because no window was open, oldest first."""
        query = m.Event.select(m.Event.id).where(
            (m.Event.id > after)
            & (m.Event.notified == False)  # noqa: E712
            & m.Event.notified_why.in_([NOT_TOLD_YET, IN_QUIET])
            & ~m.Event.honeypot
        )
        return tuple(EventId(row[0]) for row in query.order_by(m.Event.id).tuples())

    def counts(
        self,
        days: int,
        today: date,
        midnight: datetime,
        *,
        message_pk: int | None = None,
        contact_id: int | None = None,
    ) -> tuple[DayCount, ...]:
        """Per local day, oldest first, the last one `today`, which began at `midnight` (UTC). A day is 24 hours before
        the next one: exact but for the two days a year on which clocks change."""
        scope = FeedFilter(contact_id=contact_id, message_pk=message_pk)
        start = midnight - timedelta(days=days - 1)
        opens, clicks = [0] * days, [0] * days
        began, day_long = to_micros(start), to_micros(midnight) - to_micros(midnight - timedelta(days=1))
        day = (m.Event.at.cast("integer") - began) / day_long  # whole days: both are integers
        queries = [
            m.Event.select(m.Event.kind, day, fn.COUNT(m.Event.id)).where(
                (m.Event.kind == kind) & (m.Event.at >= start) & (m.Event.verdict == verdict)
            )
            for kind, verdict in product(("open", "click"), COUNTED)
        ]
        if message_pk is not None or contact_id is not None:  # by kind, SQLite would go through those of all messages
            mine = _narrowed(m.Event.select(m.Event.kind, day, fn.COUNT(m.Event.id)).where(m.Event.at >= start), scope)
            queries = [mine.where(m.Event.verdict.in_(COUNTED))]
        for query in queries:
            for kind, index, number in query.group_by(m.Event.kind, day).tuples():
                counts = {"open": opens, "click": clicks}.get(kind)
                if counts is not None:
                    counts[min(days - 1, int(index))] += number
        return tuple(DayCount(today - timedelta(days=days - 1 - i), opens[i], clicks[i]) for i in range(days))

    def unsubscribed_at(self, contact_id: int) -> datetime | None:
        """When the contact asked last for no more mail; None when never, or when it was noted since that mail is wanted
        again."""
        return max(self.unsubscribed(contact_id).values(), default=None)

    def unsubscribed(self, contact_id: int) -> dict[str, datetime]:
        """Each address of the contact that asked for no more mail, and when; without those that want it again."""
        by_them = (m.Event.kind == EventKind.UNSUBSCRIBE.value) & (m.Event.verdict != Verdict.OWN.value)
        events = m.Event.select(m.Event.kind, m.Event.recipient, m.Event.at).where(
            (m.Event.contact == contact_id) & (by_them | (m.Event.kind == EventKind.RESUBSCRIBE.value))
        )
        found: dict[str, tuple[str, str, datetime]] = {}
        for kind, recipient, at in events.order_by(m.Event.at, m.Event.id).tuples():
            found[address_key(recipient)] = kind, recipient, at
        return {who: at for kind, who, at in found.values() if kind == EventKind.UNSUBSCRIBE.value}

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
        )


def _narrowed(query: ModelSelect, wanted: FeedFilter) -> ModelSelect:
    """By all but the words of a search."""
    query = query.where(~m.Event.honeypot)
    if wanted.kinds is not None:
        query = query.where(m.Event.kind.in_([k.value for k in wanted.kinds]))
    if wanted.people_only:
        query = query.where(m.Event.verdict.in_(COUNTED))
    if wanted.verdicts is not None:
        query = query.where(m.Event.verdict.in_([v.value for v in wanted.verdicts]))
    if wanted.since is not None:
        query = query.where(m.Event.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(m.Event.at < wanted.until)
    if wanted.message_pk is not None:
        query = query.where(m.Event.message == wanted.message_pk)
    if wanted.contact_id is not None:
        query = query.where(m.Event.contact == wanted.contact_id)
    return query


_Place = tuple[datetime, EventId]


def _slice(wanted: FeedFilter, place: _Place | None, most: int) -> tuple[ModelSelect, _Place | None]:
    """The `most` newest events below `place`, without regard to words, and where they end; None: they are the last ones."""
    found = _narrowed(m.Event.select(m.Event.id, m.Event.at), wanted).order_by(m.Event.at.desc(), m.Event.id.desc())
    if place is not None:
        found = found.where(_is_below(*place))
    end = found.offset(most - 1).limit(1).tuples().first()
    if end is None:
        return found, None
    return found.where(Tuple(m.Event.at, m.Event.id) >= (to_micros(end[1]), end[0])), (end[1], EventId(end[0]))


def _words(search: str) -> list[str]:
    return search.casefold().split()[:10]


_OF_LINKS = frozenset("?=&%#")


def _names(word: str) -> Expression:
    """Whether the event, or its contact as it is called today, does. What stands behind the question mark of a link, at the end
    of the key, is for machines: only a word that is written as there finds it."""
    named = m.Event.search_key.contains(word)
    if not _OF_LINKS.intersection(word):
        query = fn.INSTR(m.Event.url, "?")
        rest = fn.LENGTH(m.Event.search_key) - fn.LENGTH(m.Event.url) + query - 1
        named &= (query == 0) | fn.SUBSTR(m.Event.search_key, 1, rest).contains(word)
    called = m.Contact.select(m.Contact.id).where(
        (m.Contact.id == m.Event.contact) & m.Contact.search_key.contains(word)
    )
    return named | fn.EXISTS(called)


def _is_below(at: datetime, event_id: EventId) -> Expression:
    """Older in the feed's order. As one comparison: then an index leads there."""
    return Tuple(m.Event.at, m.Event.id) < (to_micros(at), event_id)


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
    who, kind, verdict = _who(r, known), EventKind(r.kind), Verdict(r.verdict)
    unknown = reader_unknown(kind, verdict, r.recipient)
    if unknown and address_key(who) == address_key(r.recipient):  # nobody has given it a name
        who = someone_at(r.recipient)
    return FeedRow(
        id=EventId(r.id),
        kind=kind,
        at=r.at,
        who=who,
        address=r.recipient,
        contact_id=r.contact_id,
        message_pk=r.message_id,
        message_id=r.rfc_id or "",
        subject=r.subject,
        url=r.url,
        verdict=verdict,
        reasons=(*r.reasons_json, *((unknown,) if unknown else ())),
        notified=r.notified,
        notified_why=r.notified_why,
        seen=r.seen,
        user_agent=r.user_agent,
        ip=r.ip,
        inbox_address=r.inbox_address or "",
        problem=problem_from_json(r.problem_json),
        rule_version=r.rule_version,
        rules=tuple(r.rules_json),
        proxy=r.proxy,
        cut=r.cut,
        first_verdict=r.first_verdict,
    )
