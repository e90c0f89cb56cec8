"""Why an inbox waits to be mended, above the fields that mend it; and what its administrator is to be told, where only they
can. Used by the sign-in pages when an inbox is reconnected."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication

from app.ui.kit.banner import Banner
from app.ui.kit.buttons import button
from app.ui.kit.theme import Theme
from app.ui.wizard.flow import Repair
from app.ui.wizard.session import Session
from app.words.administrators import asked_of_administrators
from app.words.problems import explain


class WhyBanner(Banner):
    """Hidden for a new inbox, and for one of which nothing is wrong."""

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, "warn", "")
        self._session = session
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
            said = f"\nThe server said: {problem.server_says}" if problem.server_says else ""
            self._for_administrator = f"{words.title} ({known.address}).\n{words.cause}\n{asked}{said}\n"
            self.copy = button(theme, "Copy for the administrator")
            self.copy.clicked.connect(self._on_copy)
            self.set_actions(self.copy)
        self.set("warn", words.title, text)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._for_administrator)
        self.copy.set_verb("Copied")
        self.copy.setAccessibleName("Copied for the administrator")
