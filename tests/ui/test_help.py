"""Troubleshooting: a pasted message finds its row, the keyboard reaches everything, and banners lead there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.problems import Problem, ProblemCode
from app.ui.help.dialog import HelpDialog, look_up
from app.ui.help.rows import WHO
from app.ui.help.view import TroubleshootingView
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.words.lookup import everything
from app.words.troubleshooting import Who
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.sample_program import SampleProgram

PASTED = (
    "The mail could not be sent.\n535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
    "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information."
)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> TroubleshootingView:
    made = TroubleshootingView(theme)
    qtbot.addWidget(made)
    made.resize(820, 560)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def shown_codes(view: TroubleshootingView) -> tuple[str, ...]:
    assert view.answer.shown is not None
    return view.answer.shown.codes


def test_everything_is_there_at_first(view: TroubleshootingView) -> None:
    assert view.model.rowCount() == len(everything())
    assert view.answer.shown is everything()[0]
    assert "known" in view.count.text()


def test_a_pasted_message_finds_its_row(qtbot: QtBot, view: TroubleshootingView) -> None:
    QGuiApplication.clipboard().setText(PASTED)
    view.search.setFocus()
    with qtbot.waitSignal(view.search.searched):
        qtbot.keyClick(view.search, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert shown_codes(view) == ("535 5.7.139",)
    assert "found" in view.count.text()


def test_nothing_found_says_what_to_do(qtbot: QtBot, view: TroubleshootingView) -> None:
    with qtbot.waitSignal(view.search.searched):
        qtbot.keyClicks(view.search, "zxqv")
    assert view.nothing_found()
    assert view.answer.shown is None
    with qtbot.waitSignal(view.inboxes_requested):
        qtbot.keyClick(view.inboxes_button, Qt.Key.Key_Return)
    qtbot.keyClick(view.clear_button, Qt.Key.Key_Return)
    assert not view.nothing_found()
    assert view.model.rowCount() == len(everything())
    assert view.search.hasFocus()


def test_the_keyboard_reaches_everything(qtbot: QtBot, view: TroubleshootingView) -> None:
    qtbot.keyClick(view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.search.hasFocus()
    qtbot.keyClick(view.search, Qt.Key.Key_Down)
    assert view.view.hasFocus()
    first = view.answer.shown
    qtbot.keyClick(view.view, Qt.Key.Key_Down)
    assert view.answer.shown is not first
    qtbot.keyClick(view.view, Qt.Key.Key_Tab)
    assert view.answer.copy_button.hasFocus()
    qtbot.keyClick(view.answer.copy_button, Qt.Key.Key_Return)
    assert view.answer.shown is not None
    assert view.answer.shown.remedy.replace("{host}", "the server") in QGuiApplication.clipboard().text()
    assert not view.answer.copy_button.isEnabled()
    qtbot.waitUntil(view.answer.copy_button.isEnabled, timeout=4_000)


def test_every_row_can_be_shown(view: TroubleshootingView) -> None:
    for number in range(view.model.rowCount()):
        view.view.setCurrentIndex(view.model.index(number))
        text = view.answer.as_text()
        assert "What to do" in text and "{" not in text
        told = view.model.data(view.model.index(number), Qt.ItemDataRole.AccessibleTextRole)
        assert isinstance(told, str) and "{" not in told


def test_everybody_who_mends_has_words() -> None:
    assert set(WHO) == set(Who)


def test_f1_and_the_navigation_lead_to_help(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert window.page() == "help"
    assert window.help.troubleshooting.search.hasFocus()
    assert window.navigation.page_button("help").isChecked()
    window.show_page("activity")
    qtbot.mouseClick(window.navigation.page_button("help"), Qt.MouseButton.LeftButton)
    assert window.page() == "help"


def test_nothing_known_leads_to_the_inboxes(qtbot: QtBot, window: MainWindow) -> None:
    window.show_help("zxqv")
    assert window.help.troubleshooting.nothing_found()
    qtbot.mouseClick(window.help.troubleshooting.inboxes_button, Qt.MouseButton.LeftButton)
    assert window.page() == "inboxes"


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (
            Problem(
                ProblemCode.WRONG_CREDENTIALS, "imap.gmail.com", 993, "[ALERT] Application-specific password required"
            ),
            "[ALERT] Application-specific password required",
        ),
        (Problem(ProblemCode.OUTCOME_UNKNOWN, "smtp.example.org", 465), "outcome_unknown"),
        ("invalid_grant: AADSTS700082: The refresh token has expired", "AADSTS70008"),
    ],
    ids=["server", "own", "text"],
)
def test_a_fault_is_looked_up_in_a_dialog(
    qtbot: QtBot, window: MainWindow, theme: Theme, problem: Problem | str, code: str
) -> None:
    dialog = look_up(theme, problem, window.navigation)
    qtbot.addWidget(dialog)
    assert dialog.parent() is window
    assert shown_codes(dialog.troubleshooting)[0] == code
    dialog.reject()


def page_of(theme: Theme, program: SampleProgram, text: str, width: int) -> QWidget:
    made = MainWindow(theme, program)
    made.resize(width, 720)
    made.show_help(text)
    return made


def dialog_of(theme: Theme, _program: SampleProgram, text: str, _width: int) -> QWidget:
    return HelpDialog(theme, text, None)


PICTURES = {
    "help": (page_of, "", 1180),
    "help-pasted": (page_of, PASTED, 1180),
    "help-narrow": (page_of, "aadsts65001", 860),
    "help-long": (page_of, "LogonDenied-BasicAuthBlocked", 980),
    "help-nothing": (page_of, "no such error anywhere", 1180),
    "help-dialog": (dialog_of, "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", 0),
}


@pytest.mark.parametrize(("scheme", "scale"), [("light", 1.0), ("dark", 1.0), ("light", 1.25)])
@pytest.mark.parametrize("name", PICTURES)
def test_pictures(
    name: str, scheme: str, scale: float, qapp: QApplication, qtbot: QtBot, same_look: None, tmp_path: Path
) -> None:
    make, text, width = PICTURES[name]
    theme = Theme(qapp, scheme, scale)
    made = make(theme, SampleProgram(), text, width)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    for _ in range(4):
        qapp.processEvents()
    folder = Path(os.environ.get("HITCHPOST_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    assert made.grab().save(str(folder / f"{name}-{scheme}{'-large' if scale > 1 else ''}.png"))
    assert clipped(made) == []
    assert nameless(made) == []
