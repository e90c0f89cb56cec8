"""A provider whose answers are damaged or made to harm: every one of them ends in a fault with a sentence, and nothing that
was sent stands in it, in a log, or in what is kept."""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.backends.graph import open_graph
from app.backends.sasl import read_reason
from app.backends.smtp import open_smtp
from app.domain.errors import MailFault
from app.domain.inboxes import (
    AccessToken,
    AuthMethod,
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    Provider,
    Secret,
    ServerTrust,
)
from app.domain.problems import ProblemCode
from app.domain.sign_in import SignInFault, SignInTrouble
from app.oauth.clients import client_for
from app.oauth.grants import Access, Grant, OAuthClient
from app.oauth.provider_data import load_provider
from app.oauth.send_as import list_send_as
from app.services.diagnosis_report import write_report
from app.services.grants import KEY_NAME, kept_tokens
from app.services.inbox_state import mark_trouble
from tests.protocol.oauth.conftest import World
from tests.protocol.oauth.test_tending import connected
from tests.support.authority import Authority, Issued
from tests.support.scripted import ScriptedServer, Talk

DEEP = b"[" * 200_000
SCOPES = {
    Provider.GMAIL: "openid email https://mail.google.com/",
    Provider.OUTLOOK: "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send",
}


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _ok(**changed: object) -> bytes:
    answer = {"access_token": "A", "refresh_token": "R", "token_type": "Bearer", "expires_in": 3600, "scope": "mail"}
    return json.dumps({**answer, **changed}).encode()


ANSWERS = {
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a number": b"5",
    "too deep": DEEP,
    "a page": b"<html>",
    "nothing": b"",
    "an identity without dots": _ok(id_token="abc"),
    "a deep identity": _ok(id_token=f"a.{_b64(DEEP)}.c"),
    "an identity that is a list": _ok(id_token=f"a.{_b64(b'[1]')}.c"),
    "an identity without an address": _ok(id_token=f"a.{_b64(json.dumps({'aud': 'c', 'nonce': 'N'}).encode())}.c"),
    "a token that is a list": _ok(access_token=["x"]),
    "a token with a line end": _ok(access_token="x\r\nBcc: y"),
    "a refresh token that is a list": _ok(refresh_token=["a"]),
    "an end beyond all numbers": _ok(expires_in=10**400),
    "an end that is no number": _ok(expires_in="soon"),
    "no end": _ok(expires_in=0).replace(b'"expires_in": 0', b'"expires_in": NaN'),
    "permissions in a list": _ok(scope=["a"]),
    "an error that is a number": b'{"error":5}',
    "an error that is a list": b'{"error":["a"],"error_description":{"x":1}}',
    "a description that is an object": b'{"error":"invalid_grant","error_description":{"x":1}}',
}


class Nonsense:
    """`answer`: of the token endpoint and the revocation; `metadata`: of discovery, None for one that makes sense."""

    def __init__(self, certificate: Issued) -> None:
        self.answer, self.status, self.metadata = b"{}", 200, b""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                o = owner.origin
                sense = {"issuer": f"{o}/common/v2.0", "authorization_endpoint": f"{o}/common/a"}
                sense |= {"token_endpoint": f"{o}/common/token", "device_authorization_endpoint": f"{o}/common/d"}
                self._say(200, owner.metadata or json.dumps(sense).encode())

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self._say(owner.status, owner.answer)

            def _say(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.socket = certificate.server_context().wrap_socket(self._server.socket, server_side=True)
        self.origin = f"https://localhost:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator[Nonsense]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        yield self
        self._server.shutdown()
        self._server.server_close()
        thread.join()

    def client(self, provider: Provider, ca_pem: str) -> OAuthClient:
        o = self.origin
        urls = {
            "token_url": f"{o}/token",
            "authorize_url": f"{o}/a",
            "revoke_url": f"{o}/r",
            "authority": f"{o}/common",
        }
        return client_for(load_provider(provider, {"client_id": "c", **urls}), ca_pem)


@pytest.fixture
def nonsense(certificate: Issued) -> Iterator[Nonsense]:
    with Nonsense(certificate).running() as server:
        yield server


def tried(call: Callable[[], object]) -> SignInFault | None:
    """None where a client makes sense of it all the same. Anything but a SignInFault goes through."""
    try:
        call()
    except SignInFault as fault:
        return fault
    return None


@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_no_answer_is_a_crash(provider: Provider, answer: bytes, nonsense: Nonsense, authority: Authority) -> None:
    grant = Grant("ada@example.com", "R")
    client = nonsense.client(provider, authority.ca_pem)
    attempt = client.begin("http://localhost:1", "ada@example.com")
    for nonsense.status in (200, 400):
        nonsense.answer = answer
        assert tried(partial(client.finish, attempt, {"state": attempt.state, "code": "x"})) is not None
        tried(partial(client.renew, grant, "mail"))
        tried(partial(client.revoke, grant))
    if answer[:1] == b"{":
        return
    nonsense.metadata = answer or b" "
    other = nonsense.client(provider, authority.ca_pem)
    assert provider is Provider.GMAIL or tried(lambda: other.begin("http://localhost:1", "ada@example.com")) is not None


def test_a_token_is_never_believed_for_ever(nonsense: Nonsense, authority: Authority) -> None:
    nonsense.answer = _ok(expires_in=1e300, scope=SCOPES[Provider.GMAIL])
    renewed = nonsense.client(Provider.GMAIL, authority.ca_pem).renew(Grant("ada@example.com", "R"), "mail")
    kept = Grant.from_json(renewed.to_json()).access["mail"]
    assert kept.expires_at < Access("x", 4e9).expires_at


@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])
def test_no_library_writes_tokens_into_the_log(
    provider: Provider, nonsense: Nonsense, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """A company's proxy that adds a line to each answer is enough."""
    caplog.set_level(logging.DEBUG)
    secrets = ("SECRET-ACCESS", "SECRET-REFRESH", "SECRET-CODE", "SECRET-OLD")
    answer = _ok(access_token=secrets[0], refresh_token=secrets[1], scope=SCOPES[provider])
    for nonsense.answer in (answer + b"\n<!-- scanned -->", answer):
        client = nonsense.client(provider, authority.ca_pem)
        attempt = client.begin("http://localhost:1", "ada@example.com")
        verifier = attempt.memory.get("verifier") or attempt.memory["code_verifier"]
        tried(partial(client.finish, attempt, {"state": attempt.state, "code": secrets[2]}))
        tried(partial(client.renew, Grant("ada@example.com", secrets[3]), "mail"))
        text = " ".join(f"{r.getMessage()} {r.exc_text or ''}" for r in caplog.records)
        assert not [secret for secret in (*secrets, verifier) if secret in text]


@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])
def test_an_echo_of_what_was_sent_is_masked(provider: Provider, nonsense: Nonsense, authority: Authority) -> None:
    client = nonsense.client(provider, authority.ca_pem)
    attempt = client.begin("http://localhost:1", "ada@example.com")
    verifier = attempt.memory.get("verifier") or attempt.memory["code_verifier"]
    grant = Grant("ada@example.com", "rt.sent-refresh", {"mail": Access("at.older-access", 0)})
    sent = ("co.sent-code", verifier, grant.refresh_token, "at.older-access")
    nonsense.status = 400
    nonsense.answer = json.dumps({"error": "invalid_grant", "error_description": f"no: {' '.join(sent)}"}).encode()
    finished = tried(lambda: client.finish(attempt, {"state": attempt.state, "code": sent[0]}))
    renewed = tried(lambda: client.renew(grant, "mail"))
    assert finished is not None
    assert renewed is not None
    assert finished.trouble is SignInTrouble.GRANT_ENDED
    assert not [s for s in sent[:2] if s in f"{finished} {finished.says}"]
    assert not [s for s in sent[2:] if s in f"{renewed} {renewed.says}"]
    assert "•••" in renewed.says


def test_an_echo_is_kept_nowhere(world: World) -> None:
    inbox = connected(world, Provider.GMAIL)
    token = world.workspace.credential(inbox)
    assert isinstance(token, AccessToken)
    (refresh, *_) = kept_tokens(world.workspace, inbox.address)
    says = {"error": "invalid_grant", "error_description": f"The token {refresh} has been revoked."}
    world.idp.fail["/token"] = [(400, says)]
    with pytest.raises(MailFault) as fault:
        world.workspace.credential(inbox, refused=token)
    mark_trouble(world.workspace, inbox.id, fault.value.problem)
    now = world.workspace.store.inboxes.get(inbox.id)
    assert now.problem is not None
    assert "has been revoked" in now.problem.server_says
    assert refresh not in f"{fault.value} {now.problem!r} {write_report(world.workspace, now)}"
    files = [path for path in world.workspace.folder.rglob("*") if path.is_file()]
    assert not [path.name for path in files if refresh.encode() in path.read_bytes()]


def test_the_list_of_aliases_echoes_no_token(world: World) -> None:
    token = AccessToken("at.sent-with-the-question")
    says = {"error": {"code": 403, "message": f"Bearer {token.reveal()} may not", "errors": []}}
    world.idp.fail["/gmail/v1/users/me/settings/sendAs"] = [(403, says)]
    with pytest.raises(MailFault) as fault:
        list_send_as(world.idp.origin, token, world.trust.ca_pem)
    assert "may not" in fault.value.problem.server_says
    assert token.reveal() not in str(fault.value)


def test_a_damaged_key_means_signing_in_again(world: World) -> None:
    inbox = connected(world, Provider.GMAIL)
    world.workspace.secrets.store().set(KEY_NAME, Secret("abc"))
    with pytest.raises(MailFault) as fault:
        world.workspace.credential(inbox)
    assert fault.value.problem.code is ProblemCode.NO_SECRET
    again = connected(world, Provider.GMAIL)
    assert world.idp.user_of(world.workspace.credential(again).reveal()) == world.address


def test_a_reason_of_brackets() -> None:
    assert read_reason(DEEP).startswith("[[[")
    assert read_reason(b'{"a":' * 900 + b"1" + b"}" * 900)


def test_a_submission_server_with_a_reason_of_brackets(certificate: Issued, authority: Authority) -> None:
    def script(talk: Talk) -> None:
        talk.say("220 ready")
        talk.hear()
        talk.say("250-hello", "250 AUTH XOAUTH2")
        talk.hear()
        talk.say("334 ")
        talk.hear()
        talk.say("334 " + "W1tb" * 1000)
        talk.hear()
        talk.say("535 5.7.8 no")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as fault:
            open_smtp(_account(server.port, authority), AccessToken("a-token-1234"))
    assert fault.value.problem.code in (ProblemCode.WRONG_CREDENTIALS, ProblemCode.PROTOCOL_ERROR)


@pytest.mark.parametrize(
    ("status", "code"), [(302, "protocol_error"), (404, "protocol_error"), (400, "protocol_error")]
)
def test_graph_says_who_one_is_or_nobody_is_signed_in(
    status: int, code: str, certificate: Issued, authority: Authority
) -> None:
    def script(talk: Talk) -> None:
        while talk.hear():
            pass
        talk.say(f"HTTP/1.1 {status} no", "Content-Length: 0", "Location: https://login.example.com/", "")
        talk.wait()

    with ScriptedServer(script, context=certificate.server_context()) as server:
        with pytest.raises(MailFault) as fault:
            open_graph(_account(server.port, authority), AccessToken("a-token-1234"))
    assert fault.value.problem.code is ProblemCode(code)


def _account(port: int, authority: Authority) -> ImapAccount:
    end = Endpoint("localhost", port, ConnectionSecurity.IMPLICIT_TLS)
    return ImapAccount(
        "ada@example.com",
        end,
        end,
        "ada@example.com",
        trust=ServerTrust(ca_pem=authority.ca_pem),
        auth=AuthMethod.OAUTH,
        graph_url=f"https://localhost:{port}",
    )
