"""Mail with known contacts, which is logged without being an answer where a person wishes for that (R7, the setting
`log.mode`). Used by the sync and by `explain_message`."""

from __future__ import annotations

from app.domain.logging_rules import LogMode
from app.mime.headers import HeaderFacts
from app.services.workspace import Workspace


def logs_with_contacts(workspace: Workspace) -> bool:
    """Whether the setting says so."""
    return bool(workspace.store.settings.get("log.mode") == LogMode.CONTACTS.value)


def people_to_look_for(workspace: Workspace) -> frozenset[bytes]:
    """Keys of the contacts' addresses, for the sieve; none where answers alone are logged."""
    if not logs_with_contacts(workspace):
        return frozenset()
    keys = workspace.store.contacts.address_keys() - workspace.store.inboxes.own_addresses()
    return frozenset(key.encode("utf-8", "surrogateescape") for key in keys)


def contacts_met(workspace: Workspace, facts: HeaderFacts) -> tuple[str, ...]:
    """The addresses of known contacts that a message is from; for one that a person has sent, to or in copy. Not one's own
    addresses, be they contacts or not."""
    if facts.sender is None:
        return ()
    own = workspace.store.inboxes.own_addresses()
    people = [*facts.to, *facts.cc] if facts.sender.key in own else [facts.sender]
    others = {person.key: person.addr_spec for person in people if person.key not in own}
    known = workspace.store.contacts.find_many(list(others.values()))
    return tuple(address for key, address in others.items() if key in known)


def wished_contacts(workspace: Workspace, facts: HeaderFacts) -> tuple[str, ...]:
    """The same, and none where answers alone are logged."""
    return contacts_met(workspace, facts) if logs_with_contacts(workspace) else ()
