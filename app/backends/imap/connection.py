"""IMAPClient on a `Wire`: the library's commands and parsers, our time limits, size limits and TLS. Used by this room.

What the library does that does not fit is replaced here: its short reads at the end of a connection count as answers,
its line limit of 1 MB is less than one SEARCH answer of a large folder, its log may hold passwords.
"""

from __future__ import annotations

import ast
import imaplib
import re
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

from imapclient import IMAPClient, exceptions

from app.backends.deflated import Deflated
from app.backends.imap.answers import refusal_code, retry_after
from app.backends.wire import Wire
from app.domain.errors import MailFault
from app.domain.problems import ProblemCode

ANSWER_LIMIT = 1 << 20  # bytes of everything that answers one command, where no more is expected


class Outstanding(Protocol):
    """Who has asked for something of which the answer is still on its way."""

    def settle(self) -> None:
        """Reads it all."""
        ...


class _Imap4(imaplib.IMAP4):
    """imaplib's conversation over a wire that is connected already."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.answer_limit = ANSWER_LIMIT
        self.keep_limit = ANSWER_LIMIT  # a literal that is longer is read and thrown away: it becomes b""
        self.round_trip: float | None = None  # seconds; the shortest time from a command to the line that followed
        self._sent_at: float | None = None
        super().__init__(wire.endpoint.host, wire.endpoint.port)

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = self._wire  # type: ignore[assignment]  # has what is called on it

    def read(self, size: int) -> bytes:
        if size > self.answer_limit:
            raise self._wire.fault(ProblemCode.ANSWER_TOO_LARGE)
        if size > self.keep_limit:
            self._wire.skip(size)
            return b""
        return self._wire.read(size)

    def readline(self) -> bytes:
        line = self._wire.readline()  # no longer than what is allowed to come in
        if self._sent_at is not None:
            took = time.perf_counter() - self._sent_at
            self.round_trip = took if self.round_trip is None else min(took, self.round_trip)
            self._sent_at = None
        return line if line.endswith(b"\r\n") else line[:-1] + b"\r\n"  # a lone LF is forgiven

    def _get_capabilities(self) -> None:
        """From the greeting, where it tells them (RFC 3501 7.1): to ask would cost a round trip."""
        told = self.untagged_responses.pop("CAPABILITY", None)
        if told and isinstance(told[-1], bytes) and told[-1].strip():
            self.capabilities = tuple(told[-1].decode("ascii").upper().split())
        else:
            super()._get_capabilities()  # type: ignore[misc]  # not in the stubs

    def _get_response(self) -> Any:
        answer = super()._get_response()  # type: ignore[misc]  # not in the stubs
        if self.state != "LOGOUT":
            self._check_bye()  # while it waits for a "+", imaplib does not look
        return answer

    def send(self, data: Any) -> None:
        self._wire.allow(self.answer_limit)
        self._wire.sendall(data)
        self._sent_at = time.perf_counter()

    def shutdown(self) -> None:
        self._wire.close()

    def _log(self, line: str) -> None:
        """imaplib keeps the last commands for a debug print; they may hold a password."""


class Client(IMAPClient):  # type: ignore[misc]  # the library has no types
    """`wire` is connected, and has the greeting still to be read. Errors come as MailFault, inside `talking()`."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        try:
            with _translated(wire):
                super().__init__(wire.endpoint.host, wire.endpoint.port, ssl=False)
        except _Refused as refusal:
            raise refusal.fault from refusal.__cause__
        self._imap.debug = 0  # no text of the conversation in logs, and no time spent on preparing it
        self.normalise_times = False
        self.outstanding: Outstanding | None = None

    def _create_IMAP4(self) -> _Imap4:
        return _Imap4(self.wire)

    @contextmanager
    def talking(
        self,
        refused: ProblemCode = ProblemCode.PROTOCOL_ERROR,
        *,
        expecting: int = ANSWER_LIMIT,
        by: Outstanding | None = None,
    ) -> Iterator[None]:
        """Around commands: library errors become MailFault. `refused`: what a plain NO means here. `expecting`: bytes
        that the server may answer each of them with; more is ANSWER_TOO_LARGE. After anything but a
        plain refusal the conversation cannot be trusted, and the wire is closed. What others than `by` are waiting for
        is read first."""
        if self.wire.closed:
            raise self.wire.fault(ProblemCode.CONNECTION_LOST)
        if self.outstanding is not None and self.outstanding is not by:
            self.outstanding.settle()
        self._imap.answer_limit = expecting
        try:
            with _translated(self.wire, refused):
                yield
        except _Refused as refusal:
            raise refusal.fault from refusal.__cause__
        except BaseException:
            self.wire.close()
            raise

    @property
    def imap(self) -> Any:
        return self._imap

    def ask_for_tls(self) -> None:
        """STARTTLS up to the server's OK (RFC 3501 6.2.1)."""
        with self.talking(ProblemCode.TLS_NOT_OFFERED):
            if b"STARTTLS" not in {c.upper() for c in self.capabilities()}:
                raise self.wire.fault(ProblemCode.TLS_NOT_OFFERED)
            status, data = self._imap._simple_command("STARTTLS")
            self._checkok("starttls", status, data)

    def forget_plain_answers(self) -> None:
        """After the handshake: nothing that came before it counts (RFC 3501 6.2.1)."""
        self._imap.untagged_responses = {}
        self._imap.tagged_commands = {}
        self._cached_capabilities = None
        with self.talking():
            self._imap._get_capabilities()  # `capabilities()` gives these until the sign-in brings new ones

    def authenticate_at_once(self, mechanism: str, first: bytes) -> None:
        """AUTHENTICATE with what the client says first in the command itself (RFC 4959). Inside of `talking()`."""
        imap = self._imap
        tag = imap._new_tag()
        imap.send(b"%s AUTHENTICATE %s %s\r\n" % (tag, mechanism.encode(), b64encode(first) or b"="))
        status, data = imap._command_complete("AUTHENTICATE", tag)
        self._checkok("authenticate", status, data)
        imap.state = "AUTH"

    def compress(self) -> None:
        """COMPRESS=DEFLATE (RFC 4978) from now on, where the server offers it and consents."""
        if b"COMPRESS=DEFLATE" not in {c.upper() for c in self.capabilities()} or self.wire.nearest_layer is Deflated:
            return
        try:
            with self.talking():
                # not `_simple_command`: imaplib does not know it
                tag = self._imap._new_tag()
                self._imap.send(tag + b" COMPRESS DEFLATE\r\n")
                status, data = self._imap._command_complete("COMPRESS", tag)
                self._checkok("compress", status, data)
                self.wire.put_layer(Deflated)
        except MailFault:
            if self.wire.closed:
                raise

    def pop(self, name: str) -> list[Any]:
        """Untagged answers of a kind since they were last asked for: imaplib collects them without end."""
        popped: list[Any] = self._imap.untagged_responses.pop(name, None) or []
        return popped


class _Refused(Exception):
    """A tagged NO or BAD: the conversation itself is in order."""

    def __init__(self, fault: MailFault) -> None:
        self.fault = fault


@contextmanager
def _translated(wire: Wire, refused: ProblemCode = ProblemCode.PROTOCOL_ERROR) -> Iterator[None]:
    try:
        yield
    except (imaplib.IMAP4.abort, ssl.SSLError) as error:
        # BYE, or an answer that imaplib cannot place
        code = ProblemCode.PROTOCOL_ERROR if "unexpected" in str(error) else ProblemCode.CONNECTION_LOST
        says = _bare(str(error))
        raise _fault(wire, says, code) from _presentable(wire, error, says)
    except exceptions.ProtocolError as error:
        raise wire.fault(ProblemCode.PROTOCOL_ERROR, str(error), own_words=True) from error
    except (imaplib.IMAP4.error, exceptions.IMAPClientError) as error:
        says = _bare(str(error))
        raise _Refused(_fault(wire, says, refused)) from _presentable(wire, error, says)
    except (ValueError, IndexError, KeyError, TypeError, ArithmeticError, RecursionError, AssertionError) as error:
        # the library's parsers on what is no IMAP
        raise wire.fault(ProblemCode.PROTOCOL_ERROR, str(error), own_words=True) from error


def _presentable(wire: Wire, error: Exception, says: str) -> Exception | None:
    """The library's error as a cause, unless the server repeated a secret in it."""
    return None if wire.redactor.holds_secret(says) else error


# what imaplib and IMAPClient put around the server's own words
_WRAPPING = re.compile(
    r"^(?:command: \w+ => |[\w ]+ failed: |\w+ command error: (?:BAD|NO) |socket error: |unexpected \w+ ?\w*: )+"
)


def _bare(text: str) -> str:
    """The server's words; imaplib gives those of BAD as the list of bytes that it holds."""
    text = _WRAPPING.sub("", text)
    try:
        value = ast.literal_eval(text) if text.startswith(("[b", "b'", 'b"')) else text
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    value = value[-1] if isinstance(value, list) and value else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else text


def _fault(wire: Wire, says: str, default: ProblemCode) -> MailFault:
    problem = wire.fault(refusal_code(says, default), says).problem
    return MailFault(replace(problem, retry_after=retry_after(says)))
