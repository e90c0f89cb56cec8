"""Trouble is over when the server lets the program in again, not only when everything has been read."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.domain.inboxes import InboxState
from app.domain.problems import Problem, ProblemCode
from app.runtime.inbox_worker import InboxWorker
from app.services.inbox_state import mark_trouble
from app.services.sync_inbox import InboxSync
from tests.support.desk import Desk, Mailboxes


@pytest.mark.parametrize("code", [ProblemCode.SECRETS_LOCKED, ProblemCode.CONNECTION_REFUSED])
def test_what_kept_an_inbox_away_is_forgotten_before_it_is_read(
    qtbot: QtBot, desk: Desk, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch, code: ProblemCode
) -> None:
    inbox = desk.connect(mailbox("jonas"))
    mark_trouble(desk.workspace, inbox.id, Problem(code, "mail.example.com"))
    assert desk.inbox(inbox.id).state is InboxState.UNREACHABLE
    met = []
    everything = InboxSync.everything

    def watched(sync: InboxSync) -> None:
        now = desk.inbox(inbox.id)
        met.append((now.state, now.problem))
        everything(sync)

    monkeypatch.setattr(InboxSync, "everything", watched)
    worker = InboxWorker(desk.workspace, inbox.id)
    with qtbot.waitSignal(worker.state_changed, timeout=10_000):
        worker.start()
    try:
        qtbot.waitUntil(lambda: desk.inbox(inbox.id).state is InboxState.CONNECTED, timeout=10_000)
    finally:
        assert worker.stop()
    assert met[0] == (InboxState.CONNECTING, None)
