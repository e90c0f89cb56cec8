"""The Help page: Troubleshooting. Reached from the navigation and by F1."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.ui.help.view import TroubleshootingView
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.page import page_bar


class HelpPage(QFrame):
    inboxes_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("box", "surface")
        self.troubleshooting = TroubleshootingView(theme)
        self.troubleshooting.inboxes_requested.connect(self.inboxes_requested)
        self.setLayout(column(page_bar(theme, "Troubleshooting"), (self.troubleshooting, 1), gap=0))

    def look_up(self, text: str) -> None:
        self.troubleshooting.look_up(text)

    def take_focus(self) -> None:
        self.troubleshooting.focus_search()
