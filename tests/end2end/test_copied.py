"""Mail that is copied or forwarded to the workspace, through real servers and the sync, onto the timeline."""

from __future__ import annotations

from datetime import datetime
from email import message_from_bytes, policy

import pytest

from app.backends.smtp import Accepted
from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.events import EventKind
from app.domain.inboxes import Inbox, InboxId
from app.domain.logging_addresses import Way
from app.domain.never_log import read_entry
from app.domain.records import RecordKind
from app.domain.review import ReviewState
from app.services.arrange_messages import move_message, undo_arrangement
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record
from app.services.explain_message import explain_message
from app.services.file_sent_copy import file_sent_copies
from app.services.logging_addresses import add_logging_address
from app.services.never_log_rules import add_entry, entry_of
from app.services.open_backend import open_reading, open_sending
from app.services.send_message import send_due
from app.store.fields import now
from tests.support.copied import forwarded, letter
from tests.support.desk import NEVER, Desk, Mailboxes, written
from tests.support.mailbox import MailAccount
from tests.support.submission import Submission

ADA = "ada@example.org"


def serve(desk: Desk, inbox: Inbox, kind: CopyKind = CopyKind.BCC, way: Way = Way.PLUS, **more: str) -> str:
    return add_logging_address(desk.workspace, kind, way, InboxId(inbox.id), **more).address


def post(desk: Desk, inbox: Inbox, raw: bytes, *recipients: str) -> None:
    """Another mail program of the user sends this, through the user's own server: once for each recipient, as SMTP does."""
    with open_sending(desk.workspace, inbox, NEVER) as way_out:
        for recipient in recipients:
            assert isinstance(way_out.send(inbox.address, recipient, raw.replace(b"\n", b"\r\n")), Accepted)


def arrived(desk: Desk, inbox: Inbox, me: MailAccount, count: int = 1) -> None:
    me.wait_for_messages(count)
    desk.sync(inbox)


def test_a_message_by_bcc(desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes) -> None:
    ada = mailbox("ada", domain="example.org")
    bcc = serve(desk, inbox)
    raw = letter(
        f"Ada Berg <{ada.address}>", sender=f"Jonas <{me.address}>", text="Hej Ada", files=(("Tilbud.pdf", b"123"),)
    )
    post(desk, inbox, raw, ada.address, bcc)
    assert bcc.encode() not in ada.wait_for_messages(1)[0]
    arrived(desk, inbox, me)
    (message,) = desk.timeline(ada.address)
    assert (message.direction, message.logged_by, message.text.strip(), message.opens) == (
        "sent",
        "bcc",
        "Hej Ada",
        None,
    )
    assert [a.filename for a in message.attachments] == ["Tilbud.pdf"]
    (body,) = [b for ledger in desk.workspace.store.ledgers.read() for b in ledger.bodies]
    assert body.why.startswith(f"Copied to be logged: to {bcc}, by ")
    desk.sync(inbox)
    assert len(desk.timeline(ada.address)) == 1 and desk.workspace.store.reviews.items(None) == ()
    told = explain_message(desk.workspace, message.message_id)
    assert told.verdict == "It is here because it was copied here to be logged."
    assert any("the only user with this address as a connected personal inbox" in step.text for step in told.steps)
    # the answer is logged, since what it answers is
    me.deliver(
        written(ada.address, me.address, parent=message.message_id, subject="Re: Offert", message_id="a@example.org")
    )
    desk.sync(inbox)
    assert [m.direction for m in desk.received(ada.address)] == ["received"]


def test_a_forwarded_message(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    forward = serve(desk, inbox, CopyKind.FORWARD)
    post(desk, inbox, forwarded(forward, sender=f"Jonas <{me.address}>"), forward)
    arrived(desk, inbox, me)
    (message,) = desk.timeline(ADA)
    assert (message.direction, message.logged_by, message.sender) == ("received", "forward", Address(ADA, "Ada Berg"))


def a_reply(
    me: MailAccount, parent: str, text: str = "Tack, vi tar den.", at: str = "10:15:48", number: str = ""
) -> None:
    """As Ada wrote it, which comes by mail after it was forwarded."""
    raw = letter(
        f"Jonas Ahl <{me.address}>", sender=f"Ada Berg <{ADA}>", subject="SV: Svar om offerten", text=text,
        date=datetime.fromisoformat(f"2026-03-02T{at}+00:00"), message_id=f"reply{number}@example.org",
        more=(("In-Reply-To", f"<{parent}>"),), cc="Bo Ek <bo@example.net>",
    )  # fmt: skip
    me.append("INBOX", raw)


def forwarded_first(desk: Desk, me: MailAccount, inbox: Inbox) -> str:
    """A message by BCC, its answer forwarded by a phone that tells no id. Returns the id of the first."""
    bcc, forward = serve(desk, inbox), serve(desk, inbox, CopyKind.FORWARD)
    copied = letter(
        ADA, sender=me.address, message_id="asked@example.com", subject="Svar om offerten", more=(("Bcc", bcc),)
    )
    me.append("Sent", copied, r"(\Seen)")
    me.append("INBOX", forwarded(forward, sender=f"Jonas <{me.address}>", message_id="fwd@example.com"))
    desk.sync(inbox)
    assert [m.logged_by for m in desk.received(ADA)] == ["forward"]
    return "asked@example.com"


def test_an_answer_that_was_forwarded_first_is_one_message_and_can_be_two_again(
    desk: Desk, me: MailAccount, inbox: Inbox
) -> None:
    parent = forwarded_first(desk, me, inbox)
    store = desk.workspace.store
    (twin,) = desk.received(ADA)
    deal = add_record(store, RecordKind.DEAL, {"name": "Depot"})
    with store.transaction():
        store.copied.put_records(twin.pk, store.copied.records_of(twin.pk)[0], [deal])
    states = (store.copied.credited_by(twin.pk), twin.text, store.messages.contacts_of(twin.pk))
    a_reply(me, parent)
    desk.sync(inbox)
    (message,) = desk.received(ADA)
    assert (message.message_id, message.logged_by, message.pk != twin.pk) == ("reply@example.org", "reply", True)
    assert store.copied.records_of(message.pk)[1] == (deal,)
    assert {twin.message_id, "fwd@example.com"} <= set(store.messages.aliases(message.pk))
    assert [found.pk for found in store.search.found("vi tar", 10).messages] == [message.pk]
    told = explain_message(desk.workspace, "fwd@example.com")
    assert told.message_pk == message.pk and told.can_undo
    assert any("forwarded here before" in step.text and "undo parts the two" in step.text for step in told.steps)

    assert undo_arrangement(desk.workspace, message.pk)
    again, real = sorted(desk.received(ADA), key=lambda each: each.logged_by)
    assert (real.pk, again.message_id, again.logged_by) == (message.pk, twin.message_id, "forward")
    assert (store.copied.credited_by(again.pk), again.text, store.messages.contacts_of(again.pk)) == states
    assert store.copied.records_of(again.pk)[1] == (deal,) and store.copied.records_of(real.pk)[1] == ()
    assert set(store.messages.aliases(real.pk)) == {"reply@example.org"}
    assert not undo_arrangement(desk.workspace, message.pk)
    desk.sync(inbox)
    assert len(desk.received(ADA)) == 2


@pytest.mark.parametrize(
    ("text", "at"), [("Tack, men vi tar den inte.", "10:15:48"), ("Tack, vi tar den.", "10:18:00")]
)
def test_what_only_resembles_a_forward_stays_by_itself(
    desk: Desk, me: MailAccount, inbox: Inbox, text: str, at: str
) -> None:
    a_reply(me, forwarded_first(desk, me, inbox), text, at)
    desk.sync(inbox)
    assert len(desk.received(ADA)) == 2


def test_a_forward_about_which_somebody_decided_stays_by_itself(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    parent = forwarded_first(desk, me, inbox)
    (twin,) = desk.received(ADA)
    other = add_record(desk.workspace.store, RecordKind.CONTACT, {"addresses": ["bo@example.net"]})
    move_message(desk.workspace, twin.pk, to_contacts=[*desk.workspace.store.messages.contacts_of(twin.pk), other])
    a_reply(me, parent)
    desk.sync(inbox)
    assert len(desk.received(ADA)) == 2


def test_of_a_joined_forward_nothing_is_left_when_somebody_is_deleted_for_good(
    desk: Desk, me: MailAccount, inbox: Inbox
) -> None:
    parent = forwarded_first(desk, me, inbox)
    a_reply(me, parent)
    desk.sync(inbox)
    assert len(desk.received(ADA)) == 1
    store = desk.workspace.store
    found = store.contacts.find(ADA)
    assert found is not None
    delete_permanently(store, found)
    kept = b"".join(file.read_bytes() for file in store.path.parent.glob("workspace.sqlite3*"))
    assert b"vi tar den" not in kept and ADA.encode() not in kept


def test_bcc_in_the_sent_copy_alone(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    """Gmail keeps Bcc in Sent, and delivers no second copy of what a person sends to himself."""
    bcc = serve(desk, inbox)
    me.append("Sent", letter(ADA, sender=me.address, more=(("Bcc", bcc),)), r"(\Seen)")
    desk.sync(inbox)
    assert [m.logged_by for m in desk.timeline(ADA)] == ["bcc"]


def test_people_in_bcc_of_one_s_own_copy_are_recipients(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    """«Den sendte e-posten logges til kontaktens post»: each recipient's, also of those whom nobody else can see."""
    bcc = serve(desk, inbox)
    with desk.workspace.store.transaction():
        desk.workspace.store.never.add(read_entry("cy@example.net"), desk.workspace.store.user_id)
    hidden = f"Bo Ek <bo@example.net>, {bcc}, cy@example.net, {me.address}"
    me.append("Sent", letter(ADA, sender=me.address, more=(("Bcc", hidden),)), r"(\Seen)")
    me.append("Sent", letter("", sender=me.address, subject="to nobody else", more=(("Bcc", hidden),)), r"(\Seen)")
    desk.sync(inbox)
    assert [m.subject for m in desk.timeline("bo@example.net")] == ["to nobody else", "Offert"]
    (message,) = desk.timeline(ADA)
    store = desk.workspace.store
    assert [p.label for p in store.messages.parties(message.pk, "bcc")] == ["Bo Ek", "", me.address]
    assert store.contacts.find("cy@example.net") is None and store.contacts.find(bcc) is None
    assert "lies in the Sent folder" in message.match_reason
    desk.sync(inbox)
    assert len(desk.timeline("bo@example.net")) == 2


def test_people_in_bcc_are_found_where_the_copy_by_mail_came_first(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc = serve(desk, inbox)
    raw = letter(ADA, sender=me.address, message_id="first@example.com")
    post(desk, inbox, raw, bcc)
    arrived(desk, inbox, me)
    assert len(desk.timeline(ADA)) == 1 and desk.workspace.store.contacts.find("bo@example.net") is None
    me.append("Sent", raw.replace(b"\n\n", f"\nBcc: Bo Ek <bo@example.net>, {bcc}\n\n".encode(), 1), r"(\Seen)")
    desk.sync(inbox)
    (message,) = desk.timeline("bo@example.net")
    assert desk.timeline(ADA)[0].pk == message.pk
    assert [p.addr_spec for p in desk.workspace.store.messages.parties(message.pk, "bcc")] == ["bo@example.net"]
    assert [found.pk for found in desk.workspace.store.search.found("bo", 10).messages] == [message.pk]


def test_bcc_in_what_comes_from_elsewhere_is_not_believed(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc = serve(desk, inbox)
    me.append("INBOX", letter(ADA, sender=me.address, more=(("Bcc", f"bo@example.net, {bcc}"),)))
    desk.sync(inbox)
    assert len(desk.timeline(ADA)) == 1 and desk.workspace.store.contacts.find("bo@example.net") is None


def test_in_sent_and_in_the_inbox_it_is_one_message(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc = serve(desk, inbox)
    raw = letter(ADA, sender=me.address, message_id="both@example.com", more=(("Bcc", bcc),))
    me.append("Sent", raw, r"(\Seen)")
    post(desk, inbox, raw.replace(b"Bcc: " + bcc.encode() + b"\n", b""), bcc)
    arrived(desk, inbox, me)
    (message,) = desk.timeline(ADA)
    assert {place[1] for place in desk.workspace.store.messages.locations(message.pk)} == {"INBOX", "Sent"}


def test_a_folder(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    with open_reading(desk.workspace, inbox, NEVER) as session:
        session.create_folder("Log this")
    serve(desk, inbox, way=Way.FOLDER, folder="Log this")
    me.append("Log this", letter("bo@example.net", sender=me.address, subject="by folder"))
    desk.sync(inbox)
    assert len(desk.timeline("bo@example.net")) == 1


def test_a_mailbox_of_its_own(desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes) -> None:
    log = mailbox("log")
    second = desk.connect(log)
    desk.sync(second)
    serve(desk, second, way=Way.MAILBOX)
    post(desk, inbox, letter(ADA, sender=me.address), log.address)
    log.deliver(written("stranger@example.net", log.address, message_id="spam@example.net"))
    arrived(desk, second, log, 2)
    assert len(desk.timeline(ADA)) == 1
    assert desk.workspace.store.reviews.items(None) == ()  # what strangers send there is nobody's


def test_old_copies_are_found_in_a_first_look(desk: Desk, me: MailAccount) -> None:
    inbox = desk.connect(me)
    bcc = serve(desk, inbox)
    me.append("INBOX", f"Delivered-To: {bcc}\n".encode() + letter(ADA, sender=me.address))
    for number in range(3):
        me.append("INBOX", written("news@example.net", me.address, message_id=f"n{number}@x.example", subject="News"))
    desk.sync(inbox)
    assert [m.logged_by for m in desk.timeline(ADA)] == ["bcc"] and desk.notified == []


def test_what_may_not_be_logged_is_kept_with_its_reason(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc, forward = serve(desk, inbox), serve(desk, inbox, CopyKind.FORWARD)
    me.deliver(f"Delivered-To: {bcc}\n".encode() + letter(ADA, sender="mallory@example.net"))
    me.deliver(
        f"Authentication-Results: mx.example.com; dmarc=fail\nDelivered-To: {bcc}\n".encode()
        + letter(ADA, sender=me.address)
    )
    post(desk, inbox, letter(forward, sender=me.address, subject="Fwd: nothing"), forward)
    arrived(desk, inbox, me, 3)
    items = desk.workspace.store.reviews.items()
    assert {i.reason for i in items} == {Refusal.UNKNOWN_SENDER, Refusal.FORGED, Refusal.NOT_A_FORWARD}
    assert all(i.can_be_logged for i in items) and desk.workspace.store.contacts.find(ADA) is None
    assert [e.subject for e in desk.feed(EventKind.REVIEW)] == ["Fwd: nothing"]
    desk.sync(inbox)
    assert len(desk.workspace.store.reviews.items()) == 3


def test_never_log_reads_no_body(desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes) -> None:
    bcc, ada = serve(desk, inbox), mailbox("ada", domain="example.org").address
    desk.send(inbox, ada, subject="Offert")
    sent = desk.timeline(ada)[0]
    add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    post(desk, inbox, letter(ada, sender=me.address, subject="secret"), bcc)
    for number in range(4):
        me.deliver(written(ada, me.address, parent=sent.message_id, message_id=f"r{number}@example.org"))
    arrived(desk, inbox, me, 5)
    assert [b for ledger in desk.workspace.store.ledgers.read() for b in ledger.bodies] == []
    assert [m.direction for m in desk.timeline(ada)] == ["sent"]
    (item,) = desk.workspace.store.reviews.items(ReviewState.KEPT_OUT)
    assert (item.reason, item.subject, item.raw_sha256) == (Refusal.NEVER_LOG, "", "")
    assert desk.workspace.store.reviews.count() == 0, "it waits for nobody"
    told = explain_message(desk.workspace, "<r1@example.org>")
    assert any("on the never-log list" in step.text for step in told.steps)


def test_an_answer_that_names_the_address_is_an_answer(
    desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes
) -> None:
    """The user put the address into Cc, where everybody sees it."""
    bcc, ada = serve(desk, inbox), mailbox("ada", domain="example.org").address
    desk.send(inbox, ada, subject="Offert")
    sent = desk.timeline(ada)[0]
    me.deliver(written(ada, f"{me.address}, {bcc}", parent=sent.message_id, message_id="r@example.org"))
    desk.sync(inbox)
    assert [m.logged_by for m in desk.received(ada)] == ["reply"]
    assert desk.workspace.store.reviews.items(None) == ()


def test_sent_from_here_with_the_address_in_bcc(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc = serve(desk, inbox)
    sent = desk.send(inbox, ADA, bcc=(Address(bcc),), log=False)
    assert sent.logged_pk is not None and not desk.workspace.store.copied.is_logged(sent.logged_pk)
    arrived(desk, inbox, me)
    (message,) = desk.timeline(ADA)
    assert (message.pk, message.logged_by) == (sent.logged_pk, "bcc")
    assert desk.workspace.store.contacts.find(bcc) is None


def test_the_failure_notice_comes_and_harms_nothing(
    desk: Desk, me: MailAccount, inbox: Inbox, submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """«Du vil også motta en e-postleveringsfeil i innboksen din.»"""
    monkeypatch.setattr("app.domain.copied_mail.FILES_LIMIT", 1000)
    bcc = serve(desk, inbox)
    raw = letter(ADA, sender=me.address, files=(("film.bin", b"\0" * 1001),), message_id="film@example.com")
    post(desk, inbox, raw, bcc)
    arrived(desk, inbox, me)
    (message,) = desk.timeline(ADA)
    assert message.attachments == () and message.logged_by == "bcc"
    assert len(desk.workspace.store.outbox.due(now())) == 1
    send_due(desk.workspace, NEVER)
    file_sent_copies(desk.workspace, NEVER)
    notice = next(r for r in me.wait_for_messages(2) if b"multipart/report" in r)
    parsed = message_from_bytes(notice, policy=policy.default)
    assert parsed["To"].addresses[0].addr_spec == me.address and parsed["Auto-Submitted"] == "auto-replied"
    assert f"Final-Recipient: rfc822; {bcc}".encode() in notice and b"Status: 5.3.4" in notice
    desk.sync(inbox)  # it is no bounce of the message, nor something to be logged
    desk.sync(inbox)
    assert desk.feed(EventKind.BOUNCE) == [] and len(desk.timeline(ADA)) == 1
    assert len(me.messages()) == 2 and desk.workspace.store.outbox.due(now()) == ()


def test_many_at_once(desk: Desk, me: MailAccount, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long absence ids alone are read of each message: a copy is found all the same."""
    monkeypatch.setattr("app.services.read_upwards.MANY", 5)
    monkeypatch.setattr("app.services.folder_reading.Reading.CHUNK", 2)
    bcc = serve(desk, inbox)
    me.append("INBOX", f"Delivered-To: {bcc}\n".encode() + letter(ADA, sender=me.address))
    for number in range(12):
        me.append("INBOX", written("news@example.net", me.address, message_id=f"n{number}@x.example", subject="News"))
    desk.sync(inbox)
    assert len(desk.timeline(ADA)) == 1
