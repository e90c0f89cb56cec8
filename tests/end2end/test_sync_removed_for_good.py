"""A message that was removed for good lies in the mailbox as ever: however often that is looked through anew, it does not come
back, and its body is not read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.copied_mail import CopyKind, Refusal
from app.domain.inboxes import Inbox, InboxId
from app.domain.logging_addresses import Way
from app.services.delete_permanently import delete_permanently
from app.services.explain_message import explain_message
from app.services.logging_addresses import add_logging_address
from app.services.never_log_rules import add_entry, entry_of, remove_entry, remove_logged
from app.store import models as m
from tests.end2end.test_copied import arrived, post
from tests.support.copied import letter
from tests.support.desk import Desk, Mailboxes, open_desk, written
from tests.support.mailbox import MailAccount

KARIN, ADA = "karin@kund.example", "ada@example.org"
TEXT = f"Dear Karin Kund ({KARIN}), your number is 555-7788."


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


@pytest.mark.parametrize("way", ["deletion", "never-log"])
def test_a_copied_message_does_not_come_back(desk: Desk, inbox: Inbox, me: MailAccount, way: str) -> None:
    bcc = add_logging_address(desk.workspace, CopyKind.BCC, Way.PLUS, InboxId(inbox.id)).address
    people = [f"Karin Kund <{KARIN}>", ADA] if way == "deletion" else [f"Karin Kund <{KARIN}>"]
    raw = letter(*people, sender=f"Jonas Ahl <{me.address}>", text=TEXT, message_id="both@example.com")
    post(desk, inbox, raw, bcc)
    arrived(desk, inbox, me)
    store = desk.workspace.store
    contact = store.contacts.find(KARIN)
    assert contact is not None and len(desk.timeline(KARIN)) == 1
    if way == "deletion":
        delete_permanently(store, contact)
    else:
        entry = add_entry(desk.workspace, entry_of(desk.workspace, KARIN))
        assert remove_logged(desk.workspace, entry).gone == 1
        remove_entry(desk.workspace, entry)
    m.FolderCursor.delete().execute()  # as though the inbox had been connected anew
    report = desk.sync(inbox)["INBOX"]
    assert (report.logged, report.bodies_read) == (0, 0)
    assert m.Message.select().count() == 0
    (item,) = store.reviews.items(None)
    assert (item.reason, item.sender, item.recipients, item.subject) == (Refusal.REMOVED, "", (), "")
    trace = explain_message(desk.workspace, "both@example.com")
    assert trace.verdict == "It is not here because it was removed from this workspace for good."


def test_nor_mail_with_a_contact_where_all_of_that_is_logged(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada, bob = mailbox("ada"), mailbox("bob")
    both = desk.send(inbox, ada, bob, subject="To both", text=TEXT)
    me.deliver(written(ada.address, me.address, parent=both.message_id, message_id="a1@x.example"))
    desk.sync(inbox)
    store = desk.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None
    delete_permanently(store, contact)
    with store.transaction():
        store.settings.put("log.mode", "contacts")
    m.FolderCursor.delete().execute()
    assert sum(report.logged for report in desk.sync(inbox).values()) == 0
    assert desk.timeline(bob.address) == ()
    me.deliver(written(bob.address, me.address, message_id="bob@x.example"))
    desk.sync(inbox)
    assert [message.message_id for message in desk.timeline(bob.address)] == ["bob@x.example"]
