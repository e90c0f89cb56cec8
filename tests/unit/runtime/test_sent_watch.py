"""Sent is pushed, too: on a second connection, which ends with its worker, and without which Sent is asked for."""

from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from app.backends.imap import ImapSession, open_imap
from app.backends.protocol import FolderStatus, MailBackend
from app.domain.inboxes import InboxState
from app.domain.pace import PUSHED
from app.runtime import inbox_worker, sent_watch
from app.runtime.inbox_worker import InboxWorker
from app.runtime.sent_watch import SentWatch
from app.services.explain_message import explain_message
from tests.support.authority import Issued
from tests.support.desk import Desk, Mailboxes, written
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount


def connections(server: Dovecot, user: str) -> int:
    """Of this user, as the server counts them."""
    command = ["doveadm", "-c", str(server.root / "dovecot.conf"), "who", "-1", user]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=10)
    return sum(line.split()[:1] == [user] for line in listed.stdout.splitlines())


def until(qtbot: QtBot, condition: Callable[[], bool], seconds: float = 10) -> None:
    qtbot.waitUntil(condition, timeout=int(seconds * 1000))


@pytest.mark.parametrize("way", ["plain", "asked seldom"])
def test_what_another_program_files_in_sent_is_logged_at_once(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "asked seldom":  # what is not pushed would not come at all
        monkeypatch.setattr(inbox_worker, "SENT_EVERY", 3600.0)
        monkeypatch.setattr(inbox_worker, "OTHERS_EVERY", 3600.0)
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    before = connections(me.dovecot, me.address)
    worker = InboxWorker(desk.workspace, inbox.id)
    worker.start()
    try:
        until(qtbot, lambda: worker.pace is not None and worker.pace.sent == PUSHED)
        assert worker.pace is not None and worker.pace.inbox == PUSHED
        until(qtbot, lambda: connections(me.dovecot, me.address) == before + 2)
        took = []
        for number in range(3):
            me.append(
                "Sent", written(me.address, ada.address, parent=sent.message_id, message_id=f"p{number}@x.example")
            )
            begun = time.monotonic()
            until(qtbot, lambda wanted=number + 2: len(desk.timeline(ada.address)) == wanted)  # type: ignore[misc]
            took.append(time.monotonic() - begun)
        assert max(took) < 3, took  # Dovecot itself waits for half a second
        assert connections(me.dovecot, me.address) == before + 2
        me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="answer@x.example"))
        until(qtbot, lambda: len(desk.received(ada.address)) == 1)
    finally:
        begun = time.monotonic()
        assert worker.stop()
        assert time.monotonic() - begun < 2
    assert worker.pace is None
    assert not [t for t in threading.enumerate() if t.name.endswith("-sent")]
    until(qtbot, lambda: connections(me.dovecot, me.address) == before)


def test_where_the_server_lets_in_one_connection_sent_is_asked_for(
    qtbot: QtBot, desk: Desk, certificate: Issued, mailbox: Mailboxes, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_worker, "SENT_EVERY", 1.0)
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    with Dovecot(certificate, connections=1) as narrow:
        narrow.add_user(me.address, me.password)
        inbox = desk.move(inbox, imap_port=narrow.imaps_port)
        worker = InboxWorker(desk.workspace, inbox.id)
        worker.start()
        try:
            until(qtbot, lambda: worker.pace is not None and "no more connections" in worker.pace.sent.why)
            assert worker.pace is not None and worker.pace.inbox.pushed
            assert not worker.pace.sent.pushed and worker.pace.sent.every == 1
            assert connections(narrow, me.address) == 1
            until(qtbot, lambda: desk.inbox(inbox.id).state is InboxState.CONNECTED)  # which is no trouble
            narrow.deliver(
                me.address, written(ada.address, me.address, parent=sent.message_id, message_id="a@x.example")
            )
            until(qtbot, lambda: len(desk.received(ada.address)) == 1)
        finally:
            assert worker.stop()
        assert desk.inbox(inbox.id).problem is None


def test_a_lost_connection_is_told_and_made_anew(
    dovecot: Dovecot, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_watch, "AFTER_LOSS", 0.3)
    woken = threading.Event()
    with FaultProxy(dovecot.imaps_port) as proxy:
        account = replace(me.account, imap=replace(me.account.imap, port=proxy.port))

        def opened(cancel: threading.Event) -> MailBackend:
            return open_imap(account, me.secret, cancel=cancel)

        watch = SentWatch(lambda: opened, woken.set)
        try:
            watch.tend("Sent")
            assert not watch.watch(60).pushed  # nobody waits for it
            assert woken.wait(5)
            assert watch.watch(60) == PUSHED and watch.take_news() and not watch.take_news()
            woken.clear()
            proxy.cut()
            assert woken.wait(5)
            watch.tend("Sent")
            told = watch.watch(60)
            assert not told.pushed and told.every == 60 and "lost" in told.why
            assert proxy.connections == 1  # not at once
            time.sleep(0.35)
            woken.clear()
            watch.tend("Sent")
            assert woken.wait(5)
            assert watch.watch(60) == PUSHED and proxy.connections == 2
            woken.clear()
            assert watch.take_news()  # what came meanwhile
            watch.stir()
            me.append("Sent", b"Subject: from elsewhere\r\n\r\nHello\r\n")
            assert woken.wait(5) and watch.take_news()
        finally:
            watch.end()
    assert not [t for t in threading.enumerate() if t.name.endswith("-sent")]


@pytest.mark.parametrize("folder", ["Sent", "INBOX"])
def test_what_comes_after_a_deletion_is_told(me: MailAccount, folder: str) -> None:
    """The folder then holds as many messages as before."""
    for number in range(3):
        me.append(folder, written(me.address, "ada@example.com", message_id=f"s{number}@x.example"))
    woken = threading.Event()
    watch = SentWatch(lambda: lambda cancel: open_imap(me.account, me.secret, cancel=cancel), woken.set)
    try:
        watch.tend(folder)
        assert woken.wait(5) and watch.take_news()
        woken.clear()
        me.dovecot.expunge(me.address, folder, 1)
        assert woken.wait(5) and watch.take_news()
        woken.clear()
        me.append(folder, written(me.address, "ada@example.com", message_id="new@x.example"))
        assert woken.wait(5) and watch.take_news()
    finally:
        watch.end()


class _Mute:
    """Lets the first connection through to the server; accepts others and says nothing, as some firewalls do."""

    def __init__(self, port: int) -> None:
        self._server = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> _Mute:
        self._threads[0].start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(client)
            if self.connections == 1:
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open.append(server)
                for one, other in ((client, server), (server, client)):
                    pump = threading.Thread(target=_pump, args=(one, other), daemon=True)
                    pump.start()
                    self._threads.append(pump)

    def __exit__(self, *_error: object) -> None:
        for each in (self._door, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)


def _pump(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(1 << 16):
            other.sendall(data)


def test_a_second_connection_that_hangs_holds_up_nothing(
    qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    inbox = desk.connect(me)
    sent = desk.send(inbox, ada)
    desk.sync(inbox)
    with _Mute(me.dovecot.imaps_port) as mute:
        worker = InboxWorker(desk.workspace, desk.move(inbox, imap_port=mute.port).id)
        worker.start()
        try:
            until(qtbot, lambda: mute.connections == 2)
            me.deliver(written(ada.address, me.address, parent=sent.message_id, message_id="quick@x.example"))
            until(qtbot, lambda: len(desk.received(ada.address)) == 1, 15)  # a connection is waited for twice as long
            assert worker.pace is not None and worker.pace.sent.why == sent_watch.MAKING
        finally:
            begun = time.monotonic()
            assert worker.stop()
            assert time.monotonic() - begun < 2
    assert not [t for t in threading.enumerate() if t.name.endswith("-sent")]


def test_an_inbox_has_three_connections_at_most(qtbot: QtBot, desk: Desk, me: MailAccount, mailbox: Mailboxes) -> None:
    """Its two, and one for whatever else looks at the mailbox, each in turn."""
    ada = mailbox("ada")
    inbox = desk.connect(me)
    desk.sync(inbox)
    before = connections(me.dovecot, me.address)
    worker = InboxWorker(desk.workspace, inbox.id)
    worker.start()
    most = []
    try:
        until(qtbot, lambda: worker.pace is not None and worker.pace.sent == PUSHED)
        done = threading.Event()

        def count() -> None:
            while not done.wait(0.02):
                most.append(connections(me.dovecot, me.address) - before)

        def errand(number: int) -> None:
            explain_message(desk.workspace, f"nowhere{number}@x.example")

        counting = threading.Thread(target=count)
        errands = [threading.Thread(target=errand, args=(number,)) for number in range(4)]
        for thread in (counting, *errands):
            thread.start()
        desk.send(inbox, ada)  # and its copy is filed
        for thread in errands:
            thread.join(30)
        done.set()
        counting.join(10)
    finally:
        assert worker.stop()
    assert max(most) == 3


def test_a_server_that_tells_a_higher_uidnext_each_time_is_not_asked_without_end(
    qtbot: QtBot, desk: Desk, me: MailAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    select, lies, seen = ImapSession.select, itertools.count(1000), list[str]()

    def lying(self: ImapSession, path: str, readonly: bool = True) -> FolderStatus:
        seen.append(path)
        return replace(select(self, path, readonly), uid_next=next(lies))

    monkeypatch.setattr(ImapSession, "select", lying)
    inbox = desk.connect(me)
    worker = InboxWorker(desk.workspace, inbox.id)
    made: list[int] = []
    worker.events_made.connect(made.extend)
    worker.start()
    try:
        until(qtbot, lambda: worker.pace is not None and worker.pace.sent == PUSHED)
        ours = desk.send(desk.inbox(inbox.id), me).message_id  # which comes to the inbox, too
        me.append("INBOX", written("ada@example.com", me.address, parent=ours, message_id="hers@x.example"))
        until(qtbot, lambda: bool(made))
        with pytest.raises(qtbot.TimeoutError):
            until(qtbot, lambda: seen.count("INBOX") > 40, 1)
    finally:
        assert worker.stop()


def test_a_wish_that_comes_while_one_is_looked_for_is_kept(desk: Desk, me: MailAccount) -> None:
    class Late(threading.Event):
        def is_set(self) -> bool:
            found = super().is_set()
            self.set()  # by the main thread, in just this moment
            return found

    worker = InboxWorker(desk.workspace, desk.connect(me).id)
    worker._wished = Late()
    assert worker._take_wish() is False
    assert worker._take_wish() is True
