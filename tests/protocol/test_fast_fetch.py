"""The fast way to read FETCH answers gives what the ordinary way and IMAPClient's own parser give, for anything that a
server may say, wherever the network cuts it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Container, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.backends import wire as wire_module
from app.backends.imap import draining, fetching
from app.backends.imap.connection import Client
from app.backends.imap.draining import Answers, drain
from app.backends.protocol import FetchedHeader
from app.backends.wire import Wire
from app.domain.errors import MailFault
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.domain.problems import ProblemCode

DATE = b'INTERNALDATE "17-Jul-1996 02:44:25 -0700"'
NAMES = b"BODY[HEADER.FIELDS (MESSAGE-ID REFERENCES)]"


def literal(text: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(text), text)


def usual(uid: int, text: bytes = b"Message-ID: <a@example.com>\r\n\r\n") -> bytes:
    return b"* 1 FETCH (UID %d RFC822.SIZE 44 %s %s %s)\r\n" % (uid, DATE, NAMES, literal(text))


LOOKS_LIKE_ONE = b"Subject: x\r\n)\r\n* 2 FETCH (UID 9 BODY[] {3}\r\nabc)\r\nT1 OK done\r\n\r\n"
TEXT = literal(b"X: y\r\n\r\n")
TWO = usual(7) + usual(8, b"Message-ID: <b@example.com>\r\n\r\n")

# What comes before the tagged answer. None of them may make a difference between the ways.
CORPUS: dict[str, bytes] = {
    "nothing": b"",
    "two": TWO,
    "descending": usual(8) + usual(7),
    "the same twice": usual(7) + usual(7, b"X: second\r\n\r\n"),
    "empty literal": usual(7, b""),
    "text that looks like an answer": usual(7, LOOKS_LIKE_ONE) + usual(8),
    "text that ends like one": usual(7, b"X: )\r\n)\r\n") + usual(8),
    "eight-bit text": usual(7, bytes(range(256)) * 2),
    "quoted string": b'* 1 FETCH (UID 7 RFC822.SIZE 3 %s %s "X: y")\r\n' % (DATE, NAMES) + usual(8),
    "quoted string with escapes": b'* 1 FETCH (UID 7 %s "X: \\"y\\\\ {3}")\r\n' % NAMES + usual(8),
    "quoted digits": b'* 1 FETCH (UID 7 %s "12")\r\n' % NAMES + usual(8),
    "NIL": b"* 1 FETCH (UID 7 RFC822.SIZE 3 %s %s NIL)\r\n" % (DATE, NAMES) + usual(8),
    "only the size": b"* 1 FETCH (UID 7 RFC822.SIZE 3)\r\n" + usual(8),
    "section first": b"* 1 FETCH (%s %s UID 7 RFC822.SIZE 3 %s)\r\n" % (NAMES, TEXT, DATE) + usual(8),
    "uid last": b"* 1 FETCH (RFC822.SIZE 3 %s %s %s UID 7)\r\n" % (DATE, NAMES, TEXT) + usual(8),
    "reordered": b"* 1 FETCH (%s RFC822.SIZE 3 UID 7 %s %s)\r\n" % (DATE, NAMES, TEXT) + usual(8),
    "flags among them": b"* 1 FETCH (FLAGS (\\Seen $x) UID 7 %s %s MODSEQ (12))\r\n" % (NAMES, TEXT) + usual(8),
    "flags after it": b"* 1 FETCH (UID 7 %s %s FLAGS ())\r\n" % (NAMES, TEXT) + usual(8),
    "a quoted string after it": b'* 1 FETCH (UID 7 %s %s X-THING "a b")\r\n' % (NAMES, TEXT) + usual(8),
    "a literal after it": b"* 1 FETCH (UID 7 %s %s BODY[2] %s)\r\n" % (NAMES, TEXT, literal(b"zz")) + usual(8),
    "a literal before it": b"* 1 FETCH (UID 7 X-Y %s %s %s)\r\n" % (literal(b")\r\n"), NAMES, TEXT) + usual(8),
    "an unknown item": b"* 1 FETCH (UID 7 X-GM-MSGID 1278455344230334865 %s %s)\r\n" % (NAMES, TEXT) + usual(8),
    "nested labels": b'* 1 FETCH (UID 7 X-GM-LABELS ("\\\\Inbox" (a b)) %s %s)\r\n' % (NAMES, TEXT) + usual(8),
    "news in between": usual(7) + b"* 5 EXISTS\r\n* 1 EXPUNGE\r\n* 0 RECENT\r\n" + usual(8) + b"* 4 EXISTS\r\n",
    "flags of another": usual(7) + b"* 9 FETCH (FLAGS (\\Seen))\r\n" + usual(8),
    "flags of another with uid": usual(7) + b"* 9 FETCH (UID 9 FLAGS (\\Seen) MODSEQ (7))\r\n" + usual(8),
    "later flags of the same": usual(7) + b"* 1 FETCH (UID 7 FLAGS (\\Seen))\r\n",
    "vanished": usual(7) + b"* VANISHED 3:4\r\n" + usual(8),
    "one that was not asked for": usual(7) + usual(99) + usual(8),
    "missing uid": b"* 1 FETCH (RFC822.SIZE 3 %s %s)\r\n" % (NAMES, TEXT) + usual(8),
    "quoted names": b'* 1 FETCH (UID 7 BODY[HEADER.FIELDS ("MESSAGE-ID" "X]{3}")] %s)\r\n' % TEXT + usual(8),
    "lower case": b"* 1 FETCH (uid 7 rfc822.size 3 body[header.fields (message-id)] %s)\r\n" % TEXT + usual(8),
    "names in lower case": b"* 1 FETCH (UID 7 BODY[HEADER.FIELDS (message-id)] %s)\r\n" % TEXT + usual(8),
    "all in lower case": b"* 1 fetch (uid 7 body[header.fields (message-id)] %s)\r\n" % TEXT,
    "literal8": b"* 1 FETCH (UID 7 %s ~%s)\r\n" % (NAMES, TEXT) + usual(8),
    "non-synchronising literal": b"* 1 FETCH (UID 7 %s {8+}\r\nX: y\r\n\r\n)\r\n" % NAMES + usual(8),
    "partial": b"* 1 FETCH (UID 7 BODY[HEADER]<0> %s)\r\n" % TEXT + usual(8),
    "another section": b"* 1 FETCH (UID 7 BODY[TEXT] %s)\r\n" % TEXT + usual(8),
    "whole message": b"* 1 FETCH (UID 7 BODY[] %s)\r\n" % TEXT + usual(8),
    "two sections": b"* 1 FETCH (UID 7 %s %s BODY[] %s)\r\n" % (NAMES, TEXT, literal(b"q")) + usual(8),
    "spaces": b"* 1 FETCH ( UID 7  RFC822.SIZE 3 %s %s )\r\n" % (NAMES, TEXT) + usual(8),
    "no parenthesis at the end": b"* 1 FETCH (UID 7 %s %s\r\n" % (NAMES, TEXT) + usual(8),
    "two parentheses at the end": b"* 1 FETCH (UID 7 %s %s))\r\n" % (NAMES, TEXT) + usual(8),
    "line feeds alone": b"* 1 FETCH (UID 7 %s {8}\nX: y\r\n\r\n)\n" % NAMES + usual(8),
    "uid twice": b"* 1 FETCH (UID 6 UID 7 %s %s)\r\n" % (NAMES, TEXT),
    "uid before and after": b"* 1 FETCH (UID 6 %s %s UID 7)\r\n" % (NAMES, TEXT),
    "uid zero": usual(0) + usual(8),
    "uid that is none": b"* 1 FETCH (UID x7 %s %s)\r\n" % (NAMES, TEXT) + usual(8),
    "huge uid": b"* 1 FETCH (UID 99999999999999 %s %s)\r\n" % (NAMES, TEXT) + usual(8),
    "leading zeros": b"* 1 FETCH (UID 0007 RFC822.SIZE 003 %s {0008}\r\nX: y\r\n\r\n)\r\n" % NAMES + usual(8),
    "no date": b"* 1 FETCH (UID 7 RFC822.SIZE 5 %s %s)\r\n" % (NAMES, TEXT) + usual(8),
    "spaced date": b'* 1 FETCH (UID 7 INTERNALDATE " 1-Jul-1996 02:44:25 +0000" %s %s)\r\n' % (NAMES, TEXT),
    "too long a literal": usual(7, b"Z" * 5000) + usual(8),
    "ok text": b"* OK [ALERT] * 1 FETCH (UID 7 BODY[] {3}\r\n* OK FETCH 1 (UID 8)\r\n" + usual(8),
    "still here": usual(7) + b"* OK Still here\r\n" * 3 + usual(8),
    "no in between": usual(7) + b"* NO [SERVERBUG] message 8 is broken\r\n" + usual(9),
    "search answer": b"* SEARCH 1 2 3\r\n" + usual(8),
    "list answer": b'* LIST (\\Noselect) "/" %s\r\n' % literal(b"* 1 FETCH (UID 7") + usual(8),
    "nonsense in parentheses": b"* 1 FETCH ((((\r\n" + usual(8),
    "no parentheses": b"* 1 FETCH\r\n* 1 FETCH UID 7\r\n" + usual(8),
    "bye": usual(7) + b"* BYE shutting down\r\n",
    "no IMAP": usual(7) + b"HTTP/1.1 400 Bad Request\r\n",
    "an unknown tag": usual(7) + b"ZZZZ999 OK done\r\n",
    "an empty line": usual(7) + b"\r\n" + usual(8),
}
NO_CONVERSATION = {
    "all in lower case",
    "bye",
    "no IMAP",
    "an unknown tag",
    "an empty line",
    "non-synchronising literal",
}
STATUS = (b"OK Fetch completed.", b"NO [SERVERBUG] some could not be read", b"BAD what?")
KEEP = 4000


class Pieces:
    """A server's end without a network: what it says comes in these pieces, between which there is nothing for a moment."""

    def __init__(self) -> None:
        self.coming: deque[bytes] = deque([b"* OK [CAPABILITY IMAP4rev1] ready\r\n"])
        self._pauses = False

    def recv(self, size: int) -> bytes:
        if self._pauses:
            self._pauses = False
            raise BlockingIOError
        if not self.coming:
            return b""  # hangs up
        piece = self.coming.popleft()
        if len(piece) > size:
            self.coming.appendleft(piece[size:])
        self._pauses = len(piece) <= size
        return piece[:size]

    def send(self, data: bytes) -> int:
        if b"CAPABILITY" in bytes(data):
            self.coming.append(b"* CAPABILITY IMAP4rev1\r\n%s OK done\r\n" % bytes(data).split()[0])
        return len(data)

    def setblocking(self, _flag: bool) -> None: ...
    def fileno(self) -> int:
        return -1

    def close(self) -> None: ...


class Ordinary(Answers):
    """Nothing is usual to it."""

    def take(self, data: bytes, keep: int) -> int:
        return 0


Outcome = tuple[Any, ...]


def told(pieces: list[bytes], answers: Answers) -> Outcome:
    """Everything that a caller can see of what came in."""
    sock = Pieces()
    client = Client(Wire(sock, Endpoint("mail.example.com", 993, ConnectionSecurity.IMPLICIT_TLS), 2.0))  # type: ignore[arg-type]
    imap = client.imap
    imap.keep_limit = KEEP
    tag = b"T1"
    imap.tagre = re.compile(rb"(?P<tag>T\d+) (?P<type>[A-Z]+) (?P<data>.*)", re.ASCII)  # imaplib's own is a random one
    imap.tagged_commands[tag] = None
    client.wire.allow(1 << 20)
    sock.coming.extend(pieces)
    said: Any
    try:
        with client.talking():
            said = drain(client, tag, answers)
    except MailFault as fault:
        said = fault.problem.code
    news = {
        name: imap.untagged_responses.get(name) for name in ("EXISTS", "EXPUNGE", "VANISHED", "SEARCH", "LIST", "BYE")
    }
    found = [h.fetched() for h in answers.take_out(Everything())]
    closed = client.wire.closed
    return said, found, answers.unread, news, closed, b"" if closed else client.wire.waiting()


class Everything(Container[int]):
    def __contains__(self, _: object) -> bool:
        return True


@pytest.fixture
def library_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but IMAPClient's parser reads records."""
    monkeypatch.setattr(fetching, "read_record", fetching._read_slowly)


@pytest.mark.parametrize("status", STATUS, ids=lambda s: s.split()[0].decode())
@pytest.mark.parametrize("name", CORPUS)
def test_all_ways_agree(name: str, status: bytes) -> None:
    data = CORPUS[name] + b"T1 " + status + b"\r\n"
    outcome = told([data], Answers())
    assert outcome == told([data], Ordinary())
    assert (outcome[0] == (status.split()[0].decode(), [status.split(b" ", 1)[1]])) == (name not in NO_CONVERSATION)


# It takes numbers with zeros in front for words, and so such an answer for none.
NOT_FOR_THE_LIBRARY = {"leading zeros"}


@pytest.mark.parametrize("name", sorted(CORPUS.keys() - NOT_FOR_THE_LIBRARY))
def test_the_library_agrees(name: str, library_only: None) -> None:
    data = CORPUS[name] + b"T1 OK done\r\n"
    assert told([data], Answers()) == told([data], Ordinary())


@pytest.mark.parametrize("name", CORPUS)
def test_it_does_not_matter_where_the_network_cuts(name: str) -> None:
    data = CORPUS[name] + b"T1 OK done\r\n"
    if len(data) > 2000:
        data = data.replace(b"Z" * 4000, b"Z" * 40).replace(b"{5000}", b"{1040}")
    whole = told([data], Answers())
    for cut in range(1, len(data)):
        assert told([data[:cut], data[cut:]], Answers()) == whole, data[:cut]
    assert told([data[at : at + 1] for at in range(len(data))], Answers()) == whole


def cut_off(name: str) -> Iterator[bytes]:
    data = CORPUS[name]
    return (data[:cut] for cut in range(len(data)))


@pytest.mark.parametrize("name", ["two", "section first", "a literal after it", "quoted string", "flags after it"])
def test_a_server_that_hangs_up_anywhere_is_lost(name: str) -> None:
    for data in cut_off(name):
        said, found, *_, closed, _ = told([data], Answers())
        assert said is ProblemCode.CONNECTION_LOST and closed
        assert {h.uid for h in found} <= {7, 8}


def test_usual_answers_do_not_go_the_ordinary_way(monkeypatch: pytest.MonkeyPatch) -> None:
    ordinary: list[Any] = []
    monkeypatch.setattr(Answers, "take_records", lambda _, data: ordinary.extend(data))
    for name in ("two", "text that looks like an answer", "section first", "reordered", "flags among them", "uid last",
                 "flags after it", "whole message", "eight-bit text"):  # fmt: skip
        data = CORPUS[name] + b"T1 OK done\r\n"
        said, found, *_ = told([data], Answers())
        assert said[0] == "OK" and found and not ordinary


def test_what_a_usual_answer_gives() -> None:
    _, found, *_ = told([usual(7) + b"T1 OK done\r\n"], Answers())
    (header,) = found
    assert isinstance(header, FetchedHeader)
    assert (header.uid, header.size, header.header) == (7, 44, b"Message-ID: <a@example.com>\r\n\r\n")
    assert header.internal_date.isoformat() == "1996-07-17T09:44:25+00:00"


def test_an_endless_line_is_not_copied_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line without an end goes to the reader that looks at each byte once."""
    copies = 0
    whole = Wire.waiting

    def counted(wire: Wire) -> bytes:
        nonlocal copies
        copies += 1
        return whole(wire)

    monkeypatch.setattr(Wire, "waiting", counted)
    said, *_, closed, _ = told([b"* 1 FETCH (UID 7 " + b"x" * (2 << 20)], Answers())
    assert said is ProblemCode.ANSWER_TOO_LARGE and closed
    assert copies < 5


ITEMS = st.sampled_from(
    [b"UID 7", b"UID 8", b"RFC822.SIZE 12", DATE, b"FLAGS (\\Seen)", b"MODSEQ (5)", b"X-GM-MSGID 5", b"uid 7", b'X "q"',
     NAMES + b" " + TEXT, NAMES + b" NIL", NAMES + b' "X: y"', b"BODY[] " + literal(b")\r\n* 1 FETCH (UID 9)\r\n"),
     NAMES + b" ~" + TEXT, b'BODY[HEADER.FIELDS ("A" "B")] ' + TEXT, b"BODY[HEADER]<0> " + TEXT, b"ENVELOPE NIL"]
)  # fmt: skip
LINES = st.one_of(
    st.lists(ITEMS, max_size=6).map(lambda items: b"* 3 FETCH (" + b" ".join(items) + b")\r\n"),
    st.sampled_from([b"* 4 EXISTS\r\n", b"* 1 EXPUNGE\r\n", b"* OK Still here\r\n", b"* 2 FETCH (FLAGS ())\r\n"]),
    st.integers(1, 40).map(usual),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=6), cuts=st.lists(st.integers(0, 600), max_size=4))
def test_any_mixture_reads_the_same(lines: list[bytes], cuts: list[int]) -> None:
    data = b"".join(lines) + b"T1 OK done\r\n"
    places = sorted({0, *(cut for cut in cuts if cut < len(data)), len(data)})
    pieces = [data[a:b] for a, b in pairwise(places)]
    assert told(pieces, Answers()) == told([data], Ordinary())


@settings(max_examples=200, deadline=None)
@given(
    place=st.integers(0, 400),
    byte=st.integers(0, 255),
    name=st.sampled_from(["two", "section first", "flags after it"]),
)
def test_one_wrong_byte_reads_the_same(place: int, byte: int, name: str) -> None:
    data = bytearray(CORPUS[name] + b"T1 OK done\r\n")
    data[place % len(data)] = byte
    assert told([bytes(data)], Answers()) == told([bytes(data)], Ordinary())


def test_what_is_here_already_is_taken_in_together_up_to_a_limit() -> None:
    sock = Pieces()
    wire = Wire(sock, Endpoint("mail.example.com", 993, ConnectionSecurity.IMPLICIT_TLS), 2.0)  # type: ignore[arg-type]
    wire.allow(1 << 20)
    sock.coming = deque([b"x" * 150_000])
    wire.wait_for_more()
    assert wire.buffered == 150_000  # in three reads
    sock.coming = deque([b"x" * 160_000])
    wire.wait_for_more()
    assert wire_module._AT_ONCE <= wire.buffered < 310_000
    wire.wait_for_more()
    assert wire.buffered == 310_000
    with pytest.raises(MailFault) as caught:
        wire.wait_for_more()
    assert caught.value.problem.code is ProblemCode.CONNECTION_LOST


def test_the_expression_does_not_blow_up() -> None:
    import time

    began = time.perf_counter()
    for text in (b"* 1 FETCH (" + b"UID 7 " * 20000, b"* 1 FETCH (" + b"FLAGS (" + b"a " * 30000, NAMES * 2000,
                 b"* 1 FETCH (UID 7 BODY[HEADER.FIELDS (" + b"A " * 30000):  # fmt: skip
        assert draining._HEAD.match(text) is None
        assert draining._TAIL.match(b" " + text) is None
    assert time.perf_counter() - began < 1
