"""What became of a message is seen on every page, also in Compose and after a new start; and the list behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.domain.outbox import CopyState, OutboxCopy, OutboxState
from app.domain.problems import Problem, ProblemCode
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.dialogs.outbox_dialog import OutboxDialog, outbox_words
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button
from app.ui.main_window import MainWindow
from tests.ui.support.clipping import clipped
from tests.ui.support.sample_program import KARIN, SampleProgram

HOURS = 3600


@pytest.fixture
def program() -> SampleProgram:
    return SampleProgram()


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    return make(qtbot, theme, program)


def make(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made


def test_it_shows_on_compose_and_alt_u_takes_back(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    window.compose()
    program.put_out(3, OutboxState.QUEUED)
    window.sending.follow(3)
    assert window.sending.undo_button.isVisible()
    assert not window.sending.close_button.isVisible()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_U, Qt.KeyboardModifier.AltModifier)
    assert program.wished("undo_send") == [(3,)]
    assert not window.sending.isVisible()
    assert window.page() == "compose"


def test_ctrl_z_takes_back_where_nothing_is_typed(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    program.put_out(3, OutboxState.QUEUED)
    window.sending.follow(3)
    window.navigation.compose_button.setFocus()
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert program.wished("undo_send") == [(3,)]


def test_tab_reaches_undo_from_compose(
    qtbot: QtBot, window: MainWindow, program: SampleProgram, qapp: QApplication
) -> None:
    window.compose()
    program.put_out(3, OutboxState.QUEUED)
    window.sending.follow(3)
    window.navigation.compose_button.setFocus(Qt.FocusReason.TabFocusReason)
    reached = []
    for _ in range(80):
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
        reached.append(qapp.focusWidget())
    assert window.sending.undo_button in reached


def test_a_far_time_can_be_dismissed(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    program.put_out(3, OutboxState.QUEUED, seconds=5 * HOURS)
    window.sending.follow(3)
    assert window.sending.undo_button.isVisible()
    qtbot.mouseClick(window.sending.close_button, Qt.MouseButton.LeftButton)
    assert not window.sending.isVisible()
    program.put_out(3, OutboxState.SENDING)
    assert not window.sending.isVisible()
    program.put_out(3, OutboxState.FAILED, Problem(ProblemCode.RECIPIENT_REFUSED))
    assert window.sending.isVisible(), "a fault is told although the waiting was dismissed"
    qtbot.mouseClick(window.sending.close_button, Qt.MouseButton.LeftButton)
    program.outbox_changed.emit(3)
    assert not window.sending.isVisible()


def test_what_waits_is_told_at_the_start_and_listed(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    program.put_out(3, OutboxState.QUEUED, seconds=5 * HOURS)
    program.put_out(4, OutboxState.UNKNOWN)
    window = make(qtbot, theme, program)
    assert window.sending.banner.title.text() == "2 messages wait"
    qtbot.mouseClick(window.sending.list_button, Qt.MouseButton.LeftButton)
    dialog = window.findChild(OutboxDialog)
    assert dialog is not None
    assert clipped(dialog) == []
    buttons = {b.accessibleName(): b for b in dialog.findChildren(Button) if b.isVisible()}
    assert {"Edit: Loading hours", "Send now: Loading hours", "It went out: Loading hours"} <= set(buttons)
    buttons["Send now: Loading hours"].click()
    assert program.wished("retry") == [(3,)]
    buttons = {b.accessibleName(): b for b in dialog.findChildren(Button) if b.isVisible()}
    buttons["Edit: Loading hours"].click()
    assert program.wished("undo_send") == [(3,)]
    assert window.page() == "compose"


def test_nothing_is_told_where_nothing_waits(window: MainWindow) -> None:
    assert not window.sending.isVisible()


def test_each_state_has_its_line(program: SampleProgram) -> None:
    now = datetime.now(UTC)
    for state in program_states():
        program.put_out(3, state)
        assert outbox_words(program.outbox(3), now)[1], state


def program_states() -> tuple[OutboxState, ...]:
    return (
        OutboxState.QUEUED,
        OutboxState.SENDING,
        OutboxState.FAILED,
        OutboxState.PARTLY,
        OutboxState.UNKNOWN,
    )


def test_sending_leads_back_to_where_it_began(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    window.show_address(KARIN.addr_spec)
    assert window.page() == "contacts"
    window._on_compose_to((KARIN,), None)
    page = window.compose_page
    assert page is not None
    page.writing.head.subject.setText("Hours")
    page.writing.editor.setPlainText("Did you find them?")
    page.send()
    assert window.page() == "contacts"
    assert window.sending.isVisible()


def test_compose_again_goes_on_with_what_was_typed_after_a_send(
    qtbot: QtBot, window: MainWindow, program: SampleProgram, qapp: QApplication
) -> None:
    window._on_compose_to((KARIN,), None)
    page = window.compose_page
    assert page is not None
    page.writing.head.subject.setText("Hours")
    page.writing.editor.setPlainText("Did you find them?")
    page.send()
    window.compose()
    assert page.writing.head.to.isAncestorOf(qapp.focusWidget()) or page.writing.head.to.hasFocus()
    page.writing.editor.setPlainText("Another one")
    window.show_page("activity")
    window.compose()
    assert page.writing.editor.toPlainText() == "Another one"


def test_quitting_tells_of_what_is_still_to_go_out(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    program.put_out(3, OutboxState.QUEUED, seconds=5 * HOURS)
    window.close()
    dialog = window.findChild(ConfirmDialog)
    assert dialog is not None
    assert any("One message is still to go out" in x.text() for x in dialog.findChildren(type(dialog.heading)))
    dialog.reject()


def test_what_waits_for_another_system_alone_is_told_as_sent(
    qtbot: QtBot, window: MainWindow, program: SampleProgram
) -> None:
    program.put_out(3, OutboxState.QUEUED, Problem(ProblemCode.SERVER_BUSY, "smtp.example.com"), seconds=900)
    message = program.out[3]
    (copy,) = message.copies
    extra = OutboxCopy(1, "extra", "crm@example.net", "f" * 16, CopyState.PENDING)
    program.out[3] = replace(message, attempts=1, copies=(replace(copy, state=CopyState.ACCEPTED), extra))
    window.sending.follow(3)
    bar = window.sending
    assert bar.banner.property("box") == "ok"
    said = " ".join(w.text() for w in bar.findChildren(QLabel))
    assert "Sent" in said and "crm@example.net is tried again by itself" in said
    assert not bar.undo_button.isVisible()
