"""One connection to a mail server, as imaplib and smtplib see a socket. Made by `transport`, used by `imap` and `smtp`.

Every wait on it has a time limit and looks at the caller's cancel event five times a second; so has every answer as a
whole, for a peer that sends a byte now and then is never silent. What goes wrong is raised as MailFault (or Cancelled),
which those libraries let through.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import Endpoint
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.domain.redaction import Redactor

SLICE = 0.2  # seconds between two looks at the cancel event
_CHUNK = 1 << 16
_AT_ONCE = 1 << 18  # bytes that are taken in without a look at them: TLS gives 16 kB a time
_SLOWEST = 4096  # bytes a second below which a line is of no use, and a peer is only keeping us
_T = TypeVar("_T")


class Wire:
    """One connection. Not safe for use by two threads at once.

    `allowance`: bytes that may still come in before the peer is taken for a flood; see `allow`. `answer_timeout`:
    seconds for one question and its whole answer, and one more for every 4 kB that moved; see `start_clock`. `grace`:
    seconds that a wait goes on after a cancel."""

    def __init__(
        self,
        sock: socket.socket,
        endpoint: Endpoint,
        read_timeout: float,
        cancel: threading.Event | None = None,
        answer_timeout: float = 90.0,
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._buffer = bytearray()
        self.cancel = cancel
        self._cancelled_at: float | None = None
        self.endpoint = endpoint
        self.read_timeout = read_timeout
        self.answer_timeout = answer_timeout
        self.start_clock()
        self.grace = 0.0
        self.allowance = 1 << 20
        self.received = 0  # bytes in all, without what TLS adds
        self.redactor = Redactor()
        self.closed = False

    # -- faults

    def fault(
        self,
        code: ProblemCode,
        says: str | bytes = "",
        certificate: CertificateFacts | None = None,
        *,
        own_words: bool = False,
    ) -> MailFault:
        """A MailFault of this server. `says` is cleaned and loses what is secret; `own_words`: not said by the server."""
        text, host, port = self.redactor.clean(says), self.endpoint.host, self.endpoint.port
        return MailFault(Problem(code, host, port, text, certificate=certificate, own_words=own_words))

    def _look_at_cancel(self) -> None:
        if self.cancel is None or not self.cancel.is_set():
            return
        now = time.monotonic()
        self._cancelled_at = self._cancelled_at or now
        if now - self._cancelled_at >= self.grace:
            raise Cancelled(f"{self.endpoint.host}:{self.endpoint.port}")

    @property
    def cancelled(self) -> bool:
        return self.cancel is not None and self.cancel.is_set()

    # -- waiting

    def start_clock(self) -> None:
        """A new question, or something new that is waited for: all of it has to be over within `answer_timeout` (or
        `read_timeout`, where that is longer)."""
        self._began, self._moved = time.monotonic(), 0

    def _end_of_answer(self) -> float:
        return self._began + max(self.answer_timeout, self.read_timeout) + self._moved / _SLOWEST

    def _until_done(self, operation: Callable[[], _T], timeout: float, *, write: bool = False) -> _T:
        """Runs a non-blocking operation again and again until it gets through. `write`: what a plain socket lacks when
        it would block; TLS says by itself."""
        deadline = min(time.monotonic() + timeout, self._end_of_answer())
        while True:
            self._look_at_cancel()
            if time.monotonic() > self._end_of_answer():  # a peer that drips is never waited for
                raise self.fault(ProblemCode.READ_TIMEOUT)
            try:
                return operation()
            except BlockingIOError:
                wants_write = write
            except ssl.SSLWantReadError:
                wants_write = False
            except ssl.SSLWantWriteError:
                wants_write = True
            left = deadline - time.monotonic()
            if left <= 0:
                raise self.fault(ProblemCode.READ_TIMEOUT)
            wait_for_socket(self._sock, min(left, SLICE), write=wants_write)

    def readable(self, seconds: float) -> bool:
        """Whether there is something to read within that time, be it the end. Data is looked at, not the socket: TLS
        has messages of its own that wake a socket and bring no data (session tickets)."""
        deadline = time.monotonic() + seconds
        while not self._buffer:
            self._look_at_cancel()
            try:
                data = self._sock.recv(_CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                wait_for_socket(self._sock, min(left, SLICE))
            except OSError:
                return True  # the next read says what happened
            else:
                if not data:
                    return True
                self._accept(data)
        return True

    # -- reading

    def allow(self, count: int) -> None:
        """Before a question: the most that the peer may send from now on; more ends the connection with ANSWER_TOO_LARGE.
        Starts the clock."""
        self.allowance = count
        self.start_clock()

    @property
    def buffered(self) -> int:
        """Bytes that came in and were not read yet, without what TLS still holds."""
        return len(self._buffer)

    def _fill(self, timeout: float | None = None) -> None:
        try:
            data = self._until_done(lambda: self._sock.recv(_CHUNK), self.read_timeout if timeout is None else timeout)
        except ssl.SSLError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST, _ssl_reason(error), own_words=True) from error
        except OSError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST) from error
        if not data:
            raise self.fault(ProblemCode.CONNECTION_LOST)
        self._accept(data)

    def _accept(self, data: bytes) -> None:
        self.received += len(data)
        self.allowance -= len(data)
        self._moved += len(data)
        if self.allowance < 0:
            raise self.fault(ProblemCode.ANSWER_TOO_LARGE)
        self._buffer += data

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def peek_line(self, limit: int = 4096, timeout: float | None = None) -> bytes:
        """The first line that comes, left to be read again; cut at `limit`."""
        while b"\n" not in self._buffer and len(self._buffer) < limit:
            self._fill(timeout)
        return bytes(self._buffer[:limit]).split(b"\n", 1)[0].rstrip(b"\r")

    def readline(self, limit: int = -1) -> bytes:
        """Up to and with the next line feed, or `limit` bytes."""
        searched = 0
        while True:
            end = self._buffer.find(b"\n", searched) + 1
            if 0 <= limit < (end or len(self._buffer)):
                return self._take(limit)
            if end:
                return self._take(end)
            searched = len(self._buffer)
            self._fill()

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        while len(self._buffer) < size:
            self._fill()
        return self._take(size)

    def skip(self, size: int) -> None:
        """Reads `size` bytes and keeps none."""
        while size > len(self._buffer):
            size -= len(self._buffer)
            self._buffer.clear()
            self._fill()
        del self._buffer[:size]

    def waiting(self) -> bytes:
        """A copy of all that came in and was not read yet; see `drop` and `wait_for_more`."""
        return bytes(self._buffer)

    def drop(self, size: int) -> None:
        """Takes the first `size` bytes of `waiting` as read."""
        del self._buffer[:size]

    def wait_for_more(self) -> None:
        """Until at least one more byte has come in; what else is here by then, up to a limit, comes with it."""
        self._fill()
        while len(self._buffer) < _AT_ONCE:
            try:
                data = self._sock.recv(_CHUNK)
            except OSError:  # nothing more yet, or the end: the next wait says which
                return
            if not data:
                return
            self._accept(data)

    def read_to_end(self) -> bytes:
        """All that comes until the peer closes; a connection that is lost looks the same."""
        try:
            while True:
                self._fill()
        except MailFault as fault:
            if fault.problem.code is not ProblemCode.CONNECTION_LOST:
                raise
        return self._take(len(self._buffer))

    # -- writing

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        left = memoryview(bytes(data))
        try:
            while left:
                piece = left[: 1 << 18]
                count = self._until_done(lambda: self._sock.send(piece), self.read_timeout, write=True)  # noqa: B023
                self._moved += count
                left = left[count:]
        except ssl.SSLError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST, _ssl_reason(error), own_words=True) from error
        except OSError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST) from error

    # -- TLS

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Handshake in place. Raises ssl.SSLError as it comes, for the caller to judge, and MailFault for silence and
        loss. Bytes that came before it are a forgery or another protocol, never part of the conversation."""
        if self._buffer:
            raise self.fault(ProblemCode.TLS_FAILED, "data came before TLS was up", own_words=True)
        if not self.endpoint.host.isascii():  # `ssl` would ask for the certificate of another name
            raise self.fault(ProblemCode.HOST_NOT_FOUND)
        try:
            with contextlib.suppress(BlockingIOError):
                # wrap_socket() leaves a socket behind when it finds the connection reset
                self._sock.recv(1, socket.MSG_PEEK)
            self._sock = context.wrap_socket(
                self._sock, server_hostname=bare_host(self.endpoint.host).rstrip("."), do_handshake_on_connect=False
            )
            self._until_done(self._sock.do_handshake, self.read_timeout)
        except ssl.SSLError:
            raise
        except OSError as error:  # reset in mid-handshake
            raise self.fault(ProblemCode.CONNECTION_LOST) from error

    def put_layer(self, layer: Callable[[socket.socket, bytes], Any]) -> None:
        """From now on the conversation goes through what `layer` makes of the socket, and of the bytes that came in
        already."""
        self._sock = layer(self._sock, self._take(len(self._buffer)))

    @property
    def nearest_layer(self) -> type:
        """What the conversation goes through at its nearest end."""
        return type(self._sock)

    @property
    def tls_version(self) -> str:
        """Such as "TLS 1.3"; empty before the handshake."""
        version = self._sock.version() if isinstance(self._sock, ssl.SSLSocket) else None
        return (version or "").replace("TLSv", "TLS ")

    def peer_certificate(self) -> bytes:
        """DER; empty without TLS."""
        der = self._sock.getpeercert(binary_form=True) if isinstance(self._sock, ssl.SSLSocket) else None
        return der or b""

    # -- what imaplib, smtplib and IMAPClient call on a socket

    def makefile(self, mode: str = "rb") -> Wire:
        return self

    def settimeout(self, value: float | None) -> None:
        """The libraries' own wishes are not needed: `read_timeout` rules."""

    def fileno(self) -> int:
        return self._sock.fileno()

    def shutdown(self, how: int = socket.SHUT_RDWR) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True
        self._sock.close()


def wait_for_socket(sock: socket.socket, seconds: float, *, write: bool = False) -> bool:
    """Whether it became ready. `poll` where there is one: `select` ends at file number 1,024."""
    if sock.fileno() < 0:
        return True  # closed: the next operation says so
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLOUT if write else select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    readable, writable, _ = select.select([] if write else [sock], [sock] if write else [], [], seconds)
    return bool(readable or writable)


def bare_host(host: str) -> str:
    """Without the brackets of an IPv6 literal."""
    host = host.strip()
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _ssl_reason(error: ssl.SSLError) -> str:
    return (error.reason or "").replace("_", " ").lower()
