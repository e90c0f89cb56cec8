"""What a mailbox can be asked, whatever protocol stands behind it. `ImapSession` is one; services depend on this."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from app.backends.date_time import internal_date
from app.domain.pace import Watch

if TYPE_CHECKING:
    from app.backends.smtp.outcomes import SmtpOutcome


@dataclass(frozen=True)
class FolderInfo:
    """`special_use`: RFC 6154 attribute such as "\\Sent", or empty. `selectable`: holds messages. `delimiter`: what stands
    between a folder's name and that of the one above it. `personal` False: of other people, or shared (RFC 2342)."""

    path: str
    special_use: str
    selectable: bool
    delimiter: str = "/"
    personal: bool = True


@dataclass(frozen=True)
class FolderStatus:
    """Of a selected folder. `uid_next` 0: the server does not say. `highest_modseq` None: no CONDSTORE (RFC 7162).
    `sync_state`: the server's own word for how the folder stands, by which it tells later what changed since (EWS); empty
    where there is none."""

    uid_validity: int
    uid_next: int
    exists: int
    highest_modseq: int | None
    sync_state: str = ""


@dataclass(frozen=True)
class FetchedHeader:
    """`header`: the fields asked for, as they stand in the message; empty when the server could not give them or gave
    more than can be a header. `size` in bytes. `internal_date` UTC; 1970-01-01 when the server gave none. `draft`: it
    is not finished (RFC 3501 2.3.2: \\Draft), wherever it lies. `number`: the server's own for it, the same in all its
    folders (Gmail); 0: none. `flags_told` False: the server does not say whether it is a draft, so that it counts as one."""

    uid: int
    header: bytes
    size: int
    internal_date: datetime
    draft: bool = False
    number: int = 0
    flags_told: bool = True


class ScannedHeader(NamedTuple):
    """One message of a scan, as cheap as a hundred thousand of them have to be. `header` and `size` as in FetchedHeader;
    `date`: RFC 3501 date-time as it came, b"" when there was none."""

    uid: int
    header: bytes
    size: int
    date: bytes

    def fetched(self) -> FetchedHeader:
        """The same with its date read."""
        return FetchedHeader(self.uid, self.header, self.size, internal_date(self.date.decode("ascii", "replace")))


@dataclass(frozen=True)
class HeaderWindow:
    """All messages with UIDs from `first_uid` to `last_uid`, ascending; those that are gone are left out, so that it may
    hold none."""

    first_uid: int
    last_uid: int
    headers: list[ScannedHeader]


class MailBackend(Protocol):
    """A signed-in session. Every method may raise MailFault, and Cancelled when the session's cancel event is set; after
    CONNECTION_LOST, READ_TIMEOUT, PROTOCOL_ERROR or ANSWER_TOO_LARGE from a broken answer the session is closed and says
    CONNECTION_LOST to everything."""

    def capabilities(self) -> frozenset[str]: ...

    def folders(self) -> tuple[FolderInfo, ...]: ...

    def resume(self, told: Mapping[str, FolderStatus]) -> None:
        """Once, before anything is selected: how folders stood when they were last read to their end, by path. A session
        that is to be kept may then ask what changed since, instead of looking at everything; nothing is left out."""
        ...

    def select(self, path: str, readonly: bool = True) -> FolderStatus: ...

    def states(self, paths: Sequence[str]) -> dict[str, FolderStatus]:
        """Of folders that are not selected, in few round trips, without opening them. Those that the server does not
        tell about are left out."""
        ...

    def newest_uid(self) -> int:
        """Of the selected folder; 0 when it is empty. Not UIDNEXT, which some servers tell wrongly."""
        ...

    def uids_from(self, first_uid: int, limit: int | None = None) -> list[int]: ...

    def gone(self, uids: Sequence[int], since: int | None, most: int) -> set[int]:
        """Those of these messages (ascending) that the selected folder holds no more, as far as the server tells of that
        without listing a folder. `since`: its HIGHESTMODSEQ when they were there, where it told one that can be believed;
        `most`: how many of all its messages are missing."""
        ...

    def first_uid_since(self, when: datetime, below: int) -> int:
        """The lowest UID under `below` of a message that came in since then, or up to two days before: servers compare
        days in a time zone of their own (RFC 3501 6.4.4: SINCE). 0: none did."""
        ...

    def fetch_headers(self, uids: Sequence[int], fields: Sequence[str]) -> Iterator[FetchedHeader]: ...

    def scan_headers(
        self, first_uid: int, last_uid: int | None, fields: Sequence[str], *, newest_first: bool = True
    ) -> Iterator[HeaderWindow]:
        """Reads the header fields of a range of the selected folder (both ends belong to it; None: its newest message),
        in windows of a few thousand messages and at most some MB. The windows lie end to end and cover the
        range, so that reading can go on later from where the last one ended: downwards from the top when
        `newest_first`, else upwards. Where the range holds no message, or is
        empty itself, there need not be a window.

        While a window is worked on, the next one is on its way already. The session may be used for something else in
        between (but for selecting another folder): that first reads what is on its way into memory and costs a round
        trip of haste, so fetch the bodies of many hits at once. Leaving the loop early is allowed, and a scan downwards
        that begins where the last one was left, with the same lower end and fields and without selecting in between,
        loses nothing of what was on its way. A wait looks at the session's cancel event five times a second."""
        ...

    def fetch_body(self, uid: int) -> bytes: ...

    def fetch_bodies(self, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        """Many whole messages at once, unread as they were: UID and message, ascending. `sizes`: bytes of each, as told
        by a scan; what is larger than 4 MB or could not be read is left out, and `fetch_body` says why. No other
        folder may be selected in between."""
        ...

    def fetch_head(self, uid: int, limit: int) -> bytes: ...

    def fetch_text_parts(self, uid: int, limit: int = 2_000_000) -> bytes: ...

    def search_message_id(self, message_id: str) -> list[int]: ...

    def search_header(self, field: str, text: str) -> list[int]: ...

    def find_sent_folder(self) -> str | None: ...

    def create_folder(self, path: str) -> str: ...

    def append(
        self, path: str, raw: bytes, flags: Sequence[str] = ("\\Seen",), when: datetime | None = None
    ) -> int | None: ...

    def remove(self, uids: Sequence[int]) -> bool: ...

    def wait_for_change(self, seconds: float, cancel: threading.Event) -> bool: ...

    def watch(self) -> Watch:
        """How `wait_for_change` hears of news in the selected folder."""
        ...

    def bytes_read(self) -> int:
        """That came from the server in all."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class MailSender(Protocol):
    """A signed-in way out for messages. `SmtpSession` is one."""

    @property
    def usable(self) -> bool:
        """False after the connection was lost or given up."""
        ...

    def send(
        self, envelope_from: str, recipient: str, raw: bytes, *, before_data: Callable[[], None] | None = None
    ) -> SmtpOutcome: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
