"""Sending: what became of a message is never guessed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.backends.smtp import Accepted, Deferred, Refused, SmtpSession, Unknown, open_smtp
from app.backends.transport import Timeouts
from app.domain.checks import CheckEvent, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.errors import Cancelled, MailFault
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.fault_proxy import FaultProxy
from tests.support.mailbox import MailAccount, endpoint
from tests.support.scripted import ScriptedServer, Talk
from tests.support.submission import DROP, Submission

Mailboxes = Callable[..., MailAccount]
Play = Callable[..., "contextmanager[SmtpSession]"]
ADA, BEN = "ada@example.com", "ben@example.org"
RAW = b"From: ada@example.com\r\nSubject: Hello\r\nMessage-ID: <one@example.com>\r\n\r\nHello\r\n"
QUICK = Timeouts(connect=2, read=1, final_answer=1.5)


@pytest.fixture
def ada(mailbox: Mailboxes) -> MailAccount:
    return mailbox("ada")


@pytest.fixture
def ben(mailbox: Mailboxes) -> MailAccount:
    return mailbox("ben")


@pytest.fixture
def play(certificate: Issued, authority: Authority) -> Play:
    """Signs in, then plays the script."""

    @contextmanager
    def playing(
        script: Callable[[Talk], None], *extensions: str, cancel: threading.Event | None = None
    ) -> Iterator[SmtpSession]:
        def whole(talk: Talk) -> None:
            talk.smtp_login(*extensions)
            script(talk)
            talk.wait()

        with ScriptedServer(whole, context=certificate.server_context()) as server:
            account = scripted_account(server.port, authority)
            with open_smtp(account, Secret("secret word"), timeouts=QUICK, cancel=cancel) as session:
                yield session

    return playing


def scripted_account(port: int, authority: Authority) -> ImapAccount:
    where = endpoint(port, "tls")
    return ImapAccount(ADA, where, where, ADA, trust=ServerTrust(ca_pem=authority.ca_pem))


def transaction(talk: Talk, *, mail: str = "250 ok", rcpt: str = "250 ok", data: str = "354 go on") -> bytes:
    """Up to the message, which is given back; to the first refusal otherwise."""
    talk.expect("MAIL FROM:")
    talk.say(mail)
    if mail.startswith("250"):
        talk.expect("RCPT TO:")
        talk.say(rcpt)
        if rcpt.startswith("25"):
            talk.expect("DATA")
            talk.say(data)
            if data.startswith("354"):
                return talk.hear_message()
    talk.expect("rset")
    talk.say("250 ok")
    return b""


# -- a real server


def test_message_arrives(ada: MailAccount, ben: MailAccount, submission: Submission) -> None:
    told: list[CheckEvent] = []
    with open_smtp(ada.account, ada.secret, on_step=told.append) as session:
        assert session.max_size == 25 << 20
        outcome = session.send(ada.address, ben.address, RAW + b".\r\n..two\r\n.last without end")
        assert isinstance(outcome, Accepted) and "queued as" in outcome.reply
    assert ben.messages()[0].endswith(b"\r\n\r\nHello\r\n.\r\n..two\r\n.last without end\r\n")
    assert submission.taken[0].recipients == (ben.address,)
    steps = (CheckStep.SMTP_CONNECT, CheckStep.SMTP_TLS, CheckStep.SMTP_LOGIN)
    assert [event.step for event in told[::2]] == [event.step for event in told[1::2]] == list(steps)
    assert [type(event) for event in told] == [StepStarted, StepPassed] * 3


def test_tls_at_once(mailbox: Mailboxes, dovecot: Dovecot, certificate: Issued, ben: MailAccount) -> None:
    with Submission(dovecot, certificate, implicit_tls=True) as server:
        person = mailbox("ada", smtp="tls", smtp_port=server.port)
        with open_smtp(person.account, person.secret) as session:
            assert isinstance(session.send(person.address, ben.address, RAW), Accepted)
    assert len(ben.messages()) == 1


@pytest.mark.parametrize("password", ["pässwörd €", 'with "quotes" and \\', "日本語パスワード", " x "])
def test_passwords_of_all_kinds(mailbox: Mailboxes, password: str) -> None:
    person = mailbox(password=password)
    open_smtp(person.account, person.secret).close()


def test_wrong_password_is_tried_once(ada: MailAccount, submission: Submission) -> None:
    told: list[CheckEvent] = []
    with pytest.raises(MailFault) as caught:
        open_smtp(ada.account, Secret("sesam"), on_step=told.append)
    assert caught.value.problem.code is ProblemCode.WRONG_CREDENTIALS
    assert caught.value.problem.smtp_code == 535
    assert submission.logins == [(ada.address, False)]
    assert told[-1] == StepFailed(CheckStep.SMTP_LOGIN, caught.value.problem)


def test_refusals_leave_the_session_usable(ada: MailAccount, ben: MailAccount, submission: Submission) -> None:
    submission.recipient_replies["nobody@example.org"] = "550 5.1.1 User unknown"
    submission.recipient_replies["full@example.org"] = "452 4.2.2 Mailbox full"
    submission.faults["MAIL"] = ["553 5.7.1 not yours"]
    submission.faults["DATA"] = ["554 5.7.1 looks like spam", "451 4.3.0 try later"]
    with open_smtp(ada.account, ada.secret) as session:
        outcomes = [
            session.send(ada.address, recipient, RAW)
            for recipient in (ben.address, "nobody@example.org", "full@example.org", ben.address, ben.address)
        ]
        assert isinstance(session.send(ada.address, ben.address, RAW), Accepted)
    found = [(type(o), o.problem.code, o.problem.smtp_code) for o in outcomes if not isinstance(o, Accepted)]
    assert found == [
        (Refused, ProblemCode.SENDER_REFUSED, 553),
        (Refused, ProblemCode.RECIPIENT_REFUSED, 550),
        (Deferred, ProblemCode.QUOTA_EXCEEDED, 452),
        (Refused, ProblemCode.MESSAGE_REFUSED, 554),
        (Deferred, ProblemCode.SERVER_BUSY, 451),
    ]
    assert len(ben.messages()) == 1


def test_eight_bit_and_international_addresses(ada: MailAccount, submission: Submission) -> None:
    raw = "From: ada@example.com\r\nSubject: Grüße\r\n\r\nÅäö\r\n".encode()
    with open_smtp(ada.account, ada.secret) as session:
        assert isinstance(session.send(ada.address, "jürgen@exämple.com", raw), Accepted)
    assert submission.taken[0].recipients == ("jürgen@xn--exmple-cua.com",)
    assert submission.taken[0].raw == raw


def test_server_without_smtputf8(dovecot: Dovecot, certificate: Issued, mailbox: Mailboxes, ben: MailAccount) -> None:
    with Submission(dovecot, certificate, smtputf8=False) as server:
        person = mailbox(smtp_port=server.port)
        with open_smtp(person.account, person.secret) as session:
            outcome = session.send(person.address, "jürgen@example.com", RAW)
            assert isinstance(outcome, Refused) and outcome.problem.code is ProblemCode.RECIPIENT_REFUSED
            assert isinstance(session.send(person.address, ben.address, RAW), Accepted)


def test_too_large_is_known_before_it_is_sent(dovecot: Dovecot, certificate: Issued, mailbox: Mailboxes) -> None:
    with Submission(dovecot, certificate, max_size=50_000) as server:
        person = mailbox(smtp_port=server.port)
        with open_smtp(person.account, person.secret) as session:
            outcome = session.send(person.address, person.address, RAW + b"x" * 60_000)
        assert isinstance(outcome, Refused) and outcome.problem.code is ProblemCode.MESSAGE_TOO_LARGE
        assert server.taken == []


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_connection_lost_before_the_message(
    ada: MailAccount, ben: MailAccount, submission: Submission, stage: str
) -> None:
    submission.faults[stage] = [DROP]
    called: list[str] = []
    with open_smtp(ada.account, ada.secret) as session:
        outcome = session.send(ada.address, ben.address, RAW, before_data=lambda: called.append("x"))
        assert isinstance(outcome, Deferred) and outcome.problem.code is ProblemCode.CONNECTION_LOST
        assert not session.usable
        again = session.send(ada.address, ben.address, RAW)
        assert isinstance(again, Deferred) and again.problem.code is ProblemCode.CONNECTION_LOST
    assert called == [] and ben.messages() == []


def test_connection_lost_after_delivery_is_unknown(ada: MailAccount, ben: MailAccount, submission: Submission) -> None:
    submission.faults["ANSWER"] = [DROP]
    with open_smtp(ada.account, ada.secret) as session:
        outcome = session.send(ada.address, ben.address, RAW)
    assert isinstance(outcome, Unknown) and outcome.problem.code is ProblemCode.OUTCOME_UNKNOWN
    assert len(ben.messages()) == 1  # it went out: sending it again would be the second time


def test_proxy_cuts_at_every_point(mailbox: Mailboxes, ben: MailAccount, submission: Submission) -> None:
    with FaultProxy(submission.port) as proxy:
        person = mailbox(smtp_port=proxy.port)
        large = RAW + b"line of text\r\n" * 300_000

        def cut() -> None:
            proxy.cut()

        def cut_in_mid_message() -> None:
            proxy.cut_after_sent(1 << 20)

        def cut_before_the_answer() -> str | None:
            proxy.cut()
            return None

        with open_smtp(person.account, person.secret) as session:  # before DATA
            outcome = session.send(person.address, ben.address, large, before_data=cut)
            assert isinstance(outcome, Deferred) and outcome.problem.code is ProblemCode.CONNECTION_LOST
        with open_smtp(person.account, person.secret) as session:  # in DATA
            outcome = session.send(person.address, ben.address, large, before_data=cut_in_mid_message)
            assert isinstance(outcome, Unknown)
        assert submission.taken == []
        submission.faults["ANSWER"] = [cut_before_the_answer]
        with open_smtp(person.account, person.secret) as session:  # before the final answer
            outcome = session.send(person.address, ben.address, large)
            assert isinstance(outcome, Unknown)
        assert len(submission.taken) == 1


def test_what_before_data_raises_goes_through_and_nothing_is_sent(
    ada: MailAccount, ben: MailAccount, submission: Submission
) -> None:
    def full() -> None:
        raise ValueError("disk full")

    with open_smtp(ada.account, ada.secret) as session:
        with pytest.raises(ValueError, match="disk full"):
            session.send(ada.address, ben.address, RAW, before_data=full)
        assert isinstance(session.send(ada.address, ben.address, RAW), Accepted)
    assert len(submission.taken) == 1


# -- scripts


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        ("250 2.0.0 queued", Accepted, None),
        ("251 fine", Accepted, None),
        ("452 4.3.1 no space", Deferred, ProblemCode.SERVER_BUSY),
        ("421 4.7.0 closing", Deferred, ProblemCode.SERVER_BUSY),
        ("451 4.7.28 rate limited", Deferred, ProblemCode.THROTTLED),
        ("550 5.4.5 Daily user sending limit exceeded", Deferred, ProblemCode.SEND_LIMIT),
        ("552 5.3.4 Message too big", Refused, ProblemCode.MESSAGE_TOO_LARGE),
        ("554 5.7.1 no", Refused, ProblemCode.MESSAGE_REFUSED),
        ("xyz what is this", Unknown, ProblemCode.OUTCOME_UNKNOWN),
        ("354 still more please", Unknown, ProblemCode.OUTCOME_UNKNOWN),
        ("", Unknown, ProblemCode.OUTCOME_UNKNOWN),
    ],
)
def test_final_answers(play: Play, reply: str, kind: type, code: ProblemCode | None) -> None:
    def script(talk: Talk) -> None:
        assert transaction(talk) == RAW
        talk.say(reply)
        if kind in (Deferred, Refused) and not reply.startswith("421"):
            talk.expect("rset")
            talk.say("250 ok")

    with play(script) as session:
        outcome = session.send(ADA, BEN, RAW)
        assert type(outcome) is kind
        if not isinstance(outcome, Accepted):
            assert outcome.problem.code is code


@pytest.mark.parametrize(
    ("replies", "kind", "code"),
    [
        ({"mail": "421 4.3.2 shutting down"}, Deferred, ProblemCode.SERVER_BUSY),
        ({"mail": "550 5.1.8 bad sender"}, Refused, ProblemCode.SENDER_REFUSED),
        ({"mail": "552 5.3.4 too big"}, Refused, ProblemCode.MESSAGE_TOO_LARGE),
        ({"mail": "banana"}, Deferred, ProblemCode.PROTOCOL_ERROR),
        ({"rcpt": "450 4.7.1 greylisted"}, Deferred, ProblemCode.SERVER_BUSY),
        ({"rcpt": "552 5.2.2 over quota"}, Refused, ProblemCode.QUOTA_EXCEEDED),
        ({"rcpt": "550-5.1.1 no\r\n550 5.1.1 such user"}, Refused, ProblemCode.RECIPIENT_REFUSED),
        ({"data": "451 4.3.0 wait"}, Deferred, ProblemCode.SERVER_BUSY),
        ({"data": "554 no valid recipients"}, Refused, ProblemCode.MESSAGE_REFUSED),
        ({"data": "250 what message"}, Deferred, ProblemCode.PROTOCOL_ERROR),
    ],
)
def test_refusals_before_the_message(play: Play, replies: dict[str, str], kind: type, code: ProblemCode) -> None:
    def script(talk: Talk) -> None:
        steps = {"mail": "MAIL", "rcpt": "RCPT", "data": "DATA"}
        for name, word in steps.items():
            talk.expect(word)
            talk.say(replies.get(name, "250 ok"))
            if name in replies:
                return talk.wait()
        return None

    with play(script) as session:
        outcome = session.send(ADA, BEN, RAW)
        assert type(outcome) is kind
        assert not isinstance(outcome, Accepted) and outcome.problem.code is code
        if len(replies.get("rcpt", "")) > 25:
            assert outcome.problem.server_says == "5.1.1 no 5.1.1 such user"


@pytest.mark.parametrize("stage", ["MAIL", "DATA", "message"])
def test_silence(play: Play, stage: str) -> None:
    def script(talk: Talk) -> None:
        talk.expect("MAIL")
        if stage == "MAIL":
            return talk.wait()
        talk.say("250 ok")
        talk.expect("RCPT")
        talk.say("250 ok")
        talk.expect("DATA")
        if stage == "DATA":
            return talk.wait()
        talk.say("354 go on")
        talk.hear_message()
        return talk.wait()

    with play(script) as session:
        began = time.monotonic()
        outcome = session.send(ADA, BEN, RAW)
        if stage == "message":
            assert isinstance(outcome, Unknown)
            assert time.monotonic() - began > 1.4  # the answer after the message has its own patience
        else:
            assert isinstance(outcome, Deferred) and outcome.problem.code is ProblemCode.READ_TIMEOUT


@pytest.mark.parametrize("answers_in_time", [True, False])
def test_cancel_while_the_answer_is_waited_for(
    play: Play, answers_in_time: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = threading.Event()

    if not answers_in_time:
        monkeypatch.setattr("app.backends.smtp.session._GRACE_FOR_ANSWER", 0.5)

    def script(talk: Talk) -> None:
        transaction(talk)
        cancel.set()
        if answers_in_time:  # the person ends the program while the server still delivers
            threading.Event().wait(1.0)
            talk.say("250 ok")

    with play(script, cancel=cancel) as session:
        began = time.monotonic()
        outcome = session.send(ADA, BEN, RAW)
        assert time.monotonic() - began < 1.9
        assert type(outcome) is (Accepted if answers_in_time else Unknown)


def test_cancel_before_the_message(play: Play) -> None:
    cancel = threading.Event()

    def script(talk: Talk) -> None:
        talk.expect("MAIL")
        cancel.set()

    with play(script, cancel=cancel) as session, pytest.raises(Cancelled):
        session.send(ADA, BEN, RAW)


def test_options_are_used_when_needed_and_offered(play: Play) -> None:
    lines: list[str] = []

    def script(talk: Talk) -> None:
        for _ in range(3):
            lines.append(talk.hear())
            talk.say("250 ok")
            talk.hear()
            talk.say("250 ok")
            talk.hear()
            talk.say("354 go")
            talk.hear_message()
            talk.say("250 ok")

    with play(script, "SIZE 1000000", "8BITMIME", "SMTPUTF8") as session:
        session.send("", BEN, RAW)
        session.send(ADA, BEN, RAW + "Å".encode())
        session.send(ADA, "björn@example.org", RAW)
    size = len(RAW)
    assert lines == [
        f"MAIL FROM:<> SIZE={size}",
        f"MAIL FROM:<{ADA}> SIZE={size + 2} BODY=8BITMIME",
        f"MAIL FROM:<{ADA}> SIZE={size} SMTPUTF8",
    ]


def test_line_ends_and_dots_cannot_smuggle_a_second_message(play: Play) -> None:
    heard: list[bytes] = []

    def script(talk: Talk) -> None:
        heard.append(transaction(talk))
        talk.say("250 ok")

    evil = b"Subject: x\n\nfirst\n.\nMAIL FROM:<evil@example.net>\r.\r\nRCPT TO:<a@example.net>\r\n.\r\nend"
    with play(script) as session:
        assert isinstance(session.send(ADA, BEN, evil), Accepted)
    assert heard == [
        b"Subject: x\r\n\r\nfirst\r\n..\r\nMAIL FROM:<evil@example.net>\r\n..\r\nRCPT TO:<a@example.net>\r\n..\r\nend\r\n"
    ]


@pytest.mark.parametrize(
    "address", ["a@example.com>\r\nRCPT TO:<b@example.com", "a b@example.com", "<a@example.com>", ""]
)
def test_addresses_that_are_none_are_refused_here(play: Play, address: str) -> None:
    with play(lambda talk: None) as session:
        outcome = session.send(ADA, address, RAW)
        assert isinstance(outcome, Refused) and outcome.problem.code is ProblemCode.RECIPIENT_REFUSED


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("535 5.7.8 Error: authentication failed", ProblemCode.WRONG_CREDENTIALS),
        ("534-5.7.9 Application-specific password required.\r\n534 5.7.9 see there", ProblemCode.APP_PASSWORD_NEEDED),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            ProblemCode.LOGIN_DISABLED,
        ),
        ("550 5.7.30 Basic authentication is not supported for Client Submission.", ProblemCode.LOGIN_DISABLED),
        ("454 4.7.0 Temporary authentication failure", ProblemCode.AUTH_UNAVAILABLE),
        ("454 4.7.0 Too many login attempts, please try again later.", ProblemCode.THROTTLED),
        ("421 4.7.0 Try again later", ProblemCode.SERVER_BUSY),
        ("504 5.5.4 Unrecognized authentication type", ProblemCode.LOGIN_DISABLED),
    ],
)
def test_refused_sign_in(certificate: Issued, authority: Authority, reply: str, expected: ProblemCode) -> None:
    def script(talk: Talk) -> None:
        talk.say("220 mail.example.com ESMTP")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250 AUTH PLAIN LOGIN")
        blob = talk.hear().split()[-1]
        talk.say(f"{reply} {blob} and secret word")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as caught:
            open_smtp(scripted_account(server.port, authority), Secret("secret word"), timeouts=QUICK)
    found = caught.value.problem
    assert found.code is expected
    assert "secret word" not in f"{found} {caught.value}" and found.server_says.count("•••") == 2
    assert found.smtp_code == int(reply[:3])


def test_login_mechanism_and_challenged_plain(certificate: Issued, authority: Authority) -> None:
    def login(talk: Talk) -> None:
        talk.say("220-mail.example.com", "220 ESMTP")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250 AUTH=LOGIN")
        talk.expect("AUTH LOGIN")
        talk.say("334 VXNlcm5hbWU6")
        talk.expect("YWRhQGV4YW1wbGUuY29t")
        talk.say("334 UGFzc3dvcmQ6")
        talk.expect("w7bDpA==")
        talk.say("235 ok")
        talk.wait()

    def plain(talk: Talk) -> None:
        talk.smtp_login()
        talk.wait()

    for script in (login, plain):
        with ScriptedServer(script, context=certificate.server_context()) as server:
            open_smtp(scripted_account(server.port, authority), Secret("öä"), timeouts=QUICK).close()


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        ("421 too many connections", ProblemCode.TOO_MANY_CONNECTIONS),
        ("554 go away", ProblemCode.SERVER_BUSY),
        ("* OK IMAP4rev1", ProblemCode.NOT_A_MAIL_SERVER),
    ],
)
def test_greetings(certificate: Issued, authority: Authority, greeting: str, expected: ProblemCode) -> None:
    with ScriptedServer(lambda talk: talk.say(greeting), context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as caught:
            open_smtp(scripted_account(server.port, authority), Secret("x"), timeouts=QUICK)
    assert caught.value.problem.code is expected


def test_server_without_sign_in(certificate: Issued, authority: Authority) -> None:
    def script(talk: Talk) -> None:
        talk.say("220 mail.example.com ESMTP")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250 AUTH XOAUTH2")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as caught:
            open_smtp(scripted_account(server.port, authority), Secret("x"), timeouts=QUICK)
    assert caught.value.problem.code is ProblemCode.LOGIN_DISABLED


def test_reply_without_end(play: Play) -> None:
    def script(talk: Talk) -> None:
        talk.expect("MAIL")
        try:
            while True:
                talk.raw(b"250-more\r\n" * 1000)
        except OSError:
            pass

    with play(script) as session:
        outcome = session.send(ADA, BEN, RAW)
        assert isinstance(outcome, Deferred) and outcome.problem.code is ProblemCode.ANSWER_TOO_LARGE
