"""A workspace of a version that knew one tracking server: where another one was joined, the own one is remembered, and what was
owed is owed to both."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from app.bootstrap import open_workspace
from app.domain.earlier_hosts import PRESENT
from app.store import migrate, sqlite
from tests.store.test_upgrade_verdicts import SENT, put

BEFORE = 10


def old_workspace(path: Path, token: str, urls: tuple[str, ...]) -> None:
    path.parent.mkdir(parents=True)
    database = sqlite.connect(path)
    migrate.migrate(database, path, {n: f for n, f in migrate.migrations().items() if n <= BEFORE})
    database.close()
    connection = sqlite3.connect(path)
    put(connection, "workspace", uid="w", name="Old")
    put(connection, "user", name="Jonas", role="admin")
    put(connection, "thread", id=1)
    for position, url in enumerate(urls):
        put(connection, "message", thread_id=1, user_id=1, date=SENT, tracking="on", direction="sent", tracking_url=url,
            message_id=f"{position}@example.org", kind="normal", logged_by="sent")  # fmt: skip
    put(connection, "setting", name="tracking.url", value_json='"https://track.example.com"', changed_at=SENT)
    put(connection, "setting", name="tracking.token", value_json=f'"{token}"', changed_at=SENT)
    for ref in ("r1", "r2"):
        put(connection, "owed_forgetting", recipient_ref=ref, added_at=SENT)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("token", "urls", "remembered"),
    [
        ("set", ("http://127.0.0.1:8725", "https://track.example.com"), True),
        ("set", ("", "https://track.example.com"), False),
        ("", ("http://127.0.0.1:8725", "https://track.example.com"), False),
    ],
)
def test_the_own_server_is_remembered(tmp_path: Path, token: str, urls: tuple[str, ...], remembered: bool) -> None:
    old_workspace(tmp_path / "workspaces" / "old" / "workspace.sqlite3", token, urls)
    workspace = open_workspace(tmp_path, "old")
    try:
        hosts, owed = workspace.store.earlier_hosts.all(), workspace.store.owed_forgetting
        assert [host.own for host in hosts] == [True] * remembered
        assert owed.first(PRESENT) == ("r1", "r2") and owed.count() == 2
        assert [owed.first(host.id) for host in hosts] == [("r1", "r2")] * remembered
    finally:
        workspace.store.close()
