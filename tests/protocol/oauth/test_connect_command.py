"""`connect gmail|outlook` as a person types it: the address is printed, a browser comes back, the inbox works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from typing import Any

import pytest

from tests.protocol.oauth.conftest import World


def run(world: World, *words: str) -> tuple[int, Any, str]:
    """Exit status, the JSON document, standard error. What is printed as the address is opened."""
    command = [sys.executable, "-m", "app", *words, "--json"]
    environment = {**os.environ, "BROWSER": "true"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env=environment
    )
    assert process.stderr is not None
    said: list[str] = []

    def follow() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if found := re.match(r"https://localhost\S*/authorize\S+", line):
                world.browser.open(found.group(0))

    reader = threading.Thread(target=follow)
    reader.start()
    assert process.stdout is not None
    document = process.stdout.read()
    status = process.wait(60)
    reader.join(10)
    process.stdout.close()
    process.stderr.close()
    return status, json.loads(document), "".join(said)


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_connect_then_sync_then_revoked_then_connect_again(world: World, provider: str, authority: Any) -> None:
    connect = ("connect", provider, "--email", world.address, "--no-browser", "--ca", str(authority.ca_file))
    status, document, said = run(world, *connect)
    assert status == 0, (document, said)
    inbox = {name: value for name, value in document["inbox"].items() if name not in ("aliases", "note")}
    assert inbox == {
        "address": world.address,
        "provider": provider,
        "kind": "personal",
        "state": "connecting",
        "reason": "",
    }
    assert all(step["ok"] for step in document["steps"])
    assert document["steps"][0]["step"] == "sign_in"
    status, _, said = run(world, "sync", "--once")
    assert status == 0, said
    world.idp.revoke_user(world.address)
    run(world, "sync", "--once")
    _, document, _ = run(world, "inboxes")
    assert document["inboxes"][0]["state"] == "needs_sign_in"
    assert "browser again" in document["inboxes"][0]["reason"]
    status, _, said = run(world, *connect)
    assert status == 0, said
    status, document, _ = run(world, "reconnect", world.address, "--password-stdin")
    assert status == 1 and "has no password here" in document["error"]  # and no browser was opened
    status, document, _ = run(world, "diagnose", world.address)
    assert status == 0, document
    tokens = [*world.idp.access, *world.idp.refresh]
    assert not any(token in said for token in tokens)


def test_a_refusal_says_what_to_do(world: World, authority: Any) -> None:
    world.idp.deny = True
    words = ("connect", "gmail", "--email", world.address, "--no-browser", "--ca", str(authority.ca_file))
    status, document, _ = run(world, *words)
    assert status == 1
    assert document["inbox"]["reason"] == "The sign-in was cancelled"
    assert document["steps"][0]["problem"] == "denied"
    assert "access_denied" in document["steps"][0]["detail"]


def test_a_certificate_that_is_not_trusted_is_named_with_its_issuer(world: World) -> None:
    """As behind a proxy that looks into connections: the computer is not offline."""
    status, document, _ = run(world, "connect", "gmail", "--email", world.address, "--no-browser")
    (step,) = document["steps"]
    assert (status, step["problem"]) == (1, "certificate")
    assert "is not trusted. It was issued by CN=Hitchpost test authority" in step["detail"]
    assert "--ca FILE" in step["remedy"]
