"""`hitchpost connect imap` and what may be done with an inbox, against real servers: each refusal with its remedy."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.inboxes import Endpoint, Secret
from app.services.account_passwords import secret_name
from tests.end2end.conftest import Connected
from tests.support.authority import Authority, Issued
from tests.support.command import ROOT, Command
from tests.support.dovecot import Dovecot
from tests.support.mailbox import MailAccount
from tests.support.ports import free_port
from tests.support.submission import Submission

STEPS = ["imap_connect", "imap_tls", "imap_login", "smtp_connect", "smtp_tls", "smtp_login", "test_message"]
STEP_KEYS = {"step", "ok", "detail", "remedy"}
INBOX_KEYS = {"address", "provider", "kind", "state", "reason", "since"}


def written(endpoint: Endpoint) -> str:
    return f"{endpoint.host}:{endpoint.port}:{endpoint.security.value}"


def words(person: MailAccount, *more: str | Path, imap: str = "", smtp: str = "") -> list[str | Path]:
    account = person.account
    return [
        "connect", "imap", "--email", person.address, "--password-stdin",
        "--imap", imap or written(account.imap), "--smtp", smtp or written(account.smtp), *more,
    ]  # fmt: skip


def steps_of(document: dict[str, object]) -> list[str]:
    steps = document["steps"]
    assert isinstance(steps, list)
    for step in steps:
        assert set(step) >= STEP_KEYS and (step["ok"] or (step["detail"] and step["remedy"])), step
    assert [s["step"] for s in steps] == STEPS[: len(steps)]
    assert all(s["ok"] for s in steps[:-1])
    return [s["step"] for s in steps]


def refused(command: Command, line: list[str | Path], given: str) -> dict[str, object]:
    """The failing step; nothing was kept."""
    document = command.json(*line, status=1, given=given)
    assert document["inbox"]["state"] == "not connected" and document["inbox"]["reason"]
    steps_of(document)
    last = document["steps"][-1]
    assert not last["ok"]
    assert command.json("inboxes") == {"inboxes": []}
    return last


def test_connects_by_tls_and_starttls(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority, dovecot: Dovecot, certificate: Issued
) -> None:
    me = mailbox("jonas")
    document = command.json(*words(me, "--ca", authority.ca_file, "--name", "Jonas Åhl"), given=f"{me.password}\n")
    assert steps_of(document) == STEPS
    assert document["inbox"] == {
        "address": me.address, "provider": "imap", "kind": "personal", "state": "connecting", "reason": "",
    }  # fmt: skip
    assert b"Jonas" in me.wait_for_messages(1)[0]
    with Submission(dovecot, certificate, implicit_tls=True) as smtps:
        person = mailbox("ada", imap="starttls")
        command.json("contacts", "add", person.address, "--name", "Ada Berg")
        line = words(person, "--ca", authority.ca_file, smtp=f"localhost:{smtps.port}:TLS")
        ended = command.run(*line, given=person.password)
    assert ended.status == 0 and ended.out.startswith(f"{person.address}: every check passed"), ended
    assert "Reach localhost for incoming mail" in ended.err and "Reach localhost for outgoing mail" in ended.err
    assert ended.err.count("  ok  ") == len(STEPS)
    assert "Ada Berg is a contact here, with the address of this inbox." in ended.err
    inboxes = command.json("inboxes")["inboxes"]
    assert [i["address"] for i in inboxes] == [me.address, person.address]
    assert all(set(i) == INBOX_KEYS and i["state"] == "connecting" and i["reason"] == "" for i in inboxes)


def test_wrong_password_and_wrong_port(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority
) -> None:
    me = mailbox()
    ca = ("--ca", authority.ca_file)
    step = refused(command, words(me, *ca), "not the password\n")
    assert (step["step"], step["problem"]) == ("imap_login", "wrong_credentials")
    step = refused(command, words(me, *ca, imap=f"localhost:{free_port()}:tls"), me.password)
    assert (step["step"], step["problem"]) == ("imap_connect", "connection_refused")
    # TLS at once on the port that begins in the clear
    step = refused(command, words(me, *ca, smtp=f"localhost:{me.account.smtp.port}:tls"), me.password)
    assert step["step"] == "smtp_tls"
    step = refused(command, words(me, *ca, imap="no-such-host.invalid:993:tls"), me.password)
    assert step["problem"] == "host_not_found"
    ended = command.run(*words(me, *ca), given="not the password")
    assert ended.status == 1 and "FAILED" in ended.err and "is not connected:" in ended.out


def test_unknown_authority_shows_the_certificate_and_a_pin_accepts_it(
    command: Command, mailbox: Callable[..., MailAccount], certificate: Issued, authority: Authority
) -> None:
    me = mailbox()
    step = refused(command, words(me), me.password)
    assert (step["step"], step["problem"]) == ("imap_tls", "certificate_untrusted")
    facts = step["certificate"]
    assert isinstance(facts, dict)
    assert set(facts) == {"subject", "issuer", "not_before", "not_after", "sha256", "names"}
    assert facts["sha256"] == certificate.sha256 and "localhost" in facts["names"]
    assert "--ca FILE" in step["remedy"] and "--pin SHA256" in step["remedy"]  # type: ignore[operator]
    assert certificate.sha256 in command.run(*words(me), given=me.password).err
    step = refused(command, words(me, "--pin", "ab" * 32), me.password)
    assert step["step"] == "imap_tls" and step["certificate"]["sha256"] == certificate.sha256  # type: ignore[index]
    pin = ":".join(certificate.sha256[i : i + 2] for i in range(0, 64, 2)).upper()
    assert steps_of(command.json(*words(me, "--pin", pin), given=me.password)) == STEPS


def test_expired_certificate(
    command: Command, mailbox: Callable[..., MailAccount], authority: Authority, dovecot: Dovecot
) -> None:
    me = mailbox()
    with Submission(dovecot, authority.issue(expired=True), implicit_tls=True) as old:
        line = words(me, "--ca", authority.ca_file, smtp=f"localhost:{old.port}:tls")
        step = refused(command, line, me.password)
    assert (step["step"], step["problem"]) == ("smtp_tls", "certificate_expired")
    assert step["certificate"]["not_after"]  # type: ignore[index]


def test_outgoing_mail_with_a_name_of_its_own(
    command: Command,
    mailbox: Callable[..., MailAccount],
    authority: Authority,
    submission: Submission,
    dovecot: Dovecot,
) -> None:
    me, relay = mailbox(), mailbox("relay")
    line = words(me, "--ca", authority.ca_file, "--smtp-username", relay.address)
    assert steps_of(command.json(*line, given=me.password)) == STEPS
    assert submission.logins[-1] == (relay.address, True)
    line = words(me, "--ca", authority.ca_file, "--smtp-username", "nobody@example.com")
    document = command.json(*line, status=1, given=me.password)
    assert document["steps"][-1]["step"] == "smtp_login"
    assert [i["state"] for i in command.json("inboxes")["inboxes"]] == ["connecting"]  # the good account stays


def test_wrong_words_are_told_before_any_server_is_asked(
    command: Command, mailbox: Callable[..., MailAccount], tmp_path: Path
) -> None:
    me = mailbox()
    nothing = tmp_path / "nothing.pem"
    nothing.write_text("no certificate")
    for more, said in (
        (["--ca", tmp_path / "missing.pem"], "missing.pem cannot be read: No such file"),
        (["--ca", nothing], "not a PEM file"),
    ):
        assert said in command.fails(*words(me, *more), status=2, given=me.password)
    assert "needs Gmail or Outlook" in command.fails(*words(me, "--kind", "team"), status=1, given=me.password)
    assert "HOST:PORT:tls" in command.fails(*words(me, imap="localhost:993:ssl"), status=2)
    assert "holds no password" in command.fails(*words(me), status=2, given="\n")
    assert "not UTF-8" in command.fails(*words(me), status=2, given=b"\xff\xfe\n")
    assert "closed" in command.fails(*words(me), status=2, preexec_fn=lambda: os.close(0))


def test_diagnose_disable_reconnect_remove(connected: Connected) -> None:
    command, me = connected
    assert command.json("disable", me.address)["inboxes"][0]["state"] == "disabled"
    assert command.json("sync", "--once") == {"inboxes": [], "events": 0, "owed_to_tracking": 0}
    document = command.json("sync", "--once", "--inbox", me.address, status=1)
    assert "hitchpost reconnect" in document["inboxes"][0]["error"]
    said = command.fails(
        "send", "--from", me.address, "--to", "ada@example.com", "--subject", "x", "--text-file", "-", status=1
    )
    assert "disabled" in said
    assert "cannot become paused" in command.fails("pause", me.address, status=1)
    assert "Only a Gmail inbox" in command.fails("aliases", me.address, "--refresh", status=1)
    document = command.json("reconnect", me.address)
    assert steps_of(document) == STEPS and document["inboxes"][0]["state"] == "connecting"
    me.dovecot.change_password(me.address, "another one")
    for action in ("diagnose", "reconnect"):
        document = command.json(action, me.address, status=1)
        assert set(document["inboxes"][0]) == INBOX_KEYS and steps_of(document) == STEPS[:3]
        assert document["steps"][-1]["problem"] == "wrong_credentials"
    document = command.json("sync", "--once", status=1)
    assert document["inboxes"][0]["error"] and document["inboxes"][0]["folders"] == []
    card = command.json("inboxes")["inboxes"][0]
    assert card["state"] == "needs_sign_in" and card["reason"]
    assert [e["kind"] for e in command.json("feed")["events"]] == ["inbox"]
    document = command.json("reconnect", me.address, "--password-stdin", given="another one\n")
    assert document["inboxes"][0]["state"] == "connecting"
    assert command.json("sync", "--once")["inboxes"][0]["error"] is None
    assert command.json("remove", me.address)["inboxes"][0]["state"] == "removed"
    assert command.json("inboxes") == {"inboxes": []}
    assert "No inbox is connected yet" in command.fails("reconnect", me.address, status=2)
    workspace = open_workspace(command.home, environ=command.environ)
    kept = workspace.secrets.store()
    assert kept.get(secret_name(me.address, "imap")) is None
    workspace.store.close()


def test_reconnect_keeps_the_password_for_outgoing_mail(connected: Connected, submission: Submission) -> None:
    command, me = connected
    workspace = open_workspace(command.home, environ=command.environ)
    workspace.secrets.store().set(secret_name(me.address, "smtp"), Secret("of its own"))
    workspace.store.close()
    assert command.json("reconnect", me.address, status=1)["steps"][-1]["step"] == "smtp_login"
    assert submission.logins[-1] == (me.address, False)  # with "of its own", not with the other password
    workspace = open_workspace(command.home, environ=command.environ)
    inbox = workspace.store.inboxes.find(me.address)
    kept = workspace.smtp_password(inbox) if inbox is not None else None
    workspace.store.close()
    assert kept is not None and kept.reveal() == "of its own"


@pytest.mark.parametrize("place", ["keyring", "file"])
def test_the_password_is_nowhere_in_plain_text(
    place: str, command: Command, mailbox: Callable[..., MailAccount], authority: Authority, tmp_path: Path
) -> None:
    me = mailbox(password="open sesame åäö 4711")
    kept = tmp_path / "keyring.json"
    if place == "keyring":
        command = command.but(
            HITCHPOST_PASSPHRASE=None,
            PYTHON_KEYRING_BACKEND="tests.support.file_keyring.FileKeyring",
            TEST_KEYRING=str(kept),
            PYTHONPATH=str(ROOT),
        )
    assert steps_of(command.json(*words(me, "--ca", authority.ca_file), given=me.password)) == STEPS
    assert command.json("sync", "--once", "--verbose")["inboxes"][0]["error"] is None
    assert kept.exists() == (place == "keyring")
    if place == "keyring":
        (value,) = json.loads(kept.read_text()).values()
        assert value.endswith(f" {me.password}"), "after the servers that it is for"
    files = [p for p in command.home.rglob("*") if p.is_file()]
    assert any(p.name.startswith("secrets-") and p.suffix == ".json" for p in files) == (place == "file")
    forms = (me.password, "4711", "b3BlbiBzZXNhbWU", me.password.encode().hex())
    for path in files:
        assert not any(form.encode() in path.read_bytes() for form in forms), path
        assert path.stat().st_mode & 0o077 == 0, path
