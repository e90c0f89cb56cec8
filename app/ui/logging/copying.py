"""A button that copies a text and says so. Used for logging addresses."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QGuiApplication

from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button

SHOWN = 2_000  # milliseconds of “Copied”


class CopyButton(Button):
    """Says “Copied” for two seconds. `what`: what is copied, for screen readers."""

    def __init__(self, theme: Theme, text: str, what: str, kind: str = "") -> None:
        super().__init__(theme, "Copy", kind, "copy", f"Copy {what}")
        self._copied, self._what = text, what
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(SHOWN)
        self._again.timeout.connect(self._on_again)
        self.clicked.connect(self._on_clicked)

    @Slot()
    def _on_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self._copied)
        self.setMinimumWidth(self.width())
        self.set_verb("Copied")
        self.setAccessibleName(f"Copied {self._what}")
        self._again.start()

    @Slot()
    def _on_again(self) -> None:
        self.set_verb("Copy")
        self.setAccessibleName(f"Copy {self._what}")
