"""A provider that signs people in, and mail servers that ask it about every token; a browser that is a few requests."""

from __future__ import annotations

import html
import itertools
import re
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.bootstrap import open_workspace
from app.domain.changes import Area
from app.domain.checks import CheckEvent
from app.domain.inboxes import Provider, ServerTrust
from app.services.connect_oauth import Connected, Wish, connect_by_sign_in
from app.services.workspace import Workspace
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.pyidp import PyIdP
from tests.support.submission import Submission

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def _provider(certificate: Issued) -> Iterator[PyIdP]:
    with PyIdP(certificate) as provider:
        yield provider


@pytest.fixture
def idp(_provider: PyIdP) -> PyIdP:
    """With all its knobs as they are at first."""
    _provider.access_ttl, _provider.rotate, _provider.auto_login = 3600.0, False, ""
    _provider.deny, _provider.leave_out, _provider.refuse, _provider.name = False, "", ("", ""), ""
    for kept in (_provider.fail, _provider.regions, _provider.aliases, _provider.requests, _provider.sent):
        kept.clear()
    return _provider


@pytest.fixture(scope="session")
def token_dovecot(certificate: Issued, _provider: PyIdP) -> Iterator[Dovecot]:
    with Dovecot(certificate, introspection_url=_provider.introspection_url) as server:
        yield server


@pytest.fixture(scope="session")
def _token_submission(token_dovecot: Dovecot, certificate: Issued, _provider: PyIdP) -> Iterator[Submission]:
    with Submission(token_dovecot, certificate, user_of_token=_provider.user_of, file_sent_copy=True) as server:
        yield server


@pytest.fixture
def token_submission(_token_submission: Submission) -> Submission:
    _token_submission.token_reply = ""
    _token_submission.taken.clear()
    _token_submission.logins.clear()
    return _token_submission


class Browser:
    """Opens the sign-in's address at once, in a thread, as a person would who is signed in already. `page`: what it
    shows at the end."""

    def __init__(self, authority: Authority) -> None:
        self._context = authority.client_context()
        self.opened: list[str] = []
        self.pages: list[str] = []
        self._threads: list[threading.Thread] = []

    def open(self, url: str) -> None:
        self.opened.append(url)
        thread = threading.Thread(target=self._fetch, args=(url,))
        self._threads.append(thread)
        thread.start()

    def _fetch(self, url: str) -> None:
        page = fetch(url, self._context)
        form = re.search(r'<form method="post" action="(http://localhost[^"]*)">(.*)</form>', page)
        if form:  # the provider's page sends itself on
            fields = re.findall(r'name="([^"]*)" value="([^"]*)"', form.group(2))
            data = urlencode({name: html.unescape(value) for name, value in fields}).encode()
            page = fetch(form.group(1), data=data)
        self.pages.append(page)

    def close(self) -> None:
        for thread in self._threads:
            thread.join(10)


def fetch(url: str, context: ssl.SSLContext | None = None, data: bytes | None = None) -> str:
    try:
        with urllib.request.urlopen(url, data, timeout=10, context=context) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()


@dataclass
class World:
    """One person with a mailbox whom the provider signs in, and a workspace that is led to it."""

    workspace: Workspace
    idp: PyIdP
    dovecot: Dovecot
    submission: Submission
    browser: Browser
    trust: ServerTrust
    address: str
    events: list[CheckEvent]

    def connect(self, provider: Provider = Provider.GMAIL, **wish: object) -> Connected:
        asked = Wish(provider, self.address, trust=self.trust, **wish)  # type: ignore[arg-type]
        return connect_by_sign_in(
            self.workspace,
            asked,
            open_browser=self.browser.open,
            on_event=self.events.append,
            cancel=threading.Event(),
            timeout=20,
        )

    def deliver(self, subject: str, *, headers: str = "") -> None:
        raw = f"From: karin@example.org\r\nTo: {self.address}\r\nSubject: {subject}\r\n{headers}\r\nHello\r\n"
        self.dovecot.deliver(self.address, raw.encode())


@pytest.fixture
def world(
    home: Path, idp: PyIdP, token_dovecot: Dovecot, token_submission: Submission, authority: Authority
) -> Iterator[World]:
    address = f"ada{next(_numbers)}@example.com"
    token_dovecot.add_user(address, "nobody uses it")
    idp.auto_login = address
    workspace = open_workspace()
    servers = {
        "imap": f"localhost:{token_dovecot.imaps_port}:tls",
        "smtp": f"localhost:{token_submission.port}:starttls",
    }
    with workspace.store.transaction(Area.SETTINGS, source="test"):
        for name, value in idp.settings().items():
            workspace.store.settings.put(name, value)
        for name, value in servers.items():
            workspace.store.settings.put(f"oauth.gmail.{name}", value)
            workspace.store.settings.put(f"oauth.outlook.{name}", value)
    browser = Browser(authority)
    trust = ServerTrust(ca_pem=authority.ca_pem)
    yield World(workspace, idp, token_dovecot, token_submission, browser, trust, address, [])
    browser.close()
    workspace.store.close()
