"""Exchange as a person meets it: the steps of a check, what is refused and why, and what is never sent."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.backends.exchange import find_exchange, open_exchange, open_exchange_sending
from app.backends.exchange.sender import addressed_to
from app.backends.smtp import Accepted, Deferred, Refused, Unknown
from app.backends.transport import Timeouts
from app.domain.checks import EWS_STEPS, CheckEvent, CheckStep, StepFailed, StepPassed
from app.domain.errors import Cancelled, MailFault, UsageError
from app.domain.exchange_address import ews_url, is_exchange_online
from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust
from app.domain.problems import Problem, ProblemCode
from app.services.check_account import check_account
from app.words.problems import explain
from tests.support.authority import Authority
from tests.support.fake_ews import FakeExchange
from tests.support.scripted import ScriptedServer, Talk

ADA, PASSWORD = "ada@example.com", "correct horse battery"
SECRET = Secret(PASSWORD)
RAW = f"From: {ADA}\r\nTo: bob@example.com\r\nSubject: Hi\r\nMessage-ID: <x@example.com>\r\n\r\nHello\r\n".encode()


@pytest.fixture
def account(exchange: FakeExchange, authority: Authority) -> ExchangeAccount:
    exchange.add_person(ADA, PASSWORD, login="EXAMPLE\\ada")
    return ExchangeAccount(ADA, exchange.url, "EXAMPLE\\ada", ServerTrust(ca_pem=authority.ca_pem))


def refusal(call: Callable[[], object]) -> Problem:
    with pytest.raises(MailFault) as caught:
        call()
    assert explain(caught.value.problem).remedy
    assert PASSWORD not in str(caught.value) + repr(caught.value.problem)
    return caught.value.problem


# -- the check


def test_steps_are_told(account: ExchangeAccount) -> None:
    told: list[CheckEvent] = []
    with open_exchange(account, SECRET, on_step=told.append) as session:
        assert session.select("INBOX").exists == 0
    assert [event.step for event in told[::2]] == [event.step for event in told[1::2]] == list(EWS_STEPS)
    details = [event.detail for event in told if isinstance(event, StepPassed)]
    assert details[0].endswith(" ms")
    assert details[1:] == ["TLS 1.3", "Exchange 2019"]


def test_a_wrong_password_is_not_told_and_tried_once(account: ExchangeAccount, exchange: FakeExchange) -> None:
    told: list[CheckEvent] = []
    problem = refusal(lambda: open_exchange(account, Secret("no"), on_step=told.append))
    assert problem.code is ProblemCode.WRONG_CREDENTIALS
    assert isinstance(told[-1], StepFailed)
    assert told[-1].step is CheckStep.EWS_LOGIN
    assert exchange.passwords == ["no"]  # a second try would lock the account sooner


@pytest.mark.parametrize("password", ["pässwörd", "日本語 €", 'with "quotes": and \\', " spaces "])
def test_passwords_of_all_kinds(account: ExchangeAccount, exchange: FakeExchange, password: str) -> None:
    exchange.people[ADA] = password
    with open_exchange(account, Secret(password)) as session:
        assert session.select("INBOX").exists == 0


def test_several_threads_sign_in_at_once(account: ExchangeAccount) -> None:
    def look(_: int) -> int:
        with open_exchange(account, SECRET) as session:
            return session.select("INBOX").exists

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(look, range(8))) == [0] * 8


def test_basic_authentication_switched_off_is_named(account: ExchangeAccount, exchange: FakeExchange) -> None:
    exchange.offer = "Negotiate, NTLM"
    exchange.people[ADA] = "another"
    problem = refusal(lambda: open_exchange(account, SECRET))
    assert problem.code is ProblemCode.LOGIN_DISABLED
    assert "Negotiate" in problem.server_says


@pytest.mark.parametrize(
    ("build", "code"),
    [
        ((8, 3, 83, 6), ProblemCode.EXCHANGE_TOO_OLD),
        ((14, 1, 218, 15), ProblemCode.EXCHANGE_TOO_OLD),  # 2010 SP1
        ((15, 20, 7000, 1), ProblemCode.EXCHANGE_ONLINE),
    ],
)
def test_versions_that_cannot_be_used(
    account: ExchangeAccount, exchange: FakeExchange, build: tuple[int, int, int, int], code: ProblemCode
) -> None:
    exchange.build = build
    problem = refusal(lambda: open_exchange(account, SECRET))
    assert problem.code is code
    assert ".".join(map(str, build)) in problem.server_says


@pytest.mark.parametrize("build", [(14, 2, 247, 5), (14, 3, 123, 4), (15, 0, 847, 32), (15, 1, 2507, 6)])
def test_versions_that_can(account: ExchangeAccount, exchange: FakeExchange, build: tuple[int, int, int, int]) -> None:
    exchange.build = build
    with open_exchange(account, SECRET) as session:
        assert session.select("INBOX").exists == 0


def test_a_mailbox_that_is_not_there(account: ExchangeAccount, exchange: FakeExchange) -> None:
    exchange.fail["GetFolder"] = ["ErrorNonExistentMailbox"]
    assert refusal(lambda: open_exchange(account, SECRET)).code is ProblemCode.LOGIN_DISABLED


# -- whom the password is given


def trusting(account: ExchangeAccount, **trust: str) -> ExchangeAccount:
    return ExchangeAccount(account.address, account.url, account.username, ServerTrust(**trust))


def test_an_unknown_certificate_gets_no_password(account: ExchangeAccount, exchange: FakeExchange) -> None:
    problem = refusal(lambda: open_exchange(trusting(account), SECRET))
    assert problem.code is ProblemCode.CERTIFICATE_UNTRUSTED
    assert problem.certificate is not None
    pinned = trusting(account, pin_sha256=problem.certificate.sha256)
    assert exchange.log == exchange.passwords == []
    with open_exchange(pinned, SECRET) as session:
        assert session.select("INBOX").exists == 0


def test_another_certificate_than_the_pinned_one_gets_no_password(
    account: ExchangeAccount, exchange: FakeExchange
) -> None:
    problem = refusal(lambda: open_exchange(trusting(account, pin_sha256="ab" * 32), SECRET))
    assert problem.code is ProblemCode.CERTIFICATE_CHANGED
    assert exchange.log == []


def test_certificates_for_other_names_and_times(authority: Authority) -> None:
    for issued, code in (
        (authority.issue("mail.example.org"), ProblemCode.CERTIFICATE_NAME_MISMATCH),
        (authority.issue(expired=True), ProblemCode.CERTIFICATE_EXPIRED),
    ):
        with FakeExchange(issued) as server:
            account = ExchangeAccount(ADA, server.url, ADA, ServerTrust(ca_pem=authority.ca_pem))
            assert refusal(lambda account=account: open_exchange(account, SECRET)).code is code  # type: ignore[misc]
            assert server.log == []


def test_plain_http_and_microsoft_365_are_refused_before_anything_is_asked(account: ExchangeAccount) -> None:
    plain = ExchangeAccount(ADA, account.url.replace("https", "http"), ADA)
    assert refusal(lambda: open_exchange(plain, SECRET)).code is ProblemCode.TLS_NOT_OFFERED
    online = ExchangeAccount(ADA, "https://outlook.office365.com/EWS/Exchange.asmx", ADA)
    told: list[CheckEvent] = []
    assert refusal(lambda: open_exchange(online, SECRET, on_step=told.append)).code is ProblemCode.EXCHANGE_ONLINE
    assert isinstance(told[-1], StepFailed)


def test_a_redirect_is_not_followed(account: ExchangeAccount, exchange: FakeExchange, authority: Authority) -> None:
    with FakeExchange(authority.issue()) as other:
        exchange.fail["ConvertId"] = [(302, {"Location": other.url})]
        problem = refusal(lambda: open_exchange(account, SECRET))
        assert problem.code is ProblemCode.NO_EWS
        assert other.url in problem.server_says
        assert other.log == []


def test_proxies_and_netrc_of_the_environment_do_not_count(
    account: ExchangeAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    with open_exchange(account, SECRET) as session:
        assert session.select("INBOX").exists == 0


def test_what_is_no_exchange(account: ExchangeAccount, exchange: FakeExchange) -> None:
    for failure, code in (
        ((200, {"Content-Type": "text/html"}), ProblemCode.NO_EWS),
        ((404, {}), ProblemCode.NO_EWS),
        ((200, {}), ProblemCode.PROTOCOL_ERROR),  # XML without a word
        ((200, {"Content-Encoding": "gzip"}), ProblemCode.PROTOCOL_ERROR),
        ((403, {}), ProblemCode.LOGIN_DISABLED),
        ((503, {"Retry-After": "90"}), ProblemCode.SERVER_BUSY),
    ):
        exchange.fail["ConvertId"] = [failure]
        problem = refusal(lambda: open_exchange(account, SECRET))
        assert problem.code is code, failure
        assert problem.retry_after == (90 if failure[0] == 503 else None)


def test_a_mail_server_at_the_port_is_told(authority: Authority) -> None:
    with ScriptedServer(
        lambda talk: (talk.say("* OK IMAP4rev1 ready"), talk.wait()), context=authority.issue().server_context()
    ) as server:
        account = ExchangeAccount(ADA, f"https://localhost:{server.port}/ews", ADA, ServerTrust(authority.ca_pem))
        assert refusal(lambda: open_exchange(account, SECRET)).code is ProblemCode.PROTOCOL_ERROR


def answering(authority: Authority, answer: Callable[[Talk], object]) -> ScriptedServer:
    def script(talk: Talk) -> None:
        while talk.hear():
            pass
        answer(talk)
        talk.wait()

    return ScriptedServer(script, context=authority.issue().server_context())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 99999999999\r\n\r\n" + b"<" * (33 << 20),
         ProblemCode.ANSWER_TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * (1 << 20),
         ProblemCode.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * (1 << 20), ProblemCode.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<a/>", ProblemCode.CONNECTION_LOST),
        (b'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 75\r\n\r\n<?xml version="1.0"?><!DOCTYPE a '
         b'[<!ENTITY b "bbbbbbbbbbbbbbbbbbbbbbb">]><a>&b;</a>', ProblemCode.PROTOCOL_ERROR),
    ],
    ids=["no end", "endless chunk line", "endless header", "no length", "entities"],
)  # fmt: skip
def test_hostile_answers_end_in_bounds(authority: Authority, answer: bytes, code: ProblemCode) -> None:
    def flood(talk: Talk) -> None:
        with contextlib.suppress(OSError):
            talk.raw(answer)

    with answering(authority, flood) as server:
        account = ExchangeAccount(ADA, f"https://localhost:{server.port}/ews", ADA, ServerTrust(authority.ca_pem))
        began = time.monotonic()
        problem = refusal(lambda: open_exchange(account, SECRET, timeouts=Timeouts(5, 3)))
        assert problem.code is code
        assert time.monotonic() - began < 10


# -- time


def test_a_silent_server_is_given_up_and_a_cancel_ends_it(account: ExchangeAccount, exchange: FakeExchange) -> None:
    exchange.silent = {"ConvertId"}
    problem = refusal(lambda: open_exchange(account, SECRET, timeouts=Timeouts(5, 0.5)))
    assert problem.code is ProblemCode.READ_TIMEOUT
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        open_exchange(account, SECRET, cancel=cancel)
    assert time.monotonic() - began < 1.5


def test_a_session_outlives_a_connection_that_the_server_closed(
    account: ExchangeAccount, exchange: FakeExchange
) -> None:
    with open_exchange(account, SECRET) as session:
        session.select("INBOX")
        exchange.fail["GetFolder"] = [(503, {"Connection": "close"})]
        assert refusal(lambda: session.uids_from(1)).code is ProblemCode.SERVER_BUSY
        assert session.uids_from(1) == []


# -- reading


@pytest.mark.parametrize("kind", ["MeetingRequest", "MeetingCancellation", "PostItem", "Contact"])
def test_what_is_no_mail_stops_nothing(account: ExchangeAccount, exchange: FakeExchange, kind: str) -> None:
    exchange.deliver(ADA, "From: a@example.org\nSubject: 1\nMessage-ID: <1@example.org>\n\nx\n", kind=kind)
    exchange.deliver(ADA, "From: a@example.org\nSubject: 2\nMessage-ID: <2@example.org>\n\nx\n")
    with open_exchange(account, SECRET) as session:
        session.select("INBOX")
        found = list(session.fetch_headers(session.uids_from(1), ("Subject", "Message-ID")))
        assert b"Subject: 2" in found[-1].header
        assert len(found) == (1 if kind == "Contact" else 2)


def test_a_report_of_exchange_s_own_is_known_as_one(account: ExchangeAccount, exchange: FakeExchange) -> None:
    exchange.deliver(
        ADA, "Subject: Undeliverable\nMessage-ID: <1@example.org>\n\nx\n", item_class="REPORT.IPM.Note.NDR"
    )
    with open_exchange(account, SECRET) as session:
        session.select("INBOX")
        (found,) = session.fetch_headers(session.uids_from(1), ("Subject", "Content-Type"))
    assert b"Content-Type: multipart/report; report-type=delivery-status" in found.header


def test_one_message_that_cannot_be_handed_out_stops_no_other(account: ExchangeAccount, exchange: FakeExchange) -> None:
    for number in (1, 2, 3):
        exchange.deliver(ADA, f"Subject: {number}\nMessage-ID: <{number}@example.org>\n\nx\n")
    with open_exchange(account, SECRET) as session:
        session.select("INBOX")
        uids = session.uids_from(1)
        exchange.broken = {uids[1]}
        found = list(session.fetch_headers(uids, ("Subject",)))
        assert [(h.uid, bool(h.header)) for h in found] == [(uids[0], True), (uids[1], False), (uids[2], True)]
        assert refusal(lambda: session.fetch_body(uids[1])).code is ProblemCode.BROKEN_MESSAGE


# -- sending


@pytest.mark.parametrize(
    ("code", "kind", "problem"),
    [
        ("ErrorServerBusy", Deferred, ProblemCode.THROTTLED),
        ("ErrorMailboxMoveInProgress", Deferred, ProblemCode.SERVER_BUSY),
        ("ErrorSendAsDenied", Refused, ProblemCode.SENDER_REFUSED),
        ("ErrorInvalidRecipients", Refused, ProblemCode.RECIPIENT_REFUSED),
        ("ErrorMessageSizeExceeded", Refused, ProblemCode.MESSAGE_TOO_LARGE),
        ("ErrorQuotaExceeded", Refused, ProblemCode.QUOTA_EXCEEDED),
        ("ErrorInvalidOperation", Refused, ProblemCode.MESSAGE_REFUSED),
        ((413, {}), Refused, ProblemCode.MESSAGE_TOO_LARGE),
        ((401, {}), Deferred, ProblemCode.WRONG_CREDENTIALS),
    ],
)
def test_refusals_of_a_message(
    account: ExchangeAccount,
    exchange: FakeExchange,
    code: str | tuple[int, dict[str, str]],
    kind: type,
    problem: ProblemCode,
) -> None:
    with open_exchange_sending(account, SECRET) as sender:
        exchange.fail["CreateItem"] = [code]
        outcome = sender.send(ADA, "bob@example.com", RAW)
        assert isinstance(outcome, kind)
        assert outcome.problem.code is problem
        assert isinstance(sender.send(ADA, "bob@example.com", RAW), Accepted)
    assert exchange.recipients == ["bob@example.com"]


def test_an_answer_that_is_lost_leaves_the_outcome_unknown(account: ExchangeAccount, exchange: FakeExchange) -> None:
    exchange.cut_after_send = True
    with open_exchange_sending(account, SECRET) as sender:
        assert isinstance(sender.send(ADA, "bob@example.com", RAW), Unknown)
        assert not sender.usable
        assert isinstance(sender.send(ADA, "bob@example.com", RAW), Deferred)
    assert exchange.recipients == ["bob@example.com"]


def test_a_cancel_while_the_answer_is_awaited(account: ExchangeAccount, exchange: FakeExchange) -> None:
    exchange.silent = {"CreateItem"}
    cancel = threading.Event()
    with open_exchange_sending(account, SECRET, cancel=cancel) as sender:
        threading.Timer(0.5, cancel.set).start()
        began = time.monotonic()
        assert isinstance(sender.send(ADA, "bob@example.com", RAW), Unknown)
        assert 0.4 < time.monotonic() - began < 3


def test_a_cancel_before_the_message_left(account: ExchangeAccount, exchange: FakeExchange) -> None:
    cancel = threading.Event()
    with open_exchange_sending(account, SECRET, cancel=cancel) as sender:
        with pytest.raises(Cancelled):
            sender.send(ADA, "bob@example.com", RAW, before_data=cancel.set)
    assert exchange.recipients == []


def test_a_server_that_is_gone_before_the_message_left(authority: Authority) -> None:
    with FakeExchange(authority.issue()) as server:
        server.add_person(ADA, PASSWORD)
        account = ExchangeAccount(ADA, server.url, ADA, ServerTrust(authority.ca_pem))
        sender = open_exchange_sending(account, SECRET)
        server.fail["CreateItem"] = [(503, {"Connection": "close"})]
        assert isinstance(sender.send(ADA, "bob@example.com", RAW), Deferred)
    with sender:
        outcome = sender.send(ADA, "bob@example.com", RAW)
    assert isinstance(outcome, Deferred)
    assert outcome.problem.code is ProblemCode.CONNECTION_REFUSED


def test_each_copy_goes_to_one_person(account: ExchangeAccount, exchange: FakeExchange) -> None:
    raw = (
        b"From: ada@example.com\nTo: =?utf-8?q?K=C3=A5re?= <kare@example.com>,\n bob@example.com\nCc: eve@example.com\n"
        b"Bcc: mal@example.com\nSubject: Hi\n\nTo: nobody@example.com\n"
    )
    with open_exchange_sending(account, SECRET) as sender:
        for person in ("kare@example.com", "mal@example.com"):
            assert isinstance(sender.send(ADA, person, raw), Accepted)
    assert exchange.recipients == ["kare@example.com", "mal@example.com"]
    assert addressed_to("kare@example.com", raw) == (
        b"From: ada@example.com\r\nSubject: Hi\r\nTo: =?utf-8?q?K=C3=A5re?= <kare@example.com>\r\n\r\n"
        b"To: nobody@example.com\r\n"
    )


def test_nothing_of_people_s_mail_reaches_the_log(
    account: ExchangeAccount, exchange: FakeExchange, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    exchange.fail["CreateItem"] = ["ErrorServerBusy", (500, {"Content-Type": "text/plain"})]
    with open_exchange_sending(account, SECRET) as sender:
        sender.send(ADA, "bob@example.com", RAW)
        sender.send(ADA, "bob@example.com", RAW)
    assert "Hello" not in caplog.text
    assert "Subject" not in caplog.text
    assert PASSWORD not in caplog.text


# -- finding it


@pytest.fixture
def internet(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, FakeExchange], None]:
    """Gives a host's name to a server; other names are unknown."""
    hosts: dict[str, int] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: object, **options: object) -> object:
        if host in ("localhost", "127.0.0.1"):
            return real(host, port, *rest, **options)  # type: ignore[arg-type]
        if host not in hosts:
            raise socket.gaierror(-2, "unknown")
        return real("127.0.0.1", hosts[host], *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return lambda host, server: hosts.update({host: server.port})


@pytest.fixture
def named(authority: Authority) -> FakeExchange:
    server = FakeExchange(authority.issue("example.com", "autodiscover.example.com", "mail.example.com"))
    server.add_person(ADA, PASSWORD)
    return server


def test_the_server_is_found_at_either_place(
    named: FakeExchange, internet: Callable[[str, FakeExchange], None], authority: Authority
) -> None:
    named.ews_url = "https://mail.example.com/EWS/Exchange.asmx"
    trust = ServerTrust(ca_pem=authority.ca_pem)
    with named:
        internet("example.com", named)
        assert find_exchange(ADA, "", SECRET, trust=trust) == named.ews_url
        internet("autodiscover.example.com", named)
        internet("mail.example.com", named)
        found = find_exchange(ADA, "", SECRET, trust=trust)
        with open_exchange(ExchangeAccount(ADA, found, ADA, trust), SECRET) as session:
            assert session.select("INBOX").exists == 0


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://mail.example.net/EWS/Exchange.asmx", ProblemCode.EXCHANGE_ELSEWHERE),
        ("https://mail.notexample.com/EWS/Exchange.asmx", ProblemCode.EXCHANGE_ELSEWHERE),
        ("https://outlook.office365.com/EWS/Exchange.asmx", ProblemCode.EXCHANGE_ONLINE),
        ("http://mail.example.com/EWS/Exchange.asmx", ProblemCode.EXCHANGE_NOT_FOUND),
    ],
)
def test_where_an_answer_must_not_lead(
    named: FakeExchange,
    internet: Callable[[str, FakeExchange], None],
    authority: Authority,
    url: str,
    code: ProblemCode,
) -> None:
    named.ews_url = url
    with named:
        internet("autodiscover.example.com", named)
        problem = refusal(lambda: find_exchange(ADA, "", SECRET, trust=ServerTrust(authority.ca_pem)))
    assert problem.code is code
    if code is ProblemCode.EXCHANGE_ELSEWHERE:
        assert problem.host in url
        assert f"https://{problem.host}/ews/exchange.asmx" in explain(problem).remedy


def test_a_redirect_of_autodiscover_is_followed_within_the_domain_only(
    named: FakeExchange, internet: Callable[[str, FakeExchange], None], authority: Authority
) -> None:
    trust = ServerTrust(authority.ca_pem)
    svc = "/autodiscover/autodiscover.svc"
    with named, FakeExchange(authority.issue("mail.example.net")) as other:
        internet("autodiscover.example.com", named)
        internet("mail.example.com", named)
        internet("mail.example.net", other)
        named.ews_url = "https://mail.example.com/EWS/Exchange.asmx"
        named.fail["GetUserSettings"] = [(302, {"Location": f"https://mail.example.com{svc}"})]
        assert find_exchange(ADA, "", SECRET, trust=trust) == named.ews_url
        named.fail["GetUserSettings"] = [(302, {"Location": f"https://mail.example.net{svc}"})]
        problem = refusal(lambda: find_exchange(ADA, "", SECRET, trust=trust))
        assert (problem.code, problem.host) == (ProblemCode.EXCHANGE_ELSEWHERE, "mail.example.net")
        assert other.log == other.passwords == []


def test_autodiscover_tells_a_wrong_password_from_no_server(
    named: FakeExchange, internet: Callable[[str, FakeExchange], None], authority: Authority
) -> None:
    trust = ServerTrust(authority.ca_pem)
    assert refusal(lambda: find_exchange(ADA, "", SECRET, trust=trust)).code is ProblemCode.EXCHANGE_NOT_FOUND
    with named:
        internet("example.com", named)
        problem = refusal(lambda: find_exchange(ADA, "", Secret("wrong"), trust=trust))
    assert problem.code is ProblemCode.WRONG_CREDENTIALS


def test_autodiscover_has_a_time_limit_and_ends_on_cancel(
    named: FakeExchange, internet: Callable[[str, FakeExchange], None], authority: Authority
) -> None:
    named.silent = {"GetUserSettings"}
    trust = ServerTrust(authority.ca_pem)
    with named:
        internet("autodiscover.example.com", named)
        began = time.monotonic()
        problem = refusal(lambda: find_exchange(ADA, "", SECRET, trust=trust, time_limit=0.7))
        assert problem.code is ProblemCode.EXCHANGE_NOT_FOUND
        assert time.monotonic() - began < 1.5
        cancel = threading.Event()
        threading.Timer(0.3, cancel.set).start()
        with pytest.raises(Cancelled):
            find_exchange(ADA, "", SECRET, trust=trust, cancel=cancel)


def test_a_check_finds_the_server_first_where_it_has_to(
    named: FakeExchange, internet: Callable[[str, FakeExchange], None], authority: Authority
) -> None:
    account = ExchangeAccount(ADA, "", ADA, ServerTrust(authority.ca_pem))
    told: list[CheckEvent] = []
    with named:
        internet("autodiscover.example.com", named)
        result = check_account(account, SECRET, on_event=told.append)
        assert result.ok
        assert result.files_sent_copies
        assert result.account == replace(account, url="https://autodiscover.example.com/EWS/Exchange.asmx")
        steps = [event.step for event in told if isinstance(event, StepPassed)]
        assert steps == [CheckStep.EWS_DISCOVER, *EWS_STEPS, CheckStep.TEST_MESSAGE]
        told.clear()
        result = check_account(account, Secret("wrong"), on_event=told.append)
        assert (result.ok, result.failed_step, result.account) == (False, CheckStep.EWS_DISCOVER, None)
        assert sum(isinstance(event, StepFailed) for event in told) == 1
        named.build = (8, 3, 83, 6)
        result = check_account(account, SECRET, on_event=told.append)
    assert (result.ok, result.failed_step) == (False, CheckStep.EWS_LOGIN)
    assert isinstance(result.account, ExchangeAccount)
    assert result.account.url == "https://autodiscover.example.com/EWS/Exchange.asmx"  # found once is enough


def test_an_address_at_microsoft_is_sent_to_outlook_at_once() -> None:
    problem = refusal(lambda: find_exchange("ada@contoso.onmicrosoft.com", "", SECRET))
    assert problem.code is ProblemCode.EXCHANGE_ONLINE
    assert "Outlook" in explain(problem).remedy


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("mail.example.com", "https://mail.example.com/ews/exchange.asmx"),
        ("https://mail.example.com/owa/#path=/mail", "https://mail.example.com/ews/exchange.asmx"),
        (" https://Mail.Example.com/owa/auth/logon.aspx?url=https://x/ ", "https://mail.example.com/ews/exchange.asmx"),
        ("https://mail.example.com/EWS/Exchange.asmx", "https://mail.example.com/EWS/Exchange.asmx"),
        ("https://mail.example.com:8443/owa", "https://mail.example.com:8443/ews/exchange.asmx"),
        ("https://mail.example.com:443", "https://mail.example.com/ews/exchange.asmx"),
    ],
)
def test_what_people_paste(typed: str, url: str) -> None:
    assert ews_url(typed) == url


@pytest.mark.parametrize("typed", ["", "http://mail.example.com", "https://a:b@mail.example.com", "ftp://x", "a b"])
def test_what_is_no_address_of_a_server(typed: str) -> None:
    with pytest.raises(UsageError):
        ews_url(typed)


def test_names_of_microsoft_s_own_hosts() -> None:
    assert is_exchange_online("outlook.office365.com")
    assert is_exchange_online("Autodiscover-s.OUTLOOK.com.")
    assert not is_exchange_online("outlook.example.com")
    assert not is_exchange_online("notoutlook.com")
