"""*Use a tracking host*: over the stand-in, and over the real façade with a server of somebody else’s (T8, S7)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import StoreError
from app.domain.records import RecordKind
from app.domain.rights import AdminOnly
from app.domain.tracking_host import HostCheck, HostStep, StepState
from app.runtime.program import Program
from app.services.tracking_server import find_tracking, remote_token
from app.tracking.serve import TrackingServer
from app.ui.kit.theme import Theme
from app.ui.settings.page import SettingsPage
from app.ui.settings.tracking_section import TrackingSection
from app.ui.settings.use_host_dialog import CHECK, STOP, USE, UseHostDialog
from tests.support.command import Command
from tests.support.tracked_mail import TrackedMail
from tests.ui.support.sample_program import SampleProgram

URL = "https://track.example.com"


@pytest.fixture
def dialog(theme: Theme, program: SampleProgram, host: QWidget) -> UseHostDialog:
    made = UseHostDialog(theme, program, host)
    made.open()
    return made


def fill(dialog: UseHostDialog, url: str = URL, token: str = "t0ken") -> None:
    for field, text in ((dialog.url, url), (dialog.token, token)):
        field.edit.clear()
        QTest.keyClicks(field.edit, text)


def test_it_is_checked_and_then_used(qtbot: QtBot, dialog: UseHostDialog, program: SampleProgram) -> None:
    fill(dialog, f"{URL}/")
    assert dialog.verb.text().strip() == CHECK
    dialog.verb.click()
    assert program.wished("check_tracking_host") == [(URL, "t0ken")]
    assert dialog.verb.text().strip() == USE and program.wished("use_tracking_host") == []
    with qtbot.waitSignal(dialog.used):
        dialog.verb.click()
    assert program.wished("use_tracking_host") == [(URL, "t0ken")] and not dialog.isVisible()


def test_what_is_typed_is_judged_beside_the_field(dialog: UseHostDialog, program: SampleProgram) -> None:
    fill(dialog, "track.example.com", "")
    dialog.verb.click()
    assert "https://" in dialog.url.error() and "Enter the token" in dialog.token.error()
    assert program.wished("check_tracking_host") == [] and not dialog.board.isVisible()
    QTest.keyClicks(dialog.token.edit, "x")
    assert dialog.token.error() == ""


def test_a_host_that_does_not_know_the_token_is_not_used(dialog: UseHostDialog, program: SampleProgram) -> None:
    program.host_steps[2] = HostStep(HostCheck.HEALTH, StepState.FAILED, "It does not know the token.", "Ask for it.")
    fill(dialog)
    dialog.verb.click()
    assert dialog.verb.text().strip() == CHECK and "did not pass" in dialog.board.outcome.accessibleName()
    program.host_steps[2] = HostStep(HostCheck.HEALTH, StepState.PASSED, "It proved it.")
    dialog.verb.click()
    assert dialog.verb.text().strip() == USE
    QTest.keyClicks(dialog.token.edit, "2")  # what was found was about another token
    assert dialog.verb.text().strip() == CHECK and not dialog.board.isVisible()


def test_one_that_is_gone_since_it_was_checked_is_not_used(dialog: UseHostDialog, program: SampleProgram) -> None:
    fill(dialog)
    dialog.verb.click()
    proved = program.host_steps[2]
    program.host_steps[2] = HostStep(HostCheck.HEALTH, StepState.FAILED, "Connection refused.", "See that it runs.")
    dialog.verb.click()
    assert program.wished("use_tracking_host") == [] and dialog.isVisible()
    assert dialog.told.isVisible() and "stopped answering" in dialog.told.accessibleName()
    assert dialog.verb.text().strip() == CHECK
    program.host_steps[2] = proved
    dialog.verb.click()
    assert dialog.verb.text().strip() == USE and program.wished("use_tracking_host") == []
    dialog.verb.click()
    assert program.wished("use_tracking_host") == [(URL, "t0ken")] and not dialog.isVisible()


@pytest.mark.parametrize("end", ["/?x=1", "#x", ":99999", ":x"])
def test_what_no_link_can_begin_with_is_judged_beside_the_field(
    dialog: UseHostDialog, program: SampleProgram, end: str
) -> None:
    fill(dialog, URL + end)
    dialog.verb.click()
    assert "no address of a tracking server" in dialog.url.error()
    assert program.wished("check_tracking_host") == []


def test_it_can_be_stopped(dialog: UseHostDialog, program: SampleProgram) -> None:
    program.host_steps, program.host_ends = program.host_steps[:1], False
    fill(dialog)
    dialog.verb.click()
    assert dialog.verb.text().strip() == STOP
    dialog.verb.click()
    assert dialog.verb.text().strip() == CHECK and not dialog.board.running


def test_what_cannot_be_kept_is_told(dialog: UseHostDialog, program: SampleProgram) -> None:
    program.save_fault = StoreError("The disk is full.")
    fill(dialog)
    dialog.verb.click()
    dialog.verb.click()
    assert dialog.isVisible() and dialog.told.isVisible() and "disk is full" in dialog.told.accessibleName()


def test_the_administrators_part_is_copied(dialog: UseHostDialog) -> None:
    QTest.keyClick(dialog.copy_button, Qt.Key.Key_Space)
    text = QGuiApplication.clipboard().text()
    assert 'hitchpost tracking add "default"' in text and "token" in text
    assert dialog.copy_button.text().strip() == "Copied"


def test_the_section_opens_it(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.show_section("tracking")
    section = page.sections["tracking"]
    assert isinstance(section, TrackingSection)
    section.use_button.click()
    assert page.window().findChildren(UseHostDialog)


# --- over a real server


def test_a_workspace_on_somebody_elses_server(
    qtbot: QtBot, theme: Theme, real: Program, mail: TrackedMail, host: QWidget, tmp_path: Path
) -> None:
    command = Command(tmp_path / "elsewhere")
    token = command.json("tracking", "--create", "add", "Sales")["token"]
    server = TrackingServer("127.0.0.1", 0, next((tmp_path / "elsewhere").glob("workspaces/*/tracking")))
    server.start()
    try:
        dialog = UseHostDialog(theme, real, host)
        dialog.open()
        fill(dialog, server.url, "wrong")
        dialog.verb.click()
        qtbot.waitUntil(lambda: not dialog.board.running, timeout=20_000)
        assert not dialog.proved and real.get_setting("tracking.token") == ""
        fill(dialog, server.url, token)
        dialog.verb.click()
        qtbot.waitUntil(lambda: dialog.verb.text().strip() == USE, timeout=20_000)
        assert real.get_setting("tracking.token") == ""  # not before it is wanted
        with qtbot.waitSignal(dialog.used, timeout=20_000):
            dialog.verb.click()
        assert real.get_setting("tracking.url") == server.url and remote_token(mail.workspace) == token
        target = find_tracking(mail.workspace, threading.Event())
        assert target is not None and target.public_url == server.url and target.token == token
    finally:
        server.stop()


def test_a_server_that_ended_since_it_was_checked(
    qtbot: QtBot, theme: Theme, real: Program, host: QWidget, tmp_path: Path
) -> None:
    token = Command(tmp_path / "elsewhere").json("tracking", "--create", "add", "Sales")["token"]
    server = TrackingServer("127.0.0.1", 0, next((tmp_path / "elsewhere").glob("workspaces/*/tracking")))
    server.start()
    dialog = UseHostDialog(theme, real, host)
    dialog.open()
    try:
        fill(dialog, server.url, token)
        dialog.verb.click()
        qtbot.waitUntil(lambda: dialog.verb.text().strip() == USE, timeout=20_000)
    finally:
        server.stop()
    dialog.verb.click()
    qtbot.waitUntil(lambda: dialog.verb.text().strip() == CHECK, timeout=20_000)
    assert dialog.told.isVisible() and real.get_setting("tracking.url") == real.get_setting("tracking.token") == ""


def test_only_administrators_change_it(real: Program, mail: TrackedMail) -> None:
    real.add_record(RecordKind.USER, {"login_address": "ada@example.org", "name": "Ada Berg", "role": "admin"})
    real.edit_record(RecordKind.USER, mail.store.user_id, {"role": "member", "login_address": "me@example.org"})
    with pytest.raises(AdminOnly):
        real.use_tracking_host(URL, "t0ken")
    assert real.get_setting("tracking.url") == "" and remote_token(mail.workspace) == ""
