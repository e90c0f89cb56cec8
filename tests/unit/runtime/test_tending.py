"""The façade over a connected inbox: workers end and begin with its state, and a diagnosis runs beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.domain.changes import Area, Change
from app.domain.checks import CheckEvent, StepFailed, StepPassed
from app.domain.diagnosis import Diagnosis
from app.domain.errors import SecretError
from app.domain.inboxes import InboxId, InboxState
from app.domain.pace import PUSHED, Pace
from app.runtime.program import Program
from tests.support.authority import Issued
from tests.support.desk import Desk, Mailboxes
from tests.support.mailbox import MailAccount, endpoint
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer, Talk


@pytest.fixture
def me(mailbox: Mailboxes) -> MailAccount:
    return mailbox("jonas")


@pytest.fixture
def program(qtbot: QtBot, desk: Desk) -> Iterator[Program]:
    made = Program(desk.workspace)
    yield made
    assert made.shut_down()


def state(program: Program, inbox_id: InboxId) -> InboxState:
    return next(card.state for card in program.inboxes() if card.id == inbox_id)


def test_pause_ends_the_reading_and_resume_begins_it_at_the_same_place(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount
) -> None:
    inbox = desk.connect(me)
    program.start()
    qtbot.waitUntil(lambda: state(program, inbox.id) is InboxState.CONNECTED, timeout=15_000)
    cursor = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    program.pause(inbox.id)
    assert state(program, inbox.id) is InboxState.PAUSED
    qtbot.waitUntil(lambda: not program.background._inboxes and not program.background._ending.all(), timeout=10_000)
    me.dovecot.append(me.address, "INBOX", b"From: a@example.org\r\nSubject: meanwhile\r\n\r\nHello\r\n")
    program.sync_now()  # reads nothing of it
    assert desk.workspace.store.inboxes.cursor(inbox.id, "INBOX") == cursor
    program.resume(inbox.id)
    qtbot.waitUntil(lambda: state(program, inbox.id) is InboxState.CONNECTED, timeout=15_000)
    after = desk.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert cursor is not None and after is not None
    assert (after.uid_validity, after.next_uid) == (cursor.uid_validity, cursor.next_uid + 1)


def test_what_cannot_be_done_is_told(qtbot: QtBot, desk: Desk, program: Program, me: MailAccount) -> None:
    inbox = desk.connect(me)
    program.disable(inbox.id)
    with qtbot.waitSignal(program.failed) as told:
        program.pause(inbox.id)
    assert told.args[0] == "The inbox was not paused"
    with qtbot.waitSignal(program.failed) as told:
        program.resume(inbox.id)
    assert told.args == ["The inbox stays paused", f"{me.address} is not paused."]
    assert state(program, inbox.id) is InboxState.DISABLED


def test_the_next_try_is_known(qtbot: QtBot, desk: Desk, program: Program, me: MailAccount) -> None:
    inbox = desk.move(desk.connect(me), imap_port=free_port())
    program.start()
    qtbot.waitUntil(lambda: state(program, inbox.id) is InboxState.UNREACHABLE, timeout=20_000)
    qtbot.waitUntil(lambda: program.next_try(inbox.id) is not None, timeout=5_000)
    program.pause(inbox.id)
    assert program.next_try(inbox.id) is None


def test_the_pace_is_known_while_it_is_connected_and_screens_look_again_when_it_changes(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount
) -> None:
    inbox = desk.connect(me)
    told: list[tuple[Change, Pace | None]] = []
    program.changed.connect(lambda change: told.append((change, program.pace(inbox.id))))
    assert program.pace(inbox.id) is None
    program.start()
    qtbot.waitUntil(lambda: program.pace(inbox.id) is not None, timeout=15_000)
    pace = program.pace(inbox.id)
    assert pace is not None and pace.inbox == PUSHED
    assert not pace.others.pushed and pace.others.every == 300 and pace.others.why
    qtbot.waitUntil(lambda: any(c.source == "pace" and c.areas == {Area.INBOXES} and p for c, p in told), timeout=5_000)
    program.pause(inbox.id)
    assert program.pace(inbox.id) is None


def test_a_diagnosis_runs_beside(qtbot: QtBot, desk: Desk, program: Program, me: MailAccount) -> None:
    inbox = desk.connect(me)
    events: list[CheckEvent] = []
    program.diagnosis_event.connect(events.append)
    with qtbot.waitSignal(program.diagnosed, timeout=20_000) as told:
        program.diagnose(inbox.id)
    found = told.args[0]
    assert isinstance(found, Diagnosis) and found.ok and me.address in found.report
    assert len([e for e in events if isinstance(e, StepPassed)]) == 6
    assert not any(isinstance(e, StepFailed) for e in events)
    assert "Steps" not in program.inbox_report(inbox.id)


def test_a_diagnosis_is_cancelled_and_a_second_one_takes_over(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount, certificate: Issued
) -> None:
    def hang(talk: Talk) -> None:
        talk.hear()

    with ScriptedServer(hang, context=certificate.server_context()) as server:
        inbox = desk.connect(me, account=replace(me.account, imap=endpoint(server.port, "tls")))
        program.diagnose(inbox.id)
        qtbot.waitUntil(lambda: bool(server.talks), timeout=10_000)
        with qtbot.waitSignal(program.diagnosed, timeout=5_000) as told:
            program.cancel_diagnosis()
        assert told.args[0].ended
        ends: list[Diagnosis] = []
        program.diagnosed.connect(ends.append)
        program.diagnose(inbox.id)
        program.diagnose(inbox.id)  # of the first one nothing more is told
        program.cancel_diagnosis()
        qtbot.waitUntil(lambda: len(ends) == 1, timeout=5_000)
        qtbot.waitUntil(lambda: program._jobs.workers.all() == (), timeout=5_000)
        assert len(ends) == 1


def test_locked_passwords_are_told(qtbot: QtBot, desk: Desk, program: Program, me: MailAccount) -> None:
    inbox = desk.connect(me)

    class Locked:
        name = "system keyring"

        def get(self, key: str) -> None:
            raise SecretError("The keyring is locked.")

        def set(self, key: str, secret: object) -> None:
            raise SecretError("The keyring is locked.")

        def delete(self, key: str) -> None:
            raise SecretError("The keyring is locked.")

    desk.workspace.secrets.use(Locked())
    with qtbot.waitSignal(program.diagnosed, timeout=10_000) as told:
        program.diagnose(inbox.id)
    assert told.args[0] == Diagnosis(False, ended=True, why="The keyring is locked.")
