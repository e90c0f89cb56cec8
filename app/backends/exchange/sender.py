"""Sends one copy to one recipient through Exchange, and knows what became of it. Used by services.

EWS has no envelope: a message goes to everybody whom its header names. A copy for one of several recipients therefore
names this one alone in its To; the copy that is kept in Sent names all.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from exchangelib import Account, Message
from exchangelib.items import SEND_AND_SAVE_COPY

from app.backends.addressed import addressed_to
from app.backends.exchange.channel import Channel
from app.backends.exchange.faults import talking
from app.backends.smtp.outcomes import Accepted, Deferred, Refused, SmtpOutcome, Unknown
from app.backends.transport import GRACE_AFTER_CANCEL
from app.domain.errors import Cancelled, MailFault
from app.domain.problems import Problem, ProblemCode

_FINAL_ANSWER = 120.0  # seconds between a message and the server's verdict
_LOST = frozenset({ProblemCode.CONNECTION_LOST, ProblemCode.READ_TIMEOUT, ProblemCode.PROTOCOL_ERROR,
                   ProblemCode.ANSWER_TOO_LARGE})  # fmt: skip
_LATER = frozenset({ProblemCode.WRONG_CREDENTIALS, ProblemCode.LOGIN_DISABLED})  # the next signing in tells why


class ExchangeSender:
    """Fulfils MailSender. For one thread at a time; `open_exchange_sending` makes it."""

    def __init__(self, channel: Channel, mailbox: Account) -> None:
        self._channel = channel
        self._mailbox = mailbox
        self._usable = True

    @property
    def usable(self) -> bool:
        """False after the connection was lost in the middle of a message, or `close`."""
        return self._usable

    def send(
        self, envelope_from: str, recipient: str, raw: bytes, *, before_data: Callable[[], None] | None = None
    ) -> SmtpOutcome:
        """Sends as the mailbox itself, whatever `envelope_from` says, and lets the server keep a copy in Sent.
        `before_data` is called before the first byte; what it raises goes through. After the whole message was written
        a lost answer is Unknown; before, Deferred, or Cancelled."""
        if not self._usable:
            return Deferred(self._channel.fault(ProblemCode.CONNECTION_LOST).problem)
        data = addressed_to(recipient, raw)
        if data is None:
            return Refused(self._channel.fault(ProblemCode.RECIPIENT_REFUSED).problem)
        if before_data:
            before_data()
        self._channel.look_at_cancel()
        self._channel.patience(GRACE_AFTER_CANCEL, _FINAL_ANSWER)
        try:
            with talking(self._channel, ProblemCode.MESSAGE_REFUSED):
                item = Message(account=self._mailbox, folder=self._mailbox.sent, mime_content=data)
                self._channel.sent = False
                answers = self._mailbox.bulk_create(self._mailbox.sent, [item], SEND_AND_SAVE_COPY)
                for answer in answers:
                    if isinstance(answer, Exception):
                        raise answer
            return Accepted("NoError")
        except Cancelled:
            if not self._channel.sent:
                raise
            return self._unknown("cancelled")
        except MailFault as fault:
            return self._outcome(fault.problem)
        finally:
            self._channel.patience(0.0, None)

    def _outcome(self, problem: Problem) -> SmtpOutcome:
        if problem.code in _LOST:
            if self._channel.sent:
                return self._unknown(problem.code.value)
            self._usable = False
            return Deferred(problem)
        if problem.transient or problem.code in _LATER:
            return Deferred(problem)
        return Refused(problem)

    def _unknown(self, why: str) -> Unknown:
        self._usable = False
        return Unknown(self._channel.fault(ProblemCode.OUTCOME_UNKNOWN, why, own_words=True).problem)

    def close(self) -> None:
        """Never fails."""
        self._usable = False
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
