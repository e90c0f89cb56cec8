"""What is typed on the wizard's sign-in page: checked field by field, and made into an `ImapAccount`. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.domain.addresses import is_complete, spelled
from app.domain.hosts import server_host
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, ServerTrust
from app.ui.wizard.mail_services import IMAP_PORTS, SMTP_PORTS, Servers
from app.words.refused_servers import POP3, why_refused

NOT_COMPLETE = "This address is not complete. It needs a name, an @ and an ending, as in jonas@example.com."


@dataclass(frozen=True)
class SignInForm:
    """Everything as typed. `same_credentials`: outgoing mail signs in like incoming mail. `trust_any`: an untrusted
    certificate may be looked at and pinned (C9); `pin_sha256` is the one that was, `smtp_pin_sha256` that of the outgoing
    server where it has another. `smtp_by_itself`: the outgoing server is not expected to show the incoming one's."""

    address: str
    password: str = field(repr=False)
    username: str
    imap_host: str
    imap_port: str
    imap_security: ConnectionSecurity
    smtp_host: str
    smtp_port: str
    smtp_security: ConnectionSecurity
    same_credentials: bool = True
    smtp_username: str = ""
    smtp_password: str = field(default="", repr=False)
    trust_any: bool = False
    pin_sha256: str = ""
    smtp_pin_sha256: str = ""
    smtp_by_itself: bool = False
    ca_pem: str = ""
    from_name: str = ""

    def account(self) -> ImapAccount:
        """Only for a form without errors."""
        return ImapAccount(
            address=spelled(self.address),
            imap=Endpoint(server_host(self.imap_host), int(self.imap_port), self.imap_security),
            smtp=Endpoint(server_host(self.smtp_host), int(self.smtp_port), self.smtp_security),
            username=self.username.strip() or spelled(self.address),
            smtp_username="" if self.same_credentials else self.smtp_username.strip(),
            trust=ServerTrust(ca_pem=self.ca_pem, pin_sha256=self.pin_sha256),
            from_name=self.from_name,
            smtp_trust=ServerTrust(self.ca_pem, self.smtp_pin_sha256) if self.smtp_by_itself else None,
        )

    def pinned(self, sha256: str, outgoing: bool) -> SignInForm:
        """With that certificate trusted, of the one server that showed it."""
        if outgoing:
            return replace(self, trust_any=True, smtp_pin_sha256=sha256, smtp_by_itself=True)
        return replace(self, trust_any=True, pin_sha256=sha256)

    def pin_of(self, outgoing: bool) -> str:
        """The fingerprint that this server's certificate is expected to have; empty where authorities vouch for it."""
        return self.smtp_pin_sha256 if outgoing and self.smtp_by_itself else self.pin_sha256

    def moved(self, before: SignInForm) -> SignInForm:
        """Without what was trusted of servers that `before` had and this has not: it was theirs alone."""
        form = self
        if server_host(self.imap_host) != server_host(before.imap_host):
            form = replace(form, pin_sha256="")
        if server_host(self.smtp_host) != server_host(before.smtp_host):
            form = replace(form, smtp_pin_sha256="", smtp_by_itself=bool(form.pin_sha256))
        return form


def form_for(address: str, servers: Servers) -> SignInForm:
    """The form as it opens for an address: the servers filled in, the user name as they want it."""
    return SignInForm(
        address=address,
        password="",
        username=servers.username or address,
        imap_host=servers.imap.host,
        imap_port=str(servers.imap.port),
        imap_security=servers.imap.security,
        smtp_host=servers.smtp.host,
        smtp_port=str(servers.smtp.port),
        smtp_security=servers.smtp.security,
        same_credentials=not servers.smtp_username,
        smtp_username=servers.smtp_username,
    )


def form_of(account: ImapAccount) -> SignInForm:
    """The form of an inbox that is known; the passwords are asked for again."""
    form = form_for(account.address, Servers(account.imap, account.smtp, ""))
    smtp_pin = account.smtp_trust.pin_sha256 if account.smtp_trust else ""
    return replace(
        form,
        username=account.username,
        same_credentials=not account.smtp_username,
        smtp_username=account.smtp_username,
        trust_any=bool(account.trust.pin_sha256 or smtp_pin),
        pin_sha256=account.trust.pin_sha256,
        smtp_pin_sha256=smtp_pin,
        smtp_by_itself=account.smtp_trust is not None,
        ca_pem=account.trust.ca_pem,
        from_name=account.from_name,
    )


def errors(form: SignInForm) -> dict[str, str]:
    """Field name → what is wrong with it, for every field that is not right. Empty: the servers can be asked."""
    found: dict[str, str] = {}
    if not is_complete(form.address):
        found["address"] = NOT_COMPLETE
    if not form.password:
        found["password"] = "The password is missing."
    elif not _can_travel(form.password):
        found["password"] = "The password holds a line break or another control character."
    for kind in ("imap", "smtp"):
        host, port = getattr(form, f"{kind}_host"), getattr(form, f"{kind}_port")
        if why := host_error(host, kind.upper()):
            found[f"{kind}_host"] = why
        if why := port_error(port, kind):
            found[f"{kind}_port"] = why
    if not form.same_credentials:
        if not form.smtp_username.strip():
            found["smtp_username"] = "The user name for outgoing mail is missing."
        if not form.smtp_password:
            found["smtp_password"] = "The password for outgoing mail is missing."
    return found


def host_error(host: str, kind: str) -> str:
    typed, name = host.strip(), server_host(host)
    if not typed:
        return f"The {kind} host is missing."
    if "://" in typed or "/" in typed:
        return "Only the name of the server, without https:// or a path."
    if not name:
        return "This is not a server name. It looks like mail.example.com."
    if kind == "IMAP" and name.startswith(("pop.", "pop3.")):
        return POP3
    return why_refused(name, 0, kind.lower())


def port_error(port: str, kind: str) -> str:
    text = port.strip()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        return "A number from 1 to 65535."
    if kind == "imap" and int(text) in (110, 995):
        return "That is POP3. IMAP uses 993 or 143."
    if kind == "smtp" and int(text) == 25:
        return "Port 25 is between servers. Use 465 or 587."
    return ""


def port_after(kind: str, security: ConnectionSecurity, port: str) -> str:
    """The port after the security was changed: the usual one, unless an unusual one was typed by hand."""
    usual = IMAP_PORTS if kind == "imap" else SMTP_PORTS
    return str(usual[security]) if port.strip() in ("", *map(str, usual.values())) else port


def _can_travel(password: str) -> bool:
    return not any(ord(c) < 32 or ord(c) == 127 for c in password)
