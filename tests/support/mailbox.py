"""A person with a mailbox on the test servers, as the `mailbox` fixture makes them."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Secret
from tests.support.dovecot import Dovecot


@dataclass(frozen=True)
class MailAccount:
    """`account` and `secret` are what the program is given; the methods are what the world outside it does and sees."""

    address: str
    password: str
    account: ImapAccount
    secret: Secret
    dovecot: Dovecot

    def deliver(self, raw: bytes | str, sender: str = "sender@example.org") -> None:
        """A message arrives in the INBOX."""
        data = raw.encode() if isinstance(raw, str) else raw
        self.dovecot.deliver(self.address, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), sender)

    def append(self, folder: str, raw: bytes | str, flags: str = "") -> None:
        """Another mail program files a message."""
        data = raw.encode() if isinstance(raw, str) else raw
        self.dovecot.append(self.address, folder, data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), flags)

    def messages(self, folder: str = "INBOX") -> list[bytes]:
        return self.dovecot.messages(self.address, folder)

    def wait_for_messages(self, count: int, folder: str = "INBOX", timeout: float = 10) -> list[bytes]:
        return self.dovecot.wait_for_messages(self.address, count, folder, timeout)


def endpoint(port: int, security: str, host: str = "localhost") -> Endpoint:
    """`security`: "tls" or "starttls"."""
    return Endpoint(host, port, ConnectionSecurity(security))
