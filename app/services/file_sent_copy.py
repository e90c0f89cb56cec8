"""The one copy in Sent, without picture and wrapped links (M3). Used after sending, and again until it is there."""

from __future__ import annotations

import logging
import threading

from app.backends.imap import ImapSession, open_imap
from app.domain.changes import Area
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import InboxId
from app.domain.outbox import OutboxId, OutboxMessage
from app.mime.headers import parse_header_block
from app.services.prepare_message import SENT_COPY_HEADER, sender_copy
from app.services.workspace import Workspace

log = logging.getLogger(__name__)


def file_sent_copies(workspace: Workspace, cancel: threading.Event) -> tuple[OutboxId, ...]:
    """Files what went out and is not filed yet. An inbox that cannot be reached is left for the next time."""
    filed = []
    for outbox_id in workspace.store.outbox.unfiled():
        if cancel.is_set():
            break
        message = workspace.store.outbox.get(outbox_id)
        assert message is not None
        try:
            _file(workspace, message, cancel)
            filed.append(outbox_id)
        except Cancelled:
            break
        except MailFault as fault:
            log.info("the Sent copy of %s waits: %s", message.message_id, fault)
    return tuple(filed)


def _file(workspace: Workspace, message: OutboxMessage, cancel: threading.Event) -> None:
    """Looks first: the copy may be there from a try that was cut off, or from the server itself. Copies that the
    server filed carry the recipient's picture: ours takes their place."""
    inbox = workspace.store.inboxes.get(message.draft.inbox_id)
    with open_imap(inbox.account, workspace.password(inbox), cancel=cancel) as imap:
        folder = sent_folder(workspace, inbox.id, inbox.sent_folder, imap)
        imap.select(folder, readonly=False)
        ours, others = _copies(imap, message.message_id)
        if not ours:
            imap.append(folder, sender_copy(workspace, message), flags=("\\Seen",), when=message.date)
        surplus = [*ours[1:], *others]
        if surplus:
            imap.remove(surplus)
    with workspace.store.transaction(Area.OUTBOX, source="send"):
        workspace.store.outbox.set_sent_copy_filed(message.id)


def sent_folder(workspace: Workspace, inbox_id: InboxId, known: str, imap: ImapSession) -> str:
    """The folder with \\Sent, else the first whose name contains "sent", else a new one called Sent."""
    found = imap.find_sent_folder()
    if found is None:
        found = imap.create_folder("Sent")
        log.info("the mailbox had no Sent folder: %s was made", found)
    if found != known:
        with workspace.store.transaction(Area.INBOXES, source="send"):
            workspace.store.inboxes.set_sent_folder(inbox_id, found)
    return found


def count_in_sent(imap: ImapSession, folder: str, message_id: str) -> int:
    """How many copies with exactly this id the server itself has put into Sent."""
    imap.select(folder)
    _, others = _copies(imap, message_id)
    return len(others)


def _copies(imap: ImapSession, message_id: str) -> tuple[list[int], list[int]]:
    """UIDs in the selected folder: our own copies, and those of the server. SEARCH HEADER also matches parts of an
    id (RFC 3501 6.4.4), so the header is looked at."""
    ours: list[int] = []
    others: list[int] = []
    uids = imap.search_message_id(message_id)
    for found in imap.fetch_headers(uids, ("Message-ID", SENT_COPY_HEADER)):
        if parse_header_block(found.header).message_id == message_id:
            (ours if SENT_COPY_HEADER.lower().encode() in found.header.lower() else others).append(found.uid)
    return ours, others
