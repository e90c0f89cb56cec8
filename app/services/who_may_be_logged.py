"""The rules of the workspace about whom mail may be logged to: never-log, permanent deletions, the privacy switch. Used
before anything is logged, by whatever way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain.addresses import Address
from app.domain.copied_mail import Refusal, Rules
from app.domain.never_log import NeverList
from app.services.workspace import Workspace


def rules_for(workspace: Workspace, users: Iterable[int | None]) -> Rules:
    """`users`: whose own never-log lists count besides the workspace's."""
    store = workspace.store
    entries = store.never.all()
    wanted = set(users)
    own = store.inboxes.own_addresses() | store.credit.own_keys() | store.logging_addresses.keys()
    uid = store.workspace_uid
    return Rules(
        never=NeverList(replace(e, user_id=None) for e in entries if e.user_id is None or e.user_id in wanted),
        deleted=lambda key: store.deleted.has(uid, key),
        has_basis=store.bases.has,
        is_own=lambda key: key in own,
        privacy_on=bool(store.settings.get("privacy.on")),
    )


def why_not_logged(workspace: Workspace, person: Address, user_id: int | None) -> Refusal | None:
    """Why nothing may be logged to somebody; None where it may."""
    return reason_against(rules_for(workspace, [user_id]), person)


def reason_against(rules: Rules, person: Address) -> Refusal | None:
    """The same by rules that were read already."""
    if rules.never.entry_for(person.key) is not None:
        return Refusal.NEVER_LOG
    if rules.deleted(person.key):
        return Refusal.DELETED
    if rules.privacy_on and not rules.has_basis(person.key):
        return Refusal.NO_LEGAL_BASIS
    return None


def may_be_logged(workspace: Workspace, people: Sequence[Address], user_id: int | None) -> tuple[Address, ...]:
    """Those of these people to whom mail may be logged."""
    rules = rules_for(workspace, [user_id])
    return tuple(p for p in people if reason_against(rules, p) is None)
