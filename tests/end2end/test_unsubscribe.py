"""Tracked mail offers to ask for no more mail, each recipient for themselves; who asked is told of before the next message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest

from app.bootstrap import open_workspace
from app.domain.additional_bcc import read_extra
from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.events import EventKind, Verdict
from app.domain.inboxes import Inbox
from app.domain.notices import Quiet, decide_notice
from app.domain.preflight import Concern
from app.mime.composing import ComposeInput, compose
from app.services.additional_bcc import save_additional_bcc
from app.services.preflight import look_before
from app.services.prepare_message import unsubscribe_fields
from app.services.take_hits import pull_hits
from app.services.tracking_server import find_tracking
from app.services.wants_mail import note_wants_mail
from app.store.events import NewEvent
from app.store.fields import now
from app.tracking.serve import TrackingServer
from tests.support.command import PASSPHRASE, Command
from tests.support.desk import Desk
from tests.support.mailbox import MailAccount

Mailboxes = Callable[..., MailAccount]


def field(raw: bytes, name: str) -> str:
    return str(message_from_bytes(raw, policy=default)[name] or "")


def test_it_is_asked_for_by_post_and_told_before_the_next_message(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada, bob, crm = mailbox("ada"), mailbox("bob"), mailbox("crm")
    workspace = desk.workspace
    save_additional_bcc(workspace, [read_extra(crm.address)])
    with workspace.store.transaction():
        workspace.store.settings.put("tracking.local", True)
    server = TrackingServer("127.0.0.1", 0, workspace.tracking.path)
    server.start()
    try:
        desk.send(inbox, ada, track=True)
        assert not field(ada.wait_for_messages(1)[0], "List-Unsubscribe")  # unless it is wanted
        with workspace.store.transaction():
            workspace.store.settings.put("tracking.unsubscribe", True)
        desk.send(inbox, ada, bob, track=True, subject="Second")
        asked = {p.address: field(p.wait_for_messages(n)[-1], "List-Unsubscribe") for p, n in ((ada, 2), (bob, 1))}
        assert len(set(asked.values())) == 2
        assert all(value.startswith("<http://127.0.0.1:") and "/u/" in value for value in asked.values())
        for raw in (*crm.wait_for_messages(2), *me.messages("Sent")):
            assert not field(raw, "List-Unsubscribe")
        address = asked[ada.address].strip("<>")
        assert httpx.get(address).status_code == 200  # it only asks
        target = find_tracking(workspace)
        assert target is not None
        pull_hits(workspace, target, 10)
        assert desk.feed(EventKind.UNSUBSCRIBE) == []
        assert httpx.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
        pull_hits(workspace, target, 10)
    finally:
        server.stop()
    (row,) = desk.feed(EventKind.UNSUBSCRIBE)
    assert row.address == ada.address
    people = (Address(ada.address), Address(bob.address))
    report = look_before(workspace, inbox.id, people, track=True, log=True, links=1, why_not="")
    (remark,) = [r for r in report.remarks if r.concern is Concern.UNSUBSCRIBED]
    assert remark.grave and [p.addr_spec for p in remark.people] == [ada.address]

    contact = workspace.store.contacts.find(ada.address)
    assert contact is not None and workspace.store.feed.unsubscribed_at(contact) == row.at
    (noted,) = note_wants_mail(workspace.store, contact)
    assert workspace.store.feed.unsubscribed_at(contact) is None
    report = look_before(workspace, inbox.id, people, track=True, log=True, links=1, why_not="")
    assert not [r for r in report.remarks if r.concern is Concern.UNSUBSCRIBED]
    kinds = {e.kind for e in desk.feed() if e.contact_id == contact}
    assert {EventKind.RESUBSCRIBE, EventKind.UNSUBSCRIBE} <= kinds  # nothing is deleted
    told = workspace.store.feed.get(noted)
    assert told is not None and "wants mail again" in told.reasons[0] and told.seen and not told.notified
    assert told.address == ada.address and decide_notice(told, {}) == Quiet("you did this yourself")
    with pytest.raises(UsageError, match="did not ask"):
        note_wants_mail(workspace.store, contact)


def test_the_last_word_counts(desk: Desk, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada = mailbox("ada")
    desk.send(inbox, ada)
    store = desk.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None

    def asked(at: datetime) -> None:
        with store.transaction():
            store.events.add(
                NewEvent(
                    EventKind.UNSUBSCRIBE,
                    at,
                    store.user_id,
                    Verdict.PERSON,
                    ("",),
                    "Ada",
                    ada.address,
                    contact_id=contact,
                )
            )

    ahead = now() + timedelta(minutes=10)  # the server's clock
    asked(ahead)
    note_wants_mail(store, contact)
    assert store.feed.unsubscribed(contact) == {} and store.history.of([ada.address]) == {}
    asked(ahead + timedelta(hours=1))
    assert store.feed.unsubscribed(contact) == {ada.address: ahead + timedelta(hours=1)}
    assert store.history.of([ada.address])[ada.address].unsubscribed_at == ahead + timedelta(hours=1)


def test_it_is_noted_on_the_command_line_when_it_is_said_so(tmp_path: Path) -> None:
    command = Command(tmp_path / "home")
    command.json("contacts", "--create", "add", "Ada <ada@example.com>")
    workspace = open_workspace(command.home, environ={"HITCHPOST_PASSPHRASE": PASSPHRASE})
    store = workspace.store
    contact, at = store.contacts.find("ada@example.com"), now() - timedelta(hours=1)
    with store.transaction():
        store.events.add(
            NewEvent(EventKind.UNSUBSCRIBE, at, 1, Verdict.PERSON, (), "Ada", "ada@example.com", contact_id=contact)
        )
    store.close()
    only_told = command.json("contacts", "wants-mail", "ada@example.com")
    assert only_told["noted"] is False and only_told["unsubscribed"][0]["address"] == "ada@example.com"
    assert command.json("contacts", "wants-mail", "ada@example.com", "--yes")["noted"] is True
    assert "did not ask" in command.fails("contacts", "wants-mail", "ada@example.com", "--yes", status=2)
    assert [e["kind"] for e in command.json("feed")["events"]] == ["resubscribe", "unsubscribe"]


def test_in_one_step_only_where_the_address_is_encrypted() -> None:
    assert [name for name, _ in unsubscribe_fields("http://track.example.com/u/x")] == ["List-Unsubscribe"]
    fields = unsubscribe_fields(f"https://track.example.com/u/{'x' * 200}")
    raw = compose(ComposeInput("a@example.com", now(), Address("jonas@example.com"), text="Hej", extra_headers=fields))
    head = raw.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
    assert f"List-Unsubscribe: <https://track.example.com/u/{'x' * 200}>".encode() in head
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
