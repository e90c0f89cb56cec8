"""Sleep, other networks, servers that ask for patience, the day's bytes, a battery that is spared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.backends import sleep_clock
from app.backends.imap import ImapSession, idle
from app.domain.errors import MailFault
from app.domain.inboxes import InboxState
from app.domain.problems import Problem, ProblemCode
from app.domain.retry import LONGEST_ASKED, reconnect_delay, still_asked, until_tomorrow
from app.runtime import inbox_worker
from app.runtime.background import Background
from app.runtime.inbox_worker import InboxWorker
from app.runtime.surroundings import Surroundings, spares_battery
from app.runtime.worker import Worker
from app.services import byte_budget
from app.services.byte_budget import check_budget
from tests.support.desk import Desk, Mailboxes, written
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount


@pytest.fixture
def start() -> Iterator[Callable[[Worker], Worker]]:
    started: list[Worker] = []

    def begin(worker: Worker) -> Worker:
        started.append(worker)
        worker.start()
        return worker

    yield begin
    ended = [worker.stop() for worker in started]
    assert all(ended)


def until(qtbot: QtBot, condition: Callable[[], bool], seconds: float = 10) -> None:
    qtbot.waitUntil(condition, timeout=int(seconds * 1000))


# -- sleep and networks


def test_sleep_is_noticed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = [0.0]
    monkeypatch.setattr(sleep_clock, "_slept", lambda: slept[0])
    monkeypatch.setattr("app.runtime.surroundings.LOOK_MILLISECONDS", 20)
    around = Surroundings()
    around.start()
    with qtbot.assertNotEmitted(around.stirred, wait=100):
        pass
    with qtbot.waitSignal(around.stirred, timeout=2000):
        slept[0] += 3600
    with qtbot.assertNotEmitted(around.stirred, wait=100):
        slept[0] += 5
    around.stop()


def test_a_dead_connection_is_made_anew_at_once_after_sleep(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot, start: Callable[..., InboxWorker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    idling: set[int] = set()
    listen = idle._listen

    def listened(*arguments: object) -> None:
        idling.add(threading.get_ident())
        listen(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(idle, "_listen", listened)
    with FaultProxy(dovecot.imaps_port) as proxy:
        desk.move(inbox, imap_port=proxy.port)
        worker = start(InboxWorker(desk.workspace, inbox.id))
        until(qtbot, lambda: len(idling) == 2)  # the inbox and Sent
        proxy.mode = "blackhole"  # all that is open is dead and says nothing
        me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="slept@x.example"))
        before = proxy.connections
        begun = time.monotonic()
        worker.stir()
        until(qtbot, lambda: proxy.connections > before)  # the old one was given up
        assert time.monotonic() - begun < 5
        proxy.mode = "pass"
        until(qtbot, lambda: len(desk.received(ada.address)) == 1)
        worker.request_stop()
        assert worker.wait(5000)


def test_waiting_for_a_network_ends_when_there_is_one(
    qtbot: QtBot, desk: Desk, me: MailAccount, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch,
    start: Callable[..., InboxWorker],
) -> None:  # fmt: skip
    waits: list[int] = []
    monkeypatch.setattr(inbox_worker, "reconnect_delay", lambda failures, _asked=None: waits.append(failures) or 300.0)
    inbox = desk.connect(me)
    dovecot.pause()
    try:
        worker = start(InboxWorker(desk.workspace, inbox.id))
        until(qtbot, lambda: len(waits) == 1)
    finally:
        dovecot.resume()
    worker.stir()
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    assert waits == [1]


# -- servers that ask for patience


def test_what_the_server_asks_for_is_waited_for(
    qtbot: QtBot, desk: Desk, me: MailAccount, monkeypatch: pytest.MonkeyPatch, start: Callable[..., InboxWorker]
) -> None:
    """Whoever is impatient here: not a network, and not a person who wants to sync now."""
    tries: list[float] = []
    problem = Problem(
        ProblemCode.THROTTLED, "imap.example.com", server_says="Suggested Backoff Time: 2000", retry_after=2
    )

    def refused(*_: object) -> ImapSession:
        tries.append(time.monotonic())
        raise MailFault(problem)

    monkeypatch.setattr(inbox_worker, "open_reading", refused)
    inbox = desk.connect(me)
    worker = start(InboxWorker(desk.workspace, inbox.id))
    until(qtbot, lambda: desk.inbox(inbox.id).problem == problem)  # told at once
    for _ in range(5):
        worker.wake()
        worker.stir()
        qtbot.wait(100)
    assert len(tries) == 1
    until(qtbot, lambda: len(tries) == 2)
    assert tries[1] - tries[0] >= 2


def test_numbers_of_servers() -> None:
    assert reconnect_delay(1, 299.8) == 299.8
    assert reconnect_delay(8, 2.0) == 300.0
    assert reconnect_delay(1, 1e12) == LONGEST_ASKED
    at = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    assert until_tomorrow(at) == 5400
    assert still_asked(at, 60, at + timedelta(seconds=59)) and not still_asked(at, 60, at + timedelta(seconds=61))
    assert not still_asked(at, None, at)


# -- the day's bytes


def test_the_days_bytes_end(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch,
    start: Callable[..., InboxWorker],
) -> None:  # fmt: skip
    """Reading stops between two messages, says why, and goes on tomorrow, or when the limit is raised."""
    monkeypatch.setattr(byte_budget, "_WRITE_EVERY", 10_000)
    monkeypatch.setattr(inbox_worker, "ASKED_AGAIN", 0.2)
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    store = desk.workspace.store
    for number in range(9):
        text = "x" * 70 + "\n" + f"{number} line of text\n" * 12_000
        me.deliver(
            written(ada.address, me.address, parent=sent.message_id, message_id=f"b{number}@x.example", text=text)
        )
    with store.transaction():
        store.settings.put("sync.daily_megabytes", 1)
    worker = start(InboxWorker(desk.workspace, inbox.id))
    until(qtbot, lambda: desk.inbox(inbox.id).problem is not None)
    problem = desk.inbox(inbox.id).problem
    assert problem is not None and problem.code is ProblemCode.DAILY_LIMIT
    assert 0 < (problem.retry_after or 0) <= 86_400
    assert 1 <= len(desk.received(ada.address)) < 9
    assert 1_000_000 <= store.ledgers.bytes_today(inbox.id) < 1_600_000
    with pytest.raises(MailFault):
        check_budget(desk.workspace, inbox)
    with store.transaction():
        store.settings.put("sync.daily_megabytes", 100)
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    assert len(desk.received(ada.address)) == 9
    worker.request_stop()


# -- metered networks and batteries


def test_a_first_look_waits_where_bytes_cost(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, start: Callable[..., InboxWorker]
) -> None:
    """What comes is taken all the same."""
    ada = mailbox("ada")
    other = desk.connect(mailbox("other"))
    desk.sync(other)
    sent = desk.send(other, ada)
    me.append("INBOX", written(ada.address, me.address, parent=sent.message_id, message_id="old@x.example"))
    inbox = desk.connect(me)
    worker = InboxWorker(desk.workspace, inbox.id)
    worker.spares = True
    start(worker)
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    me.append("INBOX", written(ada.address, me.address, parent=sent.message_id, message_id="new@x.example"))
    until(qtbot, lambda: len(desk.received(ada.address)) == 1)
    assert [m.message_id for m in desk.received(ada.address)] == ["new@x.example"]
    worker.spares = False
    worker.wake()
    until(qtbot, lambda: len(desk.received(ada.address)) == 2)


@pytest.mark.parametrize(
    ("supplies", "profile", "spares"),
    [
        ({}, "", False),
        ({}, "low-power", True),
        ({}, "balanced", False),
        ({"BAT0": ("Battery", "Discharging", "15", "")}, "", True),
        ({"BAT0": ("Battery", "Discharging", "80", "")}, "", False),
        ({"BAT0": ("Battery", "Charging", "5", "")}, "", False),
        ({"mouse": ("Battery", "Discharging", "5", "Device")}, "", False),
        ({"AC": ("Mains", "", "", "")}, "", False),
        ({"BAT0": ("Battery", "Discharging", "full of it", "")}, "", False),
    ],
)
def test_when_the_battery_is_spared(
    tmp_path: Path, supplies: dict[str, tuple[str, str, str, str]], profile: str, spares: bool
) -> None:
    for name, values in supplies.items():
        (tmp_path / name).mkdir()
        for file, value in zip(("type", "status", "capacity", "scope"), values, strict=True):
            (tmp_path / name / file).write_text(value + "\n")
    (tmp_path / "profile").write_text(profile)
    assert spares_battery(tmp_path, tmp_path / "profile") is spares


def test_what_is_waited_for_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    background = Background(desk.workspace)
    monkeypatch.setattr(Surroundings, "metered", property(lambda self: True))
    assert "metered" in background.waits_for()
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("sync.pause_on_metered", False)
    monkeypatch.setattr(Surroundings, "sparing", property(lambda self: False))
    assert background.waits_for() == ""
    monkeypatch.setattr(Surroundings, "sparing", property(lambda self: True))
    assert "battery" in background.waits_for()


def test_a_first_look_follows_the_network_and_the_battery(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without sleep or another network in between, and without being asked."""
    monkeypatch.setattr("app.runtime.surroundings.LOOK_MILLISECONDS", 50)
    metered = True
    monkeypatch.setattr(Surroundings, "metered", property(lambda self: metered))
    monkeypatch.setattr(Surroundings, "sparing", property(lambda self: False))
    ada, other = mailbox("ada"), desk.connect(mailbox("other"))
    desk.sync(other)
    sent = desk.send(other, ada)
    me.append("INBOX", written(ada.address, me.address, parent=sent.message_id, message_id="old@x.example"))
    inbox = desk.connect(me)
    background = Background(desk.workspace)
    background.start()
    try:
        until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
        assert desk.received(ada.address) == []
        metered = False
        until(qtbot, lambda: len(desk.received(ada.address)) == 1)
        worker = background._inboxes[inbox.id]
        metered = True
        until(qtbot, lambda: worker.spares)
    finally:
        assert background.stop()
