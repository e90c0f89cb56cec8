"""A signed-in IMAP session: the mailbox as services see it (`app.backends.protocol.MailBackend`)."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from app.backends.date_time import date_time
from app.backends.imap import careful, folders, idle, large, moved, scanning
from app.backends.imap.connection import Client
from app.backends.imap.gmail import Twins
from app.backends.protocol import FetchedHeader, FolderInfo, FolderStatus, HeaderWindow, ScannedHeader
from app.backends.windows import Window
from app.domain.errors import Cancelled, MailFault
from app.domain.message_ids import normalise_message_id
from app.domain.pace import Watch
from app.domain.problems import ProblemCode

BATCH = 200  # messages asked for at once
BODY_LIMIT = 78 << 20  # what has attachments of 50 MB, in base64, besides its text
_SEARCH_LIMIT = 32 << 20  # over three million messages
_LAST_UID = 2**32 - 1  # RFC 3501 9, nz-number
_APPENDUID = re.compile(rb"\[APPENDUID \d+ (\d{1,10})\]", re.IGNORECASE)
_FIELD = re.compile(r"[A-Za-z0-9-]{1,76}")


@dataclass(frozen=True)
class _Rest:
    """What is still to come of a scan."""

    selection: int
    items: str
    first_uid: int
    last_uid: int | None
    newest_first: bool


class ImapSession:
    """Fulfils MailBackend. For one thread at a time; `open_imap` makes it, `close()` or `with` ends it."""

    def __init__(self, client: Client, longest_idle: float = idle.LONGEST) -> None:
        self._client, self._longest_idle = client, longest_idle
        self._quick, self._twins = moved.Quick(client), Twins(client)
        self._selected, self._readonly = "", True
        self._exists = 0  # as the server last said
        self._looked_at = 0  # as of the last select or uids_from
        self._removed = self._came = False
        self._unsure = False  # something was removed since the server last said how many there are
        self._selection = 0  # counts them
        self._sizes: dict[int, int] = {}  # of the messages whose headers were read last
        self._left: dict[_Rest, Iterator[HeaderWindow]] = {}  # the scan that was left last

    # -- folders

    def capabilities(self) -> frozenset[str]:
        """In capitals, such as "IDLE"."""
        with self._client.talking():
            return frozenset(c.decode("ascii", "replace").upper() for c in self._client.capabilities())

    def folders(self) -> tuple[FolderInfo, ...]:
        """All folders of the account, INBOX included."""
        return self._twins.note_folders(folders.list_folders(self._client))

    def resume(self, told: Mapping[str, FolderStatus]) -> None:
        """See `MailBackend`. There is nothing to go on from; but the session will be asked for what has gone."""
        self._quick.ask()

    def select(self, path: str, readonly: bool = True) -> FolderStatus:
        """FOLDER_MISSING when it cannot be opened."""
        self._selected = ""
        self._selection += 1
        self._sizes = {}
        self._left.clear()
        self._quick.note()
        with self._client.talking(ProblemCode.FOLDER_MISSING):
            answer = self._client.select_folder(path, readonly=readonly)
            self._quick.note()
            status = FolderStatus(
                uid_validity=_number(answer, b"UIDVALIDITY"),
                uid_next=_number(answer, b"UIDNEXT"),
                exists=_number(answer, b"EXISTS"),
                highest_modseq=_number(answer, b"HIGHESTMODSEQ") or None,
            )
        self._selected, self._readonly = path, readonly
        self._note_changes()
        self._exists = self._looked_at = status.exists
        self._removed = self._came = self._unsure = False
        return status

    def states(self, paths: Sequence[str]) -> dict[str, FolderStatus]:
        """See `MailBackend`."""
        return folders.states(self._client, [path for path in paths if path != self._selected])

    def newest_uid(self) -> int:
        """See `MailBackend`."""
        self._refresh()
        if not self._exists:
            return 0
        with self._client.talking(expecting=_SEARCH_LIMIT):
            newest = max(self._client.search(["UID", "*"]), default=0)
        # nothing of many: a server that does not know "*" in a search, or all were deleted just now
        return newest or max(self.uids_from(1), default=0)

    def find_sent_folder(self) -> str | None:
        """Where sent mail is kept; None when there is no such folder."""
        return folders.sent_folder(self.folders())

    def create_folder(self, path: str) -> str:
        """Makes and subscribes it; one that is there already is as good. Gives its full path on this server."""
        full = folders.with_namespace(self._client, path)
        existing = {f.path for f in self.folders()}
        if full in existing:
            return full
        with self._client.talking():
            self._client.create_folder(full)
        with self._client.talking():
            self._client.subscribe_folder(full)
        return full

    # -- messages

    def uids_from(self, first_uid: int, limit: int | None = None) -> list[int]:
        """Ascending, none below `first_uid`; at most the first `limit`."""
        self._refresh()
        self._looked_at, self._removed, self._came = self._exists, False, False
        if not self._exists:
            return []  # some servers call 1:* a mistake here
        with self._client.talking(expecting=_SEARCH_LIMIT):
            # n:* holds the last message even when it is below n
            found = self._client.search(["UID", f"{max(1, first_uid)}:*"])
        uids = sorted(uid for uid in set(found) if first_uid <= uid <= _LAST_UID)
        return uids if limit is None else uids[:limit]

    def gone(self, uids: Sequence[int], since: int | None, most: int) -> set[int]:
        """See `MailBackend`."""
        return moved.gone(self._client, self._quick, uids, since, most) if uids else set()

    def first_uid_since(self, when: datetime, below: int) -> int:
        """See `MailBackend`."""
        self._refresh()
        if not self._exists or below <= 1:
            return 0
        day = (when.astimezone(UTC) - timedelta(days=1)).date()
        with self._client.talking(expecting=_SEARCH_LIMIT):
            found = self._client.search(["UID", f"1:{below - 1}", "SINCE", day])
        return min((uid for uid in found if uid < below), default=0)

    def fetch_headers(self, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]:
        """In ascending order; messages that are gone are left out. Between two of them the session may be used for
        something else, but for selecting another folder."""
        items = _items(fields, flags=True)  # scans do without them: what they choose is read here
        ordered = sorted({uid for uid in uids if uid > 0})
        for start in range(0, len(ordered), BATCH):
            batch = self._twins.fetch_batch(self._selected, ordered[start : start + BATCH], items)
            self._sizes = {header.uid: header.size for header in batch if header.size}
            yield from batch

    def scan_headers(
        self, first_uid: int, last_uid: int | None, fields: Sequence[str], *, newest_first: bool = True
    ) -> Iterator[HeaderWindow]:
        """See `MailBackend`."""
        items, selection = _items(fields), self._selection
        windows = self._left.pop(_Rest(selection, items, first_uid, last_uid, newest_first), None)
        self._left.clear()
        if windows is None:
            windows = scanning.scan(
                self._client,
                self._exists,
                first_uid,
                last_uid,
                items,
                newest_first=newest_first,
                ordinary=scanning.Ordinary(self.uids_from, lambda window, came: self._rest_of(window, came, items)),
            )
        for window in windows:
            self._note_changes()
            self._sizes = {header.uid: header.size for header in window.headers if header.size}
            try:
                yield window
            except GeneratorExit:
                if newest_first:  # who goes on downwards from here finds what is on its way already
                    rest = _Rest(selection, items, first_uid, window.first_uid - 1, newest_first)
                    self._left = {rest: windows}
                raise
            if self._selection != selection:
                raise RuntimeError("another folder was selected during a scan")

    def _rest_of(self, window: Window, came: Sequence[ScannedHeader], items: str) -> list[ScannedHeader]:
        """What is missing in a window, read in small batches and one by one in those that the server refuses."""
        found = {header.uid: header for header in came}
        with self._client.talking(expecting=_SEARCH_LIMIT):
            there = self._client.search(["UID", f"{window.first}:{window.last}"])
        missing = sorted(uid for uid in set(there) if window.first <= uid <= window.last and uid not in found)
        for start in range(0, len(missing), BATCH):
            for h in careful.fetch_batch(self._client, missing[start : start + BATCH], items):
                found[h.uid] = ScannedHeader(h.uid, h.header, h.size, date_time(h.internal_date))
        return [found[uid] for uid in sorted(found)]

    def fetch_bodies(self, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        """See `MailBackend`."""
        return scanning.bodies(self._client, sizes)

    def fetch_section(self, uid: int, section: str, limit: int) -> bytes:
        """One body section, such as "BODY.PEEK[]". BROKEN_MESSAGE when the server gives none (the message may be gone),
        ANSWER_TOO_LARGE above `limit`."""
        return careful.fetch_section(self._client, uid, section, limit)

    def fetch_body(self, uid: int) -> bytes:
        """The whole message, unread as it was. ANSWER_TOO_LARGE above 78 MB, without reading it."""
        size = self._sizes[uid] if uid in self._sizes else careful.size_of(self._client, uid)
        if size > BODY_LIMIT:
            raise self._client.wire.fault(ProblemCode.ANSWER_TOO_LARGE)
        return self.fetch_section(uid, "BODY.PEEK[]", BODY_LIMIT)

    def fetch_text_parts(self, uid: int, limit: int = 2_000_000) -> bytes:
        """Header and text of a message too large to be read whole, as a message without its files. `limit`: bytes of
        each text."""
        with self._client.talking(ProblemCode.BROKEN_MESSAGE, expecting=careful.BATCH_LIMIT):
            answer = self._client.fetch([uid], ["BODYSTRUCTURE"])
        structure = answer.get(uid, {}).get(b"BODYSTRUCTURE")
        return large.without_files(structure, lambda section: self.fetch_section(uid, section, limit + 65536), limit)

    def search_message_id(self, message_id: str) -> list[int]:
        """UIDs in the selected folder whose Message-ID is exactly this one. Ids may be given with or without brackets."""
        wanted = normalise_message_id(message_id)
        if not wanted:
            return []
        self._refresh()
        with self._client.talking(expecting=_SEARCH_LIMIT):
            charset = None if wanted.isascii() else "UTF-8"
            found = self._client.search(["HEADER", "Message-ID", wanted], charset)
        # HEADER finds parts of ids, too
        return [
            header.uid
            for header in self.fetch_headers(found, ("Message-ID",))
            if normalise_message_id(header.header.partition(b":")[2].decode("utf-8", "replace")) == wanted
        ]

    def search_header(self, field: str, text: str) -> list[int]:
        """UIDs in the selected folder whose header field contains this ASCII text."""
        self._refresh()
        with self._client.talking(expecting=_SEARCH_LIMIT):
            return sorted(self._client.search(["HEADER", field, text]))

    def fetch_head(self, uid: int, limit: int) -> bytes:
        """The first `limit` bytes of a message, or all of a shorter one."""
        return self.fetch_section(uid, f"BODY.PEEK[]<0.{limit}>", limit + careful.ROOM)

    def append(
        self, path: str, raw: bytes, flags: Sequence[str] = ("\\Seen",), when: datetime | None = None
    ) -> int | None:
        """Files a message; its UID where the server tells (RFC 4315). FOLDER_MISSING, QUOTA_EXCEEDED, MESSAGE_REFUSED.
        After CONNECTION_LOST or READ_TIMEOUT it may be there or not: look for its Message-ID."""
        with self._client.talking(ProblemCode.MESSAGE_REFUSED):
            answer = self._client.append(path, raw, flags, when)
        found = _APPENDUID.search(answer if isinstance(answer, bytes) else b"")
        return int(found.group(1)) if found else None

    def remove(self, uids: Sequence[int]) -> bool:
        """Deletes these messages of the selected folder and nothing else. Needs UIDPLUS (RFC 4315 2.1: UID EXPUNGE);
        without it a plain EXPUNGE would take what others marked, too: then nothing is done and False is the answer, as
        in a folder that was selected to be read only."""
        if not uids:
            return True
        if self._readonly or "UIDPLUS" not in self.capabilities():
            return False
        with self._client.talking():
            self._client.delete_messages(list(uids))
        with self._client.talking():
            self._client.expunge(list(uids))
        return True

    # -- news

    def wait_for_change(self, seconds: float, cancel: threading.Event) -> bool:
        """True as soon as messages came or went in the selected folder since the last look at it. `cancel` (or the
        session's own) ends it within half a second with False. CONNECTION_LOST when the server has gone."""
        try:
            if not idle.wait(self._client, seconds, cancel, self._changed, self._longest_idle):
                return False
        except Cancelled:
            return False
        if self._client.wire.cancelled:
            return False
        self._looked_at, self._removed, self._came = self._exists, False, False
        return True

    def watch(self) -> Watch:
        """See `MailBackend`."""
        return idle.watch(self._client)

    def _refresh(self) -> None:
        """A folder that stays selected is searched as it was when the server last told of news (RFC 3501 7.3.1)."""
        with self._client.talking():
            self._client.imap.noop()
        self._note_changes()

    def _changed(self) -> bool:
        self._note_changes()
        return self._removed or self._came or self._exists != self._looked_at

    def _note_changes(self) -> None:
        """Takes the folder's unsolicited news out of imaplib's heap. Flags that change are none."""
        exists = self._client.pop("EXISTS")
        if exists and bytes(exists[-1]).isdigit() and len(exists[-1]) <= 10:
            self._exists = int(exists[-1])
            self._came, self._unsure = self._came or self._unsure, False
        if self._client.pop("EXPUNGE") or self._client.pop("VANISHED"):
            self._removed = self._unsure = True
        for name in ("RECENT", "FETCH", "OK"):
            self._client.pop(name)

    def bytes_read(self) -> int:
        """See `MailBackend`."""
        return self._client.wire.received

    # -- the end

    def close(self) -> None:
        """Signs out, or just hangs up when the server does not answer at once. Never fails."""
        wire = self._client.wire
        if not wire.closed and not wire.cancelled and self._client.outstanding is None:
            wire.read_timeout = 1.0
            try:
                with self._client.talking():
                    self._client.logout()
            except (MailFault, Cancelled):
                pass
        wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _items(fields: Sequence[str], *, flags: bool = False) -> str:
    if not all(_FIELD.fullmatch(field) for field in fields):
        raise ValueError(f"not header fields: {fields}")
    return f"(UID {'FLAGS ' if flags else ''}RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER.FIELDS ({' '.join(fields)})])"


def _number(answer: dict[bytes, Any], name: bytes) -> int:
    """0 for what is missing, and for what no server can mean: the largest of these numbers has 63 bits (RFC 7162 3.1.2)."""
    value = answer.get(name, 0)
    return value if isinstance(value, int) and 0 <= value < 2**63 else 0
