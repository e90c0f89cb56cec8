"""A first look that has nothing to look for: it ends at once, the card says so, and nobody's badge counts what was old."""

from __future__ import annotations

import threading
from pathlib import Path

from app.backends.imap import open_imap
from app.domain.addresses import Address
from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from app.domain.transfer import ImportKind, ImportOptions
from app.interchange.mbox import mbox_entry
from app.services.delete_permanently import delete_permanently
from app.services.explain_message import explain_message
from app.services.import_file import import_file
from app.services.sync_inbox import InboxSync
from app.store.cursors import FolderCursor
from tests.support.copied import NOON
from tests.support.desk import Desk, answer, foreign, renumber, reports, written
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


def import_sent(desk: Desk, me: MailAccount, folder: Path, *message_ids: str, mine: bool = True) -> None:
    path = folder / f"{message_ids[0]}.mbox"
    raws = [written(me.address, ADA, subject="Offert", message_id=name).encode() for name in message_ids]
    path.write_bytes(b"".join(mbox_entry(raw, "me@example.com", NOON) for raw in raws))
    own = ImportOptions(own=(me.address,) if mine else ())
    assert import_file(desk.workspace, ImportKind.MBOX, path, own, lambda _: None, lambda: False).added == len(
        message_ids
    )


def test_own_mail_that_is_imported_later_finds_its_answers(desk: Desk, me: MailAccount, tmp_path: Path) -> None:
    """After a look that had nothing to look for, and after one that ended: both times as quietly as at first."""
    foreign(me, 10)
    answer(me, "sent1@example.com", "old1@x.example")
    answer(me, "sent2@example.com", "old2@x.example")
    inbox = desk.connect(me)
    assert reports(desk, inbox)["INBOX"].headers_read == 0
    foreign(me, 3, 20)
    reports(desk, inbox)
    for number in (1, 2):
        import_sent(desk, me, tmp_path, f"sent{number}@example.com")
        trace = explain_message(desk.workspace, f"<old{number}@x.example>")
        assert trace.verdict == "It belongs here, and comes with the next look."
        answer(me, f"sent{number}@example.com", f"new{number}@x.example")
        assert reports(desk, inbox)["INBOX"].logged == 2
        assert len(desk.notified) == 1  # of what came after
        card = desk.workspace.store.inboxes.cards()[0]
        assert all(f.first_look_done and f.first_look_at == f.first_look_total for f in card.folders)
        assert reports(desk, inbox)["INBOX"].headers_read == 0
    logged = {m.message_id for m in desk.received(ADA)}
    assert logged == {"old1@x.example", "old2@x.example", "new1@x.example", "new2@x.example"}
    assert sorted(e.seen for e in desk.feed(EventKind.REPLY)) == [False, False, True, True]


def test_the_first_message_sent_begins_it(desk: Desk, me: MailAccount) -> None:
    me.dovecot.add_user(ADA, "x")
    foreign(me, 20)
    inbox = desk.connect(me)
    reports(desk, inbox)
    desk.send(inbox, ADA)
    assert reports(desk, inbox)["INBOX"].headers_read == 20
    assert at(desk, inbox).first_look_done and at(desk, inbox).first_look_total == 20
    assert reports(desk, inbox)["INBOX"].headers_read == 0 and desk.notified == []


def test_answers_to_own_mail_that_was_taken_for_a_strangers_are_on_no_timeline_of_ones_own(
    desk: Desk, me: MailAccount, tmp_path: Path
) -> None:
    """As it is where mail is imported before any inbox is connected, and nothing says whose it is."""
    import_sent(desk, me, tmp_path, "sent@example.com", mine=False)
    assert [m.message_id for m in desk.received(me.address)] == ["sent@example.com"]
    inbox = desk.connect(me)
    answer(me, "sent@example.com", "answer@x.example")
    assert reports(desk, inbox)["INBOX"].logged == 1
    assert [m.message_id for m in desk.received(me.address)] == ["sent@example.com"]
    assert "on no contact’s timeline" in explain_message(desk.workspace, "<answer@x.example>").steps[0].text
    assert [e.message_id for e in desk.feed(EventKind.REPLY)] == ["answer@x.example"]
