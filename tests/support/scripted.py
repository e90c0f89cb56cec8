"""A server that plays a script, for what no real server does: odd greetings, half answers, cuts at a chosen byte."""

from __future__ import annotations

import contextlib
import itertools
import socket
import ssl
import threading
from collections.abc import Callable

from tests.support.fault_proxy import reset


class Talk:
    """One connection, from the server's side. Lines end with CRLF on the wire and have none here."""

    def __init__(self, connection: socket.socket, context: ssl.SSLContext | None, stopping: threading.Event) -> None:
        self._connection, self._context, self._stopping = connection, context, stopping
        self._waiting = b""
        self.heard: list[str] = []
        self.received = bytearray()  # everything that the client said, in or out of lines
        self.sent = 0  # bytes that the client took, or the system took for it

    def say(self, *lines: str) -> None:
        self.raw("".join(f"{line}\r\n" for line in lines).encode())

    def raw(self, data: bytes) -> None:
        self._connection.sendall(data)
        self.sent += len(data)

    def flood(self, data: bytes, most: int = 1 << 30) -> None:
        """The same again and again, until the client has had enough."""
        block = data * max(1, (1 << 14) // len(data))
        with contextlib.suppress(OSError):
            while self.sent < most and not self._stopping.is_set():
                self.raw(block)

    def drip(self, data: bytes, pause: float = 0.05) -> None:
        """A byte now and then, from the beginning again at the end, until the client has had enough."""
        with contextlib.suppress(OSError):
            for byte in itertools.cycle(data):
                if self._stopping.wait(pause):
                    return
                self.raw(bytes([byte]))

    def _receive(self) -> bytes:
        data = self._connection.recv(65536)
        self.received += data
        return data

    def hear(self) -> str:
        """The next line of the client; "" when it has gone."""
        while b"\r\n" not in self._waiting:
            data = self._receive()
            if not data:
                return ""
            self._waiting += data
        line, _, self._waiting = self._waiting.partition(b"\r\n")
        self.heard.append(line.decode("utf-8", "replace"))
        return self.heard[-1]

    def hear_bytes(self, count: int) -> bytes:
        while len(self._waiting) < count and (data := self._receive()):
            self._waiting += data
        taken, self._waiting = self._waiting[:count], self._waiting[count:]
        return taken

    def hear_message(self) -> bytes:
        """What an SMTP client sends after 354, without the final dot."""
        while b"\r\n.\r\n" not in self._waiting and (data := self._receive()):
            self._waiting += data
        message, _, self._waiting = self._waiting.partition(b"\r\n.\r\n")
        return message + b"\r\n"

    def start_tls(self) -> None:
        assert self._context is not None
        secure = self._context.wrap_socket(self._connection, server_side=True, do_handshake_on_connect=False)
        self._connection = secure  # before the handshake: it may fail, and is closed all the same
        secure.do_handshake()

    def expect(self, word: str) -> str:
        """Hears a line that has to hold `word`; gives its first word (the tag of an IMAP command)."""
        line = self.hear()
        if not line:
            raise ConnectionResetError(f"the client went away before {word!r}")
        assert word.lower() in line.lower(), f"expected {word!r}, heard {line!r}"
        return line.split(" ", 1)[0]

    def answer(self, word: str, *untagged: str, status: str = "OK done") -> None:
        """An IMAP command: hears it, sends untagged lines and the tagged result."""
        tag = self.expect(word)
        self.say(*untagged, f"{tag} {status}")

    def imap_login(self, capabilities: str = "IMAP4rev1 IDLE UIDPLUS") -> None:
        """Greeting, capabilities and a login that passes."""
        self.say(f"* OK [CAPABILITY {capabilities}] ready")
        while "login" not in (line := self.hear()).lower() and "authenticate" not in line.lower():
            if not line:
                return
            self.say(f"* CAPABILITY {capabilities}", f"{line.split()[0]} OK done")
        tag = line.split()[0]
        if "authenticate" in line.lower() and len(line.split()) == 3:
            self.say("+ ")
            self.hear()
        self.say(f"{tag} OK [CAPABILITY {capabilities}] logged in")

    def smtp_login(self, *extensions: str) -> None:
        """Greeting, EHLO, AUTH PLAIN that passes."""
        self.say("220 mail.example.com ESMTP")
        self.expect("EHLO")
        lines = ["mail.example.com", "AUTH PLAIN LOGIN", *(extensions or ("8BITMIME", "SIZE 10000000"))]
        self.say(*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}")
        if len(self.hear().split()) == 2:
            self.say("334 ")
            self.hear()
        self.say("235 2.7.0 signed in")

    def wait(self) -> None:
        """Says nothing more, and holds the connection until the client takes its leave or the server is stopped."""
        self._connection.settimeout(0.1)
        while not self._stopping.is_set():
            try:
                data = self._receive()
                if not data or b" LOGOUT\r\n" in data or data.lower().endswith(b"quit\r\n"):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def cut(self) -> None:
        """Connection reset."""
        reset(self._connection)

    def close(self) -> None:
        try:
            if isinstance(self._connection, ssl.SSLSocket):
                self._connection = self._connection.unwrap()
        except (OSError, ValueError):
            pass
        self._connection.close()


class ScriptedServer:
    """Plays `script` on each connection (a list: one script a connection, the last one for all that follow).

    `context`: certificate for TLS; with `implicit_tls` from the first byte, otherwise when
    the script calls `start_tls()`.
    A failed `expect` is raised when the server is left; a client that goes away in mid-script is not a failure."""

    def __init__(
        self,
        *scripts: Callable[[Talk], None],
        context: ssl.SSLContext | None = None,
        implicit_tls: bool = True,
    ) -> None:
        self._scripts, self._context = scripts, context
        self._implicit = implicit_tls and context is not None
        self.talks: list[Talk] = []
        self._failures: list[AssertionError] = []
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def __enter__(self) -> ScriptedServer:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads.append(threading.Thread(target=self._accept, daemon=True))
        self._threads[0].start()
        return self

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(len(self.talks), len(self._scripts) - 1)]
            connection.settimeout(20)
            talk = Talk(connection, self._context, self._stopping)
            self.talks.append(talk)
            thread = threading.Thread(target=self._play, args=(talk, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, talk: Talk, script: Callable[[Talk], None]) -> None:
        try:
            if self._implicit:
                talk.start_tls()
            script(talk)
        except OSError:
            pass  # the client has gone, or never spoke TLS
        except AssertionError as failure:
            self._failures.append(failure)
        finally:
            talk.close()

    def __exit__(self, kind: object, *_: object) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
        if self._failures and kind is None:
            raise self._failures[0]
