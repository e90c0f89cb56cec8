"""A provider's token endpoint that means harm: the sign-in ends in time, reads no more than a token's worth, and hands
nothing to another host."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
import requests

from app.oauth import http
from tests.protocol.hostile.harness import MEGABYTE, within
from tests.support.authority import Authority, Issued
from tests.support.scripted import ScriptedServer, Talk

SECRET = "refresh-token-of-ada"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BOMB = gzip.compress(b" " * (64 * MEGABYTE))


def then(data: bytes, act: Callable[[Talk], object]) -> Callable[[Talk], None]:
    def weapon(talk: Talk) -> None:
        talk.raw(data)
        act(talk)

    return weapon


WEAPONS: dict[str, Callable[[Talk], None]] = {
    "a status that drips": then(b"HTTP/1.1 200 ", lambda talk: talk.drip(b"x", 0.03)),
    "headers that drip": then(OK, lambda talk: talk.drip(b"X: y\r\n", 0.03)),
    "a body that drips": then(OK + b"Content-Length: 100000\r\n\r\n", lambda talk: talk.drip(b" ", 0.03)),
    "chunks that drip": then(OK + b"Transfer-Encoding: chunked\r\n\r\n", lambda talk: talk.drip(b"1\r\n \r\n", 0.02)),
    "headers without end": then(OK, lambda talk: talk.flood(b"X: y\r\n")),
    "a body without end": then(OK + b"\r\n", lambda talk: talk.flood(b" ")),
    "a body that unpacks to 64 MB": then(
        OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB, Talk.wait
    ),
    "silence": Talk.wait,
    "closes": then(b"HT", Talk.close),
}


@pytest.fixture
def session(authority: Authority) -> requests.Session:
    made = http.prepare(requests.Session(), authority.ca_pem)
    made.mount("https://", http.Adapter(authority.ca_pem, limits=(2, 1, 0.5)))
    return made


@pytest.mark.parametrize("weapon", WEAPONS)
def test_the_sign_in_ends(session: requests.Session, certificate: Issued, weapon: str) -> None:
    def script(talk: Talk) -> None:
        while talk.hear():
            pass
        WEAPONS[weapon](talk)
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server, session, within(48):
        with pytest.raises(requests.RequestException) as caught:
            session.post(f"https://localhost:{server.port}/token", data={"refresh_token": SECRET})
        assert server.talks[0].sent < 16 * MEGABYTE
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_gets_no_token(session: requests.Session, certificate: Issued, status: int) -> None:
    with ScriptedServer(lambda talk: talk.wait(), context=certificate.server_context()) as elsewhere:

        def script(talk: Talk) -> None:
            while talk.hear():
                pass
            target = f"https://localhost:{elsewhere.port}/"
            talk.raw(f"HTTP/1.1 {status} Go\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode())
            talk.wait()

        with ScriptedServer(script, context=certificate.server_context()) as server, session:
            with pytest.raises(requests.TooManyRedirects):
                session.post(f"https://localhost:{server.port}/token", data={"refresh_token": SECRET})
        assert elsewhere.talks == []
