"""The demo's mail server with two users, for the tests of its protocols."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator

import pytest

from app.demo.authority import Authority
from app.demo.mail_server import MailServer
from app.domain.inboxes import Secret

KARIN, JONAS = "karin.lindqvist@example.com", "jonas@example.org"
PASSWORD = "qzvf hbyn tkwe prla"


@pytest.fixture
def demo_authority() -> Authority:
    return Authority()


@pytest.fixture
def new_server(demo_authority: Authority, caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], MailServer]]:
    """Started servers; afterwards each must have stopped, and neither asyncio nor the servers may have complained."""
    caplog.set_level(logging.WARNING)
    servers: list[MailServer] = []

    def new() -> MailServer:
        server = MailServer(demo_authority, {KARIN: Secret(PASSWORD), JONAS: Secret(PASSWORD)}, bounce_after=0.05)
        server.start()
        servers.append(server)
        return server

    yield new
    for server in servers:
        server.stop()
        assert not server.running
    logged = [r for phase in ("setup", "call", "teardown") for r in caplog.get_records(phase)]
    assert [r.getMessage() for r in logged if r.name in ("asyncio", "mail.log", "pymap.imap")] == []


@pytest.fixture
def server(new_server: Callable[[], MailServer]) -> MailServer:
    return new_server()


@pytest.fixture
def trusting(demo_authority: Authority) -> ssl.SSLContext:
    """A client that trusts the demo's authority alone and checks as strictly as OpenSSL can."""
    context = ssl.create_default_context(cadata=demo_authority.pem)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context
