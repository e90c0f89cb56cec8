"""The dialog *Check my tracking host*: whether pictures and links in mail will work for recipients, step by step. Used by the
section Tracking of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot

from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.settings.host_board import HostBoard

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.domain.tracking_host import HostStep
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

TITLE = "Check my tracking host"


class HostCheckDialog(FittingDialog):
    """Open it with `open()`: it begins at once, and leaves no event. Closing it ends what runs."""

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            TITLE,
            "Whether pictures and links in tracked mail will work for those who get it. It leaves no event.",
            parent,
            width=620,
            cancel="Close",
        )
        self.setObjectName("host-check")
        self._program = program
        self.board = HostBoard(theme, program)
        self.lines, self.outcome = self.board.lines, self.board.outcome
        self.add(self.board, 1)
        self.verb = self.set_verb("Stop", "")
        self.verb.clicked.connect(self._on_verb)
        self.board.ended.connect(self._on_ended)
        self.finished.connect(self.board.stop)
        self.begin()
        self.verb.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def running(self) -> bool:
        return self.board.running

    @property
    def steps(self) -> list[HostStep]:
        return self.board.steps

    def begin(self) -> None:
        url = self._program.tracking_host()
        if not url:
            self.board.end("warn", "There is no tracking host", "Give its public address first, or start one here.")
            self._on_ended()
            return
        self.verb.set_verb("Stop")
        self.board.begin(url)

    @Slot()
    def _on_ended(self) -> None:
        self.verb.set_verb("Check again")

    @Slot()
    def _on_verb(self) -> None:
        if not self.running:
            self.begin()
            return
        self.board.stop()
        self._on_ended()
