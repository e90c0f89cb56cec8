"""Which folders a mailbox has, which of them holds sent mail (M3), and how they stand. Used by `session`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from imapclient.exceptions import ProtocolError

from app.backends.imap.connection import Client
from app.backends.protocol import FolderInfo, FolderStatus
from app.domain.errors import MailFault

_SPECIAL = {
    name.lower(): name for name in ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")
}
_LIST_LIMIT = 16 << 20  # bytes
_STATES_AT_ONCE = 20  # questions sent before the first answer is read
_CLOSED = {"\\noselect", "\\nonexistent"}
_STATE = re.compile(rb"([A-Za-z]+) (\d{1,20})")

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
    return tuple(_marked(folders, _foreign(client)))


def _foreign(client: Client) -> tuple[str, ...]:
    """Prefixes of what belongs to others or is shared (RFC 2342)."""
    try:
        with client.talking():
            if b"NAMESPACE" not in {c.upper() for c in client.capabilities()}:
                return ()
            found = client.namespace()
    except MailFault:
        if client.wire.closed:
            raise
        return ()
    return tuple(prefix for group in (found.other, found.shared) for prefix, _ in group or () if prefix)


def _marked(folders: Sequence[FolderInfo], foreign: Sequence[str]) -> list[FolderInfo]:
    def belongs(path: str, prefix: str) -> bool:
        return path.startswith(prefix) or path == prefix.rstrip("/.\\")

    return [replace(f, personal=not any(belongs(f.path, p) for p in foreign)) for f in folders]


def states(client: Client, paths: Sequence[str]) -> dict[str, FolderStatus]:
    """STATUS of each (RFC 3501 6.3.10), the questions sent together. One that is refused is left out."""
    with client.talking():
        modseq = b"CONDSTORE" in {c.upper() for c in client.capabilities()}
    items = "(UIDVALIDITY UIDNEXT MESSAGES HIGHESTMODSEQ)" if modseq else "(UIDVALIDITY UIDNEXT MESSAGES)"
    found: dict[str, FolderStatus] = {}
    for start in range(0, len(paths), _STATES_AT_ONCE):
        found.update(_states(client, paths[start : start + _STATES_AT_ONCE], items))
    return found


def _states(client: Client, paths: Sequence[str], items: str) -> dict[str, FolderStatus]:
    found: dict[str, FolderStatus] = {}
    with client.talking():
        client.pop("STATUS")
        imap = client.imap
        tags = [imap._command("STATUS", client._normalise_folder(path), items) for path in paths]
        for tag, path in zip(tags, paths, strict=True):
            while not imap.tagged_commands[tag]:
                imap._get_response()
            answered, _ = imap.tagged_commands.pop(tag)
            line = client.pop("STATUS")
            if answered == "OK" and line:
                status = _read_state(line)
                if status is not None:
                    found[path] = status
    return found


def _read_state(line: list[object]) -> FolderStatus | None:
    text = b" ".join(
        part for piece in line for part in (piece if isinstance(piece, tuple) else (piece,)) if isinstance(part, bytes)
    )
    numbers = {name.upper(): int(number) for name, number in _STATE.findall(text[text.rfind(b"(") :])}
    if b"UIDVALIDITY" not in numbers or b"MESSAGES" not in numbers:
        return None
    return FolderStatus(
        uid_validity=numbers[b"UIDVALIDITY"],
        uid_next=numbers.get(b"UIDNEXT", 0),
        exists=numbers[b"MESSAGES"],
        highest_modseq=numbers.get(b"HIGHESTMODSEQ") or None,
    )


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
    for flags, delimiter, name in parsed:
        attributes = [flag.decode("ascii", "replace").lower() for flag in flags if isinstance(flag, bytes)]
        special = next((_SPECIAL[a] for a in attributes if a in _SPECIAL), "")
        if isinstance(name, str) and name:
            between = delimiter.decode("utf-8", "replace") if isinstance(delimiter, bytes) else ""
            folders.append(FolderInfo(name, special, not _CLOSED & set(attributes), between))
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
