"""Whole folders at the speed of the link: header fields in windows, bodies in bulk. Used by `session`.

Windows are ranges of UIDs that hold a known number of messages: the server is asked for the UID of every five hundredth
message first. So nothing depends on how densely the UIDs lie, and no question is longer than a line.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.backends.imap import fetching
from app.backends.imap.careful import HEADER_LIMIT
from app.backends.imap.connection import Client
from app.backends.imap.pipeline import DEPTH, Pipeline, Request
from app.backends.protocol import HeaderWindow, ScannedHeader
from app.backends.windows import Window, windows_between
from app.domain.errors import MailFault

STEP = 500  # messages between two marks, and more in folders of more than MARKS times as many
MARKS = 2000
LONG_WAY = 0.010  # seconds of a round trip from which on compression is worth its processor time
BULK_BODY = 4 << 20  # bytes; larger messages are read one by one
_STEPS = 8  # marks in a window, where headers are of the usual size
FAR_DEPTH = 4  # questions over a long way: what is on its way has to fill the link while the next one travels
_UNSEEN = 4 * STEP  # messages in a window before it is known how large their headers are
_WINDOW_BYTES = 4 << 20  # what a window should not be larger than; it may be, but the next one is smaller
_QUESTION = 100  # numbers in one question: a line stays near the 1,000 bytes that any server takes (RFC 2683 3.2.1.5)
_BATCH_BYTES = 2 << 20  # of bodies
_LAST_UID = 2**32 - 1

# What is missing of a window of which the server refused something is read one by one: window, what came → all.
Careful = Callable[[Window, Sequence[ScannedHeader]], list[ScannedHeader]]


@dataclass(frozen=True)
class Ordinary:
    """The session's own ways, for servers that do not go along. `uids_from`: all UIDs from this one on, ascending."""

    uids_from: Callable[[int], list[int]]
    rest_of: Careful


def scan(
    client: Client, exists: int, first: int, last: int | None, items: str, *, newest_first: bool, ordinary: Ordinary
) -> Iterator[HeaderWindow]:
    """Windows of the selected folder. `exists`: messages in it."""
    first, last = max(1, first), None if last is None else min(last, _LAST_UID)
    if not exists or (last is not None and last < first):
        return
    marks: list[int] = []
    step = max(STEP, exists // MARKS)
    far = (client.imap.round_trip or 0.0) >= LONG_WAY
    if last is None or last - first >= step:
        compress = far and exists // step > _STEPS
        *marks, top = _marks(client, exists, step, lambda: ordinary.uids_from(first), compress=compress)
        last = top if last is None else last
    if last < first:
        return
    windows = _Windows(windows_between(marks, first, last, newest_first=newest_first), step)
    asked: deque[Window] = deque()

    def requests() -> Iterator[Request]:
        while window := windows.take():
            asked.append(window)
            yield Request(f"{window.first}:{window.last}", range(window.first, window.last + 1))

    for answered in Pipeline(client, requests(), items, HEADER_LIMIT, FAR_DEPTH if far else DEPTH):
        window = asked.popleft()
        headers = answered.headers
        windows.note(len(headers), sum(len(h.header) for h in headers))
        if answered.refusal and answered.refusal.problem.transient:
            raise answered.refusal
        if answered.refusal or answered.unread:
            headers = ordinary.rest_of(window, headers)
        yield HeaderWindow(window.first, window.last, headers)


class _Windows:
    """Puts small windows together, as many as their messages' size allows. Until the first is there, each is twice the
    last: by then there may be several on their way."""

    def __init__(self, small: Iterable[Window], step: int) -> None:
        self._small, self._step, self._most = iter(small), step, max(1, _STEPS * STEP // step)
        self._steps, self._known = 1, False

    def take(self) -> Window | None:
        taken = [w for _, w in zip(range(self._steps), self._small, strict=False)]
        if not self._known:
            self._steps = min(2 * self._steps, self._most, max(1, _UNSEEN // self._step))
        return Window(min(w.first for w in taken), max(w.last for w in taken)) if taken else None

    def note(self, messages: int, size: int) -> None:
        """What came of the last one."""
        a_step = size * self._step // max(1, messages)
        self._steps, self._known = max(1, min(self._most, _WINDOW_BYTES // max(1, a_step))), True


_UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)


def _marks(client: Client, exists: int, step: int, uids: Callable[[], list[int]], *, compress: bool) -> list[int]:
    """The UIDs of every `step`th message counted from the newest, ascending, and of the newest itself. `uids`: another
    way to know them, where the server does not answer the question or has fewer messages than it said. `compress`: asks
    for that, too, on the same way."""
    try:
        return _asked_marks(client, exists, step, compress=compress)
    except MailFault as fault:
        if client.wire.closed or fault.problem.transient:
            raise
    found = uids()
    return [*sorted(found[-step::-step]), found[-1]] if found else [0]


def _asked_marks(client: Client, exists: int, step: int, *, compress: bool) -> list[int]:
    numbers = [str(n) for n in range(exists - step + 1, 0, -step)]
    with client.talking():
        imap = client.imap
        client.pop("FETCH")
        questions = [["*", *numbers[:_QUESTION]], *_cut(numbers[_QUESTION:], _QUESTION)]
        tags = [imap._command("FETCH", ",".join(question), "(UID)") for question in questions]
        if compress:  # nothing may follow this question before it is answered (RFC 4978 3)
            client.compress()
        answers = [imap._command_complete("FETCH", tag) for tag in tags]
        for status, text in answers:
            client._checkok("fetch", status, text)
    found = (_UID.search(line) for line in client.pop("FETCH") if isinstance(line, bytes))
    return sorted({0, *(int(uid.group(1)) for uid in found if uid)})


def _cut(numbers: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]


def bodies(client: Client, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
    """Whole messages of up to BULK_BODY, by UID. `sizes`: bytes of each, as the server told."""
    for answered in Pipeline(client, _batches(sizes), "(UID BODY.PEEK[])", BULK_BODY):
        if answered.refusal and answered.refusal.problem.transient:
            raise answered.refusal
        for message in answered.headers:
            if message.header:
                yield message.uid, message.header


def _batches(sizes: Mapping[int, int]) -> Iterator[Request]:
    batch: list[int] = []
    room = _BATCH_BYTES
    for uid in sorted(uid for uid, size in sizes.items() if size <= BULK_BODY and uid > 0):
        if batch and (sizes[uid] > room or len(batch) >= _QUESTION):
            yield Request(fetching.uid_set(batch), frozenset(batch))
            batch, room = [], _BATCH_BYTES
        batch.append(uid)
        room -= sizes[uid]
    if batch:
        yield Request(fetching.uid_set(batch), frozenset(batch))
