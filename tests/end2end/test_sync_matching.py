"""Answers that come before what they answer is known here, and ids that providers rewrote (R1, R3, R5)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.events import EventKind
from app.domain.inboxes import Inbox, InboxState
from app.runtime import inbox_worker
from app.runtime.inbox_worker import InboxWorker
from app.store import waiting
from app.store.fields import now
from tests.support.desk import Desk, Mailboxes, open_desk, written
from tests.support.mailbox import MailAccount


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with open_desk(home) as opened:
        yield opened


@pytest.fixture
def me(mailbox: Mailboxes) -> MailAccount:
    return mailbox("jonas", from_name="Jonas Ahl")


@pytest.fixture
def inbox(desk: Desk, me: MailAccount) -> Inbox:
    connected = desk.connect(me)
    desk.sync(connected)
    return connected


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
