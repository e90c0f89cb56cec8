"""Which of some messages are no more in the selected folder: told by QRESYNC (RFC 7162 3.2.6) where a server has it, found
by a search otherwise. Used by `session`.

What VANISHED tells is a few bytes for what has gone; a search tells of all that is still there. QRESYNC is not put into
SELECT: a folder is selected for each look, and this is asked only when there are fewer messages than there should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.backends.imap.connection import Client
from app.backends.imap.fetching import uid_set
from app.domain.errors import MailFault

_AT_ONCE = 500  # UIDs in one question: at worst, with holes between all of them, a line of 5 kB
_ANSWER = 8 << 20  # bytes: a line for each of them, and whatever else the server has to tell
_SET = re.compile(rb"\d{1,10}(?::\d{1,10})?(?:,\d{1,10}(?::\d{1,10})?)*")


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
    if quick.on and since:
        try:
            found = {uid for some in _cut(uids) for uid in _told(client, some, since)}
        except MailFault:
            if client.wire.closed:
                raise
            quick.on = False
        else:
            if len(found) <= most:
                return found
            quick.on = False  # it does not do what it said
    return {uid for some in _cut(uids) for uid in set(some) - _there(client, some)}


def _cut(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (uids[start : start + _AT_ONCE] for start in range(0, len(uids), _AT_ONCE))


def _told(client: Client, uids: Sequence[int], since: int) -> set[int]:
    """Flags that changed are told besides, of these messages only."""
    with client.talking(expecting=_ANSWER):
        client.pop("VANISHED")
        imap = client.imap
        status, data = imap._simple_command("UID", "FETCH", uid_set(uids), "(UID)", f"(CHANGEDSINCE {since} VANISHED)")
        client._checkok("fetch", status, data)
    client.pop("FETCH")
    wanted = set(uids)
    return {uid for line in client.pop("VANISHED") for uid in _within(line, wanted)}


def _within(line: object, wanted: set[int]) -> Iterator[int]:
    """The UIDs among `wanted` that a line names, be it "(EARLIER) 3:8,11" or "4"; nothing is unrolled."""
    text = line if isinstance(line, bytes) else b""
    for piece in (found.group() for found in _SET.finditer(text)):
        for part in piece.split(b","):
            first, _, last = part.partition(b":")
            low, high = sorted((int(first), int(last or first)))
            yield from (uid for uid in wanted if low <= uid <= high)


def _there(client: Client, uids: Sequence[int]) -> set[int]:
    with client.talking(expecting=_ANSWER):
        return set(client.search(["UID", uid_set(uids)]))
