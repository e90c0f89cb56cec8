"""Why an inbox waits to be mended, above the fields that mend it; and what its administrator is to be told, where only they
can. Used by the sign-in pages when an inbox is reconnected."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.ui.kit import tokens as k
from app.ui.kit.banner import Banner
from app.ui.kit.buttons import button
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.wizard.flow import Repair
from app.ui.wizard.session import Session
from app.words.administrators import asked_of_administrators
from app.words.problems import explain
from app.words.quoting import server_says


class WhyBanner(QWidget):
    """Hidden for a new inbox, and for one of which nothing is wrong."""

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__()
        banner = Banner(theme, "warn", "")
        self.copy = button(theme, "Copy for the administrator", "link", "copy")
        self.copy.clicked.connect(self._on_copy)
        self.setLayout(column(banner, row(self.copy, None), gap=k.S2))
        known = session.known
        problem = known.problem if known is not None else None
        self._for_administrator = ""
        if known is None or problem is None:
            self.hide()
            return
        words = explain(problem)
        text = f"{words.cause} {words.remedy}".strip()
        if session.answers.repair is Repair.PERMISSION:
            asked = asked_of_administrators(problem)
            text = f"{words.cause} Your administrator has to allow it, then sign in again here.\n{asked}".strip()
            says = f"\n{server_says(problem)}" if problem.server_words else ""
            self._for_administrator = f"{words.title} ({known.address}).\n{words.cause}\n{asked}{says}\n"
        self.copy.setVisible(bool(self._for_administrator))
        banner.set("warn", words.title, text)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._for_administrator)
        self.copy.set_verb("Copied for the administrator")
        self.copy.setAccessibleName("Copied for the administrator")
