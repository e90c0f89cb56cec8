"""A logged message that is moved or deleted: where it lies is known again after the next look, without reading a body or a list
of the folder."""

from __future__ import annotations

import pytest

from app.backends.imap import ImapSession
from app.domain.inboxes import Inbox
from tests.support.desk import Desk, answer, foreign
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


@pytest.fixture
def parent(desk: Desk, inbox: Inbox, me: MailAccount) -> str:
    me.dovecot.add_user(ADA, "x")
    with me.dovecot._login(me.address) as connection:
        connection.create("Kunden")
    message_id = desk.send(inbox, ADA).message_id
    desk.sync(inbox)
    return message_id


def places(desk: Desk, message_id: str) -> list[tuple[str, int]]:
    known = desk.workspace.store.messages.known([message_id])[message_id]
    return [(folder, uid) for _, folder, uid in desk.workspace.store.messages.locations(known.pk)]


def move(person: MailAccount, uids: str, to: str, source: str = "INBOX") -> None:
    with person.dovecot._login(person.address) as connection:
        connection.select(source)
        done, said = connection.uid("MOVE", uids, to)
        assert done == "OK", said


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The UIDs of each question for what has gone."""
    questions: list[list[int]] = []
    gone = ImapSession.gone

    def noted(self: ImapSession, uids: list[int], since: int | None, most: int) -> set[int]:
        questions.append(list(uids))
        assert since  # Dovecot has CONDSTORE
        return gone(self, uids, since, most)

    monkeypatch.setattr(ImapSession, "gone", noted)
    return questions


def test_a_moved_answer_lies_where_it_was_moved_to(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str, asked: list[list[int]]
) -> None:
    foreign(me, 3)
    answer(me, parent, "a1@x.example")
    answer(me, parent, "a2@x.example")
    desk.sync(inbox)
    assert places(desk, "a1@x.example") == [("INBOX", 4)]
    foreign(me, 1, start=3)
    desk.sync(inbox)
    assert asked == []  # nothing is missing
    move(me, "4", "Kunden")
    found = desk.sync(inbox)
    assert places(desk, "a1@x.example") == [("Kunden", 1)] and places(desk, "a2@x.example") == [("INBOX", 5)]
    assert (found["Kunden"].headers_read, found["Kunden"].bodies_read, found["Kunden"].logged) == (1, 0, 0)
    assert len(desk.received(ADA)) == 2 and desk.notified == []
    assert asked == [[4, 5]]
    desk.sync(inbox)
    assert asked == [[4, 5]]  # once
    move(me, "1,2", "Trash")  # what was never logged
    desk.sync(inbox)
    assert asked == [[4, 5], [5]] and places(desk, "a2@x.example") == [("INBOX", 5)]


def test_a_folder_that_only_lost_messages_is_looked_at(
    desk: Desk, inbox: Inbox, me: MailAccount, parent: str, asked: list[list[int]]
) -> None:
    answer(me, parent, "a1@x.example", "Kunden")
    answer(me, parent, "a2@x.example", "Kunden")
    desk.sync(inbox)
    move(me, "2", "Trash", "Kunden")
    desk.sync(inbox)
    assert asked == [[1, 2]]
    assert places(desk, "a1@x.example") == [("Kunden", 1)] and places(desk, "a2@x.example") == []
    assert len(desk.received(ADA)) == 2  # what was logged stays
    answer(me, parent, "a2@x.example", "Kunden")  # it comes back: nothing is doubled
    desk.sync(inbox)
    assert places(desk, "a2@x.example") == [("Kunden", 3)] and len(desk.received(ADA)) == 2
