"""The API as its callers and their enemies use it: each workspace's own and nothing else, whatever is asked how."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.domain.errors import TrackingError
from app.tracking.client import (
    fetch_address,
    fetch_events,
    fetch_keys,
    forget_recipient,
    is_server_of,
    tell_presence,
)
from app.tracking.folder import TrackingFolder
from app.tracking.proof import token_hash
from app.tracking.serve import TrackingServer
from app.tracking.server import keeper
from app.tracking.server.joining import now
from app.tracking.server.sqlite import SqliteDatabase
from app.tracking.tokens import TrackingKeys, make_open_token, new_secret, read_token
from tests.protocol.tracking.tracking_servers import MESSAGE, RECIPIENT, Links, until

READS = ("/api/v1/events", "/api/v1/stream", "/api/v1/keys", "/api/v1/address")
EVERYTHING = (
    *(("GET", path) for path in READS),
    ("POST", "/api/v1/keys/rotate"),
    ("POST", "/api/v1/presence"),
    ("DELETE", f"/api/v1/recipients/{RECIPIENT}"),
)


class Other:
    """A second workspace on the same server."""

    def __init__(self, database: SqliteDatabase, name: str) -> None:
        self.token = f"token of {name}, long enough".replace(" ", "-")
        made = database.add_workspace(name, token_hash(self.token), now())
        assert made is not None
        self.id = made.id
        assert database.add_key(self.id, new_secret(), now(), now()) is not None


@pytest.fixture
def database(folder: TrackingFolder, server: TrackingServer) -> Iterator[SqliteDatabase]:
    database = SqliteDatabase(folder.database, busy=5.0)
    yield database
    database.close()


@pytest.fixture
def other(database: SqliteDatabase) -> Other:
    return Other(database, "other")


def asked(server: TrackingServer, method: str, path: str, token: str | None, **more: object) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    with httpx.Client(timeout=5) as client:
        with client.stream(method, server.url + path, headers=headers, **more) as response:  # type: ignore[arg-type]
            if response.headers.get("content-type", "").startswith("text/event-stream"):
                return response
            response.read()
            return response


def test_without_or_with_a_wrong_token_everything_is_refused_alike(
    server: TrackingServer, links: Links, other: Other, database: SqliteDatabase
) -> None:
    httpx.get(links.picture())
    database.revoke(other.id, now())
    good = server.api_token
    bad = [
        None,
        "-",
        "x",
        good[:-1],
        good + "x",
        good.swapcase(),
        token_hash(good),
        other.token,
        "A" * 201,
        "' OR 1=1 --",
    ]
    for method, path in EVERYTHING:
        answers = [asked(server, method, path, token) for token in bad]
        assert {answer.status_code for answer in answers} == {401}, path
        assert {answer.content for answer in answers} == {b"Unauthorized\n"}
        assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}
    for header in ({"Authorization": f"Basic {good}"}, {"Authorization": good}, {"Authorization": "Bearer"}):
        assert httpx.get(server.url + "/api/v1/keys", headers=header).status_code == 401
    assert len(fetch_events(server.url, good, 0)) == 1


def test_revoking_takes_effect_at_once_also_for_open_streams(
    server: TrackingServer, other: Other, database: SqliteDatabase
) -> None:
    key = fetch_keys(server.url, other.token)
    with httpx.Client(timeout=5) as client:
        headers = {"Authorization": f"Bearer {other.token}"}
        with client.stream("GET", server.url + "/api/v1/stream", headers=headers) as stream:
            assert stream.status_code == 200
            lines = stream.iter_lines()
            assert next(lines) == ": hitchpost"
            database.revoke(other.id, now())
            httpx.get(f"{server.url}/o/{make_open_token(key, MESSAGE, RECIPIENT)}.gif")
            assert not [line for line in lines if line.startswith("data:")]  # it ends
    with pytest.raises(TrackingError, match="refuses"):
        fetch_events(server.url, other.token, 0)


def test_links_of_a_revoked_workspace_lead_on(server: TrackingServer, other: Other, database: SqliteDatabase) -> None:
    keys = fetch_keys(server.url, other.token)
    database.revoke(other.id, now())
    assert httpx.get(f"{server.url}/o/{make_open_token(keys, MESSAGE, RECIPIENT)}.gif").status_code == 200


def test_each_workspace_sees_its_own_hits_and_keys_only(server: TrackingServer, links: Links, other: Other) -> None:
    mine, theirs = server.keys, fetch_keys(server.url, other.token)
    httpx.get(links.picture())
    httpx.get(f"{server.url}/o/{make_open_token(theirs, MESSAGE, 'f' * 16)}.gif")
    assert [hit.recipient_ref for hit in fetch_events(server.url, server.api_token, 0)] == [RECIPIENT]
    assert [hit.recipient_ref for hit in fetch_events(server.url, other.token, 0)] == ["f" * 16]
    assert fetch_keys(server.url, server.api_token).all[0].secret == mine.all[0].secret
    assert not {key.secret for key in theirs.all} & {key.secret for key in mine.all}
    for header in ({"Last-Event-ID": "0"}, {}):  # a place in the stream opens no door either
        with httpx.Client(timeout=5) as client:
            headers = {"Authorization": f"Bearer {other.token}", **header}
            with client.stream("GET", server.url + "/api/v1/stream?after=0", headers=headers) as stream:
                data = next(line for line in stream.iter_lines() if line.startswith("data:"))
                assert json.loads(data[5:])["recipient_ref"] == "f" * 16


def test_another_workspaces_keys_seal_nothing_of_mine(server: TrackingServer, other: Other) -> None:
    """A token that names my key's number and was sealed by another key is no token."""
    mine, theirs = server.keys, fetch_keys(server.url, other.token)
    forged = TrackingKeys([type(mine.all[0])(mine.all[0].id, theirs.all[0].secret)])
    assert httpx.get(f"{server.url}/o/{make_open_token(forged, MESSAGE, RECIPIENT)}.gif").status_code == 404
    assert fetch_events(server.url, server.api_token, 0) == []


def test_one_workspace_cannot_delete_anothers_recipient(server: TrackingServer, links: Links, other: Other) -> None:
    httpx.get(links.picture())
    assert forget_recipient(server.url, other.token, RECIPIENT) == 0
    assert len(fetch_events(server.url, server.api_token, 0)) == 1
    httpx.get(links.picture())
    assert len(fetch_events(server.url, server.api_token, 0)) == 2


def test_deletion_leaves_nothing_in_the_files_and_keeps_nothing_later(
    server: TrackingServer, links: Links, folder: TrackingFolder
) -> None:
    for _ in range(3):
        httpx.get(links.link(1, "https://example.com/only-here"))
    assert forget_recipient(server.url, server.api_token, RECIPIENT) == 3
    answer = httpx.get(links.link(1, "https://example.com/only-here"))
    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/only-here")
    assert fetch_events(server.url, server.api_token, 0) == []
    server.stop()
    found = [path for path in folder.path.rglob("*") if path.is_file() and b"only-here" in path.read_bytes()]
    assert found == []


def test_a_new_key_seals_only_when_all_can_know_it(server: TrackingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fetch_keys(server.url, server.api_token)
    link = f"{server.url}/o/{make_open_token(before, MESSAGE, RECIPIENT)}.gif"
    rotate, signed = f"{server.url}/api/v1/keys/rotate", {"Authorization": f"Bearer {server.api_token}"}
    assert httpx.post(rotate, headers=signed).status_code == 201
    refused = httpx.post(rotate, headers=signed)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    again = fetch_keys(server.url, server.api_token)
    assert [key.id for key in again.all] == [key.id for key in before.all]
    assert httpx.get(link).status_code == 200


def test_a_key_that_another_process_made_is_known_within_a_second(
    server: TrackingServer, database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = database.add_key(1, new_secret(), 0, 0)
    assert key is not None
    monkeypatch.setattr(keeper, "ASK", 0.2)
    sealing = TrackingKeys([type(server.keys.all[0])(key.id, key.secret)])
    link = f"{server.url}/o/{make_open_token(sealing, MESSAGE, RECIPIENT)}.gif"
    until(lambda: httpx.get(link).status_code == 200, 2.0)
    # programs on this machine take it from the folder, behind those that were there
    until(lambda: server.keys.all[-1].id == key.id, 2.0)
    assert read_token(server.keys, make_open_token(server.keys, MESSAGE, RECIPIENT)) is not None


def test_unknown_keys_do_not_make_the_server_ask_again_and_again(
    server: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    look = keeper.read_directory
    monkeypatch.setattr(keeper, "read_directory", lambda database: (looks.append(0), look(database))[1])
    foreign = [make_open_token(TrackingKeys.fresh(), MESSAGE, RECIPIENT) for _ in range(40)]
    with ThreadPoolExecutor(20) as pool, httpx.Client() as client:
        assert set(pool.map(lambda token: client.get(f"{server.url}/o/{token}.gif").status_code, foreign)) == {404}
    assert 1 <= len(looks) <= 4  # twenty at a time


def test_presence_tells_the_address_and_loopback_is_nobodys_own(server: TrackingServer, links: Links) -> None:
    assert tell_presence(server.url, server.api_token, "anna-laptop_1") == "127.0.0.1"
    assert fetch_address(server.url, server.api_token) == "127.0.0.1"
    httpx.get(links.picture())
    assert [hit.own for hit in fetch_events(server.url, server.api_token, 0)] == [False]


def test_hits_from_where_a_program_is_are_its_workspaces_own(folder: TrackingFolder) -> None:
    server = TrackingServer("127.0.0.1", 0, folder.path, trusted_proxies=["127.0.0.1"])
    server.start()
    try:
        links = Links(folder, server.url)
        for place in ("192.0.2.7", "2001:db8:1:2:aaaa::1"):
            answer = httpx.post(
                f"{server.url}/api/v1/presence",
                json={"program": "anna"},
                headers={"Authorization": f"Bearer {server.api_token}", "X-Forwarded-For": place},
            )
            assert answer.json() == {"address": place}
        for place in ("192.0.2.7", "192.0.2.8", "2001:db8:1:2:bbbb::9", "2001:db8:1:3::9"):
            httpx.get(links.picture(), headers={"X-Forwarded-For": place})
        found = fetch_events(server.url, server.api_token, 0)
        assert [hit.own for hit in found] == [True, False, True, False]
    finally:
        server.stop()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"null", b'"anna"', b'{"program": 5}', b'{"program": ""}', b'{"program": "a b"}', b"\xff\xfe",
     b'{"program": "' + b"a" * 65 + b'"}', b'{"program": "a\\nb"}', b"[" * 900],
)  # fmt: skip
def test_presence_takes_nothing_else(server: TrackingServer, database: SqliteDatabase, body: bytes) -> None:
    assert asked(server, "POST", "/api/v1/presence", server.api_token, content=body).status_code == 400


def test_oversized_bodies_are_refused_unread(server: TrackingServer) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        head = f"POST /api/v1/presence HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.api_token}\r\n"
        connection.sendall(f"{head}Content-Length: 1000000000000\r\n\r\n".encode() + b"x" * 5_000)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")

    def endless() -> Iterator[bytes]:
        yield from (b"x" * 600 for _ in range(3))

    assert asked(server, "POST", "/api/v1/presence", server.api_token, content=endless()).status_code == 413


@pytest.mark.parametrize(
    "query",
    ["after=-1", "after=1.5", "after=x", "after=9223372036854775808", "after=" + "9" * 5_000, "limit=-1", "limit=x",
     "after=%00", "after=1%0d%0aSet-Cookie:x", "limit=" + "0" * 20, "after=٣"],
)  # fmt: skip
def test_odd_numbers_are_refused(server: TrackingServer, links: Links, query: str) -> None:
    httpx.get(links.picture())
    answer = asked(server, "GET", f"/api/v1/events?{query}", server.api_token)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


def test_the_largest_numbers_are_no_fault(server: TrackingServer, links: Links) -> None:
    httpx.get(links.picture())
    for query, count in (("after=9223372036854775807", 0), ("limit=9223372036854775807", 1), ("limit=0", 1)):
        answer = asked(server, "GET", f"/api/v1/events?{query}", server.api_token)
        assert (answer.status_code, len(answer.json())) == (200, count)


@pytest.mark.parametrize(
    "ref", ["", "x" * 16, RECIPIENT.upper(), RECIPIENT + "0", "..%2f..", "%27%20OR%201=1", "a" * 9_000]
)
def test_only_refs_can_be_deleted(server: TrackingServer, links: Links, ref: str) -> None:
    httpx.get(links.picture())
    assert asked(server, "DELETE", f"/api/v1/recipients/{ref}", server.api_token).status_code == 404
    assert len(fetch_events(server.url, server.api_token, 0)) == 1


def test_methods_that_change_are_no_get(server: TrackingServer) -> None:
    """Nothing is done by following a link."""
    for path in ("/api/v1/keys/rotate", "/api/v1/presence", f"/api/v1/recipients/{RECIPIENT}"):
        for method in ("GET", "HEAD", "PUT"):
            assert asked(server, method, path, server.api_token).status_code == 405


def test_nothing_of_a_request_gets_into_the_headers_of_an_answer(server: TrackingServer, links: Links) -> None:
    injected = "%0d%0aSet-Cookie:%20x=1"
    for path in (
        f"/healthz?nonce=a{injected}&workspace={injected}",
        f"/api/v1/events?server={injected}",
        f"/c/{injected}",
    ):
        answer = asked(server, "GET", path, server.api_token)
        assert "set-cookie" not in answer.headers
    raw = (
        f"GET {links.link(0, 'https://example.com/?a=%0d%0aSet-Cookie:%20x=1').removeprefix(server.url)} HTTP/1.1\r\n"
        "Host: x\r\nUser-Agent: a\x00b\x1b[31m\r\nAccept: c\x01d\r\nConnection: close\r\n\r\n"
    )
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as connection:
        connection.sendall(raw.encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"\r\nset-cookie" not in answer.lower()
    for hit in fetch_events(server.url, server.api_token, 0):
        assert hit.user_agent.isprintable()


def test_health_proves_one_token_and_shows_none(server: TrackingServer, other: Other) -> None:
    assert is_server_of(server.url, server.api_token)
    assert is_server_of(server.url, other.token)  # made while the server ran
    assert not is_server_of(server.url, "another token, as long as others are")
    shown = httpx.get(f"{server.url}/healthz?nonce=abc").text
    assert "proof" not in shown
    for secret in (server.api_token, token_hash(server.api_token)):
        assert secret not in shown


def test_tokens_are_kept_as_hashes_only(
    server: TrackingServer, other: Other, folder: TrackingFolder, tmp_path: Path
) -> None:
    server.stop()
    for path in folder.path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert other.token.encode() not in content
            assert server.api_token.encode() not in content or path.name == "token"
            assert path.stat().st_mode & 0o077 == 0
