"""The one copy in Sent, without picture and wrapped links (M3). Used after sending, and again until it is there."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from app.backends.protocol import MailBackend
from app.domain.changes import Area
from app.domain.errors import Cancelled, HitchpostError, MailFault
from app.domain.inboxes import InboxId
from app.domain.outbox import CopyState, OutboxId, OutboxMessage
from app.services.open_backend import open_reading
from app.services.prepare_message import OWN_COPY, SENT_COPY_HEADER, sender_copy
from app.services.workspace import Workspace
from app.store.fields import now

log = logging.getLogger(__name__)

# Where the server files copies by itself, ours has to come after its own, or both would stay.
_LOOK_AGAIN = (0.3, 0.7, 1.0)
LATE = timedelta(minutes=2)


def file_sent_copies(workspace: Workspace, cancel: threading.Event) -> tuple[OutboxId, ...]:
    """Files what went out and is not filed yet. An inbox that cannot be reached is left for the next time; what stops
    one message stops no other, and is raised when all had their turn."""
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
    return tuple(filed)


def _file(workspace: Workspace, message: OutboxMessage, cancel: threading.Event) -> bool:
    """Looks first: the copy may be there from a try that was cut off, or from the server itself. Copies that the
    server filed carry the recipient's picture: ours takes their place. False: the server's is still to come."""
    inbox = workspace.store.inboxes.get(message.draft.inbox_id)
    with open_reading(workspace, inbox, cancel) as imap:
        folder = sent_folder(workspace, inbox.id, inbox.sent_folder, imap)
        imap.select(folder, readonly=False)
        ours, others = _copies(imap, message.message_id)
        if inbox.files_sent_copies and not ours:
            for pause in _LOOK_AGAIN:
                if others or cancel.wait(pause):
                    break
                ours, others = _copies(imap, message.message_id)
            if not others and _is_fresh(message):
                return False
        if not ours:
            imap.append(folder, sender_copy(workspace, message), flags=("\\Seen",), when=message.date)
        surplus = [*ours[1:], *others]
        if surplus:
            imap.remove(sorted(surplus))
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


def filed_by_server(imap: MailBackend, folder: str, message_id: str) -> tuple[bool, tuple[str, ...]]:
    """Whether our own copy lies in Sent; and of each copy with exactly this id that the server itself has put there the
    recipient_ref, "" where it took that off."""
    imap.select(folder)
    ours, others = _copies(imap, message_id)
    return bool(ours), tuple(others.values())


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
