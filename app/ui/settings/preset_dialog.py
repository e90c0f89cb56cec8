"""The dialog that adds or edits the servers of a domain. Used by the section Mail services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from app.domain.errors import HitchpostError
from app.domain.inboxes import ConnectionSecurity
from app.domain.presets import (
    BEFORE_THE_AT,
    WHOLE_ADDRESS,
    Preset,
    PresetField,
    PresetForm,
    PresetWay,
    TypedServer,
    form_of,
)
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner
from app.ui.wizard.server_fields import ServerFields

if TYPE_CHECKING:
    from app.runtime.program import Program

OTHER = ""  # a user name of another form
NEW = PresetForm(
    "",
    imap=TypedServer("", "993"),
    smtp=TypedServer("", "465", ConnectionSecurity.IMPLICIT_TLS),
    username=WHOLE_ADDRESS,
)


class PresetDialog(FittingDialog):
    """`preset` is None for a new one. What is wrong is told beside its field; the verb keeps it, and closes."""

    def __init__(self, theme: Theme, program: Program, preset: Preset | None, parent: QWidget | None) -> None:
        title = f"Servers of {preset.domain}" if preset else "Add a domain"
        super().__init__(theme, title, "For everyone in this workspace who connects an inbox of it.", parent, width=560)
        self.setObjectName("preset")
        self._program, self._instead_of = program, preset.domain if preset else ""
        form = form_of(preset) if preset else NEW
        self.domain = Field(theme, "&Domain", entry(theme, form.domain, "example.com"), "What follows the @.")
        self.domain.edit.setAccessibleName("Domain")
        self.servers = QRadioButton("&IMAP and SMTP servers")
        self.exchange = QRadioButton("An &Exchange server of your own")
        self._group = QButtonGroup(self)
        for radio in (self.servers, self.exchange):
            radio.setFont(theme.font("medium"))
            self._group.addButton(radio)
        self.imap, self.smtp = ServerFields(theme, "imap"), ServerFields(theme, "smtp")
        for fields, server in ((self.imap, form.imap), (self.smtp, form.smtp)):
            fields.fill(server.host, server.port, server.security)
            fields.host.setCursorPosition(0)
        names = (
            ("The whole address", WHOLE_ADDRESS),
            ("What stands before the @", BEFORE_THE_AT),
            ("Another form", OTHER),
        )
        self.username = combo(theme, names, "User name")
        usual = self.username.findData(form.username)
        self.username.setCurrentIndex(usual if usual >= 0 else self.username.findData(OTHER))
        self.other = Field(
            theme,
            "Form of the user name",
            entry(theme, form.username if usual < 0 else f"EXAMPLE\\{BEFORE_THE_AT}"),
            f"{WHOLE_ADDRESS} and {BEFORE_THE_AT} are put in.",
        )
        self._server_part = host(
            column(self.imap, self.smtp, Field(theme, "User name", self.username), self.other, gap=k.S3)
        )
        self.url = Field(
            theme,
            "Exchange URL",
            entry(theme, form.url, "https://mail.example.com/ews/exchange.asmx"),
            "The address of the webmail will do. Microsoft 365 needs no entry: it is recognised.",
        )
        self.fault = banner(theme, "bad", "")
        self.fault.hide()
        self.add(self.domain)
        self.add(row(self.servers, self.exchange, None, gap=k.S5))
        self.add(self._server_part)
        self.add(self.url)
        self.add(self.fault)
        self.verb = self.set_verb("Save" if preset else "Add")
        self.verb.clicked.connect(self._on_save)
        self._group.buttonToggled.connect(self._show)
        self.username.currentIndexChanged.connect(self._show)
        (self.exchange if form.way is PresetWay.EXCHANGE else self.servers).setChecked(True)
        self._show()
        (self.imap.host if preset and form.way is PresetWay.SERVERS else self.domain.edit).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def form(self) -> PresetForm:
        """As typed."""
        domain = self.domain.edit.text().strip().removeprefix("@")
        if self.exchange.isChecked():
            return PresetForm(domain, PresetWay.EXCHANGE, url=self.url.edit.text())
        username = self.username.currentData() or self.other.edit.text().strip() or OTHER
        imap, smtp = (TypedServer(*fields.values()) for fields in (self.imap, self.smtp))
        return PresetForm(domain, PresetWay.SERVERS, imap, smtp, username)

    @Slot()
    def _show(self) -> None:
        servers = self.servers.isChecked()
        self._server_part.setVisible(servers)
        self.url.setVisible(not servers)
        self.other.setVisible(self.username.currentData() == OTHER)

    @Slot()
    def _on_save(self) -> None:
        fields = {
            PresetField.DOMAIN: self.domain,
            PresetField.IMAP_HOST: self.imap.host_field,
            PresetField.IMAP_PORT: self.imap.port_field,
            PresetField.SMTP_HOST: self.smtp.host_field,
            PresetField.SMTP_PORT: self.smtp.port_field,
            PresetField.USERNAME: self.other,
            PresetField.URL: self.url,
        }
        for field in fields.values():
            field.clear_error()
        try:
            faults = self._program.keep_preset(self.form(), self._instead_of)
        except HitchpostError as error:
            self.fault.set("bad", "Not kept", str(error))
            self.fault.show()
            return
        for fault in faults:
            fields[fault.field].set_error(fault.text)
        if faults:
            fields[faults[0].field].edit.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.accept()
