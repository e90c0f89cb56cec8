"""Personal or team: whether an address may be connected as what was asked for (P2–P4), and the addresses that are for
meetings (P6). Used by connecting, by the wizard before it, by the settings and the command line."""

from __future__ import annotations

from app.domain.addresses import is_complete
from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.inbox_kinds import Ask, Holder, KindRefusal, refuse
from app.domain.inboxes import InboxKind, Provider
from app.domain.quoting import quoted
from app.domain.rights import Right
from app.services.rights import require
from app.services.workspace import Workspace
from app.words.inbox_kinds import meetings_refused, why_not


def kind_refusal(workspace: Workspace, address: str, kind: InboxKind, provider: Provider) -> str:
    """Why the address cannot be connected so, and what to do; empty where it can be. Quick. Connecting an inbox of one's
    own again is no refusal."""
    found = _refusal(workspace, address, kind, provider)
    return why_not(address.strip(), *found) if found is not None else ""


def _refusal(workspace: Workspace, address: str, kind: InboxKind, provider: Provider) -> tuple[Ask, KindRefusal] | None:
    store = workspace.store
    known = store.inboxes.find(address)
    holder = None
    if known is not None:
        name, active = store.inboxes.owner(known.id)
        holder = Holder(known.kind, known.provider, name, own=known.user_id == store.user_id, active=active)
    ask = Ask(
        kind,
        provider,
        holder,
        for_meetings=store.presets.is_for_meetings(address),
        any_provider=bool(store.settings.get("team.any_provider")),
        access=store.credit.rights(store.user_id).personal_email_access,
        admins=store.users.standing(store.user_id).admins,
    )
    refusal = refuse(ask)
    return (ask, refusal) if refusal is not None else None


def refuse_kind(workspace: Workspace, address: str, kind: InboxKind, provider: Provider = Provider.IMAP) -> None:
    """Raises NotAllowed with the reason."""
    if (found := _refusal(workspace, address, kind, provider)) is not None:
        name = address.strip()
        raise NotAllowed(why_not(name, *found), why_not(name, *found, by_command=True))


def add_meetings_address(workspace: Workspace, address: str) -> str:
    """Returns the address as kept. Raises UsageError for what is none, NotAllowed for a team inbox, AdminOnly."""
    require(workspace.store, Right.PRESETS)
    wanted = address.strip()
    if not is_complete(wanted):
        raise UsageError(f"The address {quoted(address)} is not complete, as in meetings@example.com.")
    with workspace.store.transaction(Area.SETTINGS, source="meetings"):  # the look and the entry are one
        known = workspace.store.inboxes.find(wanted)
        if known is not None and known.kind is InboxKind.TEAM:
            raise NotAllowed(meetings_refused(wanted))
        workspace.store.presets.add_meetings(wanted)
    return wanted


def remove_meetings_address(workspace: Workspace, address: str) -> None:
    """Raises UsageError where it is not in the list, AdminOnly."""
    require(workspace.store, Right.PRESETS)
    with workspace.store.transaction(Area.SETTINGS, source="meetings"):
        if not workspace.store.presets.remove_meetings(address):
            raise UsageError(f"{address.strip()} is not among the meetings addresses.")
