"""Runs every step of an inbox's connection again, shows each as it passes, and ends with a report to hand on (X2). Opened
from the inbox's card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPlainTextEdit, QWidget

from app.domain.checks import CheckEvent, CheckStep
from app.domain.diagnosis import Diagnosis
from app.domain.inboxes import Account, InboxId
from app.domain.views import InboxCard
from app.ui.dialogs.secret_words import for_window
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button
from app.ui.wizard.check_board import Board, RowState, StepRow, board_for, step_title
from app.ui.wizard.step_list import StepList
from app.words.problems import explain

if TYPE_CHECKING:
    from app.runtime.program import Program


class DiagnosisDialog(Dialog):
    """Open it with `open()`: it begins at once, and sends nothing. Nothing about the inbox changes. Closing it ends what
    runs."""

    def __init__(
        self, theme: Theme, program: Program, card: InboxCard, account: Account, parent: QWidget | None
    ) -> None:
        super().__init__(
            theme,
            f"Diagnose {card.address}",
            "Every step of the connection is gone through again. Nothing about the inbox changes.",
            parent,
            width=660,
            cancel="Close",
        )
        self.setObjectName("diagnosis")
        self._program, self._card, self._account = program, card, account
        self._board = Board(())
        self.running = False
        self.steps = StepList(theme)
        self.outcome = Banner(theme, "info", "")
        self.report = QPlainTextEdit()
        self.report.setProperty("kind", "report")
        self.report.setReadOnly(True)
        self.report.setFont(theme.font("mono"))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setMinimumHeight(theme.px(190))
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName("Report")
        self.test_message = QCheckBox("When it runs again, send a test message to this address, too")
        self.copy_button = button(theme, "Copy report", "quiet", "copy")
        self.save_button = button(theme, "Save…", "quiet", "download", name="Save the report…")
        self._notes = host(row(self.copy_button, self.save_button, None))
        for part in (self.steps, self.outcome):
            self.add(part)
        self.add(self.report, 1)
        self.add(self.test_message)
        self.set_note(self._notes)
        self.verb = self.set_verb("Stop", "")
        self.verb.clicked.connect(self._on_verb)
        self.copy_button.clicked.connect(self.copy)
        self.save_button.clicked.connect(self._on_save)
        self.finished.connect(self._on_closed)
        program.diagnosis_event.connect(self._on_event)
        program.diagnosed.connect(self._on_diagnosed)
        self.begin()

    def begin(self) -> None:
        wanted = self.test_message.isChecked()
        rows = board_for(self._account).rows
        self._board = Board(tuple(StepRow(r.step) for r in rows if wanted or r.step is not CheckStep.TEST_MESSAGE))
        self.report.clear()
        self._show_running(True)
        self._tell("info", "Going through the steps", "Each has a time limit; all of it takes less than two minutes.")
        self._show_steps()
        self._program.diagnose(InboxId(self._card.id), wanted)

    def _show_running(self, running: bool) -> None:
        self.running = running
        self.verb.set_verb("Stop" if running else "Run again")
        has_report = bool(self.report.toPlainText())
        for part in (self.report, self.copy_button, self.save_button):
            part.setVisible(has_report)
        self.test_message.setVisible(not running)
        self.copy_button.set_verb("Copy report")

    def _tell(self, kind: str, title: str, text: str) -> None:
        self.outcome.set(kind, title, text)
        self._fit()

    def _fit(self) -> None:
        """As high as its texts need at this width; where there is a report to read, never lower than it was."""
        layout = self.layout()
        if layout is None:
            return
        layout.activate()
        width = max(self.width() if self.isVisible() else 0, self.minimumWidth())
        height = layout.heightForWidth(width) + k.S4
        reading = self.isVisible() and self.report.isVisible()
        self.resize(width, max(height, self.height()) if reading else height)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()  # only now its parts have the sizes of the style sheet

    def _show_steps(self) -> None:
        self.steps.show_board(self._board, lambda step: step_title(step, self._account))

    @Slot(object)
    def _on_event(self, event: CheckEvent) -> None:
        if not self.running:
            return
        self._board = self._board.after(event)
        self._show_steps()
        if all(row.state in (RowState.PASSED, RowState.FAILED) for row in self._board.rows):
            self._tell("info", "Writing the report", "For it, the servers are asked for what they show to everybody.")

    @Slot(object)
    def _on_diagnosed(self, found: Diagnosis) -> None:
        if not self.running:
            return
        self._board = self._board.stopped()
        self._show_steps()
        self.report.setPlainText(found.report)
        self._show_running(False)
        self._tell(*self._words(found))
        if found.report:
            self.copy_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _words(self, found: Diagnosis) -> tuple[str, str, str]:
        """(kind of the banner, title, text)"""
        if found.ended:
            why = for_window(found.why) or "What was found out so far stands above."
            return "warn", "The diagnosis was stopped", why
        problem = found.problem
        if problem is None:
            return "ok", "Every step passed", "The report says what the servers showed."
        told = explain(problem)
        return "bad", told.title, f"{told.cause} {told.remedy}".strip()

    @Slot()
    def _on_verb(self) -> None:
        if self.running:
            self._program.cancel_diagnosis()
        else:
            self.begin()

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.set_verb("Copied")

    @Slot()
    def _on_save(self) -> None:
        """Asks where to, without blocking."""
        name = f"hitchpost-report-{self._card.address.partition('@')[2] or 'inbox'}.txt"
        chooser = QFileDialog(self, "Save the report", str(Path.home() / name))
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.fileSelected.connect(self._on_chosen)
        chooser.finished.connect(chooser.deleteLater)
        chooser.open()

    @Slot(str)
    def _on_chosen(self, path: str) -> None:
        self.save_as(Path(path))

    def save_as(self, target: Path) -> bool:
        try:
            target.write_text(self.report.toPlainText(), encoding="utf-8")
        except OSError as fault:
            self._tell("bad", "The report could not be saved", f"{fault.strerror or fault}: {target}.")
            return False
        self._tell("ok", "The report is saved", str(target))
        return True

    @Slot()
    def _on_closed(self) -> None:
        if self.running:
            self.running = False
            self._program.cancel_diagnosis()
