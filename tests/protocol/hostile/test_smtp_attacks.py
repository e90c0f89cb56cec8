"""A server of outgoing mail that means harm, at every stage from the greeting to its verdict on the message."""

from __future__ import annotations

import base64

import pytest

from app.backends.smtp import Accepted, Deferred, Refused, SmtpOutcome, SmtpSession, Unknown, open_smtp
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import Problem, ProblemCode
from tests.protocol.hostile.harness import (
    BRIEF,
    MEGABYTE,
    NAME,
    PASSWORD,
    Weapon,
    cases,
    closes,
    ending,
    given_away,
    holds_password,
    line_that_drips,
    nul_bytes,
    resets,
    within,
)
from tests.support.authority import Authority, Issued
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

C = ProblemCode
RAW = b"From: ada@example.com\r\nSubject: Hello\r\n\r\nHello\r\n"


def account(server: ScriptedServer, authority: Authority, security: str = "tls") -> ImapAccount:
    where = endpoint(server.port, security)
    return ImapAccount(NAME, where, where, NAME, trust=ServerTrust(ca_pem=authority.ca_pem))


# -- the stages: each plays up to a command of the client


def greeting(talk: Talk) -> str:
    return ""


def hello(talk: Talk) -> str:
    talk.say("220 mail.example.com ESMTP")
    return talk.expect("EHLO")


def sign_in(talk: Talk) -> str:
    hello(talk)
    talk.say("250-mail.example.com", "250 AUTH PLAIN LOGIN")
    return talk.expect("AUTH PLAIN")


def sender(talk: Talk) -> str:
    talk.smtp_login()
    return talk.expect("MAIL FROM")


def recipient(talk: Talk) -> str:
    sender(talk)
    talk.say("250 ok")
    return talk.expect("RCPT TO")


def data(talk: Talk) -> str:
    recipient(talk)
    talk.say("250 ok")
    return talk.expect("DATA")


def verdict(talk: Talk) -> str:
    data(talk)
    talk.say("354 go on")
    talk.hear_message()
    return ""


STAGES = {
    "greeting": greeting, "hello": hello, "sign-in": sign_in,
    "sender": sender, "recipient": recipient, "data": data, "verdict": verdict,
}  # fmt: skip
SENDING = ("sender", "recipient", "data", "verdict")


# -- the weapons


def lines_without_end(talk: Talk, tag: str) -> None:
    talk.flood(b"250-" + b"x" * 300 + b"\r\n")


def line_without_end(talk: Talk, tag: str) -> None:
    talk.flood(b"250 " + b"x" * 1000)


def lines_that_drip(talk: Talk, tag: str) -> None:
    talk.drip(b"220-x\r\n", pause=0.01)


def goodbye(talk: Talk, tag: str) -> None:
    talk.say("421 4.3.2 shutting down")
    talk.close()


def no_number(talk: Talk, tag: str) -> None:
    talk.say("hello there", "how are you")


def number_of_nobody(talk: Talk, tag: str) -> None:
    talk.say("199 hm")


def empty_lines(talk: Talk, tag: str) -> None:
    talk.flood(b"\r\n", most=1 << 16)


WEAPONS: dict[str, Weapon] = {
    "closes": closes,
    "resets": resets,
    "says goodbye": goodbye,
    "NUL bytes": nul_bytes,
    "a line without end": line_without_end,
    "lines without end": lines_without_end,
    "a line that drips": line_that_drips,
    "lines that drip": lines_that_drip,
    "no number": no_number,
    "a number of nobody": number_of_nobody,
    "empty lines": empty_lines,
}
ENDS = {
    "closes": C.CONNECTION_LOST,
    "resets": C.CONNECTION_LOST,
    "says goodbye": C.SERVER_BUSY,
    "NUL bytes": C.PROTOCOL_ERROR,
    "a line without end": C.PROTOCOL_ERROR,
    "lines without end": C.ANSWER_TOO_LARGE,
    "a line that drips": C.READ_TIMEOUT,
    "lines that drip": C.READ_TIMEOUT,
    "no number": C.PROTOCOL_ERROR,
    "a number of nobody": C.PROTOCOL_ERROR,
    "empty lines": C.PROTOCOL_ERROR,
}
DRIPS = ("a line that drips", "lines that drip")


def end_of(stage: str, weapon: str) -> ProblemCode:
    if stage == "greeting" and weapon not in ("closes", "resets", "says goodbye", *DRIPS):
        return C.NOT_A_MAIL_SERVER
    if (stage, weapon) == ("hello", "empty lines"):
        return C.CONNECTION_LOST  # smtplib's own word for it
    if stage == "verdict" and weapon != "says goodbye":  # which is an answer: the message was not taken
        return C.OUTCOME_UNKNOWN
    return ENDS[weapon]


def sent(opened: SmtpSession) -> SmtpOutcome:
    return opened.send(NAME, "ben@example.org", RAW)


def problem_of(outcome: SmtpOutcome) -> Problem:
    assert not isinstance(outcome, Accepted)
    assert not holds_password(repr(outcome.problem).encode())
    return outcome.problem


SEEN_ELSEWHERE = [  # each takes as long as the client's patience
    (stage, "a line that drips") for stage in ("hello", "sender", "recipient", "data")
]


@cases(list(STAGES), WEAPONS, SEEN_ELSEWHERE)
def test_instead_of_an_answer(certificate: Issued, authority: Authority, stage: str, weapon: str) -> None:
    def script(talk: Talk) -> None:
        WEAPONS[weapon](talk, STAGES[stage](talk))
        talk.wait()

    def whole(server: ScriptedServer) -> SmtpOutcome:
        with open_smtp(account(server, authority), Secret(PASSWORD), timeouts=BRIEF) as opened:
            outcome = sent(opened)
            assert not opened.usable
            assert isinstance(sent(opened), Deferred)  # nothing goes on over a conversation that is out of step
        return outcome

    with ScriptedServer(script, context=certificate.server_context()) as server, within(16):
        if stage in SENDING:
            outcome = whole(server)
            problem = problem_of(outcome)
            assert isinstance(outcome, Unknown if problem.code is C.OUTCOME_UNKNOWN else Deferred)
        else:
            problem = ending(lambda: whole(server))
    assert problem.code is end_of(stage, weapon), problem
    assert server.talks[0].sent < 8 * MEGABYTE  # with what the systems' buffers hold
    assert given_away(server) == (stage not in ("greeting", "hello"))
    assert len(server.talks) == 1  # no second try


# -- before TLS


def starttls(talk: Talk) -> str:
    hello(talk)
    talk.say("250-mail.example.com", "250-AUTH PLAIN LOGIN", "250 STARTTLS")
    return talk.expect("STARTTLS")


def stripped(talk: Talk, tag: str) -> None:
    talk.say("250-mail.example.com", "250-XXXXXXXA", "250 AUTH PLAIN LOGIN")


def refused(talk: Talk, tag: str) -> None:
    talk.say("454 4.7.0 TLS is not available just now")


def injected(talk: Talk, tag: str) -> None:
    """CVE-2011-0411 and its kin: what stands behind the 220 would count as if it had come under TLS."""
    talk.raw(b"220 go\r\n250-mail.example.com\r\n250 AUTH PLAIN\r\n")
    talk.start_tls()


def injected_later(talk: Talk, tag: str) -> None:
    talk.say("220 go")
    talk.raw(b"250-mail.example.com\r\n250 AUTH PLAIN\r\n235 welcome\r\n")


def says_yes_and_speaks_no_tls(talk: Talk, tag: str) -> None:
    talk.say("220 go")
    talk.wait()


PLAIN_STAGES = {"greeting": greeting, "hello": hello, "STARTTLS": starttls}
PLAIN_WEAPONS: dict[str, Weapon] = WEAPONS | {
    "leaves STARTTLS out": stripped,
    "refuses": refused,
    "says yes and more": injected,
    "says yes, and then more": injected_later,
    "says yes and speaks no TLS": says_yes_and_speaks_no_tls,
}


@cases(list(PLAIN_STAGES), PLAIN_WEAPONS, [("greeting", "lines that drip"), ("hello", "a line that drips")])
def test_before_tls_nothing_is_given_away(certificate: Issued, authority: Authority, stage: str, weapon: str) -> None:
    def script(talk: Talk) -> None:
        PLAIN_WEAPONS[weapon](talk, PLAIN_STAGES[stage](talk))
        talk.wait()

    context = certificate.server_context()
    with ScriptedServer(script, context=context, implicit_tls=False) as server, within(16):
        problem = ending(lambda: open_smtp(account(server, authority, "starttls"), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code not in (C.WRONG_CREDENTIALS, C.APP_PASSWORD_NEEDED)  # nothing is said about the password
    assert given_away(server) == 0
    assert not any(NAME.encode() in talk.received for talk in server.talks)
    first = server.talks[0]
    assert {line.split()[0].upper() for line in first.heard if line.isascii() and line.strip()} <= {"EHLO", "STARTTLS"}


def test_what_was_offered_before_tls_does_not_count(certificate: Issued, authority: Authority) -> None:
    def script(talk: Talk) -> None:
        starttls(talk)
        talk.say("220 go")
        talk.start_tls()
        talk.expect("EHLO")
        talk.say("250 mail.example.com")
        talk.wait()

    context = certificate.server_context()
    with ScriptedServer(script, context=context, implicit_tls=False) as server:
        problem = ending(lambda: open_smtp(account(server, authority, "starttls"), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code is C.LOGIN_DISABLED
    assert given_away(server) == 0


# -- signing in


def offering(talk: Talk, ways: str) -> None:
    hello(talk)
    talk.say("250-mail.example.com", f"250 AUTH {ways}")


@pytest.mark.parametrize(
    "ways", ["CRAM-MD5 DIGEST-MD5", "ANONYMOUS", "NTLM GSSAPI XOAUTH2", "", "PLAINTEXT", "X" * 8000]
)
def test_no_weaker_way_to_sign_in_is_taken(certificate: Issued, authority: Authority, ways: str) -> None:
    def script(talk: Talk) -> None:
        offering(talk, ways)
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server, within(16):
        problem = ending(lambda: open_smtp(account(server, authority), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code is C.LOGIN_DISABLED
    assert given_away(server) == 0
    assert not any("AUTH" in line for line in server.talks[0].heard)


@pytest.mark.parametrize(
    ("ways", "questions", "code", "given"),
    [
        (
            "LOGIN",
            ["334 UGFzc3dvcmQ6", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"],
            C.PROTOCOL_ERROR,
            1,
        ),  # in nonsense order
        ("LOGIN", ["334 !!!", "334 \xff", "235 ok"], None, 1),
        ("LOGIN", ["235 come in"], None, 0),
        ("PLAIN", ["334 ", "334 again"], C.PROTOCOL_ERROR, 2),
        ("PLAIN", ["334 ", "235 ok"], None, 2),
        ("PLAIN", ["200 whatever"], C.PROTOCOL_ERROR, 1),
        ("PLAIN", ["535 5.7.8 no: {echo}"], C.WRONG_CREDENTIALS, 1),
    ],
)
def test_questions_of_all_kinds(
    certificate: Issued, authority: Authority, ways: str, questions: list[str], code: ProblemCode | None, given: int
) -> None:
    def script(talk: Talk) -> None:
        offering(talk, ways)
        for question in questions:
            talk.say(question.replace("{echo}", talk.hear()))
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        if code is None:
            open_smtp(account(server, authority), Secret(PASSWORD), timeouts=BRIEF).close()
        else:
            problem = ending(lambda: open_smtp(account(server, authority), Secret(PASSWORD), timeouts=BRIEF))
            assert problem.code is code
    assert given_away(server) == given
    blobs = [line.split()[-1] for line in server.talks[0].heard]
    assert blobs.count(base64.b64encode(PASSWORD.encode()).decode()) <= 1  # the bare password only where LOGIN asks


def test_a_recipient_is_not_sent_to_where_the_server_points(certificate: Issued, authority: Authority) -> None:
    """551 (RFC 5321 3.4): the person decides about another address."""

    def script(talk: Talk) -> None:
        recipient(talk)
        talk.say("551 User not local; please try <ben@example.net>")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with open_smtp(account(server, authority), Secret(PASSWORD), timeouts=BRIEF) as opened:
            outcome = sent(opened)
    assert isinstance(outcome, Refused)
    assert "example.net" in outcome.problem.server_says
    assert not any("example.net" in line for line in server.talks[0].heard)
