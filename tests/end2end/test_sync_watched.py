"""INBOX and Sent beside a first look: new messages are taken at once, and flags that somebody sets do not disturb it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.backends.imap import ImapSession
from app.backends.protocol import FolderStatus
from app.services.sync_inbox import InboxSync
from tests.end2end.test_sync_first_look import small_pieces
from tests.support.desk import Desk, answer, foreign, reports, written
from tests.support.mailbox import MailAccount

__all__ = ["small_pieces"]
PIECES = 4  # of the folder that is looked at beside


@pytest.fixture
def beside(
    me: MailAccount, monkeypatch: pytest.MonkeyPatch, small_pieces: None
) -> Callable[[Callable[[int], None]], list[str]]:
    """Fills a folder whose first look has several pieces. What is given is done before each of them; the folders that are
    selected from the first of them on."""
    monkeypatch.setattr("app.services.sync_inbox.BREATH", 0.0)
    with me.dovecot._login(me.address) as client:
        client.create("Kunden")
    foreign(me, PIECES * 4, folder="Kunden")

    def start(does: Callable[[int], None]) -> list[str]:
        selected: list[str] = []
        breaths: list[int] = []
        select, glance = ImapSession.select, InboxSync._glance

        def noted(self: ImapSession, path: str, readonly: bool = True) -> FolderStatus:
            if breaths:
                selected.append(path)
            return select(self, path, readonly)

        def glanced(self: InboxSync, job: object, status: FolderStatus) -> bool:
            if job.path == "Kunden":  # type: ignore[attr-defined]
                breaths.append(len(breaths))
                does(len(breaths))
            return glance(self, job, status)  # type: ignore[arg-type]

        monkeypatch.setattr(ImapSession, "select", noted)
        monkeypatch.setattr(InboxSync, "_glance", glanced)
        return selected

    return start


def test_flags_do_not_disturb_it(
    desk: Desk, me: MailAccount, ours: str, beside: Callable[[Callable[[int], None]], list[str]]
) -> None:
    """HIGHESTMODSEQ rises with each, on Gmail for the whole account."""
    foreign(me, 3)
    inbox = desk.connect(me)

    def flag(number: int) -> None:
        with me.dovecot._login(me.address) as client:
            client.select("INBOX")
            client.store("1:3", "+FLAGS" if number % 2 else "-FLAGS", "\\Flagged")

    selected = beside(flag)
    reports(desk, inbox)
    assert selected == []
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "Kunden")
    assert cursor is not None and cursor.first_look_done


def test_what_comes_into_either_is_taken_at_once(
    desk: Desk, me: MailAccount, ours: str, beside: Callable[[Callable[[int], None]], list[str]]
) -> None:
    """What was sent by another program, too: an answer to it is known when it comes."""
    inbox = desk.connect(me)
    told: list[int] = []

    def come(number: int) -> None:
        if number == 1:
            raw = written(me.address, "ada@example.com", parent=ours, message_id="mine@x.example")
            me.append("Sent", raw)
        elif number == 2:
            answer(me, "mine@x.example", "hers@x.example")
        told.append(len(desk.notified))

    selected = beside(come)
    reports(desk, inbox)
    assert selected == ["Sent", "Kunden", "INBOX", "Kunden"]
    assert told == [0, 0, 1]
    assert {m.message_id for m in desk.timeline("ada@example.com")} == {ours, "mine@x.example", "hers@x.example"}
