"""Gathers what `domain.preflight` judges: the tracking host, the rules about whom is logged, what earlier mail told. Used by
the façade and `send --preflight`."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.addresses import Address
from app.domain.inboxes import InboxId, InboxKind
from app.domain.preflight import Message, Person, PreflightReport, preflight
from app.services.additional_bcc import additional_bcc
from app.services.who_may_be_logged import rules_for
from app.services.workspace import Workspace
from app.store.recipient_history import AddressHistory

MOST = 100  # recipients that one message can have


def look_before(
    workspace: Workspace,
    inbox_id: InboxId | None,
    recipients: Sequence[Address],
    *,
    track: bool,
    log: bool,
    links: int,
    why_not: str,
    remark: str = "",
) -> PreflightReport:
    """`why_not`: why nothing of this inbox's mail can be tracked just now; empty where it can.
    `remark`: what is to be minded of its links. Asks nobody but the store."""
    people = _people(workspace, inbox_id, recipients[:MOST])
    there = {p.key for p in recipients}
    extra = sum(key not in there for key in _other_systems(workspace))
    return preflight(Message(track, log, links, why_not if track else "", extra, remark), people)


def _people(workspace: Workspace, inbox_id: InboxId | None, recipients: Sequence[Address]) -> list[Person]:
    store = workspace.store
    rules = rules_for(workspace, [store.user_id])
    team = inbox_id is not None and store.inboxes.get(inbox_id).kind is InboxKind.TEAM
    known = store.history.of([p.addr_spec for p in recipients])
    others = _other_systems(workspace)
    people = []
    for person in {p.key: p for p in recipients}.values():
        history = known.get(person.key, AddressHistory())
        people.append(
            Person(
                person,
                bounced=history.bounced,
                unsubscribed_at=history.unsubscribed_at,
                without_basis=rules.privacy_on and not rules.has_basis(person.key),
                never_logged=not team and rules.never.entry_for(person.key) is not None,
                proxies=history.proxies,
                scanned=history.scanned,
                deleted=rules.deleted(person.key),
                other_system=person.key in others,
            )
        )
    return people


def _other_systems(workspace: Workspace) -> frozenset[str]:
    return frozenset(e.key for e in additional_bcc(workspace))
