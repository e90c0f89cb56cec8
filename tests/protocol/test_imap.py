"""The IMAP session against a real Dovecot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import MailBackend
from app.backends.transport import Timeouts
from app.domain.checks import CheckEvent, CheckStep, StepPassed, StepStarted
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount, Secret
from app.domain.problems import ProblemCode
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount, endpoint

Mailboxes = Callable[..., MailAccount]
FIELDS = ("Message-ID", "In-Reply-To", "References")


def message(number: int = 1, subject: str = "Hello", body: str = "Hello\n", message_id: str = "") -> str:
    message_id = message_id or f"<m{number}@example.org>"
    return f"From: sender@example.org\nSubject: {subject}\nMessage-ID: {message_id}\n\n{body}"


@pytest.fixture
def person(mailbox: Mailboxes) -> MailAccount:
    return mailbox("ada")


@pytest.fixture
def session(person: MailAccount) -> Iterator[ImapSession]:
    with open_imap(person.account, person.secret) as opened:
        yield opened


def problem(call: Callable[[], object]) -> ProblemCode:
    with pytest.raises(MailFault) as caught:
        if isinstance(opened := call(), ImapSession):
            opened.close()
    return caught.value.problem.code


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_steps_are_told(mailbox: Mailboxes, security: str) -> None:
    person = mailbox(imap=security)
    told: list[CheckEvent] = []
    with open_imap(person.account, person.secret, on_step=told.append) as session:
        assert "IDLE" in session.capabilities()
        backend: MailBackend = session
        assert backend.select("INBOX").exists == 0
    steps = (CheckStep.IMAP_CONNECT, CheckStep.IMAP_TLS, CheckStep.IMAP_LOGIN)
    assert [type(event) for event in told] == [StepStarted, StepPassed] * 3
    assert [event.step for event in told[::2]] == [event.step for event in told[1::2]] == list(steps)
    details = [event.detail for event in told[1::2] if isinstance(event, StepPassed)]
    assert details[0].endswith(" ms")
    assert details[1:] == ["TLS 1.3", "signed in"]


@pytest.mark.parametrize(
    "password", ["pässwörd €", 'with "quotes" and \\ and {5}', "日本語パスワード", " spaces ", "x"]
)
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_passwords_of_all_kinds(mailbox: Mailboxes, password: str, security: str) -> None:
    person = mailbox(password=password, imap=security)
    with open_imap(person.account, person.secret) as session:
        assert session.select("INBOX").exists == 0


def test_wrong_password_is_not_repeated_in_the_fault(person: MailAccount) -> None:
    with pytest.raises(MailFault) as caught:
        open_imap(person.account, Secret("sesam öffne dich"))
    assert caught.value.problem.code is ProblemCode.WRONG_CREDENTIALS
    assert caught.value.problem.server_says
    chain = repr(caught.value) + repr(caught.value.__cause__) + str(caught.value.__context__)
    assert "sesam" not in chain


def test_folders(session: ImapSession) -> None:
    found = {f.path: f.special_use for f in session.folders()}
    assert found["INBOX"] == "" and found["Sent"] == "\\Sent" and found["Trash"] == "\\Trash"
    assert session.find_sent_folder() == "Sent"
    assert session.create_folder("Kunder & Ärenden") == "Kunder & Ärenden"
    assert session.create_folder("Kunder & Ärenden") == "Kunder & Ärenden"  # is there already
    assert session.select("Kunder & Ärenden", readonly=False).exists == 0
    assert problem(lambda: session.select("Nowhere")) is ProblemCode.FOLDER_MISSING
    assert session.select("INBOX").uid_validity > 0  # a refusal ends nothing


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ([("Skickat", r"\Sent"), ("Sent", "")], "Skickat"),
        ([("Presentations", ""), ("Sent Items", "")], "Sent Items"),
        ([("Old sent mail", ""), ("Archive", "")], "Old sent mail"),
        ([("Presentations", ""), ("Archive", "")], None),
    ],
)
def test_sent_folder_by_attribute_then_name(
    certificate: Issued, authority: Authority, folders: list[tuple[str, str]], expected: str | None
) -> None:
    with Dovecot(certificate, folders=folders) as server:
        with open_imap(*on(server, authority)) as session:
            assert session.find_sent_folder() == expected


def on(server: Dovecot, authority: Authority) -> tuple[ImapAccount, Secret]:
    from app.domain.inboxes import ServerTrust

    server.add_user("eva@example.com", "secret word")
    imap = endpoint(server.imaps_port, "tls")
    trust = ServerTrust(ca_pem=authority.ca_pem)
    return ImapAccount("eva@example.com", imap, imap, "eva@example.com", trust=trust), Secret("secret word")


def test_folder_is_made_where_the_server_lets_folders_be_made(certificate: Issued, authority: Authority) -> None:
    with Dovecot(certificate, folders=[], prefix="INBOX.", separator=".") as server:
        with open_imap(*on(server, authority)) as session:
            assert session.find_sent_folder() is None
            assert session.create_folder("Sent") == "INBOX.Sent"
            assert session.find_sent_folder() == "INBOX.Sent"


def test_uids_from_sees_what_came_since_and_never_less(person: MailAccount, session: ImapSession) -> None:
    status = session.select("INBOX")
    assert session.uids_from(1) == []
    for number in range(3):
        person.deliver(message(number))
    uids = session.uids_from(status.uid_next)  # the folder stayed selected
    assert len(uids) == 3 and uids == sorted(uids)
    assert session.uids_from(uids[1]) == uids[1:]
    assert session.uids_from(uids[-1] + 1) == []  # `n:*` gives the last one, which is below n
    assert session.uids_from(0, limit=2) == uids[:2]


def test_headers_come_in_batches_and_without_the_rest(person: MailAccount, session: ImapSession) -> None:
    with open_imap(person.account, person.secret) as filing:
        for number in range(205):
            filing.append("INBOX", message(number, subject="Grüße" * 5).encode())
    session.select("INBOX")
    uids = session.uids_from(1)
    headers = list(session.fetch_headers([*reversed(uids), 999_999], FIELDS))
    assert [h.uid for h in headers] == uids
    assert headers[17].header == b"Message-ID: <m17@example.org>\r\n\r\n"
    assert all(h.size > 100 and abs(h.internal_date - datetime.now(UTC)) < timedelta(minutes=5) for h in headers)
    assert list(session.fetch_headers([], FIELDS)) == []


def test_odd_messages_do_not_stop_a_folder(person: MailAccount, session: ImapSession) -> None:
    odd = [
        b"\r\n",
        b"no header at all\r\n",
        b"Subject: \xff\xfe\x80 raw bytes\r\nMessage-ID: <a@b>\r\n\r\n\xff",
        b"Message-ID: <" + b"x" * 3000 + b"@example.org>\r\n\r\nlong",
        b'Message-ID: "quoted" {12}\r\n (a b) BODY[] {3}\r\n\r\nUID 5 FETCH (x)\r\n',
        b"Message-ID:\r\n <folded@example.org>\r\n\r\n",
        b"References: " + b" ".join(b"<r%d@example.org>" % n for n in range(60_000)) + b"\r\n\r\ntoo much\r\n",
    ]
    for raw in odd:
        session.append("INBOX", raw)
    session.select("INBOX")
    uids = session.uids_from(1)
    headers = list(session.fetch_headers(uids, FIELDS))
    assert [h.uid for h in headers] == uids
    assert headers[6].header == b"" and headers[6].size > 1 << 20  # over a megabyte: no header
    assert b"folded@example.org" in headers[5].header
    assert session.fetch_body(uids[4]).startswith(b'Message-ID: "quoted"')


def test_body_is_read_without_marking_it_read(person: MailAccount, session: ImapSession) -> None:
    raw = message(1, body="Åäö 日本\n" * 5000)
    person.deliver(raw)
    session.select("INBOX", readonly=False)
    (uid,) = session.uids_from(1)
    body = session.fetch_body(uid)
    assert body.endswith(raw.replace("\n", "\r\n").encode().split(b"\r\n\r\n", 1)[1])
    assert session._client.get_flags([uid])[uid] in ((), (b"\\Recent",))
    assert problem(lambda: session.fetch_body(uid + 1)) is ProblemCode.BROKEN_MESSAGE
    assert session.uids_from(1) == [uid]


def test_text_of_a_large_message_without_its_files(person: MailAccount, session: ImapSession) -> None:
    letter = EmailMessage()
    letter["From"], letter["Subject"], letter["Message-ID"] = "a@example.org", "Grüße", "<big@example.org>"
    letter.set_content("Hej, här är filen. €\n")
    letter.add_alternative("<p>Hej, här är <b>filen</b></p>", subtype="html")
    letter.add_attachment(b"\0" * 3_000_000, maintype="application", subtype="zip", filename="big.zip")
    letter.add_attachment("a text file", filename="notes.txt")
    session.append("INBOX", letter.as_bytes())
    session.append("INBOX", message(2, body="only text\n" * 20).encode())
    session.select("INBOX")
    first, second = session.uids_from(1)
    raw = session.fetch_text_parts(first)
    assert len(raw) < 5000
    from email import message_from_bytes, policy

    read = message_from_bytes(raw, policy=policy.default)
    assert read["Message-ID"] == "<big@example.org>" and read["Subject"] == "Grüße"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    assert "här är filen. €" in read.get_body(("plain",)).get_content()
    assert b"notes" not in raw and b"zip" not in raw
    assert session.fetch_text_parts(second, limit=50).endswith(b"\r\nonly t")


def test_message_id_is_found_exactly(session: ImapSession) -> None:
    for message_id in (
        "<one@example.org>",
        "<another.one@example.org>",
        "< one@example.org >",
        '<"q o"\\x@example.org>',
    ):
        session.append("INBOX", message(message_id=message_id).encode())
    session.select("INBOX")
    one, _, spaced, quoted = session.uids_from(1)
    assert session.search_message_id("<one@example.org>") == [one, spaced]
    assert session.search_message_id("one@example.org") == [one, spaced]
    assert session.search_message_id("") == []
    assert session.search_message_id("nobody@example.org") == []
    assert session.search_message_id('evil"\r\nA1 DELETE INBOX') == []
    assert session.search_message_id("grüße@example.org") == []
    assert session.uids_from(quoted) == [quoted]


def test_append_gives_the_uid_and_keeps_the_date(session: ImapSession) -> None:
    when = datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)
    uid = session.append("Sent", message(7).encode(), when=when)
    session.select("Sent")
    (header,) = session.fetch_headers(session.uids_from(1), FIELDS)
    assert (header.uid, header.internal_date) == (uid, when)
    assert b"\\Seen" in session._client.get_flags([uid])[uid]
    assert problem(lambda: session.append("Nowhere", message(8).encode())) is ProblemCode.FOLDER_MISSING


def test_idle_tells_of_a_new_message_at_once(person: MailAccount, session: ImapSession) -> None:
    session.select("INBOX")
    session.uids_from(1)
    sender = threading.Timer(0.3, person.deliver, [message(1)])
    sender.start()
    began = time.monotonic()
    assert session.wait_for_change(10, threading.Event()) is True
    sender.join()
    assert time.monotonic() - began < 3
    assert len(session.uids_from(1)) == 1
    assert session.wait_for_change(0.5, threading.Event()) is False  # nothing new since then


def test_what_comes_between_looking_and_waiting_is_not_missed(person: MailAccount, session: ImapSession) -> None:
    session.select("INBOX")
    session.uids_from(1)
    person.deliver(message(1))
    began = time.monotonic()
    assert session.wait_for_change(10, threading.Event()) is True
    assert time.monotonic() - began < 3


def test_waiting_is_cancelled_and_the_session_lives(person: MailAccount, session: ImapSession) -> None:
    session.select("INBOX")
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    assert session.wait_for_change(30, cancel) is False
    assert time.monotonic() - began < 1.3
    assert session.uids_from(1) == []


def test_sessions_own_cancel_ends_the_waiting(person: MailAccount) -> None:
    stop = threading.Event()
    with open_imap(person.account, person.secret, cancel=stop) as session:
        session.select("INBOX")
        threading.Timer(0.3, stop.set).start()
        began = time.monotonic()
        assert session.wait_for_change(30, threading.Event()) is False
        assert time.monotonic() - began < 1.3


def test_server_without_idle_is_polled(
    certificate: Issued, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.backends.imap import idle

    monkeypatch.setattr(idle, "POLL", 0.3)
    with Dovecot(certificate, capability="IMAP4rev1 UIDPLUS AUTH=PLAIN NAMESPACE") as server:
        with open_imap(*on(server, authority)) as session:
            assert "IDLE" not in session.capabilities()
            session.select("INBOX")
            server.deliver("eva@example.com", message(1).replace("\n", "\r\n").encode())
            assert session.wait_for_change(10, threading.Event()) is True
            assert session.wait_for_change(0.7, threading.Event()) is False


def test_server_that_goes_away_ends_the_waiting(mailbox: Mailboxes, dovecot: Dovecot) -> None:
    with FaultProxy(dovecot.imaps_port) as proxy:
        person = mailbox(imap_port=proxy.port)
        with open_imap(person.account, person.secret) as session:
            session.select("INBOX")
            threading.Timer(0.3, proxy.cut).start()
            began = time.monotonic()
            code = problem(lambda: session.wait_for_change(30, threading.Event()))
            assert code is ProblemCode.CONNECTION_LOST
            assert time.monotonic() - began < 3
            assert problem(lambda: session.uids_from(1)) is ProblemCode.CONNECTION_LOST


def test_server_gone_in_mid_fetch(mailbox: Mailboxes, dovecot: Dovecot) -> None:
    with FaultProxy(dovecot.imaps_port) as proxy:
        person = mailbox(imap_port=proxy.port)
        person.deliver(message(1, body="x" * 70 + "\n" + "line\n" * 400_000))
        with open_imap(person.account, person.secret) as session:
            session.select("INBOX")
            (uid,) = session.uids_from(1)
            proxy.cut_after_received(100_000)
            assert problem(lambda: session.fetch_body(uid)) is ProblemCode.CONNECTION_LOST


def test_silent_server_is_given_up(mailbox: Mailboxes, dovecot: Dovecot) -> None:
    with FaultProxy(dovecot.imaps_port) as proxy:
        person = mailbox(imap_port=proxy.port)
        with open_imap(person.account, person.secret, timeouts=Timeouts(2, 0.6)) as session:
            session.select("INBOX")
            proxy.mode = "blackhole"
            began = time.monotonic()
            assert problem(lambda: session.uids_from(1)) is ProblemCode.READ_TIMEOUT
            assert time.monotonic() - began < 2


def test_password_changed_while_signed_in(mailbox: Mailboxes, dovecot: Dovecot) -> None:
    person = mailbox()
    with open_imap(person.account, person.secret) as session:
        dovecot.change_password(person.address, "another one")
        assert session.select("INBOX").exists == 0
    assert problem(lambda: open_imap(person.account, person.secret)) is ProblemCode.WRONG_CREDENTIALS
