"""Takes hits from the tracking server into the feed, each exactly once. Used by the stream worker and `hitchpost sync`.

Nothing waits for what may come after it: an open or a click is stored, shown and told as soon as it is here (N1, within a
second). A scanner is mostly known by its first request (its network, its name, no language, a click before any picture); what
only its next ones give away is judged again when these come in, whether that is a second or a day later, and the feed says so.
To hold back every click for some seconds would delay each person's to hide the first of a few machines'."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.domain.addresses import address_key
from app.domain.changes import Area
from app.domain.earlier_hosts import PRESENT
from app.domain.errors import Cancelled
from app.domain.events import EventId, EventKind, Hit, UnknownHit
from app.domain.hit_facts import HitFacts
from app.domain.outbox import CopyState
from app.domain.verdicts import Judgement
from app.services.cancellable import unless_cancelled
from app.services.forget_recipients import owe_again
from app.services.judge_hits import current_rules, judge_beside, settle_inferred
from app.services.note_event import note_event
from app.services.tracking_server import TrackingTarget
from app.services.workspace import Workspace
from app.store.events import COUNTED, NewEvent, StreamPlace, group_key
from app.store.hits import CopyFacts
from app.store.messages import KnownMessage, TrackedRecipient
from app.tracking.client import fetch_events, stream_events

PAGE = 1000
PULL = 10.0  # seconds for a page
BEHIND = 0.1  # seconds for one hit, from which on others may be waiting


@dataclass(frozen=True)
class _Arrived:
    hit: Hit
    facts: HitFacts
    recipient: TrackedRecipient
    message: KnownMessage
    contact: int | None
    name: str
    group: str


def take_hits(workspace: Workspace, hits: Sequence[Hit | UnknownHit], host: int = PRESENT) -> tuple[EventId, ...]:
    """Stores them and remembers the last one in one transaction: after a crash the stream goes on from there. Those of
    kinds that are not known here are counted and passed."""
    if not hits:
        return ()
    store = workspace.store
    made: list[EventId] = []
    with store.transaction(Area.EVENTS, Area.MESSAGES, source="tracking"):
        arrived = _new_ones(workspace, [hit for hit in hits if isinstance(hit, Hit)])
        judgements = _judged(workspace, arrived)
        for one in arrived:
            made.extend(_take(workspace, one, judgements[one.hit.server, one.hit.number]))
        if unknown := [hit.kind for hit in hits if isinstance(hit, UnknownHit)]:
            store.events.count_unknown(unknown)
        last = hits[-1]
        if host == PRESENT:
            store.events.set_stream_place(last.server, last.number)
        else:
            store.earlier_hosts.set_place(host, last.server, last.number)
    return tuple(made)


@dataclass(frozen=True)
class _Copy:
    recipient: TrackedRecipient
    message: KnownMessage
    contact: int | None
    name: str


def _new_ones(workspace: Workspace, hits: Sequence[Hit]) -> list[_Arrived]:
    copies: dict[tuple[str, str], _Copy | None] = {}
    found: dict[tuple[str, int], _Arrived] = {}
    events = workspace.store.events
    back: set[str] = set()
    # A server whose database was restored has another name from then on, and tells again what it told before.
    retold = {server: events.has_hits_besides(server) for server in {hit.server for hit in hits}}
    for hit in hits:
        refs = hit.message_ref, hit.recipient_ref
        if refs not in copies:
            copies[refs] = _copy_of(workspace, *refs)
        copy = copies[refs]
        if copy is None:
            back.add(hit.recipient_ref)  # or a message of another workspace that uses the same server
            continue
        if (hit.server, hit.number) in found:
            continue
        if events.has_hit(hit.server, hit.number):
            continue
        group = group_key(copy.recipient.message_pk, copy.recipient.address)
        if retold[hit.server] and _is_known(workspace, copy.recipient, hit, group):
            continue
        found[hit.server, hit.number] = _Arrived(
            hit, _facts(hit), copy.recipient, copy.message, copy.contact, copy.name, group
        )
    owe_again(workspace.store, back)
    return list(found.values())


def _is_known(workspace: Workspace, recipient: TrackedRecipient, hit: Hit, group: str) -> bool:
    """Whether it is stored under another number."""
    events = workspace.store.events
    if hit.kind is EventKind.UNSUBSCRIBE:
        return events.has_same_unsubscribe(recipient.message_pk, recipient.address, hit.at)
    return events.has_same_hit(group, hit.kind, hit.at, _url(hit))


def _url(hit: Hit) -> str:
    """As it is kept."""
    return hit.url if hit.kind == EventKind.CLICK else ""


def _copy_of(workspace: Workspace, message_ref: str, recipient_ref: str) -> _Copy | None:
    store = workspace.store
    recipient = store.messages.tracked_recipient(message_ref, recipient_ref)
    if recipient is None:
        return None
    contact = store.contacts.find(recipient.address)
    name = (store.contacts.name(contact) if contact is not None else "") or recipient.name or recipient.address
    return _Copy(recipient, store.messages.get(recipient.message_pk), contact, name)


def _facts(hit: Hit) -> HitFacts:
    return HitFacts(
        kind=hit.kind,
        at=hit.at,
        method=hit.method,
        user_agent=hit.user_agent,
        ip=hit.ip,
        headers=hit.headers,
        own=hit.own,
        link=hit.link,
        bare=not hit.ip and not hit.user_agent,
    )


def _judged(workspace: Workspace, arrived: Sequence[_Arrived]) -> dict[tuple[str, int], Judgement]:
    """Each with all that came in around it, now and before; what came before is judged again."""
    if not arrived:
        return {}
    store = workspace.store
    rules = current_rules(store, min(one.facts.at for one in arrived))
    groups: dict[str, list[_Arrived]] = {}
    for one in arrived:
        groups.setdefault(one.group, []).append(one)
    copies = store.hits.copies((one.recipient.message_pk, one.recipient.address) for one in arrived)
    found = {}
    for group, some in groups.items():
        recipient, message = some[0].recipient, some[0].message
        plain = CopyFacts(message.date, recipient.bounced_at, 0)
        copy = copies.get((recipient.message_pk, recipient.address), plain)
        judgements, changed = judge_beside(store, rules, group, copy, [one.facts for one in some])
        found.update({(one.hit.server, one.hit.number): judged for one, judged in zip(some, judgements, strict=True)})
        if changed:
            settle_inferred(store, group, recipient.message_pk, recipient.address)
    return found


def _take(workspace: Workspace, one: _Arrived, judged: Judgement) -> tuple[EventId, ...]:
    hit, recipient, message = one.hit, one.recipient, one.message
    if judged.verdict.value in COUNTED:
        settle_by_evidence(workspace, recipient.message_pk, recipient.address)
    made = note_event(
        workspace,
        NewEvent(
            kind=hit.kind,
            at=hit.at,
            user_id=message.user_id,
            verdict=judged.verdict,
            reasons=judged.reasons,
            who=one.name,
            recipient=recipient.address,
            subject=message.subject,
            url=_url(hit),
            message_pk=recipient.message_pk,
            contact_id=one.contact,
            ip=hit.ip,
            user_agent=hit.user_agent,
            server=hit.server,
            number=hit.number,
            method=hit.method,
            headers=hit.headers,
            own=hit.own,
            link=hit.link,
            honeypot=hit.honeypot,
            rules=judged.rules,
            proxy=judged.proxy or "",
            cut=one.facts.bare,
        ),
    )
    return () if hit.honeypot else made


def settle_by_evidence(workspace: Workspace, message_pk: int, recipient: str) -> None:
    """Somebody read, answered or bounced a message whose sending was in doubt: it went out. Inside a transaction."""
    from app.services.write_message import finish_settled  # seldom needed, and it brings all that writes messages

    outbox = workspace.store.outbox
    for outbox_id in outbox.unknown_for(message_pk):
        message = outbox.get(outbox_id)
        if message is None:
            continue
        for copy in message.copies:
            if copy.state == CopyState.UNKNOWN and address_key(copy.recipient) == address_key(recipient):
                outbox.set_copy(outbox_id, copy.position, CopyState.ACCEPTED, reply="the recipient has it")
        finish_settled(workspace, outbox_id)


def pull_hits(
    workspace: Workspace,
    target: TrackingTarget,
    timeout: float,
    cancel: threading.Event | None = None,
    *,
    host: int = PRESENT,
) -> tuple[EventId, ...]:
    """Everything that is new on the server, the present one or an earlier `host`, page by page. Raises TrackingError;
    Cancelled soon after `cancel` is set."""
    made: list[EventId] = []
    while True:
        place = _place(workspace, host)
        if place is None:
            return tuple(made)
        fetch = partial(fetch_events, target.api_url, target.token, place.number, timeout, server=place.server)
        hits = unless_cancelled(fetch, cancel)
        made.extend(take_hits(workspace, hits, host))
        if len(hits) < PAGE:
            return tuple(made)


def _place(workspace: Workspace, host: int) -> StreamPlace | None:
    """None for an earlier one that was given up, or is the present one, meanwhile."""
    store = workspace.store
    return store.events.stream_place() if host == PRESENT else store.earlier_hosts.place(host)


def follow_hits(
    workspace: Workspace, target: TrackingTarget, cancel: threading.Event, asked: Callable[[float], None] | None = None
) -> Iterator[tuple[EventId, ...]]:
    """Each hit as it comes, stored before it is told. Ends within a second of `cancel`; raises TrackingError when the
    stream is lost. `asked` is told after how many seconds the server wants one to come back.

    Each is judged with all around it: of a flood on one copy (somebody has a link followed a hundred times a second) one by
    one takes so long that the next ones would wait for minutes. What came in meanwhile is then taken page by page."""
    place = done = workspace.store.events.stream_place()
    for hit in stream_events(target.api_url, target.token, place.number, cancel, server=place.server, asked=asked):
        if hit.server == done.server and hit.number <= done.number:
            continue
        began = time.monotonic()
        made = take_hits(workspace, [hit])
        late = time.monotonic() - began >= BEHIND
        yield made
        if late:
            try:
                made = pull_hits(workspace, target, PULL, cancel)
            except Cancelled:
                return
            done = workspace.store.events.stream_place()
            yield made
