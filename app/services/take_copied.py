"""The sync's side of logging by BCC and forwarding: which message of a folder was copied here, and what is done with it. The
engine asks `serving` once a look, `decide_copied` for each header, and calls `take_copied` for what was recognised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.copied_mail import KEEP_NOTHING, MOST_FETCHED, CopyKind, Refused
from app.domain.inboxes import Inbox
from app.domain.logging_addresses import EXTRA_FIELDS, CopiedTo, LoggingAddress, recognise_copied
from app.domain.logging_rules import FolderRole
from app.mime.copied_headers import copy_facts
from app.mime.headers import HeaderFacts
from app.services.copied_mail import CopiedMail, CopyOutcome
from app.services.judge_copied import judge_people, judge_sender
from app.services.keep_for_review import keep_header_only
from app.services.log_copied_message import log_copied_message
from app.services.log_message import Place
from app.services.workspace import Workspace


@dataclass(frozen=True)
class Copied:
    """Recognised by its header. `authentication`: what the receiving server found about its sender."""

    to: CopiedTo
    authentication: str


def serving(workspace: Workspace) -> tuple[LoggingAddress, ...]:
    """All logging addresses of the workspace: a message to one may lie in any connected inbox, where it was in copy."""
    return workspace.store.logging_addresses.all()


def fields_for(inbox: Inbox, addresses: Sequence[LoggingAddress]) -> tuple[str, ...]:
    """The header fields that are asked for besides the sync's own; none for inboxes that serve no address."""
    return EXTRA_FIELDS if any(a.inbox_id == inbox.id for a in addresses) else ()


def decide_copied(
    inbox: Inbox, folder: str, role: FolderRole, header: bytes, addresses: Sequence[LoggingAddress]
) -> Copied | None:
    """From the header alone. A test message of `logging_addresses` is none."""
    if not addresses:
        return None
    facts = copy_facts(header)
    if facts.proof:
        return None
    found = recognise_copied(facts, addresses, inbox_id=inbox.id, folder=folder, role=role)
    return None if found is None else Copied(found, facts.authentication)


def is_ours(workspace: Workspace, facts: HeaderFacts) -> bool:
    """Whether a user of the workspace wrote it. What strangers send to a logging address is first of all ordinary mail: an
    answer to everybody that names it in Cc is logged as an answer."""
    sender = facts.sender
    return sender is not None and sender.key in (
        workspace.store.inboxes.own_addresses() | workspace.store.credit.own_keys()
    )


def refused_by_header(workspace: Workspace, copied: Copied, facts: HeaderFacts, place: Place) -> Refused | None:
    """What needs no look at the body: by BCC, that never-log or a permanent deletion keeps everybody out. Its body is then
    never read."""
    if copied.to.kind is not CopyKind.BCC:
        return None
    sender = judge_sender(workspace, facts, facts.date or place.internal_date, copied.authentication)
    decision = judge_people(workspace, (*facts.to, *facts.cc), sender.users)
    return decision if isinstance(decision, Refused) and decision.reason in KEEP_NOTHING else None


def take_copied(
    workspace: Workspace,
    inbox: Inbox,
    copied: Copied,
    facts: HeaderFacts,
    place: Place,
    size: int,
    fetch: Callable[[bool], bytes],
    also: Callable[[], None],
) -> tuple[CopyOutcome, bool]:
    """`fetch(whole)` reads the message, or its text alone where it is so large that its files are left out in any case. `also`
    is called in the transaction that stores it. Returns what became of it, and whether its body was read. Raises MailFault
    as `fetch` does, DiskFull, StoreError: then nothing was stored."""
    refused = refused_by_header(workspace, copied, facts, place)
    whole = size <= MOST_FETCHED
    mail = CopiedMail(copied.to.kind, inbox, place, copied.to.address, copied.authentication, whole)
    if refused is not None:
        return keep_header_only(workspace, mail, facts, refused, also), False
    return log_copied_message(workspace, mail, fetch(whole), also), True


def why_read(copied: Copied) -> str:
    """For the ledger: why its body was read."""
    address = copied.to.address
    return f"Copied to be logged: to {address.address or address.folder}, by {copied.to.seen_in}"
