"""HTTPS to one Exchange server over our own connections, as `requests` and exchangelib use it. Used by this room.

`requests` would bring its own TLS, time limits, proxies, redirects and `.netrc`. Here every byte goes over a `Wire`: the
certificate or the pin is judged before the password is sent, every wait ends in time or on a cancel, an answer has a
largest size, and nothing is sent to another host than the one the account names.
"""

from __future__ import annotations

import copy
import re
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection

from app.backends.secure import Opening, Steps, open_secure
from app.backends.transport import Timeouts
from app.backends.web import retry_after
from app.backends.wire import SLICE, Wire
from app.domain.checks import CheckStep
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import ConnectionSecurity, Endpoint, ServerTrust
from app.domain.problems import Problem, ProblemCode
from app.domain.redaction import Redactor

ANSWER_LIMIT = 32 << 20  # bytes of one answer without a message's content
_PIECE = 1 << 16
_MARKS = 1_000_000  # tags and attributes of one answer: read, each takes about thirty times its room


class Channel:
    """The connection to the server of `url`; a lost one is made again with the next request.

    `sent`: whether the last request was written whole, so that the server may have carried it out. `limit`: bytes that
    the next answer may have. `streams`: an answer may be read as it comes, where that is asked for; whoever does so judges
    its pieces."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        trust: ServerTrust,
        timeouts: Timeouts,
        cancel: threading.Event | None,
    ) -> None:
        parts = urlsplit(url)
        self.url = url
        self.endpoint = Endpoint(parts.hostname or "", parts.port or 443, ConnectionSecurity.IMPLICIT_TLS)
        self.sent = self.streams = False
        self.limit = ANSWER_LIMIT
        self._trust, self._timeouts, self._cancel = trust, timeouts, cancel
        self._first: Wire | None = None
        self._connection: _Connection | None = None
        self.closed = False
        self.wire: Wire | None = None
        self._received = 0  # by the wires before this one
        self._redactor = Redactor()
        self._redactor.hide(username, password)
        self._grace = 0.0
        self._read_timeout = timeouts.read
        if parts.scheme != "https":
            raise self.fault(ProblemCode.TLS_NOT_OFFERED)

    def connect(self, steps: Steps) -> None:
        """TCP and TLS, told as steps; the first request goes over it. Raises MailFault, Cancelled."""
        self._first = self._open(steps)

    def next_wire(self) -> Wire:
        """For a new connection of urllib3."""
        wire, self._first = self._first, None
        self._received = self.received
        self.wire = wire or self._open(Steps())
        return self.wire

    def another(self) -> Channel:
        """A second connection to the same server, made with its first request."""
        other = copy.copy(self)
        other._first = other.wire = other._connection = None
        other._received, other.closed, other.sent, other.limit = 0, False, False, ANSWER_LIMIT
        return other

    def hang_up(self) -> None:
        """Frees the connection; the next request makes another. Not in the middle of an answer."""
        if self._connection is not None:
            self._connection.close()

    def note(self, connection: _Connection) -> None:
        """This one carries what is asked now."""
        self._connection = connection

    @property
    def received(self) -> int:
        """Bytes that came in all."""
        return self._received + (self.wire.received if self.wire is not None else 0)

    def _open(self, steps: Steps) -> Wire:
        opening = Opening(CheckStep.EWS_CONNECT, CheckStep.EWS_TLS, _no_greeting, _no_starttls)
        wire, _ = open_secure(self.endpoint, self._trust, opening, steps, self._timeouts, self._cancel)
        wire.redactor = self._redactor
        wire.grace, wire.read_timeout = self._grace, self._read_timeout
        return wire

    def fault(
        self, code: ProblemCode, says: str = "", retry_after: float | None = None, *, own_words: bool = False
    ) -> MailFault:
        """A MailFault of this server. `says` is cleaned and loses what is secret; `own_words`: not said by the server."""
        text, host, port = self._redactor.clean(says), self.endpoint.host, self.endpoint.port
        return MailFault(Problem(code, host, port, text, retry_after=retry_after, own_words=own_words))

    def patience(self, grace: float, read_timeout: float | None) -> None:
        """Seconds that a wait goes on after a cancel, and that the server may be silent; None: as at first."""
        self._grace, self._read_timeout = grace, read_timeout or self._timeouts.read
        if self.wire is not None:
            self.wire.grace, self.wire.read_timeout = self._grace, self._read_timeout

    def look_at_cancel(self) -> None:
        """Raises Cancelled when it is set."""
        if self._cancel is not None and self._cancel.is_set():
            raise Cancelled(self.endpoint.host)

    def pause(self, seconds: float, cancel: threading.Event) -> bool:
        """Waits. True as soon as `cancel`, or the channel's own, is set."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if cancel.wait(min(left, SLICE)) or (self._cancel is not None and self._cancel.is_set()):
                return True
        return cancel.is_set()

    def session(self) -> requests.Session:
        """Without proxies, `.netrc` and certificates from the environment; http is not known to it."""
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", _Adapter(self))
        session.headers["Accept-Encoding"] = "identity"  # a small answer could unpack to a huge one
        return session

    def close(self) -> None:
        self.closed = True
        for wire in (self._first, self.wire):
            if wire is not None:
                wire.close()
        self._first = None


def _no_greeting(wire: Wire, line: bytes) -> None:
    """In HTTP the client speaks first."""


def _no_starttls(wire: Wire) -> object:
    raise wire.fault(ProblemCode.TLS_NOT_OFFERED)


class _Reader:
    """A wire as http.client reads an answer from it; its end is not the connection's end."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.closed = False

    def readline(self, limit: int = -1) -> bytes:
        return self._wire.readline(limit)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:  # neither length nor chunks: up to the end, which cannot be told from a loss
            raise self._wire.fault(ProblemCode.PROTOCOL_ERROR, "an answer without a length", own_words=True)
        return self._wire.read(size)

    def readinto(self, buffer: Any) -> int:
        data = self._wire.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True


class _Socket:
    """A wire as http.client and urllib3 use a socket."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def makefile(self, *_: Any, **__: Any) -> _Reader:
        return _Reader(self._wire)

    def sendall(self, data: bytes) -> None:
        self._wire.sendall(data)

    def settimeout(self, value: float | None) -> None:
        """The wire has its own."""

    def fileno(self) -> int:
        return self._wire.fileno()

    def shutdown(self, how: int) -> None:
        self._wire.close()

    def close(self) -> None:
        self._wire.close()


class _Connection(HTTPSConnection):
    channel: Channel  # set by the pool

    def connect(self) -> None:
        self.sock = _Socket(self.channel.next_wire())
        self.channel.note(self)
        self.is_verified = True

    def request(self, *arguments: Any, **options: Any) -> None:
        self.channel.sent = False
        if self.sock is None:
            self.connect()
        assert self.channel.wire is not None
        self.channel.wire.allow(self.channel.limit)
        super().request(*arguments, **options)
        self.channel.sent = True


class _Adapter(HTTPAdapter):
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0, pool_block=True)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        connection = type("_ChannelConnection", (_Connection,), {"channel": self._channel})
        pool = type("_ChannelPool", (HTTPSConnectionPool,), {"ConnectionCls": connection})
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {"https": pool, "http": _NoPool}

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        """Judges what HTTP itself has to say, before anything reads the answer as SOAP."""
        if self._channel.closed:
            raise self._channel.fault(ProblemCode.CONNECTION_LOST)
        asked = urlsplit(str(request.url))
        host = (asked.hostname or "", asked.port or 443)
        if host != (self._channel.endpoint.host.lower(), self._channel.endpoint.port):
            raise self._channel.fault(ProblemCode.PROTOCOL_ERROR, f"a request for {asked.hostname}", own_words=True)
        response = super().send(request, *arguments, **options)
        _judge(self._channel, response.status_code, response.headers)
        if not (self._channel.streams and options.get("stream")):
            judge_text(self._channel, response.content)
        response.__class__ = _Answer
        return response


class _Answer(requests.Response):
    """exchangelib takes it in pieces of the usual size, which is one byte: half a second of the processor for a megabyte."""

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: Any = False) -> Iterator[Any]:
        return super().iter_content(max(chunk_size or 1, _PIECE), decode_unicode)


_BEGINNING = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[^\x00]")
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"'>]*)""")


def judge_text(channel: Channel, text: bytes) -> None:
    """Raises MailFault for what would unpack to any size, before a parser has it. A document type, which SOAP 1.1 3
    forbids, could hide behind another encoding than the one that Exchange writes."""
    if not text:
        return
    encoding = _ENCODING.match(text[:200].removeprefix(b"\xef\xbb\xbf"))
    if not _BEGINNING.match(text[:100]) or (encoding and encoding.group(1).lower() not in (b"utf-8", b"us-ascii")):
        raise channel.fault(ProblemCode.PROTOCOL_ERROR, "no XML in UTF-8", own_words=True)
    if b"<!DOCTYPE" in text:
        raise channel.fault(ProblemCode.PROTOCOL_ERROR, "a document type, which SOAP forbids", own_words=True)
    if text.count(b"<") + text.count(b"=") > _MARKS:
        raise channel.fault(ProblemCode.ANSWER_TOO_LARGE)


class _NoPool(HTTPConnectionPool):
    """Nothing goes out without TLS."""

    def _new_conn(self) -> Any:
        raise RuntimeError("plain HTTP")


_CODES = {
    403: ProblemCode.LOGIN_DISABLED,  # EWS is closed to this account or this program
    404: ProblemCode.NO_EWS,
    405: ProblemCode.NO_EWS,
    410: ProblemCode.NO_EWS,
    413: ProblemCode.MESSAGE_TOO_LARGE,
    429: ProblemCode.THROTTLED,
    456: ProblemCode.LOGIN_DISABLED,  # the account is blocked
}


def _judge(channel: Channel, status: int, headers: Mapping[str, str]) -> None:
    """Raises MailFault unless the answer may be SOAP: 200, or the 500 with which faults come (SOAP 1.1 6.2)."""
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise channel.fault(
            ProblemCode.PROTOCOL_ERROR, f"packed as {headers['Content-Encoding']}, unasked", own_words=True
        )
    if status in (200, 500) and "xml" in headers.get("Content-Type", "").lower():
        return
    if status == 401:
        offered = headers.get("WWW-Authenticate", "")
        if offered and "basic" not in offered.lower():
            raise channel.fault(ProblemCode.LOGIN_DISABLED, f"401, offers {offered}")
        raise channel.fault(ProblemCode.WRONG_CREDENTIALS, "401")
    if 300 <= status < 400:
        raise channel.fault(ProblemCode.NO_EWS, f"{status}, leads to {headers.get('Location', 'nowhere')}")
    if status == 200:
        raise channel.fault(ProblemCode.NO_EWS, f"200 {headers.get('Content-Type', '')}")
    code = _CODES.get(status, ProblemCode.SERVER_BUSY if status >= 500 else ProblemCode.PROTOCOL_ERROR)
    raise channel.fault(code, str(status), retry_after(headers.get("Retry-After", "")))
