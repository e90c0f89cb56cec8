"""Which folders a mailbox has, and which of them holds sent mail (M3). Used by `session`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imapclient.exceptions import ProtocolError

from app.backends.imap.connection import Client
from app.backends.protocol import FolderInfo

_SPECIAL = {
    name.lower(): name for name in ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")
}
_LIST_LIMIT = 16 << 20  # bytes
_CLOSED = {"\\noselect", "\\nonexistent"}

# "sent" as a word or the start of one ("Sent Items", "INBOX.Sent", "SentMail"), then anywhere else but in words like these
_STARTS_WITH_SENT = re.compile(r"(?<![a-z])sent", re.IGNORECASE)
_HOLDS_SENT = re.compile(r"(?<!pre)(?<!un)(?<!ab)(?<!re)(?<!con)(?<!es)(?<!dis)sent(?!iment|inel|ence)", re.IGNORECASE)


def list_folders(client: Client) -> tuple[FolderInfo, ...]:
    """As the server lists them. A line that cannot be read is passed over."""
    with client.talking(expecting=_LIST_LIMIT):
        folders = _listed(client, "")
        capabilities = {c.upper() for c in client.capabilities()}
        if (
            {b"SPECIAL-USE", b"LIST-EXTENDED"} <= capabilities
            and not any(f.special_use for f in folders)
            and (extended := _listed(client, "RETURN (SPECIAL-USE)"))
        ):
            folders = extended
    if not any(f.path.upper() == "INBOX" for f in folders):
        folders.insert(0, FolderInfo("INBOX", "", True))
    return tuple(folders)


def _listed(client: Client, returning: str) -> list[FolderInfo]:
    client.pop("LIST")
    status, data = client.imap._simple_command("LIST", '""', '"*"', *([returning] if returning else []))
    if returning and status != "OK":
        return []
    client._checkok("list", status, data)
    found: dict[str, FolderInfo] = {}
    line: list[object] = []
    for piece in client.pop("LIST"):
        line.append(piece)
        if isinstance(piece, tuple):
            continue  # a name sent as literal: its line goes on
        for folder in _read(client, line):
            found.setdefault(folder.path, folder)
        line = []
    return list(found.values())


def _read(client: Client, line: list[object]) -> list[FolderInfo]:
    try:
        parsed = client._proc_folder_list(line)
    except (ProtocolError, ValueError, TypeError, IndexError, AttributeError, RecursionError):
        return []
    folders = []
    for flags, _, name in parsed:
        attributes = [flag.decode("ascii", "replace").lower() for flag in flags if isinstance(flag, bytes)]
        special = next((_SPECIAL[a] for a in attributes if a in _SPECIAL), "")
        if isinstance(name, str) and name:
            folders.append(FolderInfo(name, special, not _CLOSED & set(attributes)))
    return folders


def sent_folder(folders: Sequence[FolderInfo]) -> str | None:
    """The one with the \\Sent attribute (RFC 6154), else the first whose name contains "sent"; names that have it at the
    start of a word come before the others, and "Presentations" is none. Folders with another use do not count."""
    for folder in folders:
        if folder.special_use == "\\Sent" and folder.selectable:
            return folder.path
    away = [f.path for f in folders if f.special_use in ("\\Trash", "\\Junk", "\\Drafts")]
    open_ones = [
        f.path
        for f in folders
        if f.selectable
        and not f.special_use
        and f.path.upper() != "INBOX"
        and not any(f.path != a and f.path.startswith(a) and not f.path[len(a)].isalnum() for a in away)
    ]
    for pattern in (_STARTS_WITH_SENT, _HOLDS_SENT):
        for path in open_ones:
            if pattern.search(path):
                return path
    return None


def with_namespace(client: Client, path: str) -> str:
    """The path where this server lets people make folders: some keep everything under "INBOX." (RFC 2342)."""
    with client.talking():
        if b"NAMESPACE" not in {c.upper() for c in client.capabilities()}:
            return path
        personal = client.namespace().personal
    prefix = personal[0][0] if personal else ""
    return path if not prefix or path.startswith(prefix) else prefix + path
