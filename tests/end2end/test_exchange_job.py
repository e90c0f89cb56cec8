"""The main job on an Exchange server, by the command line: connect, send a tracked message, take in its reply."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.bootstrap import open_workspace
from app.tracking.serve import TrackingServer
from tests.support.authority import Authority
from tests.support.fake_ews import FakeExchange

ROOT = Path(__file__).parents[2]
ADA, KARIN, PASSWORD = "ada@example.com", "karin@example.com", "correct horse battery"


def hitchpost(*words: str, stdin: str = "", fails: bool = False) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "app", *words, "--json"],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
        timeout=60,
        check=False,
    )
    assert PASSWORD not in done.stdout + done.stderr
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def tracking(home: Path) -> Iterator[TrackingServer]:
    workspace = open_workspace(home)
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path)
    server.start()
    yield server
    server.stop()
    workspace.store.close()


def connect(
    exchange: FakeExchange, authority: Authority, *more: str, fails: bool = False, password: str = PASSWORD
) -> Any:
    return hitchpost(
        "connect", "exchange", "--email", ADA, "--password-stdin", "--name", "Ada Berg",
        "--ca", str(authority.ca_file), *more, stdin=f"{password}\n", fails=fails,
    )  # fmt: skip


def test_a_tracked_message_comes_home(
    home: Path, tracking: TrackingServer, exchange: FakeExchange, authority: Authority, tmp_path: Path
) -> None:
    exchange.add_person(ADA, PASSWORD)
    exchange.add_person(KARIN, "k")
    webmail = f"https://localhost:{exchange.port}/owa/#path=/mail"
    told = connect(exchange, authority, "--url", webmail)
    assert told["inbox"] == {
        "address": ADA, "provider": "exchange", "kind": "personal", "state": "connecting", "reason": "",
    }  # fmt: skip
    assert [(s["step"], s["ok"]) for s in told["steps"]] == [
        ("ews_connect", True), ("ews_tls", True), ("ews_login", True), ("test_message", True),
    ]  # fmt: skip
    assert hitchpost("sync", "--once")
    assert hitchpost("inboxes")["inboxes"][0]["state"] == "connected"

    text, html = tmp_path / "text", tmp_path / "html"
    text.write_text("Hej Karin, https://example.com/offert")
    html.write_text('<p>Hej Karin, <a href="https://example.com/offert">offert</a></p>')
    sent = hitchpost(
        "send", "--from", ADA, "--to", f"Karin Ek <{KARIN}>", "--subject", "Offert", "--text-file", str(text),
        "--html-file", str(html), "--track",
    )  # fmt: skip
    assert sent["state"] == "sent", sent
    (raw,) = exchange.messages(KARIN)
    arrived = message_from_bytes(raw, policy=default)
    assert arrived["Message-ID"] == f"<{sent['message_id'].strip('<>')}>"
    assert arrived["To"] == f"Karin Ek <{KARIN}>"
    shown = arrived.get_body(("html",)).get_content()
    pixel = re.search(r'src="([^"]+/o/[^"]+)"', shown)
    assert pixel is not None
    kept = [m for m in exchange.messages(ADA, "sentitems") if b"Subject: Offert" in m]
    assert len(kept) == 1  # the server's own, with the picture, gave way to ours
    clean = message_from_bytes(kept[0], policy=default).get_body(("html",)).get_content()
    assert "/o/" not in clean
    assert "https://example.com/offert" in clean

    httpx.get(pixel.group(1), headers={"User-Agent": "Mozilla/5.0 Thunderbird/128.0"})
    exchange.deliver(
        ADA,
        f"From: Karin <{KARIN}>\nTo: {ADA}\nSubject: SV: Offert\nMessage-ID: <answer@example.com>\n"
        f"In-Reply-To: {arrived['Message-ID']}\nReferences: {arrived['Message-ID']}\n\nTack, det passar.\n",
    )
    exchange.deliver(ADA, "From: eve@example.org\nSubject: Private\nMessage-ID: <p@example.org>\n\nNot about this.\n")
    read = len([1 for _, name in exchange.log if name == "GetItem"])
    hitchpost("sync", "--once")
    assert len([1 for _, name in exchange.log if name == "GetItem"]) > read
    hitchpost("sync", "--once")
    timeline = hitchpost("timeline", KARIN)
    assert "Tack, det passar." in json.dumps(timeline, ensure_ascii=False)
    assert "Not about this" not in json.dumps(timeline)
    assert {event["kind"] for event in hitchpost("feed")["events"]} == {"open", "reply"}
    bodies = json.dumps(hitchpost("ledger", "--inbox", ADA))
    assert "answer@example.com" in bodies
    assert "p@example.org" not in bodies

    assert all(step["ok"] for step in hitchpost("diagnose", ADA)["steps"])
    exchange.people[ADA] = "changed"
    hitchpost("sync", "--once", fails=True)
    assert hitchpost("inboxes")["inboxes"][0]["state"] == "needs_sign_in"
    again = hitchpost("reconnect", ADA, "--password-stdin", stdin="changed\n")
    assert all(step["ok"] for step in again["steps"])
    hitchpost("sync", "--once")
    assert hitchpost("inboxes")["inboxes"][0]["state"] == "connected"


def test_what_stops_a_connection_is_told_and_nothing_is_kept(
    home: Path, exchange: FakeExchange, authority: Authority
) -> None:
    exchange.add_person(ADA, PASSWORD)
    told = connect(exchange, authority, "--url", exchange.url, fails=True, password="wrong")
    assert (told["inbox"]["state"], told["steps"][-1]["step"]) == ("not connected", "ews_login")
    assert told["steps"][-1]["remedy"]
    told = connect(exchange, authority, "--url", "https://outlook.office365.com/owa", fails=True)
    assert "hitchpost connect outlook" in told["steps"][-1]["remedy"]
    exchange.build = (14, 1, 218, 15)
    told = connect(exchange, authority, "--url", exchange.url, fails=True)
    assert "2010 SP1" in told["steps"][-1]["detail"]
    assert hitchpost("inboxes")["inboxes"] == []
