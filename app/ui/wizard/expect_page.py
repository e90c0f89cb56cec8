"""Third page: what to expect, to be accepted before going on (C3, D)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QLabel

from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, label
from app.ui.wizard.disclosures import IMAP
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session


class ExpectPage(WizardPage):
    page = Page.EXPECT
    forward = "Accept and continue"

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, IMAP.title, "This has to be accepted before you sign in.")
        self._texts: list[tuple[QLabel, str]] = []
        points = column(gap=10, margins=(k.S4, k.S3, k.S4, k.S3))
        for point in IMAP.points:
            text = label(theme, point.text, "small", "muted", wrap=True)
            self._texts.append((text, point.text))
            words = column(label(theme, point.title, "medium"), text, gap=1)
            points.addLayout(row(column(2, Glyph(theme, point.icon), None, gap=0), (words, 1), gap=k.S3))
        self.accept = QCheckBox()
        self.accept.setFont(theme.font("medium"))
        self.accept.toggled.connect(self._on_toggled)
        self.add(box("card", points), self.accept, None)
        self._address = ""

    def enter(self) -> None:
        for text, template in self._texts:
            text.setText(template.format(secret_place=self.session.secret_place()))
        if self._address != self.session.address:
            self._address = self.session.address
            self.accept.setChecked(False)  # consent is for one address
            self.accept.setText(IMAP.consent.format(address=self._address).replace("&", "&&"))
        self.accept.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.session.answer(accepted=on)
