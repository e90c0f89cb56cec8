"""Another list of networks in place of the built-in one: what it would change is foreseen, and is what it changes."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import UsageError
from app.domain.events import Verdict
from app.domain.known_networks import built_in
from app.domain.records import RecordKind
from app.domain.rights import AdminOnly
from app.services.edit_record import add_record, edit_record
from app.services.network_lists import list_in_use, text_of, try_networks, use_networks
from app.services.rescore_events import rescore
from tests.support.command import Command
from tests.support.tracked_mail import HOME, TrackedMail, tracked_mail

NEVER = threading.Event()
THEIRS = "198.51.100.9"
LIST = json.dumps(
    {"date": "2027-01-15", "networks": [{"owner": "Northlight Shield", "role": "gateway", "of": ["198.51.100.0/24"]}]}
)


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[TrackedMail]:
    with tracked_mail(tmp_path) as made:
        with made.store.transaction():
            made.store.settings.put("tracking.keep_addresses_days", 0)
        yield made


def verdicts(mail: TrackedMail) -> dict[str, Verdict]:
    return {row.ip: row.verdict for row in mail.feed()}


def test_the_past_is_foreseen_and_judged_anew_and_back(mail: TrackedMail) -> None:
    mail.send()
    mail.arrive(mail.open(3600), mail.open(7200, ip=THEIRS))
    assert verdicts(mail) == {HOME: Verdict.PERSON, THEIRS: Verdict.PERSON}
    trial = try_networks(mail.workspace, LIST)
    assert trial.changes == {(Verdict.PERSON, Verdict.MACHINE): 1}
    assert verdicts(mail)[THEIRS] is Verdict.PERSON and list_in_use(mail.workspace).name == ""

    assert use_networks(mail.workspace, LIST, "shield.json")
    assert rescore(mail.workspace, NEVER).changed == trial.changed
    assert verdicts(mail) == {HOME: Verdict.PERSON, THEIRS: Verdict.MACHINE}
    reasons = next(row.reasons for row in mail.feed() if row.ip == THEIRS)
    assert any("Northlight Shield" in reason for reason in reasons)
    used = list_in_use(mail.workspace)
    assert (used.name, used.date, used.networks, used.owners) == ("shield.json", "2027-01-15", 1, 1)
    assert not use_networks(mail.workspace, LIST, "shield.json")  # nothing to do

    mail.arrive(mail.open(9000, ip="198.51.100.77"))  # also what comes in from now on
    assert verdicts(mail)["198.51.100.77"] is Verdict.MACHINE

    assert try_networks(mail.workspace, "").changes == {(Verdict.MACHINE, Verdict.PERSON): 2}
    assert use_networks(mail.workspace, "")
    assert rescore(mail.workspace, NEVER).changed == 2
    assert set(verdicts(mail).values()) == {Verdict.PERSON}
    assert list_in_use(mail.workspace).date == built_in().date


def test_a_wrong_file_changes_nothing(mail: TrackedMail, tmp_path: Path) -> None:
    for name, content, why in (
        ("gone.json", None, "cannot be read"),
        ("binary.json", b"\xff\xfe\x00", "no text in UTF-8"),
        ("large.json", b" " * 4_000_001, "too large"),
        ("wrong.json", b'{"date": "2026-11", "networks": []}', "wrong.json: The list has no networks"),
        (
            "role.json",
            b'{"date": "2026-11", "networks": [{"owner": "A", "role": "%s"}]}' % (b"r" * 200_000),
            "not 'r{60}'",
        ),
    ):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(UsageError, match=why):
            text_of(path)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path(os.devnull), Path("/dev/zero")):  # one waits, one is empty, one has no end
        with pytest.raises(UsageError, match="is no file"):
            text_of(path)
    with pytest.raises(UsageError, match="no JSON"):
        use_networks(mail.workspace, "{")
    assert list_in_use(mail.workspace).name == ""


def test_only_administrators_change_it(mail: TrackedMail) -> None:
    add_record(mail.store, RecordKind.USER, {"login_address": "ada@example.org", "name": "Ada Berg", "role": "admin"})
    edit_record(mail.store, RecordKind.USER, mail.store.user_id, {"role": "member", "login_address": "me@example.org"})
    with pytest.raises(AdminOnly):
        use_networks(mail.workspace, LIST, "shield.json")
    assert list_in_use(mail.workspace).name == ""


def test_the_command_line_does_the_same(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    path = tmp_path / "shield.json"
    path.write_text(LIST)
    shown = command.json("tracking", "networks")
    assert shown["list"] == "built-in" and shown["networks"] == built_in().networks
    assert command.json("tracking", "networks", "--try", path)["changed"] == 0
    assert command.json("tracking", "networks", "--use", path)["list"] == "shield.json"
    assert command.json("tracking", "networks")["date"] == "2027-01-15"
    path.write_text("{")
    assert "shield.json: This is no JSON" in command.fails("tracking", "networks", "--use", path, status=2)
    assert command.json("tracking", "networks", "--built-in")["list"] == "built-in"
