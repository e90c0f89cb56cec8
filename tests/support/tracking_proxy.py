"""A proxy in front of a tracking server, which does it right or wrong: with TLS, X-Forwarded-For, or a cache."""

from __future__ import annotations

import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import httpx


class TrackingProxy:
    """`client`: whom it names in X-Forwarded-For. `headers` replace or add to those of every answer."""

    def __init__(
        self,
        target: str,
        *,
        host: str = "127.0.0.1",
        client: str = "",
        headers: dict[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        changed = {name.lower(): value for name, value in (headers or {}).items()}
        asking = httpx.Client(base_url=target, trust_env=False)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                passed = {"Authorization": self.headers["Authorization"]} if self.headers["Authorization"] else {}
                if client:
                    passed["X-Forwarded-For"] = client
                answer = asking.get(self.path, headers=passed)
                self.send_response(answer.status_code)
                for name, value in {**{k.lower(): v for k, v in answer.headers.items()}, **changed}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that hangs up, or does not like the certificate

        self._client = asking
        self._server = Server((host, 0), Handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.close()
