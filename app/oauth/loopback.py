"""The address on this computer to which the browser comes back (RFC 8252 7.3). Used by `sign_in`.

It takes one answer: the one with the right state. Everything else (a browser asking for an icon, another page trying
its luck) gets an error page and changes nothing."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Hitchpost</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32em;margin:20vh auto;"
    "padding:0 1em;color-scheme:light dark}}</style><h1>{title}</h1><p>{text}</p></html>"
)
_DONE = ("Back to Hitchpost", "The answer has arrived. You can close this page; Hitchpost tells how it went.")
_STRANGE = ("This is no answer to a sign-in", "Go back to Hitchpost and start the sign-in again.")
_FORM = 1 << 16  # bytes
_PATIENCE = 10.0  # seconds for one request


class Landing:
    """`port` is free on every address of `host`; `wait` gives the fields that the browser brought."""

    def __init__(self, host: str) -> None:
        self._state = ""
        self._answer: dict[str, str] = {}
        self._arrived = threading.Event()
        self._servers = _listen(self, host)
        self.port = int(self._servers[0].server_address[1])
        self.uri = f"http://{host}:{self.port}"

    def expect(self, state: str) -> None:
        self._state = state

    def take(self, query: dict[str, str]) -> bool:
        """Whether this is the answer. Called from the server's threads."""
        state = query.get("state", "")
        if not self._state or not secrets.compare_digest(state.encode(), self._state.encode()):
            return False
        if not ("code" in query or "error" in query) or self._arrived.is_set():
            return False
        self._answer = query
        self._arrived.set()
        return True

    def wait(self, seconds: float) -> dict[str, str] | None:
        return self._answer if self._arrived.wait(seconds) else None

    @contextmanager
    def open(self) -> Iterator[Landing]:
        threads = [
            threading.Thread(target=server.serve_forever, args=(0.1,), name="sign-in", daemon=True)
            for server in self._servers
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            for server in self._servers:
                server.shutdown()
                server.server_close()
            for thread in threads:
                thread.join()


def _listen(landing: Landing, host: str) -> list[ThreadingHTTPServer]:
    """On 127.0.0.1, and for "localhost" on ::1 too where this computer has it: browsers try that first."""

    class Handler(_Handler):
        owner = landing

    first = _Server(("127.0.0.1", 0), Handler)
    servers: list[ThreadingHTTPServer] = [first]
    if host == "localhost":
        with suppress(OSError):  # no IPv6 here
            servers.append(_Server6(("::1", first.server_address[1]), Handler))
    return servers


def _fields(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, max_num_fields=50))
    except ValueError:
        return {}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is nobody's business."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    owner: Landing
    timeout = _PATIENCE
    server_version, sys_version = "Hitchpost", ""

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """OAuth 2.0 Form Post Response Mode."""
        length = self.headers.get("Content-Length", "")
        readable = length.isascii() and length.isdigit() and len(length) <= 5 and int(length) <= _FORM
        self._answer(self.rfile.read(int(length)).decode("ascii", "replace") if readable else "")

    def _answer(self, query: str) -> None:
        asked_of = self.headers.get("Host", "")  # another name: a page elsewhere that points its name here
        fits = urlsplit(self.path).path in ("", "/") and asked_of in (
            f"{n}:{self.owner.port}" for n in ("127.0.0.1", "localhost")
        )
        taken = fits and self.owner.take(_fields(query))
        title, text = _DONE if taken else _STRANGE
        body = _PAGE.format(title=title, text=text).encode()
        self.send_response(200 if taken else 404)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """The address holds the code."""
