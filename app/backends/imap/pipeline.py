"""Asks for the next messages while the answer to the last question is still on its way. Used by `scanning`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.backends.imap.connection import Client
from app.backends.imap.draining import Answers, drain
from app.backends.protocol import ScannedHeader
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

DEPTH = 2  # questions on their way
ANSWER_LIMIT = 33 << 20  # bytes of the answer to one


@dataclass(frozen=True)
class Request:
    """`uids`: a sequence-set (RFC 3501 9), short. `wanted`: the numbers that it means."""

    uids: str
    wanted: range | frozenset[int]


@dataclass(frozen=True)
class Answered:
    """`headers`: ascending. `refusal`: the server's, when it refused a part or all (RFC 3501 allows answers besides).
    `unread`: something came of which not even the UID could be read; it may have belonged to this request."""

    request: Request
    headers: list[ScannedHeader]
    refusal: MailFault | None
    unread: bool


class Pipeline:
    """UID FETCH of `items` for one request after the other, `depth` of them on their way. `keep`: bytes of a literal,
    longer ones become b"".

    Servers may work at several questions at once (RFC 3501 5.5; Dovecot does): answers are told apart by their UIDs alone.
    Between two answers the client may be used for other commands, and one may leave off: `Client.talking` calls `settle`
    then, which reads what is on its way."""

    def __init__(self, client: Client, requests: Iterable[Request], items: str, keep: int, depth: int = DEPTH) -> None:
        self._client, self._items, self._keep, self._depth = client, items.encode(), keep, depth
        self._requests = iter(requests)
        self._asked: deque[tuple[bytes, Request]] = deque()
        self._answered: deque[Answered] = deque()
        self._answers = Answers()
        self._unread: set[bytes] = set()  # tags

    def __iter__(self) -> Iterator[Answered]:
        while True:
            self._ask_ahead()
            if not self._answered and not self._asked:
                return
            if not self._answered:
                self._read_one()
            yield self._answered.popleft()

    def _ask_ahead(self) -> None:
        while len(self._asked) + len(self._answered) < self._depth:
            request = next(self._requests, None)
            if request is None:
                return
            client = self._client
            with client.talking(expecting=ANSWER_LIMIT, by=self):
                tag = client.imap._new_tag()
                client.imap.send(b"%s UID FETCH %s %s\r\n" % (tag, request.uids.encode(), self._items))
            self._asked.append((tag, request))
            client.outstanding = self
            client.wire.allow(ANSWER_LIMIT * min(len(self._asked), DEPTH))

    def _read_one(self) -> None:
        client, answers = self._client, self._answers
        tag, request = self._asked[0]
        refusal: MailFault | None = None
        try:
            with client.talking(ProblemCode.BROKEN_MESSAGE, expecting=ANSWER_LIMIT, by=self):
                client.imap.keep_limit = self._keep
                status, text = drain(client, tag, answers)
                if status == "BAD":
                    raise client.imap.error(f"UID FETCH command error: {status} {text}")
                client._checkok("fetch", status, text)
        except MailFault as fault:
            if client.wire.closed:
                raise
            refusal = fault
        if answers.unread:
            self._unread.update(asked for asked, _ in self._asked)
            answers.unread = False
        self._asked.popleft()
        if not self._asked:
            client.outstanding = None
        self._answered.append(Answered(request, answers.take_out(request.wanted), refusal, tag in self._unread))
        answers.keep_only([other.wanted for _, other in self._asked])

    def settle(self) -> None:
        """Reads everything that was asked for."""
        while self._asked:
            self._read_one()
