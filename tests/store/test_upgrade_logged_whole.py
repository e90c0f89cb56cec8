"""A workspace of the version before: messages that were logged without their files say so, without a number; nothing else is
said of any."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.bootstrap import open_workspace
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.store import migrate, sqlite
from tests.store.test_upgrade_verdicts import put

BEFORE = 7


def test_what_was_logged_without_its_files_says_so(tmp_path: Path) -> None:
    path = tmp_path / "workspaces" / "old" / "workspace.sqlite3"
    path.parent.mkdir(parents=True)
    database = sqlite.connect(path)
    migrate.migrate(database, path, {n: f for n, f in migrate.migrations().items() if n <= BEFORE})
    database.close()
    connection = sqlite3.connect(path)
    put(connection, "workspace", uid="w", name="Old")
    put(connection, "user", name="Jonas", role="admin")
    put(connection, "thread", id=1)
    for number in (1, 2):
        put(connection, "message", id=number, thread_id=1, user_id=1, message_id=f"{number}@example.org", logged=1,
            direction="sent", logged_by="bcc", references_json="[]", kind="normal", tracking="off")  # fmt: skip
    put(connection, "review_item", kind="bcc", reason="files_left_out", state="logged", message_pk=1)
    put(connection, "review_item", kind="bcc", reason="no_access", state="logged", message_pk=2)
    put(connection, "review_item", kind="bcc", reason="files_left_out", state="logged", message_pk=None)
    connection.commit()
    connection.close()
    workspace = open_workspace(tmp_path, "old")
    try:
        first, second = workspace.store.timeline.messages([1, 2])
        assert first.left_out == FilesLeftOut(WhyLeftOut.OVER_LIMIT) and second.left_out is None
        assert first.notes == second.notes == ()
    finally:
        workspace.store.close()
