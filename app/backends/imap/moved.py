"""Which of some messages are no more in the selected folder: told by QRESYNC (RFC 7162 3.2.6) where a server has it, found
by a search otherwise, whose answer ESEARCH (RFC 4731) makes short. Used by `session`.

What VANISHED tells is a few bytes for what has gone; a search tells of all that is still there. QRESYNC is not put into
SELECT: a folder is selected for each look, and this is asked only when there are fewer messages than there should be.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from app.backends.imap.connection import Client
from app.domain.errors import MailFault

_AT_ONCE = 500  # ranges in one question: a line of 10 kB at most, of 4 kB most often
_SPAN = 100_000  # UIDs within the ranges of one question: each may be answered by a line of some 70 bytes
_ANSWER = 16 << 20  # bytes: a line for each of them, and whatever else the server has to tell
_HOLE = 8  # UIDs between two ranges that a plain search may tell of in vain: as many bytes as one more range
_SET = re.compile(rb"\d{1,10}(?::\d{1,10})?(?:,\d{1,10}(?::\d{1,10})?)*")
_FOUND = re.compile(rb'^(?:\(TAG "[^"]*"\) )?UID(?: ALL ([\d:,]+))?$', re.IGNORECASE)
Range = tuple[int, int]  # first and last UID


class Quick:
    """Whether the server tells of what has gone. It is asked for that before the first folder is selected (RFC 5161 3.1),
    and answers together with whatever is asked next: to wait for it would cost a round trip."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tag: bytes | None = None
        self.on = False  # True once the server has said so

    def ask(self) -> None:
        with self._client.talking():
            offered = {c.upper() for c in self._client.capabilities()}
            if self._tag is None and {b"ENABLE", b"QRESYNC"} <= offered and self._client.imap.state == "AUTH":
                self._tag = self._client.imap._command("ENABLE", "QRESYNC")

    def note(self) -> None:
        """Takes note of the answer, if it has come; before a folder is selected, for imaplib throws away what is older."""
        if self._tag is not None and self._client.imap.tagged_commands.get(self._tag):
            status, _ = self._client.imap.tagged_commands.pop(self._tag)
            enabled = b" ".join(self._client.pop("ENABLED")).upper().split()
            self.on, self._tag = status == "OK" and b"QRESYNC" in enabled, None


def gone(client: Client, quick: Quick, uids: Sequence[int], since: int | None, most: int) -> set[int]:
    """`uids`: ascending. `since`: the folder's HIGHESTMODSEQ at a time when they were there. `most`: so many messages of
    the folder are missing since then; a server that tells of more has it wrong, and is asked in the old way."""
    few = list(_questions(_merged(uids, _AT_ONCE)))
    if quick.on and since:
        try:
            found = {uid for some in few for uid in _told(client, some, since, uids)}
        except MailFault:
            if client.wire.closed:
                raise
            quick.on = False
        else:
            if len(found) <= most:
                return found
            quick.on = False  # it does not do what it said
    if len(uids) > _AT_ONCE and _says_ranges(client):  # else a plain search says it in one line as well
        ranges = _there_in_ranges(client, few)
        if ranges is not None and len(missing := _outside(uids, ranges)) <= most:
            return missing
    lost: set[int] = set()
    for some in reversed(list(_questions(_merged(uids, 0)))):  # what is deleted came lately, most often
        inside = {uid for low, high in some for uid in uids[bisect_left(uids, low) : bisect_right(uids, high)]}
        lost |= inside - _there(client, some)
        if len(lost) >= most:
            break
    return lost


def _merged(uids: Sequence[int], most: int) -> list[Range]:
    """Ranges that hold all of these. The smallest holes between them are closed until there are at most so many for each
    `_SPAN` of UIDs; `most` 0: only those that cost nothing."""
    if not uids:
        return []
    holes = [(after - before - 1, place) for place, (before, after) in enumerate(pairwise(uids))]
    if most:
        kept = most * (1 + (uids[-1] - uids[0]) // _SPAN) - 1
        cuts = sorted(place for hole, place in sorted(holes, reverse=True)[:kept] if hole)
    else:
        kept_all = len(uids) <= _AT_ONCE
        cuts = [place for hole, place in holes if hole > (0 if kept_all else _HOLE)]
    firsts = [0, *(place + 1 for place in cuts)]
    lasts = [*cuts, len(uids) - 1]
    return [(uids[first], uids[last]) for first, last in zip(firsts, lasts, strict=True)]


def _questions(ranges: Iterable[Range]) -> Iterator[list[Range]]:
    """Ascending, each within `_AT_ONCE` and `_SPAN`."""
    some: list[Range] = []
    room = _SPAN
    for low, high in ranges:
        while low <= high:
            end = min(high, low + room - 1)
            some.append((low, end))
            room -= end - low + 1
            low = end + 1
            if not room or len(some) == _AT_ONCE:
                yield some
                some, room = [], _SPAN
    if some:
        yield some


def _set_of(ranges: Sequence[Range]) -> str:
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def _told(client: Client, ranges: Sequence[Range], since: int, uids: Sequence[int]) -> set[int]:
    """Flags that changed are told besides, of the messages in these ranges only."""
    with client.talking(expecting=_ANSWER):
        client.pop("VANISHED")
        imap = client.imap
        status, data = imap._simple_command(
            "UID", "FETCH", _set_of(ranges), "(UID)", f"(CHANGEDSINCE {since} VANISHED)"
        )
        client._checkok("fetch", status, data)
    client.pop("FETCH")
    return {uid for line in client.pop("VANISHED") for uid in _within(line, uids)}


def _within(line: object, uids: Sequence[int]) -> Iterator[int]:
    """Those among `uids` (ascending) that a line names, be it "(EARLIER) 3:8,11" or "4"; nothing is unrolled."""
    for low, high in _ranges_in(line):
        yield from uids[bisect_left(uids, low) : bisect_right(uids, high)]


def _ranges_in(line: object) -> Iterator[Range]:
    text = line if isinstance(line, bytes) else b""
    for piece in (found.group() for found in _SET.finditer(text)):
        for part in piece.split(b","):
            first, _, last = part.partition(b":")
            low, high = int(first), int(last or first)
            yield (low, high) if low <= high else (high, low)


def _says_ranges(client: Client) -> bool:
    with client.talking():
        return b"ESEARCH" in {c.upper() for c in client.capabilities()}


def _there_in_ranges(client: Client, questions: Sequence[Sequence[Range]]) -> list[Range] | None:
    """Where there are messages. None: the server did not answer as RFC 4731 has it."""
    there: list[Range] = []
    for some in questions:
        try:
            with client.talking(expecting=_ANSWER):
                client.pop("ESEARCH")
                asked = client.imap._simple_command("UID", "SEARCH", "RETURN", "(ALL)", "UID", _set_of(some))
                client._checkok("search", *asked)
        except MailFault:
            if client.wire.closed:
                raise
            return None
        lines = client.pop("ESEARCH")
        found = _FOUND.match(lines[0]) if len(lines) == 1 and isinstance(lines[0], bytes) else None
        if found is None:
            return None
        there += _ranges_in(found.group(1))
    return there


def _outside(uids: Sequence[int], ranges: Iterable[Range]) -> set[int]:
    missing: set[int] = set()
    place = 0
    for low, high in sorted(ranges):
        missing.update(uids[place : bisect_left(uids, low, place)])
        place = max(place, bisect_right(uids, high, place))
    missing.update(uids[place:])
    return missing


def _there(client: Client, ranges: Sequence[Range]) -> set[int]:
    with client.talking(expecting=_ANSWER):
        return set(client.search(["UID", _set_of(ranges)]))
