"""Entries of the never-log lists (L8): add, remove, and see beforehand what one would have kept out and would take away. Used
by the façade and the command line.

An entry counts for what comes from then on. What was logged before stays, unless a person asks for it to be removed; that
cannot be taken back, so `try_entry` lists it first. What was removed stays away, also once the entry is removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.never_log import CoveredMessage, NeverEntry, NeverKind, NeverList, NeverRemoved, NeverTrial, read_entry
from app.domain.rights import Right
from app.services.never_log_waiting import find_waiting, strip_waiting
from app.services.rights import require
from app.services.workspace import Workspace
from app.store.near_addresses import near_addresses

_AREAS = (Area.SETTINGS, Area.MESSAGES, Area.CONTACTS, Area.REVIEW)
_AT_ONCE = 200  # messages of one transaction


class _Becomes(Enum):
    """What removing makes of a logged message."""

    GONE = "gone"
    OTHERS_ALONE = "others alone"  # it leaves the timelines of those whom the entry covers
    UNNAMED = "unnamed"  # it was on none of these, and named them
    AS_IT_WAS = "as it was"


def never_entries(workspace: Workspace) -> tuple[NeverEntry, ...]:
    """The workspace's, and the signed-in user's own."""
    store = workspace.store
    return tuple(e for e in store.never.all() if e.user_id in (None, store.user_id))


def entry_of(
    workspace: Workspace, typed: str, *, mine: bool = False, subdomains: bool = True, note: str = ""
) -> NeverEntry:
    """What a person typed, as an entry of the workspace's list or of the signed-in user's own. Raises UsageError."""
    return read_entry(typed, subdomains=subdomains, user_id=workspace.store.user_id if mine else None, note=note)


def try_entry(workspace: Workspace, entry: NeverEntry, also: Sequence[NeverEntry] = ()) -> NeverTrial:
    """Nothing is changed. `also`: what is removed of these together with it. At once, and a tenth of a millisecond for each
    message that it is about."""
    store = workspace.store
    own = store.inboxes.own_addresses() | store.credit.own_keys()
    sorted_out: dict[_Becomes, list[CoveredMessage]] = {becomes: [] for becomes in _Becomes}
    for message in store.copied.covered_by(entry):
        sorted_out[_judge(workspace, message, (entry, *also), own).becomes].append(message)
    covered = store.copied.contacts_covered_by(entry)
    go, stay, unname = (tuple(sorted_out[b]) for b in (_Becomes.GONE, _Becomes.OTHERS_ALONE, _Becomes.UNNAMED))
    exists = store.never.find(entry) is not None
    mine = tuple(sorted(key for key in own if entry.covers(key)))
    near, waiting = near_to(workspace, entry, also), find_waiting(workspace, entry)
    return NeverTrial(entry, go, stay, covered, exists, unname, near, mine, *waiting)


def near_to(workspace: Workspace, entry: NeverEntry, also: Sequence[NeverEntry] = ()) -> tuple[str, ...]:
    """Addresses seen here that are perhaps the same person's, and that neither this nor another entry covers."""
    if entry.kind is not NeverKind.ADDRESS:
        return ()
    store = workspace.store
    own = store.inboxes.own_addresses() | store.credit.own_keys()
    listed = NeverList((*store.never.all(), entry, *also), store.user_id)
    return tuple(key for key in near_addresses([entry.key]) if key not in own and listed.entry_for(key) is None)


def add_entry(workspace: Workspace, entry: NeverEntry) -> NeverEntry:
    """Returns it as kept; the same entry again changes whether the domains below it are meant. Raises AdminOnly, and
    NotAllowed for an address that was deleted for good: it would be written down again for nothing."""
    store = workspace.store
    _check_right(workspace, entry)
    with store.transaction(Area.SETTINGS, source="never-log"):
        if entry.kind is NeverKind.ADDRESS and store.tombstones.holds(entry.key):
            raise NotAllowed(
                f"The address {entry.value} was permanently deleted from this workspace: nothing of it is logged any more. "
                "No entry is needed."
            )
        store.never.add(entry, store.user_id)
        kept = store.never.find(entry)
    assert kept is not None  # just written
    return kept


def remove_entry(workspace: Workspace, entry: NeverEntry) -> None:
    """Raises UsageError where it is not in the list, AdminOnly."""
    store = workspace.store
    _check_right(workspace, entry)
    with store.transaction(Area.SETTINGS, source="never-log"):
        kept = store.never.find(entry)
        if kept is None:
            raise UsageError(f"{entry.value} is not in the never-log list.")
        store.never.remove(kept.id)


def remove_logged(workspace: Workspace, entry: NeverEntry, also: Sequence[NeverEntry] = ()) -> NeverRemoved:
    """Takes away what was logged and the entry is about: for good. A message that somebody else is on stays with them alone,
    and no longer names whom the entry covers; one that was sent from here keeps what its events are recognised by, without
    its text. `also`: what is removed of these together with it, each in a call of its own. Raises AdminOnly, and StoreError:
    what was done until then stays done."""
    store = workspace.store
    _check_right(workspace, entry)
    own = store.inboxes.own_addresses() | store.credit.own_keys()
    found = store.copied.covered_by(entry)
    gone = stayed = unnamed = 0
    for start in range(0, len(found), _AT_ONCE):
        stripped: list[int] = []
        keys: set[str] = set()
        with store.transaction(*_AREAS, source="never-log"):
            for message in found[start : start + _AT_ONCE]:
                if not store.messages.exists(message.pk):
                    continue
                fate = _judge(workspace, message, (entry, *also), own)
                if fate.becomes is _Becomes.GONE:
                    _remove(workspace, message)
                    gone += 1
                    continue
                if fate.becomes is _Becomes.OTHERS_ALONE:
                    store.messages.arrange(message.pk, store.messages.get(message.pk).thread_id, fate.keep)
                    stayed += 1
                unnamed += fate.becomes is _Becomes.UNNAMED
                if fate.named:
                    stripped.append(message.pk)
                    keys.update(fate.named)
            store.search.forget_words(store.unnaming.strip(stripped, keys, tracked=False))
    with store.transaction(Area.REVIEW, source="never-log"):
        waiting = strip_waiting(workspace, entry)
        if entry.user_id is None:
            store.notes.unname(lambda key: entry.covers(key) and key not in own)
    return NeverRemoved(gone, stayed, unnamed, *waiting)


def _check_right(workspace: Workspace, entry: NeverEntry) -> None:
    """Raises AdminOnly: the workspace's list is its administrators'; everybody has one of their own."""
    if entry.user_id != workspace.store.user_id:
        require(workspace.store, Right.NEVER_LOG)


def _covered(key: str, entries: Sequence[NeverEntry]) -> bool:
    return any(entry.covers(key) for entry in entries)


def _others(message: CoveredMessage, entries: Sequence[NeverEntry], own: frozenset[str]) -> tuple[str, ...]:
    """To whom it would have been logged all the same. A received message belongs to its sender alone."""
    people: Sequence[str] = message.people[:1] if message.direction == "received" else message.people[1:]
    return tuple(key for key in people if key and key not in own and not _covered(key, entries))


def _named(message: CoveredMessage, entries: Sequence[NeverEntry], own: frozenset[str]) -> tuple[str, ...]:
    """Keys of those in its head whom one of the entries covers."""
    return tuple(key for key in message.people if _covered(key, entries) and key not in own)


@dataclass(frozen=True)
class _Fate:
    """`keep`: contacts on whose timelines it stays. `named`: keys in its head that it no longer names."""

    becomes: _Becomes
    keep: tuple[int, ...] = ()
    named: tuple[str, ...] = ()


def _judge(workspace: Workspace, message: CoveredMessage, entries: Sequence[NeverEntry], own: frozenset[str]) -> _Fate:
    """What removing does to a message: one answer for the dry run and for the removal. It stays with those contacts alone who
    have it on their timelines and to whom it would have been logged all the same: who is no contact, is on a list or was
    deleted has nothing to keep."""
    store = workspace.store
    others, named = _others(message, entries, own), _named(message, entries, own)
    if not others:
        return _Fate(_Becomes.GONE)
    held = {
        contact: tuple(Address(address).key for address in store.contacts.addresses(contact))
        for contact in store.messages.contacts_of(message.pk)
    }
    covered = {contact for contact, keys in held.items() if any(_covered(key, entries) for key in keys)}
    if not covered:
        return _Fate(_Becomes.UNNAMED if named else _Becomes.AS_IT_WAS, named=named)
    keep = tuple(contact for contact, keys in held.items() if contact not in covered or any(k in others for k in keys))
    return _Fate(_Becomes.OTHERS_ALONE, keep, named) if keep else _Fate(_Becomes.GONE)


def _remove(workspace: Workspace, message: CoveredMessage) -> None:
    """It cannot come back by any way, also once the entry is removed. Inside a transaction."""
    store = workspace.store
    store.gone.remember([message.pk])
    if message.sent_here:
        store.copied.take_text(message.pk)
    else:
        store.messages.forget(message.pk)
