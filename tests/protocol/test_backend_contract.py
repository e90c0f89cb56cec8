"""What every MailBackend and MailSender does, whatever protocol stands behind it: one suite over IMAP and Exchange."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from app.backends.exchange import open_exchange, open_exchange_sending
from app.backends.imap import open_imap
from app.backends.protocol import MailBackend, MailSender
from app.backends.smtp import Accepted, Deferred, Refused, open_smtp
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.support.authority import Authority
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import MailAccount

FIELDS = ("Message-ID", "In-Reply-To", "References", "From", "Subject", "Auto-Submitted")


@dataclass(frozen=True)
class World:
    """A person's mailbox, and what happens around it."""

    name: str
    address: str
    read: Callable[..., MailBackend]
    send: Callable[..., MailSender]
    arrive: Callable[[str], None]
    sent_to: Callable[[], list[bytes]]  # what came to `other`
    other: str


def message(number: int = 1, message_id: str = "", extra: str = "") -> str:
    message_id = message_id or f"<m{number}@example.org>"
    return f"From: sender@example.org\nSubject: Hello {number}\nMessage-ID: {message_id}\n{extra}\nBody {number}\n"


@pytest.fixture(params=["imap", "exchange", "exchange kept up with"])
def world(request: pytest.FixtureRequest, authority: Authority) -> World:
    if request.param == "imap":
        make: Callable[..., MailAccount] = request.getfixturevalue("mailbox")
        ada, bob = make("ada"), make("bob")
        return World(
            "imap", ada.address,
            lambda secret=ada.secret, **o: open_imap(ada.account, secret, **o),
            lambda secret=ada.secret, **o: open_smtp(ada.account, secret, **o),
            ada.deliver, lambda: bob.wait_for_messages(1), bob.address,
        )  # fmt: skip
    exchange: FakeExchange = request.getfixturevalue("exchange")
    account = ExchangeAccount("ada@example.com", exchange.url, "", ServerTrust(ca_pem=authority.ca_pem))
    exchange.add_person("ada@example.com", "correct horse")
    exchange.add_person("bob@example.com", "b")
    secret = Secret("correct horse")

    def read(secret: Secret = secret, **options: object) -> MailBackend:
        session = open_exchange(account, secret, **options)  # type: ignore[arg-type]
        if request.param != "exchange":
            session.resume({})
        return session

    return World(
        "exchange", account.address, read,
        lambda secret=secret, **o: open_exchange_sending(account, secret, **o),
        lambda raw: exchange.deliver("ada@example.com", raw),
        lambda: exchange.messages("bob@example.com"), "bob@example.com",
    )  # fmt: skip


@pytest.fixture
def session(world: World) -> Iterator[MailBackend]:
    with world.read() as opened:
        yield opened


def test_an_empty_inbox(session: MailBackend) -> None:
    status = session.select("INBOX")
    assert (status.exists, session.uids_from(1), list(session.fetch_headers([1, 7], FIELDS))) == (0, [], [])
    assert status.uid_validity > 0
    assert status.uid_next > 0


def test_numbers_ascend_and_stay(world: World, session: MailBackend) -> None:
    for number in (1, 2, 3):
        world.arrive(message(number))
    status = session.select("INBOX")
    uids = session.uids_from(1)
    assert len(uids) == status.exists == 3
    assert uids == sorted(uids)
    assert status.uid_next > uids[-1]
    assert session.uids_from(uids[1]) == uids[1:]
    assert session.uids_from(1, 2) == uids[:2]
    assert session.uids_from(uids[-1] + 1) == []  # `n:*` of IMAP would give the last one
    world.arrive(message(4))
    assert len(session.uids_from(status.uid_next)) == 1
    with world.read() as again:
        assert again.select("INBOX").uid_validity == status.uid_validity
        assert again.uids_from(1)[:3] == uids


def test_states_tell_what_selecting_tells(world: World, session: MailBackend) -> None:
    sent = session.find_sent_folder() or "Sent"
    session.append(sent, message(1).replace("\n", "\r\n").encode())
    world.arrive(message(2))
    states = session.states(["INBOX", sent, "Nowhere"])
    assert states.keys() == {"INBOX", sent}
    for path in ("INBOX", sent):
        status = session.select(path)
        told = states[path]
        assert (told.uid_validity, told.uid_next, told.exists) == (status.uid_validity, status.uid_next, status.exists)
        assert session.newest_uid() == session.uids_from(1)[-1]
    created = session.create_folder("Leer")
    session.select(created)
    assert session.newest_uid() == 0
    assert session.bytes_read() > 0


def test_a_session_goes_on_where_an_earlier_one_ended(world: World) -> None:
    for number in (1, 2, 3):
        world.arrive(message(number))
    with world.read() as session:
        session.resume({})
        status = session.select("INBOX")
        uids = session.uids_from(1)
    for _ in range(2):
        with world.read() as session:
            session.resume({"INBOX": status, "Nowhere": status})
            assert session.select("INBOX") == status
            assert session.uids_from(status.uid_next) == []
            assert session.uids_from(1) == uids
    world.arrive(message(4))
    with world.read() as session:
        session.resume({"INBOX": status})
        session.select("INBOX", readonly=False)
        assert session.remove(uids[:1])
    with world.read() as session:
        session.resume({"INBOX": status})
        now = session.select("INBOX")
        assert (now.uid_validity, now.exists, now.uid_next > status.uid_next) == (status.uid_validity, 3, True)
        (new,) = session.uids_from(status.uid_next)
        assert session.uids_from(1) == [*uids[1:], new]
        (header,) = session.fetch_headers([new], ("Message-ID",))
        assert b"<m4@example.org>" in header.header


def test_a_state_that_is_none_does_no_harm(world: World) -> None:
    world.arrive(message(1))
    with world.read() as session:
        status = session.select("INBOX")
    for state, validity in (("made up", status.uid_validity), ("half:", status.uid_validity), ("x", 77)):
        told = replace(status, sync_state=state, uid_validity=validity, exists=40, uid_next=50)
        with world.read() as session:
            session.resume({"INBOX": told, "Sent": told})
            now = session.select("INBOX")
            assert now.exists == 1
            assert len(session.uids_from(1)) == 1


def test_headers_are_those_of_the_message(world: World, session: MailBackend) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    world.arrive(message(1, extra="In-Reply-To: <a@example.com>\nReferences: <a@example.com>\n <b@example.com>\n"))
    world.arrive(message(2, extra="Auto-Submitted: auto-replied\nX-Other: not asked for\n"))
    session.select("INBOX")
    first, second = session.fetch_headers(session.uids_from(1), FIELDS)
    head = message_from_bytes(first.header)
    assert head["Message-ID"] == "<m1@example.org>"
    assert head["In-Reply-To"] == "<a@example.com>"
    assert head["References"].split() == ["<a@example.com>", "<b@example.com>"]
    assert (first.size > 100, first.internal_date.tzinfo, first.internal_date >= before) == (True, UTC, True)
    head = message_from_bytes(second.header)
    assert head["Auto-Submitted"] == "auto-replied"
    assert "X-Other" not in head
    assert head["Subject"] == "Hello 2"


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_scan_gives_what_reading_one_by_one_gives(world: World, session: MailBackend, newest_first: bool) -> None:
    assert session.select("INBOX").exists == 0
    assert list(session.scan_headers(1, None, FIELDS)) == []
    for number in range(1, 6):
        world.arrive(message(number))
    session.select("INBOX")
    uids = session.uids_from(1)
    windows = list(session.scan_headers(1, None, FIELDS, newest_first=newest_first))
    assert min(w.first_uid for w in windows) == 1 and max(w.last_uid for w in windows) == uids[-1]
    scanned = [m.fetched() for w in windows for m in w.headers]
    assert scanned == list(session.fetch_headers(uids, FIELDS))
    assert scanned[0].size > 50 and scanned[0].internal_date.year > 2000
    (window,) = session.scan_headers(uids[1], uids[3], FIELDS, newest_first=newest_first)
    assert (window.first_uid, window.last_uid) == (uids[1], uids[3])
    assert [m.uid for m in window.headers] == uids[1:4]
    assert list(session.scan_headers(uids[-1] + 1, None, FIELDS)) == []
    assert not any(window.headers for window in session.scan_headers(uids[-1] + 5, uids[-1] + 9, FIELDS))
    sizes = {message.uid: message.size for message in scanned}
    found = dict(session.fetch_bodies({**sizes, uids[-1] + 50: 100, uids[0]: 5 << 20}))
    assert found == {uid: session.fetch_body(uid) for uid in uids[1:]}


def test_a_message_is_found_by_a_field_of_its_header(world: World, session: MailBackend) -> None:
    for number, mark in ((1, "X-Hitchpost-Copy: 0011aabb\n"), (2, "X-Hitchpost-Copy: ccdd2233\n"), (3, "")):
        world.arrive(message(number, extra=mark))
    session.select("INBOX")
    uids = session.uids_from(1)
    assert session.search_header("X-Hitchpost-Copy", "ccdd2233") == [uids[1]]
    assert session.search_header("X-Hitchpost-Copy", "ccdd") == [uids[1]]
    assert session.search_header("X-Hitchpost-Copy", "77") == []
    assert session.search_header("X-Nobody-Knows", "ccdd2233") == []


def test_the_beginning_of_a_message(world: World, session: MailBackend) -> None:
    world.arrive(message(1) + "much more\n" * 1000)
    session.select("INBOX")
    (uid,) = session.uids_from(1)
    whole = session.fetch_body(uid)
    assert session.fetch_head(uid, 200) == whole[:200]
    assert session.fetch_head(uid, 1_000_000) == whole


def test_bodies(world: World, session: MailBackend) -> None:
    world.arrive(message(1))
    session.select("INBOX")
    (uid,) = session.uids_from(1)
    body = session.fetch_body(uid)
    assert body.endswith(b"\r\n\r\nBody 1\r\n")
    assert b"Message-ID: <m1@example.org>" in body
    assert b"Body 1" in session.fetch_text_parts(uid)
    with pytest.raises(MailFault) as caught:
        session.fetch_body(uid + 1000)
    assert caught.value.problem.code is ProblemCode.BROKEN_MESSAGE


def test_messages_are_found_by_their_exact_id(world: World, session: MailBackend) -> None:
    world.arrive(message(1, "<abc@example.org>"))
    world.arrive(message(2, "<xabc@example.org>"))
    session.select("INBOX")
    uids = session.uids_from(1)
    assert session.search_message_id("<abc@example.org>") == uids[:1]
    assert session.search_message_id("xabc@example.org") == uids[1:]
    assert session.search_message_id("bc@example.org") == []
    assert session.search_message_id("") == []


def test_filing_and_removing(world: World, session: MailBackend) -> None:
    sent = session.find_sent_folder() or session.create_folder("Sent")
    raw = message(5, "<filed@example.com>", "X-Mark: ours\n").replace("\n", "\r\n").encode()
    filed = session.append(sent, raw, when=datetime(2026, 3, 1, 12, tzinfo=UTC))
    session.append(sent, message(6).replace("\n", "\r\n").encode())
    session.select(sent, readonly=False)
    (uid,) = session.search_message_id("<filed@example.com>")
    assert filed in (None, uid)
    assert session.fetch_body(uid) == raw
    (header,) = session.fetch_headers([uid], ("X-Mark",))
    assert message_from_bytes(header.header)["X-Mark"] == "ours"
    assert header.internal_date == datetime(2026, 3, 1, 12, tzinfo=UTC)
    (header,) = session.fetch_headers([uid], FIELDS)
    assert message_from_bytes(header.header)["Message-ID"] == "<filed@example.com>"
    assert message_from_bytes(header.header)["Subject"] == "Hello 5"
    assert session.remove([]) is True
    assert session.remove([uid]) is True
    assert session.search_message_id("<filed@example.com>") == []
    assert len(session.uids_from(1)) == 1


def test_what_is_asked_for_twice_or_cannot_be_comes_once_or_not(world: World, session: MailBackend) -> None:
    for number in (1, 2, 3):
        world.arrive(message(number))
    session.select("INBOX", readonly=False)
    uids = session.uids_from(1)
    asked = [uids[2], uids[0], uids[0], 0, -1, uids[2] + 500]
    assert [header.uid for header in session.fetch_headers(asked, ("Subject",))] == [uids[0], uids[2]]
    assert list(session.fetch_headers([], ("Subject",))) == []
    assert session.uids_from(1, 0) == []
    assert session.remove([uids[1]]) is True
    assert session.remove([uids[1]]) is True  # gone already
    assert session.uids_from(1) == [uids[0], uids[2]]


def test_where_what_came_since_a_day_begins(world: World, session: MailBackend) -> None:
    for number in (1, 2):
        world.arrive(message(number))
    session.select("INBOX")
    uids, today = session.uids_from(1), datetime.now(UTC)
    assert session.first_uid_since(today - timedelta(days=3), uids[-1] + 1) == uids[0]
    assert session.first_uid_since(today - timedelta(days=3), uids[0]) == 0
    assert session.first_uid_since(today + timedelta(days=9), uids[-1] + 1) == 0


def test_it_says_how_it_hears_of_news(world: World, session: MailBackend) -> None:
    session.select("INBOX")
    how = session.watch()
    assert how.pushed or (how.every and how.why)
    assert how.pushed or world.name == "exchange"


def test_what_has_gone_is_never_what_is_there(world: World, session: MailBackend) -> None:
    for number in (1, 2, 3):
        world.arrive(message(number))
    session.resume({})
    before = session.select("INBOX", readonly=False)
    uids = session.uids_from(1)
    assert session.remove([uids[1]]) is True
    session.select("INBOX")
    gone = session.gone(uids, before.highest_modseq, 1)
    assert gone == {uids[1]}
    assert session.gone([], None, 1) == set()


def test_messages_that_are_not_there(world: World, session: MailBackend) -> None:
    world.arrive(message(1))
    session.select("INBOX")
    missing = session.uids_from(1)[0] + 1000
    for read in (session.fetch_body, lambda uid: session.fetch_head(uid, 100)):
        with pytest.raises(MailFault) as caught:
            read(missing)
        assert caught.value.problem.code is ProblemCode.BROKEN_MESSAGE
    assert list(session.fetch_headers([missing], FIELDS)) == []
    assert len(session.uids_from(1)) == 1  # the session goes on


def test_the_text_of_a_message_comes_without_its_files(world: World, session: MailBackend) -> None:
    made = EmailMessage()
    made["From"], made["Subject"], made["Message-ID"] = "sender@example.org", "Plans", "<plans@example.org>"
    made.set_content("See the plans. Köln\n")
    made.add_attachment(b"F" * 30_000, maintype="application", subtype="octet-stream", filename="plans.bin")
    world.arrive(made.as_string())
    session.select("INBOX")
    (uid,) = session.uids_from(1)
    found = message_from_bytes(session.fetch_text_parts(uid), policy=default)
    assert (found["Subject"], found["Message-ID"]) == ("Plans", "<plans@example.org>")
    body = found.get_body(("plain",))
    assert body is not None
    assert "See the plans. Köln" in body.get_content()
    assert list(found.iter_attachments()) == []
    assert len(session.fetch_text_parts(uid)) < 5000 < len(session.fetch_body(uid))


def test_filing_where_nothing_is(session: MailBackend) -> None:
    with pytest.raises(MailFault) as caught:
        session.append("Nowhere", b"Subject: x\r\n\r\nx\r\n")
    assert caught.value.problem.code is ProblemCode.FOLDER_MISSING
    assert session.select("INBOX").exists == 0  # the session goes on


def test_the_sent_folder_is_one_of_the_folders(session: MailBackend) -> None:
    made = session.create_folder("Sent")
    assert session.find_sent_folder() == made
    (sent,) = [folder for folder in session.folders() if folder.path == made]
    assert sent.selectable
    assert session.select(made).exists == 0


def test_capabilities_have_their_names_from_imap(session: MailBackend) -> None:
    told = session.capabilities()
    assert "UIDPLUS" in told
    assert told == {name.upper() for name in told}


def test_a_closed_session_asks_nobody_any_more(world: World) -> None:
    session = world.read()
    session.select("INBOX")
    session.close()
    session.close()
    for ask in (session.folders, lambda: session.fetch_body(1), lambda: session.select("INBOX")):
        with pytest.raises(MailFault) as caught:
            ask()
        assert caught.value.problem.code is ProblemCode.CONNECTION_LOST


def test_folders(world: World, session: MailBackend) -> None:
    made = session.create_folder("Customers")
    assert session.create_folder("Customers") == made
    paths = [folder.path for folder in session.folders()]
    assert "INBOX" in paths
    assert made in paths
    assert session.select(made).exists == 0
    with pytest.raises(MailFault) as caught:
        session.select("Nowhere")
    assert caught.value.problem.code is ProblemCode.FOLDER_MISSING
    assert session.select("INBOX").exists == 0  # the session goes on


def test_news_are_noticed(world: World, session: MailBackend) -> None:
    session.select("INBOX", readonly=False)
    assert session.wait_for_change(0.3, threading.Event()) is False
    world.arrive(message(1))
    assert session.wait_for_change(5, threading.Event()) is True
    (uid,) = session.uids_from(1)
    assert session.remove([uid]) is True


def test_what_goes_is_news_too(world: World, session: MailBackend) -> None:
    world.arrive(message(1))
    session.select("INBOX", readonly=False)
    (uid,) = session.uids_from(1)
    with world.read() as other:
        other.select("INBOX", readonly=False)
        assert other.remove([uid]) is True
    assert session.wait_for_change(5, threading.Event()) is True
    assert session.uids_from(1) == []


def test_waiting_ends_on_cancel(world: World, session: MailBackend) -> None:
    session.select("INBOX")
    cancel = threading.Event()
    threading.Timer(0.4, cancel.set).start()
    began = time.monotonic()
    assert session.wait_for_change(60, cancel) is False
    assert time.monotonic() - began < 2


def test_a_cancelled_session_says_so(world: World) -> None:
    cancel = threading.Event()
    with world.read(cancel=cancel) as session:
        session.select("INBOX")
        cancel.set()
        with pytest.raises(Cancelled):
            session.uids_from(1)
    with pytest.raises(Cancelled):
        world.read(cancel=cancel)


def test_sending(world: World) -> None:
    raw = (
        f"From: {world.address}\nTo: Bob <{world.other}>\nSubject: Hi\nMessage-ID: <s1@example.com>\n"
        "X-Mark: one\n\nHello\n.\n.dot\n"
    ).encode()
    called: list[int] = []
    with world.send() as sender:
        assert isinstance(sender.send(world.address, world.other, raw, before_data=lambda: called.append(1)), Accepted)
        assert (called, sender.usable) == ([1], True)
    (arrived,) = world.sent_to()
    got = message_from_bytes(arrived)
    assert (got["Message-ID"], got["X-Mark"], got["To"]) == ("<s1@example.com>", "one", f"Bob <{world.other}>")
    assert arrived.replace(b"\r\n", b"\n").endswith(b"\n\nHello\n.\n.dot\n")


def test_each_copy_goes_to_one_person(world: World) -> None:
    raw = (
        f"From: {world.address}\nTo: eve@example.com, {world.other}\nCc: mal@example.com\n"
        "Subject: Hi\nMessage-ID: <s3@example.com>\n\nHello\n"
    ).encode()
    with world.send() as sender:
        assert isinstance(sender.send(world.address, world.other, raw), Accepted)
        assert isinstance(sender.send(world.address, world.other, raw.replace(b"s3", b"s4")), Accepted)
    arrived = world.sent_to()
    assert [message_from_bytes(raw)["Message-ID"] for raw in arrived] == ["<s3@example.com>", "<s4@example.com>"]


def test_a_closed_sender_sends_nothing(world: World) -> None:
    sender = world.send()
    sender.close()
    sender.close()
    assert not sender.usable
    called: list[int] = []
    outcome = sender.send(world.address, world.other, b"Subject: x\r\n\r\nx", before_data=lambda: called.append(1))
    assert isinstance(outcome, Deferred)
    assert outcome.problem.code is ProblemCode.CONNECTION_LOST
    assert called == []


def test_a_cancel_before_the_message_sends_nothing(world: World) -> None:
    cancel = threading.Event()
    with world.send(cancel=cancel) as sender:
        cancel.set()
        with pytest.raises(Cancelled):
            sender.send(world.address, world.other, b"From: x@example.com\r\nSubject: x\r\n\r\nx")
    with pytest.raises(Cancelled):
        world.send(cancel=cancel)


def test_a_wrong_password_is_told_by_both(world: World) -> None:
    for opened in (world.read, world.send):
        with pytest.raises(MailFault) as caught:
            opened(secret=Secret("not this one"))
        assert caught.value.problem.code is ProblemCode.WRONG_CREDENTIALS


def test_every_method_has_its_place_in_this_suite() -> None:
    told = Path(__file__).read_text()
    for protocol in (MailBackend, MailSender):
        for name in vars(protocol):
            if not name.startswith("_"):
                assert re.search(rf"\.{name}\b", told), name


def test_what_before_data_raises_goes_through_and_nothing_is_sent(world: World) -> None:
    def stop() -> None:
        raise ZeroDivisionError

    with world.send() as sender:
        with pytest.raises(ZeroDivisionError):
            sender.send(world.address, world.other, b"To: x\r\n\r\nx", before_data=stop)
        raw = f"From: {world.address}\nTo: {world.other}\nMessage-ID: <s2@example.com>\n\nx\n".encode()
        assert isinstance(sender.send(world.address, world.other, raw), Accepted)
    (arrived,) = world.sent_to()
    assert b"<s2@example.com>" in arrived


@pytest.mark.parametrize("recipient", ["", "bob", "bob@example.com>\r\nRCPT TO:<eve@example.com", "a b@example.com"])
def test_no_address_is_refused_at_once(world: World, recipient: str) -> None:
    with world.send() as sender:
        outcome = sender.send(world.address, recipient, b"Subject: x\r\n\r\nx")
        if world.name == "imap" and recipient == "bob":
            return  # a local name, which is the server's to judge
        assert isinstance(outcome, Refused)
        assert outcome.problem.code is ProblemCode.RECIPIENT_REFUSED
        assert sender.usable
