"""Sentences about personal and team inboxes: what each is, and why an address cannot be connected as one. Used by the wizard,
the settings and the command line."""

from __future__ import annotations

from app.domain.inbox_kinds import Ask, KindRefusal
from app.domain.inboxes import InboxKind, Provider

PERSONAL = (
    "The address that you alone use to write to your contacts. You can connect several. Only threads that you send or log "
    "here are kept."
)
TEAM = (
    "An address that several people answer, such as sales@ or hello@. It belongs to exactly one team inbox; a workspace "
    "can have many."
)
TEAM_WARNING = (
    "Every message to a team address is visible to the whole team, whoever it was meant for. Do not connect an address "
    "that is also somebody’s own."
)
NEEDS_PROVIDER = "A team inbox needs Gmail or Outlook, where a team signs in without sharing a password."
ANY_PROVIDER = (
    "Team inboxes take Gmail and Outlook alone, unless this is on: then IMAP and Exchange too, and everyone who connects one "
    "knows its password. Switching it off later changes nothing for those that are connected."
)
_NAMES = {
    Provider.GMAIL: "Gmail",
    Provider.OUTLOOK: "Outlook",
    Provider.EXCHANGE: "Exchange",
    Provider.IMAP: "IMAP",
}


def why_not(address: str, ask: Ask, refusal: KindRefusal, *, by_command: bool = False) -> str:
    """What forbids it, and what to do, in sentences; `by_command`: with commands in place of pages of the window."""
    who = ask.holder.owner if ask.holder and ask.holder.owner else "another user"
    was = ask.holder.kind.value if ask.holder else ""
    match refusal:
        case KindRefusal.NEEDS_PROVIDER:
            where = "hitchpost settings set team.any_provider on" if by_command else "Settings › Team inboxes"
            return (
                f"{NEEDS_PROVIDER} By {_NAMES[ask.provider]} it can be a personal inbox, or a team inbox once the workspace "
                f"allows it: {where}."
            )
        case KindRefusal.NO_ACCESS:
            who = f" ({', '.join(ask.admins)})" if ask.admins else ""
            where = ": hitchpost users edit USER --personal-email on" if by_command else " under Users"
            return (
                f"{address} would be an inbox of your own, and you have no personal e-mail access in this workspace. An "
                f"administrator{who} gives it{where}."
            )
        case KindRefusal.FOR_MEETINGS:
            first = "Take it out under Settings › Team inboxes first"
            if by_command:
                first = f"Take it out first (hitchpost settings meetings remove {address})"
            return (
                f"{address} is a meetings address of this workspace, and a team address cannot be one too. {first}, or "
                "connect another address."
            )
        case KindRefusal.REMOVED_USER:
            return (
                f"{address} is connected already, as a {was} inbox of {who}, who was removed from this "
                "workspace. Restore the user, then remove the inbox; its logged mail stays."
            )
        case KindRefusal.OTHER_KIND:
            return _other_kind(address, ask, who, was, by_command)
        case KindRefusal.OTHER_USER if ask.kind is InboxKind.TEAM:
            return (
                f"{address} is a team inbox already; {who} connected it. An address belongs to exactly one team inbox, and "
                "everybody in the team sees it there."
            )
        case KindRefusal.OTHER_USER:
            return (
                f"{address} is connected already, as a personal inbox of {who}. It has to be removed there first"
                f"{_where(address, by_command)}; logged mail stays."
            )


def _other_kind(address: str, ask: Ask, who: str, was: str, by_command: bool) -> str:
    where = _where(address, by_command)
    if ask.holder is None or ask.holder.own:
        return (
            f"{address} is connected already, as your {was} inbox. One address cannot be both: remove it first{where}, "
            f"then connect it as a {ask.kind.value} inbox. Logged mail stays."
        )
    return (
        f"{address} is connected already, as a {was} inbox of {who}. One address cannot be both: it has to be removed there "
        f"first{where}; logged mail stays."
    )


def _where(address: str, by_command: bool) -> str:
    return f" (hitchpost remove {address})" if by_command else ", under Inboxes"


def meetings_refused(address: str) -> str:
    """Why a team address cannot be marked as for meetings (P6)."""
    return f"{address} is a team inbox, and a team address cannot also be a meetings address. Use another address for meetings."
