"""The façade: nothing it is asked for waits for a keyring or a file, and no full disk is taken for a bug."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.addresses import Address
from app.domain.changes import Change
from app.domain.errors import DiskFull, SecretError
from app.domain.events import EventId, Verdict
from app.domain.inboxes import ImapAccount, InboxId, InboxState, Secret, ServerTrust
from app.domain.near_links import LinkFate
from app.domain.outbox import Draft
from app.runtime import program as program_module
from app.runtime.connecting import CheckOutcome
from app.runtime.inbox_worker import InboxWorker
from app.runtime.program import Program
from app.secrets.protocol import NoUsableKeyring, SecretStore
from app.services.tracking_server import find_tracking_for
from app.store import Store
from app.tracking.serve import TrackingServer
from tests.support.desk import Desk, Mailboxes
from tests.support.mailbox import MailAccount


@pytest.fixture
def program(qtbot: QtBot, desk: Desk) -> Iterator[Program]:
    made = Program(desk.workspace)
    yield made
    assert made.shut_down()


class Slow:
    """A keyring whose user has not answered yet."""

    name = "system keyring"

    def __init__(self, real: SecretStore) -> None:
        self._real = real
        self.answered = threading.Event()
        self.fault: SecretError | None = None

    def _wait(self) -> SecretStore:
        assert threading.current_thread() is not threading.main_thread()
        assert self.answered.wait(20)
        if self.fault:
            raise self.fault
        return self._real

    def get(self, key: str) -> Secret | None:
        return self._wait().get(key)

    def set(self, key: str, secret: Secret) -> None:
        self._wait().set(key, secret)

    def delete(self, key: str) -> None:
        self._wait().delete(key)


def slow_keyring(desk: Desk) -> Slow:
    slow = Slow(desk.workspace.secrets.store())
    desk.workspace.secrets.use(slow)
    return slow


def checked(qtbot: QtBot, program: Program, account: ImapAccount, secret: Secret) -> CheckOutcome:
    with qtbot.waitSignal(program.check_finished, timeout=20_000) as told:
        program.check_account(account, secret, None)
    outcome = told.args[0]
    assert isinstance(outcome, CheckOutcome)
    return outcome


# -- the secret store


def test_where_passwords_are_kept_is_found_out_meanwhile(qtbot: QtBot, desk: Desk, program: Program) -> None:
    asked = threading.Event()
    answer = threading.Event()
    store = desk.workspace.secrets.store()

    def choose() -> SecretStore:
        asked.set()
        assert answer.wait(20)
        return store

    desk.workspace.secrets._chosen = None
    desk.workspace.secrets.choose = choose
    assert program.secret_status().kind == "checking"
    assert asked.wait(5)
    assert program.secret_status().kind == "checking"
    with qtbot.waitSignal(program.secrets_checked):
        answer.set()
    assert program.secret_status().kind == "file"


def test_a_keyring_that_comes_up_later_is_found(qtbot: QtBot, desk: Desk, program: Program) -> None:
    store = desk.workspace.secrets.store()
    faults: list[SecretError] = [NoUsableKeyring("No keyring.")]

    def choose() -> SecretStore:
        if faults:
            raise faults.pop()
        return store

    desk.workspace.secrets._chosen = None
    desk.workspace.secrets.choose = choose
    for expected in ("none", "file"):
        with qtbot.waitSignal(program.secrets_checked):
            program.look_at_secrets()
        assert program.secret_status().kind == expected


def test_an_inbox_is_kept_off_the_main_thread(qtbot: QtBot, desk: Desk, program: Program, me: MailAccount) -> None:
    assert checked(qtbot, program, me.account, me.secret).ok
    slow = slow_keyring(desk)
    program.keep_inbox(me.account, me.secret, None)
    assert program.inboxes() == ()
    with qtbot.waitSignal(program.inbox_kept, timeout=5000) as told:
        slow.answered.set()
    inbox_id, why = told.args
    assert (program.inboxes()[0].id, why) == (inbox_id, "")
    with qtbot.waitSignal(program.inbox_kept, timeout=5000) as told:
        program.keep_inbox(me.account, me.secret, None, known=inbox_id)
    assert told.args == [inbox_id, ""]


def test_a_keyring_that_refuses_keeps_nothing_and_says_why(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount
) -> None:
    assert checked(qtbot, program, me.account, me.secret).ok
    slow = slow_keyring(desk)
    slow.fault = SecretError("The keyring is locked.")
    slow.answered.set()
    with qtbot.waitSignal(program.inbox_kept, timeout=5000) as told:
        program.keep_inbox(me.account, me.secret, None)
    assert told.args == [None, "The keyring is locked."]
    assert program.inboxes() == ()


@pytest.mark.parametrize("refused", [False, True])
def test_an_inbox_is_removed_off_the_main_thread(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount, refused: bool
) -> None:
    inbox = desk.connect(me)
    slow = slow_keyring(desk)
    slow.fault = SecretError("The keyring is locked.") if refused else None
    failures: list[tuple[str, str]] = []
    program.failed.connect(lambda title, text: failures.append((title, text)))
    program.remove(inbox.id)
    with qtbot.waitSignal(program.inbox_state_changed, timeout=5000):
        slow.answered.set()
    gone = desk.inbox(inbox.id).state == InboxState.REMOVED
    assert gone is not refused
    assert failures == ([("The inbox was not removed", "The keyring is locked.")] if refused else [])


# -- the check


def test_authorities_that_are_none_end_the_check_with_a_sentence(
    qtbot: QtBot, program: Program, me: MailAccount
) -> None:
    broken = replace(me.account, trust=ServerTrust(ca_pem="rubbish"))
    outcome = checked(qtbot, program, broken, me.secret)
    assert (outcome.ok, outcome.problem) == (False, None)
    assert "authorities" in outcome.text
    qtbot.waitUntil(lambda: program._check is None)
    program.cancel_check()
    assert checked(qtbot, program, me.account, me.secret).ok


def test_a_bug_in_the_check_ends_it_too(
    qtbot: QtBot, program: Program, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, value, _trace: bugs.append(value))

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("app.runtime.check_worker.check_account", broken)
    outcome = checked(qtbot, program, me.account, me.secret)
    assert not outcome.ok and outcome.text
    qtbot.waitUntil(lambda: [type(bug) for bug in bugs] == [ZeroDivisionError])


def test_of_a_check_that_another_takes_the_place_of_nothing_more_is_told(
    qtbot: QtBot, program: Program, me: MailAccount, mailbox: Mailboxes
) -> None:
    other = mailbox("karin")
    ends: list[CheckOutcome] = []
    program.check_finished.connect(ends.append)
    program.check_account(me.account, me.secret, None)
    program.check_account(other.account, other.secret, None)
    qtbot.waitUntil(lambda: bool(ends), timeout=20_000)
    assert [(outcome.inbox_address, outcome.ok) for outcome in ends] == [(other.address, True)]


def test_a_window_that_closed_while_it_checked_leaves_the_next_one_its_own_outcome(
    qtbot: QtBot, program: Program, me: MailAccount, mailbox: Mailboxes
) -> None:
    other = mailbox("karin")
    ends: list[CheckOutcome] = []
    program.check_finished.connect(ends.append)
    program.check_account(me.account, me.secret, None)
    program.cancel_check()
    program.check_account(other.account, other.secret, None)
    qtbot.waitUntil(lambda: any(outcome.ok for outcome in ends), timeout=20_000)
    assert [outcome.inbox_address for outcome in ends] == [other.address]


# -- what other processes do


def in_another_process(*words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", *words], env=dict(os.environ), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_disabling_on_the_command_line_while_the_program_writes(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.connect(me)
    program._elsewhere.setInterval(100)
    program.start()
    qtbot.waitUntil(lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED, timeout=10_000)
    assert program.background.findChildren(InboxWorker)
    in_another_process("disable", me.address)
    program.mark_all_seen()  # a commit of its own before it looks for others'
    qtbot.waitUntil(lambda: not program.background.findChildren(InboxWorker), timeout=10_000)
    assert desk.inbox(inbox.id).state == InboxState.DISABLED


def test_screens_look_again_though_the_program_itself_writes_all_the_time(
    qtbot: QtBot, home: Path, desk: Desk, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Change] = []
    program.changed.connect(heard.append)
    program._store.add_listener(program._tell_commit)
    program._store.changed_elsewhere()
    in_another_process("settings", "set", "undo_seconds", "7")
    for _ in range(program_module.LOOKS_IN_DOUBT + 1):
        program.mark_all_seen()
        qtbot.waitUntil(lambda: program._own_commits > 0)
        program._look_elsewhere()
    assert [c.source for c in heard].count("elsewhere") == 1


# -- a full disk


WISHES: dict[str, Callable[[Program, InboxId], object]] = {
    "seen": lambda p, _: p.mark_all_seen(),
    "one seen": lambda p, _: p.mark_seen(EventId(1)),
    "verdict": lambda p, _: p.set_verdict(EventId(1), Verdict.MACHINE),
    "disable": lambda p, i: p.disable(i),
    "enable": lambda p, i: p.enable(i),
    "look": lambda p, _: p._look_elsewhere(),
}


@pytest.mark.parametrize("wish", WISHES)
def test_a_full_disk_is_told_in_the_window(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount, wish: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.connect(me)

    def full(*_: object, **__: object) -> None:
        raise DiskFull("There is no room on the disk.")

    monkeypatch.setattr(Store, "changed_elsewhere" if wish == "look" else "transaction", full)
    with qtbot.waitSignal(program.failed) as told:
        WISHES[wish](program, inbox.id)
    assert told.args[1] == "There is no room on the disk."


def test_a_draft_that_cannot_be_discarded_is_told(
    qtbot: QtBot, desk: Desk, program: Program, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = program.save_draft(Draft(desk.connect(me).id, (), "Hej"))

    def full(*_: object, **__: object) -> None:
        raise DiskFull("There is no room on the disk.")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "transaction", full)
        with qtbot.waitSignal(program.failed):
            assert not program.discard_draft(draft)
    assert [d.id for d in program.drafts()] == [draft]
    assert program.discard_draft(draft)


# -- files


@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_what_is_no_file_is_not_read(qtbot: QtBot, program: Program, tmp_path: Path, kind: str) -> None:
    path = {"pipe": tmp_path / "pipe", "device": Path("/dev/zero"), "folder": tmp_path}[kind]
    if kind == "pipe":
        os.mkfifo(path)
    with qtbot.waitSignal(program.file_taken, timeout=5000) as told:
        program.take_file(4, path)
    number, ref, why = told.args
    assert (number, ref) == (4, None)
    assert why == f"{path.name} is not a file. Folders can be attached as an archive (zip)."


def test_a_file_is_read_off_the_main_thread(qtbot: QtBot, program: Program, tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_text("plan")
    with qtbot.waitSignal(program.file_taken, timeout=5000) as told:
        program.take_file(5, path)
    number, ref, why = told.args
    assert (number, ref.filename, ref.size, why) == (5, "plan.txt", 4, "")
    with qtbot.waitSignal(program.file_taken, timeout=5000) as told:
        program.take_file(6, tmp_path / "gone.txt")
    assert told.args[1] is None and "gone.txt cannot be read" in told.args[2]


def test_what_compose_is_told_of_a_near_server_is_what_sending_does(
    qtbot: QtBot, program: Program, desk: Desk, me: MailAccount, tmp_path: Path
) -> None:
    """Also after another server was joined while the program's own still runs."""
    inbox = desk.connect(me)
    program.start()
    qtbot.waitUntil(lambda: program.tracking_status().available, timeout=10_000)
    own = program.tracking_status().url
    near, elsewhere = (Address("karin@example.com"),), (Address("x@icloud.com"),)
    for people in (near, elsewhere):
        target, fate = find_tracking_for(desk.workspace, inbox, people)
        assert target is None and program.fate_of_links(inbox.id, people) == fate
    theirs = TrackingServer("127.0.0.1", 0, tmp_path / "theirs")
    theirs.start()
    try:
        program.set_setting("tracking.token", theirs.api_token)
        program.set_setting("tracking.url", theirs.url)
        qtbot.waitUntil(lambda: program.tracking_status().url == theirs.url != own, timeout=10_000)
        target, fate = find_tracking_for(desk.workspace, inbox, near)
        assert target is not None and target.public_url == theirs.url
        assert program.fate_of_links(inbox.id, near) == fate == LinkFate()
        target, fate = find_tracking_for(desk.workspace, inbox, elsewhere)
        assert target is None and program.fate_of_links(inbox.id, elsewhere) == fate != LinkFate()
    finally:
        theirs.stop()
