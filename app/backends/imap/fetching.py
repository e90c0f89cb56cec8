"""Reads FETCH answers as imaplib collects them: what is usual by one expression, the rest by IMAPClient's parser, and
what neither understands is told apart from the messages around it. Used by `session`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imapclient.exceptions import ProtocolError
from imapclient.response_parser import parse_fetch_response

from app.backends.date_time import EPOCH, internal_date

# One untagged FETCH: (line with literal mark, literal) pairs, then the rest of the last line.
Record = tuple[bytes | tuple[bytes, bytes], ...]

_UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,19})\b", re.IGNORECASE)
_DATE = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"', re.IGNORECASE)
_FLAGS = re.compile(rb"(?<![^ (])FLAGS \(([^()]*)\)", re.IGNORECASE)
_DRAFT = re.compile(rb"\\Draft\b", re.IGNORECASE)
_NUMBER = re.compile(rb"\bX-GM-MSGID (\d{1,20})\b", re.IGNORECASE)
_LITERAL = re.compile(rb"\{(\d{1,19})\}$")
_SECTION = re.compile(rb"BODY\[[^\]]*\](?:<\d+>)? \{\d+\}$", re.IGNORECASE)


@dataclass(frozen=True)
class FetchedItem:
    """`data` None: the answer holds no literal or string for the section asked for. `announced`: bytes that the server
    said would come; more than `len(data)` when the text was thrown away for its size. `draft`: None when no flags are
    among what was told. `number`: X-GM-MSGID, 0: none."""

    uid: int
    size: int
    internal_date: datetime
    data: bytes | None
    announced: int
    draft: bool | None = None
    number: int = 0

    def with_what(self, later: FetchedItem) -> FetchedItem:
        """Of one message, whose items a server may tell in several answers (RFC 3501 7.4.2). A draft once is one."""
        told = self if later.data is None else later
        return FetchedItem(
            self.uid,
            later.size or self.size,
            later.internal_date if later.internal_date != EPOCH else self.internal_date,
            told.data,
            told.announced,
            self.draft if later.draft is None else later.draft or self.draft or False,
            later.number or self.number,
        )


def uid_set(uids: Sequence[int]) -> str:
    """RFC 3501 sequence-set of exactly these: ``1:3,7``. They must be ascending."""
    parts: list[str] = []
    first = last = 0
    for uid in [*uids, 0]:
        if uid == last + 1 and first:
            last = uid
            continue
        if first:
            parts.append(str(first) if first == last else f"{first}:{last}")
        first = last = uid
    return ",".join(parts)


def records(data: Sequence[bytes | tuple[bytes, bytes] | None]) -> Iterator[Record]:
    """imaplib's flat list, cut into one record for each untagged FETCH."""
    collected: list[bytes | tuple[bytes, bytes]] = []
    for piece in data:
        if piece is None:
            continue
        collected.append(piece)
        if isinstance(piece, bytes):
            yield tuple(collected)
            collected = []


def read_record(record: Record) -> FetchedItem | None:
    """None when it is no answer to ours (flags that changed meanwhile). Raises ValueError when it cannot be read."""
    if len(record) == 2 and isinstance(record[0], tuple) and isinstance(record[1], bytes):
        line, literal = record[0]
        around = line + record[1]
        uids, sizes, dates = _UID.findall(around), _SIZE.findall(around), _DATE.findall(around)
        if uids and _SECTION.search(line) and around.count(b'"') in (0, 2):
            mark = _LITERAL.search(line)
            return FetchedItem(
                int(uids[-1]),  # said twice, the last one counts
                int(sizes[-1]) if sizes else 0,
                internal_date(dates[-1].decode("ascii", "replace")) if dates else EPOCH,
                literal,
                int(mark.group(1)) if mark else len(literal),
                _is_draft(around),
                int(number[1]) if (number := _NUMBER.search(around)) else 0,
            )
    return _read_slowly(record)


def flags_told(record: Record) -> tuple[int, bool] | None:
    """UID, and whether it is a draft, of an answer that tells of flags and holds no literal."""
    text = record[0]
    if len(record) != 1 or not isinstance(text, bytes):
        return None
    uids, draft = _UID.findall(text), _is_draft(text)
    return (int(uids[-1]), draft) if uids and draft is not None else None


def _is_draft(told: bytes) -> bool | None:
    """None when no list of flags can be read there."""
    flags = _FLAGS.findall(told)
    return any(_DRAFT.search(some) for some in flags) if flags else None


def record_uid(record: Record) -> int | None:
    """The UID of a record that cannot be read, when it stands outside of the message's own text."""
    for piece in record:
        found = _UID.search(piece[0] if isinstance(piece, tuple) else piece)
        if found:
            return int(found.group(1))
    return None


def _read_slowly(record: Record) -> FetchedItem | None:
    try:
        parsed = parse_fetch_response(list(record), normalise_times=False, uid_is_key=False)
    except (ProtocolError, ValueError, TypeError, IndexError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"no FETCH answer: {error}") from error
    for items in parsed.values():
        uid = items.get(b"UID")
        if not isinstance(uid, int):
            return None
        sections = [value for name, value in items.items() if name.startswith(b"BODY[")]
        if not sections and b"RFC822.SIZE" not in items:
            return None
        text = sections[0] if sections else None
        if isinstance(text, int):  # a quoted string of digits
            text = str(text).encode()
        date, size, flags = items.get(b"INTERNALDATE"), items.get(b"RFC822.SIZE"), items.get(b"FLAGS")
        number = items.get(b"X-GM-MSGID")
        return FetchedItem(
            uid,
            size if isinstance(size, int) else 0,
            date.astimezone(UTC) if isinstance(date, datetime) and date.tzinfo else EPOCH,
            text if isinstance(text, bytes) else None,
            len(text) if isinstance(text, bytes) else 0,
            _named_draft(flags) if isinstance(flags, tuple) else None,
            number if isinstance(number, int) else 0,
        )
    return None


def _named_draft(flags: tuple[object, ...]) -> bool | None:
    """None when there is something else than flags among them."""
    if not all(isinstance(flag, bytes | int) for flag in flags):
        return None
    return any(isinstance(flag, bytes) and flag.lower() == b"\\draft" for flag in flags)
