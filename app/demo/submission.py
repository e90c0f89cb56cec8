"""aiosmtpd as the demo's submission server (RFC 6409): TLS at once, AUTH, own addresses only. Used by `mail_server`."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.demo.mailboxes import MAX_MESSAGE
from app.domain.addresses import address_key

# envelope sender, recipient, content
Deliver = Callable[[str, str, bytes], Awaitable[None]]


def abort(transport: asyncio.WriteTransport) -> None:
    """Ends a connection at once. Python up to 3.11.2 fails on a TLS transport that is closed already."""
    with suppress(AttributeError):
        transport.abort()


class _Session(Session):
    """aiosmtpd writes `login_data` for old handlers and logs a warning about itself each time; nobody reads it here."""

    login_data: object = None


class SubmissionHandler:
    """What aiosmtpd asks at each command. `passwords` by address; an address is its own login name."""

    def __init__(self, passwords: Mapping[str, str], deliver: Deliver) -> None:
        self._passwords = passwords
        self._deliver = deliver

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, credentials: object
    ) -> AuthResult:
        assert isinstance(credentials, LoginPassword)
        login = credentials.login.decode("utf-8", "replace")
        expected = self._passwords.get(login)
        good = expected is not None and hmac.compare_digest(expected.encode(), credentials.password)
        return AuthResult(success=good, handled=False, auth_data=login if good else None)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address and address_key(address) != address_key(str(session.auth_data)):
            return f"553 5.7.1 <{address}>: Sender address rejected: not owned by user {session.auth_data}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        for recipient in envelope.rcpt_tos:
            await self._deliver(envelope.mail_from or "", recipient, content)
        return "250 2.0.0 Ok: queued"


class SubmissionProtocol(SMTP):
    """One connection. The listening socket speaks TLS, which aiosmtpd (it looks for its own STARTTLS) cannot see: its
    rule "no AUTH without TLS" is off, and AUTH is made mandatory afterwards, for its constructor warns of that pair."""

    def __init__(self, handler: SubmissionHandler, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            handler,
            data_size_limit=MAX_MESSAGE,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Hitchpost demo mail server",
            auth_require_tls=False,
            authenticator=handler.authenticate,
            loop=loop,
        )
        self._auth_required = True

    def _create_session(self) -> Session:
        return _Session(self.loop)

    async def _handle_client(self) -> None:
        with suppress(ConnectionError):  # the client is gone; aiosmtpd has closed its side
            await super()._handle_client()

    def abort(self) -> None:
        """Ends the connection at once."""
        if isinstance(self.transport, asyncio.WriteTransport):
            abort(self.transport)
