"""A signed-in Exchange mailbox as services see it (`app.backends.protocol.MailBackend`).

EWS knows messages by long opaque ids. The numbers here are those of Exchange's own IMAP server (`properties.ImapNumber`),
which behave as UIDs do (RFC 3501 2.3.1.1). The validity is made from the folder's id, which a mailbox that is moved or
restored gets anew. The inbox is "INBOX", the folder for sent mail "Sent", whatever the server calls them.
"""

from __future__ import annotations

import threading
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from types import TracebackType
from typing import Any, Self

from exchangelib import Account, Folder, Message
from exchangelib.ewsdatetime import EWSDateTime
from exchangelib.folders import BaseFolder, SingleFolderQuerySet
from exchangelib.items import SAVE_ONLY, SOFT_DELETE

from app.backends.date_time import date_time
from app.backends.exchange import headers
from app.backends.exchange.channel import ANSWER_LIMIT, Channel
from app.backends.exchange.faults import talking, translate
from app.backends.exchange.properties import READ, header_property
from app.backends.protocol import FetchedHeader, FolderInfo, FolderStatus, HeaderWindow, ScannedHeader
from app.backends.windows import windows_between
from app.domain.errors import Cancelled, MailFault
from app.domain.message_ids import normalise_message_id
from app.domain.pace import Watch
from app.domain.problems import ProblemCode

BATCH = 100  # messages asked for at once
BODY_LIMIT = 64 << 20
_BULK, _BULK_BODY = 4, 4 << 20  # messages asked for with their content at once, and bytes of each
POLL = 15.0  # seconds between two looks for news
_PAGE = 500
_ASK_ALL = 10  # polls
_LAST_NUMBER = 2**32 - 1  # as of IMAP's UIDs
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEADER = ("imap_number", "headers", "size", "datetime_received", "message_id", "in_reply_to", "references", "subject",
           "datetime_sent", "author", "item_class", "to_recipients", "cc_recipients")  # fmt: skip
_MAIL = "IPF.Note"
_MISSING = "no such message"


class ExchangeSession:
    """Fulfils MailBackend. For one thread at a time; `open_exchange` makes it, `close()` or `with` ends it."""

    def __init__(self, channel: Channel, mailbox: Account) -> None:
        self._channel = channel
        self._mailbox = mailbox
        self._selected: BaseFolder | None = None
        self._ids: dict[int, tuple[str, str]] = {}  # of the selected folder: (item id, change key) by number
        self._listed: tuple[range, list[int]] = range(0), []  # of the selected folder: all numbers within the range
        self._looked_at = (0, 0)  # how many messages, and the next number, as of the last look
        self._known: dict[str, BaseFolder] = {}
        self._stood: dict[str, tuple[tuple[int, int], int]] = {}  # by path: (messages, unread ones), next number
        self._polls = 0

    # -- folders

    def capabilities(self) -> frozenset[str]:
        """What IMAP calls so and EWS has in its own way."""
        return frozenset({"UIDPLUS", "SPECIAL-USE"})

    def folders(self) -> tuple[FolderInfo, ...]:
        """The mail folders, INBOX and Sent first."""
        paths = self._paths()
        uses = {"Sent": "\\Sent"}
        for use, name in (("\\Drafts", "drafts"), ("\\Trash", "trash"), ("\\Junk", "junk"), ("\\Drafts", "outbox")):
            try:
                with talking(self._channel, ProblemCode.FOLDER_MISSING):
                    number = getattr(self._mailbox, name).id
            except MailFault as fault:
                if fault.problem.code is not ProblemCode.FOLDER_MISSING:
                    raise
                continue  # this mailbox has none
            uses.update({path: use for path, folder in paths.items() if folder.id == number})
        return tuple(FolderInfo(path, uses.get(path, ""), True) for path in paths)

    def _paths(self) -> dict[str, BaseFolder]:
        with talking(self._channel):
            top = self._mailbox.msg_folder_root
            paths: dict[str, BaseFolder] = {"INBOX": self._mailbox.inbox, "Sent": self._mailbox.sent}
            places = {top.id: "", **{folder.id: path for path, folder in paths.items()}}
            waiting = list(SingleFolderQuerySet(account=self._mailbox, folder=top).depth("Deep").all())
        while waiting:
            placed = [f for f in waiting if getattr(f.parent_folder_id, "id", None) in places]
            if not placed:
                break  # their parent is hidden from this account
            for folder in placed:
                waiting.remove(folder)
                if folder.id in places:
                    continue
                above = places[folder.parent_folder_id.id]
                path = f"{above}/{folder.name}" if above else folder.name
                places[folder.id] = path
                if (folder.folder_class or _MAIL).startswith(_MAIL):
                    paths.setdefault(path, folder)
        self._known = paths
        return paths

    def _folder(self, path: str) -> BaseFolder:
        if path.upper() == "INBOX":
            return self._mailbox.inbox
        if path == "Sent":
            return self._mailbox.sent
        found = self._known.get(path) or self._paths().get(path)
        if found is None:
            raise self._channel.fault(ProblemCode.FOLDER_MISSING, path)
        return found

    def select(self, path: str, readonly: bool = True) -> FolderStatus:
        """FOLDER_MISSING when it cannot be opened. EWS has no read-only way of it; nothing here marks a message read."""
        self._selected, self._ids, self._listed = None, {}, (range(0), [])
        with talking(self._channel, ProblemCode.FOLDER_MISSING):
            folder = self._folder(path)
            folder.refresh()
        self._selected = folder
        self._looked_at = exists, uid_next = self._look(fresh=True)
        return FolderStatus(
            uid_validity=zlib.crc32(folder.id.encode()) or 1, uid_next=uid_next, exists=exists, highest_modseq=None
        )

    def states(self, paths: Sequence[str]) -> dict[str, FolderStatus]:
        """See `MailBackend`. One question tells how many messages each folder holds; the newest is asked for where that
        changed, and everywhere once in a while: one may have come for one that went."""
        if not paths:
            return {}
        folders = self._paths()
        self._polls += 1
        found: dict[str, FolderStatus] = {}
        for path in paths:
            folder = folders.get(path)
            if folder is None:
                continue
            if path in ("INBOX", "Sent"):  # known by their names, not by the list
                with talking(self._channel, ProblemCode.FOLDER_MISSING):
                    folder.refresh()
            counts = (folder.total_count or 0, folder.unread_count or 0)
            before = self._stood.get(path)
            if before is None or before[0] != counts or self._polls % _ASK_ALL == 0:
                before = (counts, self._newest(folder) + 1)
                self._stood[path] = before
            found[path] = FolderStatus(zlib.crc32(folder.id.encode()) or 1, before[1], counts[0], None)
        return found

    def _newest(self, folder: BaseFolder) -> int:
        with talking(self._channel, ProblemCode.FOLDER_MISSING):
            newest = list(folder.all().order_by("-imap_number").values_list("imap_number", flat=True)[:1])
        return int(newest[0] or 0) if newest else 0

    def newest_uid(self) -> int:
        """See `MailBackend`."""
        return self._look()[1] - 1

    def find_sent_folder(self) -> str | None:
        """Every Exchange mailbox has one."""
        return "Sent"

    def create_folder(self, path: str) -> str:
        """One that is there already is as good."""
        paths = self._paths()
        with talking(self._channel):
            above, at = self._mailbox.msg_folder_root, ""
            for name in path.split("/"):
                at = f"{at}/{name}" if at else name
                if at not in paths:
                    paths[at] = Folder(parent=above, name=name, folder_class=_MAIL).save()
                above = paths[at]
        self._known = {}  # what was made just now is not the object that the server gives
        return path

    # -- messages

    def _open_folder(self) -> BaseFolder:
        if self._selected is None:
            raise self._channel.fault(ProblemCode.FOLDER_MISSING, "no folder is selected")
        return self._selected

    def _look(self, *, fresh: bool = False) -> tuple[int, int]:
        """How many messages there are, and the number after the last one's."""
        folder = self._open_folder()
        with talking(self._channel):
            if not fresh:
                folder.refresh()
            newest = list(folder.all().order_by("-imap_number").values_list("imap_number", flat=True)[:1])
        return folder.total_count or 0, (newest[0] or 0) + 1 if newest else 1

    def uids_from(self, first_uid: int, limit: int | None = None) -> list[int]:
        """Ascending, none below `first_uid`; at most the first `limit`."""
        self._looked_at = self._look()
        if self._looked_at[1] <= first_uid or limit == 0:
            return []
        return self._numbers({}, max(1, first_uid), limit, below=self._looked_at[1])

    def _numbers(
        self, wanted: dict[str, Any], first: int = 1, limit: int | None = None, *, below: int = _LAST_NUMBER + 1
    ) -> list[int]:
        """From `first` on, ascending; `below`: where nothing more is to be expected. Each page begins after the number
        at which the last one ended: offsets shift when a message is deleted meanwhile."""
        listed: list[int] = []
        while first < below and (limit is None or len(listed) < limit):
            most = _PAGE if limit is None else min(_PAGE, limit - len(listed))
            page = self._page({**wanted, "imap_number__gte": first}, most)
            if not page:
                break
            listed += page
            first = page[-1] + 1
        return listed

    def _page(self, wanted: dict[str, Any], most: int) -> list[int]:
        folder = self._open_folder()
        with talking(self._channel):
            found = folder.filter(**wanted).order_by("imap_number")
            found.page_size = most
            rows = found.values_list("id", "changekey", "imap_number")[:most]
            listed = {row[2]: (row[0], row[1]) for row in rows if row[2] and 0 < row[2] <= _LAST_NUMBER}
        self._ids.update(listed)
        return sorted(listed)

    def _items(self, uids: Sequence[int]) -> dict[int, tuple[str, str]]:
        """Their ids; messages that are gone have none."""
        unknown = [uid for uid in uids if uid not in self._ids]
        for start in range(0, len(unknown), 20):
            self._page({"imap_number__in": unknown[start : start + 20]}, 20)
        return {uid: self._ids[uid] for uid in uids if uid in self._ids}

    def fetch_headers(self, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]:
        """In ascending order; messages that are gone are left out. Of a message that was written in this mailbox EWS
        tells the well-known fields only; where none of these is asked for, its content is read."""
        ordered = sorted({uid for uid in uids if uid > 0})
        for start in range(0, len(ordered), BATCH):
            batch = self._items(ordered[start : start + BATCH])
            for uid, item in self._fetch(batch, _HEADER):
                if item is None:
                    yield FetchedHeader(uid, b"", 0, _EPOCH)
                    continue
                yield FetchedHeader(uid, self._header(uid, item, fields), item.size or 0, _when(item))

    def scan_headers(
        self, first_uid: int, last_uid: int | None, fields: Sequence[str], *, newest_first: bool = True
    ) -> Iterator[HeaderWindow]:
        """As in `MailBackend`, in windows of 500; each is asked for when it is wanted. Below the newest message none is
        ever added: what was listed since the folder was selected is not listed again."""
        first_uid = max(1, first_uid)
        if last_uid is None or first_uid not in self._listed[0] or last_uid not in self._listed[0]:
            found = self.uids_from(first_uid)
            self._listed = range(first_uid, self._looked_at[1]), found
        listed = self._listed[1]
        end = len(listed) if last_uid is None else bisect_right(listed, last_uid)
        uids = listed[bisect_left(listed, first_uid) : end]
        if not uids:
            return
        last = uids[-1] if last_uid is None else last_uid
        for window in windows_between(uids[::_PAGE], first_uid, last, newest_first=newest_first):
            inside = uids[bisect_left(uids, window.first) : bisect_right(uids, window.last)]
            headers_found = self.fetch_headers(inside, fields)
            scanned = [ScannedHeader(h.uid, h.header, h.size, date_time(h.internal_date)) for h in headers_found]
            yield HeaderWindow(window.first, window.last, scanned)

    def _header(self, uid: int, item: Any, fields: Sequence[str]) -> bytes:
        if item.headers:
            return headers.block(headers.transport_fields(item, fields))
        if headers.only_in_content(fields):
            return headers.cut(self.fetch_body(uid), fields)
        return headers.block(headers.named_fields(item), fields)

    def _fetch(self, ids: dict[int, tuple[str, str]], fields: Sequence[str]) -> Iterator[tuple[int, Any]]:
        """With None for what the server cannot hand out; messages that are gone are left out."""
        if not ids:
            return
        folder = self._open_folder()
        with talking(self._channel, ProblemCode.BROKEN_MESSAGE):
            answers = list(self._mailbox.fetch(ids=list(ids.values()), folder=folder, only_fields=list(fields)))
        for uid, answer in zip(ids, answers, strict=True):
            if not isinstance(answer, Exception):
                yield uid, answer
                continue
            fault = translate(self._channel, answer, ProblemCode.BROKEN_MESSAGE)
            if type(answer).__name__ == "ErrorItemNotFound":
                self._ids.pop(uid, None)
            elif fault.problem.code is ProblemCode.BROKEN_MESSAGE:
                yield uid, None
            else:
                raise fault

    def _one(self, uid: int, fields: Sequence[str], limit: int = ANSWER_LIMIT) -> Any:
        self._channel.limit = limit
        try:
            found = dict(self._fetch(self._items([uid]), fields)).get(uid)
        finally:
            self._channel.limit = ANSWER_LIMIT
        if found is None:
            raise self._channel.fault(ProblemCode.BROKEN_MESSAGE, _MISSING)
        return found

    def fetch_body(self, uid: int) -> bytes:
        """The whole message as Exchange writes it, unread as it was. ANSWER_TOO_LARGE above 64 MB, without reading it."""
        size = self._one(uid, ("size",)).size or 0
        if size > BODY_LIMIT:
            raise self._channel.fault(ProblemCode.ANSWER_TOO_LARGE)
        content = self._one(uid, ("mime_content",), 2 * BODY_LIMIT).mime_content
        if not content:
            raise self._channel.fault(ProblemCode.BROKEN_MESSAGE)
        return bytes(content)

    def fetch_bodies(self, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        """As in `MailBackend`; four messages at a time."""
        small = sorted(uid for uid, size in sizes.items() if size <= _BULK_BODY)
        for start in range(0, len(small), _BULK):
            items = self._items(small[start : start + _BULK])
            self._channel.limit = 2 * _BULK * _BULK_BODY
            try:
                found = [(uid, item) for uid, item in self._fetch(items, ("mime_content",)) if item is not None]
            finally:
                self._channel.limit = ANSWER_LIMIT
            yield from ((uid, bytes(item.mime_content)) for uid, item in found if item.mime_content)

    def fetch_head(self, uid: int, limit: int) -> bytes:
        """The first `limit` bytes of a message, or all of a shorter one. EWS hands out no part of a content: it is read
        whole, and cut here. Otherwise as `fetch_body`."""
        return self.fetch_body(uid)[:limit]

    def fetch_text_parts(self, uid: int, limit: int = 2_000_000) -> bytes:
        """Header and text of a message too large to be read whole, as a message without its files. `limit`: characters
        of the text."""
        item = self._one(uid, (*_HEADER, "body"))
        message = EmailMessage(policy=SMTP)
        kind = "html" if type(item.body).__name__ == "HTMLBody" else "plain"
        message.set_content(str(item.body or "")[:limit], subtype=kind)
        told = headers.transport_fields(item) or headers.named_fields(item)
        kept = [(name, value) for name, value in told if not name.lower().startswith(("content-", "mime-version"))]
        return headers.block(kept)[:-2] + message.as_bytes()

    def search_message_id(self, message_id: str) -> list[int]:
        """Numbers in the selected folder whose Message-ID is exactly this one. Ids may be given with or without
        brackets."""
        wanted = normalise_message_id(message_id)
        if not wanted:
            return []
        return sorted({uid for text in (f"<{wanted}>", wanted) for uid in self._numbers({"message_id": text})})

    def search_header(self, field: str, text: str) -> list[int]:
        """Numbers in the selected folder whose header field contains this text."""
        return self._numbers({f"{header_property(field)}__contains": text})

    def append(
        self, path: str, raw: bytes, flags: Sequence[str] = ("\\Seen",), when: datetime | None = None
    ) -> int | None:
        """Files a message, as one that was sent or received and not as a draft; its number. FOLDER_MISSING,
        QUOTA_EXCEEDED, MESSAGE_REFUSED. After CONNECTION_LOST or READ_TIMEOUT it may be there or not: look for its
        Message-ID."""
        with talking(self._channel, ProblemCode.MESSAGE_REFUSED):
            folder = self._folder(path)
            item = Message(
                account=self._mailbox,
                folder=folder,
                mime_content=raw,
                message_flags=READ if "\\Seen" in flags else 0,
                delivery_time=EWSDateTime.from_datetime(when.astimezone(UTC)) if when else None,
            )
            for made in self._mailbox.bulk_create(folder, [item], SAVE_ONLY):
                if isinstance(made, Exception):
                    raise made
                filed = list(self._mailbox.fetch(ids=[made], folder=folder, only_fields=["imap_number"]))
                number = getattr(filed[0], "imap_number", None) if filed else None
                return int(number) if number else None
        return None

    def remove(self, uids: Sequence[int]) -> bool:
        """Deletes these messages of the selected folder and nothing else; people can still recover them (Outlook:
        Recover Deleted Items)."""
        ids = self._items(list(uids))
        if not ids:
            return True
        with talking(self._channel):
            for answer in self._mailbox.bulk_delete(ids=list(ids.values()), delete_type=SOFT_DELETE):
                if isinstance(answer, Exception) and type(answer).__name__ != "ErrorItemNotFound":
                    raise answer
        for uid in ids:
            self._ids.pop(uid, None)
        return True

    # -- news

    def wait_for_change(self, seconds: float, cancel: threading.Event) -> bool:
        """True when messages came or went in the selected folder since the last look at it: looks at once and then
        every quarter of a minute. `cancel` ends it within a moment with False. CONNECTION_LOST when the server has
        gone."""
        left = seconds
        while True:
            try:
                now = self._look()
            except Cancelled:
                return False
            if now != self._looked_at:
                self._looked_at = now
                return True
            if left <= 0:
                return False
            pause = min(POLL, left)
            left -= pause
            if self._channel.pause(pause, cancel):
                return False

    def watch(self) -> Watch:
        """See `MailBackend`."""
        return Watch(False, round(POLL), "Exchange is asked for new mail; it does not tell by itself.")

    def bytes_read(self) -> int:
        """See `MailBackend`."""
        return self._channel.received

    # -- the end

    def close(self) -> None:
        """Hangs up. Never fails."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _when(item: Any) -> datetime:
    received = item.datetime_received
    return datetime.fromtimestamp(received.timestamp(), UTC) if received is not None else _EPOCH
