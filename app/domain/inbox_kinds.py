"""What an address may be connected as: a personal or a team inbox (P2, P3, P4, P6). Pure; sentences: `app.words.inbox_kinds`.
Used by `app.services.inbox_rules`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.domain.inboxes import InboxKind, Provider

TEAM_PROVIDERS = (Provider.GMAIL, Provider.OUTLOOK)


@dataclass(frozen=True)
class Holder:
    """The inbox that has the address already. `owner`: the name of the user who connected it, empty where none was given;
    `active`: whether that user still is one; `own`: it is the signed-in user."""

    kind: InboxKind
    provider: Provider
    owner: str
    own: bool = True
    active: bool = True


@dataclass(frozen=True)
class Ask:
    """An address that is to be connected. `holder` is None where no inbox has it. `for_meetings`: it was marked as one
    (P6). `any_provider`: the workspace lets team inboxes be of every kind (P4).
    `access`: whether the signed-in user has personal e-mail access (S6), which `admins` give."""

    kind: InboxKind
    provider: Provider
    holder: Holder | None = None
    for_meetings: bool = False
    any_provider: bool = False
    access: bool = True
    admins: tuple[str, ...] = ()


class KindRefusal(Enum):
    NEEDS_PROVIDER = "needs_provider"  # P4: team inboxes take Gmail and Outlook
    FOR_MEETINGS = "for_meetings"  # P6
    OTHER_KIND = "other_kind"  # P2: one address cannot be both
    OTHER_USER = "other_user"  # P2, P3: somebody else has it, as the same kind
    NO_ACCESS = "no_access"  # S6: the user has no personal e-mail access
    REMOVED_USER = "removed_user"  # P2: somebody has it who is no user any more


def refuse(ask: Ask) -> KindRefusal | None:
    """The first rule that forbids it. An inbox of one's own that is connected again as what it is passes: what was
    connected while the workspace allowed more stays."""
    holder = ask.holder
    if holder is not None and not holder.active and not holder.own:
        return KindRefusal.REMOVED_USER
    if holder is not None and holder.kind is not ask.kind:
        return KindRefusal.OTHER_KIND
    if holder is not None and not holder.own:
        return KindRefusal.OTHER_USER
    again = holder is not None and holder.provider is ask.provider
    if ask.kind is InboxKind.PERSONAL and holder is None and not ask.access:
        return KindRefusal.NO_ACCESS
    if ask.kind is InboxKind.TEAM and not again and not takes_team(ask.provider, ask.any_provider):
        return KindRefusal.NEEDS_PROVIDER
    if ask.kind is InboxKind.TEAM and ask.for_meetings:
        return KindRefusal.FOR_MEETINGS
    return None


def takes_team(provider: Provider, any_provider: bool) -> bool:
    """Whether team inboxes can be connected by this provider."""
    return any_provider or provider in TEAM_PROVIDERS
