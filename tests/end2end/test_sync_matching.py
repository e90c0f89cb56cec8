"""Answers that come before what they answer is known here, and ids that providers rewrote (R1, R3, R5)."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from pytestqt.qtbot import QtBot

from app.backends.imap import ImapSession
from app.domain.errors import MailFault
from app.domain.events import EventKind
from app.domain.inboxes import Inbox, InboxState
from app.domain.problems import Problem, ProblemCode
from app.runtime import inbox_worker
from app.runtime.inbox_worker import InboxWorker
from app.store import waiting
from app.store.fields import now
from tests.support.desk import Desk, Mailboxes, answer, foreign, reports, written
from tests.support.mailbox import MailAccount


def test_an_answer_before_its_original(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    """Written on the telephone in a known thread, answered before Sent shows it; and the answer to that."""
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.deliver(written(ada.address, me.address, parent="phone@x.example", message_id="early@x.example", text="Ja"))
    me.deliver(written(ada.address, me.address, parent="early@x.example", message_id="next@x.example", text="Och"))
    found = desk.sync(inbox)["INBOX"]
    assert (found.logged, found.bodies_read) == (0, 0)
    assert desk.workspace.store.waiting.count(inbox.id) == 2
    me.append("Sent", written(me.address, ada.address, parent=sent.message_id, message_id="phone@x.example"))
    found_again = desk.sync(inbox)
    assert (found_again["Sent"].logged, found_again["INBOX"].logged) == (1, 2)
    assert {m.message_id for m in desk.received(ada.address)} == {"early@x.example", "next@x.example"}
    assert len(desk.notified) == len(desk.feed(EventKind.REPLY)) == 2
    assert desk.workspace.store.waiting.count(inbox.id) == 0
    desk.sync(inbox)
    assert len(desk.feed(EventKind.REPLY)) == 2


def test_an_early_answer_waits_for_every_message_above_it(desk: Desk, inbox: Inbox, me: MailAccount, ours: str) -> None:
    """What becomes known may be the first message of a long thread."""
    above = " ".join(["<root@x.example>", *(f"<t{n}@x.example>" for n in range(6))])
    answer(me, "t5@x.example", "late@x.example", references=above)
    reports(desk, inbox)
    answer(me, ours, "root@x.example")
    reports(desk, inbox)
    reports(desk, inbox)
    assert {m.message_id for m in desk.received("ada@example.com")} == {"root@x.example", "late@x.example"}


_BOUNCE = """{path}From: Mail Delivery System <MAILER-DAEMON@mx.example.com>
To: jonas@example.com
Subject: Undelivered Mail Returned to Sender
Date: Sun, 22 Nov 2026 02:00:00 +0000
Message-ID: <bounce1@mx.example.com>
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

<ada@example.com>: host mx.example.com said: 550 5.1.1 User unknown (in reply to RCPT TO command)

--- The message's headers ---
Message-ID: <{ours}>
Subject: Offert
"""


@pytest.mark.parametrize("path", ["", "Return-Path: <MAILER-DAEMON>\n"])
@pytest.mark.parametrize("others", [5, 650])
def test_a_bounce_without_the_form_of_one_among_few_and_many(
    desk: Desk, inbox: Inbox, me: MailAccount, ours: str, others: int, path: str
) -> None:
    foreign(me, others // 2)
    me.append("INBOX", _BOUNCE.format(path=path, ours=ours))
    foreign(me, others // 2, start=others)
    reports(desk, inbox)
    assert len(desk.feed(EventKind.BOUNCE)) == 1


def test_what_waits_has_an_end(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        me.append(
            "INBOX",
            written("x@example.org", me.address, parent=f"u{number}@x.example", message_id=f"w{number}@x.example"),
        )
    monkeypatch.setattr(waiting, "MOST_WAITING", 4)
    desk.sync(inbox)
    assert desk.workspace.store.waiting.count(inbox.id) == 4
    with desk.workspace.store.transaction():
        desk.workspace.store.waiting.expire(inbox.id, now() + timedelta(days=61))
    assert desk.workspace.store.waiting.count(inbox.id) == 0


def test_one_that_was_deleted_waits_no_more(desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    me.append("INBOX", written(ada.address, me.address, parent="phone@x.example", message_id="early@x.example"))
    desk.sync(inbox)
    with me.dovecot._login(me.address) as connection:
        connection.select("INBOX")
        connection.uid("STORE", "1", "+FLAGS", r"(\Deleted)")
        connection.expunge()
    me.append("Sent", written(me.address, ada.address, parent=sent.message_id, message_id="phone@x.example"))
    desk.sync(inbox)
    assert desk.received(ada.address) == []
    assert desk.workspace.store.waiting.count(inbox.id) == 0


def test_sent_is_looked_at_when_something_answers_what_nobody_knows(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent would be due in an hour."""
    monkeypatch.setattr(inbox_worker, "SENT_EVERY", 3600.0)
    monkeypatch.setattr(inbox_worker, "OTHERS_EVERY", 3600.0)
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    worker = InboxWorker(desk.workspace, inbox.id)
    made: list[int] = []
    worker.events_made.connect(made.extend)
    worker.start()
    qtbot.waitUntil(lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED, timeout=10_000)
    me.append("Sent", written(me.address, ada.address, parent=sent.message_id, message_id="phone@x.example"))
    me.deliver(written(ada.address, me.address, parent="phone@x.example", message_id="early@x.example"))
    qtbot.waitUntil(lambda: len(made) == 1, timeout=10_000)
    assert worker.stop()
    assert [m.message_id for m in desk.received(ada.address)] == ["early@x.example"]


def test_an_id_that_the_provider_rewrote_is_known_in_other_folders_too(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    """Found in an archive under another Message-ID, known by our mark; the answer names only that id."""
    ada = mailbox("ada")
    with me.dovecot._login(me.address) as connection:
        connection.create("Archiv")
    sent = desk.send(inbox, ada)
    mark = sent.copies[0].recipient_ref
    raw = written(me.address, ada.address, message_id="rewritten@provider.example", more=f"X-Hitchpost-Copy: {mark}\n")
    desk.sync(inbox)
    me.append("Archiv", raw)
    me.deliver(written(ada.address, me.address, parent="rewritten@provider.example", message_id="r@x.example"))
    desk.sync(inbox)
    assert [m.message_id for m in desk.received(ada.address)] == ["r@x.example"]
    assert len(desk.timeline(ada.address)) == 2


ANSWERS_AT_ONCE = 4


def early_and_others(me: MailAccount, ours: str) -> None:
    answer(me, "phone@x.example", "early@x.example")
    answer(me, ours, "r1@x.example")
    answer(me, ours, "r2@x.example")


def original_in_sent(desk: Desk, inbox: Inbox, me: MailAccount, ours: str) -> set[str | None]:
    """It shows up; gives what is logged then."""
    raw = written(me.address, "ada@example.com", parent=ours, message_id="phone@x.example")
    me.append("Sent", raw)
    desk.sync(inbox)
    return {m.message_id for m in desk.received("ada@example.com")}


@pytest.fixture
def ours(desk: Desk, mailbox: Mailboxes, me: MailAccount) -> str:
    me.dovecot.add_user("ada@example.com", "x")
    first = desk.connect(mailbox("first"))
    desk.sync(first)
    return desk.send(first, "ada@example.com").message_id


def test_an_early_answer_is_not_forgotten_when_the_connection_ends_behind_it(
    desk: Desk, inbox: Inbox, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early_and_others(me, ours)
    real, read = ImapSession.fetch_body, []

    def ends_at_the_second(self: ImapSession, uid: int) -> bytes:
        read.append(uid)
        if len(read) == 2:
            self._client.wire.close()
            raise MailFault(Problem(ProblemCode.CONNECTION_LOST))
        return real(self, uid)

    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "fetch_body", ends_at_the_second)
        with pytest.raises(MailFault):
            desk.sync(inbox)
    assert desk.workspace.store.waiting.count(inbox.id) == 1
    desk.sync(inbox)
    assert original_in_sent(desk, inbox, me, ours) == {"early@x.example", "r1@x.example", "r2@x.example"}


def test_an_early_answer_is_not_forgotten_when_the_sync_is_stopped_behind_it(
    desk: Desk, inbox: Inbox, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    early_and_others(me, ours)
    real, cancel = ImapSession.fetch_body, threading.Event()

    def stopped(self: ImapSession, uid: int) -> bytes:
        cancel.set()
        return real(self, uid)

    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "fetch_body", stopped)
        reports(desk, inbox, cancel)
    assert desk.workspace.store.waiting.count(inbox.id) == 1
    assert original_in_sent(desk, inbox, me, ours) == {"early@x.example", "r1@x.example", "r2@x.example"}


def test_an_early_answer_among_many_new_messages_waits_too(
    desk: Desk, inbox: Inbox, me: MailAccount, ours: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.read_upwards.MANY", 20)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 5)
    foreign(me, 5)
    answer(me, "phone@x.example", "early@x.example")
    foreign(me, 30, 5)
    desk.sync(inbox)
    assert desk.workspace.store.waiting.count(inbox.id) == 1
    assert original_in_sent(desk, inbox, me, ours) == {"early@x.example"}


@pytest.fixture
def bodies_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """UIDs; new messages go through the sieve, and the bodies of several answers are read together."""
    monkeypatch.setattr("app.services.read_upwards.MANY", 5)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", ANSWERS_AT_ONCE)
    read: list[int] = []
    one, many = ImapSession.fetch_body, ImapSession.fetch_bodies

    def body(self: ImapSession, uid: int) -> bytes:
        read.append(uid)
        return one(self, uid)

    def bodies(self: ImapSession, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        for uid, raw in many(self, sizes):
            read.append(uid)
            yield uid, raw

    monkeypatch.setattr(ImapSession, "fetch_body", body)
    monkeypatch.setattr(ImapSession, "fetch_bodies", bodies)
    return read


def in_ledger(desk: Desk, inbox: Inbox) -> list[int]:
    return sorted(body.uid for body in desk.workspace.store.ledgers.read(inbox.id)[0].bodies)


def test_of_the_same_message_several_times_one_body_is_read(
    desk: Desk, inbox: Inbox, me: MailAccount, ours: str, bodies_read: list[int]
) -> None:
    for message_id in ("same@x.example", "other@x.example", "same@x.example", "third@x.example"):
        answer(me, ours, message_id)
    foreign(me, 8)
    desk.sync(inbox)
    assert bodies_read == [1, 2, 4] == in_ledger(desk, inbox)


def test_a_body_that_another_process_stored_meanwhile_is_in_the_ledger(
    desk: Desk, inbox: Inbox, me: MailAccount, ours: str, bodies_read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(ANSWERS_AT_ONCE):
        answer(me, ours, f"r{number}@x.example")
    foreign(me, 8)
    monkeypatch.setattr("app.services.take_many._READ_AT_ONCE", 1)  # what the others stored is noticed in between
    real = ImapSession.fetch_bodies

    def faster(self: ImapSession, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        yield from real(self, sizes)
        store = desk.workspace.store
        with store.transaction():
            store.messages.add_alias(store.messages.known([ours])[ours].pk, "r1@x.example")

    monkeypatch.setattr(ImapSession, "fetch_bodies", faster)
    found = desk.sync(inbox)["INBOX"]
    assert bodies_read == [1, 2, 3, 4] == in_ledger(desk, inbox)
    assert (found.bodies_read, found.logged) == (4, 3)


@pytest.mark.parametrize("lost", [False, True])
def test_bodies_whose_turn_did_not_come_are_in_the_ledger(
    desk: Desk,
    inbox: Inbox,
    me: MailAccount,
    ours: str,
    bodies_read: list[int],
    monkeypatch: pytest.MonkeyPatch,
    lost: bool,
) -> None:
    for number in range(ANSWERS_AT_ONCE):
        answer(me, ours, f"r{number}@x.example")
    foreign(me, 8)
    real, cancel = ImapSession.fetch_bodies, threading.Event()

    def stopped(self: ImapSession, sizes: Mapping[int, int]) -> Iterator[tuple[int, bytes]]:
        yield from real(self, sizes)
        cancel.set()
        if lost:
            self._client.wire.close()
            raise MailFault(Problem(ProblemCode.CONNECTION_LOST))

    with monkeypatch.context() as patch:
        patch.setattr(ImapSession, "fetch_bodies", stopped)
        if lost:
            with pytest.raises(MailFault):
                reports(desk, inbox, cancel)
        else:
            reports(desk, inbox, cancel)
    assert bodies_read == [1, 2, 3, 4] == in_ledger(desk, inbox)
    assert desk.received("ada@example.com") == []
    desk.sync(inbox)
    assert sorted(bodies_read) == in_ledger(desk, inbox)
    assert len(desk.received("ada@example.com")) == 4
