"""The workspace's BCC and forwarding addresses: where they are served, and the proof that mail to one comes and is recognised
(L1). Used by the façade, the wizard and the command line.

An address serves from the moment it is added: mail that is copied to it is logged. Only a test message shows whether the
mail system delivers it and says for whom it came; without that a message by BCC cannot be told from any other."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from app.backends.protocol import MailBackend
from app.backends.smtp import Accepted
from app.domain.addresses import Address, is_complete
from app.domain.changes import Area
from app.domain.copied_mail import CopyKind
from app.domain.errors import Cancelled, MailFault, NotAllowed, UsageError
from app.domain.inboxes import Inbox, InboxId, InboxState
from app.domain.logging_addresses import (
    EXTRA_FIELDS,
    PROOF_FIELD,
    TOKEN_LENGTH,
    AddressState,
    LoggingAddress,
    NotCome,
    NotSent,
    NotTold,
    Proof,
    Recognised,
    Way,
    plus_address,
    recognise_copied,
    unfit_role,
)
from app.domain.logging_rules import FolderRole
from app.domain.problems import ProblemCode
from app.domain.quoting import quoted
from app.domain.rights import Right
from app.mime.composing import ComposeInput, compose, make_message_id
from app.mime.copied_headers import copy_facts
from app.services.open_backend import open_reading, open_sending
from app.services.rights import require
from app.services.workspace import Workspace
from app.words.logging_addresses import folder_look_sentence

PATIENCE = 120.0  # seconds that a test message may take; greylisting takes longer, and is told
_PAUSE, _LONGEST_PAUSE = 1.0, 15.0  # seconds between two looks, each time twice as long
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that are mistaken for each other
_SILENT: Callable[[str], None] = lambda _text: None  # noqa: E731


def new_token() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(TOKEN_LENGTH))


def add_logging_address(
    workspace: Workspace, kind: CopyKind, way: Way, inbox_id: InboxId, *, folder: str = "", address: str = ""
) -> LoggingAddress:
    """PLUS: `address` empty makes one. FOLDER: `folder` is its path; `address`: one that a rule at the server files there, or
    empty. MAILBOX: the inbox's own address. Raises UsageError for what is incomplete, NotAllowed where the inbox is not
    connected or the address serves already, AdminOnly."""
    require(workspace.store, Right.LOGGING_ADDRESSES)
    store = workspace.store
    inbox = store.inboxes.get(inbox_id)
    if inbox.state in (InboxState.REMOVED, InboxState.DISABLED):
        raise NotAllowed(f"The inbox {inbox.address} is {inbox.state.value}. Connect it first.")
    typed = address.strip()
    if typed and not is_complete(typed):
        raise UsageError(f"The address {quoted(address)} is not complete.")
    if way is Way.FOLDER and not folder.strip():
        raise UsageError("Choose the folder into which mail is put that is to be logged.")
    if way is Way.PLUS:
        typed = typed or plus_address(inbox.address, kind, new_token())
        if Address(typed).key == Address(inbox.address).key:
            raise UsageError("This is the inbox’s own address: everything that comes there would be logged.")
    if way is Way.MAILBOX:
        typed = inbox.address
    new = LoggingAddress(0, kind, way, typed, inbox_id, folder.strip() if way is Way.FOLDER else "")
    known = next((c.role for c in store.inboxes.cursors(inbox_id) if c.path == new.folder), None)
    unfit = unfit_role(new.folder, FolderRole(known) if known else None) if new.folder else None
    if unfit is not None:
        raise NotAllowed(folder_look_sentence(unfit, inbox.address))
    with store.transaction(Area.SETTINGS, source="logging addresses"):
        if store.logging_addresses.same(new) is not None:
            raise NotAllowed(f"{typed or new.folder} serves already.")
        other = next((a for a in store.logging_addresses.all() if a.key and a.key == new.key), None)
        if other is not None:
            raise NotAllowed(f"{typed} serves for {_NAMES[other.kind]} already; each needs an address of its own.")
        return replace(new, id=store.logging_addresses.add(new))


_NAMES = {CopyKind.BCC: "BCC", CopyKind.FORWARD: "forwarding"}


def remove_logging_address(workspace: Workspace, address_id: int) -> None:
    """What comes to it afterwards is ordinary mail. Raises UsageError where there is none, AdminOnly."""
    require(workspace.store, Right.LOGGING_ADDRESSES)
    with workspace.store.transaction(Area.SETTINGS, source="logging addresses"):
        if not workspace.store.logging_addresses.remove(address_id):
            raise UsageError(f"There is no logging address {address_id}.")


def logging_address(workspace: Workspace, address_id: int) -> LoggingAddress:
    """Raises UsageError where there is none."""
    found = workspace.store.logging_addresses.get(address_id)
    if found is None:
        raise UsageError(f"There is no logging address {address_id}.")
    return found


def prove_address(
    workspace: Workspace,
    address_id: int,
    cancel: threading.Event,
    *,
    patience: float = PATIENCE,
    on_step: Callable[[str], None] = _SILENT,
) -> Proof:
    """Sends a test message the way that it will be used, and looks for it: for BCC with the address in the envelope alone, for
    forwarding in To. `on_step`: a sentence of what is done now. Takes up to `patience` seconds; `cancel` ends it within one,
    with Cancelled. Raises MailFault where the inbox cannot be read, UsageError for a folder without an
    address, which needs no proof."""
    address = logging_address(workspace, address_id)
    if not address.address:
        raise UsageError("A folder without an address of its own needs no test: what is put there is logged.")
    store = workspace.store
    inbox = store.inboxes.get(address.inbox_id)
    token = secrets.token_hex(16)
    with store.transaction(Area.SETTINGS, source="logging addresses"):
        store.logging_addresses.begin_proof(address.id, token)
    found = _try(workspace, inbox, address, token, cancel, patience, on_step)
    with store.transaction(Area.SETTINGS, source="logging addresses"):
        state = AddressState.PROVED if isinstance(found, Recognised) else AddressState.BROKEN
        store.logging_addresses.settle_proof([address.id], state)
    return replace(found, address=logging_address(workspace, address_id))


def _try(
    workspace: Workspace,
    inbox: Inbox,
    address: LoggingAddress,
    token: str,
    cancel: threading.Event,
    patience: float,
    on_step: Callable[[str], None],
) -> Proof:
    folders = list(dict.fromkeys(["INBOX", *([address.folder] if address.folder else [])]))
    on_step(f"Looking at {inbox.address}")
    with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
        before = {path: _next_uid(session, path) for path in folders}
    on_step(f"Sending a test message to {address.address}")
    with open_sending(workspace, inbox, cancel) as way_out:
        sent = way_out.send(inbox.address, address.address, _test_message(inbox, address, token))
    if not isinstance(sent, Accepted):
        return NotSent(address, sent.problem)
    on_step("Waiting for it")
    deadline, pause = time.monotonic() + patience, _PAUSE
    while True:
        # a connection for each look: what is sent meanwhile is not kept waiting for its turn, see `Workspace.errand`
        with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
            blocks = ((path, _find(session, path, before[path], token)) for path in folders)
            path, block = next(((path, block) for path, block in blocks if block is not None), ("", None))
        if block is not None:
            role = FolderRole.INBOX if path == "INBOX" else FolderRole.OTHER
            met = recognise_copied(copy_facts(block), [address], inbox_id=inbox.id, folder=path, role=role)
            return NotTold(address, path) if met is None else Recognised(address, met.seen_in)
        if time.monotonic() > deadline:
            return NotCome(address, patience)
        if cancel.wait(pause):
            raise Cancelled("while waiting for a test message")
        pause = min(2 * pause, _LONGEST_PAUSE)


def _next_uid(session: MailBackend, path: str) -> int:
    session.select(path)
    return session.newest_uid() + 1


def _find(session: MailBackend, path: str, first_uid: int, token: str) -> bytes | None:
    """The header of the test message, if it lies there."""
    try:
        session.select(path)
    except MailFault as fault:
        if fault.problem.code is ProblemCode.FOLDER_MISSING:
            return None
        raise
    uids = session.uids_from(first_uid)
    if not uids:
        return None
    for header in session.fetch_headers(uids[-200:], ("From", "To", "Cc", *EXTRA_FIELDS)):
        if copy_facts(header.header).proof == token:
            return header.header
    return None


def _test_message(inbox: Inbox, address: LoggingAddress, token: str) -> bytes:
    me = Address(inbox.address, inbox.account.from_name)
    to = Address(address.address) if address.kind is CopyKind.FORWARD else me
    return compose(
        ComposeInput(
            message_id=make_message_id(me.domain),
            date=datetime.now(UTC),
            sender=me,
            to=(to,),
            subject="Hitchpost tests a logging address",
            text=f"This message shows whether mail to {address.address} comes, and is known by it.\n\nYou can delete it.\n",
            extra_headers=(("Auto-Submitted", "auto-generated"), (PROOF_FIELD, token)),
        )
    )
