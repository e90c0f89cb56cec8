"""What this computer opens itself is its own, also after its address has changed: the program tells the tracking server
where it is (T5). A proxy in front of the real server stands for the way from other addresses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pytestqt.qtbot import QtBot

from app.runtime.program import Program
from app.services.change_tracking import keep_token
from app.services.tracking_server import pixel_address, sealing_keys
from app.store import models as m
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from tests.support.tracked_mail import THUNDERBIRD, TrackedMail, ref, tracked_mail

HOME, TRAIN, STRANGER = "203.0.113.7", "198.51.100.9", "192.0.2.200"


class Way:
    """Hands each connection on to the server, as if it came from `address`."""

    def __init__(self, port: int) -> None:
        self.address = HOME
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            head = b""
            while b"\r\n\r\n" not in head:
                some = near.recv(65536)
                if not some:
                    return
                head += some
            first, rest = head.split(b"\r\n", 1)
            far.sendall(first + f"\r\nX-Forwarded-For: {self.address}\r\n".encode() + rest)
            threading.Thread(target=self._pump, args=(near, far), daemon=True).start()
            self._pump(far, near)

    @staticmethod
    def _pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while some := source.recv(65536):
                target.sendall(some)
        except OSError:
            return

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def way(tmp_path: Path) -> Iterator[Way]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = TrackingServer("127.0.0.1", port, tmp_path / "server", trusted_proxies=["127.0.0.1"])
    server.start()
    made = Way(port)
    yield made
    made.close()
    server.stop()


@pytest.fixture
def mail(tmp_path: Path, way: Way) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path / "home") as made:
        with made.store.transaction():
            made.store.settings.put("tracking.url", way.url)
        keep_token(made.workspace, TrackingFolder(tmp_path / "server").api_token())
        yield made


def test_own_opens_are_known_after_the_address_changed(qtbot: QtBot, mail: TrackedMail, way: Way) -> None:
    pk = mail.send()
    program = Program(mail.workspace)
    told: list[str] = []
    program.event_arrived.connect(lambda row: told.append(row.verdict.value))
    pixel = pixel_address(sealing_keys(mail.workspace), way.url, ref("m", "karin"), ref("r", "karin"))

    def opened(count: int) -> str:
        """The verdict on one more open from where the way is now."""
        assert httpx.get(pixel, headers={"User-Agent": THUNDERBIRD}, timeout=10).status_code == 200
        qtbot.waitUntil(lambda: len(mail.feed(["open"])) == count, timeout=15_000)
        return mail.feed(["open"])[-1].verdict.value

    program.start()
    try:
        qtbot.waitUntil(lambda: m.OwnAddress.select().count() == 1, timeout=15_000)
        assert opened(1) == "own"
        way.address = TRAIN
        program.background._surroundings.stirred.emit()  # as after sleep, or on another network
        qtbot.waitUntil(lambda: m.OwnAddress.select().count() == 2, timeout=15_000)
        assert opened(2) == "own"
        way.address = STRANGER
        assert opened(3) == "person"
        qtbot.waitUntil(lambda: "person" in told, timeout=5000)
    finally:
        assert program.shut_down()
    assert [row.notified for row in mail.feed(["open"])][:2] == [False, False]
    assert mail.counts(pk)[0] == 1
