"""The worker threads against real servers: they come back after trouble, and end within two seconds in every phase."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pytestqt.qtbot import QtBot

from app.domain.errors import StoreError
from app.domain.events import EventKind
from app.domain.inboxes import Inbox, InboxState, Secret
from app.domain.outbox import CopyState, OutboxState
from app.domain.problems import ProblemCode
from app.runtime import inbox_worker, outbox_worker
from app.runtime.event_worker import EventWorker
from app.runtime.inbox_worker import InboxWorker
from app.runtime.outbox_worker import OutboxWorker
from app.runtime.worker import Worker
from app.services import take_hits
from app.services.change_tracking import keep_token
from app.services.tracking_server import find_tracking, tracked_copies
from app.tracking.serve import TrackingServer
from tests.support.desk import Desk, Mailboxes, written
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer
from tests.support.submission import Submission


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Callable[[Worker], Worker]]:
    """Starts a worker that ends with the test."""
    started: list[Worker] = []

    def begin(worker: Worker) -> Worker:
        started.append(worker)
        worker.start()
        return worker

    yield begin
    ended = [worker.stop() for worker in started]
    assert all(ended)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnects after a moment."""
    monkeypatch.setattr(inbox_worker, "reconnect_delay", lambda _failures, _asked=None: 0.2)


def stop_in_time(worker: Worker) -> float:
    begun = time.monotonic()
    assert worker.stop()
    needed = time.monotonic() - begun
    assert needed < 2, needed
    return needed


def until(qtbot: QtBot, condition: Callable[[], bool], seconds: float = 10) -> None:
    qtbot.waitUntil(condition, timeout=int(seconds * 1000))


# -- the inbox worker comes back


def test_server_away_for_a_while(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot, start: Callable[..., Worker],
    impatient: None,
) -> None:  # fmt: skip
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    made: list[int] = []
    worker = InboxWorker(desk.workspace, inbox.id)
    worker.events_made.connect(made.extend)
    start(worker)
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    dovecot.pause()
    try:
        until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.UNREACHABLE)
        problem = desk.inbox(inbox.id).problem
        assert problem is not None and problem.transient
    finally:
        dovecot.resume()
    me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="later@x.example"))
    until(qtbot, lambda: len(made) == 1)
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    assert desk.inbox(inbox.id).problem is None
    assert desk.feed(EventKind.INBOX) == []  # a server that is away is no event
    assert len(desk.received(ada.address)) == 1


def test_an_hour_of_health_forgives_old_failures(
    qtbot: QtBot, desk: Desk, me: MailAccount, dovecot: Dovecot, start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Connections that hold are lost now and then: each time it is the first failure again."""
    asked: list[int] = []
    monkeypatch.setattr(inbox_worker, "reconnect_delay", lambda failures, _asked=None: asked.append(failures) or 0.05)
    monkeypatch.setattr(inbox_worker, "HELD_WELL", 0.0)
    with FaultProxy(dovecot.imaps_port) as proxy:
        inbox = desk.move(desk.connect(me), imap_port=proxy.port)
        worker = start(InboxWorker(desk.workspace, inbox.id))
        assert isinstance(worker, InboxWorker)
        for round_ in range(1, 5):
            until(qtbot, lambda: worker._synced_at is not None)
            proxy.cut()
            until(qtbot, lambda wanted=round_: len(asked) >= wanted)  # type: ignore[misc]
        stop_in_time(worker)
    assert asked == [1, 1, 1, 1]


def test_a_server_that_always_hangs_up_is_asked_ever_less(
    qtbot: QtBot, desk: Desk, me: MailAccount, dovecot: Dovecot, start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    asked: list[int] = []
    monkeypatch.setattr(inbox_worker, "reconnect_delay", lambda failures, _asked=None: asked.append(failures) or 0.05)
    with FaultProxy(dovecot.imaps_port) as proxy:
        inbox = desk.move(desk.connect(me), imap_port=proxy.port)
        worker = start(InboxWorker(desk.workspace, inbox.id))
        assert isinstance(worker, InboxWorker)
        for round_ in range(1, 7):
            until(qtbot, lambda: worker._synced_at is not None)
            proxy.cut()
            until(qtbot, lambda wanted=round_: len(asked) >= wanted)  # type: ignore[misc]
        stop_in_time(worker)
    assert asked[:4] == [1, 2, 3, 4] and max(asked) == 4


def test_trouble_that_needs_nobody_is_tried_again(
    qtbot: QtBot, desk: Desk, me: MailAccount, dovecot: Dovecot, start: Callable[..., Worker], impatient: None
) -> None:
    """A hotel's sign-in page answers on the port: not reachable, until it is gone."""
    with ScriptedServer(lambda talk: talk.say("HTTP/1.1 400 Bad Request", "")) as page, FaultProxy(page.port) as proxy:
        inbox = desk.move(desk.connect(me), imap_port=proxy.port)
        start(InboxWorker(desk.workspace, inbox.id))
        until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.UNREACHABLE)
        problem = desk.inbox(inbox.id).problem
        assert problem is not None and not problem.transient
        proxy._target = ("127.0.0.1", dovecot.imaps_port)
        until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)


def test_sign_in_is_asked_for_once(
    qtbot: QtBot, desk: Desk, me: MailAccount, dovecot: Dovecot, start: Callable[..., Worker], impatient: None
) -> None:
    inbox = desk.connect(me)
    desk.sync(inbox)
    dovecot.change_password(me.address, "a new one")
    for _ in range(2):  # the second one does not even connect
        worker = start(InboxWorker(desk.workspace, inbox.id))
        until(qtbot, worker.isFinished)
    assert desk.inbox(inbox.id).state == InboxState.NEEDS_SIGN_IN
    events = desk.feed(EventKind.INBOX)
    assert [e.inbox_address for e in events] == [me.address]
    assert events[0].problem is not None and events[0].problem.code == ProblemCode.WRONG_CREDENTIALS
    desk.connect(replace(me, secret=Secret("a new one")))
    start(InboxWorker(desk.workspace, inbox.id))
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    assert len(desk.feed(EventKind.INBOX)) == 1


def test_a_full_disk_passes(
    qtbot: QtBot, desk: Desk, me: MailAccount, start: Callable[..., Worker], impatient: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Also while the trouble itself cannot be written down."""
    inbox = desk.connect(me)
    full = [True]
    calls: list[str] = []

    def fail_while_full(name: str) -> None:
        real = getattr(inbox_worker, name)

        def guarded(*arguments: object) -> object:
            calls.append(name)
            if full[0]:
                raise StoreError("There is no room left on the disk.")
            return real(*arguments)

        monkeypatch.setattr(inbox_worker, name, guarded)

    fail_while_full("mark_trouble")
    fail_while_full("InboxSync")
    start(InboxWorker(desk.workspace, inbox.id))
    until(qtbot, lambda: calls.count("mark_trouble") >= 2)
    full[0] = False
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)


# -- the inbox worker ends


@pytest.mark.parametrize("phase", ["connecting", "idling", "reading", "waiting"])
def test_inbox_worker_ends(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot, start: Callable[..., Worker],
    phase: str,
) -> None:  # fmt: skip
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    with FaultProxy(dovecot.imaps_port) as proxy:
        desk.move(inbox, imap_port=proxy.port if phase != "waiting" else free_port())
        worker = InboxWorker(desk.workspace, inbox.id)
        match phase:
            case "connecting":
                proxy.mode = "blackhole"
                start(worker)
                until(qtbot, lambda: proxy.connections == 1)
            case "idling":
                start(worker)
                until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
                time.sleep(0.3)
            case "reading":
                text = "\n".join(["x" * 70] * 40_000)
                me.deliver(
                    written(ada.address, me.address, parent=sent.message_id, message_id="big@x.example", text=text)
                )
                proxy.delay = 0.1  # 64 kB each time
                start(worker)
                until(qtbot, lambda: proxy.connections == 1)
                time.sleep(1.5)
                assert desk.received(ada.address) == []
            case "waiting":
                start(worker)
                time.sleep(0.5)
        stop_in_time(worker)
    if phase == "reading":
        desk.sync(desk.move(inbox, imap_port=dovecot.imaps_port))
        assert len(desk.received(ada.address)) == 1


# -- the outbox worker


def test_outbox_worker_sends_and_files(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, start: Callable[..., Worker]
) -> None:
    ada = mailbox("ada")
    inbox = desk.connect(me)
    worker = start(OutboxWorker(desk.workspace))
    outbox_id = desk.queue(inbox, ada)
    worker.wake()
    until(qtbot, lambda: desk.outgoing(outbox_id).sent_copy_filed)
    assert desk.outgoing(outbox_id).state == OutboxState.SENT
    assert (len(ada.messages()), len(me.messages("Sent"))) == (1, 1)
    stop_in_time(worker)


@pytest.mark.parametrize(
    "phase", ["connecting", "answer to RCPT", "answer to the message", "filing", "tracking server"]
)
def test_outbox_worker_ends(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, dovecot: Dovecot, submission: Submission,
    start: Callable[..., Worker], phase: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("app.backends.smtp.session._GRACE_FOR_ANSWER", 0.8)  # a person waits longer than this test
    ada = mailbox("ada")
    inbox = desk.connect(me)
    held: list[str] = []

    def hold() -> None:
        held.append("here")
        time.sleep(0.1)
        proxy.mode = "blackhole"

    with (
        FaultProxy(submission.port) as proxy,
        FaultProxy(dovecot.imaps_port) as imap,
        FaultProxy(submission.port) as tracker,
    ):
        imap.mode = tracker.mode = "blackhole"
        inbox = desk.move(inbox, smtp_port=proxy.port, imap_port=imap.port if phase == "filing" else 0)
        match phase:
            case "connecting":
                proxy.mode = "blackhole"
            case "answer to RCPT":
                submission.faults["RCPT"] = [hold]  # type: ignore[list-item]
            case "answer to the message":
                submission.faults["ANSWER"] = [hold]  # type: ignore[list-item]
            case "tracking server":
                _elsewhere(desk, tracker.port)
        outbox_id = desk.queue(inbox, ada, track=phase == "tracking server")
        worker = start(OutboxWorker(desk.workspace))
        watched = {"filing": imap, "tracking server": tracker}.get(phase, proxy)
        until(qtbot, lambda: bool(held) if phase.startswith("answer") else watched.connections == 1)
        time.sleep(0.4)
        stop_in_time(worker)
    message = desk.outgoing(outbox_id)
    expected = {
        "answer to the message": (OutboxState.UNKNOWN, CopyState.UNKNOWN),
        "filing": (OutboxState.SENT, CopyState.ACCEPTED),
    }
    state = (message.state, message.copies[0].state)
    assert state == expected.get(phase, (OutboxState.QUEUED, CopyState.PENDING))
    assert not message.sent_copy_filed


def _elsewhere(desk: Desk, port: int) -> None:
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("tracking.url", f"http://127.0.0.1:{port}")
    keep_token(desk.workspace, desk.workspace.tracking.api_token())


def test_outbox_worker_tells_each_trouble_once(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ada, bob = mailbox("ada"), mailbox("bob")
    inbox = desk.connect(me)
    first, second = desk.queue(inbox, ada), desk.queue(inbox, bob)
    real, tries = outbox_worker.send_message, []

    def failing(workspace: object, outbox_id: int, cancel: object) -> object:
        if outbox_id == first:
            tries.append(outbox_id)
            raise StoreError("There is no room left on the disk.")
        return real(workspace, outbox_id, cancel)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox_worker, "send_message", failing)
    monkeypatch.setattr(outbox_worker, "AFTER_A_FAULT", 0.2)
    told: list[str] = []
    worker = OutboxWorker(desk.workspace)
    worker.faulted.connect(told.append)
    start(worker)
    until(qtbot, lambda: len(tries) >= 3)
    assert desk.outgoing(second).state == OutboxState.SENT
    assert told == ["There is no room left on the disk."]
    assert len(tries) < 10


# -- the event worker


def test_event_worker_goes_on_from_its_place(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, start: Callable[..., Worker]
) -> None:
    server = TrackingServer("127.0.0.1", 0, desk.workspace.tracking.path)
    server.start()
    try:
        inbox = desk.connect(me)
        sent = desk.send(inbox, mailbox("ada"), track=True, text="https://example.com/x")
        assert sent.logged_pk is not None
        pixel = tracked_copies(desk.workspace, sent.logged_pk)[0].pixel_url
        made: list[int] = []
        worker = EventWorker(desk.workspace)
        worker.events_made.connect(made.extend)
        with qtbot.waitSignal(worker.caught_up) as first:
            start(worker)
        assert first.args == [()]
        browser = {"User-Agent": "Mozilla/5.0 Thunderbird/128.0"}
        httpx.get(pixel, headers=browser)
        until(qtbot, lambda: len(made) == 1)
        port = int(server.url.rsplit(":", 1)[1])
        server.stop()
        server = TrackingServer("127.0.0.1", port, desk.workspace.tracking.path)
        server.start()
        httpx.get(pixel, headers=browser)
        until(qtbot, lambda: len(made) == 2)
        stop_in_time(worker)
    finally:
        server.stop()
    assert len(desk.feed(EventKind.OPEN)) == 2


@pytest.mark.parametrize(
    ("elsewhere", "asked", "pauses"), [(False, 500, (0.5, 1.0)), (True, 500, (0.5, 1.0)), (True, 1200, (1.2, 1.5))]
)
def test_event_worker_looks_at_once_for_a_server_that_went_and_soon_again(
    qtbot: QtBot,
    desk: Desk,
    start: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
    elsewhere: bool,
    asked: int,
    pauses: tuple[float, float],
) -> None:
    """A restart takes some seconds; hits after it are to be told within one. `asked`: what the server named, in ms."""
    seen: list[float] = []  # pauses; 0 for each look

    class Told(EventWorker):
        def pause(self, seconds: float) -> None:
            seen.append(seconds)
            super().pause(seconds)

    def look(*arguments: Any) -> Any:
        seen.append(0)
        return find_tracking(*arguments)

    monkeypatch.setattr("app.runtime.event_worker.find_tracking", look)
    monkeypatch.setattr("app.runtime.event_worker.STEADY", 0.0)
    monkeypatch.setattr("app.tracking.server.api.RETRY", f": hitchpost\nretry: {asked}\n\n".encode())
    server = TrackingServer("127.0.0.1", 0, desk.workspace.tracking.path)
    server.start()
    try:
        if elsewhere:
            with desk.workspace.store.transaction():
                desk.workspace.store.settings.put("tracking.url", server.url)
        worker = Told(desk.workspace)
        with qtbot.waitSignal(worker.availability) as here:
            start(worker)
        assert here.args == [True, server.url, ""]
        until(qtbot, lambda: worker._asked == asked / 1000)
        port = int(server.url.rsplit(":", 1)[1])
        with qtbot.waitSignal(worker.availability) as gone:
            server.stop()
        assert gone.args is not None and gone.args[0] is False
        until(qtbot, lambda: seen.count(0) >= 4)
        assert seen[:2] == [0, 0] and seen[3::2] == [0] * len(seen[3::2])  # at once, then after a pause each
        assert all(pauses[0] <= pause <= pauses[1] for pause in seen[2::2])
        server = TrackingServer("127.0.0.1", port, desk.workspace.tracking.path)
        with qtbot.waitSignal(worker.availability) as back:
            server.start()
        assert back.args == here.args
        stop_in_time(worker)
    finally:
        server.stop()


@pytest.mark.parametrize("phase", ["looking", "fetching", "nobody there"])
def test_event_worker_ends(
    qtbot: QtBot, desk: Desk, start: Callable[..., Worker], phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = TrackingServer("127.0.0.1", 0, desk.workspace.tracking.path)
    server.start()
    try:
        with FaultProxy(int(server.url.rsplit(":", 1)[1])) as proxy:
            _elsewhere(desk, free_port() if phase == "nobody there" else proxy.port)
            if phase == "fetching":
                real = take_hits.fetch_events

                def silent(*arguments: object, **named: object) -> object:
                    proxy.mode = "blackhole"
                    return real(*arguments, **named)  # type: ignore[arg-type]

                monkeypatch.setattr(take_hits, "fetch_events", silent)
            elif phase == "looking":
                proxy.mode = "blackhole"
            worker = start(EventWorker(desk.workspace))
            if phase != "nobody there":
                until(qtbot, lambda: proxy.connections >= (2 if phase == "fetching" else 1))
            time.sleep(0.3)
            stop_in_time(worker)
    finally:
        server.stop()


def test_wake_is_not_an_end(qtbot: QtBot, desk: Desk, me: MailAccount, start: Callable[..., Worker]) -> None:
    inbox: Inbox = desk.connect(me)
    worker = start(InboxWorker(desk.workspace, inbox.id))
    until(qtbot, lambda: desk.inbox(inbox.id).state == InboxState.CONNECTED)
    before = desk.inbox(inbox.id).last_sync_at
    for _ in range(5):
        worker.wake()
        time.sleep(0.1)
    assert worker.isRunning()
    until(qtbot, lambda: desk.inbox(inbox.id).last_sync_at != before)
    assert before is not None and desk.inbox(inbox.id).last_sync_at - before < timedelta(seconds=30)
