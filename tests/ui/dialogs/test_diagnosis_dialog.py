"""The diagnosis shows each step as it passes, ends with a report to copy or save, and is stopped and run again."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.checks import CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.diagnosis import Diagnosis, StepTaken
from app.domain.problems import Problem, ProblemCode
from app.ui.dialogs.diagnosis_dialog import DiagnosisDialog
from app.ui.kit.theme import Theme
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.sample_program import SampleProgram, sample_account

REFUSED = Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.com", 993, "LOGIN failed")
FAILED = Diagnosis(False, (StepTaken(CheckStep.IMAP_LOGIN, "", REFUSED, 0.3),), report="The report.\n")


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme, program: SampleProgram) -> DiagnosisDialog:
    window = QWidget()
    window.resize(1000, 700)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    card = program.cards[1]
    made = DiagnosisDialog(theme, program, card, sample_account(card.address), window)
    made.keep = window  # type: ignore[attr-defined]
    made.open()
    return made


def test_it_begins_at_once_and_sends_nothing(dialog: DiagnosisDialog, program: SampleProgram) -> None:
    assert program.wished("diagnose") == [(2, False)]
    assert dialog.running and dialog.verb.text() == "Stop"
    assert not dialog.report.isVisible() and not dialog.copy_button.isVisible() and not dialog.test_message.isVisible()
    with pytest.raises(KeyError):
        dialog.steps.line_of(CheckStep.TEST_MESSAGE)
    assert clipped(dialog) == [] and nameless(dialog) == []


def test_steps_are_shown_as_they_pass(qtbot: QtBot, dialog: DiagnosisDialog, program: SampleProgram) -> None:
    program.diagnosis_event.emit(StepStarted(CheckStep.IMAP_CONNECT))
    assert "running" in dialog.steps.line_of(CheckStep.IMAP_CONNECT).accessibleName()
    program.diagnosis_event.emit(StepPassed(CheckStep.IMAP_CONNECT, "84 ms"))
    assert dialog.steps.line_of(CheckStep.IMAP_CONNECT).detail.text() == "84 ms"
    program.diagnosis_event.emit(StepFailed(CheckStep.IMAP_LOGIN, REFUSED))
    program.diagnosed.emit(FAILED)
    assert dialog.outcome.title.text() == "imap.example.com does not accept the sign-in"
    assert dialog.outcome.property("box") == "bad"
    assert "waiting" in dialog.steps.line_of(CheckStep.SMTP_CONNECT).accessibleName()
    qtbot.waitUntil(lambda: clipped(dialog) == [])  # it has grown


def test_the_report_is_copied_and_saved(
    qtbot: QtBot, qapp: QApplication, dialog: DiagnosisDialog, program: SampleProgram, tmp_path: Path
) -> None:
    program.diagnosed.emit(FAILED)
    assert dialog.report.isVisible() and dialog.report.toPlainText() == "The report.\n"
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert qapp.clipboard().text() == "The report.\n"
    assert dialog.copy_button.text().strip() == "Copied"
    assert dialog.save_as(tmp_path / "report.txt")
    assert (tmp_path / "report.txt").read_text(encoding="utf-8") == "The report.\n"
    assert not dialog.save_as(tmp_path / "missing" / "report.txt")
    assert dialog.outcome.title.text() == "The report could not be saved"
    assert dialog.isVisible()


def test_it_is_stopped_and_run_again_with_a_test_message(dialog: DiagnosisDialog, program: SampleProgram) -> None:
    dialog.verb.click()
    assert program.wished("cancel_diagnosis") == [()]
    program.diagnosed.emit(Diagnosis(False, ended=True))
    assert dialog.outcome.title.text() == "The diagnosis was stopped"
    assert dialog.verb.text() == "Run again" and not dialog.report.isVisible()
    dialog.test_message.setChecked(True)
    dialog.verb.click()
    assert program.wished("diagnose")[-1] == (2, True)
    assert dialog.steps.line_of(CheckStep.TEST_MESSAGE).title.text() == "Send a test message to yourself"
    program.diagnosed.emit(Diagnosis(True, report="Sound.\n"))
    assert dialog.outcome.title.text() == "Every step passed"


def test_what_is_no_servers_fault_is_told(dialog: DiagnosisDialog, program: SampleProgram) -> None:
    program.diagnosed.emit(Diagnosis(False, ended=True, why="The keyring is locked. Unlock it."))
    assert dialog.outcome.text.text() == "The keyring is locked. Unlock it."


def test_closing_ends_it(qtbot: QtBot, dialog: DiagnosisDialog, program: SampleProgram) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert program.wished("cancel_diagnosis") == [()]
    program.diagnosed.emit(Diagnosis(False, ended=True))  # its end comes later, and finds nobody
