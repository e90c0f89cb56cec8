"""A signed-in SMTP session: sends one copy to one recipient, and knows what became of it. Used by services."""

from __future__ import annotations

import contextlib
import re
import smtplib
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from app.backends.smtp.conversation import Conversation
from app.backends.smtp.outcomes import Accepted, Deferred, Refused, SmtpOutcome, Stage, Unknown, read_outcome
from app.backends.transport import GRACE_AFTER_CANCEL, Timeouts
from app.domain.addresses import wire_address
from app.domain.errors import Cancelled, MailFault
from app.domain.problems import Problem, ProblemCode

_LINE_END = re.compile(rb"\r\n|\r|\n")
_DOT = re.compile(rb"^\.", re.MULTILINE)
# Seconds that the server's answer to the whole message is awaited after a cancel: all that tells the person that it went
# out.
_GRACE_FOR_ANSWER = 4.0


class SmtpSession:
    """For one thread at a time; `open_smtp` makes it, `close()` or `with` ends it. After a lost connection every
    `send` is Deferred with CONNECTION_LOST: a new session is needed."""

    def __init__(self, conversation: Conversation, timeouts: Timeouts) -> None:
        self._conversation = conversation
        self._wire = conversation.wire
        self._timeouts = timeouts

    @property
    def max_size(self) -> int:
        """Bytes of the largest message that the server takes (RFC 1870); 0 when it tells none."""
        return self._conversation.maximum_size

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the server offers (RFC 5321 4.1.1.1), as it writes it, such as "SIZE 26214400", in alphabetical order."""
        offered = self._conversation.esmtp_features.items()
        return tuple(sorted(f"{name.upper()} {' '.join(text.split())}".strip() for name, text in offered))

    @property
    def usable(self) -> bool:
        """False after the connection was lost or given up."""
        return not self._wire.closed

    def send(
        self, envelope_from: str, recipient: str, raw: bytes, *, before_data: Callable[[], None] | None = None
    ) -> SmtpOutcome:
        """One transaction for one recipient. `envelope_from` "" is the null sender. `before_data` is called when the
        server has accepted both addresses, before DATA; what it raises goes through, and nothing was sent.

        Cancelled only while nothing of the message was sent; afterwards a cancel makes it Unknown unless the answer
        comes within four seconds."""
        data = _LINE_END.sub(b"\r\n", raw)  # a bare CR or LF would end lines for some servers and not for others
        refused = self._refused_here(envelope_from, recipient, data)
        if refused:
            return refused
        try:
            with self._conversation.talking():
                refusal = self._announce(envelope_from, recipient, data)
        except MailFault as fault:
            return Deferred(fault.problem)
        if refusal:
            return refusal
        if before_data:
            try:
                before_data()
            except BaseException:
                self._reset()
                raise
        try:
            with self._conversation.talking():
                code, says = self._conversation.docmd("DATA")
        except MailFault as fault:
            return Deferred(fault.problem)
        return self._transmit(data) if code == 354 else self._refusal(Stage.MESSAGE, code, says)

    def _refused_here(self, envelope_from: str, recipient: str, data: bytes) -> Refused | None:
        for address, code in (
            (envelope_from, ProblemCode.SENDER_REFUSED),
            (recipient, ProblemCode.RECIPIENT_REFUSED),
        ):
            written = _envelope(address)
            if written is None or (address is recipient and not written):
                return Refused(self._problem(code))
            if not written.isascii() and not self._conversation.has_extn("smtputf8"):
                return Refused(self._problem(code, "SMTPUTF8 is not offered"))
        if self.max_size and len(data) > self.max_size:
            return Refused(self._problem(ProblemCode.MESSAGE_TOO_LARGE, f"SIZE {self.max_size}"))
        return None

    def _announce(self, envelope_from: str, recipient: str, data: bytes) -> Refused | Deferred | None:
        """MAIL and RCPT; None when both were taken."""
        talk = self._conversation
        sender, receiver = _envelope(envelope_from) or "", _envelope(recipient) or ""
        header = data.partition(b"\r\n\r\n")[0]
        options, talk.command_encoding = "", "ascii"
        if talk.has_extn("size"):
            options += f" SIZE={len(data)}"
        international = not (sender + receiver).isascii() or not header.isascii()
        if not data.isascii() and talk.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if international and talk.has_extn("smtputf8"):
            options += " SMTPUTF8"
            talk.command_encoding = "utf-8"
        code, says = talk.docmd("MAIL", f"FROM:<{sender}>{options}")
        if code != 250:
            return self._refusal(Stage.SENDER, code, says)
        code, says = talk.docmd("RCPT", f"TO:<{receiver}>")
        if code not in (250, 251):
            return self._refusal(Stage.RECIPIENT, code, says)
        return None

    def _transmit(self, data: bytes) -> SmtpOutcome:
        """The message itself and the server's verdict. From here on a lost connection leaves the outcome unknown."""
        text = _DOT.sub(b"..", data)
        if not text.endswith(b"\r\n"):
            text += b"\r\n"
        wire, talk = self._wire, self._conversation
        wire.grace = GRACE_AFTER_CANCEL
        try:
            with talk.talking():
                talk.send(text + b".\r\n")
                wire.grace = _GRACE_FOR_ANSWER
                wire.read_timeout = self._timeouts.final_answer
                wire.start_clock()
                code, says = talk.getreply()
        except (MailFault, Cancelled) as ended:
            why = ended.problem.code.value if isinstance(ended, MailFault) else "cancelled"
            return Unknown(self._problem(ProblemCode.OUTCOME_UNKNOWN, why))
        finally:
            wire.grace = 0.0
            wire.read_timeout = self._timeouts.read
        if 200 <= code < 300:
            return Accepted(wire.redactor.clean(says))
        if 400 <= code < 600:
            return self._refusal(Stage.MESSAGE, code, says)
        wire.close()
        return Unknown(replace(self._problem(ProblemCode.OUTCOME_UNKNOWN, says), smtp_code=max(code, 0)))

    def _refusal(self, stage: Stage, code: int, says: bytes) -> Refused | Deferred:
        outcome = read_outcome(self._wire, stage, code, says)
        if code == 421 or code < 400:  # the server is about to hang up, or out of step
            self._wire.close()
        else:
            self._reset()
        return outcome

    def _reset(self) -> None:
        """Ends a transaction, so that the next one starts clean (RFC 5321 4.1.1.5). A refusal is known by now: a fault
        here is for the next command to find."""
        try:
            with self._conversation.talking():
                code, _ = self._conversation.docmd("RSET")
                if code != 250:
                    self._wire.close()
        except (MailFault, Cancelled):
            self._wire.close()

    def _problem(self, code: ProblemCode, says: str | bytes = "") -> Problem:
        return self._wire.fault(code, says).problem

    def close(self) -> None:
        """Says QUIT, or just hangs up when the server does not answer at once. Never fails."""
        if not self._wire.closed and not self._wire.cancelled:
            self._wire.read_timeout = 1.0
            with contextlib.suppress(MailFault, Cancelled, smtplib.SMTPException):
                self._conversation.quit()
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _envelope(address: str) -> str | None:
    """As it stands between < and > in an SMTP command: the domain in ASCII where it is international, None when it could
    be read as something else than one address."""
    address = address.strip()
    if any(c <= " " or c in "<>\x7f" for c in address):
        return None
    return wire_address(address) or (None if address else "")
