"""Messages without a Message-ID: different ones with the same header are told apart, and one in several places is one."""

from __future__ import annotations

import base64

import pytest

from app.domain.addresses import Address
from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from tests.support.desk import Desk, Mailboxes, foreign, renumber, reports
from tests.support.mailbox import MailAccount

ADA = "ada@example.com"


def raw(ours: str, text: str, to: str, *, more: str = "", coded: bool = False) -> str:
    body = base64.encodebytes(text.encode()).decode() if coded else text
    form = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n" if coded else ""
    return (
        f"{more}From: {ADA}\nTo: {to}\nSubject: Re: Offert\nDate: Sun, 22 Nov 2026 02:00:00 +0000\n"
        f"In-Reply-To: <{ours}>\n{form}\n{body}\n"
    )


def texts(desk: Desk) -> list[str]:
    return sorted(m.text.strip() for m in desk.received(ADA))


SHORT = ("And the second file comes tomorrow.", "No.", "Yes")


@pytest.mark.parametrize("way", ["first look", "as they come", "after an outage"])
def test_different_ones_are_told_apart(
    desk: Desk, me: MailAccount, ours: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each stays one, wherever it lies and however often it is met."""
    inbox = desk.connect(me)
    if way != "first look":
        reports(desk, inbox)
    if way == "after an outage":
        monkeypatch.setattr("app.services.read_upwards.MANY", 8)
        monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 2)
        foreign(me, 12)
    for text in SHORT:
        me.append("INBOX", raw(ours, text, me.address))
    reports(desk, inbox)
    assert texts(desk) == list(SHORT)
    assert len(desk.feed(EventKind.REPLY)) == 3
    with me.dovecot._login(me.address) as client:
        client.create("Ablage")
        client.select("INBOX")
        client.copy("1:*", "Ablage")
    reports(desk, inbox)
    renumber(me)
    reports(desk, inbox)
    assert texts(desk) == list(SHORT) and len(desk.feed(EventKind.REPLY)) == 3
    store = desk.workspace.store
    for message in desk.received(ADA):
        assert sorted(folder for _, folder, _ in store.messages.locations(message.pk)) == ["Ablage", "INBOX"]


def test_one_in_two_inboxes_is_one(desk: Desk, me: MailAccount, ours: str, mailbox: Mailboxes) -> None:
    """Though servers add trace fields, and code the text as they like."""
    inbox = desk.connect(me)
    other = mailbox("other")
    both = f"{me.address}, {other.address}"
    trace = (
        "Return-Path: <ada@example.com>\nReceived: from mx.example.com by mx.example.org;\n Sun, 22 Nov 2026 02:00\n"
    )
    me.append("INBOX", raw(ours, "Grüße und Küsse", both))
    other.append("INBOX", raw(ours, "Grüße  und\nKüsse", both, more=trace, coded=True))
    reports(desk, inbox)
    reports(desk, desk.connect(other))
    assert len(desk.received(ADA)) == 1 and len(desk.feed(EventKind.REPLY)) == 1
    assert len(desk.workspace.store.messages.locations(desk.received(ADA)[0].pk)) == 2


def test_files_tell_them_apart(desk: Desk, inbox: Inbox, me: MailAccount, ours: str) -> None:
    """Two scans with the same words, in one second."""
    for name in ("one", "two", "two"):
        file = base64.b64encode(name.encode()).decode()
        me.append(
            "INBOX",
            f"From: {ADA}\nTo: {me.address}\nSubject: Scan\nDate: Sun, 22 Nov 2026 02:00:00 +0000\nIn-Reply-To: <{ours}>\n"
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nA scan.\n--b\n'
            f"Content-Type: application/pdf\nContent-Disposition: attachment; filename=scan.pdf\n"
            f"Content-Transfer-Encoding: base64\n\n{file}\n--b--\n",
        )
    reports(desk, inbox)
    assert len(desk.received(ADA)) == 2


def test_also_where_all_mail_with_contacts_is_logged(desk: Desk, me: MailAccount) -> None:
    """Nothing is read of those that are neither: what is known by its header stays so where it may not be read again."""
    store = desk.workspace.store
    with store.transaction():
        store.contacts.add(Address(ADA), created_by="person")
        store.settings.put("log.mode", "contacts")
    inbox = desk.connect(me)
    for text in ("Yes.", "No.", "Yes."):
        me.append("INBOX", raw("unknown@x.example", text, me.address))
    found = reports(desk, inbox)
    assert texts(desk) == ["No.", "Yes."] and found["INBOX"].bodies_read == 3
    why = [body.why for ledger in store.ledgers.read(inbox.id) for body in ledger.bodies]
    assert sum("to see whether it is that one, which it is" in reason for reason in why) == 1
    with store.transaction():
        store.settings.put("log.mode", "replies")
    me.append("INBOX", raw("unknown@x.example", "Perhaps.", me.address))
    assert reports(desk, inbox)["INBOX"].bodies_read == 0
    assert texts(desk) == ["No.", "Yes."]
