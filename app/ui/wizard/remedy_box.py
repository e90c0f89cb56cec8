"""What a failed step opens below itself: what happened, why, what to do, with the field that mends it in place (C8)."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFrame, QWidget

from app.domain.detection import ServiceFacts
from app.domain.problems import Problem, ProblemCode
from app.ui.help.link import HelpLink
from app.ui.kit import tokens as k
from app.ui.kit.buttons import Button, button
from app.ui.kit.labels import label, prose
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.wizard.authority_file import AuthorityChooser
from app.ui.wizard.certificate_view import TRUST_OWN, certificate_card, certificates_compared, is_by_itself
from app.ui.wizard.check_board import Remedy, StepRow, remedy_for, server_said
from app.ui.wizard.mending import ExchangeMending, ImapMending, Mending
from app.ui.wizard.mending_fields import ExchangeFields, PasswordFields
from app.ui.wizard.server_fields import ServerFields
from app.words.problems import explain
from app.words.quoting import server_says

_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}")
_BY_ITSELF = (
    "Its certificate was issued by itself, so no authority vouches for it, as on many servers of one’s own. Compare the "
    "fingerprint with whoever runs the server, then trust this one."
)


class RemedyBox(QFrame):
    """`mended` carries what should be tried next, as the mending made it: a SignInForm, or an Exchange account and its
    secret. `options_requested` wishes for the advanced options."""

    mended = Signal(object)
    options_requested = Signal()

    def __init__(self, theme: Theme, failed: StepRow, mending: Mending, service: ServiceFacts | None) -> None:
        super().__init__()
        assert failed.problem is not None
        self.setProperty("box", "bad")
        self._theme, self._mending, self._service = theme, mending, service
        self._problem: Problem = failed.problem
        self._remedy = remedy_for(failed.problem)
        self._certificate = failed.problem.certificate
        self._fields: PasswordFields | ServerFields | ExchangeFields | None = None
        # a certificate in the place of one that was trusted: nothing that a click should pass over
        self._changed = failed.problem.code is ProblemCode.CERTIFICATE_CHANGED and bool(mending.pin)
        untrusted = failed.problem.code is ProblemCode.CERTIFICATE_UNTRUSTED
        self._by_itself = untrusted and self._certificate is not None and is_by_itself(self._certificate)
        # where the certificate itself is shown below, its facts need not stand in the sentence, too
        shown = self._remedy is Remedy.CERTIFICATE
        words = explain(replace(failed.problem, certificate=None) if shown else failed.problem)
        self._lay = column(gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3))
        self._lay.addWidget(label(theme, words.title, "strong", wrap=True))
        # where trusting is to be confirmed, what to do stands beside that
        told = words.cause if self._changed else f"{words.cause} {words.remedy}".strip()
        if self._by_itself:
            told = _BY_ITSELF
        self._lay.addWidget(prose(theme, _breakable(told)))
        if server_said(failed.problem):
            said = label(theme, server_says(failed.problem), "small", "muted", wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._lay.addWidget(said)
        self.help_link = HelpLink(theme, failed.problem)
        self.again = button(theme, "Try again", "primary")
        self.again.clicked.connect(self._on_again)
        self._beside: Button | None = None  # at the right of “Try again”
        self.trust: Button | None = None
        self.authority: Button | None = None
        self.chooser = AuthorityChooser(self)
        self.chooser.chosen.connect(self._on_authority)
        self.chooser.failed.connect(self._on_no_authority)
        self._no_authority = label(theme, "", "small", "bad", wrap=True)
        self._no_authority.hide()
        self.trust_any: QCheckBox | None = None
        match self._remedy:
            case Remedy.PASSWORD:
                self._add_password()
            case Remedy.SERVER:
                self._add_server()
            case Remedy.CERTIFICATE:
                self._add_certificate()
            case Remedy.RETRY:
                self._lay.addLayout(row(self.again, None))
        self._lay.addLayout(row(self.help_link, None))
        self.setLayout(self._lay)
        self.setAccessibleName(f"{words.title}. {told}")

    def take_focus(self) -> None:
        if self._fields is not None:
            self._fields.take_focus()
        elif self._changed and self.trust_any is not None:
            self.trust_any.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.again.setFocus(Qt.FocusReason.OtherFocusReason)

    def stops(self) -> list[QWidget]:
        """What takes the focus, in the order in which it stands."""
        inputs = self._fields.inputs() if self._fields is not None else ()
        return [
            w
            for w in (*inputs, self.trust_any, self.trust, self.authority, self.again, self._beside, self.help_link)
            if w is not None
        ]

    # -- a password, a server

    def _add_password(self) -> None:
        app_password = self._problem.code is ProblemCode.APP_PASSWORD_NEEDED
        self._add_fields(
            PasswordFields(self._theme, self._mending.username, "App password" if app_password else "Password")
        )
        buttons = row(self.again, gap=k.S2)
        if self._service and self._service.app_password_page:
            self._beside = button(self._theme, f"Open {self._service.name} security")
            self._beside.clicked.connect(self._on_open_service)
            buttons.addWidget(self._beside)
        buttons.addStretch(1)
        self._lay.addLayout(buttons)

    def _add_server(self) -> None:
        if isinstance(self._mending, ExchangeMending):
            self._add_fields(ExchangeFields(self._theme, self._mending.account.url, self._mending.username))
        else:
            fields = ServerFields(self._theme, "smtp" if self._mending.outgoing else "imap")
            fields.fill(*self._mending.server())
            self._add_fields(fields)
        self._lay.addLayout(row(self.again, None))

    def _add_fields(self, fields: PasswordFields | ServerFields | ExchangeFields) -> None:
        self._fields = fields
        fields.changed.connect(self._on_typed)
        fields.submitted.connect(self._on_again)
        self._lay.addWidget(fields)
        self._on_typed()

    @Slot()
    def _on_typed(self) -> None:
        self.again.setEnabled(self._fields is None or self._fields.ok())

    @Slot()
    def _on_again(self) -> None:
        if self.again.isEnabled():
            self.mended.emit(self._typed())

    def _typed(self) -> object:
        mending, fields = self._mending, self._fields
        if isinstance(fields, PasswordFields):
            return mending.with_password(*fields.values())
        if isinstance(fields, ServerFields) and isinstance(mending, ImapMending):
            return mending.with_server(*fields.values())
        if isinstance(fields, ExchangeFields) and isinstance(mending, ExchangeMending):
            return mending.with_server(*fields.values())
        return mending.unchanged()

    # -- a certificate

    def _add_certificate(self) -> None:
        facts = self._certificate
        buttons = row(gap=k.S2)
        if facts is not None:
            card = certificate_card(self._theme, facts)
            if self._changed:
                card = certificates_compared(self._theme, self._mending.pin, facts)
            self._lay.addWidget(card)
            self.trust = button(self._theme, "Trust this certificate", "danger" if self._changed else "")
            self.trust.setAccessibleDescription("Only this certificate is accepted from now on")
            self.trust.clicked.connect(self._on_trust)
            buttons.addWidget(self.trust)
        if facts is None or self._changed or not self._mending.trust_any:
            self._add_wish(facts is not None)
        if self._problem.code is ProblemCode.CERTIFICATE_UNTRUSTED and not self._by_itself:
            self.authority = button(self._theme, "Choose an authority’s certificate…")
            self.authority.setAccessibleDescription(
                "A PEM file; every certificate that this authority issues is accepted then"
            )
            self.authority.clicked.connect(self.chooser.ask)
            buttons.addWidget(self.authority)
        buttons.addWidget(self.again)
        if facts is None:
            self._beside = button(self._theme, "Advanced options")
            self._beside.clicked.connect(self.options_requested)
            buttons.addWidget(self._beside)
        buttons.addStretch(1)
        self._lay.addLayout(buttons)
        self._lay.addWidget(self._no_authority)

    def _add_wish(self, here: bool) -> None:
        """Trust is asked for in so many words, where the certificate is seen."""
        if self._changed:
            text = (
                "Trust it only after whoever runs the server has confirmed the fingerprint, by telephone or in person: your "
                "password goes to whoever holds this certificate."
            )
            wish = "&The fingerprint was confirmed to me"
        else:
            text = (
                "This trusts the server’s own certificate, once you have compared its fingerprint. It alone is trusted: "
                "another one later disconnects the inbox."
                if here
                else f"“{TRUST_OWN}” in the advanced options lets you look at it, compare its fingerprint, and trust "
                "that one."
            )
            wish = "&Trust this certificate (less safe)"
        self._lay.addWidget(label(self._theme, text, "small", "bad" if self._changed else "muted", wrap=True))
        if not here or self.trust is None:
            return
        self.trust_any = QCheckBox(wish)
        self.trust_any.setFont(self._theme.font("body"))
        self.trust_any.setAccessibleName(wish.replace("&", ""))
        self.trust_any.setAccessibleDescription(text)
        self.trust_any.toggled.connect(self.trust.setEnabled)
        self.trust.setEnabled(False)
        self._lay.addWidget(self.trust_any)

    @Slot()
    def _on_trust(self) -> None:
        if self._certificate is not None:
            self.mended.emit(self._mending.with_pin(self._certificate.sha256))

    @Slot(str)
    def _on_authority(self, pem: str) -> None:
        self.mended.emit(self._mending.with_authority(pem))

    @Slot(str)
    def _on_no_authority(self, why: str) -> None:
        self._no_authority.setText(why)
        self._no_authority.show()

    @Slot()
    def _on_open_service(self) -> None:
        if self._service:
            QDesktopServices.openUrl(QUrl(self._service.app_password_page))


def _breakable(text: str) -> str:
    """Lets a fingerprint wrap: zero-width spaces behind its colons."""
    return _FINGERPRINT.sub(lambda m: m[0].replace(":", ":\u200b"), text)
