"""Opens and signs in an SMTP session, telling each step of the check. Used by services."""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from dataclasses import replace

from app.backends.sasl import token_sign_in
from app.backends.secure import Opening, Steps, await_greeting, open_secure
from app.backends.smtp.conversation import Conversation
from app.backends.smtp.outcomes import Stage, reply_problem
from app.backends.smtp.session import SmtpSession
from app.backends.transport import Timeouts
from app.backends.wire import Wire
from app.domain.checks import CheckEvent, CheckStep
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, Credential, ImapAccount
from app.domain.problems import Problem, ProblemCode


def open_smtp(
    account: ImapAccount,
    secret: Credential,
    *,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    on_step: Callable[[CheckEvent], None] | None = None,
) -> SmtpSession:
    """Connects, secures, signs in. Raises MailFault; Cancelled within a second of `cancel`; UsageError when the trusted
    authorities are no certificates."""
    steps = Steps(on_step)
    opening = Opening(CheckStep.SMTP_CONNECT, CheckStep.SMTP_TLS, _judge_greeting, _ask_for_tls)
    trust = account.trust if account.smtp_trust is None else account.smtp_trust
    wire, asked = open_secure(account.smtp, trust, opening, steps, timeouts, cancel)
    try:
        with steps.step(CheckStep.SMTP_LOGIN) as result:
            if isinstance(asked, Conversation):
                conversation = asked
                conversation.forget_plain_answers()
            else:
                await_greeting(wire, opening, timeouts)
                conversation = Conversation(wire)
            conversation.greet()
            _sign_in(conversation, account.smtp_username or account.username or account.address, secret)
            result.detail = "signed in"
        return SmtpSession(conversation, timeouts)
    except BaseException:
        wire.close()
        raise


def _judge_greeting(wire: Wire, line: bytes) -> None:
    if line[:3] == b"220":
        return
    if line[:3] in (b"421", b"450", b"451", b"454"):
        busy = ProblemCode.TOO_MANY_CONNECTIONS if b"too many" in line.lower() else ProblemCode.SERVER_BUSY
        raise wire.fault(busy, line)
    if line[:3] in (b"554", b"550", b"521"):
        raise wire.fault(ProblemCode.SERVER_BUSY, line)  # RFC 5321 3.1: no service, perhaps for this address only
    raise wire.fault(ProblemCode.NOT_A_MAIL_SERVER, line)


def _ask_for_tls(wire: Wire) -> Conversation:
    conversation = Conversation(wire)
    conversation.ask_for_tls()
    return conversation


def _sign_in(conversation: Conversation, username: str, secret: Credential) -> None:
    """AUTH PLAIN (RFC 4616), else LOGIN, once: smtplib's `login` takes ASCII only and tries one refused mechanism after
    the other, which locks accounts. An access token: see `_sign_in_by_token`."""
    if isinstance(secret, AccessToken):
        return _sign_in_by_token(conversation, username, secret)
    wire, password = conversation.wire, secret.reveal()
    wire.redactor.hide(username, password)
    offered = conversation.esmtp_features.get("auth", "").upper().split()
    if "\0" in username + password:
        raise wire.fault(ProblemCode.WRONG_CREDENTIALS)
    with conversation.talking():
        if "PLAIN" in offered:
            code, says = conversation.docmd("AUTH", "PLAIN " + _base64(f"\0{username}\0{password}"))
            if code == 334:  # a server that does not take the answer with the question
                code, says = conversation.docmd(_base64(f"\0{username}\0{password}"))
        elif "LOGIN" in offered:
            code, says = conversation.docmd("AUTH", "LOGIN")
            for text in (username, password):
                if code == 334:
                    code, says = conversation.docmd(_base64(text))
        else:
            raise wire.fault(ProblemCode.LOGIN_DISABLED)
        if code != 235:
            raise MailFault(_refusal(wire, code, says))


def _sign_in_by_token(conversation: Conversation, username: str, token: AccessToken) -> None:
    """XOAUTH2 or OAUTHBEARER (RFC 7628)."""
    wire = conversation.wire
    offered = conversation.esmtp_features.get("auth", "").upper().split()
    exchange = token_sign_in(offered, username, token, wire.endpoint)
    if exchange is None:
        raise wire.fault(ProblemCode.LOGIN_DISABLED, "AUTH XOAUTH2 is not offered", own_words=True)
    wire.redactor.hide(username, token.reveal())
    wire.redactor.hide_text(exchange.first.decode())
    with conversation.talking():
        code, says = conversation.docmd("AUTH", exchange.mechanism)
        while code == 334:
            try:
                challenge = base64.b64decode(says)
            except binascii.Error:
                challenge = says
            code, says = conversation.docmd(base64.b64encode(exchange.answer(challenge)).decode())
        if code != 235:
            problem = _refusal(wire, code, says)
            reason = f" ({wire.redactor.clean(exchange.reason)})" if exchange.reason else ""
            raise MailFault(replace(problem, server_says=f"{problem.server_says}{reason}"[:500]))


def _refusal(wire: Wire, code: int, says: bytes) -> Problem:
    """What is neither consent nor a refusal says nothing about the password: another question, or no reply at all."""
    if 400 <= code < 600:
        return reply_problem(wire, Stage.AUTH, code, says)
    return replace(wire.fault(ProblemCode.PROTOCOL_ERROR, says).problem, smtp_code=max(code, 0))


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
