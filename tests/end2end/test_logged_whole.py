"""Through real servers: what a logged message lacks is said, what came with it is kept, and nobody is named who may not be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.inboxes import Inbox
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.services import take_message
from app.services.delete_permanently import delete_permanently
from app.services.export_workspace import export_workspace
from app.services.file_sent_copy import file_sent_copies
from app.services.never_log_rules import add_entry, entry_of
from app.services.review_copied import log_by_hand
from app.store import models as m
from tests.end2end.test_copied import arrived, post, serve
from tests.store.test_page_gaps import left
from tests.support.copied import forwarded, letter
from tests.support.desk import NEVER, Desk, Mailboxes
from tests.support.mailbox import MailAccount

ADA, BO, ASTRID = "ada@example.org", "bo@example.org", "astrid@quillfeather.example"


def test_a_note_above_a_forward(desk: Desk, me: MailAccount, inbox: Inbox, tmp_path: Path) -> None:
    forward = serve(desk, inbox, CopyKind.FORWARD)
    post(desk, inbox, forwarded(forward, sender=f"Jonas <{me.address}>", note="Ring honom om kranbilen"), forward)
    arrived(desk, inbox, me)
    (message,) = desk.timeline(ADA)
    assert [n.text for n in message.notes] == ["Ring honom om kranbilen"]
    assert "kranbilen" not in message.text and "kranbilen" not in message.html
    assert len(desk.workspace.store.search.found("kranbilen").messages) == 1
    export_workspace(desk.workspace, tmp_path / "out", lambda _progress: None, lambda: False)
    (told,) = json.loads((tmp_path / "out" / "messages.json").read_text("utf-8"))
    assert [note["text"] for note in told["notes"]] == ["Ring honom om kranbilen"]


@pytest.mark.parametrize("html", ["", "<p>Hej</p>"])
def test_an_answer_of_50_mb_is_logged_without_its_files_and_says_so(
    desk: Desk, me: MailAccount, inbox: Inbox, monkeypatch: pytest.MonkeyPatch, html: str
) -> None:
    """R4: of such a message the server is asked for the text alone, and how many files there are."""
    monkeypatch.setattr(take_message, "LARGE_MESSAGE", 20_000)
    desk.send(inbox, ADA)
    (sent,) = desk.timeline(ADA)
    files = (("a.bin", b"\0" * 20_000), ("b.txt", b"text"), ("c.bin", b"1"))
    forged = (("X-Hitchpost-Files-Left-Out", "77"),)
    more = (("In-Reply-To", f"<{sent.message_id}>"), *forged)
    me.deliver(letter(me.address, sender=ADA, text="Ja tack", html=html, files=files, more=more))
    me.deliver(letter(me.address, sender=ADA, text="Kort", files=files[1:], more=more))
    me.deliver(letter(me.address, sender=ADA, text="Lång " * 6_000, more=more))
    desk.sync(inbox)
    found = {message.text.split()[0]: message for message in desk.received(ADA)}
    assert found["Ja"].attachments == () and found["Ja"].left_out == FilesLeftOut(WhyLeftOut.LARGE_MESSAGE, 3)
    assert len(found["Kort"].attachments) == 2 and found["Kort"].left_out is None
    assert found["Lång"].left_out is None  # it is large, and has none


def test_switched_off_attachments_are_said_to_be_missing(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    desk.send(inbox, ADA)
    (sent,) = desk.timeline(ADA)
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put("log_attachments", False)
    answer = (("In-Reply-To", f"<{sent.message_id}>"),)
    me.deliver(letter(me.address, sender=ADA, files=(("a.pdf", b"1"), ("b.pdf", b"2")), more=answer))
    me.deliver(letter(me.address, sender=ADA, more=answer))
    desk.sync(inbox)
    answers = [message for message in desk.received(ADA) if message.kind == "normal"]
    assert [message.left_out for message in answers] == [None, FilesLeftOut(WhyLeftOut.SWITCHED_OFF, 2)]


def test_nobody_of_the_never_log_list_is_named_beside_others(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    add_entry(desk.workspace, entry_of(desk.workspace, ASTRID))
    bcc = serve(desk, inbox)
    post(desk, inbox, letter(f"Astrid <{ASTRID}>", BO, sender=f"Jonas <{me.address}>"), bcc)
    arrived(desk, inbox, me)
    (message,) = desk.timeline(BO)
    assert message.to == (Address("", ""), Address(BO))
    answer = (("In-Reply-To", f"<{message.message_id}>"),)
    me.deliver(letter(me.address, sender=BO, cc=f"Astrid <{ASTRID}>", more=answer))
    desk.sync(inbox)
    (received,) = desk.received(BO)
    assert received.cc == (Address("", ""),)
    assert m.MessageParty.select().where(m.MessageParty.address_key == ASTRID).count() == 0


def test_a_forward_that_waits_names_nobody_who_is_gone_and_is_read_again(
    desk: Desk, me: MailAccount, inbox: Inbox
) -> None:
    store = desk.workspace.store
    with store.transaction():
        gone = store.contacts.add(Address(ASTRID, "Astrid"), created_by="user")
        bo = store.contacts.add(Address(BO), created_by="user")
    delete_permanently(store, gone)
    forward = serve(desk, inbox, CopyKind.FORWARD)
    raw = forwarded(
        forward, sender=f"Jonas <{me.address}>", original_from=BO, original_cc=f"Astrid <{ASTRID}>", html=False
    )
    post(desk, inbox, raw, forward)
    arrived(desk, inbox, me)
    (item,) = store.reviews.items()
    assert item.reason is Refusal.ONE_FORM and not item.raw_sha256 and item.can_be_logged
    assert left(store, "quillfeather") == []
    log_by_hand(desk.workspace, item.id, [bo])
    (message,) = desk.timeline(BO)
    assert message.cc == (Address("", ""),) and message.text.strip() == "Tack, vi tar den."
    assert left(store, "quillfeather") == []


def test_what_was_sent_to_somebody_who_is_gone_does_not_keep_the_address(
    desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes
) -> None:
    ada, bob = mailbox("ada"), mailbox("bob")
    desk.send(inbox, ada)
    store = desk.workspace.store
    contact = store.contacts.find(ada.address)
    assert contact is not None
    delete_permanently(store, contact)
    desk.send(inbox, ada, bob, subject="To both")
    file_sent_copies(desk.workspace, NEVER)
    assert any(b"Subject: To both" in raw for raw in ada.wait_for_messages(2))
    (row,) = m.Outbox.select().where(m.Outbox.subject == "To both")
    assert row.sent_copy_filed and [p["address"] for p in row.draft_json["to"]] == [bob.address]
    assert [copy.recipient for copy in row.copies] == ["", bob.address]
    (message,) = desk.timeline(bob.address)
    assert message.to[0] == Address("", "")
