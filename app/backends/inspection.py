"""Looks at a server without signing in: its addresses, TLS, the certificates as it sends them, what it offers, its clock.
Used by the diagnosis of an inbox.

Nothing secret is sent, so nobody has to vouch for the certificate: it is shown, not judged."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from app.backends.certificates import certificate_facts
from app.backends.transport import Timeouts, open_socket
from app.backends.wire import Wire, bare_host
from app.domain.diagnosis import ServerFacts, Speaks
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.domain.problems import Problem, ProblemCode
from app.domain.redaction import Redactor

TIME_LIMIT = 15.0  # seconds for all of it, however slowly a server drips
_TIMEOUTS = Timeouts(connect=6.0, read=6.0)
_ALLOWANCE = 1 << 17  # bytes that a server may say
_LINES = 200
_MOST_CERTIFICATES = 10
# RFC 5322 3.3, as in "220 mail.example.com ESMTP ready at Mon, 3 Nov 2025 10:00:00 +0000"
_DATE = re.compile(rb"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d{2}:\d{2}:\d{2} (?:[+-]\d{4}|GMT|UTC)")


def look_at_server(
    endpoint: Endpoint, speaks: Speaks, cancel: threading.Event, redactor: Redactor | None = None, path: str = "/"
) -> ServerFacts:
    """Never raises MailFault: what ended the look is in the answer. `redactor` takes what is secret out of the server's
    words. `path`: of the HTTPS request. Raises Cancelled."""
    until = _Until(cancel, TIME_LIMIT)
    look = _Look(ServerFacts(endpoint, speaks), until, redactor or Redactor())
    try:
        look.take(path)
    except MailFault as fault:
        look.found(problem=fault.problem)
    except ssl.SSLError as error:
        reason = (error.reason or type(error).__name__).replace("_", " ").lower()
        look.found(problem=Problem(ProblemCode.TLS_FAILED, endpoint.host, endpoint.port, reason, own_words=True))
    except Cancelled:
        if cancel.is_set():
            raise
        look.found(problem=Problem(ProblemCode.READ_TIMEOUT, endpoint.host, endpoint.port))
    return look.facts


class _Until(threading.Event):
    """Set when the caller's event is, or when the time is over."""

    def __init__(self, cancel: threading.Event, seconds: float) -> None:
        super().__init__()
        self._cancel = cancel
        self._end = time.monotonic() + seconds

    def is_set(self) -> bool:
        return self._cancel.is_set() or time.monotonic() > self._end


class _Context(ssl.SSLContext):
    """Takes every certificate, and keeps what was sent."""

    sent: tuple[bytes, ...] = ()
    cipher_name = ""


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        if isinstance(self.context, _Context):
            self.context.sent = _chain_of(self)
            self.context.cipher_name = (self.cipher() or ("",))[0]


def _chain_of(sock: ssl.SSLSocket) -> tuple[bytes, ...]:
    """DER, the server's own first. Before Python 3.13 only the object behind the socket tells more than that one."""
    ask: Any = getattr(sock, "get_unverified_chain", None) or getattr(
        getattr(sock, "_sslobj", None), "get_unverified_chain", None
    )
    own = sock.getpeercert(binary_form=True)
    if ask is None:
        return (own,) if own else ()
    sent = (ask() or [])[:_MOST_CERTIFICATES]
    return tuple(c if isinstance(c, bytes) else ssl.PEM_cert_to_DER_cert(c.public_bytes()) for c in sent)


def _context() -> _Context:
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = _Socket
    return context


class _Look:
    def __init__(self, facts: ServerFacts, until: _Until, redactor: Redactor) -> None:
        self.facts = facts
        self._until = until
        self._redactor = redactor

    def found(self, **facts: Any) -> None:
        self.facts = replace(self.facts, **facts)

    def take(self, path: str) -> None:
        endpoint, speaks = self.facts.endpoint, self.facts.speaks
        began = time.monotonic()
        wire = open_socket(endpoint, _TIMEOUTS, self._until)
        try:
            self.found(answered_ms=max(1, round((time.monotonic() - began) * 1000)))
            self.found(addresses=_addresses(endpoint))  # known by now: no second wait
            wire.redactor = self._redactor
            wire.allow(_ALLOWANCE)
            plain = endpoint.security is ConnectionSecurity.STARTTLS
            if plain:
                self._greeting(wire)
                self._ask_for_tls(wire)
            self._secure(wire)
            if speaks is Speaks.HTTPS:
                self._request(wire, path)
                return
            if not plain:
                self._greeting(wire)
            self._offers(wire)
        finally:
            wire.close()

    def _secure(self, wire: Wire) -> None:
        context = _context()
        wire.start_tls(context)
        chain = tuple(certificate_facts(der) for der in context.sent)
        self.found(tls=wire.tls_version, cipher=context.cipher_name, chain=chain)

    def _greeting(self, wire: Wire) -> None:
        lines = self._answer(wire)
        text = " ".join(_text(line) for line in lines)
        self.found(greeting=self._redactor.clean(text), clock=_clock(b" ".join(lines)))

    def _answer(self, wire: Wire, tag: bytes = b"") -> list[bytes]:
        """Lines of a greeting, or up to the end of the answer to the command of this tag. SMTP ends an answer with a
        space behind its number (RFC 5321 4.2.1)."""
        lines: list[bytes] = []
        while len(lines) < _LINES:
            line = wire.readline(4096).rstrip(b"\r\n")
            lines.append(line)
            if self.facts.speaks is Speaks.SMTP:
                if line[3:4] != b"-":
                    break
            elif not tag or line.startswith(tag + b" "):
                break
        return lines

    def _say(self, wire: Wire, command: bytes) -> list[bytes]:
        tag = b"" if self.facts.speaks is Speaks.SMTP else b"h1"
        wire.sendall((tag + b" " if tag else b"") + command + b"\r\n")
        return self._answer(wire, tag)

    def _ask_for_tls(self, wire: Wire) -> None:
        smtp = self.facts.speaks is Speaks.SMTP
        if smtp:
            self._say(wire, b"EHLO [127.0.0.1]")
        last = self._say(wire, b"STARTTLS")[-1]
        if not (last.startswith(b"220") if smtp else last.upper().startswith(b"H1 OK")):
            raise wire.fault(ProblemCode.TLS_NOT_OFFERED, last)

    def _offers(self, wire: Wire) -> None:
        if self.facts.speaks is Speaks.SMTP:
            lines = [_text(line[4:]) for line in self._say(wire, b"EHLO [127.0.0.1]")[1:]]
            methods = next((line.split()[1:] for line in lines if line.upper().startswith("AUTH ")), [])
            offered = lines
        else:
            answer = next((n for n in self._say(wire, b"CAPABILITY") if n.upper().startswith(b"* CAPABILITY")), b"")
            offered = _text(answer).split()[2:]
            methods = [word[5:] for word in offered if word.upper().startswith("AUTH=")]
            methods += [] if "LOGINDISABLED" in (word.upper() for word in offered) else ["LOGIN (the command)"]
        clean = self._redactor.clean
        self.found(
            capabilities=tuple(clean(text) for text in offered[:_LINES]), sign_ins=tuple(clean(m) for m in methods[:30])
        )

    def _request(self, wire: Wire, path: str) -> None:
        """One GET without a sign-in; of its answer the head only."""
        host = self.facts.endpoint.host
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("ascii", "replace"))
        status = _text(wire.readline(4096))
        headers: list[tuple[str, str]] = []
        while len(headers) < _LINES and (line := wire.readline(4096).strip()):
            name, _, value = _text(line).partition(":")
            headers.append((name.strip().lower(), value.strip()))
        kept = ("server", "x-owa-version", "x-feserver", "via")
        clean = self._redactor.clean
        self.found(
            greeting=clean(status),
            capabilities=tuple(clean(f"{name}: {value}") for name, value in headers if name in kept),
            sign_ins=tuple(clean(value.split()[0]) for name, value in headers if name == "www-authenticate" and value),
            clock=next((_clock(value.encode()) for name, value in headers if name == "date"), None),
        )


def _addresses(endpoint: Endpoint) -> tuple[str, ...]:
    """Of a name that was looked up just now. Empty when it cannot be told."""
    try:
        found = socket.getaddrinfo(bare_host(endpoint.host), endpoint.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()


def _clock(text: bytes) -> int | None:
    """Seconds by which the time in the text is ahead of ours."""
    match = _DATE.search(text)
    if match is None:
        return None
    try:
        told = parsedate_to_datetime(match.group().decode("ascii"))
    except ValueError:
        return None
    told = told if told.tzinfo is not None else told.replace(tzinfo=UTC)
    return round((told - datetime.now(UTC)).total_seconds())
