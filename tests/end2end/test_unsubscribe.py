"""Tracked mail offers to ask for no more mail, each recipient for themselves; who asked is told of before the next message."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import httpx

from app.domain.additional_bcc import read_extra
from app.domain.addresses import Address
from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from app.domain.preflight import Concern
from app.mime.composing import ComposeInput, compose
from app.services.additional_bcc import save_additional_bcc
from app.services.preflight import look_before
from app.services.prepare_message import unsubscribe_fields
from app.services.take_hits import pull_hits
from app.services.tracking_server import find_tracking
from app.store.fields import now
from app.tracking.serve import TrackingServer
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


def test_in_one_step_only_where_the_address_is_encrypted() -> None:
    assert [name for name, _ in unsubscribe_fields("http://track.example.com/u/x")] == ["List-Unsubscribe"]
    fields = unsubscribe_fields(f"https://track.example.com/u/{'x' * 200}")
    raw = compose(ComposeInput("a@example.com", now(), Address("jonas@example.com"), text="Hej", extra_headers=fields))
    head = raw.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
    assert f"List-Unsubscribe: <https://track.example.com/u/{'x' * 200}>".encode() in head
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
