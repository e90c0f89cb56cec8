"""The delivery failure notice that goes to the sender of a copied message whose attachments are too large (L4): a report by
RFC 3464, through the outbox, so that it survives a crash and goes out once. Used by `log_copied_message`."""

from __future__ import annotations

import socket
from datetime import datetime

from app.domain.addresses import Address
from app.domain.copied_mail import FILES_LIMIT, MEGABYTE
from app.domain.inboxes import Inbox, InboxKind, InboxState
from app.domain.outbox import AttachmentRef, Draft, OutboxId
from app.mime.failure_notice import HEADERS_TYPE, STATUS_TYPE, TOO_BIG, Failure, delivery_status, header_block
from app.mime.headers import HeaderFacts
from app.mime.kinds import NORMAL
from app.services.who_may_be_logged import may_be_named
from app.services.workspace import Workspace
from app.services.write_message import queue_message, store_content

_WHY = f"The attachments have more than {FILES_LIMIT // MEGABYTE} MB together. The message was logged without them."


def may_be_answered(facts: HeaderFacts, kind: str) -> bool:
    """Whether an automatic notice may go to the sender: never to automatic mail, lists and reports (RFC 3834 2), so that two
    programs never write to each other for ever."""
    return kind == NORMAL and not facts.is_automatic and facts.return_path != ""


def write_notice(
    workspace: Workspace,
    inbox: Inbox,
    facts: HeaderFacts,
    raw: bytes,
    logging_address: str,
    arrived: datetime,
    user_id: int,
) -> Draft | None:
    """The notice to the sender of the message in `raw`, whose parts are kept already. None where there is nobody to write to,
    or the inbox sends nothing. Raises DiskFull, StoreError."""
    sender = facts.sender
    if sender is None or inbox.state in (InboxState.REMOVED, InboxState.DISABLED):
        return None
    recipient = logging_address or inbox.address
    host = inbox.address.rpartition("@")[2]
    failure = Failure(recipient, TOO_BIG, _WHY, host or socket.gethostname(), arrived)
    status = store_content(workspace, "", STATUS_TYPE, delivery_status(failure))
    people, team = (*facts.to, *facts.cc), inbox.kind is InboxKind.TEAM
    block = header_block(raw, with_people=may_be_named(workspace, people, team=team, users=[user_id]) == people)
    headers = store_content(workspace, "", HEADERS_TYPE, block)
    subject = facts.subject or "(no subject)"
    text = (
        f"Your message “{subject}” was not delivered in full to\n\n    {recipient}\n\n"
        f"Its attachments have more than {FILES_LIMIT // MEGABYTE} MB together, and are not logged. The message itself was "
        "logged,\nwithout them. The people that you sent it to are not concerned: they have it as it is.\n\n"
        "This notice was written by Hitchpost. You need not answer it.\n"
    )
    return _draft(inbox, sender, f"Undelivered attachments: {subject}", text, (status, headers), facts.message_id)


def _draft(
    inbox: Inbox, to: Address, subject: str, text: str, parts: tuple[AttachmentRef, ...], parent_id: str
) -> Draft:
    return Draft(
        inbox.id, (to,), subject, text=text, attachments=parts, log=False, track=False, parent_message_id=parent_id,
        notice=True,
    )  # fmt: skip


def queue_notice(workspace: Workspace, draft: Draft) -> OutboxId:
    """Inside the transaction that says that there is one: it goes out once."""
    return queue_message(workspace, draft)
