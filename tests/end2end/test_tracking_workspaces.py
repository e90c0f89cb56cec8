"""`hitchpost tracking`: who uses a tracking server, by their tokens; and `serve tracking` for a team."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import TrackingError
from app.tracking.client import fetch_events, fetch_keys, is_server_of
from tests.support.command import Command


def test_workspaces_are_added_refused_and_admitted_again(command: Command) -> None:
    assert [workspace["name"] for workspace in command.json("tracking", "list")["workspaces"]] == ["default"]
    token = command.json("tracking", "add", "Sales  north")["token"]
    other = command.json("tracking", "add", "Support")["token"]
    assert "already" in command.fails("tracking", "add", "Sales north", status=2)
    assert "1 to 100 characters" in command.fails("tracking", "add", " ", status=2)
    with command.serving("serve", "tracking", "--port", "0", ready="tracking server ready on ") as line:
        url = line.rpartition(" ")[2]
        for shown in (token, other):
            assert is_server_of(url, shown)
            assert fetch_events(url, shown, 0) == []
        assert fetch_keys(url, token).all[0].id != fetch_keys(url, other).all[0].id
        assert command.json("tracking", "revoke", "Sales north") == {"revoked": "Sales north"}
        with pytest.raises(TrackingError, match="refuses"):
            fetch_events(url, token, 0)
        again = command.json("tracking", "new-token", "Sales north")["token"]
        assert again != token
        assert fetch_events(url, again, 0) == []
        with pytest.raises(TrackingError, match="refuses"):
            fetch_events(url, token, 0)
        assert command.json("tracking", "rotate-keys", "Support")["seals_from"]
        assert "in a minute" in command.fails("tracking", "rotate-keys", "Support", status=2)
    found = {workspace["name"]: workspace for workspace in command.json("tracking")["workspaces"]}
    assert [(name, one["keys"], one["revoked"]) for name, one in found.items()] == [
        ("default", 1, None),
        ("Sales north", 1, None),
        ("Support", 2, None),
    ]


def test_this_computers_own_workspace_is_left_alone(command: Command) -> None:
    for action in ("revoke", "new-token"):
        assert "this computer’s own" in command.fails("tracking", action, "default", status=2)
    assert "no workspace “Nobody”" in command.fails("tracking", "revoke", "Nobody", status=2)


def test_another_database_by_option_or_environment(command: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'team.sqlite3'}"
    token = command.json("tracking", "add", "Team", "--database", url)["token"]
    inside = command.but(HITCHPOST_TRACKING_DATABASE=url)
    for listed in (command.json("tracking", "--database", url, "list"), inside.json("tracking")):
        assert [workspace["name"] for workspace in listed["workspaces"]] == ["Team"]
    words = ("serve", "tracking", "--port", "0", "--processes", "2", "--keep-addresses-days", "30")
    with inside.serving(*words, ready="tracking server ready on ") as line:
        server = line.rpartition(" ")[2]
        assert fetch_events(server, token, 0) == []
        with pytest.raises(TrackingError, match="refuses"):
            fetch_events(server, token + "x", 0)
    for wrong in (
        "mysql://u:secret@x",
        "sqlite:///",
        "postgresql://u:secret@[",
        "postgresql://u:secret@x/d?nonsense=1",
    ):
        for words in (["serve", "tracking"], ["tracking"], ["tracking", "list"]):
            said = command.fails(*words, "--database", wrong, status=2)
            assert "postgresql://USER@HOST:PORT/DATABASE" in said and "secret" not in said
    said = command.but(HITCHPOST_TRACKING_DATABASE="mysql://u:secret@x").fails("serve", "tracking", status=2)
    assert "sqlite:///FILE" in said and "secret" not in said
    assert "0 for no limit" in command.fails("serve", "tracking", "--limit-streams", "-1", status=2)
    away = command.fails("tracking", "--database", "postgresql://u:secret@127.0.0.1:1/x", status=1)
    assert "cannot be used" in away
    assert "secret" not in away


def test_everything_is_told_again_on_request(command: Command, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'team.sqlite3'}"
    command.json("tracking", "add", "Team", "--database", url)
    first = command.json("tracking", "restored", "--database", url)
    again = command.json("tracking", "restored", "--database", url)
    assert again["former"] == first["server"] != again["server"]
