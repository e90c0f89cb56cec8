"""Which messages of a mailbox were copied here to be logged (L1), from their headers. Used by the sync, which does without the
rest of the logging until it meets one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind
from app.domain.inboxes import Inbox
from app.domain.logging_addresses import EXTRA_FIELDS, CopiedTo, LoggingAddress, Way, recognise_copied
from app.domain.logging_rules import AlreadyStored, FolderRole, Ignore, LogDecision
from app.domain.sender_proof import ServerNames
from app.mime.copied_headers import copy_facts
from app.mime.headers import HeaderFacts
from app.services.workspace import Workspace


@dataclass(frozen=True)
class Copied:
    """Recognised by its header. `authentication`: what the receiving server found about its sender; `names`: those of that
    server. `own_copy`: it lies in the Sent folder, and was also sent to `hidden`."""

    to: CopiedTo
    authentication: str
    names: ServerNames = field(default_factory=ServerNames)
    own_copy: bool = False
    hidden: tuple[Address, ...] = ()


def serving(workspace: Workspace, inbox: Inbox) -> tuple[LoggingAddress, ...]:
    """All addresses of the workspace, for an inbox that serves one; none for the others, of which nothing more is read than
    ever."""
    addresses = workspace.store.logging_addresses.all()
    return addresses if any(a.inbox_id == inbox.id for a in addresses) else ()


def copied_fields(addresses: Sequence[LoggingAddress]) -> tuple[str, ...]:
    """The header fields that are asked for besides the sync's own."""
    return EXTRA_FIELDS if addresses else ()


def addresses_to_look_for(
    workspace: Workspace, inbox: Inbox, folder: str, addresses: Sequence[LoggingAddress]
) -> frozenset[bytes]:
    """For the sieve: what the header of a copied message holds somewhere. In a folder that stands for an address by itself
    it is the user's own address, in From."""
    keys = {a.key for a in addresses if a.key}
    by_place = any(
        a.inbox_id == inbox.id and (a.way is Way.MAILBOX or (a.way is Way.FOLDER and a.folder == folder))
        for a in addresses
    )
    if by_place:
        keys |= workspace.store.inboxes.own_addresses() | workspace.store.credit.own_keys()
    return frozenset(key.encode("utf-8", "surrogateescape") for key in keys)


def meet_copied(
    workspace: Workspace,
    inbox: Inbox,
    folder: str,
    role: FolderRole,
    header: bytes,
    facts: HeaderFacts,
    decision: LogDecision,
    addresses: Sequence[LoggingAddress],
) -> Copied | None:
    """What is to be logged, or kept for review, because it was copied here; None where `decision` holds. A test message is
    nothing, and what is settled stays so. What strangers send to an address is ordinary mail first of all: an answer that
    names it in Cc is logged as an answer; and what they send to a folder's or mailbox's owner is nobody's copy."""
    if not addresses:
        return None
    found = copy_facts(header)
    met = recognise_copied(found, addresses, inbox_id=inbox.id, folder=folder, role=role)
    if met is None or found.proof:
        return None
    store = workspace.store
    sender = facts.sender
    own = store.inboxes.own_addresses() | store.credit.own_keys() | {a.key for a in addresses}
    ours = sender is not None and sender.key in own
    if not ours and (not met.by_address or not isinstance(decision, Ignore)):
        return None
    hidden = tuple(p for p in found.hidden_people if role is FolderRole.SENT and p.key not in own)
    if isinstance(decision, AlreadyStored) and (
        met.kind is CopyKind.FORWARD
        or (not hidden and store.copied.came_by_copy(decision.message_pk))
        or _brings_nothing(workspace, decision.message_pk, (*facts.to, *facts.cc, *hidden), own)
    ):
        return None
    if facts.message_id:
        kept = store.reviews.find(facts.message_id)
        if kept is not None and kept.kind is met.kind:
            return None
    return Copied(met, found.authentication, server_names(inbox, found.received_by), role is FolderRole.SENT, hidden)


def server_names(inbox: Inbox, received_by: str = "") -> ServerNames:
    """By which the inbox's own server may sign what it found about a message."""
    account = inbox.account
    domain = inbox.address.rpartition("@")[2].lower()
    return ServerNames((account.read_host.lower(), account.send_host.lower(), domain), received_by)


def _brings_nothing(workspace: Workspace, pk: int, named: Sequence[Address], own: frozenset[str]) -> bool:
    """Whether a message is logged already, sent from here or as an answer, and is on the timelines of all whom it names."""
    store = workspace.store
    if not store.copied.is_logged(pk):
        return False
    people = [p for p in named if p.key not in own]
    known, on = store.contacts.find_many([p.addr_spec for p in people]), store.messages.contacts_of(pk)
    return all(known.get(p.key) in on for p in people)


def why_read(copied: Copied) -> str:
    """For the ledger: why its body was read."""
    address = copied.to.address
    return f"Copied to be logged: to {address.address or address.folder}, by {copied.to.seen_in}"
