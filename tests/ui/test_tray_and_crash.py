"""The tray where there is one and where there is none; a bug becomes a report."""

from __future__ import annotations

import sys
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from app.domain.errors import DiskFull
from app.domain.inboxes import InboxState
from app.ui.crash_dialog import CrashReporter, make_report
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.pictures import app_icon, tray_icon
from app.ui.tray import Tray
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    return made


def test_icons_are_shipped(qapp: QApplication) -> None:
    assert not app_icon().isNull()
    for scheme in (Qt.ColorScheme.Light, Qt.ColorScheme.Dark):
        for state in ("", "unseen", "trouble"):
            assert not tray_icon(scheme, state).isNull()


def test_without_a_tray_the_window_knows(
    theme: Theme, program: SampleProgram, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    tray = Tray(theme, program, window)
    assert not tray.available
    assert "no tray" in window.settings.tray_text.text()


def test_a_tray_that_comes_late_is_used(
    qtbot: QtBot, theme: Theme, program: SampleProgram, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = False
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: there)
    tray = Tray(theme, program, window)
    there = True
    with qtbot.waitSignal(tray.availability_changed):
        tray.look()
    assert tray.available
    assert "keeps listening" in window.settings.tray_text.text()
    tray.icon.hide()


def test_menu_and_states(qtbot: QtBot, theme: Theme, program: SampleProgram, window: MainWindow) -> None:
    tray = Tray(theme, program, window)
    assert tray.icon.toolTip() == "Hitchpost: 2 inboxes need you"
    program.set_state(6, InboxState.PAUSED)
    tray.refresh()
    assert tray.icon.toolTip() == "Hitchpost: jonas.ahl@example.com needs you; 1 inbox is paused"
    program.cards = [c for c in program.cards if c.state in (InboxState.CONNECTED, InboxState.CONNECTING)]
    tray.refresh()
    assert tray.icon.toolTip() == "Hitchpost: 3 new events"
    program.set_state(3, InboxState.PAUSED)
    tray.refresh()
    assert tray.icon.toolTip() == "Hitchpost: 3 new events; 1 inbox is paused"
    tray.sync_action.trigger()
    assert program.wished("sync_now") == [(1,)]  # the paused one is passed over
    program.wishes.clear()
    program.set_state(3, InboxState.CONNECTED)
    program.mark_all_seen()
    qtbot.waitUntil(lambda: tray.icon.toolTip() == "Hitchpost: Nothing new")
    tray.sync_action.trigger()
    assert [args[0] for args in program.wished("sync_now")] == [c.id for c in program.cards]
    tray.pause_action.trigger()
    assert program.get_setting("notify_paused") is True
    tray.compose_action.trigger()
    assert window.page() == "compose"
    tray.quit_action.trigger()
    assert program.wished("quit") == [()]


def test_report_tells_versions_and_keeps_secrets() -> None:
    try:
        raise ValueError("login of ada@example.com with password=hunter2 failed")
    except ValueError as error:
        report = make_report("1.2.3", type(error), error, error.__traceback__)
    assert report.startswith("Hitchpost 1.2.3\nPython 3.")
    assert "test_tray_and_crash.py" in report
    assert "hunter2" not in report
    assert "ada@example.com" not in report


def test_a_bug_opens_one_dialog_from_any_thread(qtbot: QtBot, theme: Theme, qapp: QApplication) -> None:
    reporter = CrashReporter(theme, "1.2.3")
    reporter.install()
    try:
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        qtbot.waitUntil(lambda: reporter.dialog is not None)
        dialog = reporter.dialog
        assert dialog is not None
        assert "ZeroDivisionError" in dialog.report.toPlainText()
        sys.excepthook(KeyError, KeyError("second"), None)
        qtbot.waitUntil(lambda: "second" in dialog.report.toPlainText())
        dialog.copy()
        assert "ZeroDivisionError" in qapp.clipboard().text()
        dialog.accept()
        qtbot.waitUntil(lambda: reporter.dialog is None)
    finally:
        reporter.uninstall()


def test_a_full_disk_is_told_when_notifications_are_paused(
    qtbot: QtBot, theme: Theme, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    tray = Tray(theme, program, window)

    def full(*_: object) -> None:
        raise DiskFull("There is no room on the disk.")

    monkeypatch.setattr(program, "set_setting", full)
    tray.pause_action.trigger()
    assert window.trouble.text.text() == "There is no room on the disk."
    qtbot.waitUntil(lambda: not tray.pause_action.isChecked())
