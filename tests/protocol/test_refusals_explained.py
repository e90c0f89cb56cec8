"""What a server says reaches the table of troubleshooting through the real adapters, word for word: each row's example is
played by a server that speaks IMAP or SMTP, and the problem that comes of it finds its row."""

from __future__ import annotations

import re

import pytest

from app.backends.imap import open_imap
from app.backends.smtp import Deferred, Refused, open_smtp
from app.backends.transport import Timeouts
from app.domain.errors import MailFault
from app.domain.inboxes import ImapAccount, Secret, ServerTrust
from app.domain.problems import Problem, ProblemCode
from app.words.problems import explain, row_of
from app.words.troubleshooting import Row, table
from tests.support.authority import Authority, Issued
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

ADA, BEN, SECRET = "ada@example.com", "ben@example.org", Secret("secret word")
QUICK = Timeouts(connect=2, read=2, final_answer=2)
RAW = b"From: ada@example.com\r\nSubject: Hello\r\nMessage-ID: <one@example.com>\r\n\r\nHello\r\n"
REPLY = re.compile(r"(\d{3})[ -](.+)")
# codes by which a sign-in is refused (RFC 4954 6, RFC 5321 4.2.1)
AT_SIGN_IN = {"432", "454", "525", "530", "534", "535", "538"}
# after the sign-in; not in answer to one
LATER = {"[ALREADYEXISTS]", "[NONEXISTENT]", "[TOOBIG]", "[OVERQUOTA]", "LOGINDISABLED"}


def of(protocol: str) -> list[Row]:
    return [row for row in table() if protocol in row.protocols and not row.bound and row.patterns]


IMAP = [row for row in of("imap") if not LATER & set(row.codes)]
SMTP = [row for row in of("smtp") if REPLY.match(row.example)]


@pytest.fixture
def account(authority: Authority) -> ImapAccount:
    where = endpoint(0, "tls")
    return ImapAccount(ADA, where, where, ADA, trust=ServerTrust(ca_pem=authority.ca_pem))


def at(account: ImapAccount, port: int) -> ImapAccount:
    where = endpoint(port, "tls")
    return ImapAccount(ADA, where, where, ADA, trust=account.trust)


def assert_explained(problem: Problem, row: Row) -> None:
    assert row_of(problem) is row, problem
    told = explain(problem)
    assert (told.title, told.cause) == row.words(problem.host)[:2]
    assert told.remedy == row.words(problem.host)[2] or problem.retry_after


@pytest.mark.parametrize("row", IMAP, ids=lambda row: row.code)
def test_an_imap_server_refuses_the_sign_in(row: Row, certificate: Issued, account: ImapAccount) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready")
        tag = talk.expect("AUTHENTICATE PLAIN")
        talk.say("+ ")
        talk.hear()
        kind = "" if row.example.startswith(("NO ", "BAD ")) else "NO "
        talk.say(f"{tag} {kind}{row.example}")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as caught:
            open_imap(at(account, server.port), SECRET, timeouts=QUICK)
    assert_explained(caught.value.problem, row)


@pytest.mark.parametrize("row", SMTP, ids=lambda row: row.code)
def test_an_smtp_server_refuses(row: Row, certificate: Issued, account: ImapAccount) -> None:
    found = REPLY.match(row.example)
    assert found is not None
    reply = f"{found[1]} {found[2]}"

    def sign_in(talk: Talk) -> None:
        talk.say("220 mail.example.com ESMTP")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250 AUTH PLAIN LOGIN")
        talk.hear()
        talk.say(reply)
        talk.wait()

    def recipient(talk: Talk) -> None:
        talk.smtp_login()
        talk.expect("MAIL FROM:")
        talk.say("250 ok")
        talk.expect("RCPT TO:")
        talk.say(reply)
        talk.hear()
        talk.say("250 ok")
        talk.wait()

    early = found[1] in AT_SIGN_IN
    with ScriptedServer(sign_in if early else recipient, context=certificate.server_context()) as server:
        if early:
            with pytest.raises(MailFault) as caught:
                open_smtp(at(account, server.port), SECRET, timeouts=QUICK)
            problem = caught.value.problem
        else:
            with open_smtp(at(account, server.port), SECRET, timeouts=QUICK) as session:
                outcome = session.send(ADA, BEN, RAW)
            assert isinstance(outcome, Refused | Deferred)
            problem = outcome.problem
    assert problem.code is not ProblemCode.PROTOCOL_ERROR
    assert_explained(problem, row)
