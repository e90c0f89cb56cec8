"""The folder that is to serve a logging address: whether the mail server has it, and making it. Used by the façade, the wizard
and the command line."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.backends.protocol import MailBackend
from app.domain.errors import MailFault, NotAllowed, SecretError
from app.domain.folders import FolderFacts, choose_folders
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import FolderLook, FolderMissing, FolderThere, FolderUnasked, FolderUnfit, unfit_role
from app.domain.logging_rules import FolderRole
from app.domain.rights import Right
from app.services.find_folders import folder_facts
from app.services.open_backend import open_reading
from app.services.rights import require
from app.services.workspace import Workspace
from app.words.logging_addresses import folder_look_sentence


def look_for_folder(workspace: Workspace, inbox_id: InboxId, folder: str, cancel: threading.Event) -> FolderLook:
    """Asks the mail server of an inbox. Takes seconds. Raises Cancelled."""
    inbox = workspace.store.inboxes.get(inbox_id)
    path = folder.strip()
    try:
        with workspace.errand(inbox.id, cancel), open_reading(workspace, inbox, cancel) as session:
            listed = [folder_facts(f) for f in session.folders()]
            unfit = _unfit(session, listed, path)
    except MailFault as fault:
        return FolderUnasked(path, fault.problem)
    except SecretError:
        return FolderUnasked(path, None)
    if unfit is not None:
        return unfit
    if any(f.path == path and f.selectable for f in listed):
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
            listed = [folder_facts(f) for f in session.folders()]
            delimiter = next((f.delimiter for f in listed if f.delimiter), "/")
            there = any(f.path == path for f in listed)
            planned = listed if there else [*listed, FolderFacts(path, "", True, delimiter)]
            return _unfit(session, planned, path) or FolderThere(session.create_folder(path))
    except MailFault as fault:
        return FolderUnasked(path, fault.problem)
    except SecretError:
        return FolderUnasked(path, None)


def _unfit(session: MailBackend, listed: Sequence[FolderFacts], path: str) -> FolderUnfit | None:
    """Whether one of the listed folders is never read, or holds ordinary mail; None for others, and where there is none."""
    gmail = "X-GM-EXT-1" in session.capabilities()
    choice = choose_folders(listed, session.find_sent_folder() or "", gmail=gmail)
    if path in choice.left_out:
        return FolderUnfit(path, choice.left_out[path])
    if any(f.path == path and f.special_use == "\\All" for f in listed):
        return FolderUnfit(path, FolderRole.INBOX)
    return unfit_role(path, next((job.role for job in choice.jobs if job.path == path), None))


def ask_for_folder(workspace: Workspace, inbox_id: InboxId, folder: str, cancel: threading.Event) -> bool:
    """Whether the inbox could be asked for a folder that is to serve an address. Takes seconds. Raises NotAllowed where the
    server has none of this name, or one that cannot serve an address, Cancelled."""
    found = look_for_folder(workspace, inbox_id, folder, cancel)
    if isinstance(found, FolderUnfit):
        raise NotAllowed(folder_look_sentence(found, workspace.store.inboxes.get(inbox_id).address))
    if isinstance(found, FolderMissing):
        inbox = workspace.store.inboxes.get(inbox_id)
        hint = (
            f"There is one that is called “{found.near}”." if found.near else "Look at how it is written, or create it."
        )
        raise NotAllowed(f"The mail server has no folder “{found.path}” in {inbox.address}. {hint}")
    return isinstance(found, FolderThere)
