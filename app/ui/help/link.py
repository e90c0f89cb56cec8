"""“More about this”: the link from a fault to its row in Troubleshooting. Used wherever a fault is shown."""

from __future__ import annotations

from PySide6.QtCore import Slot

from app.domain.problems import Problem
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button


class HelpLink(Button):
    """`set_about` says what it leads to; hidden where that is nothing."""

    def __init__(self, theme: Theme, about: Problem | str | None = None) -> None:
        super().__init__(theme, "More about this", "link", "help")
        self._help_theme = theme
        self._about: Problem | str | None = None
        self.clicked.connect(self._on_clicked)
        self.set_about(about)

    def set_about(self, about: Problem | str | None) -> None:
        """A problem, or a text such as what a sign-in page said."""
        self._about = about or None
        if self._about is None:
            self.hide()
        elif self.parent() is not None:
            self.show()

    @Slot()
    def _on_clicked(self) -> None:
        from app.ui.help.dialog import look_up  # not needed to show the fault

        if self._about is not None:
            look_up(self._help_theme, self._about, self)
