"""Hits as they were kept: what the verdicts are made of, read again and judged again. Used by the services that judge.

A hit is an event with `server`. Those of one recipient's copy of one message (`group_key`) are judged together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from peewee import Expression, fn

from app.domain.events import HONEYPOT_LINK, RULE_VERSION, EventId, EventKind, Verdict
from app.domain.hit_facts import HitFacts
from app.store import models as m
from app.store.fields import from_micros, to_micros
from app.store.prepared import Among, Prepared

if TYPE_CHECKING:
    from app.domain.verdicts import Judgement


@dataclass(frozen=True)
class KeptHit:
    """`fixed`: the user's own verdict, or nothing left to judge it by. `first_verdict`: as it was when it came in, empty for
    those of older versions that the user had marked."""

    id: EventId
    group: str
    message_pk: int
    recipient: str
    verdict: Verdict
    reasons: tuple[str, ...]
    rules: tuple[str, ...]
    proxy: str
    rule_version: int
    first_verdict: str
    notified: bool
    fixed: bool
    facts: HitFacts


@dataclass(frozen=True)
class CopyFacts:
    """Of one recipient's copy: when it was sent, when it bounced, how many links it has."""

    sent_at: datetime
    bounced_at: datetime | None
    links: int


@dataclass(frozen=True)
class InferredRow:
    """The open that was concluded for a copy. `from_reply`: by an older version, from an answer that it did not name."""

    id: EventId
    at: datetime
    verdict: Verdict
    manual: bool
    inferred_from: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """The first thing that a person can have done only with the message open."""

    id: EventId
    at: datetime
    kind: EventKind
    user_id: int
    who: str
    contact_id: int | None


class Hits:
    def around(self, group: str, begin: datetime, end: datetime) -> list[KeptHit]:
        return [_kept(row) for row in _AROUND.rows(group, to_micros(begin), to_micros(end))]

    def of_groups(self, groups: Collection[str]) -> dict[str, list[KeptHit]]:
        found: dict[str, list[KeptHit]] = defaultdict(list)
        for row in _OF_GROUPS.rows(groups):
            hit = _kept(row)
            found[hit.group].append(hit)
        return found

    def groups_after(self, last: str, limit: int) -> list[str]:
        """Copies that have hits, in the order of their keys."""
        return [str(key) for (key,) in _GROUPS_AFTER.rows(last, limit)]

    def count_groups(self, last: str) -> int:
        """How many come after this one."""
        hits = m.Event.select(fn.COUNT(m.Event.group_key.distinct()))
        return int(
            hits.where((m.Event.group_key > last) & (m.Event.group_key != "") & ~m.Event.server.is_null()).scalar()
        )

    def recent(self, since: datetime) -> list[tuple[str, str]]:
        """(copy, address) of hits that came in since then."""
        found = m.Event.select(m.Event.group_key, m.Event.ip).where(
            _uncut() & (m.Event.at >= since) & (m.Event.ip != "")
        )
        return list(found.distinct().tuples())

    def groups_of_addresses(self, addresses: Collection[str]) -> list[str]:
        """Copies with hits from one of these addresses, in the order of their keys."""
        return sorted({str(key) for (key,) in _OF_ADDRESSES.rows(addresses)}) if addresses else []

    def addresses(self) -> list[str]:
        """All that hits came from and that are kept still."""
        return [str(ip) for (ip,) in m.Event.select(m.Event.ip).where(m.Event.ip != "").distinct().tuples()]

    def count(self) -> tuple[int, int]:
        """(hits, those that can be judged again)"""
        hits = m.Event.select(fn.COUNT(m.Event.id)).where(
            m.Event.server.is_null(False) & (m.Event.kind != "unsubscribe")
        )
        return int(hits.scalar()), int(hits.where((m.Event.cut == False) & (m.Event.manual == False)).scalar())  # noqa: E712

    def copies(self, copies: Iterable[tuple[int, str]]) -> dict[tuple[int, str], CopyFacts]:
        """Of these (message, recipient)."""
        wanted = set(copies)
        pks = {pk for pk, _ in wanted}
        sent = {pk: from_micros(date) for pk, date in _SENT.rows(pks)}
        links = dict(_LINKS.rows(pks))
        bounced = {(pk, address): at for pk, address, at in _BOUNCED.rows(pks)}
        return {
            (pk, recipient): CopyFacts(
                sent[pk], None if (at := bounced.get((pk, recipient))) is None else from_micros(at), links.get(pk, 0)
            )
            for pk, recipient in wanted
            if pk in sent
        }

    def rejudge(self, hit: KeptHit, judgement: Judgement, reasons: tuple[str, ...]) -> None:
        """Inside a transaction."""
        _REJUDGE.run(
            judgement.verdict.value,
            _json(reasons),
            _json(judgement.rules),
            judgement.proxy or "",
            RULE_VERSION,
            hit.id,
        )

    # -- opens that were concluded

    def first_reply(self, group: str) -> datetime | None:
        """By a person."""
        row = _FIRST_REPLY.row(group)
        return None if row is None else from_micros(row[0])

    def evidence(self, group: str) -> Evidence | None:
        row = _EVIDENCE.row(group)
        if row is None:
            return None
        pk, at, kind, user, who, contact = row
        return Evidence(EventId(pk), from_micros(at), EventKind(kind), user, who, contact)

    def first_open(self, group: str) -> datetime | None:
        """By a person, as it was seen."""
        row = _FIRST_OPEN.row(group)
        return None if row is None else from_micros(row[0])

    def inferred(self, group: str) -> InferredRow | None:
        row = _INFERRED.row(group)
        if row is None:
            return None
        pk, at, verdict, manual, evidence, reasons = row
        return InferredRow(
            EventId(pk), from_micros(at), Verdict(verdict), bool(manual), evidence, tuple(json.loads(reasons))
        )

    def set_inferred(
        self, event_id: EventId, verdict: Verdict, reasons: Sequence[str], at: datetime, evidence: int | None
    ) -> None:
        """Inside a transaction."""
        m.Event.update(
            verdict=verdict.value, reasons_json=list(reasons), at=at, inferred_from=evidence, rule_version=RULE_VERSION
        ).where(m.Event.id == event_id).execute()

    # -- what is kept for a time only

    def cut_before(self, at: datetime, limit: int) -> int:
        """Removes address, agent and headers of up to `limit` hits that are older; verdict and reasons stay. Returns how many
        there were. Inside a transaction."""
        old = m.Event.select(m.Event.id).where(_uncut() & (m.Event.at < at)).limit(limit)
        return int(
            m.Event.update(ip="", user_agent="", headers_json=None, cut=True).where(m.Event.id.in_(old)).execute()
        )


def _uncut() -> Expression:
    return (m.Event.cut == False) & m.Event.server.is_null(False)  # noqa: E712


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))


_COLUMNS = (
    m.Event.id, m.Event.group_key, m.Event.message_id, m.Event.recipient, m.Event.verdict, m.Event.reasons_json,
    m.Event.rules_json, m.Event.proxy, m.Event.rule_version, m.Event.first_verdict, m.Event.notified, m.Event.manual,
    m.Event.cut, m.Event.kind, m.Event.at, m.Event.method, m.Event.user_agent, m.Event.ip, m.Event.headers_json,
    m.Event.own, m.Event.link,
)  # fmt: skip


def _kept(row: tuple[Any, ...]) -> KeptHit:
    (pk, group, message, recipient, verdict, reasons, rules, proxy, version, first, notified, manual, cut,
     kind, at, method, agent, ip, headers, own, link) = row  # fmt: skip
    facts = HitFacts(
        kind=EventKind(kind),
        at=from_micros(at),
        method=method,
        user_agent=agent,
        ip=ip,
        headers=None if headers is None else json.loads(headers),
        own=bool(own),
        link=link,
        bare=not ip and not agent,
    )
    return KeptHit(
        EventId(pk), group, message, recipient, Verdict(verdict), tuple(json.loads(reasons)), tuple(json.loads(rules)),
        proxy, version, first, bool(notified), bool(manual or cut), facts,
    )  # fmt: skip


_JUDGED = m.Event.server.is_null(False) & (m.Event.kind != EventKind.UNSUBSCRIBE.value)
_AROUND = Prepared(
    3,
    lambda group, begin, end: (
        m.Event.select(*_COLUMNS)
        .where((m.Event.group_key == group) & (m.Event.at >= begin) & (m.Event.at <= end) & _JUDGED)
        .order_by(m.Event.at, m.Event.id)
    ),
)
_OF_GROUPS = Among(
    lambda groups: (
        m.Event.select(*_COLUMNS)
        .where(m.Event.group_key.in_(groups) & (m.Event.group_key != "") & _JUDGED)
        .order_by(m.Event.group_key, m.Event.at, m.Event.id)
    )
)
_GROUPS_AFTER = Prepared(
    2,
    lambda last, limit: (
        m.Event.select(m.Event.group_key)
        .where((m.Event.group_key > last) & (m.Event.group_key != "") & m.Event.server.is_null(False))
        .distinct()
        .order_by(m.Event.group_key)
        .limit(limit)
    ),
)
_OF_ADDRESSES = Among(
    lambda addresses: (
        m.Event.select(m.Event.group_key).where(m.Event.ip.in_(addresses) & (m.Event.ip != "") & _JUDGED).distinct()
    )
)
_SENT = Among(lambda pks: m.Message.select(m.Message.id, m.Message.date).where(m.Message.id.in_(pks)))
_LINKS = Among(
    lambda pks: (
        m.TrackedLink.select(m.TrackedLink.message_id, fn.COUNT(m.TrackedLink.id))
        .where(m.TrackedLink.message.in_(pks) & (m.TrackedLink.position != HONEYPOT_LINK))
        .group_by(m.TrackedLink.message_id)
    )
)
_BOUNCED = Among(
    lambda pks: m.TrackedRecipient.select(
        m.TrackedRecipient.message_id, m.TrackedRecipient.address, m.TrackedRecipient.bounced_at
    ).where(m.TrackedRecipient.message.in_(pks) & m.TrackedRecipient.bounced_at.is_null(False))
)
_REJUDGE = Prepared(
    6,
    lambda verdict, reasons, rules, proxy, version, pk: m.Event.update(
        verdict=verdict, reasons_json=reasons, rules_json=rules, proxy=proxy, rule_version=version
    ).where(m.Event.id == pk),
)
_EVIDENCE = Prepared(
    1,
    lambda group: (
        m.Event.select(m.Event.id, m.Event.at, m.Event.kind, m.Event.user_id, m.Event.who, m.Event.contact_id)
        .where(
            (m.Event.group_key == group)
            & (m.Event.group_key != "")
            & m.Event.kind.in_([EventKind.CLICK.value, EventKind.REPLY.value])
            & (m.Event.verdict == Verdict.PERSON.value)
            & (m.Event.honeypot == False)  # noqa: E712
        )
        .order_by(m.Event.at, m.Event.id)
        .limit(1)
    ),
)


def _first_by_a_person(kind: EventKind) -> Prepared:
    return Prepared(
        1,
        lambda group: (
            m.Event.select(m.Event.at)
            .where(
                (m.Event.group_key == group)
                & (m.Event.group_key != "")
                & (m.Event.kind == kind.value)
                & (m.Event.verdict == Verdict.PERSON.value)
            )
            .order_by(m.Event.at)
            .limit(1)
        ),
    )


_FIRST_OPEN = _first_by_a_person(EventKind.OPEN)
_FIRST_REPLY = _first_by_a_person(EventKind.REPLY)
_INFERRED = Prepared(
    1,
    lambda group: (
        m.Event.select(
            m.Event.id, m.Event.at, m.Event.verdict, m.Event.manual, m.Event.inferred_from, m.Event.reasons_json
        )
        .where(
            (m.Event.group_key == group)
            & (m.Event.group_key != "")
            & (m.Event.kind == EventKind.OPEN.value)
            & m.Event.server.is_null()
        )
        .order_by(m.Event.id)
        .limit(1)
    ),
)
