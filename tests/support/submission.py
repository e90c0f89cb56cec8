"""A submission server (aiosmtpd) that delivers into Dovecot by LMTP, writes bounces, and can be told to misbehave."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import smtplib
import ssl
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.authority import Issued
from tests.support.dovecot import Dovecot
from tests.support.ports import free_port

logging.getLogger("mail.log").setLevel(logging.ERROR)

DROP = "DROP"  # a fault: the connection is reset


@dataclass(frozen=True)
class Taken:
    """A message that the server answered with 250."""

    user: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class _Handler:
    def __init__(self, owner: Submission) -> None:
        self._owner = owner

    def _fault(self, stage: str, server: SMTP) -> str | None:
        with self._owner.lock:
            waiting = self._owner.faults.get(stage)
            fault = waiting.pop(0) if waiting else None
        if callable(fault):
            return fault()
        if fault == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 4.3.2 gone"
        return fault

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._fault("MAIL", server):
            return fault
        if self._owner.enforce_sender and session.auth_data != address:
            return f"553 5.7.1 <{address}>: Sender address rejected: not owned by user {session.auth_data}"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if fault := self._fault("RCPT", server):
            return fault
        if reply := self._owner.recipient_replies.get(address.lower()):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if fault := self._fault("DATA", server):
            return fault
        assert isinstance(envelope.content, bytes)
        raw = envelope.content
        taken = Taken(str(session.auth_data), str(envelope.mail_from), tuple(envelope.rcpt_tos), raw)
        with self._owner.lock:
            self._owner.taken.append(taken)
        answer = await asyncio.to_thread(self._owner.deliver, taken)
        if fault := self._fault("ANSWER", server):  # the message is delivered, and the answer is another
            return fault
        return answer


class _TokenHandler(_Handler):
    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:
        """As Gmail and Microsoft: the reason first, as a challenge, then the refusal."""
        first = base64.b64decode(words[1]) if len(words) > 1 else await server.challenge_auth(b"")
        assert isinstance(first, bytes)
        found = re.fullmatch(rb"user=([^\x01]*)\x01auth=Bearer ([^\x01]*)\x01\x01", first)
        user, token = (part.decode() for part in found.groups()) if found else ("", "")
        owner = self._owner
        assert owner.user_of_token is not None
        passed = bool(token) and owner.user_of_token(token) == user and not owner.token_reply
        owner.logins.append((user, passed))
        if passed:
            return AuthResult(success=True, auth_data=user, handled=False)
        if owner.token_reply:
            await server.push(owner.token_reply)
        else:
            await server.challenge_auth(b'{"status":"401","schemes":"Bearer","scope":"https://mail.example.com/"}')
            await server.push("535 5.7.8 Username and Password not accepted")
        return AuthResult(success=False, handled=True)


class _Server(SMTP):
    async def smtp_MAIL(self, arg: str | None) -> None:
        # RFC 4954 5: MAIL FROM may carry AUTH=, which aiosmtpd answers with 555
        await super().smtp_MAIL(re.sub(r"\s+AUTH=\S+", "", arg) if arg else arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Server(self.handler, **self.SMTP_kwargs)


class Submission:
    """`users` and delivery are those of `dovecot`. `port` speaks STARTTLS, or TLS at once with `implicit_tls`.

    Knobs, each a list taken from front to back: `faults["MAIL" | "RCPT" | "DATA" | "ANSWER"]` with a reply text, DROP,
    or a function that gives a reply or None; DATA comes before delivery, ANSWER after it. `recipient_replies`: by address.
    `file_sent_copy`: as Gmail does, the server puts a copy of what it sends into the sender's Sent folder, once for
    each Message-ID; with `file_each_copy` one of each transaction. `user_of_token`: AUTH XOAUTH2 is offered, and this
    says whose token it is ("" for none). `token_reply`: refuses every token with this reply. `taken`: messages accepted."""

    def __init__(
        self,
        dovecot: Dovecot,
        certificate: Issued,
        *,
        implicit_tls: bool = False,
        file_sent_copy: bool = False,
        enforce_sender: bool = False,
        max_size: int = 25 << 20,
        bounces: bool = True,
        smtputf8: bool = True,
        user_of_token: Callable[[str], str] | None = None,
    ) -> None:
        self.dovecot = dovecot
        self.enforce_sender, self.file_sent_copy, self.bounces = enforce_sender, file_sent_copy, bounces
        self.file_each_copy = False
        self.faults: dict[str, list[str | Callable[[], str | None]]] = {}
        self.recipient_replies: dict[str, str] = {}
        self.taken: list[Taken] = []
        self.logins: list[tuple[str, bool]] = []
        self.passwords: dict[str, str] = {}  # by user, where they are not those of `dovecot`
        self.user_of_token, self.token_reply = user_of_token, ""
        self.lock = threading.RLock()
        self._filed: set[tuple[str, str]] = set()
        context = certificate.server_context()
        tls: dict[str, Any] = (
            {"ssl_context": context} if implicit_tls else {"tls_context": context, "require_starttls": True}
        )
        self._controller = _Controller(
            _TokenHandler(self) if user_of_token else _Handler(self),
            hostname="127.0.0.1",
            port=free_port(),
            authenticator=self._authenticate,
            auth_required=True,
            auth_require_tls=not implicit_tls,
            data_size_limit=max_size,
            enable_SMTPUTF8=smtputf8,
            server_hostname="mail.example.com",
            ident="ESMTP test",
            **tls,
        )
        if implicit_tls:  # the controller's readiness probe speaks TLS, and knows no private authority
            self._controller._trigger_server = self._probe_tls  # type: ignore[method-assign]

    def _probe_tls(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with smtplib.SMTP_SSL("127.0.0.1", self._controller.port, context=context, timeout=5):
            pass

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        user, password = data.login.decode(), data.password.decode()  # type: ignore[attr-defined]
        passed = self.passwords.get(user, self.dovecot.users.get(user)) == password
        self.logins.append((user, passed))
        return AuthResult(success=passed, auth_data=user, handled=False)  # False: aiosmtpd writes 235 or 535

    def deliver(self, taken: Taken) -> str:
        if self.file_sent_copy:
            self._file_copy(taken)
        # Dovecot's LMTP knows no SMTPUTF8
        refused = {person: (550, b"5.1.1 nobody of that name") for person in taken.recipients if not person.isascii()}
        known = [person for person in taken.recipients if person.isascii()]
        with smtplib.LMTP("127.0.0.1", self.dovecot.lmtp_port, local_hostname="mail.example.com") as lmtp:
            try:
                refused |= lmtp.sendmail(taken.sender, known, taken.raw) if known else {}
            except smtplib.SMTPRecipientsRefused as error:
                refused |= error.recipients
        for recipient, (code, text) in refused.items():
            if self.bounces and taken.sender:
                self._bounce(taken, recipient, code, text.decode("utf-8", "replace"))
        return f"250 2.0.0 Ok: queued as T{len(self.taken)}"

    def _file_copy(self, taken: Taken) -> None:
        found = re.search(rb"^message-id:\s*(\S+)", taken.raw, re.IGNORECASE | re.MULTILINE)
        key = (taken.user, found.group(1).decode("latin-1") if found else str(len(self.taken)))
        with self.lock:
            if key in self._filed and not self.file_each_copy:
                return
            self._filed.add(key)
        self.dovecot.append(taken.user, "Sent", taken.raw, r"(\Seen)")

    def _bounce(self, taken: Taken, recipient: str, code: int, text: str) -> None:
        """A delivery status notification (RFC 3464) to the sender, for someone whom nobody knows."""
        text = " ".join(text.split())
        headers = taken.raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode("utf-8", "replace")
        status = "5.1.1" if code >= 500 else "4.0.0"
        raw = (
            "From: MAILER-DAEMON@mail.example.com\n"
            f"To: {taken.sender}\n"
            "Subject: Undelivered Mail Returned to Sender\n"
            f"Message-ID: <bounce-{len(self.taken)}-{abs(hash((recipient, taken.raw)))}@mail.example.com>\n"
            "Auto-Submitted: auto-replied\n"
            "MIME-Version: 1.0\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"\n\n'
            "--=_report\nContent-Type: text/plain; charset=utf-8\n\n"
            f"<{recipient}>: host mail.example.com said: {code} {text}\n\n"
            "--=_report\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mail.example.com\n\n"
            f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: {status}\n"
            f"Diagnostic-Code: smtp; {code} {text}\n\n"
            f"--=_report\nContent-Type: text/rfc822-headers\n\n{headers}\n\n--=_report--\n"
        )
        with smtplib.LMTP("127.0.0.1", self.dovecot.lmtp_port, local_hostname="mail.example.com") as lmtp:
            lmtp.sendmail("", [taken.sender], raw.replace("\n", "\r\n").encode())

    def start(self) -> Submission:
        self._controller.start()
        return self

    @property
    def port(self) -> int:
        return int(self._controller.port)

    def stop(self) -> None:
        self._controller.stop()

    def __enter__(self) -> Submission:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
