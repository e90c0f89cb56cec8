"""XOAUTH2 and OAUTHBEARER against Dovecot, which asks the provider; and their refusals."""

from __future__ import annotations

import base64

import pytest

from app.backends.imap import open_imap
from app.backends.sasl import read_reason, token_sign_in
from app.backends.smtp import open_smtp
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, AuthMethod, ConnectionSecurity, Endpoint, ImapAccount
from app.domain.problems import ProblemCode
from tests.protocol.oauth.conftest import World

IMAP = Endpoint("imap.example.com", 993, ConnectionSecurity.IMPLICIT_TLS)


def account_of(world: World) -> ImapAccount:
    connected = world.connect()
    assert connected.inbox_id is not None
    return connected.account


def test_the_forms_of_rfc_7628() -> None:
    token = AccessToken("vF9dft4q")
    known = token_sign_in({"PLAIN", "XOAUTH2", "OAUTHBEARER"}, "ada@example.com", token, IMAP)
    assert known is not None
    assert (known.mechanism, known.answer(b"")) == ("XOAUTH2", b"user=ada@example.com\1auth=Bearer vF9dft4q\1\1")
    assert known.answer(b'{"status":"400","schemes":"Bearer"}') == b""
    assert known.reason == "status 400, schemes Bearer"
    with pytest.raises(ValueError, match="after the refusal"):
        known.answer(b"")
    bearer = token_sign_in({"OAUTHBEARER"}, "a,b=c@example.com", token, IMAP)
    assert bearer is not None
    sent = b"n,a=a=2Cb=3Dc@example.com,\1host=imap.example.com\1port=993\1auth=Bearer vF9dft4q\1\1"
    assert bearer.answer(b"") == sent
    assert bearer.answer(b"no json") == b"\1"
    assert bearer.reason == "no json"
    assert token_sign_in({"PLAIN", "LOGIN"}, "ada@example.com", token, IMAP) is None
    assert "vF9dft4q" not in repr(bearer) + repr(known)
    assert len(read_reason(b'{"a": "' + b"x" * 5000 + b'"}')) <= 200


def test_oauthbearer_signs_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account = account_of(world)
    token = world.workspace.credential(world.workspace.store.inboxes.all()[0])
    from app.backends.imap import opening

    monkeypatch.setattr(opening, "token_sign_in", lambda offered, *rest: token_sign_in(offered - {"XOAUTH2"}, *rest))
    with open_imap(account, token) as session:
        assert session.select("INBOX").exists == 1
    with pytest.raises(MailFault) as refused:
        open_imap(account, AccessToken("forged"))
    assert refused.value.problem.code is ProblemCode.WRONG_CREDENTIALS


def test_a_refused_token_is_never_shown(world: World) -> None:
    account = account_of(world)
    for opened in (open_imap, open_smtp):
        with pytest.raises(MailFault) as refused:
            opened(account, AccessToken("forged-token-1234"))  # type: ignore[operator]
        problem = refused.value.problem
        assert problem.code is ProblemCode.WRONG_CREDENTIALS
        assert "forged" not in problem.server_says
        assert base64.b64encode(b"forged-token-1234").decode() not in problem.server_says
        assert "status" in problem.server_says  # the reason that came as JSON


def test_a_server_without_tokens_is_named(world: World, mailbox: object) -> None:
    """The ordinary server of the other tests offers PLAIN and LOGIN: the token is not sent there."""
    person = mailbox()  # type: ignore[operator]
    for opened in (open_imap, open_smtp):
        with pytest.raises(MailFault) as refused:
            opened(person.account, AccessToken("forged-token-1234"))  # type: ignore[operator]
        assert refused.value.problem.code is ProblemCode.LOGIN_DISABLED
    assert AuthMethod.PASSWORD is person.account.auth
