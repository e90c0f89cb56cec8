"""Runs the program's window: one instance a home, theme, façade, window and tray, closed in reverse order."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QMessageBox

from app import __version__
from app.bootstrap import home_folder, open_workspace
from app.domain.errors import HitchpostError
from app.runtime.garbage import GarbageCollector
from app.runtime.program import Program
from app.services.workspaces import current_workspace, use_workspace
from app.ui.crash_dialog import CrashReporter
from app.ui.first_paint import FirstPaint
from app.ui.kit.fonts import load_fonts
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.pictures import app_icon
from app.ui.qt_types import QtTypes
from app.ui.tray import Tray

if TYPE_CHECKING:
    from app.domain.views import FeedRow
    from app.services.workspace import Workspace

_SECOND_START_MILLISECONDS = 500
_SIGNAL_LOOK_MILLISECONDS = 300


# Loaded on a thread of their own: with the mail and web libraries, which take longer than all else
AFTER_FIRST_PAINT = (
    "app.runtime.desktop_notifications",
    "app.runtime.event_worker",
    "app.runtime.outbox_worker",
    "app.runtime.inbox_worker",
)
BEFORE_THEY_ARE_WANTED = (  # so that nobody waits for a page's first opening
    "app.ui.contacts.page",
    "app.ui.companies.page",
    "app.ui.deals.page",
    "app.ui.inboxes.page",
    "app.ui.review.page",
    "app.ui.settings.page",
    "app.ui.compose.compose_page",
)
SWITCH_SECONDS = (
    0.0005  # a worker that computes lets the window go on after so long; Python's own 5 ms add up to stalls
)


def make_application(words: Sequence[str] = ()) -> QApplication:
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication(["hitchpost", *words])
    app.setApplicationName("Hitchpost")
    app.setApplicationDisplayName("Hitchpost")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("hitchpost")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)
    load_fonts()
    return app


class Desktop(QObject):
    """The open program: built here, ended by `close`. Also what tests and the demo start."""

    def __init__(self, app: QApplication, workspace: Workspace, *, notice: str = "") -> None:
        """`notice`: stays over all pages."""
        super().__init__()
        self._app = app
        self.workspace = workspace
        self.program = Program(workspace)
        self.theme = Theme(app, str(self.program.get_setting("appearance")))
        self.window = MainWindow(self.theme, self.program)
        if notice:
            self.window.show_notice(notice)
        self.tray = Tray(self.theme, self.program, self.window)
        self.crashes = CrashReporter(self.theme, __version__, self.window)
        self.garbage = GarbageCollector(self)
        self._first_paint = FirstPaint(self.window, self)
        self._qt_types = QtTypes(self)
        self._closed = False
        self.next_workspace = ""  # the program goes over to it when this one is closed
        self.program.workspace_change_requested.connect(self._on_workspace_change)
        self.program.quit_requested.connect(self._on_quit)
        self.program.passphrase_needed.connect(self._on_passphrase_needed)
        self.program.inbox_requested.connect(self._on_inbox_requested)
        self.program.review_requested.connect(self._on_review_requested)
        self.program.feed_requested.connect(self._on_feed_requested)
        self.program.notifier.tray_requested.connect(self._on_tray_requested)
        self.tray.icon.messageClicked.connect(self.program.notifier.tray_message_clicked)
        self.tray.availability_changed.connect(self._on_tray)
        self._on_tray(self.tray.available)

    def start(self, *, hidden: bool = False) -> None:
        self.crashes.install()
        self.garbage.start()  # before the first other thread
        self._qt_types.made.connect(self._on_qt_types)
        if hidden and self.tray.available:
            self._first_paint.stop()
            self._on_painted()
        else:
            self._first_paint.came.connect(self._on_painted)
            self.window.show()

    @Slot()
    def _on_painted(self) -> None:
        self._qt_types.start()

    @Slot()
    def _on_qt_types(self) -> None:
        self.program.load(AFTER_FIRST_PAINT, self._on_loaded)

    def _on_loaded(self) -> None:
        self.program.start()
        self.program.load(BEFORE_THEY_ARE_WANTED, lambda: None)

    def close(self) -> bool:
        """Ends window, threads and database. True when every thread ended in time."""
        if self._closed:
            return True
        self._closed = True
        self._first_paint.stop()
        self._qt_types.stop()
        self.crashes.uninstall()
        self.tray.icon.hide()
        self.window.hide()
        ended = self.program.shut_down()
        self.window.deleteLater()
        self.workspace.store.close()
        self.garbage.stop()
        return ended

    def leave_loop(self) -> None:
        """Ends the event loop; the program stays open until `close`."""
        self._app.exit(0)

    def save_pictures(self, folder: Path) -> list[Path]:
        """A picture of each page, in light and dark, into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        saved = []
        from PySide6.QtTest import QTest

        QTest.qWait(400)  # lists and plot follow the store with a little delay
        before = str(self.program.get_setting("appearance"))
        contacts = self.program.contacts(limit=1)
        for scheme in ("light", "dark"):
            self.program.set_setting("appearance", scheme)  # the window follows it whenever settings change
            self.theme.set_appearance(scheme)
            for name in ("activity", "contacts", "contact", "inboxes", "settings", "compose"):
                if name == "contact":
                    if not contacts:
                        continue
                    self.window.show_address(contacts[0].address)
                else:
                    if name == "contacts":
                        self.window.contacts.show_table()
                    self.window.show_page(name)
                if name == "activity" and (rows := self.program.feed(limit=1)):
                    self.window.activity.choose(rows[0].id)
                for _ in range(3):
                    self._app.processEvents()
                path = folder / f"{name}-{scheme}.png"
                if self.window.grab().save(str(path)):
                    saved.append(path)
        self.program.set_setting("appearance", before)
        self.theme.set_appearance(before)
        self.window.show_page("activity")
        return saved

    @Slot(bool)
    def _on_tray(self, available: bool) -> None:
        self.program.notifier.has_tray = available and self.tray.icon.supportsMessages()

    @Slot(str, str)
    def _on_tray_requested(self, title: str, body: str) -> None:
        self.tray.icon.showMessage(title, body, self.tray.icon.icon(), 8_000)

    @Slot()
    def _on_inbox_requested(self) -> None:
        self.window.raise_to_front()
        self.window.show_page("inboxes")

    @Slot()
    def _on_feed_requested(self) -> None:
        self.window.raise_to_front()
        self.window.show_page("activity")

    @Slot(object)
    def _on_review_requested(self, event: FeedRow) -> None:
        self.window.raise_to_front()
        self.window.show_review(event)

    @Slot()
    def _on_passphrase_needed(self) -> None:
        self.window.ask_passphrase()

    @Slot(str)
    def _on_workspace_change(self, name: str) -> None:
        """The window is left as when the program ends, so that what is being written is kept."""
        self.next_workspace = name
        self.window.quit()

    @Slot()
    def _on_quit(self) -> None:
        self.close()
        self._app.exit(0)


class SingleInstance(QObject):
    """One program a home: a second start raises the first window and ends."""

    def __init__(self, home: Path, workspace: str) -> None:
        super().__init__()
        digest = hashlib.sha256(f"{home.resolve()}\0{workspace}".encode()).hexdigest()[:16]
        self._name = f"hitchpost-{digest}"
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._window: MainWindow | None = None
        self._server.newConnection.connect(self._on_connection)

    def is_second(self) -> bool:
        """Whether a first one is running; it was asked to show itself."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if socket.waitForConnected(_SECOND_START_MILLISECONDS):
            socket.disconnectFromServer()
            return True
        QLocalServer.removeServer(self._name)  # left behind by a crash
        self._server.listen(self._name)
        return False

    def raise_window(self, window: MainWindow) -> None:
        self._window = window

    def stop(self) -> None:
        """Another start is the first one again."""
        self._window = None
        self._server.close()

    @Slot()
    def _on_connection(self) -> None:
        connection = self._server.nextPendingConnection()
        if connection is not None:
            connection.deleteLater()
        if self._window is not None:
            self._window.raise_to_front()


def let_signals_in(app: QApplication, program: Program) -> QTimer:
    """SIGTERM and Ctrl+C end the program properly: they are noted, and a timer of the event loop acts on them. In the
    handler itself it could be in the middle of anything, and before the loop has begun there is none to end."""
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: asked.append(number))

    def look() -> None:
        if asked:
            asked.clear()
            program.quit()

    timer = QTimer(app)
    timer.timeout.connect(look)
    timer.start(_SIGNAL_LOOK_MILLISECONDS)
    return timer


def run_window(words: Sequence[str]) -> int:
    """Opens the window and stays until the person quits; another workspace that is chosen meanwhile is opened in its turn. 1
    when the workspace cannot be opened."""
    rest = list(words)
    name = None
    if "--workspace" in rest:
        at = rest.index("--workspace")
        name = rest[at + 1] if at + 1 < len(rest) else None
    app = make_application()
    home = home_folder()
    create, hidden, before, notice = "--create" in rest, "--minimised" in rest, "", ""
    while True:
        instance = SingleInstance(home, name or current_workspace(home))
        if instance.is_second():
            return 0
        try:
            workspace = open_workspace(home, name, create=create)
        except HitchpostError as error:
            if before:  # the one that was left is still there
                use_workspace(home, before)
                name, before, notice = (
                    before,
                    "",
                    f"“{name}” could not be opened, so this is still the one before. {error}",
                )
                continue
            print(error, file=sys.stderr)  # noqa: T201 - there may be nobody to read the box
            QMessageBox.critical(None, "Hitchpost cannot start", str(error))
            return 1
        desktop = Desktop(app, workspace, notice=notice)
        instance.raise_window(desktop.window)
        timer = let_signals_in(app, desktop.program)
        desktop.start(hidden=hidden)
        status = app.exec()
        timer.stop()
        ended = desktop.close()
        instance.stop()
        if not ended:
            # A thread hangs in a call that nobody can end (a keyring that asks): all is committed, so the process may go.
            sys.stderr.flush()
            if desktop.next_workspace:  # its database may still be in that thread's hands: in a process of its own
                os.execv(sys.executable, _again(desktop.next_workspace))  # noqa: S606 - this very program
            os._exit(status)
        if not desktop.next_workspace:
            return status
        before, name, create, hidden, notice = workspace.name, desktop.next_workspace, True, False, ""


def _again(workspace: str) -> list[str]:
    """The words by which this process was started, for another workspace."""
    frozen = bool(getattr(sys, "frozen", False))
    return [sys.executable, *([] if frozen else ["-m", "app"]), "--workspace", workspace, "--create"]
