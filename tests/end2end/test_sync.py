"""What is read and logged by itself (R1–R6, R8, R9), against a real IMAP server."""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import FolderStatus
from app.domain.events import EventKind, Verdict
from app.domain.inboxes import Inbox, InboxState
from app.domain.sync_plan import NothingNew
from app.runtime.inbox_worker import InboxWorker
from app.runtime.sent_watch import SentWatch
from app.services.explain_message import explain_message
from app.services.sync_inbox import InboxSync
from tests.support.desk import Desk, Mailboxes, renumber, written
from tests.support.dovecot import Dovecot
from tests.support.killer import ROOT
from tests.support.mailbox import MailAccount

# -- threads (R1, R6)


def test_answer_by_in_reply_to(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(written(f"Ada <{ada.address}>", me.address, parent=sent.message_id, message_id="a1@example.org"))
    assert desk.sync(inbox)["INBOX"].logged == 1
    answer = desk.received(ada.address)[0]
    assert (answer.match_reason, answer.kind, answer.changed_subject) == ("joined by In-Reply-To", "normal", False)
    assert answer.thread_messages == 2
    event = desk.feed()[0]
    assert (event.kind, event.verdict, event.who, event.address) == (
        EventKind.REPLY, Verdict.PERSON, "Ada", ada.address,
    )  # fmt: skip
    assert desk.notified == [event.id]


def test_answer_by_references_alone(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """In-Reply-To names the customer's own ticket system."""
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    references = f"<old@example.net> <{sent.message_id}> <ticket-9@helpdesk.example>"
    me.deliver(
        written(
            ada.address,
            me.address,
            parent="ticket-9@helpdesk.example",
            references=references,
            message_id="a2@x.example",
        )
    )
    desk.sync(inbox)
    assert desk.received(ada.address)[0].match_reason == "joined by References"


def test_answer_to_a_logged_answer(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """Both arrive before the next look, and the second names only the first."""
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="first@example.org", text="Ett"))
    me.deliver(
        written(ada.address, me.address, parent="first@example.org", message_id="second@example.org", text="Två")
    )
    desk.sync(inbox)
    assert [m.visible_text.strip() for m in desk.received(ada.address)] in (["Två", "Ett"], ["Ett", "Två"])
    assert len(desk.feed(EventKind.REPLY)) == 2


def test_answer_from_another_address(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """R5: it is on the timeline of the person written to, and makes no contact; nor do those in copy."""
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    copy = "Cc: Chef <boss@example.org>\n"
    me.deliver(
        written(
            "Ada privat <ada@home.example>", me.address, parent=sent.message_id, message_id="a3@x.example", more=copy
        )
    )
    desk.sync(inbox)
    assert len(desk.received(ada.address)) == 1
    assert desk.workspace.store.contacts.find("ada@home.example") is None
    assert desk.workspace.store.contacts.find("boss@example.org") is None
    event = desk.feed(EventKind.REPLY)[0]
    assert (event.who, event.address) == ("Ada privat", ada.address)


def test_people_in_copy_who_are_in_the_thread(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada, bob = mailbox("ada"), mailbox("bob")
    sent = desk.send(inbox, ada, bob)
    more = f"Cc: {bob.address}\n"
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="a4@x.example", more=more))
    desk.sync(inbox)
    assert len(desk.received(ada.address)) == len(desk.received(bob.address)) == 1
    assert len(desk.feed(EventKind.REPLY)) == 1


def test_own_message_from_another_program(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """Sent from the telephone in a known thread: on the timeline as sent, and no event."""
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.append("Sent", written(f"Jonas <{me.address}>", ada.address, parent=sent.message_id, message_id="tel@x.example"))
    report = desk.sync(inbox)["Sent"]
    assert (report.logged, report.bodies_read) == (1, 1)
    assert [m.direction for m in desk.timeline(ada.address)] == ["sent", "sent"]
    assert desk.feed() == []


def test_changed_subject_is_a_thread_of_its_own(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(
        written(
            ada.address, me.address, parent=sent.message_id, subject="Nytt ärende: faktura", message_id="a5@x.example"
        )
    )
    me.deliver(
        written(
            ada.address, me.address, parent=sent.message_id, subject="AW: Re: SV: offert", message_id="a6@x.example"
        )
    )
    desk.sync(inbox)
    found = {m.message_id: m for m in desk.received(ada.address)}
    assert (found["a5@x.example"].changed_subject, found["a5@x.example"].thread_messages) == (True, 1)
    assert (found["a6@x.example"].changed_subject, found["a6@x.example"].thread_messages) == (False, 2)


def test_automatic_answer_is_marked(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    more = "Auto-Submitted: auto-replied\nX-Auto-Response-Suppress: All\n"
    me.deliver(
        written(
            ada.address, me.address, parent=sent.message_id, subject="Semester", message_id="auto@x.example", more=more
        )
    )
    desk.sync(inbox)
    assert desk.received(ada.address)[0].kind == "auto_reply"
    told = [step.text for step in explain_message(desk.workspace, "auto@x.example").steps]
    assert "It is an automatic reply. It does not show that anybody has read your message." in told
    event = desk.feed(EventKind.REPLY)[0]
    assert event.verdict == Verdict.MACHINE and "automatic" in event.reasons[0]
    assert desk.workspace.store.events.unseen() == 0


def test_bounce_marks_message_and_address(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """R8, with the report that the submission server itself writes."""
    ada = mailbox("ada")
    sent = desk.send(inbox, "nobody@example.com", ada)
    me.wait_for_messages(1)
    report = desk.sync(inbox)["INBOX"]
    assert report.bodies_read == report.logged == 1
    contact = desk.workspace.store.contacts.find("nobody@example.com")
    assert contact is not None
    card = desk.workspace.store.contacts.card(contact)
    assert card is not None and "does not exist" in card.bounced["nobody@example.com"]
    events = desk.feed()
    assert [(e.kind, e.address, e.message_id) for e in events] == [
        (EventKind.BOUNCE, "nobody@example.com", sent.message_id)
    ]
    assert desk.notified == [events[0].id]
    assert [m.kind for m in desk.received("nobody@example.com")] == ["bounce"]
    assert desk.received(ada.address) == []
    desk.sync(inbox)
    assert len(desk.feed()) == 1


# -- what is not read (R2, R3)


def flags(person: MailAccount, folder: str = "INBOX") -> list[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with imaplib.IMAP4_SSL("127.0.0.1", person.dovecot.imaps_port, ssl_context=context, timeout=10) as connection:
        connection.login(person.address, person.password)
        connection.select(folder, readonly=True)
        _, data = connection.uid("FETCH", "1:*", "(FLAGS)")
        return [line for line in data if isinstance(line, bytes)]


def bodies_given(dovecot: Dovecot, person: MailAccount) -> int:
    """By all the sessions of a person that have ended, as Dovecot counts them."""
    pattern = rf"imap\({re.escape(person.address)}\).*Disconnected: .*body_count=(\d+)"
    return sum(int(count) for count in re.findall(pattern, dovecot.log()))


def test_foreign_mail_is_never_read(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    before = bodies_given(dovecot, me)
    for number in range(5):
        me.deliver(written("news@example.org", me.address, message_id=f"n{number}@x.example", subject="Nyheter"))
    me.deliver(written(ada.address, me.address, message_id="own-thread@x.example", subject="Annat"))
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="a7@x.example"))
    report = desk.sync(inbox)["INBOX"]
    assert (report.headers_read, report.bodies_read, report.logged) == (7, 1, 1)
    ledger = desk.workspace.store.ledgers.read(inbox.id)[0]
    assert [(b.message_id, b.folder) for b in ledger.bodies] == [("a7@x.example", "INBOX")]
    assert ledger.headers_read == 7 + 1  # one in Sent: our own copy
    deadline = time.monotonic() + 5
    while bodies_given(dovecot, me) == before and time.monotonic() < deadline:
        time.sleep(0.05)  # Dovecot writes its log when the session has ended
    assert bodies_given(dovecot, me) == before + 1
    assert not [line for line in flags(me) if b"\\Seen" in line]
    assert desk.workspace.store.contacts.find("news@example.org") is None


def test_a_report_about_others_is_not_kept(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    desk.send(inbox, mailbox("ada"))
    me.deliver(
        "From: MAILER-DAEMON@example.net\nSubject: Undelivered\nMessage-ID: <dsn@example.net>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nSorry\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; example.net\n\n"
        "Final-Recipient: rfc822; x@example.net\nAction: failed\nStatus: 5.1.1\n\n--b\nContent-Type: text/rfc822-headers\n\n"
        "Message-ID: <of-somebody-else@example.net>\n\n--b--\n",
        sender="",
    )
    report = desk.sync(inbox)["INBOX"]
    assert (report.bodies_read, report.logged) == (1, 0)
    assert desk.feed() == []
    why = desk.workspace.store.ledgers.read(inbox.id)[0].bodies[0].why
    assert "not kept" in why


@pytest.mark.parametrize(
    "header",
    [
        "X-Failed-Recipients: ada@example.com\n",
        "Return-Path: <boss@example.org>\nAuto-Submitted: auto-replied\n",
    ],
)
def test_a_stranger_who_poses_as_a_mail_server_is_not_read(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, header: str
) -> None:
    desk.send(inbox, mailbox("ada"))
    raw = written("MAILER-DAEMON@example.org", me.address, message_id="private@x.example", more=header)
    me.append("INBOX", raw)
    report = desk.sync(inbox)["INBOX"]
    assert (report.headers_read, report.bodies_read) == (1, 0)
    assert desk.workspace.store.ledgers.read(inbox.id)[0].bodies == ()


def report_about(message_id: str, recipient: str, *, text: str = "Sorry") -> str:
    return (
        "From: MAILER-DAEMON@example.net\nSubject: Undelivered\nMessage-ID: <dsn@example.net>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\n{text}\n--b\n'
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; example.net\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\n\n--b\n"
        "Content-Type: message/rfc822\n\n"
        f"Message-ID: <{message_id}>\nSubject: Offert\n\n{'x' * 70}\n" + f"{'y' * 75}\n" * 2000 + "\n--b--\n"
    )


@pytest.mark.parametrize("names", ["the message", "the recipient", "neither"])
def test_of_a_report_no_more_than_the_beginning_is_read_unless_it_is_about_our_mail(
    desk: Desk,
    inbox: Inbox,
    me: MailAccount,
    mailbox: Mailboxes,
    monkeypatch: pytest.MonkeyPatch,
    names: str,
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    message_id = sent.message_id if names == "the message" else "of-somebody-else@example.net"
    recipient = ada.address if names == "the recipient" else "x@example.net"
    me.append("INBOX", report_about(message_id, recipient))
    read: list[int] = []
    fetch = ImapSession.fetch_section

    def counted(self: ImapSession, uid: int, section: str, limit: int) -> bytes:
        content = fetch(self, uid, section, limit)
        read.append(len(content))
        return content

    monkeypatch.setattr(ImapSession, "fetch_section", counted)
    report = desk.sync(inbox)["INBOX"]
    assert (report.bodies_read, report.logged) == (1, int(names == "the message"))
    assert read[0] == 65_536 and len(read) == (1 if names == "neither" else 2)
    (body,) = (b for b in desk.workspace.store.ledgers.read(inbox.id)[0].bodies if b.folder == "INBOX")
    assert ("of which the beginning was read" in body.why) == (names == "neither")
    assert ("not kept" in body.why) == (names != "the message")
    assert len(desk.feed(EventKind.BOUNCE)) == int(names == "the message")


def test_before_anything_was_sent_nothing_is_read(desk: Desk, me: MailAccount) -> None:
    for number in range(3):
        me.deliver(written("a@example.org", me.address, message_id=f"old{number}@x.example"))
    inbox = desk.connect(me)
    report = desk.sync(inbox)["INBOX"]
    assert (report.headers_read, report.bodies_read) == (0, 0)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and cursor.next_uid == 4


# -- the cursor (R9)


def test_renumbered_folder_doubles_nothing(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="a8@x.example"))
    me.deliver(written(ada.address, me.address, parent=sent.message_id, text="Utan namn"))  # no Message-ID
    desk.sync(inbox)
    before = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 2
    renumber(me)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="a9@x.example"))
    desk.sync(inbox)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert before is not None and cursor is not None and cursor.uid_validity != before.uid_validity
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 3
    assert desk.notified == []
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="a10@x.example"))
    desk.sync(inbox)
    assert len(desk.notified) == 1


def test_message_without_id(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    for text in ("Ett", "Två"):
        me.deliver(written(ada.address, me.address, parent=sent.message_id, text=text, subject=f"Re: Offert {text}"))
    me.deliver(written("other@example.org", me.address))
    assert desk.sync(inbox)["INBOX"].logged == 2
    assert desk.sync(inbox)["INBOX"].logged == 0
    assert {m.visible_text.strip() for m in desk.received(ada.address)} == {"Ett", "Två"}


def test_one_mail_in_two_inboxes(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """One message in two places, one event; also where it has no Message-ID."""
    ada, sales = mailbox("ada"), mailbox("sales")
    second = desk.connect(sales)
    sent = desk.send(inbox, ada)
    for raw in (
        written(ada.address, f"{me.address}, {sales.address}", parent=sent.message_id, message_id="both@x.example"),
        written(ada.address, f"{me.address}, {sales.address}", parent=sent.message_id, subject="Re: Offert, igen"),
    ):
        me.deliver(raw)
        sales.deliver(raw)
    assert desk.sync(inbox)["INBOX"].logged == 2
    report = desk.sync(second)["INBOX"]
    assert (report.logged, report.bodies_read) == (0, 1)  # without a Message-ID its text tells whether it is the same
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 2


def test_two_processes_log_once(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    for number in range(12):
        me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id=f"two{number}@x.example"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    command = [sys.executable, "-m", "app", "sync", "--once"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    for process in both:
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said.decode()
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 12
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and cursor.next_uid == 13


def expunge(person: MailAccount, *uids: int, folder: str = "INBOX") -> None:
    with person.dovecot._login(person.address) as connection:
        connection.select(folder)
        connection.uid("STORE", ",".join(map(str, uids)), "+FLAGS", r"(\Deleted)")
        connection.expunge()


def test_the_newest_message_is_gone_before_it_is_read(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    """What the server said is compared with what it says, or there would be something new for ever."""
    sent = desk.send(inbox, mailbox("ada"))
    for number in range(3):
        me.deliver(written("ada@example.com", me.address, parent=sent.message_id, message_id=f"gone{number}@x.example"))
    expunge(me, 3)
    assert desk.sync(inbox)["INBOX"].logged == 2
    with open_imap(inbox.account, me.secret) as session:
        plan, status = InboxSync(desk.workspace, inbox, session, threading.Event()).inbox_plan()
    assert (plan, status.uid_next) == (NothingNew(), 4)


def test_a_first_look_ends_though_the_newest_message_is_gone(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    desk.send(inbox, mailbox("ada"))
    second = mailbox("sales")
    for number in range(3):
        second.deliver(written("a@example.org", second.address, message_id=f"old{number}@x.example"))
    expunge(second, 2, 3)
    other = desk.connect(second)
    assert desk.sync(other)["INBOX"].headers_read == 1
    cursor = desk.workspace.store.inboxes.cursor(other.id, "INBOX")
    assert cursor is not None and (cursor.next_uid, cursor.first_look_done) == (2, True)


def test_the_server_is_asked_once_what_there_is(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not anew for each chunk: its answer names every message of the folder."""
    sent = desk.send(inbox, mailbox("ada"))
    for number in range(7):
        me.append("INBOX", written("a@example.org", me.address, message_id=f"n{number}@x.example"))
    me.append("INBOX", written("a@example.org", me.address, parent=sent.message_id, message_id="last@x.example"))
    asked: list[int] = []
    search = ImapSession.uids_from

    def counted(self: ImapSession, first_uid: int, limit: int | None = None) -> list[int]:
        asked.append(first_uid)
        return search(self, first_uid, limit)

    monkeypatch.setattr(ImapSession, "uids_from", counted)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 2)
    report = desk.sync(inbox)["INBOX"]
    assert (report.headers_read, report.logged) == (8, 1)
    assert asked[:2] == [1, 9]  # all there is, and what came meanwhile


# -- files (R4)


def with_file(sender: str, to: str, parent: str, message_id: str, content: bytes) -> bytes:
    head = written(sender, to, parent=parent, message_id=message_id, text="").rstrip("\n")
    return (
        f'{head}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nRitningen är bifogad.\n--b\n"
        "Content-Type: application/pdf\nContent-Disposition: attachment; filename=ritning.pdf\n"
        "Content-Transfer-Encoding: base64\n\n".encode()
        + base64.encodebytes(content)
        + b"--b--\n"
    )


def test_fifty_megabytes_are_logged_without_the_file(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.append("INBOX", with_file(ada.address, me.address, sent.message_id, "big@x.example", bytes(40 << 20)))
    desk.sync(inbox)
    answer = desk.received(ada.address)[0]
    assert answer.visible_text.strip() == "Ritningen är bifogad."
    assert answer.attachments == ()
    assert not list((desk.workspace.folder / "attachments").glob("*/*"))
    assert len(desk.feed(EventKind.REPLY)) == 1


@pytest.mark.parametrize("logged", [True, False])
def test_files_are_kept_when_the_setting_says_so(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, logged: bool
) -> None:
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("log_attachments", logged)
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(with_file(ada.address, me.address, sent.message_id, "small@x.example", b"%PDF-1.4 x"))
    desk.sync(inbox)
    names = [a.filename for a in desk.received(ada.address)[0].attachments]
    assert names == (["ritning.pdf"] if logged else [])
    files = [f.read_bytes() for f in (desk.workspace.folder / "attachments").glob("*/*")]
    assert files == ([b"%PDF-1.4 x"] if logged else [])


# -- push


def test_push_by_idle(qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    worker = InboxWorker(desk.workspace, inbox.id)
    with qtbot.waitSignal(worker.state_changed, timeout=10_000):
        worker.start()
    assert desk.inbox(inbox.id).state == InboxState.CONNECTED
    seen: list[float] = []
    for number in range(2):
        time.sleep(0.3)  # it idles
        begun = time.monotonic()
        with qtbot.waitSignal(worker.events_made, timeout=10_000) as signal:
            me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id=f"push{number}@x.example"))
        seen.append(time.monotonic() - begun)
        assert len(signal.args[0]) == 1
    assert max(seen) < 5, seen
    begun = time.monotonic()
    assert worker.stop()
    assert time.monotonic() - begun < 2
    assert len(desk.received(ada.address)) == 2


@pytest.mark.parametrize("tells", [True, False])
def test_a_server_that_numbers_on_is_waited_for(
    qtbot: QtBot, desk: Desk, inbox: Inbox, me: MailAccount, monkeypatch: pytest.MonkeyPatch, tells: bool
) -> None:
    """With nothing new the worker waits, be it that the newest message is gone, or that the server tells no UIDNEXT."""
    me.deliver(written("a@example.org", me.address, message_id="gone@x.example"))
    expunge(me, 1)
    selects: list[str] = []
    waits: list[int] = []
    select, wait = ImapSession.select, ImapSession.wait_for_change

    def selected(self: ImapSession, path: str, readonly: bool = True) -> FolderStatus:
        selects.append(path)
        status = select(self, path, readonly)
        return status if tells else replace(status, uid_next=0)

    def waited(self: ImapSession, seconds: float, cancel: threading.Event) -> bool:
        waits.append(len(selects))
        return wait(self, seconds, cancel)

    monkeypatch.setattr(ImapSession, "select", selected)
    monkeypatch.setattr(ImapSession, "wait_for_change", waited)
    worker = InboxWorker(desk.workspace, inbox.id)
    worker.start()
    qtbot.waitUntil(lambda: bool(waits), timeout=10_000)
    me.deliver(written("a@example.org", me.address, message_id="new@x.example"))
    qtbot.waitUntil(lambda: len(waits) >= 2, timeout=10_000)
    assert worker.stop()
    assert len(selects) < 15, selects


def test_sync_now_reads_sent_too(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Sent is not pushed, a wish to sync looks there at once, and the worker stays."""
    monkeypatch.setattr(SentWatch, "tend", lambda _watch, _path: None)
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    worker = InboxWorker(desk.workspace, inbox.id)
    with qtbot.waitSignal(worker.state_changed, timeout=10_000):
        worker.start()
    time.sleep(0.3)
    me.append("Sent", written(me.address, ada.address, parent=sent.message_id, message_id="phone@x.example"))
    worker.wake()
    qtbot.waitUntil(lambda: len(desk.timeline(ada.address)) == 2, timeout=5000)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="late@x.example"))
    qtbot.waitUntil(lambda: len(desk.received(ada.address)) == 1, timeout=10_000)
    assert worker.stop()
