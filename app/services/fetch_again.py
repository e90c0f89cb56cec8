"""Reads a message of the review list from its mailbox again, where nothing of its content was kept. Used by `review_copied`."""

from __future__ import annotations

import threading

from app.backends.protocol import MailBackend
from app.domain.changes import Area
from app.domain.errors import MailFault, NotAllowed
from app.domain.inboxes import Inbox
from app.domain.problems import ProblemCode
from app.domain.review import ReviewItem
from app.mime.headers import parse_header_block
from app.services.log_message import made_up_id
from app.services.open_backend import open_reading
from app.services.take_copied import fetches_whole
from app.services.workspace import Workspace
from app.words.problems import explain

_WHY = "Logged by hand from the review list, where nothing of its content was kept"
_GONE = "Nothing of this message was kept here, and it is not in the mailbox any more. Copy it here once more."
_TOO_LARGE = "This message is too large to be read again. Copy it here once more."


def fetch_again(workspace: Workspace, inbox: Inbox, item: ReviewItem, cancel: threading.Event) -> bytes:
    """The whole message, where it lay and nothing else took its place. The ledger tells that it was read. Raises NotAllowed
    where it is gone, or the mailbox cannot be read just now; Cancelled, SecretError."""
    try:
        return _fetched(workspace, inbox, item, cancel)
    except MailFault as fault:
        raise NotAllowed(f"It cannot be read from the mailbox again: {explain(fault.problem).title}.") from fault


def _fetched(workspace: Workspace, inbox: Inbox, item: ReviewItem, cancel: threading.Event) -> bytes:
    with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
        uid, size = _place(session, item)
        if not fetches_whole(size):
            raise NotAllowed(_TOO_LARGE)
        ledgers = workspace.store.ledgers
        with workspace.store.transaction(Area.LEDGER, source="review"):
            asked = ledgers.ask_bodies(inbox.id, item.folder, item.uid_validity or 0, {uid: item.message_id})
        raw = session.fetch_body(uid)
        with workspace.store.transaction(Area.LEDGER, source="review"):
            ledgers.body_read(asked[uid], _WHY, item.message_id)
        return raw


def _place(session: MailBackend, item: ReviewItem) -> tuple[int, int]:
    """(UID, bytes)"""
    try:
        status = session.select(item.folder)
    except MailFault as fault:
        if fault.problem.code is ProblemCode.FOLDER_MISSING:
            raise NotAllowed(_GONE) from fault
        raise
    if status.uid_validity != item.uid_validity or not item.uid:
        raise NotAllowed(_GONE)
    for found in session.fetch_headers([item.uid], ("Message-ID", "From", "Date", "Subject", "To")):
        facts = parse_header_block(found.header)
        if (facts.message_id or made_up_id(facts, found.internal_date)) == item.message_id:
            return item.uid, found.size
    raise NotAllowed(_GONE)
