"""The same table in a dialog, for a fault that stands in a banner or in the connection wizard: “More about this”."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.domain.problems import Problem
from app.ui.help.view import TroubleshootingView
from app.ui.kit.dialog import Dialog
from app.ui.kit.theme import Theme
from app.words.lookup import find_for

WIDTH, HEIGHT = 820, 580


class HelpDialog(Dialog):
    """Opened by `look_up`. It has no way to the inboxes: what is below stays as it is."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None) -> None:
        super().__init__(theme, "Troubleshooting", "", parent, width=640, cancel="Close")
        self.troubleshooting = TroubleshootingView(theme)
        self.troubleshooting.inboxes_button.hide()
        self.add(self.troubleshooting, 1)
        self._body.setContentsMargins(0, self._body.contentsMargins().top(), 0, 0)
        self.heading.setContentsMargins(theme.px(20), 0, 0, 0)
        self.resize(theme.px(WIDTH), theme.px(HEIGHT))
        self.troubleshooting.look_up(text)

    @Slot()
    def open(self) -> None:
        super().open()
        self.troubleshooting.view.setFocus()


def look_up(theme: Theme, problem: Problem | str, parent: QWidget) -> HelpDialog:
    """Opens the table at the row that fits a problem, or a text such as that of a sign-in page. `parent`: any widget of
    the window that the dialog belongs to."""
    text = problem if isinstance(problem, str) else find_for(problem)
    dialog = HelpDialog(theme, text, parent.window())
    dialog.open()
    return dialog
