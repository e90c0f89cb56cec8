"""Sending by Graph where the organisation has switched authenticated SMTP off."""

from __future__ import annotations

import socket
import threading
from email import message_from_bytes

import pytest

from app.backends.graph import open_graph
from app.backends.smtp import Accepted, Deferred, Refused, Unknown
from app.domain.addresses import Address
from app.domain.checks import CheckStep, StepFailed, StepPassed
from app.domain.errors import MailFault
from app.domain.inboxes import AccessToken, ImapAccount, Provider
from app.domain.outbox import Draft, OutboxState
from app.domain.problems import ProblemCode
from app.services.open_backend import open_sending
from app.services.send_message import send_due
from app.services.write_message import queue_message
from tests.protocol.oauth.conftest import World

NEVER = threading.Event()
OFF = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant."
RAW = b"From: ada@example.com\r\nTo: Karin <karin@example.org>, ole@example.org\r\nBcc: x@example.org\r\n\r\nHello\r\n"


@pytest.fixture
def without_smtp(world: World) -> World:
    world.submission.token_reply = OFF

    def deliver(user: str, raw: bytes) -> None:
        world.dovecot.append(user, "Sent", raw, r"(\Seen)")
        if user.encode() in (message_from_bytes(raw)["To"] or "").encode():
            world.dovecot.deliver(user, raw)

    world.idp.deliver = deliver
    return world


def sender_of(world: World) -> tuple[ImapAccount, AccessToken]:
    inbox_id = world.connect(Provider.OUTLOOK).inbox_id
    assert inbox_id is not None, world.events
    inbox = world.workspace.store.inboxes.get(inbox_id)
    assert isinstance(inbox.account, ImapAccount)
    token = world.workspace.credential(inbox, "smtp")
    assert isinstance(token, AccessToken)
    return inbox.account, token


def test_the_check_goes_on_with_graph_and_the_message_goes_out(without_smtp: World) -> None:
    world = without_smtp
    account, _ = sender_of(world)
    assert account.graph_url == world.idp.origin
    assert not [e for e in world.events if isinstance(e, StepFailed)]
    passed = [e for e in world.events if isinstance(e, StepPassed)]
    assert [e.detail for e in passed if e.step is CheckStep.SMTP_LOGIN] == ["by Microsoft Graph"]
    assert len({e.step for e in passed}) == len(passed) == 7
    inbox = world.workspace.store.inboxes.all()[0]
    assert inbox.files_sent_copies
    scopes = [q["scope"] for q in world.idp.asked("/token")]
    assert "graph.microsoft.com" in scopes[-1]
    assert "outlook.office.com" not in scopes[-1]
    draft = Draft(
        inbox_id=inbox.id, to=(Address("karin@example.org"), Address("ole@example.org")), subject="Quote", text="Hi"
    )
    outbox_id = queue_message(world.workspace, draft, None, undo_seconds=0)
    assert send_due(world.workspace, NEVER) == (outbox_id,)
    message = world.workspace.store.outbox.get(outbox_id)
    assert message is not None
    assert message.state is OutboxState.SENT
    named = [message_from_bytes(raw)["To"] for raw in world.idp.sent[1:]]
    assert named == ["karin@example.org", "ole@example.org"]
    assert not world.submission.taken


def test_each_copy_names_its_recipient_alone(without_smtp: World) -> None:
    account, token = sender_of(without_smtp)
    begun: list[str] = []
    with open_graph(account, token) as sender:
        sent = sender.send("ada@example.com", "karin@example.org", RAW, before_data=lambda: begun.append("now"))
        assert isinstance(sent, Accepted)
        assert sender.usable
    assert begun == ["now"]
    raw = without_smtp.idp.sent[-1]
    assert raw == b"From: ada@example.com\r\nTo: Karin <karin@example.org>\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    ("status", "name", "kind", "code"),
    [
        (401, "InvalidAuthenticationToken", Deferred, ProblemCode.WRONG_CREDENTIALS),
        (403, "ErrorSendAsDenied", Refused, ProblemCode.SENDER_REFUSED),
        (400, "ErrorInvalidRecipients", Refused, ProblemCode.RECIPIENT_REFUSED),
        (413, "", Refused, ProblemCode.MESSAGE_TOO_LARGE),
        (429, "ApplicationThrottled", Deferred, ProblemCode.THROTTLED),
        (503, "ServiceUnavailable", Deferred, ProblemCode.SERVER_BUSY),
        (504, "", Unknown, ProblemCode.OUTCOME_UNKNOWN),
    ],
)
def test_what_graph_answers(without_smtp: World, status: int, name: str, kind: type, code: ProblemCode) -> None:
    account, token = sender_of(without_smtp)
    without_smtp.idp.fail["/v1.0/me/sendMail"] = [(status, {"error": {"code": name, "message": "no"}})]
    with open_graph(account, token) as sender:
        outcome = sender.send(account.address, "karin@example.org", RAW)
    assert isinstance(outcome, kind)
    assert not isinstance(outcome, Accepted)
    assert outcome.problem.code is code
    assert token.reveal() not in outcome.problem.server_says


def test_too_large_is_known_before_it_is_sent(without_smtp: World) -> None:
    account, token = sender_of(without_smtp)
    with open_graph(account, token) as sender:
        outcome = sender.send(account.address, "karin@example.org", RAW + b"x" * 3_000_000)
    assert isinstance(outcome, Refused)
    assert outcome.problem.code is ProblemCode.MESSAGE_TOO_LARGE
    assert len(without_smtp.idp.sent) == 1


def test_a_used_up_token_is_found_before_a_message_is_begun(without_smtp: World) -> None:
    world = without_smtp
    account, token = sender_of(world)
    world.idp.expire_access(world.address)
    with pytest.raises(MailFault) as refused:
        open_graph(account, token)
    assert refused.value.problem.code is ProblemCode.WRONG_CREDENTIALS
    with open_sending(world.workspace, world.workspace.store.inboxes.all()[0], NEVER) as sender:
        assert isinstance(sender.send(account.address, "karin@example.org", RAW), Accepted)


def test_a_server_that_hangs_up_leaves_the_outcome_open(without_smtp: World, certificate: object) -> None:
    """After the whole message and before the answer."""
    account, token = sender_of(without_smtp)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve() -> None:
            raw, _ = listener.accept()
            with certificate.server_context().wrap_socket(raw, server_side=True) as peer:  # type: ignore[attr-defined]
                peer.settimeout(5)
                received = b""
                while b"\r\n\r\n" not in received:
                    received += peer.recv(65536)
                head, _, body = received.partition(b"\r\n\r\n")
                wanted = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                while len(body) < wanted:
                    body += peer.recv(65536)

        thread = threading.Thread(target=serve)
        thread.start()
        with open_graph(account, token) as sender:
            sender._endpoint = type(sender._endpoint)("localhost", port, sender._endpoint.security)
            outcome = sender.send(account.address, "karin@example.org", RAW)
        thread.join(10)
    assert isinstance(outcome, Unknown)
    assert not sender.usable
