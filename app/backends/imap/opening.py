"""Opens and signs in an IMAP session, telling each step of the check. Used by services."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from app.backends.imap.connection import Client
from app.backends.imap.idle import LONGEST
from app.backends.imap.session import ImapSession
from app.backends.sasl import token_sign_in
from app.backends.secure import Opening, Steps, await_greeting, open_secure
from app.backends.transport import Timeouts
from app.backends.wire import Wire
from app.domain.checks import CheckEvent, CheckStep
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, Credential, ImapAccount
from app.domain.problems import ProblemCode


def open_imap(
    account: ImapAccount,
    secret: Credential,
    *,
    timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    on_step: Callable[[CheckEvent], None] | None = None,
    longest_idle: float = LONGEST,
) -> ImapSession:
    """Connects, secures, signs in. `longest_idle`: seconds that this server lets one IDLE stand. Raises MailFault;
    Cancelled within a second of `cancel`; UsageError when the trusted authorities are no certificates."""
    steps = Steps(on_step)
    opening = Opening(CheckStep.IMAP_CONNECT, CheckStep.IMAP_TLS, _judge_greeting, _ask_for_tls)
    wire, asked = open_secure(account.imap, account.trust, opening, steps, timeouts, cancel)
    try:
        with steps.step(CheckStep.IMAP_LOGIN) as result:
            if isinstance(asked, Client):
                client = asked
                client.forget_plain_answers()
            else:
                await_greeting(wire, opening, timeouts)
                client = Client(wire)
            _sign_in(client, account.username or account.address, secret)
            result.detail = "signed in"
        return ImapSession(client, longest_idle)
    except BaseException:
        wire.close()
        raise


def _judge_greeting(wire: Wire, line: bytes) -> None:
    word = line[:9].upper()
    if word.startswith(b"* OK"):
        return
    if word.startswith(b"* BYE"):
        busy = ProblemCode.TOO_MANY_CONNECTIONS if b"too many" in line.lower() else ProblemCode.SERVER_BUSY
        raise wire.fault(busy, line[5:].strip())
    if word.startswith(b"* PREAUTH"):
        # signed in as whom? Before TLS it is how STARTTLS is stripped (RFC 9051 11.1): nothing goes on in the clear
        code = ProblemCode.PROTOCOL_ERROR if wire.tls_version else ProblemCode.TLS_NOT_OFFERED
        raise wire.fault(code, line)
    raise wire.fault(ProblemCode.NOT_A_MAIL_SERVER, line)


def _ask_for_tls(wire: Wire) -> Client:
    client = Client(wire)
    client.ask_for_tls()
    return client


def _sign_in(client: Client, username: str, secret: Credential) -> None:
    """AUTHENTICATE PLAIN (RFC 4616), which carries UTF-8, else LOGIN. MailFault: WRONG_CREDENTIALS and its kin,
    LOGIN_DISABLED when the server takes neither. An access token: see `_sign_in_by_token`."""
    if isinstance(secret, AccessToken):
        return _sign_in_by_token(client, username, secret)
    password = secret.reveal()
    client.wire.redactor.hide(username, password)
    if "\0" in username + password:
        raise client.wire.fault(ProblemCode.WRONG_CREDENTIALS)
    with client.talking(ProblemCode.WRONG_CREDENTIALS):
        capabilities = {c.upper() for c in client.capabilities()}
        if b"AUTH=PLAIN" in capabilities:
            blob = f"\0{username}\0{password}".encode()
            if b"SASL-IR" in capabilities:
                client.authenticate_at_once("PLAIN", blob)
            else:
                # not `plain_login`: it turns a lost connection into a refused password
                client._command_and_check("authenticate", "PLAIN", _once(client, blob))
        elif b"LOGINDISABLED" in capabilities:
            raise client.wire.fault(ProblemCode.LOGIN_DISABLED)
        else:
            _login(client, username, password)
        client.capabilities()


def _once(client: Client, text: bytes) -> Callable[[bytes], bytes]:
    """Answers the server's first question; imaplib would answer the same to every other, for ever."""
    answers = iter([text])

    def answer(_: bytes) -> bytes:
        for given in answers:
            return given
        raise client.wire.fault(ProblemCode.PROTOCOL_ERROR, "it asks for the password again", own_words=True)

    return answer


def _sign_in_by_token(client: Client, username: str, token: AccessToken) -> None:
    """XOAUTH2 or OAUTHBEARER (RFC 7628). IMAPClient's own repeats the token when it is refused, and drops the reason."""
    wire = client.wire
    with client.talking(ProblemCode.WRONG_CREDENTIALS):
        offered = {c.upper().removeprefix(b"AUTH=").decode("ascii", "replace") for c in client.capabilities()}
        exchange = token_sign_in(offered, username, token, wire.endpoint)
        if exchange is None:
            raise wire.fault(ProblemCode.LOGIN_DISABLED, "AUTH=XOAUTH2 is not offered", own_words=True)
        wire.redactor.hide(username, token.reveal())
        wire.redactor.hide_text(exchange.first.decode())
    try:
        with client.talking(ProblemCode.WRONG_CREDENTIALS):
            client._command_and_check("authenticate", exchange.mechanism, exchange.answer)
            client.capabilities()
    except MailFault as fault:
        if not exchange.reason:
            raise
        said = f"{fault.problem.server_says} ({wire.redactor.clean(exchange.reason)})"
        raise MailFault(replace(fault.problem, server_says=said.strip()[:500])) from fault


def _login(client: Client, username: str, password: str) -> None:
    """LOGIN (RFC 3501 6.2.3) with literals where a quoted string cannot hold the text; IMAPClient's own sends the user
    name as it is, and ASCII only."""
    imap = client.imap
    tag = imap._new_tag()
    line = tag + b" LOGIN"
    for text in (username, password):
        data = text.encode()
        if data.isascii() and not any(c in data for c in b"\r\n"):
            line += b' "' + data.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
            continue
        imap.send(line + b" {%d}\r\n" % len(data))
        while imap._get_response() is not None:
            if imap.tagged_commands[tag]:
                break
        if imap.tagged_commands[tag]:
            line = b""
            break
        line = data
    if line:
        imap.send(line + b"\r\n")
    status, answer = imap._command_complete("LOGIN", tag)
    client._checkok("login", status, answer)
    imap.state = "AUTH"
