"""The folder that is to serve a logging address: whether the mail server has it, and making it. Used by the façade, the wizard
and the command line."""

from __future__ import annotations

import threading

from app.domain.errors import MailFault, NotAllowed, SecretError
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import FolderLook, FolderMissing, FolderThere, FolderUnasked
from app.domain.rights import Right
from app.services.open_backend import open_reading
from app.services.rights import require
from app.services.workspace import Workspace


def look_for_folder(workspace: Workspace, inbox_id: InboxId, folder: str, cancel: threading.Event) -> FolderLook:
    """Asks the mail server of an inbox. Takes seconds. Raises Cancelled."""
    inbox = workspace.store.inboxes.get(inbox_id)
    path = folder.strip()
    try:
        with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
            listed = session.folders()
    except MailFault as fault:
        return FolderUnasked(path, fault.problem)
    except SecretError:
        return FolderUnasked(path, None)
    if path == "INBOX" or any(f.path == path and f.selectable for f in listed):
        return FolderThere(path)
    near = next((f.path for f in listed if f.selectable and f.path.casefold() == path.casefold()), "")
    return FolderMissing(path, near)


def create_logging_folder(workspace: Workspace, inbox_id: InboxId, folder: str, cancel: threading.Event) -> FolderLook:
    """Makes it at the mail server, which may put it below INBOX: `FolderThere.path` is where it is. Takes seconds. Raises
    AdminOnly, Cancelled."""
    require(workspace.store, Right.LOGGING_ADDRESSES)
    inbox = workspace.store.inboxes.get(inbox_id)
    path = folder.strip()
    try:
        with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
            return FolderThere(session.create_folder(path))
    except MailFault as fault:
        return FolderUnasked(path, fault.problem)
    except SecretError:
        return FolderUnasked(path, None)


def ask_for_folder(workspace: Workspace, inbox_id: InboxId, folder: str, cancel: threading.Event) -> bool:
    """Whether the inbox could be asked for a folder that is to serve an address. Takes seconds. Raises NotAllowed where the
    server has none of this name, Cancelled."""
    found = look_for_folder(workspace, inbox_id, folder, cancel)
    if isinstance(found, FolderMissing):
        inbox = workspace.store.inboxes.get(inbox_id)
        hint = (
            f"There is one that is called “{found.near}”." if found.near else "Look at how it is written, or create it."
        )
        raise NotAllowed(f"The mail server has no folder “{found.path}” in {inbox.address}. {hint}")
    return isinstance(found, FolderThere)
