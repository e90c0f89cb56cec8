"""Odd mail in a real mailbox: what is logged of it, and that none of it stops a folder."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from app.domain.events import EventKind
from app.domain.inboxes import Inbox
from tests.support.desk import Desk, Mailboxes, written
from tests.support.mailbox import MailAccount

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "mime"))
import bounce_corpus
import mime_corpus
import packed


def answer(ada: MailAccount, parent: str, message_id: str, rest: bytes) -> bytes:
    """An answer whose header goes on, and whose body is, as `rest` has it."""
    head = (
        f"From: Ada <{ada.address}>\r\nSubject: Re: Offert\r\nMessage-ID: <{message_id}>\r\nIn-Reply-To: <{parent}>\r\n"
    )
    return head.encode() + rest


def test_hostile_answers_are_logged_and_stop_nothing(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    names = []
    for raw in mime_corpus.hostile().values():
        if len(raw) < 300_000 and b"\0" not in raw and raw.startswith(b"Content-"):  # Dovecot takes no NULs
            names.append(f"hostile{len(names)}@x.example")
            me.append("INBOX", answer(ada, sent.message_id, names[-1], raw))
    me.append(
        "INBOX", written(ada.address, me.address, parent=sent.message_id, message_id="good@x.example", text="Ja!")
    )
    report = desk.sync(inbox)["INBOX"]
    logged = {m.message_id: m for m in desk.received(ada.address)}
    assert len(names) > 20
    assert set(logged) == {*names, "good@x.example"}
    assert (report.logged, logged["good@x.example"].visible_text) == (len(names) + 1, "Ja!")


def test_what_is_packed_or_encrypted_is_shown_as_far_as_it_can_be(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    winmail = packed.tnef(
        packed.message(packed.octets(0x1009, packed.stored_rtf(packed.FROM_HTML))), packed.file(b"plan.pdf", b"%PDF")
    )
    kind = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    me.append("INBOX", answer(ada, sent.message_id, "packed@x.example", kind + base64.encodebytes(winmail)))
    closed = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nMIAGCSqGSIb3DQEHA6CA\r\n"
    me.append("INBOX", answer(ada, sent.message_id, "closed@x.example", closed))
    desk.sync(inbox)
    logged = {m.message_id: m for m in desk.received(ada.address)}
    assert logged["packed@x.example"].visible_text == "Smörgås € <b> пр"
    assert [a.filename for a in logged["packed@x.example"].attachments] == ["plan.pdf"]
    assert logged["closed@x.example"].text.startswith("This message is encrypted.")


SAMPLES = {s.name: s for s in bounce_corpus.SAMPLES}


@pytest.mark.parametrize("name", ["qmail", "exchange 5.5", "gmail, old", "dsn failed", "mail.ru"])
def test_bounces_of_many_systems_mark_what_was_sent(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, name: str
) -> None:
    ada = mailbox("ada")
    sent = desk.send(inbox, ada)
    raw = SAMPLES[name].raw.replace(b"offer@example.org", sent.message_id.encode())
    raw = raw.replace(b"lost@example.com", ada.address.encode())
    if name == "exchange 5.5":  # its postmaster writes with the null path, which says so to the header alone
        raw = b"Return-Path: <>\r\n" + raw
    me.append("INBOX", raw)
    desk.sync(inbox)
    assert {e.message_id for e in desk.feed(EventKind.BOUNCE)} == {sent.message_id}
    assert [m.kind for m in desk.received(ada.address)] == ["bounce"]


@pytest.mark.parametrize("name", ["a person called postmaster", "a postmaster who explains a bounce", "dsn relayed"])
def test_what_is_no_bounce_marks_nothing(
    desk: Desk, inbox: Inbox, me: MailAccount, mailbox: Mailboxes, name: str
) -> None:
    sent = desk.send(inbox, mailbox("ada"))
    me.append("INBOX", SAMPLES[name].raw.replace(b"offer@example.org", sent.message_id.encode()))
    desk.sync(inbox)
    assert desk.feed(EventKind.BOUNCE) == []
