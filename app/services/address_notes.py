"""What a person should know about an address or a domain that is entered, though it is allowed. Used by the façade and
the command line."""

from __future__ import annotations

from app.domain.addresses import Address
from app.domain.never_log import NeverEntry
from app.services.workspace import Workspace

_NAMED = 3


def notes_on_entry(workspace: Workspace, entry: NeverEntry, *, removing: bool = False) -> tuple[str, ...]:
    """Of the never-log list: own addresses and contacts whom it covers. Sentences. `removing`: what was logged goes, too."""
    store = workspace.store
    own = store.inboxes.own_addresses() | store.credit.own_keys()
    mine = sorted(key for key in own if entry.covers(key))
    contacts = [key for key in store.copied.contacts_covered_by(entry) if key not in own]
    notes = []
    if mine:
        is_are, it_them = ("is an address", "it") if len(mine) == 1 else ("are addresses", "them")
        notes.append(f"{_listed(mine)} {is_are} of this workspace’s own: nothing is logged to {it_them} anyway.")
    if contacts:
        is_are = "is a contact" if len(contacts) == 1 else "are contacts"
        stays = "what is logged with that one stays" if len(contacts) == 1 else "what is logged stays"
        then = "nothing more is logged" if removing else f"{stays}, and nothing more is added"
        notes.append(f"{_listed(contacts)} {is_are}: {then}.")
    return tuple(notes)


def notes_on_alias(workspace: Workspace, address: str, user_id: int | None) -> tuple[str, ...]:
    """Of an address that a user is said to send from; None: a user who is not there yet. Ask before it is added. Sentences."""
    store, key = workspace.store, Address(address).key
    notes = []
    contact = store.contacts.find(address)
    if contact is not None:
        name = store.contacts.name(contact) or address
        notes.append(
            f"{address} belongs to the contact {name}: mail with it counts as the user’s own from now on, and is not logged "
            "to that contact."
        )
    for user in store.users.records(store.user_id):
        if user.id == user_id:
            if user.login_address and Address(user.login_address).key == key:
                notes.append(f"{address} is the login address of this user already: an alias is not needed.")
        elif any(Address(a).key == key for a in (user.login_address, *user.aliases) if a):
            notes.append(f"{address} is also an address of {user.name or user.login_address or 'another user'}.")
    return tuple(notes)


def _listed(keys: list[str]) -> str:
    rest = len(keys) - _NAMED
    return ", ".join(keys[:_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")
