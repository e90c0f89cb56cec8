"""Folders that are renamed, deleted, numbered anew, and servers whose numbers lie: nothing is lost, doubled, or told
twice (R9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.backends.imap import ImapSession
from app.backends.protocol import FolderStatus
from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from app.services import sync_inbox as syncing
from app.store.fields import now
from tests.support.desk import Desk, Mailboxes, answer, renumber, written
from tests.support.dovecot import Dovecot
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


@pytest.fixture
def inbox(desk: Desk, me: MailAccount) -> Inbox:
    me.dovecot.add_user(ADA, "x")
    with me.dovecot._login(me.address) as connection:
        connection.create("Kunden")
    connected = desk.connect(me)
    desk.sync(connected)
    return connected


@pytest.fixture
def parent(desk: Desk, inbox: Inbox) -> str:
    message_id = desk.send(inbox, ADA).message_id
    desk.sync(inbox)
    return message_id


def command(person: MailAccount, name: str, *arguments: str) -> None:
    with person.dovecot._login(person.address) as connection:
        done, said = getattr(connection, name)(*arguments)
        assert done == "OK", said


def ids(desk: Desk) -> list[str]:
    return sorted(m.message_id for m in desk.received(ADA))


# -- other names


def test_a_renamed_folder_is_known_again(desk: Desk, inbox: Inbox, me: MailAccount, parent: str) -> None:
    for number in range(3):
        answer(me, parent, f"a{number}@x.example", "Kunden")
    assert desk.sync(inbox)["Kunden"].logged == 3
    command(me, "rename", "Kunden", "Archiv")
    found = desk.sync(inbox)
    assert "Kunden" not in found
    assert (found["Archiv"].headers_read, found["Archiv"].logged) == (0, 0)
    answer(me, parent, "a3@x.example", "Archiv")
    found = desk.sync(inbox)
    assert (found["Archiv"].headers_read, found["Archiv"].logged, len(desk.notified)) == (1, 1, 1)
    assert len(desk.feed(EventKind.REPLY)) == 4
    assert [c.path for c in desk.workspace.store.inboxes.cards()[0].folders] == ["INBOX", "Sent", "Archiv"]


def test_an_answer_waits_in_a_folder_that_is_away_for_a_while(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str
) -> None:
    """What it answers turns up meanwhile. It is logged when the folder is listed again."""
    answer(me, "phone@x.example", "early@x.example", "Kunden")
    desk.sync(inbox)
    place = me.dovecot.root / "mail" / me.address / "maildir"
    (place / ".Kunden").rename(place / "away")
    me.append("Sent", written(me.address, ADA, parent=parent, message_id="phone@x.example"))
    assert "Kunden" not in desk.sync(inbox) and ids(desk) == []
    (place / "away").rename(place / ".Kunden")
    desk.sync(inbox)
    assert ids(desk) == ["early@x.example"]
    (told,) = desk.feed(EventKind.REPLY)
    assert told.id in desk.notified  # it came while the inbox was connected
    desk.sync(inbox)
    assert ids(desk) == ["early@x.example"]


def test_a_new_folder_is_read_quietly_and_the_feed_says_why(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str
) -> None:
    """What lies in it came after the inbox was connected, so that this is not what is said."""
    command(me, "create", "Neu")
    answer(me, parent, "new@x.example", "Neu")
    desk.sync(inbox)
    (told,) = desk.feed(EventKind.REPLY)
    assert desk.notified == []
    assert told.notified_why == "it was there before its folder was read for the first time"


def test_a_folder_that_cannot_be_known_again_is_read_quietly(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str
) -> None:
    """The message that it is known by is gone, and another folder has the old name meanwhile."""
    for number in range(3):
        answer(me, parent, f"a{number}@x.example", "Kunden")
    desk.sync(inbox)
    with me.dovecot._login(me.address) as connection:
        connection.select("Kunden")
        connection.uid("STORE", "3", "+FLAGS", r"(\Deleted)")
        connection.expunge()
    command(me, "rename", "Kunden", "Archiv")
    command(me, "create", "Kunden")
    answer(me, parent, "new@x.example", "Kunden")
    found = desk.sync(inbox)
    assert found["Archiv"].headers_read == 2 and found["Archiv"].logged == 0
    assert ids(desk) == ["a0@x.example", "a1@x.example", "a2@x.example", "new@x.example"]
    assert desk.notified == []
    answer(me, parent, "later@x.example", "Archiv")
    assert desk.sync(inbox)["Archiv"].logged == len(desk.notified) == 1


def test_messages_that_a_person_moves_are_told_once(desk: Desk, inbox: Inbox, me: MailAccount, parent: str) -> None:
    answer(me, parent, "a@x.example", "INBOX")
    desk.sync(inbox)
    with me.dovecot._login(me.address) as connection:
        connection.select("INBOX")
        connection.uid("MOVE", "1", "Kunden")
    found = desk.sync(inbox)
    assert (found["Kunden"].headers_read, found["Kunden"].bodies_read, desk.notified) == (1, 0, [])
    assert len(desk.feed(EventKind.REPLY)) == 1


def test_a_deleted_folder_is_forgotten_after_a_while(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(me, parent, "a@x.example", "Kunden")
    desk.sync(inbox)
    command(me, "delete", "Kunden")
    assert "Kunden" not in desk.sync(inbox)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "Kunden")
    assert cursor is not None and cursor.missing_since is not None
    assert "Kunden" not in [f.path for f in desk.workspace.store.inboxes.cards()[0].folders]
    monkeypatch.setattr("app.services.find_folders.now", lambda: now() + timedelta(days=31))
    desk.sync(inbox)
    assert desk.workspace.store.inboxes.cursor(inbox.id, "Kunden") is None
    assert ids(desk) == ["a@x.example"]


def test_a_folder_that_was_away_goes_on(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(me, parent, "a@x.example", "Kunden")
    desk.sync(inbox)
    listed = ImapSession.folders
    monkeypatch.setattr(ImapSession, "folders", lambda self: tuple(f for f in listed(self) if f.path != "Kunden"))
    assert "Kunden" not in desk.sync(inbox)
    monkeypatch.setattr(ImapSession, "folders", listed)
    answer(me, parent, "b@x.example", "Kunden")
    found = desk.sync(inbox)["Kunden"]
    assert (found.headers_read, found.logged, len(desk.notified)) == (1, 1, 1)


def test_only_folders_that_changed_are_opened(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with me.dovecot._login(me.address) as connection:
        for number in range(45):
            connection.create(f'"Projekt {number}"')
    desk.sync(inbox)
    opened: list[str] = []
    select = ImapSession.select

    def selected(self: ImapSession, path: str, readonly: bool = True) -> FolderStatus:
        assert readonly
        opened.append(path)
        return select(self, path, readonly)

    monkeypatch.setattr(ImapSession, "select", selected)
    desk.sync(inbox)
    assert opened == ["INBOX"]
    answer(me, parent, "a@x.example", "Projekt 31")
    assert desk.sync(inbox)["Projekt 31"].logged == 1
    assert opened == ["INBOX", "INBOX", "Projekt 31"]


# -- numbered anew


def test_a_folder_numbered_anew_again_and_again_is_left_alone(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(me, parent, "a@x.example", "INBOX")
    desk.sync(inbox)
    for number in range(3):
        renumber(me)
        answer(me, parent, f"r{number}@x.example", "INBOX")
        assert desk.sync(inbox)["INBOX"].headers_read == number + 2
        assert desk.notified == []
    renumber(me)
    answer(me, parent, "held@x.example", "INBOX")
    found = desk.sync(inbox)["INBOX"]
    assert (found.headers_read, found.logged) == (0, 0)
    assert "left alone until" in found.note
    card = desk.workspace.store.inboxes.cards()[0].folders[0]
    assert card.path == "INBOX" and card.held_until is not None and card.held_until > now()
    monkeypatch.setattr(syncing, "now", lambda: now() + timedelta(hours=25))
    assert desk.sync(inbox)["INBOX"].logged == 1
    assert desk.workspace.store.inboxes.cards()[0].folders[0].held_until is None
    assert ids(desk) == ["a@x.example", "held@x.example", "r0@x.example", "r1@x.example", "r2@x.example"]
    assert len(desk.feed(EventKind.REPLY)) == 5


# -- servers that lie


def lying(monkeypatch: pytest.MonkeyPatch, uid_next: object) -> None:
    """UIDNEXT as this function of the true one gives it."""
    select, states = ImapSession.select, ImapSession.states

    def lie(status: FolderStatus) -> FolderStatus:
        return replace(status, uid_next=uid_next(status.uid_next), highest_modseq=None)  # type: ignore[operator]

    monkeypatch.setattr(ImapSession, "select", lambda self, path, readonly=True: lie(select(self, path, readonly)))
    monkeypatch.setattr(ImapSession, "states", lambda self, paths: {p: lie(s) for p, s in states(self, paths).items()})


@pytest.mark.parametrize(
    "uid_next",
    [lambda _true: 0, lambda _true: 1, lambda _true: 2_000_000, lambda true: true - 1, lambda true: true + 7],
    ids=["missing", "stuck at 1", "far too high", "one too low", "too high"],
)
@pytest.mark.parametrize("folder", ["INBOX", "Kunden"])
def test_a_wrong_uidnext_costs_nothing(
    desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch, uid_next: object, folder: str
) -> None:
    first = desk.connect(mailbox("first"))
    desk.sync(first)
    parent = desk.send(first, ADA).message_id
    command(me, "create", "Kunden")
    for number in range(3):
        answer(me, parent, f"old{number}@x.example", folder)
    lying(monkeypatch, uid_next)
    inbox = desk.connect(me)
    assert desk.sync(inbox)[folder].logged == 3
    assert desk.notified == []
    for number in range(4):
        answer(me, parent, f"new{number}@x.example", folder)
        found = desk.sync(inbox)[folder]
        assert (found.headers_read, found.logged, len(desk.notified)) == (1, 1, 1), number
    with me.dovecot._login(me.address) as connection:
        connection.select(folder)
        connection.uid("STORE", "1:5", "+FLAGS", r"(\Deleted)")
        connection.expunge()
    assert desk.sync(inbox)[folder].headers_read == 0
    answer(me, parent, "last@x.example", folder)
    assert desk.sync(inbox)[folder].logged == 1
    assert len(desk.feed(EventKind.REPLY)) == 8
