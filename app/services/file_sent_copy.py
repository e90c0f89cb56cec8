"""The one copy in Sent, without picture and wrapped links (M3). Used after sending, and again until it is there."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from app.backends.protocol import FetchedHeader, MailBackend
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import Cancelled, HitchpostError, MailFault
from app.domain.inboxes import Inbox, InboxId
from app.domain.message_ids import normalise_message_id
from app.domain.outbox import CopyState, OutboxId, OutboxMessage
from app.services.open_backend import open_reading
from app.services.prepare_message import OWN_COPY, SENT_COPY_HEADER, sender_copy
from app.services.workspace import Workspace
from app.services.write_message import finish_settled
from app.store.fields import now

log = logging.getLogger(__name__)

# Where the server files copies by itself, ours has to come after its own, or both would stay.
_LOOK_AGAIN = (0.3, 0.7, 1.0)
LATE = timedelta(minutes=2)
RECENT = timedelta(days=7)  # after that a copy that the sync comes upon is left as it is
_MARKS = 5  # copies of a message that are looked for one by one


def file_sent_copies(workspace: Workspace, cancel: threading.Event) -> tuple[OutboxId, ...]:
    """Files what went out and is not filed yet. An inbox that cannot be reached is left for the next time; what stops
    one message stops no other, and is raised when all had their turn. What is filed may need its attachments no more:
    those that nothing names are deleted."""
    store = workspace.store
    filed = []
    fault: HitchpostError | None = None
    for outbox_id in store.outbox.unfiled():
        if cancel.is_set():
            break
        with store.transaction(source="send"):
            if not store.outbox.claim_filing(outbox_id):
                continue
        message = store.outbox.get(outbox_id)
        assert message is not None
        is_there = False
        try:
            is_there = _file(workspace, message, cancel)
        except Cancelled:
            break
        except MailFault as error:
            log.info("the Sent copy of %s waits: %s", message.message_id, error)
        except HitchpostError as error:
            fault = fault or error
        finally:
            with store.transaction(Area.OUTBOX, source="send"):
                store.outbox.release_filing(outbox_id, filed=is_there)
        if is_there:
            filed.append(outbox_id)
    if fault is not None:
        raise fault
    store.collect_files()
    return tuple(filed)


def _file(workspace: Workspace, message: OutboxMessage, cancel: threading.Event) -> bool:
    """Looks first: the copy may be there from a try that was cut off, or from the server itself. Copies that the
    server filed carry the recipient's picture: ours takes their place. Where they cannot be taken away (no UIDPLUS), one
    of theirs is better than two. False: the server's is still to come."""
    inbox = workspace.store.inboxes.get(message.draft.inbox_id)
    with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as imap:
        folder = sent_folder(workspace, inbox.id, inbox.sent_folder, imap)
        imap.select(folder, readonly=False)
        ours, others = _copies(imap, message.message_id)
        if inbox.files_sent_copies and not ours:
            for pause in _LOOK_AGAIN:
                if others or cancel.wait(pause):
                    break
                ours, others = _copies(imap, message.message_id)
            if not others:
                others = _renamed_copies(workspace, imap, message)
            if not others and _is_fresh(message):
                return False
        if others:
            _learn_that_it_files(workspace, inbox, message)
        removable = "UIDPLUS" in imap.capabilities()
        if not ours and not message.emptied and (removable or not others):
            imap.append(folder, sender_copy(workspace, message), flags=("\\Seen",), when=message.date)
        elif not ours:
            return True  # there is one, and no better one to be had
        surplus = [*ours[1:], *others]
        if surplus and not imap.remove(sorted(surplus)):
            log.info(
                "%s: %d more copies stay in %s: the server cannot take them away", inbox.address, len(surplus), folder
            )
    return True


def note_server_copy(workspace: Workspace, inbox: Inbox, message_pk: int, mark: str) -> None:
    """The sync came upon a message of ours in Sent: where the server has put it there, it proves that it went out, and
    ours takes its place (soon, by `file_sent_copies`). `mark`: what its SENT_COPY_HEADER says. Inside a transaction."""
    outbox = workspace.store.outbox
    outbox_id = outbox.of_logged(message_pk)
    message = None if outbox_id is None else outbox.get(outbox_id)
    if mark == OWN_COPY or message is None or message.draft.inbox_id != inbox.id:
        return
    for copy in message.copies:
        if copy.recipient_ref == mark and copy.state == CopyState.UNKNOWN:
            with workspace.store.transaction(Area.OUTBOX, Area.MESSAGES, source="sync"):
                outbox.set_copy(message.id, copy.position, CopyState.ACCEPTED, reply="found in Sent")
                finish_settled(workspace, message.id)
    if message.date is not None and now() < message.date + RECENT and _learn_that_it_files(workspace, inbox, message):
        outbox.set_sent_copy_filed(message.id, False)


def _learn_that_it_files(workspace: Workspace, inbox: Inbox, message: OutboxMessage) -> bool:
    """The check saw nothing of it, as the server took its time then. A message that its sender also received may have
    been moved into Sent: it shows nothing. Returns whether this one did."""
    mine = {Address(a).key for a in (inbox.address, *(s.address for s in workspace.store.inboxes.aliases(inbox.id)))}
    if any(Address(copy.recipient).key in mine for copy in message.copies):
        return False
    if not inbox.files_sent_copies:
        log.info("%s: the server files copies in Sent by itself", inbox.address)
        with workspace.store.transaction(Area.INBOXES, source="send"):
            workspace.store.inboxes.set_files_sent_copies(inbox.id, True)
    return True


def _is_fresh(message: OutboxMessage) -> bool:
    """Whether a server that files copies by itself may be about to."""
    accepted = [c.changed_at for c in message.copies if c.state == CopyState.ACCEPTED and c.changed_at is not None]
    return bool(accepted) and now() < max(accepted) + LATE


def sent_folder(workspace: Workspace, inbox_id: InboxId, known: str, imap: MailBackend) -> str:
    """The folder with \\Sent, else the first whose name contains "sent", else a new one called Sent."""
    found = imap.find_sent_folder()
    if found is None:
        found = imap.create_folder("Sent")
        log.info("the mailbox had no Sent folder: %s was made", found)
    if found != known:
        with workspace.store.transaction(Area.INBOXES, source="send"):
            workspace.store.inboxes.set_sent_folder(inbox_id, found)
    return found


def filed_by_server(imap: MailBackend, folder: str, message: OutboxMessage) -> tuple[bool, tuple[str, ...]]:
    """Whether our own copy lies in Sent; and of each copy of this message that the server itself has put there the
    recipient_ref, "" where it took that off."""
    imap.select(folder)
    ours, others = _copies(imap, message.message_id)
    others = others or {h.uid: mark for h, mark in _by_marks(imap, message)}
    return bool(ours), tuple(others.values())


def _by_marks(imap: MailBackend, message: OutboxMessage) -> list[tuple[FetchedHeader, str]]:
    """Some providers give what they send another Message-ID: our mark is still on it. (Its Message-ID, the mark.)"""
    found = []
    for copy in message.copies[:_MARKS]:
        for header in imap.fetch_headers(imap.search_header(SENT_COPY_HEADER, copy.recipient_ref), ("Message-ID",)):
            found.append((header, copy.recipient_ref))
    return found


def _renamed_copies(workspace: Workspace, imap: MailBackend, message: OutboxMessage) -> dict[int, str]:
    """UIDs with marks, in the selected folder. Answers will name the other id: it is kept as one more of the message."""
    found = _by_marks(imap, message)
    if message.logged_pk is not None:
        ids = {normalise_message_id(h.header.partition(b":")[2].decode("utf-8", "replace")) for h, _ in found} - {""}
        with workspace.store.transaction(Area.MESSAGES, source="send"):
            for other_id in ids:
                workspace.store.messages.add_alias(message.logged_pk, other_id)
    return {header.uid: mark for header, mark in found}


def _copies(imap: MailBackend, message_id: str) -> tuple[list[int], dict[int, str]]:
    """UIDs in the selected folder: our own copies, and those of the server with the mark that each carries."""
    ours: list[int] = []
    others: dict[int, str] = {}
    for found in imap.fetch_headers(imap.search_message_id(message_id), (SENT_COPY_HEADER,)):
        mark = found.header.partition(b":")[2].strip().decode("ascii", "replace")
        if mark == OWN_COPY:
            ours.append(found.uid)
        else:
            others[found.uid] = mark
    return ours, others
