"""What `why` promises of a message that belongs here and is not: when it comes, or that it does not."""

from __future__ import annotations

import threading

import pytest

from app.backends.imap import open_imap
from app.domain.addresses import Address
from app.domain.inboxes import Inbox
from app.services.connect_inbox import remove_inbox
from app.services.explain_message import explain_message
from app.services.sync_inbox import InboxSync
from tests.end2end.test_sync_first_look import dated, small_pieces
from tests.support.desk import Desk, Mailboxes, answer, reports, written
from tests.support.mailbox import MailAccount

__all__ = ["small_pieces"]
ADA = "ada@example.com"


def why(desk: Desk, message_id: str) -> str:
    trace = explain_message(desk.workspace, f"<{message_id}>")
    return "\n".join([trace.verdict, *(step.text for step in trace.steps)])


def put(desk: Desk, name: str, value: object) -> None:
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put(name, value)


def test_before_it_is_read_for_the_first_time(desk: Desk, me: MailAccount, ours: str) -> None:
    put(desk, "sync.first_look_days", 30)
    dated(me, ours, 2000, 3)
    inbox = desk.connect(me)
    assert why(desk, "d2@x.example").startswith("It belongs here, and comes with the next look.")
    assert why(desk, "d1@x.example").startswith("It is not here because it is older than the first look goes back.")
    assert "(30 days, as the settings have it)" in why(desk, "d1@x.example")
    with open_imap(me.account, me.secret) as session:
        InboxSync(desk.workspace, inbox, session, threading.Event(), may_dig=lambda: False).everything()
    assert why(desk, "d2@x.example").startswith("It belongs here, and comes with the first look, which is going on.")
    assert why(desk, "d1@x.example").startswith("It is not here because it is older than the first look goes back.")
    reports(desk, inbox)
    assert why(desk, "d2@x.example").startswith("It is here because")


def test_what_was_too_old_for_a_first_look_that_is_over(
    desk: Desk, me: MailAccount, ours: str, small_pieces: None
) -> None:
    """To connect anew would not bring it, and that is not promised."""
    put(desk, "sync.first_look_days", 30)
    dated(me, ours, *[2000] * 9, 3, 3, 3, 3)
    inbox = desk.connect(me)
    reports(desk, inbox)
    assert "d1@x.example" not in {m.message_id for m in desk.received(ADA)}
    told = why(desk, "d1@x.example")
    assert told.startswith("It is not here because it is older than the first look goes back.")
    assert "(30 days, as the settings have it)" in told and "connect it anew" not in told
    assert why(desk, "d13@x.example").startswith("It is here because")


def test_what_was_passed_over_before_anything_was_known(desk: Desk, me: MailAccount, mailbox: Mailboxes) -> None:
    """Nothing was sent yet, so that no first look took place: it does once there is something to look for."""
    me.dovecot.add_user(ADA, "x")
    first = desk.connect(mailbox("first"))
    reports(desk, first)
    answer(me, "early@x.example", "old@x.example")
    inbox = desk.connect(me)
    reports(desk, inbox)
    ours = desk.send(first, ADA).message_id
    store = desk.workspace.store
    with store.transaction():
        store.messages.add_alias(store.messages.known([ours])[ours].pk, "early@x.example")
    assert why(desk, "old@x.example").startswith("It belongs here, and comes with the next look.")
    reports(desk, inbox)
    assert [m.message_id for m in desk.received(ADA)] == ["old@x.example"]  # as it said


def test_what_waits_comes_with_the_next_look(desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes) -> None:
    me.dovecot.add_user(ADA, "x")
    answer(me, "early@x.example", "late@x.example")
    reports(desk, inbox)
    assert why(desk, "late@x.example").startswith("It is not here yet: it waits")
    other = desk.connect(mailbox("other"))
    ours = desk.send(other, ADA).message_id
    store = desk.workspace.store
    with store.transaction():
        store.messages.add_alias(store.messages.known([ours])[ours].pk, "early@x.example")
    assert why(desk, "late@x.example").startswith("It belongs here, and comes with the next look.")
    reports(desk, inbox)
    assert [m.message_id for m in desk.received(ADA)] == ["late@x.example"]


@pytest.mark.parametrize("what", ["contact", "setting"])
def test_who_became_a_contact_later(desk: Desk, me: MailAccount, inbox: Inbox, what: str) -> None:
    """What came before counts for nothing, and that is what is said: until the inbox is connected anew."""
    me.append("INBOX", written(ADA, me.address, message_id="before@x.example"))
    if what == "contact":
        put(desk, "log.mode", "contacts")
    reports(desk, inbox)
    store = desk.workspace.store
    with store.transaction():
        store.contacts.add(Address(ADA), created_by="person")
    put(desk, "log.mode", "contacts")
    told = why(desk, "before@x.example")
    assert told.startswith("It is not here because it was passed over before it belonged here.")
    assert "remove jonas" in told and "connect it anew" in told
    me.append("INBOX", written(ADA, me.address, message_id="after@x.example"))
    assert why(desk, "after@x.example").startswith("It belongs here, and comes with the next look.")
    reports(desk, inbox)
    assert [m.message_id for m in desk.received(ADA)] == ["after@x.example"]
    remove_inbox(desk.workspace, inbox.id)
    reports(desk, desk.connect(me))
    assert {m.message_id for m in desk.received(ADA)} == {"before@x.example", "after@x.example"}
