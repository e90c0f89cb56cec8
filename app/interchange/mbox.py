"""Mailbox files with many messages (RFC 4155), one message at a time. Used by `mail_files`; writing by exports.

Python's own `mailbox` module first looks through the whole file and keeps a table of it, takes every line that begins with
“From ” for a new message, and leaves “>From ” as it is. The four kinds are told apart message by message: where
Content-Length leads to the next message (mboxcl, mboxcl2) it counts; else a message ends before a “From ” line with a date,
behind an empty line or before a line of a header. One “>” is taken from lines that begin with “>From ” (mboxo, mboxrd)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import mktime_tz, parsedate_tz
from typing import BinaryIO

from app.domain.transfer import UnreadableFile

LARGEST = 200_000_000  # bytes of a message
_LONGEST_LINE = 1 << 20
_HEAD = 1 << 18  # of a message, in which Content-Length is looked for
_FROM = b"From "
_SEPARATOR = re.compile(rb"From (?:\S.*)?(?:[A-Z][a-z]{2}|\d{4}|\d{1,2}).*\d{4}|From - ?.*|From \S+@\S+\s*")
_DATED = re.compile(rb"From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [A-Z][a-z]{2} .*\d{4}")  # nobody begins a line so
_QUOTED = re.compile(rb"^>(?=>*From )", re.MULTILINE)
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:|>From ")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,12})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_DATE = re.compile(
    rb"(?:[A-Z][a-z]{2},? )?([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d(?::\d\d)?) "
    rb"(?:([+-]\d{4}|[A-Z]{2,5}) )?(\d{4})(?: ([+-]\d{4}))?"
)


@dataclass(frozen=True)
class MailItem:
    """`number` counts from 1; `where`: the file, where there are several. `at`: when it came, by its “From ” line. `problem`:
    why there is no `raw`."""

    number: int
    raw: bytes = b""
    where: str = ""
    at: datetime | None = None
    problem: str = ""


def read_mbox(file: BinaryIO, name: str, *, seekable: bool = True, first: int = 1) -> Iterator[MailItem]:
    """Raises UnreadableFile for what is no such file."""
    separator = _first_line(file, name)
    number = first
    while separator is not None:
        at = _moment(separator)
        raw, problem, separator = _message(file, seekable)
        if raw.strip() or problem:
            yield MailItem(number, b"" if problem else raw, at=at, problem=problem)
            number += 1


def _first_line(file: BinaryIO, name: str) -> bytes | None:
    for _ in range(1_000):
        line = file.readline(_LONGEST_LINE)
        if not line:
            return None
        plain = line.removeprefix(b"\xef\xbb\xbf")
        if plain.strip():
            if plain.startswith(_FROM):
                return plain
            if _FIELD.match(plain):
                raise UnreadableFile(f"{name} is a single message and no mailbox file. Import it as EML.")
            break
    raise UnreadableFile(f"{name} is no mailbox file: it does not begin with a line “From …”.")


def _message(file: BinaryIO, seekable: bool) -> tuple[bytes, str, bytes | None]:
    """(the message, why it is left out, the separator behind it)"""
    lines: list[bytes] = []
    size, in_head, after_empty, too_large = 0, True, True, False
    while True:
        line = file.readline(_LONGEST_LINE)
        if not line:
            return _finished(lines), _size_problem(size) if too_large else "", None
        if line.startswith(_FROM) and size and _SEPARATOR.match(line):
            following = _peek(file) if seekable else b""
            certain = not seekable or _DATED.match(line) is not None or _may_begin(following)
            if (after_empty and certain) or (seekable and _FIELD.match(following)):
                return _finished(lines), _size_problem(size) if too_large else "", line
        size += len(line)
        if size > LARGEST:
            too_large, lines = True, []
        elif not too_large:
            lines.append(line)
        after_empty = not line.strip()
        if in_head and after_empty:
            in_head = False
            if seekable and size < _HEAD and (whole := _by_length(file, lines)) is not None:
                body, separator = whole
                return b"".join(lines) + body, "", separator


def _by_length(file: BinaryIO, head: list[bytes]) -> tuple[bytes, bytes | None] | None:
    """(the body, the separator behind it) where Content-Length says how long it is, and a message or the end follows
    there."""
    found = _LENGTH.search(b"".join(head))
    if found is None or int(found[1]) > LARGEST:
        return None
    place = file.tell()
    body = file.read(int(found[1]))
    if len(body) == int(found[1]):
        for _ in range(3):
            line = file.readline(_LONGEST_LINE)
            if not line or (line.startswith(_FROM) and _SEPARATOR.match(line)):
                quoted = b"\nFrom " not in body  # mboxcl; mboxcl2 leaves such lines as they are
                return _QUOTED.sub(b"", body) if quoted else body, line or None
            if line.strip():
                break
    file.seek(place)
    return None


def _peek(file: BinaryIO) -> bytes:
    place = file.tell()
    line = file.readline(_LONGEST_LINE)
    file.seek(place)
    return line


def _may_begin(line: bytes) -> bool:
    """A message's first line: a field of its header, or nothing at all."""
    return not line.strip() or _FIELD.match(line) is not None


def _finished(lines: list[bytes]) -> bytes:
    raw = b"".join(lines)
    for end in (b"\r\n", b"\n"):
        if raw.endswith(end + end):  # the empty line before the next one
            raw = raw[: -len(end)]
            break
    return _QUOTED.sub(b"", raw) if b">From " in raw else raw


def _size_problem(size: int) -> str:
    return f"It has {size // 1_000_000:,} MB; messages of up to {LARGEST // 1_000_000} MB can be read."


def _moment(line: bytes) -> datetime | None:
    found = _DATE.search(line)
    if found is None:
        return None
    month, day, time, zone, year, offset = (part.decode("ascii") if part else "" for part in found.groups())
    parsed = parsedate_tz(f"{day} {month} {year} {time} {offset or zone or '+0000'}")
    if parsed is None:
        return None
    try:
        return datetime.fromtimestamp(mktime_tz(parsed), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def mbox_entry(raw: bytes, sender: str, at: datetime) -> bytes:
    """One message as mboxrd holds it: a “From ” line, “>” before lines that would look like one, and an empty line."""
    address = re.sub(r"[^!-~]", "", sender) or "MAILER-DAEMON"
    head = f"From {address} {at.astimezone(UTC):%a %b %d %H:%M:%S %Y}\n".encode("ascii")
    body = raw.replace(b"\r\n", b"\n")
    return (
        head + re.sub(rb"^(?=>*From )", b">", body, flags=re.MULTILINE) + (b"\n" if body.endswith(b"\n") else b"\n\n")
    )
