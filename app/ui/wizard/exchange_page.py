"""Sign-in page of Exchange: address and password; user name and Exchange URL below them, for when the server is not found
by itself (C6)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Slot

from app.domain.exchange_address import ews_url
from app.domain.inboxes import Account, ExchangeAccount, Secret
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button, label
from app.ui.wizard.flow import Page, Repair
from app.ui.wizard.mending_fields import url_error
from app.ui.wizard.name_field import NameField
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session
from app.ui.wizard.why_banner import WhyBanner


class ExchangePage(WizardPage):
    """Leaves the account in `session.made`; without an Exchange URL the check finds it."""

    page = Page.SIGN_IN
    forward = "Check and connect"

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, "Sign in to your Exchange server", "")
        self._filled_for: str | None = None
        self._committed: tuple[Account, Secret | None] | None = None
        self.address = entry(theme)
        self.address.setReadOnly(True)
        self.address.setEnabled(False)
        self.password = entry(theme, password=True)
        self.password.setAccessibleName("Password")
        self.password_field = Field(theme, "Pass&word", self.password)
        self.fold = button(theme, "Show optional fields", "link", "chevron-right")
        self.fold.clicked.connect(self._on_fold)
        self.username = entry(theme, hint="DOMAIN\\name")
        self.url = entry(theme, hint="https://mail.example.com/ews/exchange.asmx")
        self.url_field = Field(theme, "Exchange &URL", self.url)
        help_text = label(
            theme,
            "Without a URL, autodiscover of your address’s domain is asked. The address of your webmail will do, too.",
            "small",
            "faint",
            wrap=True,
        )
        self.options = box(
            "card",
            column(
                Field(theme, "User name on the server", self.username),
                self.url_field,
                help_text,
                gap=k.S3,
                margins=(k.S4, k.S3, k.S4, k.S4),
            ),
        )
        self.options.hide()
        address_field = Field(theme, "E-mail address", self.address)
        self.name_field = NameField(theme)
        self.why = WhyBanner(theme, session)
        self.add(
            self.why,
            row((address_field, 1), (self.password_field, 1)),
            self.name_field,
            column(row(self.fold, None), self.options, gap=k.S1),
            None,
        )
        for edit in (self.password, self.username, self.url):
            edit.textChanged.connect(self._on_changed)
        self.url.editingFinished.connect(self._on_url_left)
        for edit in (self.password, self.name_field.edit):
            edit.returnPressed.connect(self._on_return)

    def enter(self) -> None:
        session = self.session
        again = session.answers.reconnect
        self.set_heading(
            "Sign in again" if again else "Sign in to your Exchange server",
            "The inbox goes on from where it stopped. Nothing that was logged is lost."
            if again
            else "For Exchange 2010 SP2 or newer in your organisation, also where phones connect by ActiveSync.",
        )
        if self._filled_for != session.address:
            self._filled_for = session.address
            self._fill()
        elif session.made is not None:  # back from a check that did not pass
            self._open_options(True)
        if session.made is not None and session.made is not self._committed:  # the check page has mended something
            self._committed = account, secret = session.made
            if isinstance(account, ExchangeAccount):
                self._fill_server(account)
            if secret is not None:
                self.password.setText(secret.reveal())
        moved = session.answers.repair is Repair.SERVERS
        first = self.url if moved and not self.password.text() else self.password
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_changed()

    def _fill(self) -> None:
        session = self.session
        known = self._known()
        self.address.setText(session.address)
        self.address.setCursorPosition(0)
        self.password.clear()
        self.name_field.fill(session)
        found = "" if session.found is None else getattr(session.found, "ews_url", "")
        self._fill_server(known or ExchangeAccount(session.address, found, session.address))
        self._open_options(bool(known))

    def _fill_server(self, account: ExchangeAccount) -> None:
        self.username.setText(account.username if account.username != account.address else "")
        self.url.setText(account.url)
        self.url.setCursorPosition(0)

    def _known(self) -> ExchangeAccount | None:
        """The account of an inbox that signs in again."""
        account = self.session.known_account
        return account if isinstance(account, ExchangeAccount) else None

    def commit(self) -> bool:
        """The account is made; without an error it may go on."""
        self._on_url_left()
        if self._errors():
            return False
        address, typed = self.session.address, self.url.text().strip()
        account = self._known() or ExchangeAccount(address, "", "")
        url = ews_url(typed) if typed else ""
        if self.session.made is not None and isinstance(self.session.made[0], ExchangeAccount):
            before = self.session.made[0]  # a certificate that was trusted stays so for the same server
            account = replace(account, trust=before.trust if before.url == url else account.trust)
        self.session.set_name(self.name_field.edit.text())
        username = self.username.text().strip() or address
        account = replace(account, url=url, username=username, from_name=self.session.from_name)
        self.session.made = self._committed = account, Secret(self.password.text())
        return True

    def _errors(self) -> dict[str, str]:
        found = {}
        password = self.password.text()
        if not password:
            found["password"] = "The password is missing."
        elif any(ord(c) < 32 or ord(c) == 127 for c in password):
            found["password"] = "The password holds a line break or another control character."
        if why := url_error(self.url.text()):
            found["url"] = why
        return found

    def _open_options(self, shown: bool) -> None:
        self.options.setVisible(shown)
        self.fold.set_verb("Hide optional fields" if shown else "Show optional fields")
        self.theme.bind_icon(self.fold, "chevron-down" if shown else "chevron-right", "link")
        self.fold.setAccessibleDescription("shown" if shown else "hidden")

    @Slot()
    def _on_fold(self) -> None:
        self._open_options(not self.options.isVisibleTo(self))

    @Slot()
    def _on_url_left(self) -> None:
        """The webmail's address becomes the Exchange URL; what cannot be one is told."""
        typed = self.url.text().strip()
        why = url_error(typed)
        if why:
            self._open_options(True)
            self.url_field.set_error(why)
        elif typed:
            self.url.setText(ews_url(typed))

    @Slot()
    def _on_changed(self) -> None:
        self.session.answer(sign_in_ok=not self._errors())

    @Slot()
    def _on_return(self) -> None:
        """Enter, where the forward button cannot be pressed yet: what is missing is said beside its field."""
        if why := self._errors().get("password"):
            self.password_field.set_error(why)
        self._on_url_left()
