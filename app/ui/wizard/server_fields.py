"""Host, port and security of one server in a row. Used on the sign-in page and where a failed check is mended."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.inboxes import ConnectionSecurity
from app.ui.kit.fields import Field, combo, entry
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.wizard.sign_in_form import host_error, port_after, port_error

SECURITIES = (("TLS", ConnectionSecurity.IMPLICIT_TLS), ("STARTTLS", ConnectionSecurity.STARTTLS))


class ServerFields(QWidget):
    """`kind`: "imap" or "smtp". Another security brings its usual port, unless an unusual one was typed."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, kind: str) -> None:
        super().__init__()
        self._kind = kind
        name = kind.upper()
        self.host = entry(theme)
        self.port = entry(theme)
        self.security = combo(theme, SECURITIES, f"{name} security")
        self.host_field = Field(theme, f"{name} host", self.host)
        self.port_field = Field(theme, "Port", self.port)
        self.security_field = Field(theme, "Security", self.security)
        self.port.setAccessibleName(f"{name} port")
        self.security.setAccessibleName(f"{name} security")
        self.port_field.setFixedWidth(theme.px(88))
        self.security_field.setFixedWidth(theme.px(128))
        fields = row((self.host_field, 1), self.port_field, self.security_field)
        below = (field.take_below() for field in (self.host_field, self.port_field))  # errors: the row is wide
        self.setLayout(column(fields, *below, gap=6))
        self.host.textChanged.connect(self.changed)
        self.port.textChanged.connect(self.changed)
        self.host.editingFinished.connect(self.show_host_error)
        self.port.editingFinished.connect(self.show_port_error)
        self.host.returnPressed.connect(self.submitted)
        self.port.returnPressed.connect(self.submitted)
        self.security.currentIndexChanged.connect(self._on_security)

    def fill(self, host: str, port: str, security: ConnectionSecurity) -> None:
        self.security.blockSignals(True)
        self.security.setCurrentIndex(self.security.findData(security))
        self.security.blockSignals(False)
        self.host.setText(host)
        self.port.setText(port)
        self.host_field.clear_error()
        self.port_field.clear_error()

    def values(self) -> tuple[str, str, ConnectionSecurity]:
        return self.host.text(), self.port.text(), ConnectionSecurity(self.security.currentData())

    def inputs(self) -> tuple[QWidget, ...]:
        return self.host, self.port, self.security

    def take_focus(self) -> None:
        self.host.setFocus(Qt.FocusReason.OtherFocusReason)

    def ok(self) -> bool:
        host, port, _ = self.values()
        return not host_error(host, self._kind.upper()) and not port_error(port, self._kind)

    @Slot()
    def show_host_error(self) -> None:
        if why := host_error(self.host.text(), self._kind.upper()):
            self.host_field.set_error(why)

    @Slot()
    def show_port_error(self) -> None:
        if why := port_error(self.port.text(), self._kind):
            self.port_field.set_error(why)

    @Slot()
    def _on_security(self) -> None:
        _, port, security = self.values()
        self.port.setText(port_after(self._kind, security, port))
        self.port_field.clear_error()
        self.changed.emit()
