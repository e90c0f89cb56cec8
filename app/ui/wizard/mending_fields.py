"""The fields that mend a failed step in place: a password with its user name, and an Exchange server's address. The servers
of IMAP have theirs in `server_fields`. Used by the remedy box."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.errors import UsageError
from app.domain.exchange_address import ews_url, is_exchange_online
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme

_ONLINE = "That is Microsoft 365, which takes no passwords. Go back and choose Outlook."


class PasswordFields(QWidget):
    """`name` of the second field: Password, or App password."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, username: str, name: str) -> None:
        super().__init__()
        self.username = entry(theme, username)
        self.password = entry(theme, password=True)
        for edit in (self.username, self.password):
            edit.returnPressed.connect(self.submitted)
            edit.textChanged.connect(self.changed)
        self.setLayout(
            row((Field(theme, "User name", self.username), 1), (Field(theme, name, self.password), 1), gap=k.S2)
        )

    def values(self) -> tuple[str, str]:
        return self.username.text().strip(), self.password.text()

    def ok(self) -> bool:
        return all(self.values())

    def inputs(self) -> tuple[QWidget, ...]:
        return self.username, self.password

    def take_focus(self) -> None:
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)


class ExchangeFields(QWidget):
    """The URL, or the address of the webmail, or nothing for autodiscover; and the user name."""

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, url: str, username: str) -> None:
        super().__init__()
        self.url = entry(theme, url, hint="https://mail.example.com/ews/exchange.asmx")
        self.username = entry(theme, username)
        self.url_field = Field(theme, "Exchange &URL", self.url)
        self.url.setAccessibleName("Exchange URL")
        self.setLayout(row((self.url_field, 3), (Field(theme, "User name", self.username), 2), gap=k.S2))
        for edit in (self.url, self.username):
            edit.returnPressed.connect(self.submitted)
            edit.textChanged.connect(self.changed)
        self.url.editingFinished.connect(self._on_url_left)

    def values(self) -> tuple[str, str]:
        return self.url.text(), self.username.text()

    def ok(self) -> bool:
        return not url_error(self.url.text())

    def inputs(self) -> tuple[QWidget, ...]:
        return self.url, self.username

    def take_focus(self) -> None:
        self.url.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_url_left(self) -> None:
        """The webmail's address becomes the Exchange URL; what cannot be one is told."""
        typed = self.url.text().strip()
        if why := url_error(typed):
            self.url_field.set_error(why)
        elif typed:
            self.url.setText(ews_url(typed))


def url_error(typed: str) -> str:
    """Why this can be no Exchange URL; empty for one that can, and for none at all."""
    if not typed.strip():
        return ""
    try:
        host = ews_url(typed).split("/")[2].partition(":")[0]
    except UsageError as error:
        return str(error)
    return _ONLINE if is_exchange_online(host) else ""
