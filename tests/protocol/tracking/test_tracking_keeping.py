"""What a server keeps and for how long: databases of the first version, addresses, keys that a database has lost."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import httpx
import pytest

from app.tracking.client import fetch_events
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server import keeper
from app.tracking.server.joining import join
from app.tracking.server.places import DatabasePlace
from app.tracking.server.rows import HitRow
from app.tracking.server.spool import Spool
from app.tracking.server.sqlite import SqliteDatabase
from tests.protocol.tracking.tracking_servers import MESSAGE, RECIPIENT, Links, rise, until

DAY = 86_400 * 1_000_000
FIRST_VERSION = (
    "CREATE TABLE server (id INTEGER PRIMARY KEY CHECK (id = 1), uid TEXT NOT NULL)",
    "CREATE TABLE hit (number INTEGER PRIMARY KEY AUTOINCREMENT, hit_uid TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, "
    "at INTEGER NOT NULL, message_ref TEXT NOT NULL, recipient_ref TEXT NOT NULL, link INTEGER, url TEXT NOT NULL, "
    "ip TEXT NOT NULL, user_agent TEXT NOT NULL, method TEXT NOT NULL)",
    "INSERT INTO server VALUES (1, 'first')",
    f"INSERT INTO hit VALUES (41, 'a-1', 'open', 5, '{MESSAGE}', '{RECIPIENT}', NULL, '', '192.0.2.1', 'Mail', 'GET')",
    "PRAGMA user_version = 1",
)


def row(name: str, at: int) -> HitRow:
    return HitRow(
        name, "open", at, MESSAGE, RECIPIENT, None, "", "192.0.2.1", f"Mail {name}", "GET", 1, '{"accept":"*/*"}'
    )


def test_a_folder_of_the_first_version_is_taken_over(folder: TrackingFolder) -> None:
    folder.create()
    connection = sqlite3.connect(folder.database)
    for statement in FIRST_VERSION:
        connection.execute(statement)
    connection.commit()
    connection.close()
    keys, token = folder.keys(), folder.api_token()
    folder.spool().mkdir()
    line = f'["a-2","open",6,"{MESSAGE}","{RECIPIENT}",null,"","192.0.2.2","Mail","GET"]\n'
    (folder.spool() / "0.jsonl").write_text(line)  # what waited when the version before ended
    server = TrackingServer("127.0.0.1", 0, folder.path)
    server.start()
    try:
        assert server.server_uid == "first"
        until(lambda: len(fetch_events(server.url, token, 0)) == 2)
        httpx.get(Links(folder, server.url, keys).picture())
        found = fetch_events(server.url, token, 0)
        assert found[0].number == 41
        assert rise(found, 3)
        assert [hit.ip for hit in found] == ["192.0.2.1", "192.0.2.2", "127.0.0.1"]
    finally:
        server.stop()
    assert folder.keys().all == keys.all


def test_addresses_are_taken_from_old_hits_and_the_hits_stay(
    folder: TrackingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_BATCH", 2)
    folder.create()
    join(folder, DatabasePlace.of("", folder.database))
    now = time.time_ns() // 1000
    database = SqliteDatabase(folder.database, busy=5.0)
    database.insert([*(row(f"old-{n}", now - 3 * DAY + n) for n in range(5)), row("new", now - DAY)])
    database.close()
    server = TrackingServer("127.0.0.1", 0, folder.path, keep_addresses_days=2)
    server.start()
    try:
        until(lambda: [hit.ip for hit in fetch_events(server.url, server.api_token, 0)] == [""] * 5 + ["192.0.2.1"])
        found = fetch_events(server.url, server.api_token, 0)
        assert [hit.user_agent for hit in found] == [""] * 5 + ["Mail new"]
        assert [hit.headers for hit in found] == [{}] * 5 + [{"accept": "*/*"}]
        assert [hit.message_ref for hit in found] == [MESSAGE] * 6
    finally:
        server.stop()
    content = folder.database.read_bytes()
    assert b"Mail new" in content
    assert b"Mail old" not in content


@pytest.mark.parametrize("ahead", [1, 3, 4, 9])
def test_a_clock_that_ran_ahead_keeps_no_address_for_ever(folder: TrackingFolder, ahead: int) -> None:
    folder.create()
    join(folder, DatabasePlace.of("", folder.database))
    now = time.time_ns() // 1000
    database = SqliteDatabase(folder.database, busy=5.0)
    try:
        jumped = [row(f"ahead-{n}", now + 900 * DAY) for n in range(ahead)]
        old = [row(f"old-{n}", now - 5 * DAY) for n in range(3)]
        database.insert([row("first", now - 6 * DAY), *jumped, *old, row("new", now - DAY), row("later", now + DAY)])
        assert [database.cut_addresses(now - 3 * DAY, 2) for _ in range(3)] == [2, 2, 0]
        left = [hit.row.hit_uid for hit in database.hits_after(1, 0, 100) if hit.row.ip]
    finally:
        database.close()
    assert left == ["new", "later"]


def test_links_lead_on_though_the_database_was_made_anew(folder: TrackingFolder, tmp_path: Path) -> None:
    """Nobody reads hits of keys that the new database does not know; above all not another workspace."""
    url = f"sqlite:///{tmp_path / 'team.sqlite3'}"
    server = TrackingServer("127.0.0.1", 0, folder.path, database=url)
    folder.keys()
    folder.api_token()
    server.start()
    link = Links(folder, server.url).link(3).removeprefix(server.url)
    server.stop()
    for left in (*tmp_path.glob("team.sqlite3*"), folder.path / "keys.json", folder.path / "token"):
        left.unlink()
    folder.keys()
    folder.api_token()
    server.start()
    try:
        assert httpx.get(server.url + link).status_code == 302
        httpx.get(Links(folder, server.url).link(4))
        assert [hit.link for hit in fetch_events(server.url, folder.api_token(), 0)] == [4]
    finally:
        server.stop()


def test_what_waits_for_one_database_does_not_get_into_another(folder: TrackingFolder, tmp_path: Path) -> None:
    folder.create()
    folder.spool().mkdir()
    waiting = Spool(folder.spool() / "0.jsonl")
    waiting.append([row("mine", 5)])
    waiting.close()
    other = TrackingServer("127.0.0.1", 0, folder.path, database=f"sqlite:///{tmp_path / 'other.sqlite3'}")
    folder.keys()
    folder.api_token()
    other.start()
    assert fetch_events(other.url, folder.api_token(), 0) == []
    other.stop()
    own = TrackingServer("127.0.0.1", 0, folder.path)
    own.start()
    try:
        until(lambda: [hit.ip for hit in fetch_events(own.url, own.api_token, 0)] == ["192.0.2.1"])
    finally:
        own.stop()
