"""An HTTPS server for several host names, with pages that the test writes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.authority import Issued


@dataclass
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


class WebServer:
    """`pages`: {("GET", "autoconfig.example.org", "/mail/config-v1.1.xml"): Answer(...)}, the path without its query, or
    with it for that query alone; all else is 404. `asked` lists (method, host, path with query, body)."""

    def __init__(self, certificate: Issued) -> None:
        self.pages: dict[tuple[str, str, str], Answer] = {}
        self.asked: list[tuple[str, str, str, bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def _answer(self) -> None:
                host = (self.headers["Host"] or "").split(":")[0]
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                outer.asked.append((self.command, host, self.path, body))
                plain = outer.pages.get((self.command, host, self.path.split("?")[0]), Answer(404))
                answer = outer.pages.get((self.command, host, self.path), plain)
                time.sleep(answer.delay)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that hangs up, or does not like the certificate

        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = certificate.server_context().wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="web server", daemon=True
        )

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
