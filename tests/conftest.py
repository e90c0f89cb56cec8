"""Fixtures for every test: a private authority, a real IMAP server, a real submission server, people with mailboxes."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import MailAccount, endpoint
from tests.support.submission import Submission

_numbers = itertools.count(1)

# It is daytime wherever and whenever the tests run: what is shown as of today is not of yesterday a minute later
os.environ["TZ"] = "UTC0" if 5 <= time.gmtime().tm_hour < 18 else "LAB-12"
time.tzset()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> Issued:
    """For localhost, 127.0.0.1 and ::1, issued by `authority`."""
    return authority.issue()


@pytest.fixture(scope="session")
def dovecot(certificate: Issued) -> Iterator[Dovecot]:
    with Dovecot(certificate) as server:
        yield server


@pytest.fixture(scope="session")
def submission(dovecot: Dovecot, certificate: Issued) -> Iterator[Submission]:
    """STARTTLS; delivers to every user of `dovecot`."""
    with Submission(dovecot, certificate) as server:
        yield server


@pytest.fixture(autouse=True)
def _submission_behaves_again(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test asked the shared submission server to do wrong ends with the test."""
    yield
    if "submission" in request.fixturenames:
        server: Submission = request.getfixturevalue("submission")
        server.faults.clear()
        server.recipient_replies.clear()
        server.taken.clear()
        server.logins.clear()
        server.enforce_sender = False
        server.file_sent_copy = False


@pytest.fixture
def mailbox(dovecot: Dovecot, submission: Submission, authority: Authority) -> Callable[..., MailAccount]:
    """`mailbox()` or `mailbox("ada")`: a new person with an empty mailbox. The address is made unique.

    Options: `password`; `imap`, `smtp`: "tls" or "starttls" (the shared submission server has STARTTLS only);
    `imap_port`, `smtp_port`, e.g. of a fault proxy; `domain`; `from_name`."""

    def make(
        name: str = "person",
        *,
        password: str = "correct horse battery",
        imap: str = "tls",
        smtp: str = "starttls",
        imap_port: int = 0,
        smtp_port: int = 0,
        domain: str = "example.com",
        from_name: str = "",
    ) -> MailAccount:
        address = f"{name}{next(_numbers)}@{domain}"
        dovecot.add_user(address, password)
        account = ImapAccount(
            address=address,
            imap=endpoint(imap_port or (dovecot.imaps_port if imap == "tls" else dovecot.imap_port), imap),
            smtp=endpoint(smtp_port or submission.port, smtp),
            username=address,
            trust=ServerTrust(ca_pem=authority.ca_pem),
            from_name=from_name,
        )
        return MailAccount(address, password, account, Secret(password), dovecot)

    return make


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HITCHPOST_HOME; secrets go to the encrypted file there, never to the machine's keyring."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("HITCHPOST_HOME", str(folder))
    monkeypatch.setenv("HITCHPOST_PASSPHRASE", "a passphrase for tests")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    return folder


@pytest.fixture
def exchange(certificate: Issued) -> Iterator[FakeExchange]:
    with FakeExchange(certificate) as server:
        yield server
