"""What goes wrong with servers, networks and disks: a sentence with a remedy, nothing lost, the rest goes on."""

from __future__ import annotations

import gzip
import random
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.backends.imap import ImapSession, open_imap
from app.domain.errors import DiskFull, MailFault, StoreError
from app.domain.events import EventKind
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Inbox, InboxState, Secret, ServerTrust
from app.domain.outbox import AttachmentRef, CopyState, Draft, OutboxId, OutboxMessage, OutboxState
from app.domain.problems import Problem, ProblemCode
from app.services import file_sent_copy as filing
from app.services import folder_reading as syncing
from app.services import send_message as sending
from app.services import sync_inbox, take_many
from app.services.check_account import CheckResult, check_account
from app.services.connect_inbox import connect_inbox, disable_inbox, enable_inbox
from app.services.file_sent_copy import file_sent_copies
from app.services.inbox_state import mark_trouble
from app.services.send_message import send_due, send_message
from app.services.write_message import (
    discard_draft,
    queue_message,
    retry,
    save_draft,
    settle_unknown,
    store_content,
    undo_send,
)
from app.store import outbox as outbox_table
from app.store.ledger import ASKED_FOR
from app.words.problems import explain
from tests.support.authority import Authority, Issued
from tests.support.desk import NEVER, Desk, Mailboxes, open_desk, written
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount, endpoint
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer, Talk
from tests.support.submission import DROP, Submission


def assert_explained(problem: Problem | None, code: ProblemCode, me: MailAccount | None = None) -> None:
    assert problem is not None and problem.code == code, problem
    words = explain(problem)
    assert words.title and words.cause and words.remedy.endswith(".")
    if me is not None:
        assert me.password not in f"{words} {problem}"


# -- connecting


Way = Callable[[ImapAccount], ImapAccount]


def by_imap(account: ImapAccount, port: int, security: str = "tls") -> ImapAccount:
    return replace(account, imap=Endpoint("localhost", port, ConnectionSecurity(security)))


def offers_no_tls(talk: Talk) -> None:
    talk.say("* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready")
    talk.hear()


def greets(talk: Talk) -> None:
    talk.say("* OK [CAPABILITY IMAP4rev1] ready")
    talk.hear()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("password", ProblemCode.WRONG_CREDENTIALS),
        ("closed port", ProblemCode.CONNECTION_REFUSED),
        ("port of another service", ProblemCode.TLS_FAILED),
        ("no TLS", ProblemCode.TLS_NOT_OFFERED),
        ("expired", ProblemCode.CERTIFICATE_EXPIRED),
        ("unknown authority", ProblemCode.CERTIFICATE_UNTRUSTED),
        ("changed", ProblemCode.CERTIFICATE_CHANGED),
    ],
)
def test_an_account_that_cannot_be_connected(
    kind: str, code: ProblemCode, me: MailAccount, submission: Submission, authority: Authority, certificate: Issued
) -> None:
    account, secret = me.account, me.secret
    expired = authority.issue(expired=True)
    with (
        ScriptedServer(offers_no_tls) as plain,
        ScriptedServer(greets, context=expired.server_context()) as old,
    ):
        match kind:
            case "password":
                secret = Secret("not the password")
            case "closed port":
                account = by_imap(account, free_port())
            case "port of another service":
                account = by_imap(account, submission.port)
            case "no TLS":
                account = by_imap(account, plain.port, "starttls")
            case "expired":
                account = by_imap(account, old.port)
            case "unknown authority":
                account = replace(account, trust=ServerTrust())
            case "changed":
                account = replace(account, trust=ServerTrust(pin_sha256="0" * 64))
        result = check_account(account, secret, on_event=lambda _event: None)
    assert not result.ok and result.failed_step is not None
    assert_explained(result.problem, code, me)
    if code.value.startswith("certificate_"):
        assert result.problem is not None and result.problem.certificate is not None
        expected = expired.sha256 if kind == "expired" else certificate.sha256
        assert result.problem.certificate.sha256 == expected


@pytest.mark.parametrize(
    ("trust", "state"),
    [(ServerTrust(pin_sha256="0" * 64), InboxState.CERTIFICATE), (ServerTrust(), InboxState.CERTIFICATE)],
)
def test_a_connected_inbox_whose_certificate_changes(
    desk: Desk, inbox: Inbox, me: MailAccount, trust: ServerTrust, state: InboxState
) -> None:
    changed = replace(inbox, account=replace(inbox.account, trust=trust))
    for _ in range(2):
        with pytest.raises(MailFault) as caught:
            desk.sync(changed)
        mark_trouble(desk.workspace, inbox.id, caught.value.problem)
    assert desk.inbox(inbox.id).state == state
    events = desk.feed(EventKind.INBOX)
    assert len(events) == 1 and events[0].inbox_address == me.address
    desk.sync(inbox)
    assert desk.inbox(inbox.id).state == InboxState.CONNECTED


# -- reading


@pytest.mark.parametrize("after", [2_500, 9_000, 60_000, 450_000])
def test_server_gone_in_mid_fetch(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot, after: int
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    for number in range(5):
        text = f"Nr {number}\n" + "x" * 70 * 1500
        me.deliver(
            written(ada.address, me.address, parent=sent.message_id, message_id=f"m{number}@x.example", text=text)
        )
    with FaultProxy(dovecot.imaps_port) as proxy:
        by_proxy = desk.move(inbox, imap_port=proxy.port)
        proxy.cut_after_received(after)
        with pytest.raises(MailFault) as caught:
            desk.sync(by_proxy)
        assert_explained(caught.value.problem, ProblemCode.CONNECTION_LOST)
        assert len(desk.feed(EventKind.REPLY)) < 5
        desk.sync(by_proxy)
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 5
    bodies = desk.workspace.store.ledgers.read(inbox.id)[0].bodies
    # one row a body that was taken in; what was asked for when the server went away stays beside it, and says so
    assert sorted(b.message_id for b in bodies if b.why != ASKED_FOR) == [f"m{n}@x.example" for n in range(5)]
    assert len([b for b in bodies if b.why == ASKED_FOR]) <= (1 if after > 2_500 else 0)
    assert desk.workspace.store.inboxes.aside(inbox.id) == ()


def damage(dovecot: Dovecot, me: MailAccount, uid: int, where: float) -> tuple[Path, Path]:
    """Dovecot hangs up on this message from now on. Gives its file and a good copy."""
    folder = dovecot.root / "mail" / me.address / "maildir"
    # the names' order is not that of the numbers: the microseconds in them have no leading zeros
    numbered = re.search(rf"^{uid} .*?:(\S+)$", (folder / "dovecot-uidlist").read_text("latin-1"), re.MULTILINE)
    assert numbered is not None
    (file,) = [f for f in folder.glob("*/*") if f.name.startswith(numbered.group(1))]
    good = dovecot.root / f"good-{file.name}"
    shutil.copy(file, good)
    packed = bytearray(gzip.compress(file.read_bytes()))
    place = int(len(packed) * where)
    packed[place : place + 40] = random.Random(1).randbytes(40)
    with file.open("r+b") as out:  # the same file: its owner and name stay
        out.truncate(0)
        out.write(packed)
    return file, good


@pytest.mark.parametrize("where", [0.5, 0.02], ids=["in its body", "in its header"])
def test_a_damaged_message_is_set_aside(
    desk: Desk,
    inbox: Inbox,
    me: MailAccount,
    mailbox: Mailboxes,
    dovecot: Dovecot,
    where: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Dovecot ends the connection in the middle of such a message."""
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    noise = random.Random(2)
    for number in range(6):
        text = f"Nr {number}\n\n" + "\n".join(noise.randbytes(35).hex() for _ in range(6000 if number == 2 else 3))
        me.deliver(
            written(ada.address, me.address, parent=sent.message_id, message_id=f"m{number}@x.example", text=text)
        )
    file, good = damage(dovecot, me, 3, where)
    lost = 0
    while len(desk.feed(EventKind.REPLY)) < 5:
        lost += 1
        assert lost < 7
        with pytest.raises(MailFault) as caught:
            desk.sync(inbox)
        assert_explained(caught.value.problem, ProblemCode.CONNECTION_LOST)
        if lost >= 3 and desk.workspace.store.inboxes.aside(inbox.id):
            desk.sync(inbox)
    assert [(folder, uid) for folder, uid, _ in desk.workspace.store.inboxes.aside(inbox.id)] == [("INBOX", 3)]
    assert desk.sync(inbox)["INBOX"].logged == 0  # it is left alone for a while
    # still broken when it is tried again: one more connection lost, then left alone for longer
    later = [timedelta(minutes=11)]
    real_now = syncing.now
    for module in (sync_inbox, take_many):
        monkeypatch.setattr(module, "now", lambda: real_now() + later[0])
    with pytest.raises(MailFault):
        desk.sync(inbox)
    assert desk.sync(inbox)["INBOX"].logged == 0
    assert len(desk.workspace.store.inboxes.aside(inbox.id)) == 1
    # mended
    with file.open("r+b") as out:
        out.truncate(0)
        out.write(good.read_bytes())
    later[0] = timedelta(hours=3)
    assert desk.sync(inbox)["INBOX"].logged == 1
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 6
    assert desk.workspace.store.inboxes.aside(inbox.id) == ()


def test_a_header_beyond_all_measure_is_set_aside(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="m1@x.example"))
    endless = "".join(f" <{'r' * 60}{n}@example.net>\n" for n in range(16_000))
    me.append("INBOX", f"From: {ada.address}\nReferences:{endless}\nX\n")
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="m2@x.example"))
    desk.sync(inbox)
    assert {m.message_id for m in desk.received(ada.address)} == {"m1@x.example", "m2@x.example"}
    assert [uid for _, uid, _ in desk.workspace.store.inboxes.aside(inbox.id)] == [2]


def test_set_aside_here_and_logged_from_another_inbox(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="m1@x.example"))
    desk.sync(inbox)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None
    with desk.workspace.store.transaction():
        inboxes = desk.workspace.store.inboxes
        inboxes.set_aside(inbox.id, "INBOX", cursor.uid_validity, 1, "broken_message", syncing.now())
    desk.sync(inbox)
    assert desk.workspace.store.inboxes.aside(inbox.id) == ()


class TinyDisk:
    """The database may not grow while it is `full`: SQLite itself then says that the disk is."""

    def __init__(self, desk: Desk) -> None:
        self._sql = desk.workspace.store._database.execute_sql

    def __enter__(self) -> None:
        pages = self._sql("PRAGMA page_count").fetchone()[0]
        self._sql(f"PRAGMA max_page_count = {pages + 1}")

    def __exit__(self, *_: object) -> None:
        self._sql("PRAGMA max_page_count = 1073741823")


def test_full_disk_while_reading(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    for number in range(4):
        text = f"Nr {number}\n" + "y" * 9000
        me.deliver(
            written(ada.address, me.address, parent=sent.message_id, message_id=f"m{number}@x.example", text=text)
        )
    with TinyDisk(desk):
        with pytest.raises(DiskFull, match="free some space"):
            desk.sync(inbox)
        assert len(desk.feed(EventKind.REPLY)) < 4
    desk.sync(inbox)
    assert len(desk.received(ada.address)) == len(desk.feed(EventKind.REPLY)) == 4


# -- sending


def again(desk: Desk, outbox_id: OutboxId) -> OutboxMessage:
    """The next try, now."""
    with desk.workspace.store.transaction():
        desk.workspace.store.outbox.retry(outbox_id)
    send_message(desk.workspace, outbox_id, NEVER)
    file_sent_copies(desk.workspace, NEVER)
    return desk.outgoing(outbox_id)


def copies(person: MailAccount, message: OutboxMessage, folder: str = "INBOX") -> int:
    return sum(f"Message-ID: <{message.message_id}>".encode() in raw for raw in person.messages(folder))


def states(message: OutboxMessage) -> list[str]:
    return [c.state.value for c in message.copies]


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_connection_lost_before_the_message(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission, stage: str
) -> None:
    ada = mailbox("ada")
    submission.faults[stage] = [DROP]
    message = desk.send(inbox, ada)
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["pending"])
    assert_explained(message.problem, ProblemCode.CONNECTION_LOST)
    assert timedelta(seconds=50) < message.not_before - syncing.now() < timedelta(seconds=70)
    assert desk.timeline(ada.address)[0].outbox_state == OutboxState.QUEUED
    assert again(desk, message.id).state == OutboxState.SENT
    assert copies(ada, message) == copies_in_sent(desk, message) == 1


def copies_in_sent(desk: Desk, message: OutboxMessage) -> int:
    inbox = desk.inbox(message.draft.inbox_id)
    with open_imap(inbox.account, desk.workspace.password(inbox)) as imap:
        imap.select("Sent")
        return len(imap.search_message_id(message.message_id))


@pytest.mark.parametrize(("stage", "arrives"), [("DATA", 0), ("ANSWER", 1)])
def test_connection_lost_within_the_message(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, submission: Submission, stage: str, arrives: int
) -> None:
    """Without copies by the server nobody can know: never sent again unasked."""
    ada = mailbox("ada")
    submission.faults[stage] = [DROP]
    message = desk.send(inbox, ada)
    assert (message.state, states(message)) == (OutboxState.UNKNOWN, ["unknown"])
    assert_explained(message.problem, ProblemCode.OUTCOME_UNKNOWN)
    assert desk.timeline(ada.address)[0].outbox_state == OutboxState.UNKNOWN
    assert send_due(desk.workspace, NEVER) == ()
    assert (copies(ada, message), copies(me, message, "Sent")) == (arrives, 0)
    settle_unknown(desk.workspace, message.id, sent=bool(arrives))
    send_due(desk.workspace, NEVER)
    file_sent_copies(desk.workspace, NEVER)
    assert desk.outgoing(message.id).state == OutboxState.SENT
    assert copies(ada, message) == copies(me, message, "Sent") == 1


@pytest.mark.parametrize(("stage", "arrives"), [("DATA", 0), ("ANSWER", 1)])
def test_sent_settles_a_lost_answer(
    desk: Desk,
    me: MailAccount,
    mailbox: Mailboxes,
    submission: Submission,
    stage: str,
    arrives: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What lies there went out. What does not is looked for again, and then left to the person."""
    ada, bob = mailbox("ada"), mailbox("bob")
    submission.file_sent_copy = True
    inbox = desk.connect(me, files_sent_copies=True)
    submission.faults[stage] = [DROP]
    message = desk.send(inbox, ada, bob)
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["in_flight", "pending"])
    assert_explained(message.problem, ProblemCode.OUTCOME_UNKNOWN)
    assert not undo_send(desk.workspace, message.id)
    message = again(desk, message.id)
    if arrives:
        assert (message.state, states(message)) == (OutboxState.SENT, ["accepted", "accepted"])
    else:  # it may still come; the other one does not wait for that
        assert (message.state, states(message)) == (OutboxState.QUEUED, ["in_flight", "accepted"])
        monkeypatch.setattr(sending, "SETTLE_AFTER", timedelta(0))
        message = again(desk, message.id)
        assert (message.state, states(message)) == (OutboxState.UNKNOWN, ["unknown", "accepted"])
        settle_unknown(desk.workspace, message.id, sent=False)
        assert not undo_send(desk.workspace, message.id)  # who knows
        message = again(desk, message.id)
        assert message.state == OutboxState.SENT
    assert [copies(person, message) for person in (ada, bob)] == [1, 1]
    assert copies(me, message, "Sent") == 1
    assert b"X-Hitchpost-Copy: sender" in me.messages("Sent")[0]


def expunge(person: MailAccount, folder: str) -> None:
    with person.dovecot._login(person.address) as connection:
        connection.select(folder)
        connection.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        connection.expunge()


def test_a_copy_that_was_moved_out_of_sent_is_not_sent_again(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who reads mail on the telephone, too, files it away; or a rule does."""
    ada = mailbox("ada")
    submission.file_sent_copy = True
    inbox = desk.connect(me, files_sent_copies=True)
    submission.faults["ANSWER"] = [DROP]
    message = desk.send(inbox, ada)
    expunge(me, "Sent")
    monkeypatch.setattr(sending, "SETTLE_AFTER", timedelta(0))
    message = again(desk, message.id)
    assert (message.state, states(message)) == (OutboxState.UNKNOWN, ["unknown"])
    assert copies(ada, message) == 1


def test_sent_settles_it_even_late(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person was asked already; then the server files its copy after all, and the sync comes upon it."""
    ada = mailbox("ada")
    inbox = desk.connect(me, files_sent_copies=True)
    submission.faults["ANSWER"] = [DROP]
    monkeypatch.setattr(sending, "SETTLE_AFTER", timedelta(0))
    message = again(desk, desk.send(inbox, ada).id)
    assert message.state == OutboxState.UNKNOWN
    me.append("Sent", ada.messages()[0])
    desk.sync(inbox)
    file_sent_copies(desk.workspace, NEVER)
    message = desk.outgoing(message.id)
    assert (message.state, message.sent_copy_filed) == (OutboxState.SENT, True)
    assert copies(ada, message) == copies(me, message, "Sent") == 1


def test_sent_cannot_be_looked_at(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = mailbox("ada"), mailbox("bob")
    inbox = desk.move(desk.connect(me, files_sent_copies=True), imap_port=free_port())
    submission.faults["ANSWER"] = [DROP]
    monkeypatch.setattr(sending, "SETTLE_AFTER", timedelta(0))
    message = again(desk, desk.send(inbox, ada, bob).id)
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["in_flight", "accepted"])
    monkeypatch.setattr(sending, "LOOK_FOR", timedelta(0))
    assert again(desk, message.id).state == OutboxState.UNKNOWN
    assert (copies(ada, message), copies(bob, message)) == (1, 1)


@pytest.mark.parametrize("kind", ["answer", "bounce"])
def test_an_answer_settles_what_nobody_knew(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, submission: Submission, kind: str
) -> None:
    ada = mailbox("ada")
    submission.recipient_replies["bob@example.org"] = "550 5.1.1 nobody"
    submission.faults["ANSWER"] = [DROP]
    recipient = ada if kind == "answer" else "nobody@example.com"
    message = desk.send(inbox, recipient, "bob@example.org")
    message = again(desk, message.id)
    assert states(message) == ["unknown", "refused"]
    if kind == "answer":
        me.deliver(written("ada@home.example", me.address, parent=message.message_id, message_id="foreign@x.example"))
        desk.sync(inbox)
        assert desk.outgoing(message.id).state == OutboxState.UNKNOWN  # it may be from either of them
        me.deliver(written(ada.address, me.address, parent=message.message_id, message_id="own@x.example"))
    me.wait_for_messages(1)
    desk.sync(inbox)
    message = desk.outgoing(message.id)
    assert (message.state, states(message)) == (OutboxState.PARTLY, ["accepted", "refused"])
    assert_explained(message.problem, ProblemCode.RECIPIENT_REFUSED)


@pytest.mark.parametrize(
    "reply",
    [
        "451 4.7.1 Greylisted, try again later",
        "452 4.2.2 Mailbox full",
        "450 4.4.5 Daily sending limit reached",
        "452 4.3.1 Insufficient system storage",
    ],
)
def test_refused_for_now_goes_out_later(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission, reply: str
) -> None:
    ada, bob, cid = mailbox("ada"), mailbox("bob"), mailbox("cid")
    submission.recipient_replies[bob.address] = reply
    message = desk.send(inbox, ada, bob, cid)
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["accepted", "pending", "accepted"])
    assert message.problem is not None and message.problem.server_says.startswith(reply[4:])
    assert not undo_send(desk.workspace, message.id)
    submission.recipient_replies.clear()
    message = again(desk, message.id)
    assert (message.state, message.problem) == (OutboxState.SENT, None)
    assert [copies(p, message) for p in (ada, bob, cid)] == [1, 1, 1]
    assert copies_in_sent(desk, message) == 1


def test_one_of_several_is_refused(desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission) -> None:
    ada, cid = mailbox("ada"), mailbox("cid")
    submission.recipient_replies["bob@example.org"] = "550 5.1.1 no such user here"
    message = desk.send(inbox, ada, "bob@example.org", cid)
    assert (message.state, states(message)) == (OutboxState.PARTLY, ["accepted", "refused", "accepted"])
    shown = desk.timeline(ada.address)[0]
    assert (shown.outbox_state, shown.outbox_id) == (OutboxState.PARTLY, message.id)
    assert_explained(shown.problem, ProblemCode.RECIPIENT_REFUSED)
    assert shown.problem is not None and "no such user here" in shown.problem.server_says
    assert copies(ada, message) == copies(cid, message) == copies_in_sent(desk, message) == 1
    submission.recipient_replies.clear()
    retry(desk.workspace, message.id)
    send_due(desk.workspace, NEVER)
    file_sent_copies(desk.workspace, NEVER)
    message = desk.outgoing(message.id)
    assert message.state == OutboxState.SENT  # the server takes it now
    assert copies(ada, message) == copies_in_sent(desk, message) == 1
    assert desk.timeline(ada.address)[0].problem is None


def test_sender_refused(desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission) -> None:
    ada = mailbox("ada")
    submission.faults["MAIL"] = ["553 5.7.1 Sender address rejected: not owned by user"]
    message = desk.send(inbox, ada)
    assert (message.state, states(message)) == (OutboxState.FAILED, ["refused"])
    assert_explained(message.problem, ProblemCode.SENDER_REFUSED)
    assert desk.timeline(ada.address)[0].outbox_state == OutboxState.FAILED
    assert (copies(ada, message), copies_in_sent(desk, message)) == (0, 0)
    retry(desk.workspace, message.id)
    assert send_due(desk.workspace, NEVER) == (message.id,)
    assert desk.outgoing(message.id).state == OutboxState.SENT


def test_server_that_ends_each_connection_early(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission
) -> None:
    """Two messages a connection, and 421 then: the others go over new connections, at once."""
    people = [mailbox(f"p{n}") for n in range(5)]
    fine: list[str | Callable[[], str | None]] = [lambda: None, lambda: None]
    submission.faults["MAIL"] = [*fine, "421 4.7.0 enough for now", *fine]
    message = desk.send(inbox, *people)
    assert states(message) == ["accepted", "accepted", "pending", "accepted", "accepted"]
    message = again(desk, message.id)
    assert message.state == OutboxState.SENT
    assert [copies(p, message) for p in people] == [1] * 5


def test_wrong_password_of_the_outgoing_server(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    secrets = desk.workspace.secrets.store()
    secrets.set(f"{inbox.address}:smtp", Secret("not the password"))
    message = desk.send(inbox, ada)
    assert message.state == OutboxState.FAILED
    assert_explained(message.problem, ProblemCode.WRONG_CREDENTIALS)
    secrets.delete(f"{inbox.address}:smtp")
    retry(desk.workspace, message.id)
    send_due(desk.workspace, NEVER)
    assert desk.outgoing(message.id).state == OutboxState.SENT
    assert copies(ada, message) == 1


def test_nobody_at_home(desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission) -> None:
    """The server is away; it is tried for days, and then given up with its reason; the person may try again."""
    ada = mailbox("ada")
    away = desk.move(inbox, smtp_port=free_port())
    message = desk.send(away, ada)
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["pending"])
    assert_explained(message.problem, ProblemCode.CONNECTION_REFUSED)
    waits = []
    for _ in range(12):
        message = desk.outgoing(message.id)
        if message.state != OutboxState.QUEUED:
            break
        waits.append(message.not_before - syncing.now())
        with desk.workspace.store.transaction():
            desk.workspace.store.outbox.defer(message.id, syncing.now(), None)
        send_message(desk.workspace, message.id, NEVER)
    assert len(waits) == 10 and sum(waits, timedelta()) > timedelta(days=2)
    message = desk.outgoing(message.id)
    assert (message.state, states(message)) == (OutboxState.FAILED, ["refused"])
    retry(desk.workspace, message.id)
    send_due(desk.workspace, NEVER)
    assert desk.outgoing(message.id).state == OutboxState.QUEUED  # all tries are open again
    desk.move(away, smtp_port=submission.port)
    assert again(desk, message.id).state == OutboxState.SENT
    assert copies(ada, message) == 1


def test_a_lost_attachment_stops_only_its_message(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada, bob = mailbox("ada"), mailbox("bob")
    ref = store_content(desk.workspace, "offert.pdf", "application/pdf", b"%PDF-1.4")
    broken = desk.queue(inbox, ada, attachments=(ref,))
    whole = desk.queue(inbox, bob)
    path = desk.workspace.store.files.path(ref.sha256)
    path.unlink()
    with pytest.raises(StoreError, match="cannot be read"):
        send_due(desk.workspace, NEVER)
    assert desk.outgoing(whole).state == OutboxState.SENT
    assert desk.outgoing(broken).state == OutboxState.QUEUED
    path.write_bytes(b"%PDF-1.4")
    assert again(desk, broken).state == OutboxState.SENT
    assert copies(ada, desk.outgoing(broken)) == 1


def test_mail_of_a_disabled_inbox_waits(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    outbox_id = desk.queue(inbox, ada)
    disable_inbox(desk.workspace, inbox.id)
    assert send_due(desk.workspace, NEVER) == ()
    assert desk.workspace.store.outbox.next_due() is None
    enable_inbox(desk.workspace, inbox.id)
    assert send_due(desk.workspace, NEVER) == (outbox_id,)
    assert copies(ada, desk.outgoing(outbox_id)) == 1


# -- the disk


def test_full_disk_before_the_message_goes_out(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    outbox_id = desk.queue(inbox, ada, text="z" * 20_000)
    with TinyDisk(desk):
        with pytest.raises(DiskFull, match="free some space"):
            send_message(desk.workspace, outbox_id, NEVER)
        with pytest.raises(DiskFull):
            desk.queue(inbox, ada, text="z" * 20_000)
    assert copies(ada, desk.outgoing(outbox_id)) == 0
    assert again(desk, outbox_id).state == OutboxState.SENT
    assert copies(ada, desk.outgoing(outbox_id)) == 1


@pytest.mark.parametrize(("times", "state"), [(2, OutboxState.SENT), (99, OutboxState.UNKNOWN)])
def test_no_room_for_the_servers_answer(
    desk: Desk,
    inbox: Inbox,
    mailbox: Mailboxes,
    monkeypatch: pytest.MonkeyPatch,
    times: int,
    state: OutboxState,
) -> None:
    """It is held for a while; when there is no room for long, nobody is told that it was sent, or that it was not."""
    ada = mailbox("ada")
    real = outbox_table.OutboxTable.set_copy
    left = [times]

    def set_copy(
        self: outbox_table.OutboxTable, outbox_id: OutboxId, position: int, to: CopyState, *more: object
    ) -> None:
        if to == CopyState.ACCEPTED and left[0] > 0:
            left[0] -= 1
            with TinyDisk(desk):
                filling = AttachmentRef("x", "text/plain", 0, "0" * 64)
                draft = desk.outgoing(outbox_id).draft
                self.save_draft(replace(draft, text="f" * 60_000, attachments=(filling,)), 1)
        real(self, outbox_id, position, to, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox_table.OutboxTable, "set_copy", set_copy)
    monkeypatch.setattr(sending, "KEEP_TRYING", 1.2)
    outbox_id = desk.queue(inbox, ada)
    if state == OutboxState.SENT:
        assert send_message(desk.workspace, outbox_id, NEVER) == state
    else:
        with pytest.raises(DiskFull):
            send_message(desk.workspace, outbox_id, NEVER)
        left[0] = 0
        again(desk, outbox_id)
    message = desk.outgoing(outbox_id)
    assert message.state == state
    assert copies(ada, message) == 1


# -- the copy in Sent


def test_sent_copy_waits_for_the_server(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot
) -> None:
    ada = mailbox("ada")
    away = desk.move(inbox, imap_port=free_port())
    message = desk.send(away, ada)
    assert (message.state, message.sent_copy_filed) == (OutboxState.SENT, False)
    desk.move(away, imap_port=dovecot.imaps_port)
    assert file_sent_copies(desk.workspace, NEVER) == (message.id,)
    assert copies(me, message, "Sent") == 1


def test_two_at_once_file_one_copy(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window and `hitchpost send`, at the same moment."""
    ada = mailbox("ada")
    waiting = [desk.queue(inbox, ada, subject=f"Nr {n}") for n in range(2)]
    send_due(desk.workspace, NEVER)
    look = filing._copies

    def look_slowly(imap: ImapSession, message_id: str) -> tuple[list[int], dict[int, str]]:
        found = look(imap, message_id)
        time.sleep(0.5)  # time for the others to look, too
        return found

    monkeypatch.setattr(filing, "_copies", look_slowly)
    start = threading.Barrier(3)

    def file() -> None:
        start.wait(10)
        file_sent_copies(desk.workspace, NEVER)
        desk.workspace.store.close_thread()

    threads = [threading.Thread(target=file) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [copies(me, desk.outgoing(w), "Sent") for w in waiting] == [1, 1]
    assert all(desk.outgoing(w).sent_copy_filed for w in waiting)


def test_the_servers_own_copy_may_come_late(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours waits for it, or both would stay."""
    monkeypatch.setattr("app.services.file_sent_copy._LOOK_AGAIN", (0.05,))
    ada = mailbox("ada")
    inbox = desk.connect(me, files_sent_copies=True)
    message = desk.send(inbox, ada)
    assert (message.state, message.sent_copy_filed, me.messages("Sent")) == (OutboxState.SENT, False, [])
    me.append("Sent", ada.messages()[0])
    assert file_sent_copies(desk.workspace, NEVER) == (message.id,)
    assert [b"X-Hitchpost-Copy: sender" in raw for raw in me.messages("Sent")] == [True]
    # it never comes: after a while ours is filed all the same
    second = desk.send(inbox, ada)
    monkeypatch.setattr("app.services.file_sent_copy.LATE", timedelta(0))
    assert file_sent_copies(desk.workspace, NEVER) == (second.id,)
    assert copies(me, second, "Sent") == 1


def test_a_copy_that_the_server_files_late_gives_way(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    """So late that the check took the server for one that files none: the sync comes upon it, and it is known then."""
    ada = mailbox("ada")
    message = desk.send(inbox, ada)
    assert copies(me, message, "Sent") == 1
    me.append("Sent", ada.messages()[0])
    assert copies(me, message, "Sent") == 2
    desk.sync(inbox)
    assert desk.inbox(inbox.id).files_sent_copies
    file_sent_copies(desk.workspace, NEVER)
    assert [b"X-Hitchpost-Copy: sender" in raw for raw in me.messages("Sent")] == [True]
    desk.sync(inbox)
    assert desk.outgoing(message.id).sent_copy_filed


def test_what_was_sent_to_oneself_and_moved_shows_nothing_about_the_server(
    desk: Desk, inbox: Inbox, me: MailAccount
) -> None:
    message = desk.send(inbox, me)
    me.append("Sent", me.wait_for_messages(1)[0])
    desk.sync(inbox)
    file_sent_copies(desk.workspace, NEVER)
    assert not desk.inbox(inbox.id).files_sent_copies
    assert copies(me, message, "Sent") == 2


def test_one_copy_where_the_servers_cannot_be_taken_away(home: Path, certificate: Issued, authority: Authority) -> None:
    """Without UIDPLUS its own stays, and ours is not put beside it."""
    plain = "IMAP4rev1 LITERAL+ IDLE NAMESPACE SPECIAL-USE"
    with (
        open_desk(home) as desk,
        Dovecot(certificate, capability=plain) as dovecot,
        Submission(dovecot, certificate, file_sent_copy=True) as submission,
    ):
        for address in ("jo@example.com", "ka@example.com"):
            dovecot.add_user(address, "pw")
        account = ImapAccount(
            "jo@example.com",
            endpoint(dovecot.imaps_port, "tls"),
            endpoint(submission.port, "starttls"),
            "jo@example.com",
            trust=ServerTrust(ca_pem=authority.ca_pem),
        )
        result = CheckResult(True, sent_folder="Sent", files_sent_copies=True)
        inbox_id = connect_inbox(desk.workspace, account, Secret("pw"), None, result)
        message = desk.send(desk.inbox(inbox_id), "ka@example.com")
        assert (message.state, message.sent_copy_filed) == (OutboxState.SENT, True)
        assert len(dovecot.messages("jo@example.com", "Sent")) == 1
        desk.sync(desk.inbox(inbox_id))
        file_sent_copies(desk.workspace, NEVER)
        assert len(dovecot.messages("jo@example.com", "Sent")) == 1


def test_a_provider_that_gives_messages_another_id(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its copy in Sent is known by our mark; answers name the other id and are recognised."""
    monkeypatch.setattr("app.services.file_sent_copy._LOOK_AGAIN", (0.0,))
    ada = mailbox("ada")
    inbox = desk.connect(me, files_sent_copies=True)
    desk.sync(inbox)
    message = desk.send(inbox, ada)
    assert not message.sent_copy_filed
    me.append("Sent", ada.messages()[0].replace(message.message_id.encode(), b"made-by-the-server@provider.example"))
    assert file_sent_copies(desk.workspace, NEVER) == (message.id,)
    assert [b"X-Hitchpost-Copy: sender" in raw for raw in me.messages("Sent")] == [True]
    parent = "made-by-the-server@provider.example"
    me.deliver(written(ada.address, me.address, parent=parent, message_id="renamed@x.example"))
    assert desk.sync(inbox)["INBOX"].logged == 1


def test_another_id_is_recognised_by_the_sync_too(desk: Desk, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    inbox = desk.connect(me, files_sent_copies=True)
    desk.sync(inbox)
    outbox_id = desk.queue(inbox, ada)
    send_message(desk.workspace, outbox_id, NEVER)
    own = desk.outgoing(outbox_id).message_id.encode()
    me.append("Sent", ada.messages()[0].replace(own, b"other@provider.example"))
    report = desk.sync(inbox)["Sent"]
    assert (report.headers_read, report.bodies_read) == (1, 0)
    known = desk.workspace.store.messages.known(["other@provider.example"])
    assert [k.message_id.encode() for k in known.values()] == [own]


# -- what is not to be kept


def everything_on_disk(desk: Desk) -> bytes:
    desk.workspace.store.close()
    return b"".join(p.read_bytes() for p in desk.workspace.folder.rglob("*") if p.is_file())


def test_of_an_unlogged_message_no_text_stays(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = mailbox("ada")
    ref = store_content(desk.workspace, "offert.txt", "text/plain", b"WITH-THE-UNLOGGED-ONE")
    kept = store_content(desk.workspace, "logged.txt", "text/plain", b"WITH-A-LOGGED-ONE")
    desk.send(inbox, ada, attachments=(kept,))
    message = desk.send(inbox, ada, text="UNLOGGED-BODY", html="<p>UNLOGGED-BODY</p>", log=False, attachments=(ref,))
    assert (message.state, message.sent_copy_filed, message.emptied) == (OutboxState.SENT, True, True)
    assert (message.draft.text, message.draft.html, message.draft.attachments) == ("", "", ())
    assert b"UNLOGGED-BODY" in ada.messages()[-1]
    draft = Draft(inbox.id, (), "DISCARDED-SUBJECT", text="DISCARDED-BODY")
    assert discard_draft(desk.workspace, save_draft(desk.workspace, draft))
    monkeypatch.setattr("app.store.store.KEEP_UNNAMED", -1.0)
    file_sent_copies(desk.workspace, NEVER)
    left = everything_on_disk(desk)
    for text in (b"UNLOGGED-BODY", b"WITH-THE-UNLOGGED-ONE", b"DISCARDED-SUBJECT", b"DISCARDED-BODY"):
        assert text not in left, text
    assert b"WITH-A-LOGGED-ONE" in left


def test_an_unlogged_message_keeps_its_text_as_long_as_it_is_needed(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot
) -> None:
    away = desk.move(inbox, imap_port=free_port())
    message = desk.send(away, mailbox("ada"), text="UNLOGGED-BODY", log=False)
    assert (message.state, message.emptied, message.draft.text) == (OutboxState.SENT, False, "UNLOGGED-BODY")
    desk.move(away, imap_port=dovecot.imaps_port)
    file_sent_copies(desk.workspace, NEVER)
    assert desk.outgoing(message.id).emptied
    assert b"UNLOGGED-BODY" in me.messages("Sent")[0]


# -- undo, and what is overdue


def test_undo_after_a_try_that_failed(desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission) -> None:
    """Nothing has gone out: it is a draft again, on no timeline, and may become another message."""
    ada = mailbox("ada")
    submission.faults["DATA"] = ["451 4.3.0 try again later"]
    message = desk.send(inbox, ada)
    assert (message.state, states(message)) == (OutboxState.QUEUED, ["pending"])
    assert len(desk.timeline(ada.address)) == 1
    assert undo_send(desk.workspace, message.id)
    assert desk.timeline(ada.address) == ()
    assert desk.outgoing(message.id).state == OutboxState.DRAFT
    changed = replace(desk.outgoing(message.id).draft, subject="Another subject", text="Another text")
    assert queue_message(desk.workspace, changed, message.id) == message.id
    assert send_due(desk.workspace, NEVER) == (message.id,)
    (shown,) = desk.timeline(ada.address)
    assert (shown.subject, shown.message_id) == ("Another subject", desk.outgoing(message.id).message_id)
    assert len(ada.messages()) == 1


def test_a_message_that_is_long_overdue_becomes_a_draft(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    """The computer slept over the time at which it was to go."""
    ada = mailbox("ada")
    late = syncing.now() - timedelta(days=30)
    outbox_id = desk.queue(inbox, ada, subject="Happy new year", send_at=late)
    soon = desk.queue(inbox, ada, subject="An hour late", send_at=syncing.now() - timedelta(hours=1))
    assert set(send_due(desk.workspace, NEVER)) == {outbox_id, soon}
    message = desk.outgoing(outbox_id)
    assert (message.state, message.draft.send_at) == (OutboxState.DRAFT, None)
    assert_explained(message.problem, ProblemCode.OVERDUE)
    assert [row.problem for row in desk.workspace.store.outbox.rows(OutboxState.DRAFT)] == [message.problem]
    assert desk.outgoing(soon).state == OutboxState.SENT
    queue_message(desk.workspace, message.draft, outbox_id)
    assert send_due(desk.workspace, NEVER) == (outbox_id,)
    assert len(ada.messages()) == 2


def test_what_two_processes_send_goes_out_once(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    waiting = [desk.queue(inbox, ada, subject=f"Nr {n}") for n in range(6)]
    start = threading.Barrier(2)

    def send() -> None:
        start.wait(10)
        send_due(desk.workspace, NEVER)
        desk.workspace.store.close_thread()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [copies(ada, desk.outgoing(w)) for w in waiting] == [1] * 6
