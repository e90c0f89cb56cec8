"""Additional BCC addresses: what each recipient and each other system receives from a real submission server (S2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from app.bootstrap import open_workspace
from app.cli.send import reason_for
from app.domain.additional_bcc import read_extra, read_extras
from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.inboxes import Inbox
from app.domain.outbox import CopyState, OutboxState
from app.services.additional_bcc import additional_bcc, save_additional_bcc
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.services.file_sent_copy import file_sent_copies
from app.services.send_allowance import send_allowance
from app.services.send_message import send_due
from app.services.write_message import retry
from app.store import models as m
from app.tracking.serve import TrackingServer
from app.ui.dialogs.outbox_dialog import outbox_words
from tests.support.command import PASSPHRASE, Command
from tests.support.desk import NEVER, Desk
from tests.support.mailbox import MailAccount
from tests.support.submission import Submission

Mailboxes = Callable[..., MailAccount]


def header(raw: bytes, name: str) -> str:
    return str(message_from_bytes(raw, policy=default)[name] or "")


def extras(desk: Desk, *people: MailAccount | str) -> None:
    save_additional_bcc(desk.workspace, [read_extra(p if isinstance(p, str) else p.address) for p in people])


def test_each_other_system_gets_one_untracked_copy_that_nobody_sees(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada, bob, crm, archive = mailbox("ada"), mailbox("bob"), mailbox("crm"), mailbox("archive")
    extras(desk, crm, archive, bob)
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("tracking.local", True)
    server = TrackingServer("127.0.0.1", 0, desk.workspace.tracking.path)
    server.start()
    try:
        html = '<p>Hej, <a href="https://example.net/offer">here</a></p>'
        sent = desk.send(inbox, ada, bcc=(Address(bob.address),), html=html, text="", track=True)
    finally:
        server.stop()
    assert sent.state is OutboxState.SENT
    assert [(c.role, c.recipient, c.state) for c in sent.copies] == [
        ("to", ada.address, CopyState.ACCEPTED),
        ("bcc", bob.address, CopyState.ACCEPTED),
        ("extra", crm.address, CopyState.ACCEPTED),
        ("extra", archive.address, CopyState.ACCEPTED),
    ]
    got = {person.address: person.wait_for_messages(1) for person in (ada, bob, crm, archive)}
    assert all(len(raws) == 1 for raws in got.values())
    for person, (raw,) in got.items():
        assert header(raw, "Message-ID").strip("<>") == sent.message_id
        assert header(raw, "To") == ada.address and not header(raw, "Bcc") and not header(raw, "Cc")
        wrapped = b"/c/" in raw and b"/o/" in raw
        assert wrapped is (person == ada.address)  # Bob is on the list: a system that logs is no reader
        assert (b"example.net/offer" in raw) is not wrapped
        for other in (crm, archive):  # but for the line that the receiving server itself writes into its own copy
            assert other.address == person or other.address.encode() not in raw
    (own,) = me.messages("Sent")
    assert header(own, "Bcc") == bob.address and crm.address.encode() not in own
    assert {a.addr_spec for a in desk.workspace.store.messages.parties(sent.logged_pk or 0, "to", "cc", "bcc")} == {
        ada.address,
        bob.address,
    }
    assert desk.workspace.store.contacts.find(crm.address) is None
    assert [row.address for row in m.TrackedRecipient.select()] == [ada.address]
    assert desk.feed() == []
    assert send_allowance(desk.workspace.store, inbox).used == 4


@pytest.mark.parametrize("role", ["to", "cc", "bcc"])
def test_another_system_that_is_a_recipient_as_well_gets_one_untracked_copy(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes, role: str
) -> None:
    ada, crm = mailbox("ada"), mailbox("crm")
    extras(desk, crm)
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("tracking.local", True)
    written = Address(crm.address.upper())
    copies = {"cc": (written,)} if role == "cc" else {"bcc": (written,)} if role == "bcc" else {}
    people = (ada, written.addr_spec) if role == "to" else (ada,)
    server = TrackingServer("127.0.0.1", 0, desk.workspace.tracking.path)
    server.start()
    try:
        html = '<p>Hej, <a href="https://example.net/offer">here</a></p>'
        sent = desk.send(inbox, *people, html=html, text="", track=True, **copies)
    finally:
        server.stop()
    assert sent.state is OutboxState.SENT and [c.role for c in sent.copies] == ["to", role]
    (of_ada,), (of_crm,) = ada.wait_for_messages(1), crm.wait_for_messages(1)
    assert b"/o/" in of_ada and b"/c/" in of_ada
    assert b"/o/" not in of_crm and b"example.net/offer" in of_crm
    assert [row.address for row in m.TrackedRecipient.select()] == [ada.address]


def test_replies_and_scheduled_mail_are_copied_as_the_list_is_when_they_go_out(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes
) -> None:
    ada, crm, later = mailbox("ada"), mailbox("crm"), mailbox("later")
    extras(desk, crm)
    first = desk.send(inbox, ada)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    outbox_id = desk.queue(inbox, ada, subject="Scheduled", send_at=tomorrow)
    extras(desk, later)
    desk.send(inbox, ada, subject="Re: Offert", parent_message_id=first.message_id)
    m.Outbox.update(not_before=datetime.now(UTC) - timedelta(minutes=1)).where(m.Outbox.id == outbox_id).execute()
    assert send_due(desk.workspace, NEVER) == (outbox_id,)
    assert [header(raw, "Subject") for raw in crm.wait_for_messages(1)] == ["Offert"]
    assert sorted(header(raw, "Subject") for raw in later.wait_for_messages(2)) == ["Re: Offert", "Scheduled"]


def test_what_another_system_refuses_fails_no_message(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, submission: Submission
) -> None:
    ada = mailbox("ada")
    submission.recipient_replies["crm@example.com"] = "550 5.7.1 only for registered senders"
    extras(desk, "crm@example.com")
    sent = desk.send(inbox, ada)
    assert sent.state is OutboxState.SENT and sent.problem is None
    (message,) = desk.timeline(ada.address)
    assert message.outbox_state is None and message.refused == ()
    ((address, why),) = message.not_copied
    assert address == "crm@example.com" and why is not None and "registered senders" in why.server_says
    assert len(me.messages("Sent")) == 1

    submission.recipient_replies["crm@example.com"] = "451 4.7.1 come back later"
    waits = desk.send(inbox, ada, subject="Later")
    assert waits.state is OutboxState.QUEUED and waits.problem is not None
    assert len(ada.wait_for_messages(2)) == 2
    assert waits.sent_copy_filed and len(me.messages("Sent")) == 2  # what it was written for is done
    assert waits.extras_waiting == ("crm@example.com",)
    assert reason_for(waits).startswith("The recipients have it. The additional BCC to crm@example.com waits")
    (row,) = desk.workspace.store.outbox.rows(OutboxState.QUEUED)
    assert row.extras_waiting == waits.extras_waiting
    assert outbox_words(row, datetime.now(UTC))[0] == "neutral"
    later = next(t for t in desk.timeline(ada.address) if t.subject == "Later")
    assert later.outbox_state is None and later.problem is None and later.extras_waiting == waits.extras_waiting
    del submission.recipient_replies["crm@example.com"]
    me.dovecot.add_user("crm@example.com", "x")
    with desk.workspace.store.transaction():
        retry(desk.workspace, waits.id)
    send_due(desk.workspace, NEVER)
    assert desk.outgoing(waits.id).state is OutboxState.SENT
    assert all(t.extras_waiting == () for t in desk.timeline(ada.address))
    assert len(ada.messages()) == 2 and len(me.dovecot.messages("crm@example.com", "INBOX")) == 1
    file_sent_copies(desk.workspace, NEVER)
    assert len(me.messages("Sent")) == 2


def test_nothing_is_in_sent_that_nobody_is_known_to_have(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, submission: Submission
) -> None:
    """One recipient waits, and of another message's nobody knows: that the other system has it proves nothing."""
    ada = mailbox("ada")
    crm = mailbox("crm")
    extras(desk, crm)
    submission.recipient_replies["bob@example.com"] = "451 4.7.1 come back later"
    waits = desk.send(inbox, ada, "bob@example.com")
    assert waits.state is OutboxState.QUEUED and len(crm.wait_for_messages(1)) == 1
    assert waits.extras_waiting == () and desk.timeline(ada.address)[0].outbox_state is OutboxState.QUEUED
    doubtful = desk.send(inbox, ada, subject="In doubt")
    m.OutboxCopy.update(state=CopyState.UNKNOWN.value).where(
        (m.OutboxCopy.outbox == doubtful.id) & (m.OutboxCopy.role == "to")
    ).execute()
    m.Outbox.update(state=OutboxState.UNKNOWN.value, sent_copy_filed=False).where(m.Outbox.id == doubtful.id).execute()
    assert file_sent_copies(desk.workspace, NEVER) == ()
    assert len(me.messages("Sent")) == 1


def test_nothing_is_copied_that_nobody_got(
    desk: Desk, inbox: Inbox, mailbox: Mailboxes, submission: Submission
) -> None:
    crm = mailbox("crm")
    extras(desk, crm)
    submission.recipient_replies["nobody@example.com"] = "550 5.1.1 nobody of that name"
    failed = desk.send(inbox, "nobody@example.com")
    assert failed.state is OutboxState.FAILED
    assert [c.state for c in failed.copies] == [CopyState.REFUSED, CopyState.PENDING]
    assert crm.messages() == []
    del submission.recipient_replies["nobody@example.com"]
    crm.dovecot.add_user("nobody@example.com", "x")
    retry(desk.workspace, failed.id)
    send_due(desk.workspace, NEVER)
    assert desk.outgoing(failed.id).state is OutboxState.SENT
    assert len(crm.wait_for_messages(1)) == 1


def test_a_copy_that_bounces_is_no_bounce_of_the_message(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    extras(desk, "gone@example.com")  # the server takes it, and writes a bounce
    sent = desk.send(inbox, ada, track=False)
    assert sent.state is OutboxState.SENT
    me.wait_for_messages(1)
    desk.sync(inbox)
    assert [row.kind.value for row in desk.feed()] == []
    message = next(t for t in desk.timeline(ada.address) if t.direction == "sent")
    assert [address for address, _ in message.not_copied] == ["gone@example.com"]


def test_a_copy_that_is_late_is_no_news_of_the_message(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada, crm = mailbox("ada"), mailbox("crm")
    extras(desk, crm)
    sent = desk.send(inbox, ada, track=False)
    me.deliver(
        f"From: MAILER-DAEMON@example.com\r\nTo: {me.address}\r\nSubject: Delayed Mail\r\nMessage-ID: <late@example.com>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\n\r\nStill trying.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.com"
        f"\r\n\r\nFinal-Recipient: rfc822; {crm.address}\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{sent.message_id}>\r\n\r\n--b--\r\n".encode()
    )
    desk.sync(inbox)
    assert desk.feed() == []
    message = next(t for t in desk.timeline(ada.address) if t.direction == "sent")
    assert message.not_copied == () and message.outbox_state is None


def test_what_may_be_on_the_list(desk: Desk) -> None:
    with pytest.raises(UsageError, match="Add its ending"):
        read_extra("crm-intake@example")
    entries, faults = read_extras("Sales <a@example.com>; b@example.org\nA@EXAMPLE.com c@example\n\n")
    assert [e.address for e in entries] == ["a@example.com", "b@example.org"]
    assert [word for word, _ in faults] == ["c@example"]
    save_additional_bcc(desk.workspace, [replace(e, note=" CRM ") for e in entries])
    assert [(e.address, e.note) for e in additional_bcc(desk.workspace)] == [
        ("a@example.com", "CRM"),
        ("b@example.org", "CRM"),
    ]
    with pytest.raises(UsageError, match="at most"):
        save_additional_bcc(desk.workspace, [read_extra(f"a{n}@example.com") for n in range(21)])
    assert len(additional_bcc(desk.workspace)) == 2


def test_an_inbox_of_ones_own_is_none(desk: Desk, inbox: Inbox) -> None:
    """What is sent is in its Sent folder and on the timeline already; what became an inbox later stays on the list."""
    with pytest.raises(UsageError, match="is an inbox of this workspace"):
        extras(desk, inbox.address.upper())
    store = desk.workspace.store
    with store.transaction():
        store.extra_bcc.replace(store.user_id, [read_extra(inbox.address)])
    save_additional_bcc(desk.workspace, [*additional_bcc(desk.workspace), read_extra("crm@example.com")])
    assert [e.address for e in additional_bcc(desk.workspace)] == [inbox.address, "crm@example.com"]


def test_the_command(command: Command) -> None:
    added = command.json("settings", "bcc", "add", "crm@example.com", "Archive <old@example.org>", "--note", "CRM")
    assert [e["address"] for e in added["bcc"]] == ["crm@example.com", "old@example.org"]
    assert command.json("settings", "bcc", "list") == added and added["bcc"][0]["note"] == "CRM"
    for words in (("add", "CRM@example.com"), ("add", "x@example"), ("remove", "nobody@example.com")):
        refused = command.run("settings", "bcc", *words)
        assert refused.status == 2 and re.search(r"already|ending|not on the list", refused.err)
    assert command.json("settings", "bcc", "remove", "OLD@example.org") == {"bcc": added["bcc"][:1]}


def test_the_preflight_sends_nothing(command: Command, mailbox: Mailboxes) -> None:
    person, ada = mailbox("jonas"), mailbox("ada")
    workspace = open_workspace(command.home, environ={"HITCHPOST_PASSPHRASE": PASSPHRASE})
    connect_inbox(
        workspace, person.account, person.secret, None, CheckResult(True, sent_folder="Sent"), disclosure_version="1"
    )
    workspace.store.close()
    command.json("settings", "bcc", "add", "crm@example.com")
    line = [
        "send",
        "--from",
        person.address,
        "--to",
        ada.address,
        "--subject",
        "Hej",
        "--text-file",
        "-",
        "--preflight",
    ]
    found = command.json(*line, "--track", given="See https://example.com/offer")
    assert found["recipients"] == [
        {"recipient": ada.address, "opens": "no", "clicks": "no", "logged": True, "why": ["unavailable"]}
    ]
    assert [(r["about"], r["grave"]) for r in found["remarks"]] == [("unavailable", True), ("extra", False)]
    shown = command.run(*line, given="Hej")
    assert (
        shown.status == 0
        and "opens not seen, clicks not seen, logged" in shown.out
        and "Tracking unavailable" not in shown.out
    )
    assert command.json("contacts") == {"contacts": []} and ada.messages() == []
