"""The wizard that sets up a logging address and proves it, and that *Test…* opens at its test. Used by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QWidget

from app.domain.copied_mail import CopyKind
from app.domain.logging_addresses import LoggingAddress
from app.ui.kit.theme import Theme
from app.ui.logging import words
from app.ui.logging.flow import STEP_NAMES, Step, next_step, previous_step, steps
from app.ui.logging.pages import LoggingPage, PlacePage, WayPage
from app.ui.logging.proof_page import DonePage, ProofPage
from app.ui.logging.server_page import ServerPage
from app.ui.logging.session import LoggingSession
from app.ui.wizard.frame import WizardFrame

if TYPE_CHECKING:
    from app.runtime.program import Program

NOTE = "Whoever learns the address can write to it. Only mail from users of this workspace is logged."


class LoggingWizard(WizardFrame):
    """`known`: an address that is tested anew. `other_requested`: the kind that is to be set up next; `connect_requested`:
    there is no inbox; the wizard has closed then."""

    other_requested = Signal(object)  # CopyKind
    connect_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        program: Program,
        kind: CopyKind,
        parent: QWidget | None,
        known: LoggingAddress | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.setObjectName("logging-wizard")
        self.run = LoggingSession(program, kind, known, self)
        way, place, done = WayPage(theme, self.run), PlacePage(theme, self.run), DonePage(theme, self.run)
        self.pages: dict[Step, LoggingPage] = {}
        for page in (way, place, ServerPage(theme, self.run), ProofPage(theme, self.run), done):
            self.pages[page.step] = page
            self.stack.addWidget(page)
        title = f"{'Test' if known else 'Set up'} the {words.KINDS[kind].title}"
        self.lay_out(title, "BCC" if kind is CopyKind.BCC else "Forwarding")
        self.rail.set_note(NOTE)
        self.run.changed.connect(self._on_run_changed)
        way.connect_wished.connect(self._on_connect)
        place.passed.connect(self.go_on)
        done.other_wished.connect(self._on_other)
        self.finished.connect(self._on_closed)
        self._was_testing = False
        self.step = steps(self.run.answers)[0]
        self.stack.setCurrentWidget(self.current)
        self.show_frame()

    @property
    def current(self) -> LoggingPage:
        return self.pages[self.step]

    @Slot()
    def go_on(self) -> None:
        if self.step is Step.DONE:
            self.accept()
        elif self.current.ready() and self.current.commit():
            following = next_step(self.step, self.run.answers)
            if following is not None:
                self._go(following)

    @Slot()
    def go_back(self) -> None:
        before = previous_step(self.step, self.run.answers)
        if before is not None:
            self._go(before)

    def _go(self, step: Step) -> None:
        self.current.leave()
        self.step = step
        self.show_current()
        if step is Step.DONE:
            self.forward.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_run_changed(self) -> None:
        self.show_frame()
        tested, self._was_testing = self._was_testing, self.run.answers.testing
        if tested and not self._was_testing and self.isVisible():
            self._focus_next_step()

    def _focus_next_step(self) -> None:
        """The button that had the focus went with the test: Enter must not throw the address away."""
        page = self.pages[Step.TEST]
        assert isinstance(page, ProofPage)
        wanted = self.forward if self.run.answers.proved else page.again
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def show_frame(self) -> None:
        pages, done = steps(self.run.answers), self.step is Step.DONE
        self.rail.show_names([STEP_NAMES[page] for page in pages], pages.index(self.step), all_done=done)
        self.cancel.setVisible(not done)
        self.back.setVisible(not done and pages.index(self.step) > 0)
        self.back.setEnabled(previous_step(self.step, self.run.answers) is not None)
        self.show_forward(self.current.forward_words, enabled=self.current.ready())

    @Slot()
    def _on_connect(self) -> None:
        self.reject()
        self.connect_requested.emit()

    @Slot()
    def _on_other(self) -> None:
        other = CopyKind.FORWARD if self.run.answers.kind is CopyKind.BCC else CopyKind.BCC
        self.accept()
        self.other_requested.emit(other)

    @Slot(int)
    def _on_closed(self, result: int) -> None:
        self.current.leave()
        if result != QDialog.DialogCode.Accepted and self.step is not Step.DONE:
            self.run.take_back()
