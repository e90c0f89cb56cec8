"""Events of a version that kept less of them: what their verdicts were made of is filled in as far as it is known, and judging
them again leaves what was right as it was."""

from __future__ import annotations

import json
import sqlite3
import threading
from pathlib import Path

from app.bootstrap import open_workspace
from app.domain.events import RULE_VERSION, Verdict
from app.services.rescore_events import ask_for_new_rules, rescore
from app.store import migrate, sqlite
from app.store import models as m

BEFORE = 6
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0"
FROM_CLICK = "The picture was not fetched, but a link in this message was followed: it must have been opened."
FROM_REPLY = "The picture was not fetched, but the message was answered: it must have been opened."
MINUTE = 60_000_000
SENT = 1_772_366_400_000_000


def put(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """With what else may not be missing empty or 0."""
    for _, name, kind, needed, default, key in connection.execute(f"PRAGMA table_info({table})"):
        if needed and default is None and not key and name not in values:
            values[name] = "" if kind == "TEXT" else 0
    marks = ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def old_workspace(path: Path) -> None:
    path.parent.mkdir(parents=True)
    database = sqlite.connect(path)
    migrate.migrate(database, path, {n: f for n, f in migrate.migrations().items() if n <= BEFORE})
    database.close()
    connection = sqlite3.connect(path)
    put(connection, "workspace", uid="w", name="Old")
    put(connection, "user", name="Jonas", role="admin")
    put(connection, "thread", id=1)
    put(connection, "message", id=1, thread_id=1, user_id=1, date=SENT, message_ref="m1", tracking="on", direction="sent",
        message_id="one@example.org", kind="normal", logged_by="sent")  # fmt: skip
    put(connection, "tracked_recipient", message_id=1, recipient_ref="r1", address="karin@example.com")
    for position in range(2):
        put(connection, "tracked_link", message_id=1, position=position, url=f"https://example.net/{position}")
    number = iter(range(1, 99))

    def event(kind: str, after: int, verdict: str, reasons: list[str], hit: bool = True, **more: object) -> None:
        common = {"kind": kind, "at": SENT + after * MINUTE, "user_id": 1, "message_id": 1, "verdict": verdict,
                  "recipient": "karin@example.com", "reasons_json": json.dumps(reasons, separators=(",", ":")),
                  "rule_version": 1}  # fmt: skip
        if hit:
            common |= {"server": "s", "number": next(number), "ip": "203.0.113.7", "user_agent": THUNDERBIRD}
        put(connection, "event", **{**common, **more})

    event("open", 5, "inferred", [FROM_CLICK], hit=False)
    event("click", 5, "person", ["The link was followed."], url="https://example.net/1")
    event("open", 6, "machine", ["The picture was fetched with HEAD, as link checkers do; mail programs use GET."])
    event("open", 7, "machine", ["You marked this as machine.", "The picture was fetched."])
    event("click", 8, "machine", ["It calls itself “curl/8”."], user_agent="curl/8", url="https://example.net/0")
    put(connection, "message", id=2, thread_id=1, user_id=1, date=SENT, message_ref="m2", tracking="on", direction="sent",
        message_id="two@example.org", kind="normal", logged_by="sent")  # fmt: skip
    event("open", 60, "inferred", [FROM_REPLY], hit=False, message_id=2)
    event("click", 70, "machine", ["curl"], user_agent="curl/8", url="https://example.net/9", message_id=2)
    connection.commit()
    connection.close()


def test_what_was_known_is_filled_in_and_judged_again(tmp_path: Path) -> None:
    old_workspace(tmp_path / "workspaces" / "old" / "workspace.sqlite3")
    workspace = open_workspace(tmp_path, "old")
    try:
        rows = list(m.Event.select().order_by(m.Event.id))
        assert [row.group_key for row in rows] == ["1/karin@example.com"] * 5 + ["2/karin@example.com"] * 2
        assert [row.link for row in rows] == [None, 1, None, None, 0, None, None]
        assert [row.method for row in rows] == ["", "", "HEAD", "", "", "", ""]
        assert [row.manual for row in rows] == [False, False, False, True, False, False, False]
        assert rows[0].inferred_from == rows[1].id and rows[5].inferred_from is None
        before = [row.verdict for row in rows]
        assert ask_for_new_rules(workspace.store)
        assert rescore(workspace, threading.Event()).changed == 0
        after = list(m.Event.select().order_by(m.Event.id))
        assert [row.verdict for row in after] == before
        assert Verdict(after[5].verdict) is Verdict.INFERRED  # by an answer that the old version did not name
        assert [row.rule_version for row in after if row.server and not row.manual] == [RULE_VERSION] * 4
    finally:
        workspace.store.close()
