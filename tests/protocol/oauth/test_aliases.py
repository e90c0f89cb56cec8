"""Gmail's aliases: read by HTTPS from a stand-in of its settings API, kept, sent as, and answered to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import MailFault, UsageError
from app.domain.inboxes import Inbox, InboxId, InboxState, Provider, SendAs
from app.domain.outbox import Draft, OutboxMessage, OutboxState
from app.domain.problems import ProblemCode
from app.domain.senders import senders_of
from app.oauth.send_as import PATH
from app.runtime.program import Program
from app.services.file_sent_copy import file_sent_copies
from app.services.open_backend import open_reading
from app.services.refresh_aliases import refresh_aliases
from app.services.send_message import send_due
from app.services.sync_inbox import sync_folders
from app.services.write_message import queue_message, retry, undo_send
from app.words.aliases import why_no_aliases
from tests.protocol.oauth.conftest import World
from tests.protocol.oauth.test_connect_command import run
from tests.support.ports import free_port
from tests.support.pyidp import google_error

NEVER = threading.Event()
SALES = "sales@example.org"


def listed(world: World, *more: dict[str, Any], default: str = "") -> list[dict[str, Any]]:
    """As Gmail answers: the primary address has no verificationStatus."""
    primary = {"sendAsEmail": world.address, "displayName": "Ada Berg", "isPrimary": True}
    entries = [primary, *more]
    return [{**e, "isDefault": e.get("sendAsEmail") == (default or world.address)} for e in entries]


def alias(address: str, name: str = "", status: str = "accepted") -> dict[str, Any]:
    return {"sendAsEmail": address, "displayName": name, "verificationStatus": status, "treatAsAlias": True,
            "replyToAddress": ""}  # fmt: skip


@pytest.fixture
def connected(world: World) -> Inbox:
    world.idp.aliases = listed(world, alias(SALES, "Northlight sales"), default=SALES)
    result = world.connect()
    assert result.inbox_id is not None
    assert result.note == ""
    return world.workspace.store.inboxes.get(result.inbox_id)


def draft(inbox: Inbox, wanted: Address | None = Address(SALES, "Northlight sales")) -> Draft:  # noqa: B008 - frozen
    to = (Address("karin@example.org"),)
    return Draft(inbox_id=inbox.id, sender=wanted, to=to, subject="Quote", text="Hi", track=False)


def sent(world: World, wanted: Draft) -> OutboxMessage:
    outbox_id = queue_message(world.workspace, wanted)
    send_due(world.workspace, NEVER)
    message = world.workspace.store.outbox.get(outbox_id)
    assert message is not None
    return message


def test_what_gmail_lists_is_there_after_connecting(world: World) -> None:
    world.idp.aliases = listed(
        world,
        alias(SALES, "Northlight\r\n sales"),
        alias("waiting@example.org", "Not verified", "pending"),
        alias("nameless@example.org"),
        alias("not an address"),
        {"displayName": "without an address"},
    )
    inbox_id = world.connect().inbox_id
    assert inbox_id is not None
    store = world.workspace.store
    aliases = store.inboxes.aliases(inbox_id)
    assert set(aliases) == {
        SendAs(world.address, "Ada Berg", True),
        SendAs(SALES, "Northlight sales"),
        SendAs("nameless@example.org", "Ada Berg"),
    }
    assert store.user_name() == "Ada Berg"  # nobody had given a name
    senders = senders_of(store.inboxes.get(inbox_id), aliases, store.user_name())
    assert senders[0].address == Address(world.address, "Ada Berg")
    assert len(world.idp.asked(PATH)) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (google_error(403, "accessNotConfigured", "Gmail API has not been used in project 1 before"), "Gmail API"),
        ((403, {"error": {"details": [{"reason": "SERVICE_DISABLED"}]}}), "Gmail API"),
        (google_error(403, "insufficientPermissions", "scope"), "Sign in again"),
        (google_error(429, "rateLimitExceeded", "slower"), "."),
        ((503, {"error": "x"}), "."),
        ((200, {"sendAs": "no list"}), "."),
        ((200, ["no object"]), "."),
        ((200, "no JSON"), "."),
        ((302, "https://localhost:1/"), "."),
    ],
)
def test_without_the_list_the_inbox_works(world: World, answer: tuple[int, Any], said: str) -> None:
    world.idp.fail[PATH] = [answer]
    result = world.connect()
    assert result.inbox_id is not None
    assert said in result.note
    assert world.workspace.store.inboxes.aliases(result.inbox_id) == ()
    assert "at." not in result.note  # no token
    inbox = world.workspace.store.inboxes.get(result.inbox_id)
    assert sent(world, draft(inbox, None)).state is OutboxState.SENT


def test_nobody_answers(world: World) -> None:
    with world.workspace.store.transaction(Area.SETTINGS, source="test"):
        world.workspace.store.settings.put("oauth.gmail.api_url", f"https://localhost:{free_port()}")
    result = world.connect()
    assert result.inbox_id is not None
    assert "does not answer" in result.note


def test_a_refused_token_is_renewed_once(world: World, connected: Inbox) -> None:
    world.idp.expire_access(world.address)
    assert len(refresh_aliases(world.workspace, connected.id)) == 2
    world.idp.fail[PATH] = [google_error(401, "authError", "Invalid Credentials")] * 2
    with pytest.raises(MailFault) as refused:
        refresh_aliases(world.workspace, connected.id)
    assert refused.value.problem.code is ProblemCode.WRONG_CREDENTIALS
    assert world.idp.fail[PATH] == []
    world.idp.revoke_user(world.address)
    with pytest.raises(MailFault) as ended:
        refresh_aliases(world.workspace, connected.id)
    assert ended.value.problem.code is ProblemCode.GRANT_ENDED
    assert "sign" in why_no_aliases(ended.value.problem)
    assert len(world.workspace.store.inboxes.aliases(connected.id)) == 2  # what was known stays


def test_only_gmail_is_asked(world: World) -> None:
    inbox_id = world.connect(Provider.OUTLOOK).inbox_id
    assert inbox_id is not None
    assert not world.idp.asked(PATH)
    with pytest.raises(UsageError, match="Only a Gmail inbox"):
        refresh_aliases(world.workspace, inbox_id)


def test_a_message_goes_out_as_the_alias(world: World, connected: Inbox) -> None:
    """From names the alias; the envelope is the account's, as the server would take no other; Sent has one copy."""
    message = sent(world, draft(connected))
    assert message.state is OutboxState.SENT
    assert message.message_id.endswith("@example.org")
    taken = world.submission.taken[-1]
    assert message_from_bytes(taken.raw)["From"] == f"Northlight sales <{SALES}>"
    assert (taken.user, taken.sender) == (world.address, world.address)
    file_sent_copies(world.workspace, NEVER)
    with open_reading(world.workspace, connected, NEVER) as session:
        session.select("Sent")
        (uid,) = session.search_message_id(message.message_id)
        assert b"Northlight sales" in session.fetch_body(uid)
    timeline = world.workspace.store.timeline.message(message.logged_pk or 0)
    assert timeline is not None
    assert timeline.sender == Address(SALES, "Northlight sales")
    assert timeline.inbox_address == world.address


def test_an_answer_to_the_alias_is_matched(world: World, connected: Inbox) -> None:
    with open_reading(world.workspace, connected, NEVER) as session:
        sync_folders(world.workspace, connected, session, NEVER)
    message = sent(world, draft(connected))
    raw = (
        f"From: Karin <karin@example.org>\r\nTo: Northlight sales <{SALES}>\r\nSubject: Re: Quote\r\n"
        f"Message-ID: <answer@example.org>\r\nIn-Reply-To: <{message.message_id}>\r\n\r\nYes\r\n"
    )
    world.dovecot.deliver(world.address, raw.encode())
    with open_reading(world.workspace, connected, NEVER) as session:
        sync_folders(world.workspace, connected, session, NEVER)
    store = world.workspace.store
    (known,) = store.messages.known(["answer@example.org"]).values()
    found = store.timeline.message(known.pk)
    assert found is not None
    assert (found.direction, found.to[0].key) == ("received", SALES)


def test_what_was_sent_elsewhere_as_the_alias_is_ones_own(world: World, connected: Inbox) -> None:
    """The phone answers in the same thread as the alias: that is sent, and not from a contact."""
    message = sent(world, draft(connected))
    raw = (
        f"From: Sales <{SALES.upper()}>\r\nTo: karin@example.org\r\nSubject: Re: Quote\r\n"
        f"Message-ID: <phone@example.org>\r\nIn-Reply-To: <{message.message_id}>\r\n\r\nAnd one more thing\r\n"
    )
    world.dovecot.append(world.address, "Sent", raw.encode(), r"(\Seen)")
    with open_reading(world.workspace, connected, NEVER) as session:
        sync_folders(world.workspace, connected, session, NEVER)
    store = world.workspace.store
    (known,) = store.messages.known(["phone@example.org"]).values()
    found = store.timeline.message(known.pk)
    assert found is not None
    assert found.direction == "sent"
    assert store.contacts.find(SALES) is None


def test_undo_keeps_the_sender(world: World, connected: Inbox) -> None:
    outbox_id = queue_message(world.workspace, draft(connected), undo_seconds=30)
    assert undo_send(world.workspace, outbox_id)
    kept = world.workspace.store.outbox.get(outbox_id)
    assert kept is not None
    assert kept.draft.sender == Address(SALES, "Northlight sales")


def test_an_alias_that_is_gone_sends_from_nowhere_else(world: World, connected: Inbox) -> None:
    store = world.workspace.store
    outbox_id = queue_message(world.workspace, draft(connected))
    world.idp.aliases = listed(world)
    refresh_aliases(world.workspace, connected.id)
    send_due(world.workspace, NEVER)
    message = store.outbox.get(outbox_id)
    assert message is not None
    assert message.state is OutboxState.FAILED
    assert message.problem is not None
    assert message.problem.code is ProblemCode.SENDER_GONE
    assert len(world.submission.taken) == 1  # the check's own test message
    with pytest.raises(UsageError, match=f"{SALES} is not among"):
        queue_message(world.workspace, draft(connected))
    world.idp.aliases = listed(world, alias(SALES))
    refresh_aliases(world.workspace, connected.id)
    retry(world.workspace, outbox_id)
    send_due(world.workspace, NEVER)
    assert store.outbox.get(outbox_id).state is OutboxState.SENT  # type: ignore[union-attr]


@pytest.fixture
def program(world: World, connected: Inbox) -> Iterator[Program]:
    made = Program(world.workspace)
    yield made
    assert made.shut_down()


def test_the_facade_tells_what_is_new(world: World, connected: Inbox, program: Program, qtbot) -> None:  # type: ignore[no-untyped-def]
    assert [s.address.addr_spec for s in program.senders()] == [SALES, world.address]
    world.idp.aliases = listed(world, alias(SALES), alias("new@example.org", "New"))
    with qtbot.waitSignal(program.aliases_refreshed, timeout=20_000) as told:
        program.refresh_aliases(connected.id)
    assert told.args == [connected.id, ""]
    assert Address("new@example.org", "New") in [s.address for s in program.senders()]
    world.idp.fail[PATH] = [google_error(403, "accessNotConfigured", "off")]
    with qtbot.waitSignal(program.aliases_refreshed, timeout=20_000) as told:
        program.refresh_aliases(connected.id)
    assert "Gmail API is not switched on" in told.args[1]
    with qtbot.waitSignal(program.aliases_refreshed, timeout=20_000) as told:
        program.disable(connected.id)
        program.refresh_aliases(InboxId(connected.id))
    assert "disabled" in told.args[1]
    assert world.workspace.store.inboxes.get(connected.id).state is InboxState.DISABLED


def test_from_the_command_line(world: World, connected: Inbox, tmp_path: Path) -> None:
    world.idp.aliases = listed(world, alias(SALES, "Sales"), default=SALES)
    status, document, said = run(world, "aliases", world.address, "--refresh")
    assert status == 0, said
    assert document == {
        "inbox": world.address,
        "aliases": [
            {"address": SALES, "name": "Sales", "default": True},
            {"address": world.address, "name": "Ada Berg", "default": False},
        ],
    }
    text = tmp_path / "text"
    text.write_text("Hello")
    words = ("send", "--to", "karin@example.org", "--subject", "Hi", "--text-file", str(text))
    status, document, said = run(world, *words, "--from", SALES)
    assert (status, document["state"]) == (0, "sent"), said
    assert re.search(rb"(?m)^From: Sales <sales@example.org>", world.submission.taken[-1].raw)
    status, document, _ = run(world, *words, "--from", "nobody@example.org")
    assert status == 2
    assert SALES in document["error"]
    world.idp.fail[PATH] = [google_error(403, "accessNotConfigured", "off")]
    status, document, _ = run(world, "aliases", world.address, "--refresh")
    assert status == 1
    assert "Gmail API is not switched on" in document["error"]
