"""A look at a server without a sign-in: its clock, its offers, its certificates; it ends in time whatever the server does."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.backends import inspection
from app.backends.inspection import look_at_server
from app.domain.diagnosis import ServerFacts, Speaks
from app.domain.errors import Cancelled
from app.domain.problems import ProblemCode
from tests.support.authority import Authority, Issued
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import endpoint
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer, Talk


def look(server: ScriptedServer, speaks: Speaks, security: str = "tls") -> ServerFacts:
    return look_at_server(endpoint(server.port, security), speaks, threading.Event())


def test_a_clock_that_is_wrong_is_told(certificate: Issued) -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=2))

    def script(talk: Talk) -> None:
        talk.say(f"220-mail.example.com ESMTP ready at {ahead}", "220 welcome")
        talk.expect("EHLO")
        talk.say("250-mail.example.com", "250-AUTH PLAIN XOAUTH2", "250 SIZE 1000")

    with ScriptedServer(script, context=certificate.server_context()) as server:
        facts = look(server, Speaks.SMTP)
    assert facts.clock is not None and abs(facts.clock - 7200) < 30
    assert facts.sign_ins == ("PLAIN", "XOAUTH2") and facts.capabilities == ("AUTH PLAIN XOAUTH2", "SIZE 1000")
    assert facts.problem is None and facts.chain[0].sha256 == certificate.sha256 and facts.tls.startswith("TLS 1.")


def test_starttls_that_is_refused(certificate: Issued) -> None:
    def script(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.expect("STARTTLS")
        talk.say("h1 NO not today")

    with ScriptedServer(script) as server:
        facts = look(server, Speaks.IMAP, "starttls")
    assert facts.problem is not None and facts.problem.code is ProblemCode.TLS_NOT_OFFERED
    assert facts.problem.server_says == "h1 NO not today"
    assert facts.greeting == "* OK ready" and facts.chain == ()


def test_what_is_no_tls() -> None:
    with ScriptedServer(lambda talk: talk.say("* OK in the clear")) as server:
        facts = look(server, Speaks.IMAP)
    assert facts.problem is not None and facts.problem.code is ProblemCode.TLS_FAILED
    assert facts.answered_ms > 0


def test_a_flood_ends_it(certificate: Issued) -> None:
    def flood(talk: Talk) -> None:
        while True:
            talk.raw(b"x" * 65536)

    with ScriptedServer(flood, context=certificate.server_context()) as server:
        facts = look(server, Speaks.IMAP)
    assert facts.problem is not None and facts.problem.code is ProblemCode.ANSWER_TOO_LARGE


def test_a_drip_ends_in_time(certificate: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "TIME_LIMIT", 1.0)
    gone = threading.Event()

    def drip(talk: Talk) -> None:
        while not gone.wait(0.05):
            talk.raw(b"x")

    with ScriptedServer(drip, context=certificate.server_context()) as server:
        began = time.monotonic()
        facts = look(server, Speaks.IMAP)
        assert time.monotonic() - began < 4
        gone.set()
    assert facts.problem is not None and facts.problem.code is ProblemCode.READ_TIMEOUT


def test_a_cancel_goes_through(certificate: Issued) -> None:
    cancel = threading.Event()

    def script(talk: Talk) -> None:
        cancel.set()
        talk.hear()

    with ScriptedServer(script, context=certificate.server_context()) as server, pytest.raises(Cancelled):
        look_at_server(endpoint(server.port, "tls"), Speaks.IMAP, cancel)


def test_nobody_there() -> None:
    facts = look_at_server(endpoint(free_port(), "tls"), Speaks.HTTPS, threading.Event())
    assert facts.problem is not None and facts.problem.code is ProblemCode.CONNECTION_REFUSED


def test_https_tells_its_clock(exchange: FakeExchange, authority: Authority) -> None:
    port = int(exchange.url.rpartition(":")[2].partition("/")[0])
    facts = look_at_server(endpoint(port, "tls"), Speaks.HTTPS, threading.Event(), path="/EWS/Exchange.asmx")
    assert facts.problem is None and facts.greeting.startswith("HTTP/1.")
    assert facts.clock is not None and abs(facts.clock) < 30
