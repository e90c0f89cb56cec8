"""A real browser signs in and consents: opened by the program as it opens every browser, on the provider's own pages, back
by the loopback address, to an inbox that reads mail with the token."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.protocol.oauth.conftest import World
from tests.support.authority import Issued
from tests.support.chromium import browser_command
from tests.support.command import Command, wait_until


def connect(
    world: World, tmp_path: Path, certificate: Issued, authority: Any, provider: str, press: str
) -> tuple[int, dict[str, Any], dict[str, Any]]:
    world.idp.auto_login = ""
    folder = tmp_path / "browser"
    folder.mkdir()
    opened_by = browser_command(
        folder, certificate.cert_file.read_bytes(), login=world.address, password="a password", press=press
    )
    command = Command(world.workspace.home, BROWSER=opened_by)
    words = ("connect", provider, "--email", world.address, "--ca", authority.ca_file, "--timeout", "60", "--json")
    ended = command.run(*words, timeout=90)
    said = folder / "said"
    wait_until(lambda: (folder / "seen.json").exists(), 20)
    assert said.read_text() == ""
    return ended.status, json.loads(ended.out), json.loads((folder / "seen.json").read_text())


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_a_person_signs_in_and_allows(
    world: World, tmp_path: Path, certificate: Issued, authority: Any, provider: str
) -> None:
    status, document, seen = connect(world, tmp_path, certificate, authority, provider, "allow")
    assert status == 0, document
    assert f"{world.address}, Hitchpost wants to" in seen["asked"]
    assert ("https://mail.google.com/" if provider == "gmail" else "IMAP.AccessAsUser.All") in seen["asked"]
    assert "Back to Hitchpost" in seen["back"]
    assert all(step["ok"] for step in document["steps"])
    command = Command(world.workspace.home)
    command.json("sync", "--once")
    (inbox,) = command.json("inboxes")["inboxes"]
    assert (inbox["address"], inbox["state"]) == (world.address, "connected")


def test_a_person_changes_their_mind(world: World, tmp_path: Path, certificate: Issued, authority: Any) -> None:
    status, document, seen = connect(world, tmp_path, certificate, authority, "gmail", "cancel")
    assert status == 1
    assert document["steps"][0]["problem"] == "denied"
    assert "Back to Hitchpost" in seen["back"]
    assert not world.workspace.store.inboxes.all()
