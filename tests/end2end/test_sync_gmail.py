"""Gmail: Inbox, Sent and All Mail are read, each message once, though it lies in two of them; the labels are not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.backends.imap import ImapSession, open_imap
from app.domain.inboxes import Inbox
from app.services.sync_inbox import InboxSync
from tests.support.authority import Issued
from tests.support.desk import Desk, written
from tests.support.gmail_server import ALL_MAIL, SENT, GmailBox
from tests.support.mailbox import MailAccount
from tests.support.scripted import ScriptedServer

ADA = "ada@example.com"
NUMBERS = "(UID X-GM-MSGID)"


@pytest.fixture
def box() -> GmailBox:
    return GmailBox()


@pytest.fixture
def parent(desk: Desk, me: MailAccount) -> str:
    """A message that was sent from here."""
    me.dovecot.add_user(ADA, "x")
    return desk.send(desk.connect(me), ADA).message_id


@contextmanager
def signed_in(box: GmailBox, me: MailAccount, certificate: Issued) -> Iterator[ImapSession]:
    with ScriptedServer(box.play, context=certificate.server_context()) as server:
        account = replace(me.account, imap=replace(me.account.imap, port=server.port))
        with open_imap(account, me.secret) as session:
            yield session


def syncing(desk: Desk, me: MailAccount, session: ImapSession) -> InboxSync:
    inbox: Inbox | None = desk.workspace.store.inboxes.find(me.address)
    assert inbox is not None
    return InboxSync(desk.workspace, inbox, session, threading.Event(), desk.notified.extend, lambda: True)


def places(desk: Desk, message_id: str) -> list[tuple[str, int]]:
    known = desk.workspace.store.messages.known([message_id])[message_id]
    return [(folder, uid) for _, folder, uid in desk.workspace.store.messages.locations(known.pk)]


def headers_of(box: GmailBox, path: str) -> int:
    """How often header fields were asked for there, but for the mark by which a folder is known again."""
    return sum(where == path and "SUBJECT" in items.upper() for where, items in box.asked)


@pytest.mark.parametrize("refuses", [False, True])
def test_what_lies_in_two_places_is_read_once(
    desk: Desk, me: MailAccount, certificate: Issued, box: GmailBox, parent: str, refuses: bool
) -> None:
    box.refuses_numbers = refuses
    with signed_in(box, me, certificate) as session:
        sync = syncing(desk, me, session)
        assert {report.path for report in sync.everything()} == {"INBOX", SENT, ALL_MAIL}
        box.asked.clear()
        box.arrive(written("news@example.org", me.address, message_id="n@x.example", subject="Nyheter"), "INBOX")
        box.arrive(written(ADA, me.address, parent=parent, message_id="a1@x.example"), "INBOX", "Customers")
        box.arrive(written(me.address, ADA, parent="a1@x.example", message_id="b1@x.example"), SENT)
        found = {report.path: report for report in sync.everything()}
        assert (found["INBOX"].logged, found[SENT].logged, found[ALL_MAIL].logged) == (1, 1, 0)
        assert sorted(m.message_id for m in desk.timeline(ADA)) == sorted([parent, "a1@x.example", "b1@x.example"])
        assert places(desk, "a1@x.example") == [("INBOX", 2), (ALL_MAIL, 2)]
        assert places(desk, "b1@x.example") == [(SENT, 1), (ALL_MAIL, 3)]
        assert len([items for _, items in box.asked if "BODY.PEEK[]" in items]) == 2  # no body twice
        assert (ALL_MAIL, NUMBERS) in box.asked
        assert headers_of(box, "INBOX") and headers_of(box, SENT)
        assert bool(headers_of(box, ALL_MAIL)) is refuses
        # a filter lets one pass the inbox by: it is met in All Mail alone, and its header is read there
        box.asked.clear()
        box.arrive(written(ADA, me.address, parent=parent, message_id="a2@x.example"), "Customers")
        box.arrive(written("news@example.org", me.address, message_id="n2@x.example", subject="Nyheter"), "INBOX")
        found = {report.path: report for report in sync.everything()}
        assert (found["INBOX"].logged, found[ALL_MAIL].logged) == (0, 1)
        assert places(desk, "a2@x.example") == [(ALL_MAIL, 4)]
        assert headers_of(box, ALL_MAIL) == 1
        assert not {where for where, _ in box.asked} - {"INBOX", SENT, ALL_MAIL}


def test_on_the_next_connection_nothing_is_doubled(
    desk: Desk, me: MailAccount, certificate: Issued, box: GmailBox, parent: str
) -> None:
    """The numbers end with the connection; the store knows a message by its id."""
    with signed_in(box, me, certificate) as session:
        sync = syncing(desk, me, session)
        sync.everything()
        box.arrive(written(ADA, me.address, parent=parent, message_id="a1@x.example"), "INBOX")
        assert sync.news()  # the inbox alone
        assert places(desk, "a1@x.example") == [("INBOX", 1)]
    box.asked.clear()
    with signed_in(box, me, certificate) as session:
        found = {report.path: report for report in syncing(desk, me, session).everything()}
    assert (found[ALL_MAIL].headers_read, found[ALL_MAIL].bodies_read, found[ALL_MAIL].logged) == (1, 0, 0)
    assert (ALL_MAIL, NUMBERS) not in box.asked and headers_of(box, ALL_MAIL) == 1
    assert places(desk, "a1@x.example") == [("INBOX", 1), (ALL_MAIL, 1)]
    assert len(desk.received(ADA)) == 1


def test_it_takes_fewer_bytes(desk: Desk, me: MailAccount, certificate: Issued, parent: str) -> None:
    assert parent
    took = {}
    for refuses in (True, False):
        box = GmailBox()
        box.refuses_numbers = refuses
        with signed_in(box, me, certificate) as session:
            sync = syncing(desk, me, session)
            sync.everything()
            for number in range(40):
                raw = written("news@example.org", me.address, message_id=f"n{number}@x.example", subject="Nyheter")
                box.arrive(raw, "INBOX")
            assert sync.news()
            before = session.bytes_read()
            sync.others()
            took[refuses] = session.bytes_read() - before
            assert sync.folders.state(ALL_MAIL) is not None
        with desk.workspace.store.transaction(source="test"):
            for path in ("INBOX", SENT, ALL_MAIL):
                desk.workspace.store.inboxes.drop_folder(sync.inbox.id, path)
    print(f"All Mail, 40 messages that were met in the inbox: {took[False]} bytes, without their numbers {took[True]}")
    assert took[False] * 2 < took[True], took
