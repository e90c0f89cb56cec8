"""Sends one copy to one recipient by Microsoft Graph's sendMail, as the MIME message that was made, and knows what became
of it. Used by services.

Source: learn.microsoft.com/graph/api/user-sendmail. Graph has no envelope: a message goes to everybody whom its header
names, so each copy names its own recipient alone; the copy that is kept in Sent names all."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from app.backends.addressed import addressed_to
from app.backends.secure import Opening, Steps, open_secure
from app.backends.smtp.outcomes import Accepted, Deferred, Refused, SmtpOutcome, Unknown
from app.backends.transport import GRACE_AFTER_CANCEL, Timeouts
from app.backends.web import Answer, read_answer, retry_after, write_request
from app.backends.wire import Wire
from app.domain.checks import CheckEvent, CheckStep
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import AccessToken, ConnectionSecurity, Endpoint, ImapAccount, ServerTrust
from app.domain.problems import Problem, ProblemCode

LIMIT = 4_000_000  # bytes of a request that Graph takes

_BY_NAME: dict[str, ProblemCode] = {
    "ErrorSendAsDenied": ProblemCode.SENDER_REFUSED,
    "ErrorInvalidRecipients": ProblemCode.RECIPIENT_REFUSED,
    "ErrorMessageSizeExceeded": ProblemCode.MESSAGE_TOO_LARGE,
    "ErrorQuotaExceeded": ProblemCode.QUOTA_EXCEEDED,
    "ErrorExceededMessageLimit": ProblemCode.SEND_LIMIT,
    "ErrorMessageThrottled": ProblemCode.SEND_LIMIT,
    "ErrorMailboxNotEnabledForRESTAPI": ProblemCode.LOGIN_DISABLED,
    "MailboxNotEnabledForRESTAPI": ProblemCode.LOGIN_DISABLED,
}


def open_graph(
    account: ImapAccount,
    token: AccessToken,
    *,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    on_step: Callable[[CheckEvent], None] | None = None,
) -> GraphSender:
    """Asks who one is, so that a token that is not good is found before a message is begun. The steps are those of
    outgoing mail. Raises MailFault, Cancelled."""
    steps = Steps(on_step)
    sender = GraphSender(account, token, timeouts, cancel)
    wire = sender.connect(steps)
    try:
        with steps.step(CheckStep.SMTP_LOGIN) as result:
            write_request(wire, "GET", sender.target("/v1.0/me?$select=id"), sender.headers)
            answer = read_answer(wire)
            if answer.status not in (200, 403):
                raise sender.refusal(wire, answer, ProblemCode.PROTOCOL_ERROR)
            result.detail = "by Microsoft Graph"  # 403: known, with no permission but to send
    finally:
        wire.close()
    return sender


class GraphSender:
    """Fulfils MailSender; one connection a message. For one thread at a time."""

    def __init__(
        self, account: ImapAccount, token: AccessToken, timeouts: Timeouts, cancel: threading.Event | None
    ) -> None:
        parts = urlsplit(account.graph_url)
        self._root = parts.path.rstrip("/")
        self._endpoint = Endpoint(parts.hostname or "", parts.port or 443, ConnectionSecurity.IMPLICIT_TLS)
        self._trust = ServerTrust(ca_pem=account.trust.ca_pem)  # a pin is that of the IMAP server
        self._username, self._token = account.username, token
        self._timeouts, self._cancel = timeouts, cancel
        self._usable = True
        self.headers = {"Authorization": f"Bearer {token.reveal()}", "Accept": "application/json"}

    @property
    def usable(self) -> bool:
        return self._usable

    def connect(self, steps: Steps) -> Wire:
        opening = Opening(CheckStep.SMTP_CONNECT, CheckStep.SMTP_TLS, lambda _wire, _line: None, lambda _wire: None)
        wire, _ = open_secure(self._endpoint, self._trust, opening, steps, self._timeouts, self._cancel)
        wire.redactor.hide(self._username, self._token.reveal())
        return wire

    def target(self, path: str) -> str:
        return self._root + path

    def send(
        self, envelope_from: str, recipient: str, raw: bytes, *, before_data: Callable[[], None] | None = None
    ) -> SmtpOutcome:
        """As the signed-in person, whatever `envelope_from` says; Microsoft keeps a copy in Sent. `before_data` is
        called when the server is reached, before the first byte of the message; what it raises goes through."""
        host, port = self._endpoint.host, self._endpoint.port
        data = addressed_to(recipient, raw)
        if data is None:
            return Refused(Problem(ProblemCode.RECIPIENT_REFUSED, host, port))
        body = base64.b64encode(data)
        if len(body) > LIMIT:
            return Refused(
                Problem(ProblemCode.MESSAGE_TOO_LARGE, host, port, f"at most {LIMIT * 3 // 4} bytes", own_words=True)
            )
        try:
            wire = self.connect(Steps())
        except MailFault as fault:
            self._usable = False
            return Deferred(fault.problem)
        try:
            if before_data:
                before_data()
            return self._transmit(wire, body)
        finally:
            wire.close()

    def _transmit(self, wire: Wire, body: bytes) -> SmtpOutcome:
        try:
            headers = {**self.headers, "Content-Type": "text/plain"}
            write_request(wire, "POST", self.target("/v1.0/me/sendMail"), headers, body)
        except MailFault as fault:  # without its end the server does nothing with it
            self._usable = False
            return Deferred(fault.problem)
        wire.grace, wire.read_timeout = GRACE_AFTER_CANCEL, self._timeouts.final_answer
        try:
            answer = read_answer(wire)
        except (MailFault, Cancelled) as ended:
            self._usable = False
            why = ended.problem.code.value if isinstance(ended, MailFault) else "cancelled"
            return Unknown(wire.fault(ProblemCode.OUTCOME_UNKNOWN, why, own_words=True).problem)
        if answer.status == 202:
            return Accepted(answer.headers.get("request-id", "202 Accepted"))
        problem = self.refusal(wire, answer).problem
        if answer.status in (500, 502, 504):  # somewhere behind the door; nobody knows how far it got
            return Unknown(replace(problem, code=ProblemCode.OUTCOME_UNKNOWN))
        later = answer.status in (401, 429, 503) or problem.code is ProblemCode.SEND_LIMIT
        self._usable = not later
        return Deferred(problem) if later else Refused(problem)

    def refusal(self, wire: Wire, answer: Answer, otherwise: ProblemCode = ProblemCode.MESSAGE_REFUSED) -> MailFault:
        """What an answer that is no consent means: by Graph's own code, else by the status (RFC 9110 15), else
        `otherwise`."""
        error = answer.json().get("error")
        facts = error if isinstance(error, dict) else {}
        name = str(facts.get("code", ""))
        by_status = {
            401: ProblemCode.WRONG_CREDENTIALS,
            403: ProblemCode.SENDER_REFUSED,
            413: ProblemCode.MESSAGE_TOO_LARGE,
            429: ProblemCode.THROTTLED,
        }
        busy = ProblemCode.SERVER_BUSY if answer.status >= 500 else otherwise
        code = _BY_NAME.get(name) or by_status.get(answer.status, busy)
        problem = wire.fault(code, f"{answer.status} {name} {facts.get('message', '')}").problem
        wait = retry_after(answer.headers.get("retry-after", ""))
        return MailFault(replace(problem, retry_after=wait, smtp_code=0))

    def close(self) -> None:
        self._usable = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
