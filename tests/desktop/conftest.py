"""The program on a real display: Xvfb with a window manager, a private D-Bus with a notification service and a tray.

To be run in a process of its own (`pytest tests/desktop`): Qt chooses its platform once."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QThread
from PySide6.QtWidgets import QApplication

from app.bootstrap import open_workspace
from app.ui.application import Desktop
from app.ui.kit.fonts import load_fonts
from tests.support.authority import Authority
from tests.support.desktop_bus import DesktopBus
from tests.support.xdisplay import XDisplay


@pytest.fixture(scope="session")
def bus() -> Iterator[DesktopBus]:
    with DesktopBus() as running:
        yield running


@pytest.fixture(scope="session")
def display(bus: DesktopBus) -> Iterator[XDisplay]:
    with XDisplay(["openbox"]) as running:
        before = dict(os.environ)
        os.environ.update({**running.env(), **bus.env()})
        yield running
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def qapp(display: XDisplay, qapp_args: list[str]) -> Iterator[QApplication]:
    app = QApplication(["hitchpost"])
    app.setApplicationName("Hitchpost")
    app.setQuitOnLastWindowClosed(False)
    load_fonts()
    yield app
    app.shutdown()  # before its display goes


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The test servers' authority is one of the system's, as in a company."""
    path = tmp_path / "authorities.pem"
    path.write_text(authority.ca_pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


@pytest.fixture
def start(qapp: QApplication, home: Path, bus: DesktopBus) -> Iterator[Callable[[], Desktop]]:
    """Starts the program on the home of the test, as often as asked (a restart), and sees that it ends whole."""
    running: list[Desktop] = []

    def begin() -> Desktop:
        for earlier in running:
            assert earlier.close()
        desktop = Desktop(qapp, open_workspace(home))
        running.append(desktop)
        desktop.start()
        return desktop

    yield begin
    threads = [t for d in running for t in d.program.findChildren(QThread)]
    for desktop in running:
        assert desktop.close(), "a thread did not end in time"
    assert not [t.objectName() for t in threads if t.isRunning()]
    running.clear()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert not [w for w in qapp.topLevelWidgets() if w.isVisible()]
