"""`settings blocked-ip` and `feed`: what is blocked, tried, taken back, and what the feed says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli import run_command
from app.domain.events import RULE_VERSION
from app.tracking.serve import TrackingServer
from tests.support.tracked_mail import HOME, OFFICE, SCANNER, SENT, tracked_mail
from tests.support.tracking_proxy import TrackingProxy


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`run(*words)` gives status, the document on standard output (None without), standard error."""
    monkeypatch.setenv("HITCHPOST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HITCHPOST_PASSPHRASE", "four words or more")
    with tracked_mail(tmp_path / "home") as mail:
        mail.send()
        mail.arrive(mail.click(300, 0, OFFICE), mail.open(400, HOME), mail.open(500, SCANNER, "curl/8"))

    def run(*words: str) -> tuple[int, Any, str]:
        status = run_command([*words, "--json"])
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else None, err

    return run


def test_blocking_trying_and_taking_back(run: Any) -> None:
    assert run("settings", "blocked-ip")[1] == {"blocked": []}
    status, trial, _ = run("settings", "blocked-ip", "try", "198.51.100.0/24")
    assert (status, trial["looked_at"], trial["changed"]) == (0, 3, 2)
    assert trial["changes"] == [
        {"from": "inferred", "to": "machine", "events": 1}, {"from": "person", "to": "blocked", "events": 1},
    ]  # fmt: skip
    assert run("settings", "blocked-ip", "list")[1] == {"blocked": []}

    status, kept, said = run("settings", "blocked-ip", "add", "198.51.100.7/24", "2001:db8::1", "--note", "the office")
    assert status == 0 and [(e["network"], e["note"]) for e in kept["blocked"]] == [
        ("198.51.100.0/24", "the office"), ("2001:db8::1", "the office"),
    ]  # fmt: skip
    assert (kept["changed"], kept["finished"]) == (1, True)
    assert "1 past event is judged otherwise now." in said
    feed = run("feed")[1]["events"]
    assert [(e["kind"], e["verdict"]) for e in feed] == [
        ("open", "machine"), ("open", "person"), ("click", "blocked"), ("open", "machine"),
    ]  # fmt: skip
    assert set(feed[0]) >= {"id", "kind", "at", "message_id", "recipient", "url", "verdict", "reason", "notified"}
    assert "which you blocked by 198.51.100.0/24" in feed[2]["reason"]
    later = run("feed", "--since", (SENT.replace(minute=6)).isoformat())[1]["events"]
    assert [e["verdict"] for e in later] == ["machine", "person"]

    status, left, _ = run("settings", "blocked-ip", "remove", "198.51.100.0/24", "2001:db8::1")
    assert (status, left["blocked"], left["changed"]) == (0, [], 1)
    assert [e["verdict"] for e in run("feed")[1]["events"]] == ["machine", "person", "person", "inferred"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("add", "198.51.100.1", "office"), "“office” is not an address"),
        (("add", "0.0.0.0/0"), "the whole internet"),
        (("add", "128.0.0.0/1"), "wider than anybody’s network"),
        (("try", "0.0.0.1-255.255.255.255"), "wider than anybody’s network"),
        (("remove", "198.51.100.1"), "is not blocked"),
    ],
)
def test_what_cannot_be_blocked_changes_nothing(run: Any, words: tuple[str, ...], why: str) -> None:
    status, _, said = run("settings", "blocked-ip", *words)
    assert status in (1, 2) and why in said
    assert run("settings", "blocked-ip", "list")[1] == {"blocked": []}


def test_this_computers_address_is_added_as_the_tracking_server_sees_it(run: Any, tmp_path: Path) -> None:
    """By a proxy in front, which tells where the request came from."""
    assert "Name an address" in run("settings", "blocked-ip", "add")[2]
    status, _, said = run("settings", "blocked-ip", "add", "--this-computer")
    assert status == 2 and "This computer’s address is not known. No tracking server answers" in said
    server = TrackingServer("127.0.0.1", 0, tmp_path / "server", trusted_proxies=["127.0.0.1"])
    server.start()
    try:
        run("settings", "set", "tracking.url", server.url)
        run("settings", "set", "tracking.token", server.api_token)
        assert "runs on this computer" in run("settings", "blocked-ip", "try", "--this-computer")[2]
        with TrackingProxy(server.url, client=HOME) as proxy:
            run("settings", "set", "tracking.url", proxy.url)
            assert run("settings", "blocked-ip", "try", "--this-computer")[1]["changed"] == 1
            kept = run("settings", "blocked-ip", "add", "--this-computer", OFFICE)[1]
    finally:
        server.stop()
    assert [(e["network"], e["note"]) for e in kept["blocked"]] == [(OFFICE, "This computer"), (HOME, "This computer")]
    assert kept["changed"] == 2


def test_the_feed_says_why_and_by_which_rules(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    newest = run("feed")[1]["events"][0]
    assert (newest["rules"], newest["rule_version"], newest["verdict"]) == (["agent"], RULE_VERSION, "machine")
    assert run_command(["feed"]) == 0
    lines = capsys.readouterr().out.splitlines()
    said = next(n for n, line in enumerate(lines) if line.endswith("(machine)"))
    assert lines[said + 1] == f"    {newest['reason']}  (rules: agent, set {RULE_VERSION})"


def test_days_that_addresses_are_kept(run: Any) -> None:
    assert run("settings", "get", "tracking.keep_addresses_days")[1]["value"] == 90
    assert run("settings", "set", "tracking.keep_addresses_days", "0")[1]["value"] == 0
    assert "between 0 and" in run("settings", "set", "tracking.keep_addresses_days", "-1")[2]
