"""First page: personal or team, explained (P1), and inbox automation, off (C1)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QRadioButton

from app.domain.inboxes import InboxKind
from app.ui.kit import tokens as k
from app.ui.kit.buttons import RadioGroup
from app.ui.kit.layout import column, line, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner, disc, label, restyle
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.ways import any_team
from app.words.inbox_kinds import NEEDS_PROVIDER, PERSONAL, TEAM, TEAM_WARNING


class OptionCard(QFrame):
    """A choice with its explanation; the whole card chooses."""

    def __init__(self, theme: Theme, icon: str, title: str, text: str) -> None:
        super().__init__()
        self.setProperty("box", "card")
        self.radio = QRadioButton(title)
        self.radio.setFont(theme.font("strong"))
        self.radio.setAccessibleDescription(text)
        self.radio.toggled.connect(self._on_toggled)
        words = column(self.radio, row(24, (label(theme, text, "small", "muted", wrap=True), 1), gap=0), gap=2)
        mark = column(disc(theme, icon, "neutral"), None, gap=0)
        self.setLayout(row((words, 1), mark, gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3)))
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        restyle(self, "current", "true" if on else "false")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.radio.setChecked(True)
            self.radio.setFocus(Qt.FocusReason.MouseFocusReason)
        super().mouseReleaseEvent(event)


class KindPage(WizardPage):
    page = Page.KIND

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(
            theme,
            session,
            "What kind of inbox is it?",
            "Hitchpost sends through it, and logs the replies that come back.",
        )
        self.personal = OptionCard(
            theme,
            "person",
            "&Personal",
            PERSONAL,
        )
        self.team = OptionCard(
            theme,
            "team",
            "&Team",
            f"{TEAM} One address cannot be both.",
        )
        self._group = RadioGroup(self)
        self._group.addButton(self.personal.radio)
        self._group.addButton(self.team.radio)
        self.personal.radio.setChecked(True)
        self._group.buttonToggled.connect(self._on_chosen)
        needs = "" if any_team(session) else f" {NEEDS_PROVIDER}"
        self.why = banner(theme, "warn", TEAM_WARNING + needs, title="The whole team will see its mail")
        self.why.hide()
        self.automation = QCheckBox("Turn on inbox &automation")
        self.automation.setFont(theme.font("medium"))
        self.automation.setAccessibleDescription(
            "Fills empty contact fields from signatures in new mail, on this computer."
        )
        self.automation.toggled.connect(self._on_automation)
        about = label(
            theme,
            "Fills empty contact fields, such as title and phone, from the signature of a first reply. It reads new mail "
            "only and runs on this computer. Your choice is kept; a later version begins with it.",
            "small",
            "muted",
            wrap=True,
        )
        self.add(self.personal, self.team, self.why, k.S1, line(), k.S1)
        self.add(column(self.automation, row(24, (about, 1), gap=0), gap=2), None)

    @Slot()
    def _on_chosen(self) -> None:
        team = self.team.radio.isChecked()
        self.why.setVisible(team)
        self.session.answer(kind=InboxKind.TEAM if team else InboxKind.PERSONAL)

    @Slot(bool)
    def _on_automation(self, on: bool) -> None:
        self.session.automation = on

    def enter(self) -> None:
        chosen = self._group.checkedButton()
        if chosen is not None:
            chosen.setFocus(Qt.FocusReason.OtherFocusReason)
