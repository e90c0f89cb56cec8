"""What a failed step opens below itself: what happened, why, what to do, with the field that mends it in place (C8)."""

from __future__ import annotations

import re
from dataclasses import replace

from PySide6.QtCore import QDateTime, QLocale, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox, QFrame, QLayout, QLineEdit

from app.domain.detection import ServiceFacts
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button, button, label, prose
from app.ui.wizard.check_board import Remedy, StepRow, fingerprint, is_outgoing, remedy_for, server_said
from app.ui.wizard.server_fields import ServerFields
from app.ui.wizard.sign_in_form import SignInForm
from app.words.problems import explain

_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}")


class RemedyBox(QFrame):
    """`mended` carries the form as it should be tried next. `options_requested` wishes for the advanced options."""

    mended = Signal(object)
    options_requested = Signal()

    def __init__(self, theme: Theme, failed: StepRow, form: SignInForm, service: ServiceFacts | None) -> None:
        super().__init__()
        assert failed.problem is not None
        self.setProperty("box", "bad")
        self._theme, self._form, self._service = theme, form, service
        self._problem: Problem = failed.problem
        self._outgoing = is_outgoing(failed.step)
        self._certificate = failed.problem.certificate
        self._username: QLineEdit | None = None
        self._password: QLineEdit | None = None
        self._server: ServerFields | None = None
        self._trust: Button | None = None
        self._may_trust = remedy_for(failed.problem) is Remedy.CERTIFICATE and form.trust_any
        # where the certificate itself is shown below, its facts need not stand in the sentence, too
        shown = remedy_for(failed.problem) is Remedy.CERTIFICATE
        words = explain(replace(failed.problem, certificate=None) if shown else failed.problem)
        self._lay = column(gap=k.S2, margins=(k.S4, k.S3, k.S4, k.S3))
        self._lay.addWidget(label(theme, words.title, "strong", wrap=True))
        self._lay.addWidget(prose(theme, _breakable(f"{words.cause} {words.remedy}".strip())))
        if server_said(failed.problem):
            said = label(theme, f"The server says: {failed.problem.server_says}", "small", "muted", wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._lay.addWidget(said)
        self.again = button(theme, "Try again", "" if self._may_trust else "primary")
        self.again.clicked.connect(self._on_again)
        match remedy_for(failed.problem):
            case Remedy.PASSWORD:
                self._add_password()
            case Remedy.SERVER:
                self._add_server()
            case Remedy.CERTIFICATE:
                self._add_certificate()
            case Remedy.RETRY:
                self._lay.addLayout(row(self.again, None))
        self.setLayout(self._lay)
        self.setAccessibleName(f"{words.title}. {words.cause} {words.remedy}")

    def take_focus(self) -> None:
        target = self._password or (self._server.host if self._server else self.again)
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _separate(self) -> bool:
        return self._outgoing and not self._form.same_credentials

    def _add_password(self) -> None:
        app_password = self._problem.code is ProblemCode.APP_PASSWORD_NEEDED
        name = "App password" if app_password else "Password"
        self._username = entry(self._theme, self._form.smtp_username if self._separate() else self._form.username)
        self._password = entry(self._theme, password=True)
        for edit in (self._username, self._password):
            edit.returnPressed.connect(self._on_again)
            edit.textChanged.connect(self._on_typed)
        self._lay.addLayout(
            row(
                (Field(self._theme, "User name", self._username), 1),
                (Field(self._theme, name, self._password), 1),
                gap=k.S2,
            )
        )
        buttons = row(self.again, gap=k.S2)
        if self._service and self._service.app_password_page:
            opener = button(self._theme, f"Open {self._service.name} security")
            opener.clicked.connect(self._on_open_service)
            buttons.addWidget(opener)
        buttons.addStretch(1)
        self._lay.addLayout(buttons)
        self._on_typed()

    def _add_server(self) -> None:
        form = self._form
        self._server = ServerFields(self._theme, "smtp" if self._outgoing else "imap")
        if self._outgoing:
            self._server.fill(form.smtp_host, form.smtp_port, form.smtp_security)
        else:
            self._server.fill(form.imap_host, form.imap_port, form.imap_security)
        self._server.changed.connect(self._on_typed)
        self._server.submitted.connect(self._on_again)
        self._lay.addWidget(self._server)
        self._lay.addLayout(row(self.again, None))

    def _add_certificate(self) -> None:
        if self._certificate is not None:
            self._lay.addWidget(box("surface", self._facts(self._certificate)))
        self._buttons = row(self.again, gap=k.S2)
        if self._certificate is not None and self._may_trust:
            self._add_trust()
        else:
            self._add_wish()
        self._buttons.addStretch(1)
        self._lay.addLayout(self._buttons)

    def _add_wish(self) -> None:
        """Not asked for yet: it can be here, where the certificate is seen."""
        here = self._certificate is not None
        where = (
            "" if here else "“Trust any certificate” in the advanced options lets you look at it and trust that one."
        )
        text = f"If you run this server yourself and expect its certificate, {where or 'you can trust this one.'}"
        self._lay.addWidget(label(self._theme, text, "small", "muted", wrap=True))
        if here:
            self.trust_any = QCheckBox("&Trust any certificate")
            self.trust_any.setFont(self._theme.font("body"))
            self.trust_any.setAccessibleName("Trust any certificate")
            self.trust_any.toggled.connect(self._on_trust_any)
            self._lay.addWidget(self.trust_any)
        options = button(self._theme, "Advanced options")
        options.clicked.connect(self.options_requested)
        self._buttons.addWidget(options)

    def _add_trust(self) -> None:
        self._trust = button(self._theme, "Trust this certificate")
        self._trust.setAccessibleDescription("Only this certificate is accepted from now on")
        self._trust.clicked.connect(self._on_trust)
        self._buttons.insertWidget(0, self._trust)

    @Slot(bool)
    def _on_trust_any(self, wished: bool) -> None:
        if self._trust is None:
            self._add_trust()
        if self._trust is not None:
            self._trust.setVisible(wished)

    def _facts(self, facts: CertificateFacts) -> QLayout:
        lines = [
            ("Issued to", facts.subject or "—"),
            ("Issued by", facts.issuer or "—"),
            ("Valid", f"{_day(facts.not_before)} to {_day(facts.not_after)}"),
        ]
        if facts.names:
            lines.append(("For", ", ".join(facts.names[:6]) + (" …" if len(facts.names) > 6 else "")))
        out = column(gap=k.S1, margins=(k.S3, k.S2, k.S3, k.S2))
        for name, value in lines:
            title = label(self._theme, name, "small", "muted")
            title.setFixedWidth(self._theme.px(64))
            out.addLayout(row(column(title, None, gap=0), (label(self._theme, value, "small", wrap=True), 1)))
        out.addWidget(label(self._theme, "SHA-256 fingerprint", "small", "muted"))
        halves = fingerprint(facts)
        mono = label(self._theme, f"{halves[:48]}\n{halves[48:]}", "mono")
        mono.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        mono.setAccessibleName(f"SHA-256 fingerprint {halves}")
        out.addWidget(mono)
        return out

    @Slot()
    def _on_typed(self) -> None:
        ready = True
        if self._password is not None and self._username is not None:
            ready = bool(self._password.text() and self._username.text().strip())
        if self._server is not None:
            ready = self._server.ok()
        self.again.setEnabled(ready)

    @Slot()
    def _on_again(self) -> None:
        if not self.again.isEnabled():
            return
        form = self._form
        if self._password is not None and self._username is not None:
            name, password = self._username.text().strip(), self._password.text()
            if self._separate():
                form = replace(form, smtp_username=name, smtp_password=password)
            else:
                form = replace(form, username=name, password=password)
        if self._server is not None:
            host, port, security = self._server.values()
            if self._outgoing:
                form = replace(form, smtp_host=host, smtp_port=port, smtp_security=security)
            else:
                form = replace(form, imap_host=host, imap_port=port, imap_security=security)
        self.mended.emit(form)

    @Slot()
    def _on_trust(self) -> None:
        if self._certificate is not None:
            self.mended.emit(replace(self._form, trust_any=True, pin_sha256=self._certificate.sha256))

    @Slot()
    def _on_open_service(self) -> None:
        if self._service:
            QDesktopServices.openUrl(QUrl(self._service.app_password_page))


def _breakable(text: str) -> str:
    """Lets a fingerprint wrap: zero-width spaces behind its colons."""
    return _FINGERPRINT.sub(lambda m: m[0].replace(":", ":\u200b"), text)


def _day(moment: str) -> str:
    """ISO 8601 as a date of the language; as it is where it cannot be read."""
    at = QDateTime.fromString(moment, Qt.DateFormat.ISODate)
    return QLocale().toString(at.date(), QLocale.FormatType.LongFormat) if at.isValid() else moment
