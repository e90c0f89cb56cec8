"""A signed-in Exchange mailbox as services see it (`app.backends.protocol.MailBackend`).

EWS knows messages by long opaque ids. The numbers here are those of Exchange's own IMAP server (`properties.ImapNumber`),
which behave as UIDs do (RFC 3501 2.3.1.1). The validity is made from the folder's id, which a mailbox that is moved or
restored gets anew.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from exchangelib import Account, Message
from exchangelib.ewsdatetime import EWSDateTime
from exchangelib.items import SAVE_ONLY, SOFT_DELETE

from app.backends.date_time import date_time
from app.backends.exchange import gone
from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import talking
from app.backends.exchange.listing import PAGE, Listing, newest_number
from app.backends.exchange.messages import Messages
from app.backends.exchange.places import BY_NAME, Places
from app.backends.exchange.properties import READ, header_property
from app.backends.exchange.standing import Standing, Standings
from app.backends.exchange.streaming import Stream
from app.backends.protocol import FetchedHeader, FolderInfo, FolderStatus, HeaderWindow, ScannedHeader
from app.backends.windows import windows_between
from app.domain.errors import Cancelled
from app.domain.message_ids import normalise_message_id
from app.domain.pace import PUSHED, Watch
from app.domain.problems import ProblemCode

POLL = 15.0  # seconds between two looks for news, where nothing is pushed
SILENCE = 100.0  # seconds without a word on the stream, after which the folder is looked at: the stream may be dead
_ASK_ALL = 10  # rounds


class ExchangeSession:
    """Fulfils MailBackend. For one thread at a time; `open_exchange` makes it, `close()` or `with` ends it."""

    def __init__(self, channel: Channel, mailbox: Account) -> None:
        self._channel = channel
        self._mailbox = mailbox
        self._places = Places(channel, mailbox)
        self._standings = Standings(channel, mailbox)
        self._stream = Stream(channel, mailbox)
        self._path = ""
        self._selected: tuple[Standing, Listing, Messages] | None = None
        self._listed: tuple[range, list[int]] = range(0), []  # of the selected folder: all numbers within the range
        self._looked_at = 0  # the selected folder's version as of the last look
        self._counted: dict[str, tuple[int, int]] = {}  # by path: messages, unread ones
        self._rounds = 0

    # -- folders

    def capabilities(self) -> frozenset[str]:
        """What IMAP calls so and EWS has in its own way."""
        return frozenset({"UIDPLUS", "SPECIAL-USE"})

    def folders(self) -> tuple[FolderInfo, ...]:
        """The mail folders, INBOX and Sent first."""
        return self._places.infos()

    def resume(self, told: Mapping[str, FolderStatus]) -> None:
        """See `MailBackend`. Without it folders are looked at by their numbers."""
        self._standings.resume(told)
        self._selected = None

    def select(self, path: str, readonly: bool = True) -> FolderStatus:
        """FOLDER_MISSING when it cannot be opened. EWS has no read-only way of it; nothing here marks a message read."""
        self._selected, self._listed = None, (range(0), [])
        with talking(self._channel, ProblemCode.FOLDER_MISSING):
            folder = self._places.folder(path)
        standing = self._standings.of(path, folder)
        self._standings.refresh(standing)
        listing = Listing(self._channel, folder)
        self._path, self._selected = path, (standing, listing, Messages(self._channel, self._mailbox, listing))
        self._looked_at = standing.version
        return standing.status()

    def states(self, paths: Sequence[str]) -> dict[str, FolderStatus]:
        """See `MailBackend`. One question tells how many messages each folder holds; what came is asked for where that
        changed, and everywhere once in a while: one may have come for one that went."""
        if not paths:
            return {}
        folders = self._places.all()
        self._rounds += 1
        found: dict[str, FolderStatus] = {}
        for path in paths:
            folder = folders.get(path)
            if folder is None:
                continue
            if path in BY_NAME:
                with talking(self._channel, ProblemCode.FOLDER_MISSING):
                    folder.refresh()
            counts = (folder.total_count or 0, folder.unread_count or 0)
            standing = self._standings.of(path, folder)
            if self._counted.get(path) != counts or self._rounds % _ASK_ALL == 0:
                if standing.together:
                    self._standings.refresh(standing)
                else:
                    self._standings.looked(standing, counts[0], newest_number(self._channel, folder) + 1)
                self._counted[path] = counts
            standing.exists = counts[0]
            found[path] = standing.status()
        return found

    def newest_uid(self) -> int:
        """See `MailBackend`."""
        return self._look() - 1

    def find_sent_folder(self) -> str | None:
        """Every Exchange mailbox has one."""
        return "Sent"

    def create_folder(self, path: str) -> str:
        """One that is there already is as good."""
        return self._places.create(path)

    # -- messages

    @property
    def _here(self) -> tuple[Standing, Listing, Messages]:
        if self._selected is None:
            raise self._channel.fault(ProblemCode.FOLDER_MISSING, "no folder is selected", own_words=True)
        return self._selected

    def _look(self) -> int:
        """The number after the last message's."""
        standing, _, _ = self._here
        self._standings.refresh(standing)
        self._looked_at = standing.version
        return standing.uid_next

    def uids_from(self, first_uid: int, limit: int | None = None) -> list[int]:
        """Ascending, none below `first_uid`; at most the first `limit`."""
        below, first = self._look(), max(1, first_uid)
        if below <= first or limit == 0:
            return []
        standing, listing, _ = self._here
        if not standing.current or first < standing.since:
            return listing.numbers({}, first, limit, below=below)
        found = {number: key for number, key in standing.fresh.items() if number >= first}
        listing.ids.update(found)
        return sorted(found)[:limit]

    def gone(self, uids: Sequence[int], since: int | None, most: int) -> set[int]:
        """See `MailBackend` and `gone`."""
        standing, listing, _ = self._here
        return gone.gone(standing, listing, uids, most) if uids else set()

    def first_uid_since(self, when: datetime, below: int) -> int:
        """See `MailBackend`."""
        since = EWSDateTime.from_datetime(when.astimezone(UTC))
        wanted = {"datetime_received__gte": since, "imap_number__lt": below}
        return next(iter(self._here[1].numbers(wanted, limit=1, below=below)), 0)

    def fetch_headers(self, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]:
        """See `Messages.headers`."""
        return self._here[2].headers(uids, fields)

    def scan_headers(
        self, first_uid: int, last_uid: int | None, fields: Sequence[str], *, newest_first: bool = True
    ) -> Iterator[HeaderWindow]:
        """As in `MailBackend`, in windows of 500; each is asked for when it is wanted. Below the newest message none is
        ever added: what was listed since the folder was selected is not listed again."""
        first_uid = max(1, first_uid)
        if last_uid is None or first_uid not in self._listed[0] or last_uid not in self._listed[0]:
            found = self.uids_from(first_uid)
            self._listed = range(first_uid, self._here[0].uid_next), found
        listed = self._listed[1]
        end = len(listed) if last_uid is None else bisect_right(listed, last_uid)
        uids = listed[bisect_left(listed, first_uid) : end]
        if not uids:
            return
        last = uids[-1] if last_uid is None else last_uid
        for window in windows_between(uids[::PAGE], first_uid, last, newest_first=newest_first):
            inside = uids[bisect_left(uids, window.first) : bisect_right(uids, window.last)]
            headers_found = self.fetch_headers(inside, fields)
            scanned = [ScannedHeader(h.uid, h.header, h.size, date_time(h.internal_date)) for h in headers_found]
            yield HeaderWindow(window.first, window.last, scanned)

    def fetch_body(self, uid: int) -> bytes:
        """See `Messages.body`."""
        return self._here[2].body(uid)

    def fetch_bodies(self, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        """As in `MailBackend`; four messages at a time."""
        return self._here[2].bodies(sizes)

    def fetch_head(self, uid: int, limit: int) -> bytes:
        """The first `limit` bytes of a message, or all of a shorter one. EWS hands out no part of a content: it is read
        whole, and cut here. Otherwise as `fetch_body`."""
        return self.fetch_body(uid)[:limit]

    def fetch_text_parts(self, uid: int, limit: int = 2_000_000) -> bytes:
        """See `Messages.text_parts`."""
        return self._here[2].text_parts(uid, limit)

    def search_message_id(self, message_id: str) -> list[int]:
        """Numbers in the selected folder whose Message-ID is exactly this one. Ids may be given with or without
        brackets."""
        wanted = normalise_message_id(message_id)
        if not wanted:
            return []
        listing = self._here[1]
        return sorted({uid for text in (f"<{wanted}>", wanted) for uid in listing.numbers({"message_id": text})})

    def search_header(self, field: str, text: str) -> list[int]:
        """Numbers in the selected folder whose header field contains this text."""
        return self._here[1].numbers({f"{header_property(field)}__contains": text})

    def append(
        self, path: str, raw: bytes, flags: Sequence[str] = ("\\Seen",), when: datetime | None = None
    ) -> int | None:
        """Files a message, as one that was sent or received and not as a draft; its number. FOLDER_MISSING,
        QUOTA_EXCEEDED, MESSAGE_REFUSED. After CONNECTION_LOST or READ_TIMEOUT it may be there or not: look for its
        Message-ID."""
        with talking(self._channel, ProblemCode.MESSAGE_REFUSED):
            folder = self._places.folder(path)
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
        if not uids:
            return True
        listing = self._here[1]
        ids = listing.items(list(uids))
        if not ids:
            return True
        with talking(self._channel):
            for answer in self._mailbox.bulk_delete(ids=list(ids.values()), delete_type=SOFT_DELETE):
                if isinstance(answer, Exception) and type(answer).__name__ != "ErrorItemNotFound":
                    raise answer
        for uid in ids:
            listing.ids.pop(uid, None)
        return True

    # -- news

    def wait_for_change(self, seconds: float, cancel: threading.Event) -> bool:
        """True when messages came or went in the selected folder since the last look at it: looks at once, then listens
        to what the server tells of it, or looks every quarter of a minute. `cancel` ends it within a moment with False.
        CONNECTION_LOST when the server has gone. Sent is watched beside the inbox, and one connection has to do for that:
        there the server's word alone counts, and a stream that was opened anew counts as one."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                listened = self._stream.is_open
                pushed = self._tend_stream()  # before the look: what comes after it is told
                if pushed and self._is_beside:
                    if not listened or self._listen(deadline, cancel):
                        return not cancel.is_set()
                    if cancel.is_set() or time.monotonic() >= deadline:
                        return False
                    continue
                before = self._looked_at
                self._look()
                if self._looked_at != before:
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                if pushed:
                    self._listen(deadline, cancel)
                elif self._channel.pause(min(POLL, left), cancel):
                    return False
                if cancel.is_set():
                    return False
        except Cancelled:
            return False

    @property
    def _is_beside(self) -> bool:
        return self._path != BY_NAME[0]

    def _listen(self, deadline: float, cancel: threading.Event) -> bool:
        """Until there is a reason to look at the folder: news (True), the time is over, or the stream is silent or
        gone."""
        if self._is_beside:
            self._channel.hang_up()
        while (left := deadline - time.monotonic()) > 0 and (hopeful := SILENCE - self._stream.quiet) > 0:
            if self._stream.listen(min(left, hopeful), cancel):
                return True
            if not self._stream.is_open or cancel.is_set():
                return False
        if self._stream.is_open and self._stream.quiet >= SILENCE:
            self._stream.close()
        return False

    def _tend_stream(self) -> bool:
        """INBOX and Sent are worth a connection."""
        return self._path in BY_NAME and self._stream.tend(self._here[0].folder.id, alone=self._is_beside)

    def watch(self) -> Watch:
        """See `MailBackend`. One that is open for the folder that was waited for last is left so."""
        if self._stream.is_open or self._tend_stream():
            return PUSHED
        return Watch(False, round(POLL), self._stream.why)

    def bytes_read(self) -> int:
        """See `MailBackend`."""
        return self._channel.received + self._stream.received

    # -- the end

    def close(self) -> None:
        """Hangs up. Never fails."""
        self._stream.close()
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
