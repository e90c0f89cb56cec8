"""Connections to mail servers: name look-up, TCP, TLS in place, reads and writes that end. Used by `imap` and `smtp`.

A `Wire` stands where imaplib and smtplib expect a socket. Every wait on it has a time limit and looks at the caller's
cancel event five times a second; what goes wrong is raised as MailFault (or Cancelled), which those libraries let
through.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.backends.server_text import Redactor
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import Endpoint
from app.domain.problems import CertificateFacts, Problem, ProblemCode

SLICE = 0.2  # seconds between two looks at the cancel event
_CHUNK = 1 << 16
_T = TypeVar("_T")


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `connect`: name look-up and TCP. `read`: silence within a conversation. `final_answer`: between the end
    of a message and the server's verdict on it, which may come after its scanners (RFC 5321 4.5.3.2.6 allows more)."""

    connect: float = 10.0
    read: float = 30.0
    final_answer: float = 120.0


class Wire:
    """One connection. Not safe for use by two threads at once.

    `allowance`: bytes that may still come in before the peer is taken for a flood; see `allow`. `grace`: seconds that a
    wait goes on after a cancel."""

    def __init__(
        self, sock: socket.socket, endpoint: Endpoint, read_timeout: float, cancel: threading.Event | None = None
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._buffer = bytearray()
        self.cancel = cancel
        self._cancelled_at: float | None = None
        self.endpoint = endpoint
        self.read_timeout = read_timeout
        self.grace = 0.0
        self.allowance = 1 << 20
        self.redactor = Redactor()
        self.closed = False

    # -- faults

    def fault(
        self, code: ProblemCode, says: str | bytes = "", certificate: CertificateFacts | None = None
    ) -> MailFault:
        """A MailFault of this server. `says` is cleaned and loses what is secret."""
        text = self.redactor.clean(says)
        return MailFault(Problem(code, self.endpoint.host, self.endpoint.port, text, certificate=certificate))

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

    def _until_done(self, operation: Callable[[], _T], timeout: float, *, write: bool = False) -> _T:
        """Runs a non-blocking operation again and again until it gets through. `write`: what a plain socket lacks when
        it would block; TLS says by itself."""
        deadline = time.monotonic() + timeout
        while True:
            self._look_at_cancel()
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
        """The most that the peer may send from now on; more ends the connection with ANSWER_TOO_LARGE."""
        self.allowance = count

    @property
    def buffered(self) -> int:
        """Bytes that came in and were not read yet, without what TLS still holds."""
        return len(self._buffer)

    def _fill(self, timeout: float | None = None) -> None:
        try:
            data = self._until_done(lambda: self._sock.recv(_CHUNK), self.read_timeout if timeout is None else timeout)
        except ssl.SSLError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST, _ssl_reason(error)) from error
        except OSError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST) from error
        if not data:
            raise self.fault(ProblemCode.CONNECTION_LOST)
        self._accept(data)

    def _accept(self, data: bytes) -> None:
        self.allowance -= len(data)
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

    # -- writing

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        left = memoryview(bytes(data))
        try:
            while left:
                piece = left[: 1 << 18]
                left = left[self._until_done(lambda: self._sock.send(piece), self.read_timeout, write=True) :]  # noqa: B023
        except ssl.SSLError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST, _ssl_reason(error)) from error
        except OSError as error:
            raise self.fault(ProblemCode.CONNECTION_LOST) from error

    # -- TLS

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Handshake in place. Raises ssl.SSLError as it comes, for the caller to judge, and MailFault for silence and
        loss. Bytes that came before it are a forgery or another protocol, never part of the conversation."""
        if self._buffer:
            raise self.fault(ProblemCode.TLS_FAILED, "data came before TLS was up")
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


def open_socket(endpoint: Endpoint, timeouts: Timeouts, cancel: threading.Event | None = None) -> Wire:
    """TCP to the first of the host's addresses that answers. MailFault: HOST_NOT_FOUND, CONNECTION_REFUSED,
    CONNECT_TIMEOUT, NETWORK_DOWN."""
    deadline = time.monotonic() + timeouts.connect
    addresses = _look_up(endpoint, deadline, cancel)
    last: MailFault | None = None
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        left = deadline - time.monotonic()
        # a silent first address (IPv6 that leads nowhere) must leave time for the others
        share = left if position == len(addresses) - 1 else left / 2
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            last = _connect_fault(endpoint, error.errno or 0)
            continue
        try:
            _connect(sock, address, endpoint, max(share, 0.05), cancel)
        except MailFault as fault:
            sock.close()
            last = fault
        except BaseException:
            sock.close()
            raise
        else:
            _keep_alive(sock)
            return Wire(sock, endpoint, timeouts.read, cancel)
    raise last or MailFault(Problem(ProblemCode.HOST_NOT_FOUND, endpoint.host, endpoint.port))


_AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]  # the address as `connect` wants it


def _look_up(endpoint: Endpoint, deadline: float, cancel: threading.Event | None) -> list[_AddressInfo]:
    host = bare_host(endpoint.host)
    not_found = MailFault(Problem(ProblemCode.HOST_NOT_FOUND, endpoint.host, endpoint.port))
    if not host or not 0 < endpoint.port < 65536:
        raise not_found
    found: list[list[_AddressInfo]] = []
    done = threading.Event()

    def ask() -> None:
        try:
            # a name that is no name (a label of more than 63 characters) is a UnicodeError
            found.append([*socket.getaddrinfo(host, endpoint.port, type=socket.SOCK_STREAM)])
        except (OSError, UnicodeError):
            pass
        finally:
            done.set()

    # getaddrinfo can neither be given a time limit nor be interrupted; the thread ends when the resolver gives up
    threading.Thread(target=ask, name="name look-up", daemon=True).start()
    while not done.wait(SLICE / 4):
        if cancel is not None and cancel.is_set():
            raise Cancelled(host)
        if time.monotonic() > deadline:
            break
    if not found or not found[0]:
        raise not_found
    return found[0]


def _connect(
    sock: socket.socket, address: Any, endpoint: Endpoint, timeout: float, cancel: threading.Event | None
) -> None:
    sock.setblocking(False)
    deadline = time.monotonic() + timeout
    number = sock.connect_ex(address)
    while number in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY):
        if cancel is not None and cancel.is_set():
            raise Cancelled(endpoint.host)
        left = deadline - time.monotonic()
        if left <= 0:
            raise _connect_fault(endpoint, errno.ETIMEDOUT)
        if wait_for_socket(sock, min(left, SLICE), write=True):
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if number:
        raise _connect_fault(endpoint, number)


_CONNECT_CODES = {
    errno.ECONNREFUSED: ProblemCode.CONNECTION_REFUSED,
    errno.ECONNRESET: ProblemCode.CONNECTION_REFUSED,
    errno.ETIMEDOUT: ProblemCode.CONNECT_TIMEOUT,
}


def _connect_fault(endpoint: Endpoint, number: int) -> MailFault:
    # the rest (no route, no interface, no such family, forbidden by a firewall) is this side's network
    code = _CONNECT_CODES.get(number, ProblemCode.NETWORK_DOWN)
    return MailFault(Problem(code, endpoint.host, endpoint.port))


def _keep_alive(sock: socket.socket) -> None:
    """A peer that vanished (sleep, another network) is noticed in about two minutes, also where nothing is sent."""
    with contextlib.suppress(OSError):  # closed already, on some systems
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _ssl_reason(error: ssl.SSLError) -> str:
    return (error.reason or "").replace("_", " ").lower()
