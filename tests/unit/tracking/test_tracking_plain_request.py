"""Whatever is read without the parser, the parser reads the same; everything else is left to it."""

from __future__ import annotations

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.tracking.server.plain_request import MAX_PLAIN, STARTS, PlainRequests

MAX_HEADERS = 20
PLAIN = b"GET /o/abc.gif HTTP/1.1\r\nHost: mail.example.com\r\nUser-Agent: Mail/1\r\nAccept:\t*/* \r\n\r\n"


class Parsed:
    """What httptools makes of some bytes."""

    def __init__(self, data: bytes) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = 0
        self.body = b""
        self.method, self.version, self.keep_alive = b"", "", False
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value.strip(b" \t")))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete += 1
        self.method = self._parser.get_method()
        self.version = self._parser.get_http_version()
        self.keep_alive = self._parser.should_keep_alive()


def read(data: bytes) -> tuple[str, list[tuple[bytes, bytes]]] | None:
    found = PlainRequests(MAX_HEADERS).read(data)
    return None if found is None else (found[0], found[1].headers)


def test_a_plain_request_is_read() -> None:
    path, headers = read(PLAIN) or ("", [])
    assert path == "/o/abc.gif"
    assert headers == [(b"host", b"mail.example.com"), (b"user-agent", b"Mail/1"), (b"accept", b"*/*")]


def test_what_is_kept_is_known_by_the_headers_alone() -> None:
    requests = PlainRequests(MAX_HEADERS)
    other = PLAIN.replace(b"Mail/1", b"Mail/2")
    found = [requests.read(data) for data in (PLAIN, other, PLAIN, other)]
    assert [one[1].user_agent for one in found if one] == ["Mail/1", "Mail/2"] * 2


@pytest.mark.parametrize(
    "data",
    [
        b"GET /o/abc.gif HTTP/1.0\r\nHost: a\r\n\r\n",
        b"GET /o/abc.gif HTTP/1.1\nHost: a\n\n",
        b"GET /o/abc.gif HTTP/1.1\r\n\r\n",
        b"GET /o/abc.gif HTTP/1.1\r\nHost: a\r\n",
        PLAIN + b"\r\n",
        PLAIN + PLAIN,
        PLAIN + b"GET",
        PLAIN.replace(b"Host:", b"Host :"),
        PLAIN.replace(b"Accept:", b" folded\r\nAccept:"),
        PLAIN.replace(b"Mail/1", b"Mail\0/1"),
        PLAIN.replace(b"Mail/1", b"Mail\n/1"),
        PLAIN.replace(b"Mail/1", b"Mail\r/1"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nContent-Length: 3"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nTransfer-Encoding: chunked"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nConnection: close"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nConnection: keep-alive, upgrade"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nProxy-Connection: close"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nUPGRADE: websocket"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nExpect: 100-continue"),
        PLAIN.replace(b"Mail/1", b"Mail/1\r\nX: 1" * MAX_HEADERS),
        PLAIN.replace(b"Mail/1", b"M" * MAX_PLAIN),
    ],
)  # fmt: skip
def test_everything_else_is_left_to_the_parser(data: bytes) -> None:
    assert read(data) is None


PARTS = st.sampled_from(
    [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b"GET ", b"/o/", b"/c/", b"?", b"#", b"%2f", b" HTTP/1.1\r\n",
     b"HTTP/1.0", b"Content-Length: 4", b"Transfer-Encoding: chunked", b"Connection: keep-alive", b"Connection: close",
     b"Upgrade: h2c", b"Host: a", b"\xff\xe9", b"\x7f", b"\x0b", b"abcd", b"\r\n\r\n", PLAIN]
)  # fmt: skip


@given(
    data=st.builds(
        lambda start, parts, place, cut: start + PLAIN[7:place] + b"".join(parts) + PLAIN[place + cut :],
        st.sampled_from(STARTS),
        st.lists(PARTS, max_size=4),
        st.integers(7, len(PLAIN)),
        st.integers(0, 12),
    )
)
@example(PLAIN.replace(b"Mail/1", b"Mail/1\r\nConnection: Keep-Alive"))
def test_what_is_read_is_what_the_parser_reads(data: bytes) -> None:
    found = read(data)
    if found is None:
        return
    path, headers = found
    if not all("!" <= letter <= "~" for letter in path):
        return  # no address that a server made: see HotPaths.reply_of
    parsed = Parsed(data)
    assert (parsed.complete, parsed.body, parsed.method, parsed.version) == (1, b"", b"GET", "1.1")
    assert parsed.keep_alive
    assert parsed.url == path.encode("latin-1")
    assert parsed.headers == headers
