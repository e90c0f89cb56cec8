"""A bug, a locked keyring, a thread that hangs: what goes wrong in one place ends nothing else, and nothing for good."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.domain.errors import SecretError
from app.domain.inboxes import InboxState, Secret
from app.domain.outbox import OutboxState
from app.domain.problems import ProblemCode
from app.runtime import inbox_worker, outbox_worker, worker
from app.runtime.background import Background
from app.runtime.inbox_worker import InboxWorker
from app.runtime.jobs import Jobs, Workers, end_all
from app.runtime.outbox_worker import OutboxWorker
from app.runtime.worker import Worker
from app.secrets.protocol import PassphraseNeeded, SecretStore
from app.services.workspace import Workspace
from app.store import Store
from tests.support.desk import Desk, Mailboxes
from tests.support.mailbox import MailAccount


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What reached the crash dialog."""
    seen: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, value, _trace: seen.append(value))
    return seen


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "restart_delay", lambda _failures: 0.02)


class Asking:
    """A keyring that asks its user: it answers once `answered` is set."""

    name = "system keyring"

    def __init__(self, real: SecretStore) -> None:
        self._real = real
        self.asked = threading.Event()
        self.answered = threading.Event()

    def get(self, key: str) -> Secret | None:
        self.asked.set()
        assert self.answered.wait(20)
        return self._real.get(key)

    def set(self, key: str, secret: Secret) -> None:
        self._real.set(key, secret)

    def delete(self, key: str) -> None:
        assert self.answered.wait(20)
        self._real.delete(key)


class Shut:
    """Cannot be read until it is `open`."""

    name = "system keyring"

    def __init__(self, real: SecretStore, fault: SecretError) -> None:
        self._real, self._fault = real, fault
        self.open = False

    def get(self, key: str) -> Secret | None:
        if not self.open:
            raise self._fault
        return self._real.get(key)

    def set(self, key: str, secret: Secret) -> None:
        raise self._fault

    def delete(self, key: str) -> None:
        raise self._fault


class Stumbling(Worker):
    lasting = True

    def __init__(self, store: Store, times: int) -> None:
        super().__init__("stumbling", store)
        self.left, self.begun = times, 0

    def work(self) -> None:
        self.begun += 1
        if self.left:
            self.left -= 1
            raise RuntimeError(f"bug {self.left}")


def test_lasting_work_is_begun_anew_and_its_bug_is_told_once(
    qtbot: QtBot, desk: Desk, bugs: list[BaseException], soon: None
) -> None:
    stumbling = Stumbling(desk.workspace.store, 3)
    with qtbot.waitSignal(stumbling.finished):
        stumbling.start()
    assert stumbling.begun == 4
    assert [str(bug) for bug in bugs] == ["bug 2"]


def test_other_work_ends_with_its_bug(qtbot: QtBot, desk: Desk, bugs: list[BaseException]) -> None:
    stumbling = Stumbling(desk.workspace.store, 3)
    stumbling.lasting = False
    with qtbot.waitSignal(stumbling.finished):
        stumbling.start()
    assert (stumbling.begun, len(bugs)) == (1, 1)


def test_work_that_stumbles_all_the_time_ends_when_asked(qtbot: QtBot, desk: Desk, bugs: list[BaseException]) -> None:
    stumbling = Stumbling(desk.workspace.store, 1_000_000)
    stumbling.start()
    qtbot.waitUntil(lambda: len(bugs) == 1)
    assert stumbling.stop(2000)


def test_one_message_with_a_bug_does_not_hold_up_the_others(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, bugs: list[BaseException],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ada = mailbox("ada")
    inbox = desk.connect(me)
    bad, good = desk.queue(inbox, ada, subject="bad"), desk.queue(inbox, ada, subject="good")
    real, tried = outbox_worker.send_message, []

    def send(workspace: Workspace, outbox_id: int, cancel: threading.Event) -> object:
        tried.append(outbox_id)
        if outbox_id == bad:
            raise ZeroDivisionError("a bug in this message")
        return real(workspace, outbox_id, cancel)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox_worker, "send_message", send)
    outbox = OutboxWorker(desk.workspace)
    told: list[str] = []
    outbox.faulted.connect(told.append)
    outbox.start()
    try:
        qtbot.waitUntil(lambda: desk.outgoing(good).state == OutboxState.SENT, timeout=10_000)
        qtbot.waitUntil(lambda: bool(told), timeout=10_000)  # said after the copy was filed in Sent
        for _ in range(3):  # however often it is woken, the bad one is left alone for a while
            outbox.wake()
            qtbot.wait(50)
    finally:
        assert outbox.stop()
    assert tried.count(bad) == 1
    assert [type(bug) for bug in bugs] == [ZeroDivisionError]
    assert told == [outbox_worker.BUG]


def test_a_fault_of_the_database_does_not_end_the_outbox(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, bugs: list[BaseException], soon: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    queued = desk.queue(desk.connect(me), mailbox("ada"))
    table = type(desk.workspace.store.outbox)
    real, asked = table.due, []

    def due(self: object, at: object) -> object:
        asked.append(at)
        if len(asked) == 1:
            raise RuntimeError("disk I/O error")
        return real(self, at)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "due", due)
    outbox = OutboxWorker(desk.workspace)
    outbox.start()
    try:
        qtbot.waitUntil(lambda: desk.outgoing(queued).state == OutboxState.SENT, timeout=10_000)
    finally:
        assert outbox.stop()
    assert [str(bug) for bug in bugs] == ["disk I/O error"]


@pytest.mark.parametrize("fault", [SecretError("The keyring is locked."), PassphraseNeeded("Give the passphrase.")])
def test_secrets_that_cannot_be_read_are_shown_and_tried_again(
    qtbot: QtBot, desk: Desk, me: MailAccount, fault: SecretError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_worker, "SECRETS_AGAIN", 0.05)
    monkeypatch.setattr(inbox_worker, "reconnect_delay", lambda _failures, _asked=None: 0.05)
    inbox = desk.connect(me)
    shut = Shut(desk.workspace.secrets.store(), fault)
    desk.workspace.secrets.use(shut)
    told: list[tuple[str, bool]] = []
    reader = InboxWorker(desk.workspace, inbox.id)
    reader.secrets_needed.connect(lambda text, locked: told.append((text, locked)))
    reader.start()
    try:
        qtbot.waitUntil(lambda: desk.inbox(inbox.id).state == InboxState.UNREACHABLE)
        problem = desk.inbox(inbox.id).problem
        assert problem is not None and problem.code == ProblemCode.SECRETS_LOCKED
        shut.open = True
        qtbot.waitUntil(lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED, timeout=10_000)
    finally:
        assert reader.stop()
    assert told == [(str(fault), isinstance(fault, PassphraseNeeded))]
    assert desk.inbox(inbox.id).problem is None


# -- threads that do not end at once


def hang_in_the_keyring(desk: Desk) -> Asking:
    asking = Asking(desk.workspace.secrets.store())
    desk.workspace.secrets.use(asking)
    return asking


def no_threads(background: Background) -> bool:
    return not [w for w in background.findChildren(InboxWorker) if w.isRunning()]


@pytest.fixture
def background(desk: Desk) -> Iterator[Callable[[], Background]]:
    made: list[Background] = []

    def begin() -> Background:
        made.append(Background(desk.workspace))
        made[-1].start()
        return made[-1]

    yield begin
    ended = [b.stop() for b in made]
    assert all(ended)


def test_an_inbox_whose_keyring_asks_can_be_disabled_at_once(
    qtbot: QtBot, desk: Desk, me: MailAccount, background: Callable[[], Background]
) -> None:
    inbox = desk.connect(me)
    asking = hang_in_the_keyring(desk)
    running = background()
    assert asking.asked.wait(10)
    (reader,) = running.findChildren(InboxWorker)
    running.stop_inbox(inbox.id)
    assert reader.isRunning()  # nobody waited for it, and it was not destroyed
    asking.answered.set()
    with qtbot.waitSignal(reader.destroyed, timeout=10_000):
        pass


def test_a_restarted_inbox_begins_when_its_last_worker_has_ended(
    qtbot: QtBot, desk: Desk, me: MailAccount, background: Callable[[], Background]
) -> None:
    inbox = desk.connect(me)
    asking = hang_in_the_keyring(desk)
    running = background()
    assert asking.asked.wait(10)
    (first,) = running.findChildren(InboxWorker)
    for _ in range(3):
        running.restart(inbox.id)
        running.reconcile()
    assert running.findChildren(InboxWorker) == [first]
    asking.answered.set()
    with qtbot.waitSignal(first.destroyed, timeout=10_000):
        pass
    assert len(running.findChildren(InboxWorker)) == 1
    qtbot.waitUntil(lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED, timeout=10_000)


def test_a_thread_that_hangs_at_the_end_is_not_destroyed(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runtime.jobs.STOP_MILLISECONDS", 50)
    release = threading.Event()
    owner = QObject()
    jobs = Jobs(desk.workspace.store, owner)
    answers: list[object] = []
    jobs.run("hang", lambda: release.wait(20), lambda result, why: answers.append((result, why)))
    (job,) = jobs.workers.all()
    assert not end_all([job])
    del jobs, owner
    assert job.isRunning()
    release.set()
    assert job.wait(5000)


def test_a_job_answers_on_the_main_thread_whatever_happens(qtbot: QtBot, desk: Desk, bugs: list[BaseException]) -> None:
    owner = QObject()
    jobs = Jobs(desk.workspace.store, owner)
    answers: list[tuple[object, str, bool]] = []

    def fault() -> None:
        raise SecretError("The keyring is locked.")

    def bug() -> None:
        raise ZeroDivisionError

    def then(result: object, why: str) -> None:
        answers.append((result, why, threading.current_thread() is threading.main_thread()))

    for call in (lambda: 7, fault, bug):
        jobs.run("job", call, then)
        qtbot.waitUntil(lambda: not jobs.workers.all())
    assert [a[0] for a in answers] == [7, None, None]
    assert [bool(a[1]) for a in answers] == [False, True, True]
    assert answers[1][1] == "The keyring is locked."
    assert all(a[2] for a in answers)
    assert [type(b) for b in bugs] == [ZeroDivisionError]


def test_a_worker_that_has_ended_already_is_not_kept(qtbot: QtBot, desk: Desk) -> None:
    owner = QObject()
    workers = Workers(owner)
    done = Stumbling(desk.workspace.store, 0)
    done.start()
    assert done.wait(5000)
    workers.keep(done)
    assert workers.all() == ()
