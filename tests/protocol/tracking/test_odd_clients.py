"""Clients that are slow, large, old, clever or broken: bytes on the wire, over IPv4 and IPv6. A link leads on where it can, and
nobody holds a place for long."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server import hot_paths, wire
from app.tracking.server.hit_log import HitLog
from app.tracking.tokens import TEST_REF, make_open_token
from tests.protocol.tracking.tracking_servers import Links, stored, until

Talk = Callable[..., bytes]


@pytest.fixture
def talk(server: TrackingServer) -> Iterator[Talk]:
    sockets: list[socket.socket] = []

    def talk(request: bytes, seconds: float = 5.0) -> bytes:
        """Everything that comes until the server closes, or says nothing for a while."""
        sockets.append(connect(server))
        sockets[-1].sendall(request)
        return read_all(sockets[-1], seconds)

    yield talk
    for each in sockets:
        each.close()


def connect(server: TrackingServer) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), 5)


def read_all(connection: socket.socket, seconds: float = 5.0) -> bytes:
    connection.settimeout(seconds)
    received = b""
    try:
        while block := connection.recv(65536):
            received += block
    except (TimeoutError, ConnectionResetError):
        pass
    return received


def path(url: str) -> bytes:
    return b"/" + url.split("/", 3)[3].encode()


def closing(request: bytes) -> bytes:
    return request + b"\r\nHost: x\r\nConnection: close\r\n\r\n"


def test_http_1_0_is_answered_and_closed(talk: Talk, links: Links, folder: TrackingFolder) -> None:
    answer = talk(b"GET " + path(links.link()) + b" HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 302 ")
    assert b"connection: close" in answer
    assert stored(folder, "kind") == ["click"]


def test_pipelined_requests_are_answered_in_order(talk: Talk, links: Links, folder: TrackingFolder) -> None:
    head = b" HTTP/1.1\r\nHost: x\r\n\r\n"
    several = [
        b"GET " + path(links.picture()) + head,
        b"GET " + path(links.link(1, "https://example.com/1")) + head,
        b"GET /healthz" + head,
        b"HEAD " + path(links.link(2, "https://example.com/2")) + head,
        b"GET " + path(links.link(3, "https://example.com/3")) + head,
        closing(b"GET /nothing HTTP/1.1"),
    ]
    answer = talk(b"".join(several))
    statuses = [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"302", b"200", b"302", b"302", b"404"]
    places = [answer.index(b"location: https://example.com/%d" % number) for number in (1, 2, 3)]
    assert places == sorted(places)
    until(lambda: len(stored(folder, "kind")) == 4)
    assert stored(folder, "link") == [None, 1, 2, 3]


def test_kept_connection_answers_many(server: TrackingServer, links: Links, folder: TrackingFolder) -> None:
    with connect(server) as connection:
        reader = connection.makefile("rb")
        for _ in range(20):
            connection.sendall(b"HEAD " + path(links.picture()) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.readline().startswith(b"HTTP/1.1 200 ")
            while reader.readline() != b"\r\n":
                pass
        reader.close()
    assert len(stored(folder, "kind")) == 20


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"http://evil.example.com%s", b"302"),  # absolute form (RFC 9112 3.2.2): the path counts
        (b"%s?url=https://evil.example.com/", b"302"),
        (b"%s#fragment", b"302"),
        (b"/%s", b"404"),  # two slashes
        (b"%s/", b"404"),
        (b"%s%%20", b"404"),
        (b"%s%%00", b"404"),
        (b"%s.", b"404"),
        (b"%s)", b"404"),
        (b"%s\xc3\xa9", b"404"),
    ],
)
def test_forms_of_an_address(talk: Talk, links: Links, folder: TrackingFolder, target: bytes, status: bytes) -> None:
    answer = talk(closing(b"GET " + target % path(links.link()) + b" HTTP/1.1"))
    code = answer[9:12]
    assert code == status or (status == b"404" and code == b"400")
    assert b"evil" not in answer
    assert len(stored(folder, "kind")) == (status == b"302")


@pytest.mark.parametrize(
    "request_line",
    [
        b"CONNECT evil.example.com:443 HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET //evil.example.com/ HTTP/1.1",
        b"PRI * HTTP/2.0",
    ],
)
def test_requests_that_are_not_for_this_server_lead_nowhere(talk: Talk, request_line: bytes) -> None:
    answer = talk(closing(request_line))
    assert answer[9:12] in (b"400", b"404", b"405")
    assert b"location" not in answer.lower()


def test_nonsense_is_refused(talk: Talk, capfd: pytest.CaptureFixture[str]) -> None:
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELO x\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0" * 50,
    ):
        assert talk(nonsense)[9:12] in (b"400", b"505")
    assert capfd.readouterr().err == ""  # not a line for each that knocks


@pytest.mark.parametrize("kept", [True, False])  # whether the link waits for its hit to be written
def test_what_was_asked_before_nonsense_is_answered(
    talk: Talk, links: Links, server: TrackingServer, kept: bool
) -> None:
    link = path(links.link()) if kept else f"/o/{make_open_token(server.keys, TEST_REF, TEST_REF)}.gif".encode()
    head = b" HTTP/1.1\r\nHost: x\r\n\r\n"
    for first in (link, b"/healthz"):
        answer = talk(b"GET " + first + head + b"\x16\x03\x01nonsense\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 302 " if first == link and kept else b"HTTP/1.1 200 ")
        assert answer.count(b"HTTP/1.1 400 ") == 1 and answer.endswith(b"Invalid HTTP request received.")
    answer = talk(b"GET " + link + head + b"GET /healthz" + head + b"nonsense\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 2 - kept and answer.count(b"HTTP/1.1 400 ") == 1
    answer = talk(b"POST /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n")
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 405 "))


def test_both_ways_answer_alike(talk: Talk, links: Links, server: TrackingServer) -> None:
    """The plainest request goes the short way, one with an absolute address the long one."""
    for address in (links.picture(), links.link()):
        short, long = (
            talk(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            for target in (path(address), address.encode())
        )
        heads = [answer.partition(b"\r\n\r\n")[0].split(b"\r\n") for answer in (short, long)]
        assert heads[0][0] == heads[1][0]
        assert [line.partition(b":")[0] for line in heads[0]] == [line.partition(b":")[0] for line in heads[1]]


def test_upgrade_is_answered_plainly(talk: Talk, links: Links) -> None:
    request = b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    answer = talk(request)
    assert answer.startswith(b"HTTP/1.1 302 ")
    assert b"connection: close" in answer


def test_smuggled_requests_are_refused(talk: Talk, links: Links, folder: TrackingFolder) -> None:
    inner = b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    both = b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner
    assert talk(both, 1.0)[9:12] == b"400"
    twice = b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n" + inner
    assert talk(twice, 1.0)[9:12] == b"400"
    assert stored(folder, "kind") == []


def test_body_of_a_get_is_not_the_next_request(talk: Talk, links: Links, folder: TrackingFolder) -> None:
    hidden = b"GET " + path(links.link()) + b" HTTP/1.1\r\n\r\n"
    head = b"GET " + path(links.picture()) + b" HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden)
    answer = talk(head + hidden + closing(b"GET /nothing HTTP/1.1"))
    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404"]
    assert stored(folder, "kind") == ["open"]


@pytest.mark.parametrize("way", ["one header", "many headers", "endless header", "address"])
def test_large_heads_are_refused(talk: Talk, links: Links, folder: TrackingFolder, way: str) -> None:
    line = b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: x\r\n"
    request = {
        "one header": line + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
        "many headers": line + b"".join(b"X%d: a\r\n" % n for n in range(200)) + b"\r\n",
        "endless header": line + b"X: " + b"a" * 200_000,
        "address": b"GET " + path(links.link()) + b"?" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    }[way]
    answer = talk(request)
    assert answer[9:12] == b"431" or answer == b""  # reset, as more was on its way than is read
    assert stored(folder, "kind") == []


def test_largest_tokens_and_cookies_get_through(talk: Talk, links: Links, folder: TrackingFolder) -> None:
    long = "https://example.com/?" + "a" * 7_900
    request = (
        b"GET " + path(links.link(0, long)) + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: " + b"c" * 30_000
    )
    assert b"location: " + long.encode() in talk(request + b"\r\n\r\n")
    assert stored(folder, "url") == [long]


def test_what_a_header_says_reaches_no_answer_and_no_second_line(
    talk: Talk, links: Links, folder: TrackingFolder
) -> None:
    answer = talk(
        b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: evil.example.com\r\nX-Forwarded-Host: evil.example.com\r\n"
        b"X-Forwarded-For: 203.0.113.99, <script>\r\nUser-Agent: a\x0b{\"x\":1}\tb\xff\xfe\r\nVia: 1.1 \xe9\r\n"
        b"Referer: javascript:alert(1)\r\nConnection: close\r\n\r\n"
    )  # fmt: skip
    if answer[9:12] == b"400":  # a control character in a header may be refused
        assert stored(folder, "kind") == []
        return
    assert b"evil" not in answer
    (agent,), (ip,), (kept,) = stored(folder, "user_agent"), stored(folder, "ip"), stored(folder, "headers")
    assert str(agent).isprintable()
    assert ip == "127.0.0.1"
    assert json.loads(str(kept)) == {"via": "1.1 \xe9", "referer": "present"}


def test_line_end_in_a_header_is_refused(talk: Talk, links: Links, folder: TrackingFolder) -> None:
    folded = (
        b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: x\r\nUser-Agent: a\r\n b: c\r\nConnection: close\r\n\r\n"
    )
    answer = talk(folded)
    assert answer[9:12] in (b"302", b"400")
    assert all("\n" not in str(agent) for agent in stored(folder, "user_agent"))
    assert talk(b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: x\r\nUser-Agent: a\0b\r\n\r\n")[9:12] == b"400"


@pytest.mark.parametrize(
    "start",
    [b"", b"G", b"GET /c/", b"GET / HTTP/1.1\r\nX: ", b"\r\n", b"POST /u/x HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"],
)
def test_slow_clients_lose_their_place(server: TrackingServer, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    began = time.monotonic()
    with connect(server) as connection:
        connection.sendall(start)
        connection.settimeout(0.1)
        answer = b""
        while time.monotonic() - began < 5:  # a byte now and then, which must not count
            try:
                block = connection.recv(65536)
                if not block:
                    break
                answer += block
            except TimeoutError:
                try:
                    connection.sendall(b"a" if start not in (b"", b"\r\n") else start)
                except OSError:
                    break
            except ConnectionResetError:
                break
    assert time.monotonic() - began < 4
    assert answer[9:12] in (b"", b"408", b"404", b"400")


@pytest.mark.parametrize("query", [b"", b"?parsed"])
def test_clients_that_ask_nothing_more_lose_their_place(
    server: TrackingServer, links: Links, monkeypatch: pytest.MonkeyPatch, query: bytes
) -> None:
    monkeypatch.setattr(wire, "IDLE_SECONDS", 0.1)
    request = b"GET " + path(links.picture()) + query + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as connection:
        connection.settimeout(10)
        for _ in range(2):
            connection.sendall(request)
            answer = b""
            while b"GIF89a" not in answer and (block := connection.recv(65536)):
                answer += block
            assert answer.startswith(b"HTTP/1.1 200 ") and b"connection: close" not in answer
        assert connection.recv(65536) == b""


def test_a_link_leads_on_where_its_hit_is_never_written(
    server: TrackingServer, links: Links, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HitLog, "record", lambda log, row, waiter: None)  # a disk that hangs
    monkeypatch.setattr(wire, "PATIENCE", 0.1)
    monkeypatch.setattr(hot_paths, "PATIENCE", 0.1)
    first = b"GET " + path(links.link()) + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as connection:
        connection.settimeout(10)
        connection.sendall(first)
        connection.sendall(closing(b"GET " + path(links.picture()) + b" HTTP/1.1"))  # while the first one waits
        answers = read_all(connection)
    assert answers.startswith(b"HTTP/1.1 302 ") and b"HTTP/1.1 200 " in answers and answers.endswith(b";")


def test_client_that_takes_no_answer_loses_its_place(
    folder: TrackingFolder, server: TrackingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "STUCK_SECONDS", 0.3)
    target = f"/o/{make_open_token(folder.keys(), TEST_REF, TEST_REF)}.gif"  # answered at once, and not kept
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 500
    with connect(server) as connection:
        connection.settimeout(5)
        with pytest.raises(ConnectionError):
            for _ in range(10_000):
                connection.sendall(request)


def test_ipv6(folder: TrackingFolder) -> None:
    server = TrackingServer("::1", 0, folder.path)
    server.start()
    try:
        with connect(server) as connection:
            connection.sendall(closing(b"GET " + path(Links(folder, server.url).link()) + b" HTTP/1.1"))
            assert read_all(connection).startswith(b"HTTP/1.1 302 ")
    finally:
        server.stop()
    assert stored(folder, "ip") == ["::1"]


@pytest.mark.parametrize("path", ["/c/unknown", "picture"])
def test_requests_sent_ahead_of_the_answers_are_held_back(
    server: TrackingServer, links: Links, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """No more of them is held than was read at once, and all are answered."""
    waiting = [0]
    complete = wire.TrackingProtocol.on_message_complete

    def counted(self: wire.TrackingProtocol) -> None:
        complete(self)
        waiting.append(max(waiting.pop(), len(self.pipeline)))

    monkeypatch.setattr(wire.TrackingProtocol, "on_message_complete", counted)
    path = links.picture().removeprefix(server.url) if path == "picture" else path
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Filling: {'x' * 400}\r\n\r\n".encode()
    wanted, answers, tail = 4_000, 0, b""
    with connect(server) as client:
        sender = threading.Thread(target=client.sendall, args=(request * wanted,))
        sender.start()
        while answers < wanted:
            block = client.recv(1 << 20)
            assert block, f"{answers} of {wanted}"
            answers += (tail + block).count(b"HTTP/1.1 ")
            tail = (tail + block)[-8:]
        sender.join(5)
    assert answers == wanted
    assert waiting[0] < 1_200
