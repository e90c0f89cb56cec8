"""HTTP for the sign-in libraries: time limits, size limits, no redirects, authorities of one's own. For `google`,
`microsoft`, which hand it to Authlib and MSAL, and for `send_as`.

Proxies: sign-in, detection and a tracking server elsewhere are reached as the environment says (HTTPS_PROXY, ALL_PROXY,
NO_PROXY, the settings of Windows and macOS), because a company may let nothing else out; where its kind of proxy is not
known, as with SOCKS, they count as not reachable. Mail itself (IMAP, SMTP, Exchange, Graph) always goes straight to its
server. Nothing takes passwords from `.netrc`."""

from __future__ import annotations

import logging
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

# They write answers that they cannot read, which may hold tokens, into their logs, and at level DEBUG codes and verifiers.
for _library in ("msal", "authlib", "requests", "urllib3"):
    logging.getLogger(_library).setLevel(logging.CRITICAL + 1)

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

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Behind a proxy the server is judged as without it, and so is a proxy that speaks TLS itself."""
        if urlsplit(proxy).scheme in ("http", "https"):
            options.update(ssl_context=self._context, proxy_ssl_context=self._context)
        return super().proxy_manager_for(proxy, **options)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """With limits, whatever the caller says. Raises requests.RequestException."""
        began = time.monotonic()
        self._context.end = began + self._whole  # type: ignore[attr-defined]
        proxies = get_environ_proxies(request.url or "")
        options.update(timeout=(self._connect, self._read), stream=True, proxies=proxies)
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
    session.trust_env = False  # it would take passwords from .netrc; the adapter asks for the proxy itself
    session.headers["User-Agent"] = "Hitchpost"
    return session
