"""From a draft to a queued message: validation, undo, discard. Used by Compose and `hitchpost send`."""

from __future__ import annotations

import mimetypes
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from app.domain.addresses import Address, is_complete
from app.domain.changes import Area
from app.domain.errors import NotAllowed, StoreError, UsageError
from app.domain.inboxes import InboxState
from app.domain.outbox import AttachmentRef, CopyState, Draft, OutboxId, OutboxState, outcome
from app.domain.quoting import quoted
from app.domain.senders import draft_sender
from app.mime.composing import make_message_id
from app.services.clean_body import clean_html
from app.services.unaddress_drafts import unaddress_undone, without_deleted
from app.services.workspace import Workspace
from app.store.fields import now
from app.tracking.tokens import new_ref

MAX_RECIPIENTS = 100
MAX_ATTACHMENT_BYTES = 35 * 1024 * 1024  # base64 makes a third more of it; few servers take over 50 MB


def recipients(draft: Draft) -> tuple[tuple[str, Address], ...]:
    """(role, address) of everyone who gets a copy, each address once; To before Cc before Bcc."""
    found: dict[str, tuple[str, Address]] = {}
    for role, people in (("to", draft.to), ("cc", draft.cc), ("bcc", draft.bcc)):
        for person in people:
            found.setdefault(person.key, (role, person))
    return tuple(found.values())


def check_draft(workspace: Workspace, draft: Draft) -> None:
    """Raises UsageError with what is to be mended."""
    everyone = recipients(draft)
    if not everyone:
        raise UsageError("The message has no recipient. Add one in To.")
    for _, person in everyone:
        if not is_complete(person.addr_spec):
            raise UsageError(f"The address {quoted(person.addr_spec)} is not complete. Mend or remove it.")
    if len(everyone) > MAX_RECIPIENTS:
        raise UsageError(f"One message goes to at most {MAX_RECIPIENTS} people; this one has {len(everyone)}.")
    total = sum(a.size for a in draft.attachments)
    if total > MAX_ATTACHMENT_BYTES:
        raise UsageError(
            f"The attachments have {total // 1_000_000} MB together; mail takes at most "
            f"{MAX_ATTACHMENT_BYTES // 1_000_000} MB. Send a link instead."
        )
    inbox = workspace.store.inboxes.get(draft.inbox_id)
    if inbox.state in (InboxState.REMOVED, InboxState.DISABLED):
        raise NotAllowed(
            f"The inbox {inbox.address} is {inbox.state.value}. Choose another sender, or connect it again."
        )
    sender, allowed = draft_sender(inbox, workspace.store.inboxes.aliases(inbox.id), "", draft.sender)
    if not allowed:
        raise NotAllowed(
            f"{sender.addr_spec} is not among the addresses that {inbox.address} may send as. Choose another sender, or "
            "refresh the aliases."
        )


def save_draft(workspace: Workspace, draft: Draft, outbox_id: OutboxId | None = None) -> OutboxId:
    """Without addresses that were deleted for good: whoever writes to them sends it while Compose is open."""
    with workspace.store.transaction(Area.OUTBOX, source="compose"):
        kept = without_deleted(workspace.store, draft)
        return workspace.store.outbox.save_draft(kept, workspace.store.user_id, outbox_id)


def queue_message(
    workspace: Workspace, draft: Draft, outbox_id: OutboxId | None = None, *, undo_seconds: int = 0
) -> OutboxId:
    """Puts the message into the outbox: from here on it survives everything. It goes out at `draft.send_at`, or once the
    seconds for undoing are over. Raises UsageError."""
    check_draft(workspace, draft)
    draft = replace(draft, html=clean_html(workspace, draft.html))
    inbox = workspace.store.inboxes.get(draft.inbox_id)
    start: datetime = draft.send_at or now() + timedelta(seconds=undo_seconds)
    with workspace.store.transaction(Area.OUTBOX, source="compose"):
        outbox_id = workspace.store.outbox.save_draft(draft, workspace.store.user_id, outbox_id)
        workspace.store.outbox.queue(
            outbox_id,
            not_before=start,
            message_id=make_message_id((draft.sender or Address(inbox.address)).domain),
            message_ref=new_ref(),
            copies=[(role, person, new_ref()) for role, person in recipients(draft)],
        )
    return outbox_id


def undo_send(workspace: Workspace, outbox_id: OutboxId) -> bool:
    """Back to a draft, as long as nothing of it has gone out, be it tried or not. False when it is too late."""
    store = workspace.store
    with store.transaction(Area.OUTBOX, Area.MESSAGES, Area.CONTACTS, source="compose"):
        message = store.outbox.get(outbox_id)
        if message is None or not store.outbox.undo(outbox_id):
            return False
        if message.logged_pk is not None:
            store.messages.forget(message.logged_pk)
        unaddress_undone(store, outbox_id)
        return True


def discard_draft(workspace: Workspace, outbox_id: OutboxId) -> bool:
    with workspace.store.transaction(Area.OUTBOX, source="compose"):
        return workspace.store.outbox.discard(outbox_id)


def retry(workspace: Workspace, outbox_id: OutboxId) -> None:
    """Sends again what was refused, or whose outcome is unknown: the person decided that. Of a message that waits for its
    next try, that is made now; nobody decided about its copies in doubt."""
    with workspace.store.transaction(Area.OUTBOX, Area.MESSAGES, source="compose"):
        message = workspace.store.outbox.get(outbox_id)
        waits = message is not None and message.state == OutboxState.QUEUED
        doubtful = () if waits else (CopyState.UNKNOWN,)
        workspace.store.outbox.retry(outbox_id, CopyState.REFUSED, *doubtful)


def settle_unknown(workspace: Workspace, outbox_id: OutboxId, *, sent: bool) -> None:
    """The person knows what became of a message whose outcome was lost: it went out, or it goes out again."""
    if not sent:
        retry(workspace, outbox_id)
        return
    with workspace.store.transaction(Area.OUTBOX, Area.MESSAGES, source="compose"):
        message = workspace.store.outbox.get(outbox_id)
        if message is None or message.state != OutboxState.UNKNOWN:
            return
        for copy in message.copies:
            if copy.state == CopyState.UNKNOWN:
                workspace.store.outbox.set_copy(outbox_id, copy.position, CopyState.ACCEPTED, reply="as the user says")
        finish_settled(workspace, outbox_id)


def settle_unknown_copy(workspace: Workspace, outbox_id: OutboxId, position: int, *, sent: bool) -> None:
    """As `settle_unknown`, for one recipient: where several copies are in doubt, one may have come and the other not."""
    store = workspace.store
    with store.transaction(Area.OUTBOX, Area.MESSAGES, source="compose"):
        message = store.outbox.get(outbox_id)
        doubtful = [c for c in message.copies if c.state == CopyState.UNKNOWN] if message is not None else []
        if position not in [c.position for c in doubtful]:
            return
        if sent:
            store.outbox.set_copy(outbox_id, position, CopyState.ACCEPTED, reply="as the user says")
            finish_settled(workspace, outbox_id)
        else:
            store.outbox.set_copy(outbox_id, position, CopyState.PENDING)
            store.outbox.retry(outbox_id)


def finish_settled(workspace: Workspace, outbox_id: OutboxId) -> None:
    """SENT or PARTLY, once no copy of a message in doubt is in doubt any more. Inside a transaction."""
    message = workspace.store.outbox.get(outbox_id)
    if message is None or message.state != OutboxState.UNKNOWN:
        return
    state, problem = outcome(message.copies)
    if state != OutboxState.UNKNOWN:
        workspace.store.outbox.finish(outbox_id, state, problem)


def store_attachment(workspace: Workspace, path: Path, content_id: str = "") -> AttachmentRef:
    """Copies a file into the workspace, so that the message does not depend on it any more. Raises UsageError,
    StoreError, DiskFull."""
    try:
        if path.stat().st_size > MAX_ATTACHMENT_BYTES:
            raise UsageError(f"{path.name} is larger than {MAX_ATTACHMENT_BYTES // 1_000_000} MB. Send a link instead.")
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    name = os.fsencode(path.name).decode("utf-8", "replace")  # a name in another encoding can be neither kept nor sent
    return store_content(workspace, name, kind, content, content_id)


def store_content(
    workspace: Workspace, filename: str, content_type: str, content: bytes, content_id: str = ""
) -> AttachmentRef:
    sha256 = workspace.store.files.add(content)
    return AttachmentRef(filename, content_type, len(content), sha256, content_id)


def read_attachment(workspace: Workspace, ref: AttachmentRef) -> bytes:
    """Raises StoreError when the file is gone."""
    content = workspace.store.files.read(ref.sha256)
    if len(content) != ref.size:
        raise StoreError(f"The attachment {ref.filename} was changed on the disk.")
    return content
