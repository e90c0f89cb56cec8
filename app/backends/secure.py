"""From nothing to a connection whose server is known: TCP, STARTTLS or TLS at once, the certificate. Used by `imap` and
`smtp` when they open a session.

No credential is sent before this is through. What stands at a wrong port is looked at, so that the person is told
which setting to change.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from app.backends.certificates import certificate_facts, pin_matches, tls_context, unverified_context, verification_code
from app.backends.transport import Timeouts, open_socket
from app.backends.wire import Wire
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.errors import MailFault
from app.domain.inboxes import ConnectionSecurity, Endpoint, ServerTrust
from app.domain.problems import CertificateFacts, Problem, ProblemCode

_REQUEST = b"HEAD / HTTP/1.0\r\n\r\n"
_SILENCE = 3.0  # seconds after which a server that does not greet is looked at from another side


@dataclass
class StepResult:
    detail: str = ""


@dataclass
class Steps:
    """Tells `on_step` of each step's start and end. A cancel is neither passed nor failed."""

    on_step: Callable[[CheckEvent], None] | None = None
    failed: list[Problem] = field(default_factory=list)

    @contextmanager
    def step(self, step: CheckStep) -> Iterator[StepResult]:
        result = StepResult()
        self._tell(StepStarted(step))
        try:
            yield result
        except MailFault as fault:
            self._tell(StepFailed(step, fault.problem))
            raise
        self._tell(StepPassed(step, result.detail))

    def _tell(self, event: CheckEvent) -> None:
        if self.on_step:
            self.on_step(event)


@dataclass(frozen=True)
class Opening:
    """What differs between protocols. `judge_greeting`: raises MailFault when a line is no greeting of a mail server
    (NOT_A_MAIL_SERVER) or refuses service. `ask_for_tls`: speaks on the plain connection up to the server's consent to
    STARTTLS; MailFault TLS_NOT_OFFERED."""

    connect_step: CheckStep
    tls_step: CheckStep
    judge_greeting: Callable[[Wire, bytes], None]
    ask_for_tls: Callable[[Wire], object]


def open_secure(
    endpoint: Endpoint,
    trust: ServerTrust,
    opening: Opening,
    steps: Steps,
    timeouts: Timeouts,
    cancel: threading.Event | None,
) -> tuple[Wire, object]:
    """A wire under TLS, and what `ask_for_tls` gave (None where TLS comes first). With TLS at once the greeting is
    still to come; see `await_greeting`."""
    starttls = endpoint.security is ConnectionSecurity.STARTTLS
    context = tls_context(trust)
    with steps.step(opening.connect_step) as result:
        began = time.monotonic()
        wire = open_socket(endpoint, timeouts, cancel)
        result.detail = f"{max(1, round((time.monotonic() - began) * 1000))} ms"
        if starttls:
            with _closed_on_failure(wire):
                await_greeting(wire, opening, timeouts)
    with steps.step(opening.tls_step) as result, _closed_on_failure(wire):
        asked = opening.ask_for_tls(wire) if starttls else None
        _handshake(wire, context, trust, opening, timeouts)
        result.detail = wire.tls_version
    return wire, asked


@contextmanager
def _closed_on_failure(wire: Wire) -> Iterator[None]:
    try:
        yield
    except BaseException:
        wire.close()
        raise


def await_greeting(wire: Wire, opening: Opening, timeouts: Timeouts) -> None:
    """Waits for the server's first line and judges it; it is left to be read again. A server that stays silent, or hangs
    up without a word, is looked at on a second connection: a TLS port waits for a handshake, a web server for a request."""
    if not wire.readable(min(_SILENCE, timeouts.read)):
        found = _who_is_silent(wire, timeouts)
        if found:
            raise wire.fault(*found)
    try:
        line = wire.peek_line()
    except MailFault as fault:
        lost = fault.problem.code is ProblemCode.CONNECTION_LOST
        if lost and _is_plain(wire) and _speaks_tls(wire, timeouts):
            raise wire.fault(ProblemCode.TLS_FROM_START) from fault
        raise
    opening.judge_greeting(wire, line)


def _is_plain(wire: Wire) -> bool:
    """Before a greeting only STARTTLS has no TLS yet. (A connection that was reset no longer knows its version.)"""
    return wire.endpoint.security is ConnectionSecurity.STARTTLS


def _speaks_tls(wire: Wire, timeouts: Timeouts) -> bool:
    return _ask(wire, timeouts, b"", tls=True) is not None


def _who_is_silent(wire: Wire, timeouts: Timeouts) -> tuple[ProblemCode, bytes] | None:
    """None when it is merely slow, or nobody knows."""
    plain = _is_plain(wire)
    under_tls = not plain or _speaks_tls(wire, timeouts)
    answer = _ask(wire, timeouts, _REQUEST, tls=under_tls) or b""
    if plain and under_tls and not answer.startswith(b"HTTP/"):
        return ProblemCode.TLS_FROM_START, b""
    return (ProblemCode.NOT_A_MAIL_SERVER, answer) if answer.startswith(b"HTTP/") else None


def _ask(first: Wire, timeouts: Timeouts, request: bytes, *, tls: bool) -> bytes | None:
    """The first line that comes after a request on a new connection, b"" without a request; None when it fails."""
    brief = Timeouts(min(_SILENCE, timeouts.connect), min(_SILENCE, timeouts.read), answer=_SILENCE)
    try:
        wire = open_socket(first.endpoint, brief, first.cancel)
    except MailFault:
        return None
    try:
        if tls:
            wire.start_tls(unverified_context())
        if not request:
            return b""
        if not wire.readable(0.5):  # what greets by itself needs no request
            wire.start_clock()
            wire.sendall(request)
        return wire.peek_line()
    except (MailFault, ssl.SSLError):
        return None
    finally:
        wire.close()


def _handshake(
    wire: Wire,
    context: ssl.SSLContext,
    trust: ServerTrust,
    opening: Opening,
    timeouts: Timeouts,
) -> None:
    endpoint = wire.endpoint
    try:
        wire.start_tls(context)
    except ssl.SSLCertVerificationError as error:
        facts = _presented_certificate(wire, opening, timeouts)
        raise wire.fault(verification_code(error), error.verify_message, facts, own_words=True) from error
    except ssl.SSLError as error:
        wire.close()
        says = b""
        if endpoint.security is ConnectionSecurity.IMPLICIT_TLS:
            says = _ask(wire, timeouts, _REQUEST, tls=False) or b""
        code = ProblemCode.NOT_A_MAIL_SERVER if says.startswith(b"HTTP/") else ProblemCode.TLS_FAILED
        reason = (error.reason or type(error).__name__).replace("_", " ").lower()
        raise wire.fault(code, says or reason, own_words=not says) from error
    if trust.pin_sha256 and not pin_matches(trust, wire.peer_certificate()):
        facts = certificate_facts(wire.peer_certificate())
        raise wire.fault(ProblemCode.CERTIFICATE_CHANGED, certificate=facts)


def _presented_certificate(first: Wire, opening: Opening, timeouts: Timeouts) -> CertificateFacts | None:
    """Python gives no access to a certificate that it refused, so a second connection looks at it and sends nothing.
    None when that does not work out; Cancelled goes through."""
    try:
        probe = open_socket(first.endpoint, timeouts, first.cancel)
    except MailFault:
        return None
    try:
        if first.endpoint.security is ConnectionSecurity.STARTTLS:
            opening.ask_for_tls(probe)
        probe.start_tls(unverified_context())
        return certificate_facts(probe.peer_certificate())
    except (MailFault, ssl.SSLError):
        return None
    finally:
        probe.close()
