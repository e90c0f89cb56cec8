"""The rules of the workspace about whom mail may be logged to: never-log, permanent deletions, the privacy switch. Used
before anything is logged, by whatever way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.domain.addresses import Address
from app.domain.copied_mail import Refusal, Rules
from app.domain.inboxes import Inbox, InboxKind
from app.domain.logging_addresses import without_detail
from app.domain.never_log import NeverEntry, NeverList
from app.mime.headers import HeaderFacts
from app.services.workspace import Workspace
from app.store.messages import NewMessage

NOBODY = Address("", "")


@dataclass(frozen=True)
class OwnRules:
    """Of a workspace before an export brought the rules of another one. What was logged there before these were made is taken
    in all the same, and what this one keeps out is not."""

    never: tuple[NeverEntry, ...]
    privacy_on: bool
    log_attachments: bool


def own_rules(workspace: Workspace) -> OwnRules:
    """As they are now."""
    store = workspace.store
    settings = store.settings
    return OwnRules(store.never.all(), bool(settings.get("privacy.on")), bool(settings.get("log_attachments")))


def rules_for(workspace: Workspace, users: Iterable[int | None], own: OwnRules | None = None) -> Rules:
    """`users`: whose own never-log lists count besides the workspace's. `own`: these instead of those that there are."""
    store = workspace.store
    inboxes = store.inboxes.own_addresses()
    mine = inboxes | store.credit.own_keys() | store.logging_addresses.keys()
    return Rules(
        never=NeverList(store.never.all() if own is None else own.never, *users),
        deleted=store.tombstones.holds,
        has_basis=store.bases.has,
        # with a detail, too: logging addresses that were replaced are nobody's contacts
        is_own=lambda key: key in mine or without_detail(key) in inboxes,
        privacy_on=bool(store.settings.get("privacy.on")) if own is None else own.privacy_on,
    )


def reason_against(rules: Rules, person: Address) -> Refusal | None:
    """Why nothing may be logged to somebody; None where it may."""
    if rules.never.entry_for(person.key) is not None:
        return Refusal.NEVER_LOG
    if rules.deleted(person.key):
        return Refusal.DELETED
    if rules.privacy_on and not rules.has_basis(person.key):
        return Refusal.NO_LEGAL_BASIS
    return None


def may_be_named(
    workspace: Workspace, people: Iterable[Address], *, team: bool, users: Iterable[int | None] = ()
) -> tuple[Address, ...]:
    """These people, with `NOBODY` in the place of whoever was deleted for good, is on the never-log list or, where the privacy
    switch is on, has no legal basis: they were among those written to, and nothing says who they are (L8, T9). `team`: for
    team inboxes neither list nor switch counts (P5). `users`: whose own lists count besides the workspace's."""
    people = tuple(people)
    rules = _naming_rules(workspace, users, None, team=team) if people else None
    if rules is None:
        return people
    return tuple(person if _may_be_named(rules, person, team=team) else NOBODY for person in people)


def without_refused(
    workspace: Workspace, new: NewMessage, *, team: bool = False, own: OwnRules | None = None
) -> NewMessage:
    """A message as it may be stored, whatever way it came: see `may_be_named` and `rules_for`. That its sender lacks a legal
    basis is no reason to take the name away: then it was refused before, or a person decided. A delivery report comes from
    no person."""
    rules = _naming_rules(workspace, [new.user_id], own, team=team)
    if rules is None:
        return new
    to, cc, bcc = (
        tuple(person if _may_be_named(rules, person, team=team) else NOBODY for person in people)
        for people in (new.to, new.cc, new.bcc)
    )
    about = replace(rules, privacy_on=False)
    stays = _may_be_named(about, new.sender, team=team or new.kind == "bounce")
    return replace(new, sender=new.sender if stays else NOBODY, to=to, cc=cc, bcc=bcc)


def _naming_rules(
    workspace: Workspace, users: Iterable[int | None], own: OwnRules | None, *, team: bool
) -> Rules | None:
    """None where everybody may be named, as nearly everywhere."""
    store = workspace.store
    listed = not team and (store.never.any() or bool(store.settings.get("privacy.on")))
    return rules_for(workspace, users, own) if listed or store.tombstones.count() else None


def _may_be_named(rules: Rules, person: Address, *, team: bool) -> bool:
    if rules.deleted(person.key):
        return False
    if team or not person.addr_spec or rules.is_own(person.key):
        return True
    return rules.never.entry_for(person.key) is None and (not rules.privacy_on or rules.has_basis(person.key))


def kept_out(workspace: Workspace, inbox: Inbox, facts: HeaderFacts) -> Refusal | None:
    """Why a message of a mailbox is not logged, though it answers one of ours or is with a contact: everyone that it would be
    logged to is kept out (L8, T9). For team inboxes there is no such list (P5), but what was deleted for good stays away from
    them, too. A delivery report is about mail of the user's own, whoever wrote it. From its header alone, so that its body is
    never read."""
    if facts.sender is None or facts.is_delivery_report:
        return None
    store = workspace.store
    if not (store.never.any() or store.tombstones.count() or store.settings.get("privacy.on")):
        return None  # nearly everywhere, and asked of thousands of messages
    rules = rules_for(workspace, [inbox.user_id])
    people = [*facts.to, *facts.cc] if rules.is_own(facts.sender.key) else [facts.sender]
    others = [person for person in people if not rules.is_own(person.key)]
    if inbox.kind is InboxKind.TEAM:
        return Refusal.DELETED if others and all(rules.deleted(person.key) for person in others) else None
    reasons = [reason_against(rules, person) for person in others]
    return reasons[0] if reasons and all(reasons) else None
