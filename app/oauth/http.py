"""HTTP for the sign-in libraries: time limits, size limits, no redirects, authorities of one's own. For `google`,
`microsoft`, which hand it to Authlib and MSAL, and for `send_as`."""

from __future__ import annotations

import ssl
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter

CONNECT, READ, WHOLE = 10.0, 30.0, 60.0  # seconds
LIMIT = 1 << 20  # bytes; a token answer has some thousand


class _Socket(ssl.SSLSocket):
    """One that waits no longer than its context says, however often a byte comes."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        end: float | None = getattr(self.context, "end", None)
        if end is not None:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer does not end")
            self.settimeout(min(left, self.gettimeout() or left))
        return super().recv_into(buffer, nbytes, flags)


class Adapter(HTTPAdapter):
    """TLS by the system's authorities, and by those in `ca_pem`. `limits`: seconds to connect, for a piece of the answer,
    for all of it."""

    def __init__(self, ca_pem: str = "", limits: tuple[float, float, float] = (CONNECT, READ, WHOLE)) -> None:
        self._connect, self._read, self._whole = limits
        self._context = ssl.create_default_context()
        self._context.sslsocket_class = _Socket
        if ca_pem:
            self._context.load_verify_locations(cadata=ca_pem)
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **options)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """With limits, whatever the caller says. Raises requests.RequestException."""
        began = time.monotonic()
        self._context.end = began + self._whole  # type: ignore[attr-defined]
        options.update(timeout=(self._connect, self._read), stream=True)
        response = super().send(request, *arguments, **options)
        content = bytearray()
        try:
            for chunk in response.iter_content(1 << 14):
                content += chunk
                if len(content) > LIMIT or time.monotonic() - began > self._whole:
                    raise requests.exceptions.ReadTimeout("the answer does not end", request=request)
        finally:
            response.close()
        response._content = bytes(content)
        return response


def prepare(session: requests.Session, ca_pem: str = "") -> requests.Session:
    """The same session, made careful: the body of a token request never follows a redirect (RFC 9700 4.12)."""
    session.mount("https://", Adapter(ca_pem))
    session.mount("http://", Adapter())
    session.max_redirects = 0
    session.headers["User-Agent"] = "Hitchpost"
    return session
