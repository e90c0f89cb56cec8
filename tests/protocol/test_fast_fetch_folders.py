"""Scanning whole folders: windows, two questions ahead, compression. Against Dovecot, and against scripts for what it
does not do.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from imapclient import IMAPClient

from app.backends.deflated import Deflated
from app.backends.imap import ImapSession, open_imap, scanning
from app.backends.imap.connection import _Imap4
from app.backends.imap.scanning import Window, _Windows
from app.backends.protocol import HeaderWindow
from app.backends.transport import Timeouts
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.bench.link import Link
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

FIELDS = ("Message-ID", "References", "Subject")
PERSON, PASSWORD = "many@example.com", "correct horse"
COUNT = 400


@pytest.fixture(scope="module")
def many(dovecot: Dovecot) -> Dovecot:
    """PERSON's INBOX holds COUNT messages, "Thin" the last and a few others of as many."""
    dovecot.add_user(PERSON, PASSWORD)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # our own child process on the loopback
    raws = [
        f"Message-ID: <m{n}@example.org>\r\nSubject: {'long ' * (n % 7)}{n}\r\n\r\nBody {n}\r\n".encode()
        for n in range(COUNT)
    ]
    with IMAPClient("localhost", dovecot.imaps_port, ssl_context=context, timeout=20) as client:
        client.login(PERSON, PASSWORD)
        client.create_folder("Thin")
        for folder in ("INBOX", "Thin"):
            client.multiappend(folder, raws)
        client.select_folder("Thin")
        kept = {1, 2, 90, 250, 251, COUNT}
        client.delete_messages([uid for uid in range(1, COUNT + 1) if uid not in kept])
        client.expunge()
    return dovecot


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the folder were fifty times as large."""
    monkeypatch.setattr(scanning, "STEP", 10)


@pytest.fixture
def entering(authority: Authority, many: Dovecot) -> Callable[..., ImapSession]:
    """`entering(port)`: signed in, the INBOX selected. By way of that port, such as a link's."""

    def enter(port: int = 0, *, folder: str = "INBOX", **options: object) -> ImapSession:
        place = endpoint(port or many.imaps_port, "tls")
        account = ImapAccount(PERSON, place, place, PERSON, trust=ServerTrust(ca_pem=authority.ca_pem))
        session = open_imap(account, Secret(PASSWORD), **options)  # type: ignore[arg-type]
        session.select(folder)
        return session

    return enter


def lies_end_to_end(windows: list[HeaderWindow], first: int, last: int) -> bool:
    ordered = sorted(windows, key=lambda w: w.first_uid)
    return (
        ordered[0].first_uid == first
        and ordered[-1].last_uid == last
        and all(a.last_uid + 1 == b.first_uid for a, b in pairwise(ordered))
        and all(w.first_uid <= h.uid <= w.last_uid for w in ordered for h in w.headers)
    )


@pytest.mark.parametrize("folder", ["INBOX", "Thin"])
@pytest.mark.parametrize(("first", "last"), [(1, None), (1, COUNT), (37, 338), (300, None), (1, 2**40), (5, 5)])
@pytest.mark.parametrize("newest_first", [True, False])
def test_windows_cover_the_range_and_hold_what_reading_in_lists_gives(
    entering: Callable[..., ImapSession], folder: str, first: int, last: int | None, newest_first: bool
) -> None:
    with entering(folder=folder) as session:
        wanted = [uid for uid in session.uids_from(first) if last is None or uid <= last]
        windows = list(session.scan_headers(first, last, FIELDS, newest_first=newest_first))
        assert lies_end_to_end(windows, first, COUNT if last is None else min(last, 2**32 - 1))
        firsts = [w.first_uid for w in windows]
        assert firsts == sorted(firsts, reverse=newest_first)
        headers = sorted((h.fetched() for w in windows for h in w.headers), key=lambda h: h.uid)
        assert headers == list(session.fetch_headers(wanted, FIELDS))
        assert all([h.uid for h in w.headers] == sorted(h.uid for h in w.headers) for w in windows)


def test_the_session_may_be_used_between_two_windows(entering: Callable[..., ImapSession]) -> None:
    with entering() as session:
        seen = []
        for window in session.scan_headers(1, None, FIELDS):
            uid = window.headers[0].uid
            assert session.fetch_body(uid).endswith(f"Body {uid - 1}\r\n".encode())
            assert session.uids_from(uid, 1) == [uid]
            sizes = {h.uid: h.size for h in window.headers}
            assert dict(session.fetch_bodies(sizes)).keys() == sizes.keys()
            seen += [h.uid for h in window.headers]
        assert sorted(seen) == list(range(1, COUNT + 1))


def test_a_huge_folder_has_no_more_marks_than_others(
    entering: Callable[..., ImapSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "MARKS", 4)
    with entering() as session:
        windows = list(session.scan_headers(1, None, FIELDS))
        assert [(w.first_uid, w.last_uid) for w in windows] == [(301, 400), (201, 300), (101, 200), (1, 100)]
        assert sum(len(w.headers) for w in windows) == COUNT


def test_two_scans_at_once(entering: Callable[..., ImapSession]) -> None:
    with entering() as session:
        down, up = (
            session.scan_headers(1, None, FIELDS),
            session.scan_headers(1, None, ("Subject",), newest_first=False),
        )
        seen: dict[bool, list[int]] = {True: [], False: []}
        for one, other in zip(down, up, strict=False):
            seen[True] += [h.uid for h in one.headers]
            seen[False] += [h.uid for h in other.headers]
        seen[True] += [h.uid for w in down for h in w.headers]
        seen[False] += [h.uid for w in up for h in w.headers]
        assert sorted(seen[True]) == sorted(seen[False]) == list(range(1, COUNT + 1))


def test_a_scan_that_is_left_leaves_a_session_that_works(entering: Callable[..., ImapSession]) -> None:
    with entering() as session:
        for window in session.scan_headers(1, None, FIELDS):
            assert window.last_uid == COUNT
            break
        assert session.select("Thin").exists == 6
        assert session.fetch_body(90).endswith(b"Body 89\r\n")
        session.select("INBOX")
        windows = session.scan_headers(1, None, FIELDS)
        next(windows)
    # closed with answers on their way: nothing to wait for
    with pytest.raises(MailFault) as caught:
        list(windows)
    assert caught.value.problem.code is ProblemCode.CONNECTION_LOST


def test_a_scan_that_goes_on_where_one_was_left_asks_for_nothing_twice(
    entering: Callable[..., ImapSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    questions: list[bytes] = []
    send = _Imap4.send
    monkeypatch.setattr(_Imap4, "send", lambda imap, data: (questions.append(bytes(data)), send(imap, data))[1])
    with entering() as session:
        seen: list[int] = []
        last = COUNT
        while last:
            for window in session.scan_headers(1, last, FIELDS):
                seen += [h.uid for h in window.headers]
                last = window.first_uid - 1
                break
            assert len(list(session.fetch_bodies({1: 20}))) == 1
            assert session.fetch_body(3).endswith(b"Body 2\r\n")
        assert sorted(seen) == list(range(1, COUNT + 1))
        ranges = [q.split()[3] for q in questions if b"UID FETCH" in q and b":" in q.split()[3]]
        assert len(ranges) == len(set(ranges)) < 12
        assert sum(b" FETCH *" in q for q in questions) == 1
        # other fields, another lower end, or a folder selected in between: a new scan
        for select, first, fields in ((False, 1, ("Subject",)), (False, 7, FIELDS), (True, 1, FIELDS)):
            window = next(iter(session.scan_headers(1, COUNT, FIELDS)))
            if select:
                session.select("INBOX")
            rest = list(session.scan_headers(first, window.first_uid - 1, fields))
            assert lies_end_to_end(rest, first, window.first_uid - 1)
            text = rest[-1].headers[-1].header
            assert (b"Message-ID" in text) == (fields == FIELDS)


def test_another_folder_ends_a_scan(entering: Callable[..., ImapSession]) -> None:
    with entering() as session:
        windows = session.scan_headers(1, None, FIELDS)
        next(windows)
        session.select("Thin")
        with pytest.raises(RuntimeError):
            next(windows)
        assert session.uids_from(1) == [1, 2, 90, 250, 251, COUNT]


def test_news_during_a_scan_are_noticed(entering: Callable[..., ImapSession], many: Dovecot) -> None:
    with entering() as session:
        windows = session.scan_headers(1, None, FIELDS)
        next(windows)
        many.append(PERSON, "INBOX", b"Message-ID: <new@example.org>\r\n\r\nNew\r\n")
        rest = list(windows)
        assert rest[-1].first_uid == 1
        assert session.wait_for_change(10, threading.Event())
        (new,) = session.uids_from(COUNT + 1)
        with entering() as other:
            other.select("INBOX", readonly=False)
            assert other.remove([new])


# -- compression


def test_a_long_way_is_compressed_and_a_short_one_is_not(entering: Callable[..., ImapSession], many: Dovecot) -> None:
    with entering() as session:
        session._client.imap.round_trip = 0.001  # as on this machine, when it is not busy
        plain = sorted(h for w in session.scan_headers(1, None, FIELDS) for h in w.headers)
        assert session._client.wire.nearest_layer is not Deflated
    with Link(many.imaps_port, round_trip=0.03) as link:
        with entering(link.port) as session:
            before = link.received
            assert sorted(h for w in session.scan_headers(1, None, FIELDS) for h in w.headers) == plain
            assert session._client.wire.nearest_layer is Deflated
            assert link.received - before < sum(len(h.header) for h in plain) / 2
            # everything else goes on through it, both ways
            noise = os.urandom(300_000).hex().encode()
            raw = b"Message-ID: <noise@example.org>\r\n\r\n" + b"\r\n".join(
                noise[at : at + 76] for at in range(0, len(noise), 76)
            )
            uid = session.append("Thin", raw)
            session.select("Thin", readonly=False)
            assert uid and session.fetch_body(uid) == raw
            assert session.remove([uid])
            assert uid not in session.uids_from(1)
            assert not session.wait_for_change(0.3, threading.Event())


def test_one_who_refuses_compression_is_read_without(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LONG_WAY", 0.0)

    def script(talk: Talk) -> None:
        selected(talk, 100)
        marks(talk, 100)
        talk.answer("COMPRESS DEFLATE", status="NO not now")
        for _ in range(2):
            tag, first, last = asked(talk)
            talk.say(*(line for uid in range(first, last + 1) for line in header(uid)), f"{tag} OK done")

    with play(script, "IMAP4rev1 COMPRESS=DEFLATE") as session:
        session.select("INBOX")
        first = next(iter(session.scan_headers(1, 100, FIELDS)))
        assert (first.first_uid, first.last_uid, len(first.headers)) == (91, 100, 10)


def test_over_a_long_way_much_is_asked_before_the_first_answer(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LONG_WAY", 0.0)
    monkeypatch.setattr(scanning, "_UNSEEN", 40)
    widths: list[int] = []

    def script(talk: Talk) -> None:
        selected(talk, 300)
        tag, compress = talk.expect("FETCH *,"), talk.expect("COMPRESS DEFLATE")  # one after the other, unanswered
        talk.say(*(f"* {uid} FETCH (UID {uid})" for uid in (300, *range(291, 0, -10))), f"{tag} OK done")
        talk.say(f"{compress} NO not now")
        questions = [asked(talk) for _ in range(scanning.FAR_DEPTH)]
        widths.extend(last - first + 1 for _, first, last in questions)
        while questions:
            tag, first, last = questions.pop(0)
            talk.say(*(line for uid in range(first, last + 1) for line in header(uid)), f"{tag} OK done")
            if questions and questions[-1][1] > 1:
                questions.append(asked(talk))

    with play(script, "IMAP4rev1 COMPRESS=DEFLATE") as session:
        session.select("INBOX")
        windows = list(session.scan_headers(1, None, FIELDS))
    assert widths == [10, 20, 40, 40]
    assert lies_end_to_end(windows, 1, 300)
    assert sorted(uid for w in windows for uid in uids(w)) == list(range(1, 301))


@pytest.mark.parametrize("what", ["garbage", "bomb", "end"])
def test_compression_that_goes_wrong_ends_the_connection(
    play: Play, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "LONG_WAY", 0.0)

    def script(talk: Talk) -> None:
        selected(talk, 100)
        marks(talk, 100)
        talk.answer("COMPRESS DEFLATE")
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        if what == "garbage":
            talk.raw(b"\xff" * 100)
        elif what == "bomb":
            talk.raw(packer.compress(b"* 1 FETCH (UID 5 BODY[] " + b"x" * (200 << 20)) + packer.flush())
        else:
            talk.raw(packer.compress(b"* 1 EXISTS\r\n") + packer.flush())

    with play(script, "IMAP4rev1 COMPRESS=DEFLATE") as session:
        session.select("INBOX")
        with pytest.raises(MailFault) as caught:
            list(session.scan_headers(1, 100, FIELDS))
        wanted = ProblemCode.ANSWER_TOO_LARGE if what == "bomb" else ProblemCode.CONNECTION_LOST
        assert caught.value.problem.code is wanted


def test_deflate_through_a_narrow_socket() -> None:
    """Sends that get through in part only, and input that comes a byte at a time."""
    here, there = socket.socketpair()
    with here, there:
        here.setblocking(False)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        layer = Deflated(here)
        text = os.urandom(200_000)
        unpacker, came = zlib.decompressobj(-15), b""
        while True:
            try:
                assert layer.send(text) == len(text)
                break
            except BlockingIOError:
                came += unpacker.decompress(there.recv(1 << 20))
        there.settimeout(5)
        while len(came) < len(text):
            came += unpacker.decompress(there.recv(1 << 20))
        assert came == text
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(b"abc" * 5000) + packer.flush(zlib.Z_SYNC_FLUSH)
        read = b""
        for at in range(len(packed)):
            there.sendall(packed[at : at + 1])
            try:
                while True:
                    piece = layer.recv(1000)
                    assert len(piece) <= 1000
                    read += piece
            except BlockingIOError:
                pass
        assert read == b"abc" * 5000
        there.close()
        assert layer.recv(10) == b""


# -- faults


def test_a_cancel_is_seen_in_the_middle_of_a_window(entering: Callable[..., ImapSession], many: Dovecot) -> None:
    cancel = threading.Event()
    with Link(many.imaps_port, rate=20_000) as link:
        session = entering(link.port, cancel=cancel)
        link_slow = session.scan_headers(1, COUNT, FIELDS)
        pressed: list[float] = []
        threading.Timer(0.3, lambda: (pressed.append(time.monotonic()), cancel.set())).start()
        with pytest.raises(Cancelled):
            list(link_slow)
        assert time.monotonic() - pressed[0] < 0.5
        began = time.monotonic()
        session.close()
        assert time.monotonic() - began < 0.5


def test_silence_in_the_middle_is_a_time_out(entering: Callable[..., ImapSession], many: Dovecot) -> None:
    with FaultProxy(many.imaps_port) as proxy:
        with entering(proxy.port, timeouts=Timeouts(connect=5, read=0.6)) as session:
            windows = session.scan_headers(1, None, FIELDS)
            next(windows)
            proxy.mode = "blackhole"
            with pytest.raises(MailFault) as caught:
                list(windows)
            assert caught.value.problem.code is ProblemCode.READ_TIMEOUT


@pytest.mark.parametrize("count", [1, 300, 2_000, 9_000, 20_000, 40_000])
def test_a_cut_anywhere_leaves_whole_windows(entering: Callable[..., ImapSession], many: Dovecot, count: int) -> None:
    with FaultProxy(many.imaps_port) as proxy, entering(proxy.port) as session:
        proxy.cut_after_received(count)
        windows = []
        with pytest.raises(MailFault) as caught:
            for window in session.scan_headers(1, None, FIELDS):
                windows.append(window)
        assert caught.value.problem.code is ProblemCode.CONNECTION_LOST
        for window in windows:
            assert [h.uid for h in window.headers] == list(range(window.first_uid, window.last_uid + 1))


# -- scripts

Play = Callable[..., "contextmanager[ImapSession]"]


@pytest.fixture
def play(certificate: Issued, authority: Authority) -> Play:
    @contextmanager
    def playing(script: Callable[[Talk], None], capabilities: str = "IMAP4rev1") -> Iterator[ImapSession]:
        def whole(talk: Talk) -> None:
            talk.imap_login(capabilities)
            script(talk)
            talk.wait()

        with ScriptedServer(whole, context=certificate.server_context()) as server:
            place = endpoint(server.port, "tls")
            account = ImapAccount("ada@example.com", place, place, "", trust=ServerTrust(ca_pem=authority.ca_pem))
            with open_imap(account, Secret("x"), timeouts=Timeouts(2, 2)) as session:
                yield session

    return playing


def selected(talk: Talk, exists: int) -> None:
    talk.answer("EXAMINE", f"* {exists} EXISTS", "* OK [UIDVALIDITY 7] x")


def marks(talk: Talk, exists: int) -> None:
    talk.answer("FETCH *,", *(f"* {n} FETCH (UID {n})" for n in [*range(1, exists, 10), exists]))


def asked(talk: Talk) -> tuple[str, int, int]:
    """The tag and the range of a UID FETCH."""
    tag, _, _, uids = talk.hear().split()[:4]
    first, _, last = uids.partition(":")
    return tag, int(first), int(last)


def header(uid: int, text: str = "") -> list[str]:
    text = text or f"Message-ID: <m{uid}@example.org>\r\n\r\n"
    return [f"* {uid} FETCH (UID {uid} BODY[HEADER.FIELDS (MESSAGE-ID)] {{{len(text)}}}", f"{text})"]


@pytest.mark.parametrize("refused", [False, True])
def test_a_sign_in_takes_one_round_trip_where_the_server_lets_it(
    certificate: Issued, authority: Authority, refused: bool
) -> None:
    heard: list[str] = []

    def script(talk: Talk) -> None:
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready")
        heard.append(talk.hear())
        answer = "NO [AUTHENTICATIONFAILED] no" if refused else "OK [CAPABILITY IMAP4rev1] in"
        talk.say(f"{heard[0].split()[0]} {answer}")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        place = endpoint(server.port, "tls")
        account = ImapAccount("ada@example.com", place, place, "", trust=ServerTrust(ca_pem=authority.ca_pem))
        if refused:
            with pytest.raises(MailFault) as caught:
                open_imap(account, Secret("pässword"), timeouts=Timeouts(2, 2))
            assert caught.value.problem.code is ProblemCode.WRONG_CREDENTIALS
        else:
            with open_imap(account, Secret("pässword"), timeouts=Timeouts(2, 2)) as session:
                assert session.capabilities() == {"IMAP4REV1"}
    assert b64decode(heard[0].split(" AUTHENTICATE PLAIN ")[1]).decode() == "\0ada@example.com\0pässword"


def uids(window: HeaderWindow) -> list[int]:
    return [h.uid for h in window.headers]


def test_answers_to_two_questions_may_come_mixed(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 20)
        marks(talk, 20)
        (one, *_), (other, *_) = asked(talk), asked(talk)
        mixed = [12, 3, 20, 1, 11, 2, 10, *range(4, 10), *range(13, 20)]
        talk.say(*(line for uid in mixed for line in header(uid)), f"{other} OK first", f"{one} OK second")

    with play(script) as session:
        session.select("INBOX")
        windows = list(session.scan_headers(1, None, FIELDS))
        assert [uids(w) for w in windows] == [list(range(11, 21)), list(range(1, 11))]


def test_what_a_server_refuses_is_read_one_by_one(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 20)
        marks(talk, 20)
        (one, *_), (other, *_) = asked(talk), asked(talk)
        talk.say(*header(20), *header(19), f"{one} NO some of them are broken")
        talk.say(*(line for uid in range(1, 11) for line in header(uid)), f"{other} OK done")
        talk.answer("UID SEARCH UID 11:20", "* SEARCH 18 19 20")
        talk.answer("UID FETCH 18 ", status="NO broken")
        talk.answer("UID FETCH 18 ", status="NO broken")

    with play(script) as session:
        session.select("INBOX")
        windows = list(session.scan_headers(1, None, FIELDS))
        assert [uids(w) for w in windows] == [[18, 19, 20], list(range(1, 11))]
        assert windows[0].headers[0].header == b""


def test_an_answer_of_which_not_even_the_uid_can_be_read_is_looked_for(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 5)
        tag, *_ = asked(talk)
        talk.say(*header(5), "* 4 FETCH (((", f"{tag} OK done")
        talk.answer("UID SEARCH UID 1:5", "* SEARCH 4 5")
        talk.answer("UID FETCH 4 ", *header(4))

    with play(script) as session:
        session.select("INBOX")
        assert [uids(w) for w in session.scan_headers(1, 5, FIELDS)] == [[4, 5]]


def test_a_server_that_asks_for_patience_is_not_asked_again(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 5)
        talk.answer("UID FETCH", status="NO [THROTTLED] Suggested Backoff Time: 5000 milliseconds")

    with play(script) as session:
        session.select("INBOX")
        with pytest.raises(MailFault) as caught:
            list(session.scan_headers(1, 5, FIELDS))
        assert caught.value.problem.code is ProblemCode.THROTTLED
        assert caught.value.problem.retry_after == 5


@pytest.mark.parametrize("refusal", ["BAD Invalid messageset", "NO what?"])
def test_marks_that_are_refused_are_found_by_a_search(play: Play, refusal: str) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 30)
        talk.answer("FETCH *,", status=refusal)
        talk.answer("NOOP", "* 12 EXISTS")
        talk.answer("UID SEARCH", "* SEARCH " + " ".join(str(n) for n in range(3, 15)))
        for _ in range(2):
            tag, first, last = asked(talk)
            talk.say(*(line for uid in range(max(3, first), last + 1) for line in header(uid)), f"{tag} OK done")

    with play(script) as session:
        session.select("INBOX")
        windows = list(session.scan_headers(1, None, FIELDS))
        assert [uids(w) for w in windows] == [list(range(5, 15)), [3, 4]]
        assert lies_end_to_end(windows, 1, 14)


def test_a_lost_server_is_lost_while_something_is_on_its_way(play: Play) -> None:
    def script(talk: Talk) -> None:
        selected(talk, 30)
        marks(talk, 30)
        tag, first, last = asked(talk)
        talk.say(*(line for uid in range(first, last + 1) for line in header(uid)), f"{tag} OK done", "* BYE sorry")
        talk.close()

    with play(script) as session:
        session.select("INBOX")
        windows = session.scan_headers(1, None, FIELDS)
        assert uids(next(windows)) == list(range(21, 31))
        with pytest.raises(MailFault) as caught:
            session.fetch_body(5)
        assert caught.value.problem.code is ProblemCode.CONNECTION_LOST
        with pytest.raises(MailFault):
            next(windows)


def test_windows_grow_where_headers_are_small_and_shrink_where_they_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "STEP", 500)
    windows = _Windows((Window(n * 500 + 1, n * 500 + 500) for n in range(40)), 500)
    widths = []
    for each in (700, 700, 3_000, 70_000, 700):
        window = windows.take()
        assert window is not None
        widths.append((window.last - window.first + 1) // 500)
        windows.note(500, 500 * each)
    assert widths == [1, 8, 8, 2, 1]
