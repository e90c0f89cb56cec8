"""What stands over the feed: that it is narrowed to a contact or a message, and that this desktop tells of nothing. Used by the
activity page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.widgets import Banner, Elided, Glyph, button

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme


class ScopeBar(QWidget):
    """Hidden while nothing is narrowed."""

    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._words = Elided(theme, "", "medium")
        self.button = button(theme, "Show all", "link")
        self.button.clicked.connect(self.left)
        self.setLayout(row(Glyph(theme, "search", "faint", k.ICON_SMALL), (self._words, 1), self.button, gap=k.S2))
        self.hide()

    def set(self, text: str) -> None:
        """Empty: everything is shown."""
        self._words.setText(text)
        self.button.setAccessibleName(f"Show all, not {text[:1].lower()}{text[1:]}")
        self.setVisible(bool(text))

    def text(self) -> str:
        return self._words.text()


class NoNotices(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.banner = Banner(
            theme,
            "info",
            "It has neither a notification service nor a tray. What happens is told in this feed alone.",
            title="This desktop shows no notifications",
        )
        self.setLayout(column(self.banner, gap=0, margins=(k.S6, k.S3, k.S6, 0)))
        self.hide()
