"""Forgets where logged messages lay, when they were moved or deleted there: where they came to, they are met anew. Used by
`sync_inbox`."""

from __future__ import annotations

from app.backends.protocol import FolderStatus, MailBackend
from app.domain.inboxes import Inbox
from app.services.workspace import Workspace
from app.store.cursors import FolderCursor


def missing(cursor: FolderCursor, status: FolderStatus) -> int:
    """How many messages of a folder have gone, as far as the server's numbers tell, since it was last read to its end. A
    UID that was never seen counts as one that came."""
    if cursor.seen_exists < 0 or cursor.uid_validity != status.uid_validity:
        return 0
    came = max(0, status.uid_next - cursor.seen_uid_next) if cursor.seen_uid_next and status.uid_next else 0
    return max(0, cursor.seen_exists + came - status.exists)


def forget_moved(
    workspace: Workspace, inbox: Inbox, session: MailBackend, cursor: FolderCursor, status: FolderStatus
) -> int:
    """Of the selected folder; gives how many. Asks the server only when there is something of which it could tell."""
    lost = missing(cursor, status)
    if not lost:
        return 0
    key = (inbox.id, cursor.path, cursor.uid_validity)
    uids = workspace.store.messages.located(*key)
    if not uids:
        return 0
    went_on = status.highest_modseq is not None and cursor.seen_modseq and status.highest_modseq > cursor.seen_modseq
    gone = session.gone(uids, cursor.seen_modseq if went_on else None, lost)
    if gone:
        with workspace.store.transaction(source="sync"):
            workspace.store.messages.unlocate(*key, gone)
    return len(gone)
