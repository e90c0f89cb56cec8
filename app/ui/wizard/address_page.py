"""Second page: the address, and the way it can be connected: by IMAP, with what a person must know first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLayout

from app.domain.addresses import is_complete
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, Glyph, banner, label
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.sign_in_form import NOT_COMPLETE

# How the services that people ask for are reached in this version. Facts, not choices: none of it is a button.
WAYS = (
    ("mail", "Gmail, Yahoo, iCloud, Fastmail", "By IMAP, with an app password that you create there."),
    ("server", "Your company’s or provider’s server", "By IMAP, with your ordinary password."),
    ("company", "Exchange of your own", "By IMAP, where your administrator has switched it on."),
    ("clock", "Microsoft 365 and Outlook.com", "Not yet: they need a sign-in in the browser."),
)


class AddressPage(WizardPage):
    page = Page.ADDRESS
    forward = "Connect by IMAP"

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(
            theme, session, "Which inbox is it?", "This version connects any mail server that speaks IMAP."
        )
        self.edit = entry(theme, "", "you@example.com")
        self.edit.textChanged.connect(self._on_text)
        self.edit.editingFinished.connect(self._on_left)
        self.field = Field(theme, "E-mail &address", self.edit)
        self.edit.setAccessibleName("E-mail address")
        self._name = label(theme, "", "heading")
        self._chip = Chip(theme, "Recommended", "ok")
        self._evidence = label(theme, "", "small", "muted", wrap=True)
        words = column(row(self._name, self._chip, None), self._evidence, gap=2)
        mark = column(2, Glyph(theme, "mail", "accent_soft_text", 18), None, gap=0)
        self.found = box("info", row(mark, (words, 1), gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3)))
        self.notice = banner(theme, "warn", "")
        self.add(self.field, self.found, self.notice, k.S1, self._ways(), None)
        self._on_text("")

    def _ways(self) -> QLayout:
        rows = column(gap=k.S3, margins=(k.S4, k.S3, k.S4, k.S3))
        for icon, name, how in WAYS:
            words = column(
                label(self.theme, name, "medium"), label(self.theme, how, "small", "muted", wrap=True), gap=0
            )
            rows.addLayout(row(column(2, Glyph(self.theme, icon), None, gap=0), (words, 1), gap=k.S3))
        head = label(self.theme, "How services are reached", "small_strong", "muted")
        return column(head, box("card", rows), gap=k.S2)

    def enter(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_text(self.edit.text())

    def commit(self) -> bool:
        self.session.set_address(self.edit.text().strip())
        return True

    @Slot(str)
    def _on_text(self, text: str) -> None:
        address = text.strip()
        complete = is_complete(address)
        taken = self.session.inbox_of(address) if complete else None
        self.found.setVisible(complete and taken is None)
        self.notice.setVisible(False)
        if complete and taken is None:
            self._say_found(address)
        elif taken is not None:
            self.notice.set(
                "warn",
                f"{taken.address} is connected already",
                "It is a "
                + taken.kind.value
                + " inbox of yours. To sign in again, close this and press Reconnect under "
                "Inboxes. To use the address in another way, remove it there first.",
            )
            self.notice.show()
        self.session.answer(address_ok=complete and taken is None)

    def _say_found(self, address: str) -> None:
        self.session.set_address(address)
        servers = self.session.servers
        service = servers.service
        self._name.setText(f"{service.name} by IMAP" if service else "IMAP")
        self._chip.setVisible(service is not None and not service.refuses_passwords)
        if service and service.app_password_url:
            self._evidence.setText(
                f"{service.name} takes an app password here, not your ordinary one. Its servers are known: "
                f"{servers.imap.host} and {servers.smtp.host}."
            )
        elif service:
            self._evidence.setText(f"Its servers are known: {servers.imap.host} and {servers.smtp.host}.")
            self.notice.set("warn", "A password will probably be refused", service.refuses_passwords)
            self.notice.show()
        else:
            self._evidence.setText(
                f"Hitchpost tries {servers.imap.host} and {servers.smtp.host}. That is a guess from the address; you can "
                "correct it before anything is sent."
            )

    @Slot()
    def _on_left(self) -> None:
        text = self.edit.text().strip()
        if text and not is_complete(text):
            self.field.set_error(NOT_COMPLETE)
