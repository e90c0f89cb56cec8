"""Answers that are logged as mail with a contact before what they answer is known (`log.mode contacts`): they join it when it
turns up, as those do that only answers are logged of."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from app.backends.imap import open_imap
from app.domain.addresses import Address
from app.domain.events import EventKind, Tracking
from app.domain.inboxes import Inbox
from app.services.arrange_messages import move_message
from app.services.explain_message import explain_message
from app.services.sync_inbox import InboxSync
from app.store.messages import KnownMessage
from tests.end2end.test_sync_first_look import small_pieces
from tests.support.desk import Desk, Mailboxes, answer, foreign, reports, written
from tests.support.mailbox import MailAccount

__all__ = ["small_pieces"]
ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def with_contacts(desk: Desk) -> None:
    store = desk.workspace.store
    with store.transaction():
        store.contacts.add(Address(ADA), created_by="person")
        store.settings.put("log.mode", "contacts")


def sent(me: MailAccount, message_id: str, *, parent: str = "", subject: str = "Offert", folder: str = "Sent") -> None:
    """By another program of the same person."""
    me.append(folder, written(me.address, ADA, parent=parent, message_id=message_id, subject=subject))


def known(desk: Desk, message_id: str) -> KnownMessage:
    return desk.workspace.store.messages.known([message_id])[message_id]


def logged(desk: Desk) -> dict[str, tuple[str, str]]:
    return {m.message_id: (m.logged_by, m.match_reason) for m in desk.timeline(ADA)}


JOINED = ("reply", "joined by In-Reply-To")
CONTACT = ("contact", "mail with a known contact")


def bodies(desk: Desk, inbox: Inbox) -> list[str]:
    return [body.message_id for ledger in desk.workspace.store.ledgers.read(inbox.id) for body in ledger.bodies]


def test_in_a_first_look(desk: Desk, me: MailAccount) -> None:
    """INBOX is read before Sent. Quietly, and no body twice."""
    answer(me, "mine@x.example", "hers@x.example")
    foreign(me, 3)
    sent(me, "mine@x.example")
    inbox = desk.connect(me)
    reports(desk, inbox)
    assert logged(desk) == {"hers@x.example": JOINED, "mine@x.example": CONTACT}
    assert known(desk, "hers@x.example").thread_id == known(desk, "mine@x.example").thread_id
    replies = desk.feed(EventKind.REPLY)
    assert [(e.message_id, e.seen, e.notified_why) for e in replies] == [
        ("hers@x.example", True, "it came before the inbox was connected")
    ]
    assert desk.notified == []
    assert sorted(bodies(desk, inbox)) == ["hers@x.example", "mine@x.example"]
    trace = explain_message(desk.workspace, "<hers@x.example>")
    assert trace.verdict == "It is here because it answers a message that is known here."
    assert any("In-Reply-To" in step.text and "Offert" in step.text for step in trace.steps)
    reports(desk, inbox)
    assert len(desk.feed()) == 1


def test_what_comes_while_it_is_connected(desk: Desk, me: MailAccount) -> None:
    """The answer is met first. It notifies, as an answer that waited does."""
    inbox = desk.connect(me)
    reports(desk, inbox)
    answer(me, "mine@x.example", "hers@x.example")
    reports(desk, inbox)
    assert logged(desk) == {"hers@x.example": CONTACT} and desk.notified == []
    sent(me, "mine@x.example")
    reports(desk, inbox)
    assert logged(desk)["hers@x.example"] == JOINED
    assert [e.seen for e in desk.feed(EventKind.REPLY)] == [False]
    assert desk.notified == [desk.feed(EventKind.REPLY)[0].id]


def test_sent_is_looked_at_at_once(desk: Desk, me: MailAccount) -> None:
    """Where something came that answers what is not known: what it answers may lie there."""
    inbox = desk.connect(me)
    with open_imap(me.account, me.secret) as session:
        sync = InboxSync(desk.workspace, inbox, session, threading.Event())
        sync.everything()
        sent(me, "mine@x.example")
        answer(me, "mine@x.example", "hers@x.example")
        sync.news()
        assert sync.wants_sent
        sync.others(sent_only=True)
    assert logged(desk)["hers@x.example"] == JOINED


def test_another_inbox_has_the_original(desk: Desk, me: MailAccount, mailbox: Mailboxes) -> None:
    """It is connected later."""
    inbox = desk.connect(me)
    answer(me, "mine@x.example", "hers@x.example")
    reports(desk, inbox)
    other = mailbox("other")
    sent(other, "mine@x.example")
    reports(desk, desk.connect(other))
    assert logged(desk)["hers@x.example"] == CONTACT
    reports(desk, inbox)
    assert logged(desk)["hers@x.example"] == JOINED and desk.notified == []


@pytest.mark.parametrize("moved", [False, True])
def test_the_original_belongs_to_another_thread(desk: Desk, me: MailAccount, moved: bool) -> None:
    """Hers is named in References alone, and what was answered to it goes along; also where it was put into another folder
    meanwhile."""
    with me.dovecot._login(me.address) as client:
        client.create("Ablage")
    inbox = desk.connect(me)
    reports(desk, inbox)
    answer(me, "crm@system.example", "hers@x.example", references="<mine@x.example> <crm@system.example>")
    reports(desk, inbox)
    sent(me, "again@x.example", parent="hers@x.example", subject="Re: Offert")
    reports(desk, inbox)
    assert logged(desk) == {
        "hers@x.example": CONTACT, "again@x.example": JOINED,
    }  # fmt: skip
    if moved:
        with me.dovecot._login(me.address) as client:
            client.select("INBOX")
            client._simple_command("MOVE", "1", "Ablage")
        reports(desk, inbox)
    answer(me, "", "root@x.example")
    reports(desk, inbox)
    sent(me, "mine@x.example", parent="root@x.example", subject="Re: Offert")
    reports(desk, inbox)
    reports(desk, inbox)
    assert logged(desk)["hers@x.example"] == ("reply", "joined by References")
    threads = {known(desk, f"{name}@x.example").thread_id for name in ("root", "mine", "hers", "again")}
    assert len(threads) == 1
    assert [e.message_id for e in desk.feed(EventKind.REPLY)] == ["hers@x.example"]


def test_one_that_was_deleted_meanwhile(desk: Desk, me: MailAccount) -> None:
    """It is logged, wherever it was put since."""
    inbox = desk.connect(me)
    reports(desk, inbox)
    answer(me, "mine@x.example", "hers@x.example")
    reports(desk, inbox)
    with me.dovecot._login(me.address) as client:
        client.select("INBOX")
        client.store("1", "+FLAGS", r"\Deleted")
        client.expunge()
    reports(desk, inbox)
    sent(me, "mine@x.example")
    reports(desk, inbox)
    assert logged(desk)["hers@x.example"] == JOINED
    assert [e.message_id for e in desk.feed(EventKind.REPLY)] == ["hers@x.example"]


def test_it_is_about_something_else(desk: Desk, me: MailAccount) -> None:
    me.append("INBOX", written(ADA, me.address, parent="mine@x.example", message_id="hers@x.example", subject="Annat"))
    sent(me, "mine@x.example")
    reports(desk, desk.connect(me))
    message = next(m for m in desk.timeline(ADA) if m.message_id == "hers@x.example")
    assert message.changed_subject and message.logged_by == "reply"
    assert known(desk, "hers@x.example").thread_id != known(desk, "mine@x.example").thread_id


def test_what_a_person_decided_stays(desk: Desk, me: MailAccount) -> None:
    store = desk.workspace.store
    inbox = desk.connect(me)
    reports(desk, inbox)
    answer(me, "mine@x.example", "hers@x.example")
    reports(desk, inbox)
    with store.transaction():
        eve = store.contacts.add(Address("eve@example.net"), created_by="person")
    hers = known(desk, "hers@x.example")
    move_message(desk.workspace, hers.pk, to_contacts=[eve])
    sent(me, "mine@x.example")
    reports(desk, inbox)
    assert store.messages.contacts_of(hers.pk) == (eve,)
    assert known(desk, "hers@x.example").thread_id == hers.thread_id
    assert [e.message_id for e in desk.feed(EventKind.REPLY)] == ["hers@x.example"]


def test_pieces_and_ends_of_a_first_look(
    desk: Desk, me: MailAccount, small_pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversation over two folders, of which each connection reads one piece."""
    for number in range(1, 6):
        answer(me, f"m{number}@x.example", f"a{number}@x.example")
        foreign(me, 4, 4 * number)
        sent(me, f"m{number}@x.example", parent=f"a{number - 1}@x.example" if number > 1 else "", subject="Re: Offert")
    inbox = desk.connect(me)
    breathe = InboxSync._breathe

    def stop(self: InboxSync, *arguments: Any) -> bool:
        self.cancel.set()
        return breathe(self, *arguments)

    monkeypatch.setattr(InboxSync, "_breathe", stop)
    for _ in range(60):
        cancel = threading.Event()
        reports(desk, inbox, cancel)
        if not cancel.is_set():
            break
    assert not cancel.is_set()
    found = logged(desk)
    assert {name for name, (by, _) in found.items() if by == "contact"} == {"m1@x.example"}
    assert len({known(desk, name).thread_id for name in found}) == 1
    assert sorted(e.message_id for e in desk.feed(EventKind.REPLY)) == [f"a{n}@x.example" for n in range(1, 6)]
    assert desk.workspace.store.events.unseen() == 0
    assert len(bodies(desk, inbox)) == len(set(bodies(desk, inbox))) == 10


def test_an_automatic_answer_is_no_person(desk: Desk, me: MailAccount) -> None:
    raw = written(ADA, me.address, parent="mine@x.example", message_id="away@x.example", subject="Re: Offert",
                  more="Auto-Submitted: auto-replied\n")  # fmt: skip
    me.append("INBOX", raw)
    sent(me, "mine@x.example")
    reports(desk, desk.connect(me))
    assert [e.verdict.value for e in desk.feed(EventKind.REPLY)] == ["machine"]
    assert all(message.tracking is Tracking.OFF for message in desk.timeline(ADA))
