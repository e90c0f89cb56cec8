"""Fourth page: address and password; the servers below them in the advanced options (C7)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QCheckBox

from app.domain.detection import NothingFound
from app.domain.inboxes import ImapAccount
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.focus import tab_in_order
from app.ui.kit.layout import box, column, host, line, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, Elided, button, label
from app.ui.wizard.certificate_view import TRUST_OWN
from app.ui.wizard.flow import Page, Repair
from app.ui.wizard.mail_services import Servers
from app.ui.wizard.name_field import NameField
from app.ui.wizard.page import WizardPage
from app.ui.wizard.server_fields import ServerFields
from app.ui.wizard.session import Session
from app.ui.wizard.sign_in_form import SignInForm, errors, form_for, form_of
from app.ui.wizard.why_banner import WhyBanner


class SignInPage(WizardPage):
    page = Page.SIGN_IN
    forward = "Check and connect"

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, "Sign in to your mail server", "")
        self._filled_for: tuple[str, Servers] | None = None
        account = session.known_account
        self._account = account if isinstance(account, ImapAccount) else None
        self.address = entry(theme)
        self.address.setReadOnly(True)
        self.address.setEnabled(False)
        self.password = entry(theme, password=True)
        self.address_field = Field(theme, "E-mail address", self.address)
        self.password_field = Field(theme, "Pass&word", self.password)
        self.password.setAccessibleName("Password")
        self.name_field = NameField(theme)
        self.name = self.name_field.edit
        self.why = WhyBanner(theme, session)
        self.app_password = Banner(theme, "info", "")
        self.fold = button(theme, "Advanced options", "link", "chevron-right")
        self.fold.clicked.connect(self._on_fold)
        self.evidence = Elided(theme, "", "small", "faint")
        self.evidence.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.username = entry(theme)
        self.imap, self.smtp = ServerFields(theme, "imap"), ServerFields(theme, "smtp")
        self.same = QCheckBox("&Outgoing mail uses the same credentials as incoming")
        self.trust = QCheckBox(f"&{TRUST_OWN}")
        for check in (self.same, self.trust):
            check.setFont(theme.font("body"))
        trust_text = (
            "For a server whose certificate no known authority vouches for. You are shown it before anything is sent, and "
            "compare its fingerprint with whoever runs the server: who holds another one could read your password. That one "
            "alone is trusted, and another one later disconnects the inbox."
        )
        self.trust.setAccessibleDescription(trust_text)
        self.trust_help = label(theme, trust_text, "small", "faint", wrap=True)
        self.smtp_username = entry(theme)
        self.smtp_password = entry(theme, password=True)
        self.smtp_user_field = Field(theme, "User name for outgoing mail", self.smtp_username)
        self.smtp_password_field = Field(theme, "Password for outgoing mail", self.smtp_password)
        self.own = host(row((self.smtp_user_field, 1), (self.smtp_password_field, 1)))
        self.username_field = Field(theme, "User name on the server", self.username)
        self.options = box(
            "card",
            column(
                self.username_field,
                self.imap,
                self.smtp,
                self.same,
                self.own,
                line(),
                column(self.trust, row(24, (self.trust_help, 1), gap=0), gap=2),
                gap=k.S3,
                margins=(k.S4, k.S3, k.S4, k.S4),
            ),
        )
        self.options.hide()
        self.add(self.why)
        self.add(row((self.address_field, 1), (self.password_field, 1)), self.app_password, self.name_field)
        self.add(column(row(self.fold, (host(row((self.evidence, 1))), 1)), self.options, gap=k.S1), None)
        for edit in (self.password, self.username, self.smtp_username, self.smtp_password):
            edit.textChanged.connect(self._on_changed)
        for part in (self.imap, self.smtp):
            part.changed.connect(self._on_changed)
        for edit in (self.password, self.name, self.username, self.smtp_username, self.smtp_password):
            edit.returnPressed.connect(self._on_return)
        for part in (self.imap, self.smtp):
            part.submitted.connect(self._on_return)
        self.same.toggled.connect(self._on_same)
        self.trust.toggled.connect(self._on_changed)
        self.smtp_username.editingFinished.connect(self._on_smtp_left)

    def enter(self) -> None:
        form = self.session.form
        filled_for = (form.address, self.session.servers)
        if self._filled_for != filled_for:
            self._filled_for = filled_for
            self._fill(form)
        elif self.session.answers.sign_in_ok:
            self._fill(form)  # the check page may have mended something
        self._say(form)
        if self.session.show_options:
            self.session.show_options = False
            self._open_options(True)
            self.trust.setFocus(Qt.FocusReason.OtherFocusReason)
            self.area.ensureWidgetVisible(self.trust_help)
        elif self.session.answers.repair is Repair.SERVERS and not self.password.text():
            self._open_options(True)
            self._moved().take_focus()
        else:
            self.password.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_changed()

    def leave(self) -> None:
        self.session.form = self._typed()
        self.session.set_name(self.name.text())

    def commit(self) -> bool:
        """The form is taken; without an error it may go on."""
        self.session.form = self._typed()
        self.session.set_name(self.name.text())
        found = errors(self.session.form)
        if found:
            self._show(found)
        return not found

    def _moved(self) -> ServerFields:
        """The server that was not found where it was."""
        known = self.session.known
        host = known.problem.host if known is not None and known.problem is not None else ""
        outgoing = self._account is not None and host == self._account.smtp.host != self._account.imap.host
        return self.smtp if outgoing else self.imap

    def _say(self, form: SignInForm) -> None:
        service = self.session.servers.service
        if self.session.answers.reconnect:
            self.set_heading(
                "Sign in again",
                "The inbox goes on from where it stopped. Nothing that was logged is lost.",
            )
            self.evidence.setText("As it was connected")
        else:
            self.set_heading("Sign in to your mail server", "With two-step verification, use an app password here.")
            self.evidence.setText(self.session.servers.evidence)
        asked = service is not None and (service.app_password_page or service.switch_on_page)
        self.app_password.setVisible(bool(asked))
        if service and service.app_password_page:
            opener = button(self.theme, "Open the page")
            opener.setAccessibleName(f"Open the page of {service.name} where app passwords are made")
            opener.clicked.connect(self._on_open_service)
            title = f"{service.name} asks for an app password"
            if not service.app_password_needed:
                title = f"With two-step verification, {service.name} asks for an app password"
            text = f"Create one in your {service.name} account, name it Hitchpost, and enter it here."
            self.app_password.set("info", title, text)
            self.app_password.set_actions(opener)
            tab_in_order(self.password, opener, self.name)
        elif service and service.switch_on_page:
            opener = button(self.theme, "Open the page")
            opener.setAccessibleName(f"Open the page of {service.name} where IMAP is switched on")
            opener.clicked.connect(self._on_open_service)
            text = "Mail programs are let in only after that; the password is your ordinary one."
            self.app_password.set("info", f"{service.name} wants IMAP switched on first", text)
            self.app_password.set_actions(opener)
            tab_in_order(self.password, opener, self.name)

    def _fill(self, form: SignInForm) -> None:
        self.address.setText(form.address)
        self.address.setCursorPosition(0)
        self.address.setToolTip(form.address)
        self.password.setText(form.password)
        self.name_field.fill(self.session)
        self.username.setText(form.username)
        self.username.setCursorPosition(0)
        self.imap.fill(form.imap_host, form.imap_port, form.imap_security)
        self.smtp.fill(form.smtp_host, form.smtp_port, form.smtp_security)
        self.same.setChecked(form.same_credentials)
        self.own.setVisible(not form.same_credentials)
        self.smtp_username.setText(form.smtp_username)
        self.smtp_password.setText(form.smtp_password)
        self.trust.setChecked(form.trust_any)
        nothing_found = isinstance(self.session.found, NothingFound) and self._account is None
        if not form.same_credentials or nothing_found:
            self._open_options(True)

    def _typed(self) -> SignInForm:
        imap_host, imap_port, imap_security = self.imap.values()
        smtp_host, smtp_port, smtp_security = self.smtp.values()
        form = self.session.form
        trusting = self.trust.isChecked()
        typed = replace(
            form,
            password=self.password.text(),
            username=self.username.text(),
            imap_host=imap_host,
            imap_port=imap_port,
            imap_security=imap_security,
            smtp_host=smtp_host,
            smtp_port=smtp_port,
            smtp_security=smtp_security,
            same_credentials=self.same.isChecked(),
            smtp_username=self.smtp_username.text(),
            smtp_password=self.smtp_password.text(),
            trust_any=trusting,
            pin_sha256=form.pin_sha256 if trusting else "",
            smtp_pin_sha256=form.smtp_pin_sha256 if trusting else "",
            smtp_by_itself=form.smtp_by_itself and trusting,
        )
        return typed.moved(form)

    def _show(self, found: dict[str, str]) -> None:
        fields = {
            "password": self.password_field,
            "imap_host": self.imap.host_field,
            "imap_port": self.imap.port_field,
            "smtp_host": self.smtp.host_field,
            "smtp_port": self.smtp.port_field,
            "smtp_username": self.smtp_user_field,
            "smtp_password": self.smtp_password_field,
        }
        for name, text in found.items():
            if name in fields:
                fields[name].set_error(text)
        if set(found) & set(fields) - {"password"}:
            self._open_options(True)

    def _open_options(self, shown: bool) -> None:
        self.options.setVisible(shown)
        self.theme.bind_icon(self.fold, "chevron-down" if shown else "chevron-right", "link")
        self.fold.setAccessibleDescription("shown" if shown else "hidden")

    @Slot()
    def _on_fold(self) -> None:
        self._open_options(not self.options.isVisibleTo(self))

    @Slot(bool)
    def _on_same(self, same: bool) -> None:
        self.own.setVisible(not same)
        self._on_changed()
        if not same:
            self.smtp_username.setFocus(Qt.FocusReason.TabFocusReason)
            self.area.ensureWidgetVisible(self.own)

    @Slot()
    def _on_smtp_left(self) -> None:
        if not self.same.isChecked() and not self.smtp_username.text().strip() and self.smtp_password.text():
            self.smtp_user_field.set_error("The user name for outgoing mail is missing.")

    @Slot()
    def _on_changed(self) -> None:
        form = self._typed()
        known = self._known_servers()
        servers = (
            form.imap_host,
            form.imap_port,
            form.imap_security,
            form.smtp_host,
            form.smtp_port,
            form.smtp_security,
        )
        self.evidence.setVisible(servers == known)  # what was typed is not guessed
        self.session.answer(sign_in_ok=not errors(form))

    def _known_servers(self) -> tuple[object, ...]:
        form = form_of(self._account) if self._account else form_for(self.session.address, self.session.servers)
        return (form.imap_host, form.imap_port, form.imap_security, form.smtp_host, form.smtp_port, form.smtp_security)

    @Slot()
    def _on_return(self) -> None:
        """Enter, where the forward button cannot be pressed yet: what is missing is said beside its field."""
        self._show(errors(self._typed()))

    @Slot()
    def _on_open_service(self) -> None:
        service = self.session.servers.service
        if service:
            QDesktopServices.openUrl(QUrl(service.app_password_page or service.switch_on_page))
