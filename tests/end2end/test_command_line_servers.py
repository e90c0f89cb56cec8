"""The command line and servers that differ from each other: passwords and certificates of their own, one server checked
alone, and services that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.inboxes import ImapAccount, ServerTrust
from tests.support.authority import Authority, Issued
from tests.support.command import Command
from tests.support.dovecot import Dovecot
from tests.support.mailbox import MailAccount
from tests.support.scripted import ScriptedServer
from tests.support.submission import Submission

STEPS = ["imap_connect", "imap_tls", "imap_login", "smtp_connect", "smtp_tls", "smtp_login", "test_message"]
OWN = "a password for outgoing mail"
KEYS = {"ok", "step", "error", "remedy", "capabilities", "folders"}


@pytest.fixture
def own_certificate(authority: Authority) -> Issued:
    return authority.issue(self_signed=True)


@pytest.fixture
def outgoing(dovecot: Dovecot, own_certificate: Issued) -> Iterator[Submission]:
    """A server of outgoing mail with a certificate and passwords of its own."""
    with Submission(dovecot, own_certificate, implicit_tls=True) as server:
        yield server


def words(me: MailAccount, outgoing: Submission, *more: str | Path) -> list[str | Path]:
    return [
        "connect", "imap", "--email", me.address, "--password-stdin",
        "--imap", str(me.account.imap), "--smtp", f"localhost:{outgoing.port}:tls", *more,
    ]  # fmt: skip


def test_outgoing_mail_with_a_password_and_a_certificate_of_its_own(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority, certificate: Issued,
    outgoing: Submission, own_certificate: Issued,
) -> None:  # fmt: skip
    me = mailbox("jonas")
    relay = f"relay-of-{me.address}"
    outgoing.passwords[relay] = OWN
    both = f"{me.password}\n{OWN}\n"
    names = ["--smtp-username", relay, "--smtp-password-stdin"]

    # one pin cannot be that of both; nothing secret has gone to the second server
    line = words(me, outgoing, "--pin", certificate.sha256, *names)
    last = command.json(*line, status=1, given=both)["steps"][-1]
    assert (last["step"], last["problem"]) == ("smtp_tls", "certificate_changed")
    assert last["certificate"]["sha256"] == own_certificate.sha256
    assert outgoing.logins == []

    line += ["--smtp-pin", own_certificate.sha256.upper()]
    document = command.json(*line, given=both)
    assert [s["step"] for s in document["steps"] if s["ok"]] == STEPS
    assert outgoing.logins == [(relay, True)]

    # kept apart, and used by everything that follows
    workspace = open_workspace(command.home, environ=command.environ)
    inbox = workspace.store.inboxes.find(me.address)
    assert inbox is not None
    assert isinstance(inbox.account, ImapAccount)
    assert inbox.account.trust == ServerTrust(pin_sha256=certificate.sha256)
    assert inbox.account.smtp_trust == ServerTrust(pin_sha256=own_certificate.sha256)
    assert workspace.credential(inbox, "imap").reveal() == me.password
    assert workspace.credential(inbox, "smtp").reveal() == OWN
    workspace.store.close()
    document = command.json("reconnect", me.address)
    assert [s["step"] for s in document["steps"] if s["ok"]] == STEPS
    sent = command.json("send", "--from", me.address, "--to", me.address, "--subject", "Mine", "--text-file", "-")
    assert sent["state"] == "sent", sent
    assert {m["Subject"] for m in map(message_from_bytes, me.messages())} == {"Hitchpost is connected", "Mine"}
    assert set(outgoing.logins) == {(relay, True)}

    # connected again without: the same password for both, and the other one is forgotten
    line = words(me, outgoing, "--ca", authority.ca_file, "--smtp-pin", own_certificate.sha256)
    assert command.json(*line, given=me.password)["steps"][-1]["ok"]
    assert outgoing.logins[-1] == (me.address, True)
    workspace = open_workspace(command.home, environ=command.environ)
    inbox = workspace.store.inboxes.find(me.address)
    assert inbox is not None
    assert workspace.credential(inbox, "smtp").reveal() == me.password
    workspace.store.close()


def test_the_password_for_outgoing_mail_is_used_for_nothing_else(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority, outgoing: Submission
) -> None:
    me = mailbox()
    line = words(me, outgoing, "--ca", authority.ca_file, "--smtp-pin", "none", "--smtp-password-stdin")
    assert "second line" in command.fails(*line, status=2, given=me.password)
    document = command.json(*line, status=1, given=f"{me.password}\n{OWN}\n")
    assert document["steps"][-1]["problem"] == "certificate_untrusted"
    assert outgoing.logins == []
    assert "--smtp-pin takes" in command.fails(*words(me, outgoing, "--smtp-pin", "abc"), status=2, given=me.password)


# -- one server alone


def test_check_of_one_server(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority, submission: Submission
) -> None:
    me = mailbox("ada", imap="starttls")
    ca = ("--username", me.address, "--password-stdin", "--ca", authority.ca_file)
    found = command.json("check", "imap", str(me.account.imap), *ca, given=me.password)
    assert set(found) == KEYS
    assert (found["ok"], found["step"], found["error"], found["remedy"]) == (True, "imap_login", "", "")
    assert "INBOX" in found["folders"]
    assert {"IMAP4REV1", "IDLE"} <= set(found["capabilities"])
    found = command.json("check", "smtp", str(me.account.smtp), *ca, given=me.password)
    assert (found["ok"], found["step"], found["folders"]) == (True, "smtp_login", [])
    assert {"AUTH LOGIN PLAIN", "8BITMIME"} <= set(found["capabilities"])
    assert submission.taken == []  # no message was sent
    ended = command.run("check", "imap", str(me.account.imap), *ca, given=me.password)
    assert "every check passed" in ended.out
    assert list(command.home.iterdir()) == []  # nothing was kept


def test_check_of_one_server_that_fails(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority, certificate: Issued
) -> None:
    me = mailbox("ada")
    name = ("--username", me.address, "--password-stdin")
    for more, given, step, problem in (
        (["--pin", certificate.sha256], "not the password", "imap_login", "wrong_credentials"),
        ([], me.password, "imap_tls", "certificate_untrusted"),
        (["--pin", "ab" * 32], me.password, "imap_tls", "certificate_changed"),
    ):
        found = command.json("check", "imap", str(me.account.imap), *name, *more, status=1, given=given)
        assert (found["ok"], found["step"], found["problem"]) == (False, step, problem)
        assert found["error"]
        assert found["remedy"]
        if step == "imap_tls":
            assert found["certificate"]["sha256"] == certificate.sha256
    assert "HOST:PORT:tls" in command.fails("check", "imap", "localhost:993", *name, status=2)
    assert "Missing: --username, --password-stdin" in command.fails("check", "imap", "localhost:993:tls", status=2)
    ended = command.run("check", "imap", str(me.account.imap), *name, given=me.password)
    assert ended.status == 1
    assert "FAILED" in ended.err


# -- what cannot be used


@pytest.mark.parametrize(
    ("imap", "smtp", "said"),
    [
        ("mail.example.com:995:tls", "mail.example.com:465:tls", "POP3"),
        ("mail.example.com:110:starttls", "mail.example.com:465:tls", "POP3"),
        ("imap.mail.us-east-1.awsapps.com:993:tls", "smtp.mail.us-east-1.awsapps.com:465:tls", "WorkMail"),
        ("outlook.office365.us:993:tls", "smtp.office365.us:587:starttls", "GCC High"),
        ("mail.example.com:993:tls", "email-smtp.eu-west-1.amazonaws.com:587:starttls", "Amazon SES"),
    ],
)
def test_services_that_cannot_be_used_are_refused_with_the_reason(
    command: Command, imap: str, smtp: str, said: str
) -> None:
    line = ["connect", "imap", "--email", "ada@example.com", "--password-stdin", "--imap", imap, "--smtp", smtp]
    assert said in command.fails(*line, status=1, given="p")
    kind, server = ("smtp", smtp) if said == "Amazon SES" else ("imap", imap)
    found = command.json("check", kind, server, "--username", "ada", "--password-stdin", status=1, given="p")
    assert (found["ok"], said in found["error"]) == (False, True)
    assert command.json("inboxes") == {"inboxes": []}


def test_a_pop3_server_on_another_port_shows_itself(command: Command, certificate: Issued) -> None:
    def pop3(talk) -> None:  # type: ignore[no-untyped-def]
        talk.say("+OK POP3 ready")
        talk.wait()

    with ScriptedServer(pop3, context=certificate.server_context()) as server:
        words = ["check", "imap", f"localhost:{server.port}:tls", "--username", "ada", "--password-stdin"]
        found = command.json(*words, "--pin", certificate.sha256, status=1, given="secret word")
        heard = [line for talk in server.talks for line in talk.heard]
    assert "mail has to stay on the server" in found["error"]
    assert "secret word" not in json.dumps(heard)
