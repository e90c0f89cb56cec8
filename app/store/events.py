"""Events: opens, clicks, replies, bounces, lost inboxes. Nothing is ever deleted here, only marked. What hits were judged by is
read and written again in `hits`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.domain.events import RULE_VERSION, EventId, EventKind, Verdict
from app.store import models as m
from app.store.codec import problem_to_json
from app.store.fields import now, to_micros
from app.store.models import Setting
from app.store.prepared import Inserted, Prepared

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId
    from app.domain.problems import Problem

COUNTED = (Verdict.PERSON.value, Verdict.INFERRED.value)


@dataclass(frozen=True)
class NewEvent:
    """`server`, `number`: of a hit on a tracking server; together they come in once. `quiet`: why nobody is to be told;
    such an event counts as seen. `group`: the recipient's copy that it is about (`group_key`). `inferred_from`: of an
    inferred open."""

    kind: EventKind
    at: datetime
    user_id: int
    verdict: Verdict
    reasons: tuple[str, ...]
    who: str
    recipient: str = ""
    subject: str = ""
    url: str = ""
    message_pk: int | None = None
    inbox_id: InboxId | None = None
    contact_id: int | None = None
    ip: str = ""
    user_agent: str = ""
    problem: Problem | None = None
    server: str | None = None
    number: int | None = None
    quiet: str = ""
    method: str = ""
    headers: Mapping[str, str] | None = None
    own: bool = False
    link: int | None = None
    honeypot: bool = False
    group: str = ""
    rules: tuple[str, ...] = ()
    proxy: str = ""
    cut: bool = False
    inferred_from: EventId | None = None


@dataclass(frozen=True)
class StreamPlace:
    """`number` counts the hits of one server's database, which `server` names."""

    server: str
    number: int


_PLACE = "_stream.place"
_UNKNOWN = "_stream.unknown"
_KIND_LENGTH = 40
_MAX_UNKNOWN = 20  # kinds that are counted apart; all others together have the name ""


def group_key(message_pk: int, recipient: str) -> str:
    """One recipient's copy of one message: what is judged together."""
    return f"{message_pk}/{recipient}"


class Events:
    def add(self, new: NewEvent) -> EventId | None:
        """None when this hit is stored already. Inside a transaction."""
        if new.server is not None and self.has_hit(new.server, new.number or 0):
            return None
        row = {
            "kind": new.kind.value,
            "at": new.at,
            "user": new.user_id,
            "message": new.message_pk,
            "inbox": new.inbox_id,
            "contact": new.contact_id,
            "recipient": new.recipient,
            "who": new.who,
            "subject": new.subject,
            "url": new.url,
            "rule_version": RULE_VERSION,
            "notified_why": new.quiet or "the window was not open",
            "seen": bool(new.quiet),
            "problem_json": problem_to_json(new.problem),
            "search_key": " ".join((new.who, new.recipient, new.subject, new.url)).casefold(),
            "created_at": now(),
            "group_key": new.group,
            "inferred_from": new.inferred_from,
            **_of_hit(new),
        }
        return EventId(_ADD.add(row))

    def has_hit(self, server: str, number: int) -> bool:
        return _HAS_HIT.row(server, number) is not None

    def has_hits_besides(self, server: str) -> bool:
        """Whether there are hits of other servers, or of this one under another name."""
        return _OTHERS.row(server, server) is not None

    def has_same_hit(self, group: str, kind: EventKind, at: datetime, url: str) -> bool:
        """Whether a hit of this copy is stored that came at this very microsecond, whatever its number is."""
        return _SAME_HIT.row(group, kind.value, to_micros(at), url) is not None

    def has_same_unsubscribe(self, message_pk: int, recipient: str, at: datetime) -> bool:
        """The same for those, which belong to no group: nothing is judged together with them."""
        return _SAME_UNSUBSCRIBE.row(message_pk, recipient, to_micros(at)) is not None

    def replace_inferred(self, new: NewEvent) -> EventId | None:
        """The open that was concluded from what came after it turns out to be this one: it becomes it, in its place. None
        when there is no such open. Inside a transaction."""
        row = _CONCLUDED.row(new.group, to_micros(new.at))
        if row is None:
            return None
        m.Event.update(at=new.at, rule_version=RULE_VERSION, inferred_from=None, **_of_hit(new)).where(
            m.Event.id == row[0]
        ).execute()
        return EventId(row[0])

    def set_inferred_from(self, event_id: EventId, evidence: EventId) -> None:
        m.Event.update(inferred_from=evidence).where(m.Event.id == event_id).execute()

    def mark_notified(self, event_id: EventId, notified: bool, why: str) -> None:
        _NOTIFIED.run(notified, why, event_id)

    def mark_seen(self, event_id: EventId | None = None) -> None:
        """One, or all."""
        query = m.Event.update(seen=True)
        query.where(m.Event.id == event_id if event_id is not None else m.Event.seen == False).execute()  # noqa: E712

    def unseen(self) -> int:
        """Unseen events that a person caused, or that need a person."""
        return int(
            m.Event.select()
            .where((m.Event.seen == False) & m.Event.verdict.in_(COUNTED))  # noqa: E712
            .count()
        )

    def set_verdict(self, event_id: EventId, verdict: Verdict, reason: str) -> str:
        """The user's own, which no rule changes any more. Returns the copy that it is about. Inside a transaction."""
        row = m.Event.get_by_id(event_id)
        m.Event.update(verdict=verdict.value, reasons_json=[reason, *row.reasons_json], manual=True).where(
            m.Event.id == event_id
        ).execute()
        return str(row.group_key)

    # -- the place in a tracking server's stream

    def stream_place(self) -> StreamPlace:
        """After which hit of which server the stream goes on; ("", 0) before the first one."""
        row = Setting.get_or_none(Setting.name == _PLACE)
        return StreamPlace(*row.value_json) if row is not None else StreamPlace("", 0)

    def set_stream_place(self, server: str, number: int) -> None:
        """In the transaction that stores the events up to it."""
        _put(_PLACE, [server, number])

    # -- what a newer server tells

    def unknown_kinds(self) -> dict[str, int]:
        """How many hits were passed over whose kind this version does not know, by kind."""
        row = Setting.get_or_none(Setting.name == _UNKNOWN)
        return dict(row.value_json) if row is not None else {}

    def count_unknown(self, kinds: Iterable[str]) -> None:
        """In the transaction that goes past them."""
        counts = self.unknown_kinds()
        for kind in kinds:
            name = kind[:_KIND_LENGTH]
            name = name if name in counts or len(counts) < _MAX_UNKNOWN else ""
            counts[name] = counts.get(name, 0) + 1
        _put(_UNKNOWN, counts)


def _put(name: str, value: object) -> None:
    Setting.insert(name=name, value_json=value, changed_at=now()).on_conflict(
        conflict_target=[Setting.name], update={Setting.value_json: value, Setting.changed_at: now()}
    ).execute()


def _of_hit(new: NewEvent) -> dict[str, object]:
    """The columns in which an open that was concluded differs from one that was seen."""
    return {
        "verdict": new.verdict.value,
        "reasons_json": list(new.reasons),
        "ip": new.ip,
        "user_agent": new.user_agent[:500],
        "server": new.server,
        "number": new.number,
        "method": new.method,
        "headers_json": None if new.headers is None else dict(new.headers),
        "own": new.own,
        "link": new.link,
        "honeypot": new.honeypot,
        "rules_json": list(new.rules),
        "proxy": new.proxy,
        "cut": new.cut,
        "first_verdict": new.verdict.value if new.server is not None else "",
    }


_ADD = Inserted(
    m.Event, "kind", "at", "user", "message", "inbox", "contact", "recipient", "who", "subject", "url", "verdict",
    "reasons_json", "rule_version", "notified_why", "seen", "ip", "user_agent", "problem_json", "search_key", "server",
    "number", "created_at", "method", "headers_json", "own", "link", "honeypot", "group_key", "rules_json", "proxy", "cut",
    "first_verdict", "inferred_from",
)  # fmt: skip
_CONCLUDED = Prepared(
    2,
    lambda group, at: (
        m.Event.select(m.Event.id)
        .where(
            (m.Event.group_key == group)
            & (m.Event.group_key != "")
            & (m.Event.kind == EventKind.OPEN.value)
            & (m.Event.verdict == Verdict.INFERRED.value)
            & (m.Event.at >= at)
            & (m.Event.manual == False)  # noqa: E712
        )
        .order_by(m.Event.at, m.Event.id)
        .limit(1)
    ),
)
_HAS_HIT = Prepared(
    2, lambda server, number: m.Event.select(m.Event.id).where((m.Event.server == server) & (m.Event.number == number))
)
_OTHERS = Prepared(
    2,
    lambda below, above: m.Event.select(m.Event.id).where((m.Event.server < below) | (m.Event.server > above)).limit(1),
)
_SAME_HIT = Prepared(
    4,
    lambda group, kind, at, url: (
        m.Event.select(m.Event.id)
        .where(
            (m.Event.group_key == group)
            & (m.Event.at == at)
            & (m.Event.kind == kind)
            & (m.Event.url == url)
            & m.Event.server.is_null(False)
        )
        .limit(1)
    ),
)
_SAME_UNSUBSCRIBE = Prepared(
    3,
    lambda message, recipient, at: (
        m.Event.select(m.Event.id)
        .where(
            (m.Event.message == message)
            & (m.Event.kind == EventKind.UNSUBSCRIBE.value)
            & (m.Event.recipient == recipient)
            & (m.Event.at == at)
            & m.Event.server.is_null(False)
        )
        .limit(1)
    ),
)
_NOTIFIED = Prepared(3, lambda done, why, pk: m.Event.update(notified=done, notified_why=why).where(m.Event.id == pk))
