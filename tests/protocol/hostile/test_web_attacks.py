"""Web servers that mean harm: in the place of an Exchange server, of autodiscover, of Microsoft Graph."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.backends.exchange import channel, find_exchange, open_exchange
from app.backends.graph import open_graph
from app.backends.transport import open_socket
from app.backends.web import read_answer, retry_after, write_request
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, ExchangeAccount, ImapAccount, Secret, ServerTrust
from app.domain.problems import ProblemCode
from tests.protocol.hostile.harness import (
    BRIEF,
    MEGABYTE,
    NAME,
    PASSWORD,
    ending,
    given_away,
    holds_password,
    within,
)
from tests.support.authority import Authority, Issued
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import endpoint
from tests.support.scripted import ScriptedServer, Talk

C = ProblemCode
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"
Weapon = Callable[[Talk], object]


def by_length(body: bytes, *more: bytes) -> bytes:
    return OK + b"".join(line + b"\r\n" for line in more) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def says(data: bytes) -> Weapon:
    return lambda talk: talk.raw(data)


def then_floods(data: bytes, more: bytes) -> Weapon:
    def weapon(talk: Talk) -> None:
        talk.raw(data)
        talk.flood(more)

    return weapon


def then_drips(data: bytes, more: bytes, pause: float = 0.03) -> Weapon:
    def weapon(talk: Talk) -> None:
        talk.raw(data)
        talk.drip(more, pause)

    return weapon


def then_closes(data: bytes) -> Weapon:
    def weapon(talk: Talk) -> None:
        talk.raw(data)
        talk.close()

    return weapon


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HEAD = OK + b"Content-Length: 1000000\r\n\r\n"

LOST, BAD, BIG, SLOW = {C.CONNECTION_LOST}, {C.PROTOCOL_ERROR}, {C.ANSWER_TOO_LARGE}, {C.READ_TIMEOUT}
Case = tuple[Weapon, set[ProblemCode], set[ProblemCode]]
# HTTP itself: what comes, how it ends where `requests` and exchangelib read it, and how where we do
HTTP: dict[str, Case] = {
    "closes": (then_closes(b""), LOST, LOST),
    "closes in the status": (then_closes(b"HTTP/1.1 20"), LOST, LOST),
    "closes in the headers": (then_closes(OK), LOST, LOST),
    "closes in the body": (then_closes(HEAD + b"<a>"), LOST, LOST),
    "closes in a chunk": (then_closes(CHUNKED + b"ff\r\n<a>"), LOST, LOST),
    "NUL bytes": (says(b"\0\0\xff\xfe\0\r\n\r\n"), BAD, BAD),
    "NUL bytes in the body": (says(by_length(b"\0" * 100)), BAD, set()),
    "a status line without end": (then_floods(b"HTTP/1.1 200 ", b"x"), BAD, BIG),
    "a status of nobody": (says(b"HTTP/1.1 one OK\r\n\r\n"), BAD, BAD),
    "a header without end": (then_floods(OK + b"X: ", b"x" * 999), BAD, BIG),
    "headers without end": (then_floods(OK, b"X: y\r\n"), BAD, BIG),
    "wait and wait": (then_floods(b"", b"HTTP/1.1 100 Go on\r\nX: " + b"x" * 900 + b"\r\n\r\n"), BIG, BIG),
    "a body without end": (then_floods(HEAD.replace(b"1000000", b"9" * 15), b"<a>"), BIG, BIG),
    "a length of 2**63": (then_floods(HEAD.replace(b"1000000", b"%d" % 2**63), b"<a>"), BIG, BAD),
    "a negative length": (then_closes(HEAD.replace(b"1000000", b"-5") + b"<a/>"), LOST, BAD),
    "two lengths": (says(HEAD.replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\n<a/>")), BAD, BAD),
    "a negative chunk": (says(CHUNKED + b"-5\r\n<a/>\r\n0\r\n\r\n"), BAD, BAD),
    "a chunk of 2**64": (then_floods(CHUNKED + b"%x\r\n" % 2**64, b"<a>"), BIG, BAD),
    "a chunk that is no number": (says(CHUNKED + b"zz\r\n"), BAD, BAD),
    "chunks without end": (then_floods(CHUNKED, b"400\r\n" + b"x" * 1024 + b"\r\n"), BIG, BIG),
    "a chunk line without end": (then_floods(CHUNKED, b"1"), BAD, BIG),
    "trailers without end": (then_floods(CHUNKED + b"0\r\n", b"X: y\r\n"), BIG, set()),
    "a status that drips": (then_drips(b"HTTP/1.1 200 ", b"x"), SLOW, SLOW),
    "headers that drip": (then_drips(OK, b"X: y\r\n"), SLOW, SLOW),
    "a body that drips": (then_drips(HEAD, b"<a>"), SLOW, SLOW),
    "chunks that drip": (then_drips(CHUNKED, b"1\r\nx\r\n", 0.01), SLOW, SLOW),
    "waiting that drips": (then_drips(b"", b"HTTP/1.1 100 Go on\r\n\r\n", 0.01), SLOW, SLOW),
}

DEEP = b"<a>" * 100_000
SOAP: dict[str, tuple[bytes, ProblemCode]] = {
    "packed, unasked": (by_length(b"\x1f\x8b" + b"x" * 98, b"Content-Encoding: gzip"), C.PROTOCOL_ERROR),
    "packed twice": (by_length(b"x" * 98, b"Content-Encoding: identity", b"Content-Encoding: br"), C.PROTOCOL_ERROR),
    "not even XML": (by_length(b"hello"), C.PROTOCOL_ERROR),
    "nothing": (by_length(b""), C.PROTOCOL_ERROR),
    "brackets without end": (by_length(DEEP), C.PROTOCOL_ERROR),
    "brackets as deep as they close": (by_length(DEEP + b"</a>" * 100_000), C.PROTOCOL_ERROR),
    "more elements than memory": (by_length(b"<a>" + b"<b/>" * 1_100_000 + b"</a>"), C.ANSWER_TOO_LARGE),
    "more attributes than memory": (
        by_length(b"<a>" + b"<b c='' d=''/>" * 400_000 + b"</a>"), C.ANSWER_TOO_LARGE),
    "entities in entities": (
        by_length(b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">'
                  + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghij")
                  + b"]><a>&j;</a>"), C.PROTOCOL_ERROR),
    "a file of this computer": (
        by_length(b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>'), C.PROTOCOL_ERROR),
    "the same in UTF-16": (
        by_length('<!DOCTYPE a [<!ENTITY f "x">]><a>&f;</a>'.encode("utf-16")), C.PROTOCOL_ERROR),
    "the same in UTF-7": (
        by_length(b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-'), C.PROTOCOL_ERROR),
    "the same in EBCDIC": (
        by_length('<?xml version="1.0" encoding="cp037"?><!DOCTYPE a><a/>'.encode("cp037")), C.PROTOCOL_ERROR),
}  # fmt: skip


def request_of(talk: Talk) -> None:
    length = 0
    while line := talk.hear():
        if found := re.fullmatch(r"content-length: (\d+)", line.lower()):
            length = int(found.group(1))
    talk.hear_bytes(length)


def answering(certificate: Issued, weapon: Weapon) -> ScriptedServer:
    def script(talk: Talk) -> None:
        request_of(talk)
        weapon(talk)
        talk.wait()

    return ScriptedServer(script, context=certificate.server_context())


def exchange_at(server: ScriptedServer, authority: Authority) -> ExchangeAccount:
    return ExchangeAccount(
        NAME, f"https://localhost:{server.port}/ews/exchange.asmx", NAME, ServerTrust(authority.ca_pem)
    )


@pytest.fixture
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel, "ANSWER_LIMIT", MEGABYTE)


@pytest.mark.usefixtures("_small_limits")
@pytest.mark.parametrize("weapon", HTTP)
def test_http_that_is_none_for_exchange(certificate: Issued, authority: Authority, weapon: str) -> None:
    play, codes, _ = HTTP[weapon]
    with answering(certificate, play) as server, within(16):
        problem = ending(lambda: open_exchange(exchange_at(server, authority), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code in codes
    assert server.talks[0].sent < 8 * MEGABYTE  # with what the systems' buffers hold
    assert given_away(server) == len(server.talks) == 1  # to a server that is known, and once


@pytest.mark.parametrize("weapon", [name for name, case in HTTP.items() if case[2]])
def test_http_that_is_none_for_our_own_requests(certificate: Issued, authority: Authority, weapon: str) -> None:
    play, _, codes = HTTP[weapon]
    with answering(certificate, play) as server, within(12):
        wire = open_socket(endpoint(server.port, "tls"), BRIEF)
        wire.start_tls(authority.client_context())

        def ask() -> None:
            write_request(wire, "GET", "/", {"Authorization": "Bearer x"})
            read_answer(wire)

        try:
            problem = ending(ask)
        finally:
            wire.close()
    assert problem.code in codes
    assert server.talks[0].sent < 8 * MEGABYTE


@pytest.mark.parametrize("weapon", SOAP)
def test_soap_that_is_none(certificate: Issued, authority: Authority, weapon: str) -> None:
    answer, code = SOAP[weapon]
    with answering(certificate, says(answer)) as server, within(40):
        problem = ending(lambda: open_exchange(exchange_at(server, authority), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code is code
    assert "root:" not in problem.server_says


# -- whom the password is not given


@pytest.fixture
def elsewhere(certificate: Issued) -> Iterator[ScriptedServer]:
    """Another server, with a certificate that is in order. Nobody may ask it anything."""
    with ScriptedServer(lambda talk: talk.wait(), context=certificate.server_context()) as server:
        yield server
        assert [bytes(talk.received) for talk in server.talks] == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 401])
def test_a_redirect_is_not_followed_and_a_cookie_not_carried(
    certificate: Issued, authority: Authority, elsewhere: ScriptedServer, status: int
) -> None:
    target = f"https://localhost:{elsewhere.port}/ews/exchange.asmx"
    answer = (
        f"HTTP/1.1 {status} Go there\r\nLocation: {target}\r\nContent-Location: {target}\r\nRefresh: 0; url={target}\r\n"
        f'Set-Cookie: a=b; Domain=localhost\r\nWWW-Authenticate: Basic realm="{target}"\r\nContent-Length: 0\r\n\r\n'
    )
    with answering(certificate, says(answer.encode())) as server:
        problem = ending(lambda: open_exchange(exchange_at(server, authority), Secret(PASSWORD), timeouts=BRIEF))
    assert problem.code is (C.WRONG_CREDENTIALS if status == 401 else C.NO_EWS)
    assert given_away(server) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_graph_is_not_led_away(
    certificate: Issued, authority: Authority, elsewhere: ScriptedServer, status: int
) -> None:
    answer = f"HTTP/1.1 {status} Go\r\nLocation: https://localhost:{elsewhere.port}/\r\nContent-Length: 0\r\n\r\n"
    with answering(certificate, says(answer.encode())) as server:
        where = endpoint(server.port, "tls")
        account = ImapAccount(
            NAME, where, where, NAME, trust=ServerTrust(authority.ca_pem), graph_url=f"https://localhost:{server.port}"
        )
        with pytest.raises(MailFault) as caught:
            open_graph(account, AccessToken("token of ada"), timeouts=BRIEF)
    assert caught.value.problem.code is C.PROTOCOL_ERROR
    assert "token of ada" not in str(caught.value) and not given_away(elsewhere)


# -- autodiscover


class Internet:
    """Hosts' names and ports, each a server of the test's own; other names are unknown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._real = socket.getaddrinfo
        self._ports: dict[tuple[str, int], int] = {}
        monkeypatch.setattr(socket, "getaddrinfo", self._look_up)

    def put(self, host: str, port: int, local: int) -> None:
        self._ports[host, port] = local

    def _look_up(self, host: str, port: int, *rest: Any, **options: Any) -> Any:
        if host == "localhost":
            return self._real(host, port, *rest, **options)
        if (host, port) not in self._ports:
            raise socket.gaierror(-2, "unknown")
        return self._real("127.0.0.1", self._ports[host, port], *rest, **options)


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    return Internet(monkeypatch)


@pytest.fixture
def named(authority: Authority) -> Issued:
    return authority.issue("autodiscover.example.com", "mail.example.com", "autodiscover.example.net")


def find(authority: Authority, time_limit: float = 5.0) -> str:
    trust = ServerTrust(authority.ca_pem)
    return find_exchange(NAME, "", Secret(PASSWORD), trust=trust, time_limit=time_limit)


SOAP_ANSWER = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/>'
    '<s:Body><GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover"><Response>'
    "<ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses><UserResponse><ErrorCode>{code}</ErrorCode>"
    "<ErrorMessage/><RedirectTarget>{target}</RedirectTarget><UserSettingErrors/><UserSettings/></UserResponse>"
    "</UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("code", "target", "told"),
    [
        ("RedirectUrl", "https://autodiscover.example.net/autodiscover/autodiscover.svc", C.EXCHANGE_ELSEWHERE),
        ("RedirectUrl", "https://example.com.example.net/autodiscover/autodiscover.svc", C.EXCHANGE_ELSEWHERE),
        ("RedirectUrl", "https://example.com@example.net/autodiscover/autodiscover.svc", C.EXCHANGE_ELSEWHERE),
        ("RedirectUrl", "https://[example.net/autodiscover/autodiscover.svc", C.EXCHANGE_ELSEWHERE),
        ("RedirectUrl", "https://autodiscover-s.outlook.com/autodiscover/autodiscover.svc", C.EXCHANGE_ONLINE),
        ("RedirectAddress", "ada@example.net", C.EXCHANGE_ELSEWHERE),
        ("RedirectAddress", "ada@example.com/@example.net", C.EXCHANGE_ELSEWHERE),
        (
            "RedirectUrl",
            "https://autodiscover.example.com/autodiscover/autodiscover.svc",
            C.EXCHANGE_NOT_FOUND,
        ),  # itself
    ],
)
def test_autodiscover_leads_nobody_away(
    authority: Authority, internet: Internet, named: Issued, elsewhere: ScriptedServer,
    code: str, target: str, told: ProblemCode,
) -> None:  # fmt: skip
    answer = by_length(SOAP_ANSWER.format(code=code, target=target).encode())
    internet.put("autodiscover.example.net", 443, elsewhere.port)
    internet.put("example.net", 443, elsewhere.port)
    with answering(named, says(answer)) as server:
        internet.put("autodiscover.example.com", 443, server.port)
        assert ending(lambda: find(authority)).code is told


@pytest.mark.parametrize(
    "weapon", ["a body that drips", "headers that drip", "a body without end", "NUL bytes", "closes"]
)
def test_autodiscover_ends_in_time(authority: Authority, internet: Internet, named: Issued, weapon: str) -> None:
    with answering(named, HTTP[weapon][0]) as server, within(16):
        internet.put("autodiscover.example.com", 443, server.port)
        assert ending(lambda: find(authority, time_limit=0.6)).code is C.EXCHANGE_NOT_FOUND


@pytest.mark.parametrize("weapon", SOAP)
def test_autodiscover_reads_no_bomb(authority: Authority, internet: Internet, named: Issued, weapon: str) -> None:
    with answering(named, says(SOAP[weapon][0])) as server, within(40):
        internet.put("autodiscover.example.com", 443, server.port)
        assert ending(lambda: find(authority)).code is C.EXCHANGE_NOT_FOUND


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://mail.example.com/autodiscover/autodiscover.xml", None),
        ("https://autodiscover.example.net/autodiscover/autodiscover.xml", C.EXCHANGE_ELSEWHERE),
        ("https://autodiscover-s.outlook.com/autodiscover/autodiscover.xml", C.EXCHANGE_ONLINE),
        ("http://mail.example.com/autodiscover/autodiscover.xml", C.EXCHANGE_NOT_FOUND),
        ("https://mail.example.com/", C.EXCHANGE_NOT_FOUND),
        ("https://[mail.example.com/autodiscover/", C.EXCHANGE_NOT_FOUND),
        ("", C.EXCHANGE_NOT_FOUND),
    ],
)
def test_a_plain_redirect_is_followed_within_the_domain_and_carries_nothing(
    authority: Authority, internet: Internet, named: Issued, elsewhere: ScriptedServer,
    location: str, told: ProblemCode | None,
) -> None:  # fmt: skip
    def plain(talk: Talk) -> None:
        request_of(talk)
        talk.raw(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())

    internet.put("autodiscover.example.net", 443, elsewhere.port)
    with ScriptedServer(plain) as web, FakeExchange(named) as server:
        server.add_person(NAME, PASSWORD)
        server.ews_url = "https://mail.example.com/EWS/Exchange.asmx"
        internet.put("autodiscover.example.com", 80, web.port)
        internet.put("mail.example.com", 443, server.port)
        if told is None:
            assert find(authority) == server.ews_url
        else:
            assert ending(lambda: find(authority)).code is told
            assert server.passwords == []
        assert web.talks[0].heard[0] == "GET /autodiscover/autodiscover.xml HTTP/1.1"
        heard = b"".join(bytes(talk.received) for talk in web.talks)
    assert not holds_password(heard)
    assert b"ada" not in heard
    assert b"uthorization" not in heard


def test_the_certificate_of_an_own_autodiscover_is_shown_and_pinned(authority: Authority, internet: Internet) -> None:
    own = authority.issue("autodiscover.example.com", self_signed=True)
    with FakeExchange(own) as server:
        server.add_person(NAME, PASSWORD)
        internet.put("autodiscover.example.com", 443, server.port)
        problem = ending(lambda: find(authority))
        assert problem.code is C.CERTIFICATE_UNTRUSTED
        assert problem.certificate is not None
        assert problem.certificate.sha256 == own.sha256
        assert server.passwords == []
        trust = ServerTrust(pin_sha256=own.sha256)
        url = find_exchange(NAME, "", Secret(PASSWORD), trust=trust)
        assert url == "https://autodiscover.example.com/EWS/Exchange.asmx"
        with open_exchange(ExchangeAccount(NAME, url, NAME, trust), Secret(PASSWORD)) as opened:
            assert opened.select("INBOX").exists == 0


def test_the_web_site_of_a_domain_is_not_offered_for_trust(authority: Authority, internet: Internet) -> None:
    with FakeExchange(authority.issue("example.com", self_signed=True)) as site:
        internet.put("example.com", 443, site.port)
        assert ending(lambda: find(authority)).code is C.EXCHANGE_NOT_FOUND


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90.0), ("9" * 15, 86_400.0), ("9" * 400, None), ("-1", None), ("soon", None), ("", None), ("\u0663", None)],
)
def test_how_long_a_server_may_make_us_wait(text: str, seconds: float | None) -> None:
    assert retry_after(text) == seconds
