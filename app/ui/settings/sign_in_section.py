"""The section Google and Microsoft of the settings: the organisation's own client, with which people sign in (C14)."""

from __future__ import annotations

from PySide6.QtCore import QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.inboxes import Provider
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, host, line, row
from app.ui.kit.widgets import Button, Chip, button, label
from app.ui.settings.rows import WebAddressControl, setting
from app.ui.settings.section import Section

_SERVER = "HOST:PORT:tls or HOST:PORT:starttls. Empty: the usual one."
_URL = "Empty: the usual one."


class SignInSection(Section):
    def groups(self) -> list[QVBoxLayout]:
        self.chips: dict[Provider, Chip] = {}
        self.folds: dict[Provider, Button] = {}  # what shows the endpoints
        return [self._google(), self._microsoft()]

    def _google(self) -> QVBoxLayout:
        t = self.theme
        return self._provider(
            Provider.GMAIL,
            "Google",
            "Google lets in registered programs only. In Google Cloud, under Google Auth Platform › Clients, create a client "
            "of the type “Desktop app”, and allow the scope https://mail.google.com/ under Data access. A client in testing "
            "is signed out after seven days.",
            "https://console.cloud.google.com/auth/clients",
            [
                setting(
                    t,
                    "Client ID",
                    "It ends in apps.googleusercontent.com.",
                    self.text("oauth.gmail.client_id", "Client ID at Google", "Not set", 320),
                ),
                setting(
                    t,
                    "Client secret",
                    "Belongs to the client; Google asks for it. It is kept with the settings of this workspace and shown "
                    "nowhere.",
                    self.text("oauth.gmail.client_secret", "Client secret at Google", "Not set", 320, secret=True),
                ),
            ],
            [
                ("authorize_url", "Sign-in page", _URL),
                ("token_url", "Token address", _URL),
                ("revoke_url", "Address that withdraws a permission", _URL),
                ("api_url", "Gmail’s interface for programs", _URL),
                ("imap", "Incoming mail", _SERVER),
                ("smtp", "Outgoing mail", _SERVER),
            ],
        )

    def _microsoft(self) -> QVBoxLayout:
        t = self.theme
        return self._provider(
            Provider.OUTLOOK,
            "Microsoft",
            "Microsoft lets in registered programs only. In Microsoft Entra, under App registrations, register a public "
            "client with the redirect address http://localhost, and give it IMAP.AccessAsUser.All, SMTP.Send and Mail.Send.",
            "https://entra.microsoft.com",
            [
                setting(
                    t,
                    "Client ID",
                    "Entra calls it “Application (client) ID”. There is no secret.",
                    self.text("oauth.outlook.client_id", "Client ID at Microsoft", "Not set", 320),
                )
            ],
            [
                ("authority", "Authority", "https://login.microsoftonline.com/ and the tenant. Empty: every tenant."),
                ("api_url", "Microsoft Graph", _URL),
                ("imap", "Incoming mail", _SERVER),
                ("smtp", "Outgoing mail", _SERVER),
            ],
        )

    def _provider(
        self,
        provider: Provider,
        name: str,
        about: str,
        page: str,
        rows: list[QHBoxLayout],
        more: list[tuple[str, str, str]],
    ) -> QVBoxLayout:
        """A card: whether it is set up and how, the client, and the endpoints, folded away."""
        t = self.theme
        self.chips[provider] = Chip(t, "Not set up")
        register = button(t, "Open the page", "link", name=f"Open the page where clients are registered at {name}")
        register.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(page)))
        head = row(
            (column(label(t, about, "small", "muted", wrap=True), row(register, None), gap=2), 1),
            column(self.chips[provider], None, gap=0),
            gap=k.S4,
            margins=(k.S4, 10, k.S4, 10),
        )
        fold = button(t, "Advanced", "fold", "chevron-down", name=f"Advanced: other endpoints for {name}")
        fold.setCheckable(True)
        hidden = column(gap=0)
        for field, title, text in more:
            hidden.addWidget(line())
            hidden.addLayout(
                setting(t, title, text, self._endpoint(f"oauth.{provider.value}.{field}", f"{title}: {name}"))
            )
        folded = host(hidden)
        folded.hide()
        fold.toggled.connect(folded.setVisible)
        self.folds[provider] = fold
        card = column(gap=0)
        for part in (head, *rows):
            card.addLayout(part)
            card.addWidget(line())
        card.addLayout(row(fold, None, margins=(k.S3, 6, k.S3, 6)))
        card.addWidget(folded)
        return column(label(t, name, "strong"), box("card", card), gap=k.S2)

    def _endpoint(self, key: str, name: str) -> QWidget:
        if key.endswith((".imap", ".smtp")):
            return self.text(key, name, width=280)
        control = WebAddressControl(self.theme, self.program, key, name, "https://", 280)
        return self.keep(control, control.input)

    @Slot()
    def refresh(self) -> None:
        for provider, chip in self.chips.items():
            chip.set(*(("Set up", "ok", "check") if self.program.has_client(provider) else ("Not set up", "neutral")))
        for provider, fold in self.folds.items():
            prefix = f"oauth.{provider.value}."
            shown = any(
                self.program.get_setting(key) for key in self.controls if key.startswith(prefix) and "client" not in key
            )
            if shown and not fold.property("opened"):
                fold.setProperty("opened", True)  # what is set is not hidden; it can be folded away again
                fold.setChecked(True)
