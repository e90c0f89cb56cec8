"""A proxy that sees the conversation (it ends TLS on both sides) and does one thing wrong at one step of it.

A step is a whole answer or command: a line with its literals in IMAP, a reply with all its lines or a whole message in
SMTP. Used by the fault tests and the soak.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from tests.support.authority import Issued
from tests.support.fault_proxy import reset

LATE = 0.12  # seconds
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_HEADER = re.compile(rb"BODY\[HEADER\.FIELDS[^\]]*\]", re.IGNORECASE)
_BODY = re.compile(rb"BODY\[\](?:<\d+>)? \{(\d+)\}\r\n", re.IGNORECASE)


class Fault(Enum):
    """CUT: reset instead of this step. HALF: reset after half of its bytes. END: closed in good order after it. TWICE: it
    comes a second time. LATE: it takes a moment. STALL: from here on nothing passes, and nobody hangs up."""

    CUT = "cut"
    HALF = "half"
    END = "end"
    TWICE = "twice"
    LATE = "late"
    STALL = "stall"


@dataclass(frozen=True)
class Step:
    """`sent`: by the program. `text`: how it begins."""

    number: int
    connection: int
    sent: bool
    text: str

    def __str__(self) -> str:
        return f"{self.number} {'>' if self.sent else '<'} {self.text}"


class StepProxy:
    """`arm(number, fault)` sets the one fault that comes; `fired` says that it came. `on_step` is called with each step
    before it passes (the soak kills the program there). `bodies`: whole messages, or beginnings of them, that the server
    gave away; `headers`: of how many messages it gave fields of the header, each time counted. `damaged`: the server
    hangs up when it comes upon an answer that holds one of these, as some do on damaged messages; `hung_up` counts that.
    `refused`: what a command says that the IMAP server takes for bad. `calm()` goes back to passing everything else, and
    numbers steps from 0 again."""

    def __init__(self, port: int, certificate: Issued, *, protocol: str) -> None:
        self._target = ("127.0.0.1", port)
        self._imap = protocol == "imap"
        self._server_context = certificate.server_context()
        self._client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client_context.check_hostname = False
        self._client_context.verify_mode = ssl.CERT_NONE  # our own server on the loopback
        self._lock = threading.RLock()
        self._threads: list[threading.Thread] = []
        self._open: set[socket.socket] = set()
        self._stopped = False
        self._armed: tuple[int, Fault] | None = None
        self.steps: list[Step] = []
        self.bodies: list[bytes] = []
        self.headers = 0
        self.connections, self.fired = 0, threading.Event()
        self.damaged: set[bytes] = set()
        self.refused = b""
        self.hung_up = 0
        self.on_step: Callable[[Step], None] | None = None

    # -- knobs

    def arm(self, number: int, fault: Fault) -> None:
        with self._lock:
            self.steps.clear()
            self.fired.clear()
            self._armed = (number, fault)

    def calm(self) -> None:
        with self._lock:
            self._armed = None
            self.steps.clear()
            self.fired.clear()
            self.on_step = None

    @property
    def is_calm(self) -> bool:
        return self._armed is None and self.on_step is None

    def cut(self) -> None:
        """Whatever is open, now."""
        with self._lock:
            for connection in self._open:
                reset(connection)
            self._open.clear()

    # -- at work

    def __enter__(self) -> StepProxy:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(3)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
            self._start(self._serve, client, number)

    def _serve(self, client: socket.socket, number: int) -> None:
        opened: list[socket.socket] = [client]
        try:
            server = socket.create_connection(self._target, 5)
            opened.append(server)
            for one in opened:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.settimeout(5)
            secure_server = self._client_context.wrap_socket(server, do_handshake_on_connect=False)
            opened[1] = secure_server
            secure_server.settimeout(5)
            secure_server.do_handshake()
            secure_client = self._server_context.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            opened[0] = secure_client
            secure_client.do_handshake()
            with self._lock:
                self._open |= set(opened)
            _Link(self, secure_client, secure_server, number, imap=self._imap).run()
        except (OSError, ValueError):
            pass
        finally:
            with self._lock:
                self._open -= set(opened)
            for one in opened:
                with contextlib.suppress(OSError):
                    one.close()

    def _note(self, connection: int, sent: bool, unit: bytes) -> Fault | None:
        with self._lock:
            text = unit[:70].split(b"\r\n", 1)[0].decode("ascii", "replace")
            step = Step(len(self.steps), connection, sent, text)
            self.steps.append(step)
            if self._imap and not sent and any(mark in unit for mark in self.damaged):
                self.hung_up += 1
                return Fault.CUT
            if self._imap and not sent:
                self.headers += _HEADER.search(unit) is not None
                for found in _BODY.finditer(unit):
                    self.bodies.append(unit[found.end() : found.end() + int(found.group(1))])
            hook, armed = self.on_step, self._armed
            fault = None
            if armed is not None and step.number == armed[0]:
                fault, self._armed = armed[1], None
                self.fired.set()
        if hook is not None:
            hook(step)
        return fault

    @property
    def stopped(self) -> bool:
        return self._stopped


class _Link:
    def __init__(
        self, proxy: StepProxy, client: ssl.SSLSocket, server: ssl.SSLSocket, number: int, *, imap: bool
    ) -> None:
        self._proxy, self._client, self._server, self._number = proxy, client, server, number
        framing = (_imap_commands, _imap_answers) if imap else (self._smtp_commands, self._smtp_replies)
        self._framing = {True: framing[0], False: framing[1]}
        self._waiting = {True: bytearray(), False: bytearray()}
        self._content = False  # SMTP: the message itself comes
        self._imap = imap

    def run(self) -> None:
        pair = {self._client: True, self._server: False}
        while not self._proxy.stopped:
            ready = [s for s in pair if s.pending()] or select.select(list(pair), [], [], 0.2)[0]
            for source in ready:
                if not self._pump(source, pair[source]):
                    return

    def _pump(self, source: ssl.SSLSocket, sent: bool) -> bool:
        target = self._server if sent else self._client
        source.settimeout(0)
        try:
            data = source.recv(65536)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except ssl.SSLError:
            data = b""
        finally:
            with contextlib.suppress(OSError):
                source.settimeout(10)
        if not data:
            if self._waiting[sent]:
                target.sendall(bytes(self._waiting[sent]))
            return False
        self._waiting[sent] += data
        return all(self._forward(unit, sent, target) for unit in self._framing[sent](self._waiting[sent]))

    def _forward(self, unit: bytes, sent: bool, target: ssl.SSLSocket) -> bool:
        refused = self._proxy.refused
        if sent and self._imap and refused and refused in unit:
            unit = unit.replace(refused, refused.rstrip() + b"-NO ")  # nothing that the server knows
        match self._proxy._note(self._number, sent, unit):
            case Fault.CUT:
                return self._reset()
            case Fault.HALF:
                target.sendall(unit[: len(unit) // 2])
                return self._reset()
            case Fault.END:
                target.sendall(unit)
                return False
            case Fault.TWICE:
                target.sendall(unit + unit)
            case Fault.LATE:
                time.sleep(LATE)
                target.sendall(unit)
            case Fault.STALL:
                return self._stall()
            case _:
                target.sendall(unit)
        if not sent and not self._imap and unit.startswith(b"354"):
            self._content = True
        return True

    def _reset(self) -> bool:
        """What was handed on is still delivered: the other side's system has it. Then both ends go with RST."""
        reset(self._client)
        reset(self._server)
        return False

    def _stall(self) -> bool:
        """Until the program hangs up; the server then learns it, too."""
        while not self._proxy.stopped:
            readable, _, _ = select.select([self._client], [], [], 0.1)
            if readable:
                try:
                    if not self._client.recv(65536):
                        return False
                except OSError:
                    return False
        return False

    # -- framing

    def _smtp_commands(self, waiting: bytearray) -> Iterator[bytes]:
        while True:
            if self._content:
                end = waiting.find(b"\r\n.\r\n")
                if end < 0:
                    return
                self._content = False
                yield _take(waiting, end + 5)
            else:
                end = waiting.find(b"\r\n")
                if end < 0:
                    return
                yield _take(waiting, end + 2)

    def _smtp_replies(self, waiting: bytearray) -> Iterator[bytes]:
        place = 0
        while (end := waiting.find(b"\r\n", place)) >= 0:
            last = waiting[place + 3 : place + 4] != b"-"
            place = end + 2
            if last:
                yield _take(waiting, place)
                place = 0


def _imap_commands(waiting: bytearray) -> Iterator[bytes]:
    """A line that ends with a literal's length is a step of its own: the client waits for the server's "+"."""
    while (unit := _imap_unit(waiting, whole=False)) is not None:
        yield unit


def _imap_answers(waiting: bytearray) -> Iterator[bytes]:
    while (unit := _imap_unit(waiting, whole=True)) is not None:
        yield unit


def _imap_unit(waiting: bytearray, *, whole: bool) -> bytes | None:
    place = 0
    while (end := waiting.find(b"\r\n", place)) >= 0:
        place = end + 2
        literal = _LITERAL.search(waiting[max(0, place - 30) : place])
        if literal is None:
            return _take(waiting, place)
        if not whole and not literal.group(2):
            return _take(waiting, place)
        place += int(literal.group(1))
        if len(waiting) < place:
            return None
    return None


def _take(waiting: bytearray, count: int) -> bytes:
    unit = bytes(waiting[:count])
    del waiting[:count]
    return unit
