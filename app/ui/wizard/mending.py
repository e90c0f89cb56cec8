"""What a failed step's fields change in the account that is checked: by IMAP the form, by Exchange the account. No Qt; used
by the remedy box, which shows the fields, and the check page, which tries again with what comes out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.domain.exchange_address import ews_url
from app.domain.inboxes import ConnectionSecurity, ExchangeAccount, Secret, ServerTrust
from app.ui.wizard.sign_in_form import SignInForm

Made = tuple[ExchangeAccount, Secret | None]


@dataclass(frozen=True)
class ImapMending:
    """`outgoing`: the step that failed is one of the SMTP server."""

    form: SignInForm
    outgoing: bool

    @property
    def username(self) -> str:
        return self.form.smtp_username if self._separate else self.form.username

    @property
    def _separate(self) -> bool:
        return self.outgoing and not self.form.same_credentials

    @property
    def pin(self) -> str:
        return self.form.pin_of(self.outgoing)

    @property
    def trust_any(self) -> bool:
        return self.form.trust_any

    def server(self) -> tuple[str, str, ConnectionSecurity]:
        form = self.form
        if self.outgoing:
            return form.smtp_host, form.smtp_port, form.smtp_security
        return form.imap_host, form.imap_port, form.imap_security

    def with_password(self, username: str, password: str) -> SignInForm:
        if self._separate:
            return replace(self.form, smtp_username=username, smtp_password=password)
        return replace(self.form, username=username, password=password)

    def with_server(self, host: str, port: str, security: ConnectionSecurity) -> SignInForm:
        if self.outgoing:
            new = replace(self.form, smtp_host=host, smtp_port=port, smtp_security=security)
        else:
            new = replace(self.form, imap_host=host, imap_port=port, imap_security=security)
        return new.moved(self.form)

    def with_pin(self, sha256: str) -> SignInForm:
        return self.form.pinned(sha256, self.outgoing)

    def with_authority(self, pem: str) -> SignInForm:
        """Trusts the authority beside the system's; the one certificate that was trusted of this server counts no more."""
        form = replace(self.form, ca_pem=_with_pem(self.form.ca_pem, pem))
        if self.outgoing and form.smtp_by_itself:
            return replace(form, smtp_pin_sha256="")
        return replace(form, pin_sha256="")

    def unchanged(self) -> SignInForm:
        return self.form


@dataclass(frozen=True)
class ExchangeMending:
    """`secret` None: the password that is kept."""

    account: ExchangeAccount
    secret: Secret | None
    trust_any: bool = False

    @property
    def username(self) -> str:
        return self.account.username

    @property
    def pin(self) -> str:
        return self.account.trust.pin_sha256

    def with_password(self, username: str, password: str) -> Made:
        return replace(self.account, username=username), Secret(password)

    def with_server(self, url: str, username: str) -> Made:
        """`url`: as typed; empty: to be found by autodiscover. What was trusted of another server is not of this one."""
        new = ews_url(url) if url.strip() else ""
        account = replace(self.account, url=new, username=username.strip() or self.account.address)
        if account.read_host != self.account.read_host:
            account = replace(account, trust=ServerTrust(ca_pem=account.trust.ca_pem))
        return account, self.secret

    def with_pin(self, sha256: str) -> Made:
        return replace(self.account, trust=ServerTrust(self.account.trust.ca_pem, sha256)), self.secret

    def with_authority(self, pem: str) -> Made:
        return replace(self.account, trust=ServerTrust(_with_pem(self.account.trust.ca_pem, pem))), self.secret

    def unchanged(self) -> Made:
        return self.account, self.secret


def _with_pem(known: str, more: str) -> str:
    return known if more.strip() in known else f"{known.rstrip()}\n{more.strip()}\n".lstrip()


Mending = ImapMending | ExchangeMending
