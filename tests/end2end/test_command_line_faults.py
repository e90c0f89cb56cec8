"""What a person or a machine can do wrong around the commands: each a sentence and an exit status, never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.bootstrap import open_workspace
from app.domain.changes import Area
from app.domain.inboxes import InboxKind, Provider
from app.secrets.file_store import FileSecrets
from tests.end2end.conftest import Connected
from tests.support.command import Command, await_line, finish
from tests.support.ports import free_port

DATABASE = "workspaces/default/workspace.sqlite3"


def test_a_home_that_cannot_be_used(command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for home in (str(tmp_path / "file" / "home"), str(tmp_path / "file")):
        assert "HITCHPOST_HOME" in command.but(HITCHPOST_HOME=home).fails("inboxes", status=1)
    assert "cannot be found" in command.but(HITCHPOST_HOME="~nobody-has-this-name/x").fails("inboxes", status=2)
    relative = command.but(HITCHPOST_HOME="here/and/there")
    assert relative.json("inboxes", cwd=tmp_path) == {"inboxes": []}
    assert (tmp_path / "here/and/there" / DATABASE).stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_not_be_written(command: Command) -> None:
    command.home.chmod(0o500)
    assert "HITCHPOST_HOME" in command.fails("inboxes", status=1)
    command.home.chmod(0o700)


def test_damaged_and_newer_databases(command: Command) -> None:
    command.json("contacts", "add", "ada@example.com")
    path = command.home / DATABASE
    whole = path.read_bytes()
    path.write_bytes(b"this is no database at all" * 1000)
    assert "damaged" in command.fails("contacts", status=1)
    # pages beyond the schema are gone bad: it shows only when they are read
    page = int.from_bytes(whole[16:18], "big")
    path.write_bytes(whole[: 2 * page] + b"\xa5" * (len(whole) - 2 * page))
    for words in (["contacts"], ["feed"], ["contacts", "add", "bob@example.com"]):
        assert "damaged" in command.fails(*words, status=1)
    path.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in command.fails("contacts", status=1)
    path.write_bytes(whole)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE schema_version SET version = 9999")
    database.close()
    before = path.read_bytes()
    assert "newer" in command.fails("contacts", status=1)
    assert path.read_bytes() == before
    path.unlink()
    path.mkdir()
    assert "cannot be opened" in command.fails("contacts", status=1)


def test_reading_goes_on_while_another_program_writes(command: Command) -> None:
    command.json("inboxes")
    with sqlite3.connect(command.home / DATABASE, isolation_level=None) as database:
        database.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        assert command.json("contacts") == {"contacts": []}
        assert time.monotonic() - began < 5
    database.close()


def test_many_commands_at_once_on_a_new_home(command: Command) -> None:
    processes = [command.start("contacts", "add", f"ada{i}@example.com", "--json") for i in range(6)]
    ended = [finish(process, 60) for process in processes]
    assert [e.status for e in ended] == [0] * 6, [e.err for e in ended]
    assert all(json.loads(e.out)["contact"] for e in ended)
    assert len(command.json("contacts")["contacts"]) == 6


def test_no_place_for_passwords(command: Command) -> None:
    words = ["connect", "imap", "--email", "ada@example.com", "--password-stdin", "--imap", f"localhost:{free_port()}:tls",
             "--smtp", f"localhost:{free_port()}:tls"]  # fmt: skip
    text = command.but(HITCHPOST_PASSPHRASE=None).fails(*words, status=1, given="x")
    assert "HITCHPOST_PASSPHRASE" in text and "keyring" in text
    assert command.but(HITCHPOST_PASSPHRASE=None).json("inboxes") == {"inboxes": []}  # what needs no password works
    bad = command.but(HITCHPOST_PASSPHRASE=None, PYTHON_KEYRING_BACKEND="no.such.Keyring")
    assert "PYTHON_KEYRING_BACKEND" in bad.fails(*words, status=1, given="x")


def test_wrong_and_missing_passphrase(connected: Connected) -> None:
    command, me = connected
    wrong = command.but(HITCHPOST_PASSPHRASE="another")
    assert "passphrase" in wrong.fails("diagnose", me.address, status=1).lower()
    assert "passphrase" in wrong.fails("remove", me.address, status=1).lower()
    missing = command.but(HITCHPOST_PASSPHRASE=None)
    assert "HITCHPOST_PASSPHRASE" in missing.fails("reconnect", me.address, status=1)
    document = wrong.json("sync", "--once", status=1)
    assert "passphrase" in document["inboxes"][0]["error"].lower() and document["inboxes"][0]["folders"] == []
    assert command.json("inboxes")["inboxes"][0]["state"] == "connecting"  # not the inbox's fault
    workspace = open_workspace(command.home, environ=command.environ)
    with workspace.store.transaction(Area.INBOXES):
        workspace.store.inboxes.add(
            replace(me.account, address="other@example.com"),
            user_id=workspace.store.user_id,
            kind=InboxKind.PERSONAL,
            provider=Provider.IMAP,
        )
    workspace.store.close()
    out = wrong.run("sync", "--once").out
    assert out.count("passphrase does not open") == 1 and "other@example.com  Not read, for the same reason.\n" in out
    command.json("remove", "other@example.com")
    secrets = next(command.home.glob("secrets-*.json"))
    secrets.write_text("{}")
    command.fails("diagnose", me.address, status=1)
    secrets.unlink()
    assert command.run("diagnose", me.address).status == 1  # no password is kept: sign in again
    assert "Traceback" not in command.run("sync", "--once").err
    assert FileSecrets.__name__  # the store that is spoken of


def test_standard_streams_that_are_closed_full_or_gone(command: Command) -> None:
    command.json("contacts", "add", "Åsa <asa@example.com>")
    reader, writer = os.pipe()
    os.close(reader)
    ended = finish(command.start("contacts", "--json", stdout=writer), 10)
    assert (ended.status, ended.raw_err) == (1, b"")
    ended = finish(command.start("--help", stdout=writer), 10)
    assert (ended.status, ended.raw_err) == (1, b"")
    ended = finish(command.start("feed", "--since", "x", "--json", stdout=writer), 10)
    assert ended.status == 2
    ended = finish(command.start("feed", "--since", "x", stderr=writer), 10)
    assert (ended.status, ended.raw_out) == (2, b"")
    os.close(writer)
    with Path("/dev/full").open("wb") as full:
        for words in (["contacts"], ["--help"], ["contacts", "--help"], ["inspect", "message", "/dev/null"]):
            ended = finish(command.start(*words, stdout=full), 10)
            assert ended.status == 1 and b"No space left" in ended.raw_err
    closed = command.run("contacts", preexec_fn=lambda: os.close(1))
    assert (closed.status, closed.err) == (0, "")
    closed = command.run("feed", "--since", "x", preexec_fn=lambda: os.close(2))
    assert (closed.status, closed.out) == (2, "")
    said = command.fails("inspect", "message", status=2, preexec_fn=lambda: os.close(0))
    assert "closed" in said
    plain = command.but(PYTHONIOENCODING="ascii", LC_ALL="C").run("contacts")
    assert plain.out == "   1  \\xc5sa <asa@example.com>  0 messages\n"
    utf8 = command.but(PYTHONIOENCODING="latin-1").run("contacts", "--json")
    assert json.loads(utf8.raw_out.decode("utf-8"))["contacts"][0]["name"] == "Åsa"


def test_the_window_without_a_display(command: Command) -> None:
    for environ in ({}, {"DISPLAY": ":4711"}, {"WAYLAND_DISPLAY": "wayland-9", "XDG_RUNTIME_DIR": "/nonexistent"}):
        ended = command.but(**environ).run()
        assert (ended.status, ended.out) == (1, "") and "hitchpost demo" in ended.err


def test_serve_tracking(command: Command, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        text = command.fails("serve", "tracking", "--port", port, status=1)
    assert port in text and "another port" in text
    assert "cannot listen" in command.fails("serve", "tracking", "--host", "no-such-host.invalid", status=1)
    process = command.start("serve", "tracking", "--port", "0", "--json")
    url = await_line(process, "tracking server ready on ").rpartition(" ")[2]
    assert httpx.get(f"{url}/healthz").status_code == 200
    serving = command.home / "workspaces/default/tracking/serving.json"
    assert json.loads(serving.read_text())["url"] == url
    process.terminate()
    ended = finish(process, 5)
    assert (ended.status, json.loads(ended.out)) == (0, {"server": "tracking", "state": "stopped"})
    assert not serving.exists()
    shutil.rmtree(command.home / "workspaces/default/tracking")
    (command.home / "workspaces/default/tracking").write_text("a file where the folder should be")
    assert command.fails("serve", "tracking", "--port", "0", status=1)
