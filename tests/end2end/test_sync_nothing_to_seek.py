"""A first look that has nothing to look for: it ends at once, the card says so, and nobody's badge counts what was old."""

from __future__ import annotations

import threading

from app.backends.imap import open_imap
from app.domain.addresses import Address
from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from app.services.delete_permanently import delete_permanently
from app.services.sync_inbox import InboxSync
from app.store.cursors import FolderCursor
from tests.support.desk import Desk, answer, foreign, renumber, reports
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


def seeks(desk: Desk, inbox: Inbox) -> bool:
    return not next(c for c in desk.workspace.store.inboxes.cards() if c.id == inbox.id).nothing_to_seek


def at(desk: Desk, inbox: Inbox) -> FolderCursor:
    found = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert found is not None
    return found


def know(desk: Desk, mode: str, *addresses: str) -> None:
    store = desk.workspace.store
    with store.transaction():
        for address in addresses:
            store.contacts.add(Address(address), created_by="person")
        store.settings.put("log.mode", mode)


def test_it_reads_nothing_and_says_so_until_something_is_sent(desk: Desk, me: MailAccount) -> None:
    """Also where the server numbers the folder anew."""
    foreign(me, 20)
    inbox = desk.connect(me)
    assert seeks(desk, inbox) is False
    assert reports(desk, inbox)["INBOX"].headers_read == 0
    assert at(desk, inbox).first_look_done and at(desk, inbox).first_look_total == 0
    renumber(me)
    assert reports(desk, inbox)["INBOX"].headers_read == 0
    assert at(desk, inbox).first_look_done and at(desk, inbox).resets == 1
    assert seeks(desk, inbox) is False
    desk.send(inbox, ADA)
    assert seeks(desk, inbox) is True


def test_mail_with_contacts_is_something_to_seek(desk: Desk, me: MailAccount) -> None:
    inbox = desk.connect(me)
    know(desk, "contacts", me.address)
    assert seeks(desk, inbox) is False  # one's own address is nobody to look for
    know(desk, "contacts", ADA)
    assert seeks(desk, inbox) is True
    know(desk, "replies")
    assert seeks(desk, inbox) is False


def test_one_that_lost_what_it_sought_ends(desk: Desk, me: MailAccount, ours: str) -> None:
    """Where all that it could find anything for was deleted for good meanwhile."""
    foreign(me, 20)
    inbox = desk.connect(me)
    with open_imap(me.account, me.secret) as session:
        InboxSync(desk.workspace, inbox, session, threading.Event(), may_dig=lambda: False).everything()
    assert not at(desk, inbox).first_look_done
    ada = desk.workspace.store.contacts.find(ADA)
    assert ada is not None
    delete_permanently(desk.workspace.store, ada)
    assert seeks(desk, inbox) is False
    assert reports(desk, inbox)["INBOX"].headers_read == 0
    assert at(desk, inbox).first_look_done


def test_what_a_first_look_finds_is_seen_already(desk: Desk, me: MailAccount, ours: str) -> None:
    """As it is told to nobody; what comes after is counted."""
    answer(me, ours, "old@x.example")
    inbox = desk.connect(me)
    reports(desk, inbox)
    assert [e.seen for e in desk.feed(EventKind.REPLY)] == [True]
    assert desk.workspace.store.events.unseen() == 0
    answer(me, ours, "new@x.example")
    reports(desk, inbox)
    assert desk.workspace.store.events.unseen() == 1 == len(desk.notified)
