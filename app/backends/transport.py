"""Name look-up and TCP to mail servers, within time limits. Used by `secure`, and by `imap` and `smtp` for Timeouts."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from app.backends.wire import SLICE, Wire, bare_host, wait_for_socket
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import Endpoint
from app.domain.problems import Problem, ProblemCode

# Seconds that go on after a cancel, once a message is under way: a verdict that is nearly there is better than a doubt.
GRACE_AFTER_CANCEL = 0.8


@dataclass(frozen=True)
class Timeouts:
    """Seconds. `connect`: name look-up and TCP. `read`: silence within a conversation. `final_answer`: between the end
    of a message and the server's verdict on it, which may come after its scanners (RFC 5321 4.5.3.2.6 allows more).
    `answer`: a whole answer, however slowly it drips; a long one may take a second more for every 4 kB."""

    connect: float = 10.0
    read: float = 30.0
    final_answer: float = 120.0
    answer: float = 90.0


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
            return Wire(sock, endpoint, timeouts.read, cancel, timeouts.answer)
    raise last or MailFault(Problem(ProblemCode.HOST_NOT_FOUND, endpoint.host, endpoint.port))


_AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]  # the address as `connect` wants it


def _look_up(endpoint: Endpoint, deadline: float, cancel: threading.Event | None) -> list[_AddressInfo]:
    host = bare_host(endpoint.host)
    not_found = MailFault(Problem(ProblemCode.HOST_NOT_FOUND, endpoint.host, endpoint.port))
    # what is no name after all (see `domain.hosts`) is never left to the codec of `socket`, which makes another of it
    if not host or not host.isascii() or not 0 < endpoint.port < 65536:
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
