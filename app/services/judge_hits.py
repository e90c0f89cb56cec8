"""Judges hits that are kept again, with all that is known by now, and keeps the opens that were concluded from them in step
(T2). Used when hits come in, when a bounce or this computer's address is learned late, and by `rescore_events`.

Nothing is deleted and nobody is told: what was told stays told, and the feed says why it is seen otherwise now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.blocked_networks import BlockedNetwork
from app.domain.bursts import REACH
from app.domain.events import RULE_VERSION, EventId, EventKind, Tracking, Verdict
from app.domain.hit_facts import Context, HitFacts, OwnSpan
from app.domain.known_networks import KnownNetwork
from app.domain.networks import Ranges
from app.domain.verdicts import (
    INFERRED_FROM_CLICK,
    INFERRED_FROM_REPLY,
    WITHDRAWN_EVIDENCE,
    WITHDRAWN_OPENED,
    Judgement,
    judge,
    told,
)
from app.services.networks_in_use import networks_in_use
from app.store import Store
from app.store.events import NewEvent
from app.store.hits import CopyFacts, Evidence, InferredRow, KeptHit


@dataclass(frozen=True)
class Rules:
    """What is the same for all messages. `own`: this computer's addresses. `networks`: of proxies and scanners."""

    blocked: Ranges[BlockedNetwork]
    own: tuple[OwnSpan, ...]
    networks: Ranges[KnownNetwork]

    def context(self, copy: CopyFacts | None) -> Context:
        if copy is None:
            return Context(blocked=self.blocked, own=self.own, networks=self.networks)
        return Context(copy.sent_at, copy.bounced_at, copy.links, self.blocked, self.own, self.networks)


_OWN_BEFORE = timedelta(minutes=2)  # an address is noticed with the next sign of life
_OWN_AFTER = timedelta(minutes=10)  # as long as the tracking server takes it for ours after the last one
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def current_rules(store: Store, since: datetime) -> Rules:
    """`since`: of the oldest hit that is to be judged."""
    spans = store.own_addresses.spans(since - _OWN_AFTER)
    own = tuple(OwnSpan(s.range, s.since - _OWN_BEFORE, s.until + _OWN_AFTER) for s in spans)
    return Rules(store.blocked.ranges(), own, networks_in_use(store).ranges)


def oldest_rules(store: Store) -> Rules:
    """For hits of whatever age."""
    return current_rules(store, _EVER + _OWN_AFTER)


def judge_beside(
    store: Store, rules: Rules, group: str, copy: CopyFacts, new: Sequence[HitFacts]
) -> tuple[tuple[Judgement, ...], bool]:
    """Judges hits of one copy that come in, and those that are kept around them again. Inside a transaction. Whether a kept one
    has another verdict now; `settle_inferred` has to follow when the new ones are kept."""
    first, last = min(hit.at for hit in new), max(hit.at for hit in new)
    around = store.hits.around(group, first - 2 * REACH, last + 2 * REACH)
    judgements = judge([*(kept.facts for kept in around), *new], rules.context(copy))
    changed = False
    for kept, judgement in zip(around, judgements, strict=False):
        if first - REACH <= kept.facts.at <= last + REACH:
            changed |= _keep(store, kept, judgement)
    return judgements[len(around) :], changed


def rejudge_groups(store: Store, rules: Rules, groups: Collection[str]) -> int:
    """All hits of these copies. Inside a transaction. How many have another verdict now; opens that were concluded are not
    counted."""
    found = store.hits.of_groups(groups)
    copies = store.hits.copies((hits[0].message_pk, hits[0].recipient) for hits in found.values())
    changed = 0
    for group, hits in found.items():
        context = rules.context(copies.get((hits[0].message_pk, hits[0].recipient)))
        moved = 0
        for kept, judgement in zip(hits, judge([hit.facts for hit in hits], context), strict=True):
            moved += _keep(store, kept, judgement)
        if moved:
            settle_inferred(store, group, hits[0].message_pk, hits[0].recipient)
        changed += moved
    return changed


def foresee_groups(store: Store, rules: Rules, groups: Collection[str]) -> Iterable[tuple[Verdict, Verdict]]:
    """As `rejudge_groups` would change them: (now, then) of each event that would have another verdict, opens that were
    concluded among them; nothing is written."""
    found = store.hits.of_groups(groups)
    copies = store.hits.copies((hits[0].message_pk, hits[0].recipient) for hits in found.values())
    for group, hits in found.items():
        context = rules.context(copies.get((hits[0].message_pk, hits[0].recipient)))
        judgements = judge([hit.facts for hit in hits], context)
        then = [kept.verdict if kept.fixed else j.verdict for kept, j in zip(hits, judgements, strict=True)]
        changed = [
            (kept.verdict, verdict) for kept, verdict in zip(hits, then, strict=True) if kept.verdict is not verdict
        ]
        yield from changed
        if changed:
            yield from _foresee_inferred(store, group, hits, then)


def _foresee_inferred(
    store: Store, group: str, hits: Sequence[KeptHit], then: Sequence[Verdict]
) -> Iterable[tuple[Verdict, Verdict]]:
    row = store.hits.inferred(group)
    if row is None or row.manual or _unnamed_reply(row):
        return
    people = [hit.facts for hit, verdict in zip(hits, then, strict=True) if verdict is Verdict.PERSON]
    ground = [facts.at for facts in people if facts.kind is EventKind.CLICK and not facts.honeypot]
    ground += [at for at in [store.hits.first_reply(group)] if at is not None]
    opened = min((facts.at for facts in people if facts.kind is EventKind.OPEN), default=None)
    stands = bool(ground) and (opened is None or opened > min(ground))
    if stands is not (row.verdict is Verdict.INFERRED):
        yield row.verdict, Verdict.INFERRED if stands else Verdict.MACHINE


def _keep(store: Store, kept: KeptHit, judgement: Judgement) -> bool:
    """Whether the verdict is another one."""
    if kept.fixed:
        return False
    reasons = told(judgement, kept.first_verdict, kept.notified)
    now = (kept.verdict, kept.reasons, kept.rules, kept.proxy, kept.rule_version)
    if now != (judgement.verdict, reasons, judgement.rules, judgement.proxy or "", RULE_VERSION):
        store.hits.rejudge(kept, judgement, reasons)
    return kept.verdict is not judgement.verdict


def settle_inferred(store: Store, group: str, message_pk: int, recipient: str) -> EventId | None:
    """A copy of which a person followed a link or that was answered, with no picture fetched by a person before, has one open
    that was concluded; one that has lost its ground is marked and does not count. Inside a transaction. The new one.

    An answer's time is that of another clock, so one that comes after an open known already concludes none."""
    evidence = store.hits.evidence(group)
    opened = store.hits.first_open(group)
    row = store.hits.inferred(group)
    if row is not None and row.manual:
        return None
    late = row is None and evidence is not None and evidence.kind is EventKind.REPLY
    stands = evidence is not None and (opened is None or (opened > evidence.at and not late))
    if row is None:
        return _conclude(store, group, message_pk, recipient, evidence) if stands and evidence is not None else None
    if evidence is None and _unnamed_reply(row) and (opened is None or opened > row.at):
        return None
    if not stands:
        if row.verdict is Verdict.INFERRED:
            why = WITHDRAWN_EVIDENCE if evidence is None else WITHDRAWN_OPENED
            store.hits.set_inferred(row.id, Verdict.MACHINE, (why, *row.reasons), row.at, row.inferred_from)
        return None
    assert evidence is not None
    if row.verdict is not Verdict.INFERRED or row.inferred_from != evidence.id:
        store.hits.set_inferred(row.id, Verdict.INFERRED, (_concluded(evidence),), evidence.at, evidence.id)
    return None


def _unnamed_reply(row: InferredRow) -> bool:
    """Of an older version, which did not keep which answer it was."""
    return row.inferred_from is None and INFERRED_FROM_REPLY in row.reasons


def _concluded(evidence: Evidence) -> str:
    return INFERRED_FROM_REPLY if evidence.kind is EventKind.REPLY else INFERRED_FROM_CLICK


def _conclude(store: Store, group: str, message_pk: int, recipient: str, evidence: Evidence) -> EventId | None:
    message = store.messages.get(message_pk)
    if message.tracking != Tracking.ON:
        return None
    return store.events.add(
        NewEvent(
            kind=EventKind.OPEN,
            at=evidence.at,
            user_id=evidence.user_id,
            verdict=Verdict.INFERRED,
            reasons=(_concluded(evidence),),
            who=evidence.who,
            recipient=recipient,
            subject=message.subject,
            message_pk=message_pk,
            contact_id=evidence.contact_id,
            group=group,
            inferred_from=evidence.id,
            quiet="it was concluded when an older event was judged again",
        )
    )
