"""The workers that find a mail service and sign in at one: whoever waits for their end hears of it, and nobody waits for a
thread on the main one."""

from __future__ import annotations

import sys
import threading
import time

import pytest
from pytestqt.qtbot import QtBot

from app.domain.detection import NothingFound
from app.domain.inboxes import InboxKind, Provider
from app.domain.sign_in import SignInEnded
from app.runtime import find_worker, sign_in_worker
from app.runtime.find_worker import FindWorker
from app.runtime.jobs import BUG
from app.runtime.program import Program
from app.runtime.sign_in_worker import SignInWorker
from tests.support.desk import Desk


@pytest.fixture
def bugs(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What reached the crash dialog."""
    seen: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, value, _trace: seen.append(value))
    return seen


def _bug(*_arguments: object, **_named: object) -> None:
    raise KeyError("a bug")


def test_a_bug_ends_the_search_with_nothing(
    qtbot: QtBot, desk: Desk, bugs: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_worker, "find_provider", _bug)
    worker = FindWorker(desk.workspace, "ada@example.com")
    with qtbot.waitSignal(worker.found, timeout=5000) as found:
        worker.start()
    assert worker.stop()
    assert isinstance(found.args[0], NothingFound)
    assert [type(bug) for bug in bugs] == [KeyError]


def test_a_bug_ends_the_sign_in_with_a_sentence(
    qtbot: QtBot, desk: Desk, bugs: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_worker, "connect_by_sign_in", _bug)
    worker = SignInWorker(desk.workspace, Provider.GMAIL, "ada@example.com", InboxKind.PERSONAL, "1", False, "")
    with qtbot.waitSignal(worker.happened, timeout=5000) as ended:
        worker.start()
    assert worker.stop()
    assert ended.args[0] == SignInEnded(error=BUG)
    assert [type(bug) for bug in bugs] == [KeyError]


def test_another_search_does_not_wait_for_the_one_before(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()

    def find(_workspace: object, address: str, _cancel: threading.Event) -> NothingFound:
        if address.startswith("slow"):
            held.wait(4)
        return real(address)

    def real(address: str) -> NothingFound:
        return NothingFound(address, find_worker.Nothing.NO_SERVER)

    monkeypatch.setattr(find_worker, "find_provider", find)
    program = Program(desk.workspace)
    try:
        told: list[object] = []
        program.provider_found.connect(told.append)
        program.find_provider("slow@example.com")
        begun = time.monotonic()
        program.find_provider("ada@example.com")
        assert time.monotonic() - begun < 1
        qtbot.waitUntil(lambda: bool(told), timeout=3000)
        held.set()
        qtbot.wait(200)
        assert told == [real("ada@example.com")]
    finally:
        held.set()
        assert program.shut_down()
