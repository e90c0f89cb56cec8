"""Who was permanently deleted (T9) does not come back with the next mail: with a real mailbox, from both ends of a thread."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from app.services import take_message
from app.services.delete_permanently import delete_permanently
from app.store import models as m
from tests.support.desk import Desk, Mailboxes, written
from tests.support.mailbox import MailAccount


def test_an_answer_of_a_deleted_person_is_not_logged(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada, bob = mailbox("ada"), mailbox("bob")
    alone, both = desk.send(inbox, ada), desk.send(inbox, ada, bob, subject="To both")
    bobs = desk.send(inbox, bob, subject="Only Bob")
    me.deliver(written(ada.address, me.address, parent=alone.message_id, message_id="a1@x.example"))
    desk.sync(inbox)
    store = desk.workspace.store
    assert len(desk.feed(EventKind.REPLY)) == 1
    contact = store.contacts.find(ada.address)
    assert contact is not None
    plan = delete_permanently(store, contact)
    assert (plan.messages, plan.shared, plan.events) == (3, 1, 1)
    assert [message.subject for message in desk.timeline(bob.address)] == ["Only Bob"]
    for number, parent in enumerate((alone, both, bobs)):
        me.deliver(written(ada.address, me.address, parent=parent.message_id, message_id=f"late{number}@x.example"))
    me.deliver(written(bob.address, me.address, parent=bobs.message_id, message_id="bob@x.example"))
    m.FolderCursor.delete().execute()  # as though the server had numbered all anew: everything is looked at once more
    report = desk.sync(inbox)["INBOX"]
    assert (report.logged, report.bodies_read) == (1, 1)  # Bob's; no body of hers is read
    assert store.contacts.find(ada.address) is None
    assert [message.message_id for message in desk.received(bob.address)] == ["bob@x.example"]
    assert store.search.found(ada.address.partition("@")[0]).messages == ()


def test_mail_to_a_deleted_person_goes_out_and_is_not_kept(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    desk.send(inbox, ada)
    store = desk.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None
    delete_permanently(store, contact)
    desk.send(inbox, ada, subject="One more", text="a text that nobody keeps")
    ada.wait_for_messages(2)
    assert store.contacts.find(ada.address) is None
    assert store.contacts.count() == 0
    assert store.search.found("nobody keeps").messages == ()
    assert [row.logged for row in m.Message.select()] == [False]


@pytest.mark.parametrize("parents", ["hers", "of both"])
def test_deleted_while_her_answer_is_read(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch, parents: str
) -> None:
    """Between the header, which says that it may be read, and the body."""
    ada, bob = mailbox("ada"), mailbox("bob")
    hers, his = desk.send(inbox, ada), desk.send(inbox, bob, subject="Only Bob")
    parent = hers if parents == "hers" else his
    me.deliver(written(ada.address, me.address, parent=parent.message_id, message_id="a1@x.example"))
    store = desk.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None
    fetch = take_message._fetch

    def meanwhile(*arguments: Any, **more: Any) -> Any:
        found = fetch(*arguments, **more)
        delete_permanently(store, contact)
        return found

    monkeypatch.setattr(take_message, "_fetch", meanwhile)
    assert desk.sync(inbox)["INBOX"].logged == 0
    assert [message.subject for message in desk.timeline(bob.address)] == ["Only Bob"]
    assert m.Message.select().count() == 1
    assert m.database.execute_sql("PRAGMA foreign_key_check").fetchall() == []
