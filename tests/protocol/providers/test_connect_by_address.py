"""`connect imap` without servers, and `inspect provider`: what the command line makes of an address alone."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.cli.run import run_command
from app.domain.detection import Finding, FoundServer, Nothing, NothingFound, ServiceFacts, Source, Unsupported
from app.domain.errors import NoMailServer, UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, Provider
from app.services.find_provider import imap_account
from tests.support.authority import Authority
from tests.support.mailbox import MailAccount

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
IMAP, SMTP = Endpoint("imap.example.net", 993, TLS), Endpoint("smtp.example.org", 587, STARTTLS)


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def call(*words: str, stdin: str = "") -> SimpleNamespace:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"))
        status = run_command(words)
        told = capsys.readouterr()
        return SimpleNamespace(status=status, out=told.out, err=told.err)

    return call


def test_an_address_with_a_preset_is_connected_by_address_and_password(
    run, home: Path, mailbox: Callable[..., MailAccount], authority: Authority
):
    person = mailbox("ann", domain="example.org")
    imap, smtp = str(person.account.imap), str(person.account.smtp)
    assert run("settings", "preset", "add", "Example.org", "--imap", imap, "--smtp", smtp).status == 0
    words = ["connect", "imap", "--email", person.address, "--password-stdin", "--ca", str(authority.ca_file), "--json"]
    refused = run(*words, stdin="wrong\n")
    assert refused.status == 1
    assert json.loads(refused.out)["steps"][-1]["problem"] == "wrong_credentials"  # told from "no server there"
    done = run(*words, stdin=f"{person.password}\n")
    assert (done.status, json.loads(done.out)["inbox"]["provider"]) == (0, "imap")


@pytest.mark.parametrize(
    ("address", "words"),
    [("ann@proton.me", "Bridge"), ("ann@outlook.com", "connect outlook"), ("ann@hey.com", "no IMAP")],
)
def test_services_that_take_no_password_say_so_before_it_is_asked_for(run, address, words):
    told = run("connect", "imap", "--email", address, "--password-stdin")
    assert told.status == 1
    assert words in told.err


def finding(**changes: object) -> Finding:
    fields: dict[str, object] = {
        "incoming": (FoundServer(IMAP, "ann"),),
        "outgoing": (FoundServer(SMTP, "ann@example.org"),),
        "outside": ("imap.example.net",),
        **changes,
    }
    return Finding("ann@example.org", Provider.IMAP, Source.SRV, **fields)


def test_a_host_outside_the_domain_is_agreed_to_by_naming_it():
    with pytest.raises(UsageError, match=r"--imap imap\.example\.net:993:tls --smtp smtp\.example\.org:587:starttls"):
        imap_account(finding(), None, None)
    with pytest.raises(UsageError, match=r"imap\.example\.net"):
        imap_account(finding(), None, SMTP)
    account = imap_account(finding(), IMAP, None)
    assert (account.imap, account.smtp, account.username) == (IMAP, SMTP, "ann@example.org")


def test_user_names_are_those_that_were_found():
    account = imap_account(finding(outside=()), None, None)
    assert (account.username, account.smtp_username) == ("ann", "ann@example.org")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (finding(outgoing=(), outside=()), "--smtp"),
        (NothingFound("ann@example.org", Nothing.NO_SUCH_DOMAIN), "no domain example.org"),
        (Unsupported("ann@example.org", "Closed", "It is closed."), "It is closed."),
        (Finding("ann@example.org", Provider.EXCHANGE, Source.AUTODISCOVER), "connect exchange"),
        (
            Finding("ann@example.org", Provider.OUTLOOK, Source.MX, service=ServiceFacts("M", passwords_refused=True)),
            "connect outlook",
        ),
    ],
)
def test_what_cannot_be_connected_by_imap_says_what_to_do(found, words):
    with pytest.raises(NoMailServer, match=words):
        imap_account(found, None, None)


def test_inspect_provider_line_by_line(run):
    lines = [
        {"id": 1, "input": {"email": "ann@gmail.com"}},
        {"id": "b", "input": {"email": "ann@example.org", "mx": ["10 example-org.mail.protection.outlook.com"]}},
        {"id": 3, "input": {"email": "ann@example.org", "mx": [], "xml": None, "srv": []}},
        {"id": 4, "input": {"mail": "ann@example.org"}},
        {"id": 5, "input": {"email": "ann@example.org"}},  # offline: nobody is asked
    ]
    told = run("inspect", "provider", "--batch", stdin="\n".join(map(json.dumps, lines)))
    assert told.status == 0
    by_id = {line["id"]: line for line in map(json.loads, told.out.splitlines())}
    assert by_id[1]["result"]["incoming"] == [
        {"type": "imap", "host": "imap.gmail.com", "port": 993, "security": "SSL", "username": "ann@gmail.com"}
    ]
    assert (by_id["b"]["result"]["provider"], by_id["b"]["result"]["source"]) == ("outlook", "mx")
    assert "No mail server" in by_id[3]["result"]["error"]
    assert '{"email"' in by_id[4]["error"]
    assert "No mail server" in by_id[5]["result"]["error"]


def test_inspect_provider_of_one(run):
    told = run("inspect", "provider", stdin='{"email": "ann@web.de"}')
    assert json.loads(told.out)["incoming"][0]["username"] == "ann"
