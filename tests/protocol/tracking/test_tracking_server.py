"""The server over loopback: pictures, links, refusals, and what is kept of each."""

from __future__ import annotations

import socket
import ssl
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import TrackingError
from app.domain.events import EventKind, Hit
from app.tracking.client import fetch_events, fetch_keys, find_running, is_server_of
from app.tracking.folder import Serving, TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.tokens import TrackingKeys, make_click_token, make_open_token, read_token
from tests.protocol.tracking.tracking_servers import MESSAGE, RECIPIENT, Links

NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # http only: spares the loading of certificates


def hits(server: TrackingServer, after: int = 0) -> list[Hit]:
    return fetch_events(server.url, server.api_token, after, 5.0)


def test_open_is_a_picture_that_nobody_keeps_and_a_hit(server: TrackingServer, links: Links) -> None:
    before = datetime.now(UTC)
    answer = httpx.get(
        links.picture(),
        headers={
            b"User-Agent": b"Mail/1.0 (\xe9)",
            b"Accept": b"image/*" + b" " * 90 + b"\t, cut",
            b"Accept-Language": b"de",
            b"Sec-Fetch-Dest": b"image",
            b"Referer": b"https://mail.example.com/private",
            b"Cookie": b"secret",
        },
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/gif"
    assert len(answer.content) == 43
    assert answer.content.startswith(b"GIF89a\x01\x00\x01\x00")
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["expires"] == "0"
    assert "etag" not in answer.headers
    assert "last-modified" not in answer.headers
    (hit,) = hits(server)
    assert before - timedelta(seconds=1) < hit.at < datetime.now(UTC) + timedelta(seconds=1)
    assert hit == Hit(
        server.server_uid,
        hit.number,
        EventKind.OPEN,
        hit.at,
        MESSAGE,
        RECIPIENT,
        None,
        "",
        "127.0.0.1",
        "Mail/1.0 (\xe9)",
        "GET",
        headers={
            "accept": "image/*" + " " * 91 + ",",
            "accept-language": "de",
            "sec-fetch-dest": "image",
            "referer": "present",
        },
    )


def test_click_leads_on_and_is_a_hit(server: TrackingServer, links: Links) -> None:
    url = "https://bücher.example.com/ä b?x=1&y=%20#z"
    answer = httpx.get(links.link(4, url))
    assert answer.status_code == 302
    assert answer.headers["location"] == "https://xn--bcher-kva.example.com/%C3%A4%20b?x=1&y=%20#z"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.content == b""
    (hit,) = hits(server)
    assert (hit.kind, hit.link, hit.url) == (EventKind.CLICK, 4, url)


def test_head_is_answered_like_get_and_told_apart(server: TrackingServer, links: Links) -> None:
    picture, link = httpx.head(links.picture()), httpx.head(links.link())
    assert (picture.status_code, picture.headers["content-length"], picture.content) == (200, "43", b"")
    assert (link.status_code, link.headers["location"]) == (302, "https://example.com/")
    assert [hit.method for hit in hits(server)] == ["HEAD", "HEAD"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
def test_other_methods_change_nothing(server: TrackingServer, links: Links, method: str) -> None:
    for url in (links.picture(), links.link(), f"{server.url}/c/nonsense"):
        answer = httpx.request(method, url)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert hits(server) == []


def test_whatever_is_no_token_gets_the_same_404(server: TrackingServer, links: Links) -> None:
    foreign = TrackingKeys.fresh()
    picture, link = links.picture(), links.link()
    bad = [
        picture[:-4],  # without .gif
        picture.replace("/o/", "/c/"),
        picture.replace("/o/", "/c/")[:-4],
        link.replace("/c/", "/o/"),
        link.replace("/c/", "/o/") + ".gif",
        link[:-1],
        link + "A",
        link + "/",
        link[:-10] + "AAAAAAAAAA",
        f"{server.url}/c/{make_click_token(foreign, MESSAGE, RECIPIENT, 0, 'https://example.com/')}",
        f"{server.url}/o/{make_open_token(foreign, MESSAGE, RECIPIENT)}.gif",
        f"{server.url}/c/",
        f"{server.url}/o/.gif",
        f"{server.url}/c/https://evil.example.com/",
        f"{server.url}/c/?url=https://evil.example.com/",
        f"{server.url}/c/" + "A" * 20_000,
        f"{server.url}/nothing",
        f"{server.url}/",
    ]
    answers = [httpx.get(url) for url in bad]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {b"Not found\n"}
    assert {answer.headers["content-type"] for answer in answers} == {"text/plain; charset=utf-8"}
    assert not any("location" in answer.headers for answer in answers)
    assert hits(server) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.data())
def test_altered_tokens_lead_nowhere(server: TrackingServer, links: Links, data: st.DataObject) -> None:
    base, _, token = links.link(1, "https://example.com/offer").rpartition("/")
    place = data.draw(st.integers(3, len(token) - 1))  # before that is the key's number: see test_tracking_api
    other = data.draw(st.sampled_from("ABCabc019-_.~%").filter(lambda c: c != token[place]))
    altered = f"{base}/{token[:place]}{other}{token[place + 1 :]}"
    answer = httpx.get(altered, verify=NO_AUTHORITIES)
    assert (answer.status_code, answer.content) == (404, b"Not found\n")


def test_query_that_a_scanner_appends_changes_nothing(server: TrackingServer, links: Links) -> None:
    answer = httpx.get(links.link(0, "https://example.com/") + "?url=https://evil.example.com&utm_source=x")
    assert answer.headers["location"] == "https://example.com/"
    assert len(hits(server)) == 1


def test_slash_and_host_header_are_no_redirect(server: TrackingServer) -> None:
    for path in ("/healthz/", "/api/v1/events/", "//evil.example.com/", "/c//evil.example.com"):
        answer = httpx.get(server.url + path, headers={"Host": "evil.example.com"})
        assert answer.status_code == 404
        assert "location" not in answer.headers


def test_agent_is_kept_clean_and_short(server: TrackingServer, links: Links) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    path = links.picture().removeprefix(server.url)
    with socket.create_connection((host, int(port)), 5) as client:
        agent = b"evil\x85\x9b31m\tx" + b"a" * 2_000
        client.sendall(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: ".encode() + agent + b"\r\n\r\n"
        )
        assert b" 200 " in client.makefile("rb").readline()
    (hit,) = hits(server)
    assert hit.user_agent.startswith("evil  31m x")
    assert len(hit.user_agent) == 500


def test_no_agent_no_fault(server: TrackingServer, links: Links) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as client:
        client.sendall(f"GET {links.link().removeprefix(server.url)} HTTP/1.0\r\n\r\n".encode())
        assert b" 302 " in client.makefile("rb").readline()
    assert hits(server)[0].user_agent == ""


def test_forwarded_address_is_believed_from_named_proxies_only(folder: TrackingFolder) -> None:
    for trusted, expected in (((), "127.0.0.1"), (("127.0.0.0/8",), "2001:db8::9")):
        server = TrackingServer("127.0.0.1", 0, folder.path, trusted_proxies=trusted)
        server.start()
        try:
            httpx.get(Links(folder, server.url).picture(), headers={"X-Forwarded-For": "1.2.3.4, 2001:db8::9"})
            assert hits(server)[-1].ip == expected
        finally:
            server.stop()


def test_events_come_in_pages(server: TrackingServer, links: Links) -> None:
    with httpx.Client() as client:
        for position in range(5):
            client.get(links.link(position))
    assert [hit.link for hit in hits(server)] == [0, 1, 2, 3, 4]
    numbers = [hit.number for hit in hits(server)]
    assert [hit.number for hit in hits(server, numbers[2])] == numbers[3:]
    assert hits(server, numbers[4]) == []
    limited = httpx.get(
        f"{server.url}/api/v1/events?after={numbers[0]}&limit=2",
        headers={"Authorization": f"Bearer {server.api_token}"},
    )
    assert [event["number"] for event in limited.json()] == numbers[1:3]


def test_cursor_of_another_database_starts_from_the_beginning(server: TrackingServer, links: Links) -> None:
    httpx.get(links.picture())
    (hit,) = hits(server)
    assert fetch_events(server.url, server.api_token, hit.number, 5.0) == []
    assert fetch_events(server.url, server.api_token, hit.number, 5.0, server="another") == [hit]
    assert fetch_events(server.url, server.api_token, hit.number, 5.0, server=server.server_uid) == []


@pytest.mark.parametrize("path", ["/api/v1/events", "/api/v1/stream", "/api/v1/keys"])
def test_api_needs_its_token(server: TrackingServer, path: str) -> None:
    values = ["", "Bearer", "Bearer x", "Basic {}", "Bearer {}x", "Bearer \xe9", "{}"]
    with httpx.Client(base_url=server.url) as client:
        for value in (None, *values):
            headers = {} if value is None else {b"Authorization": value.format(server.api_token).encode("latin-1")}
            answer = client.get(path, headers=headers)
            assert answer.status_code == 401, value
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.content == b"Unauthorized\n"


@pytest.mark.parametrize("path", ["events", "stream"])
def test_nonsense_is_a_bad_request(server: TrackingServer, path: str) -> None:
    with httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.api_token}"}) as client:
        for after in ("-1", "x", "", "1.0", "9" * 30, "²", "1 "):
            assert client.get(f"/api/v1/{path}", params={"after": after}).status_code == 400, after
        assert client.get("/api/v1/events", params={"limit": "x"}).status_code == 400
        assert client.get("/api/v1/stream", headers={"Last-Event-ID": "x"}).status_code == 400


def test_keys_are_fetched_by_a_program_elsewhere(server: TrackingServer) -> None:
    keys = fetch_keys(server.url, server.api_token)
    token = make_open_token(keys, MESSAGE, RECIPIENT)
    assert read_token(server.keys, token) is not None
    assert httpx.get(f"{server.url}/o/{token}.gif").status_code == 200


def test_client_faults_are_sentences(server: TrackingServer) -> None:
    with pytest.raises(TrackingError, match="refuses this workspace's token"):
        fetch_events(server.url, "wrong", 0, 2.0)
    with pytest.raises(TrackingError, match="characters that a token cannot have"):
        fetch_events(server.url, "a\nb", 0, 2.0)
    with pytest.raises(TrackingError, match="is no tracking server: it said 404"):
        fetch_events(server.url + "/elsewhere", server.api_token, 0, 2.0)
    with pytest.raises(TrackingError, match="begins with https"):
        fetch_events("ftp://example.com", "x", 0, 2.0)
    with pytest.raises(TrackingError, match="cannot be reached"):
        fetch_events("http://127.0.0.1:1", "x", 0, 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(TrackingError, match="did not answer within"):
            fetch_events(f"http://127.0.0.1:{silent.getsockname()[1]}", "x", 0, 0.5)
        assert time.monotonic() - began < 3


def test_proxy_of_the_environment_is_not_asked_for_this_machine(
    server: TrackingServer, folder: TrackingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert hits(server) == []
    assert find_running(folder.path) == server.url


def test_health(server: TrackingServer) -> None:
    assert is_server_of(server.url, server.api_token, 2.0)
    assert not is_server_of("http://127.0.0.1:1", server.api_token, 2.0)
    assert not is_server_of("nonsense", server.api_token, 2.0)
    answer = httpx.get(server.url + "/healthz").json()
    assert answer == {"service": "hitchpost-tracking", "status": "ok", "server": server.server_uid}


def test_running_server_is_found_and_no_other(folder: TrackingFolder, tmp_path: object) -> None:
    assert find_running(folder.path) is None
    server = TrackingServer("127.0.0.1", 0, folder.path)
    server.start()
    url = server.url
    try:
        assert find_running(folder.path) == url
        # another folder's server on the noted port is not ours, though it is a tracking server
        other = TrackingFolder(folder.path / "other")
        other.create()
        other.write_serving(Serving(url, url, 1))
        assert find_running(other.path) is None
    finally:
        server.stop()
    assert find_running(folder.path) is None
    folder.write_serving(Serving(url, url, 1))  # left behind by a killed one
    assert find_running(folder.path) is None


def test_second_server_over_the_folder_leaves_the_note(server: TrackingServer, folder: TrackingFolder) -> None:
    second = TrackingServer("127.0.0.1", 0, folder.path, "https://track.example.com/")
    second.start()
    try:
        assert second.public_url == "https://track.example.com"
        assert find_running(folder.path) == server.url
        httpx.get(Links(folder, second.url).picture())
        assert len(hits(server)) == 1
    finally:
        second.stop()
    assert find_running(folder.path) == server.url


def test_port_in_use_is_a_sentence_and_leaves_nothing_behind(server: TrackingServer, folder: TrackingFolder) -> None:
    port = int(server.url.rpartition(":")[2])
    second = TrackingServer("127.0.0.1", port, folder.path)
    with pytest.raises(TrackingError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
        second.start()
    assert not second.running
    second.stop()


def test_unknown_host_and_broken_database_are_sentences(folder: TrackingFolder) -> None:
    with pytest.raises(TrackingError, match="cannot listen"):
        TrackingServer("host.invalid", 0, folder.path).start()
    folder.create()
    folder.database.write_bytes(b"not a database" * 100)
    with pytest.raises(TrackingError, match="cannot be used"):
        TrackingServer("127.0.0.1", 0, folder.path).start()


def test_server_starts_again_and_keeps_its_database(server: TrackingServer, links: Links) -> None:
    httpx.get(links.picture())
    uid, token, before = server.server_uid, server.api_token, hits(server)
    server.stop()
    assert not server.running
    server.start()
    assert (server.server_uid, server.api_token) == (uid, token)
    assert len(before) == 1 and hits(server) == before


def test_ipv6(folder: TrackingFolder) -> None:
    server = TrackingServer("::1", 0, folder.path)
    server.start()
    try:
        assert server.url.startswith("http://[::1]:")
        assert httpx.get(Links(folder, server.url).picture()).status_code == 200
        assert hits(server)[0].ip == "::1"
        assert find_running(folder.path) == server.url
    finally:
        server.stop()


def test_answer_on_a_kept_connection_does_not_wait_for_an_acknowledgement(server: TrackingServer, links: Links) -> None:
    url, times = links.picture(), []
    with httpx.Client() as client:
        for _ in range(30):
            began = time.perf_counter()
            client.get(url)
            times.append(time.perf_counter() - began)
    assert sorted(times)[15] < 0.03  # 44 ms with Nagle's algorithm and delayed acknowledgements
