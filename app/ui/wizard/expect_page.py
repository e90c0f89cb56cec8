"""Third page: what to expect, to be accepted before going on (C3, D); for a team inbox also who will see its mail (P3)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QLabel

from app.domain.inboxes import InboxKind
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Glyph, label
from app.ui.wizard.disclosures import Disclosure
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.ways import way_of
from app.words.inbox_kinds import TEAM_WARNING

BESIDE_TICK = 32  # pixels: the tick itself, the gap behind it, and the room that the style keeps
LEAST_ADDRESS = 120


class ExpectPage(WizardPage):
    page = Page.EXPECT
    forward = "Accept and continue"

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, "", "This has to be accepted before you sign in.")
        self._texts: list[tuple[QLabel, str]] = []
        self._shown: Disclosure | None = None
        self._points = column(gap=10, margins=(k.S4, k.S3, k.S4, k.S3))
        self.accept = QCheckBox()
        self.accept.setFont(theme.font("medium"))
        self.accept.toggled.connect(self._on_toggled)
        self.team = Banner(theme, "warn", TEAM_WARNING, title="The whole team will see this mail")
        self.add(box("card", self._points), None)
        self.below.addWidget(self.team)
        self.below.addWidget(self.accept)
        self._address = ""

    def _show(self, disclosure: Disclosure) -> None:
        if self._shown == disclosure:
            return
        self._shown, self._address = disclosure, ""
        clear(self._points)
        self._texts.clear()
        for point in disclosure.points:
            text = label(self.theme, point.text, "small", "muted", wrap=True)
            self._texts.append((text, point.text))
            words = column(label(self.theme, point.title, "medium"), text, gap=1)
            self._points.addLayout(row(column(2, Glyph(self.theme, point.icon), None, gap=0), (words, 1), gap=k.S3))

    def enter(self) -> None:
        disclosure = way_of(self.session).disclosure
        self._show(disclosure)
        answers = self.session.answers
        newer = answers.reconnect and bool(self.session.accepted_before)
        self.set_heading(
            disclosure.title,
            "This text is newer than the one you accepted. It has to be accepted before the inbox goes on."
            if newer
            else "This has to be accepted before you sign in.",
        )
        self.team.setVisible(answers.kind is InboxKind.TEAM and not answers.reconnect)
        for text, template in self._texts:
            text.setText(template.format(secret_place=self.session.secret_place()))
        if self._address != self.session.address:
            self._address = self.session.address
            self.accept.setChecked(False)  # consent is for one address and one text
            self._fit_consent(disclosure)
        self.accept.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit_consent(self, disclosure: Disclosure) -> None:
        """A long address loses its middle rather than the window its edge; read out it is whole."""
        whole = disclosure.consent.format(address=self._address)
        metrics = QFontMetrics(self.accept.font())
        room = self.below.geometry().width() - self.theme.px(BESIDE_TICK)
        room -= metrics.horizontalAdvance(disclosure.consent.format(address=""))
        shown = metrics.elidedText(self._address, Qt.TextElideMode.ElideMiddle, max(room, self.theme.px(LEAST_ADDRESS)))
        self.accept.setText(disclosure.consent.format(address=shown).replace("&", "&&"))
        self.accept.setAccessibleName(whole)
        self.accept.setToolTip("" if shown == self._address else whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._shown is not None:
            self._fit_consent(self._shown)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.session.answer(accepted=on)
