"""Copied mail as nobody would wish it, through real servers and the sync: sizes at the limits, servers that rebuild a mailbox,
people who may not be logged, and addresses that are none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.backends.protocol import MailBackend
from app.domain.addresses import Address
from app.domain.copied_mail import FILES_LIMIT, MOST_FETCHED, CopyKind, Refusal
from app.domain.errors import NotAllowed
from app.domain.events import EventKind
from app.domain.inboxes import Inbox, InboxId
from app.domain.left_out import FilesLeftOut, WhyLeftOut
from app.domain.logging_addresses import AddressState, Way
from app.domain.privacy import Basis
from app.domain.review import ReviewState
from app.services.file_sent_copy import file_sent_copies
from app.services.legal_bases import put_legal_basis
from app.services.logging_addresses import add_logging_address
from app.services.open_backend import open_reading
from app.services.review_copied import dismiss, log_by_hand, undo_review
from app.services.send_message import send_due
from app.services.workspace import Workspace
from app.store import models as m
from app.store.fields import now
from app.words.logging_addresses import folder_gone_sentence
from tests.support.copied import forwarded, letter
from tests.support.desk import NEVER, Desk, Mailboxes, renumber, written
from tests.support.mailbox import MailAccount

ADA, BO = "ada@example.org", "bo@example.net"


def serve(desk: Desk, inbox: Inbox, kind: CopyKind = CopyKind.BCC, way: Way = Way.PLUS, **more: str) -> str:
    return add_logging_address(desk.workspace, kind, way, InboxId(inbox.id), **more).address


def copied(me: MailAccount, address: str, raw: bytes) -> None:
    me.append("INBOX", f"Delivered-To: {address}\n".encode() + raw)


def set_to(desk: Desk, name: str, value: object) -> None:
    with desk.workspace.store.transaction():
        desk.workspace.store.settings.put(name, value)


def test_what_is_no_address_stops_nothing(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc, forward = serve(desk, inbox), serve(desk, inbox, CopyKind.FORWARD)
    for number, to in enumerate(("Ada", "root@localhost", "ada@example..org", "undisclosed-recipients:;")):
        raw = letter(ADA, sender=me.address, message_id=f"x{number}@example.com")
        copied(me, bcc, raw.replace(b"To: ada@example.org", f"To: {to}".encode()))
    copied(me, forward, forwarded(forward, original_from="Ada <ada>", sender=me.address))
    copied(me, bcc, letter(BO, ADA.replace("@", " at "), sender=me.address))
    desk.sync(inbox)
    assert len(desk.timeline(BO)) == 1
    reasons = [i.reason for i in desk.workspace.store.reviews.items()]
    assert sorted(r.value for r in reasons) == [*["no_contact"] * 4, "not_a_forward"]


def test_without_a_legal_basis_it_is_read_again_from_the_mailbox(
    desk: Desk, me: MailAccount, inbox: Inbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_turn: list[bool] = []  # the connection for that was made in its turn: there are three at most

    def opened(workspace: Workspace, inbox: Inbox, cancel: threading.Event) -> MailBackend:
        in_turn.append(workspace._errands[inbox.id].locked())
        return open_reading(workspace, inbox, cancel)

    monkeypatch.setattr("app.services.fetch_again.open_reading", opened)
    bcc = serve(desk, inbox)
    set_to(desk, "privacy.on", True)
    copied(me, bcc, letter(ADA, sender=me.address, subject="Zanzibar87", text="Quagga55", message_id="p@example.com"))
    desk.sync(inbox)
    (item,) = desk.workspace.store.reviews.items()
    assert item.reason is Refusal.NO_LEGAL_BASIS and item.can_be_logged and item.recipients == (ADA,)
    kept = b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    assert b"Zanzibar87" not in kept and b"Quagga55" not in kept
    assert bodies(desk) == []  # it was refused by its header
    with pytest.raises(NotAllowed, match="no legal basis"):
        log_by_hand(desk.workspace, item.id, [], [ADA])
    assert bodies(desk) == [] and desk.workspace.store.contacts.find(ADA) is None
    put_legal_basis(desk.workspace, [ADA], Basis.CONTRACT)
    log_by_hand(desk.workspace, item.id, [], [ADA])
    (message,) = desk.timeline(ADA)
    assert (message.subject, message.text.strip(), message.message_id) == ("Zanzibar87", "Quagga55", "p@example.com")
    assert any(why.startswith("Logged by hand from the review list") for why in bodies(desk))
    assert in_turn == [True]
    undo_review(desk.workspace, item.id)
    renumber(me)
    with pytest.raises(NotAllowed, match="not in the mailbox any more"):
        log_by_hand(desk.workspace, item.id, [], [ADA])
    assert desk.workspace.store.contacts.find(ADA) is None


def bodies(desk: Desk) -> list[str]:
    return [b.why for ledger in desk.workspace.store.ledgers.read() for b in ledger.bodies]


def test_a_delivery_report_is_read_whatever_the_privacy_switch_says(
    desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes
) -> None:
    serve(desk, inbox)
    set_to(desk, "privacy.on", True)
    gone = "gone@example.com"
    put_legal_basis(desk.workspace, [gone], Basis.CONTRACT)
    desk.send(inbox, gone)
    me.wait_for_messages(1)
    desk.sync(inbox)
    assert len(desk.feed(EventKind.BOUNCE)) == 1


@pytest.mark.parametrize(("size", "kept"), [(FILES_LIMIT, True), (FILES_LIMIT + 1, False), (MOST_FETCHED, False)])
def test_attachments_at_the_limit(desk: Desk, me: MailAccount, inbox: Inbox, size: int, kept: bool) -> None:
    bcc = serve(desk, inbox)
    copied(me, bcc, letter(ADA, sender=me.address, files=(("film.bin", b"\0" * size),), text="Hej", html="<p>Hej</p>"))
    desk.sync(inbox)
    (message,) = desk.timeline(ADA)
    assert [a.size for a in message.attachments] == ([size] if kept else [])
    assert message.left_out == (None if kept else FilesLeftOut(WhyLeftOut.OVER_LIMIT, 1))
    assert message.text.strip() == "Hej" and "Hej" in message.html
    waiting = desk.workspace.store.outbox.due(now())
    assert len(waiting) == (0 if kept else 1)
    assert len(desk.workspace.store.reviews.items(ReviewState.LOGGED)) == (0 if kept else 1)
    desk.sync(inbox)
    assert desk.workspace.store.outbox.due(now()) == waiting


def test_no_notice_about_old_mail(desk: Desk, me: MailAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when the inbox is connected, nor when its server numbers everything anew."""
    monkeypatch.setattr("app.domain.copied_mail.FILES_LIMIT", 1000)
    inbox = desk.connect(me)
    bcc = serve(desk, inbox)
    copied(me, bcc, letter(ADA, sender=me.address, files=(("film.bin", b"\0" * 1001),)))
    desk.sync(inbox)
    assert len(desk.timeline(ADA)) == 1 and desk.workspace.store.outbox.due(now()) == ()
    renumber(me)
    desk.sync(inbox)
    assert len(desk.timeline(ADA)) == 1 and desk.workspace.store.outbox.due(now()) == ()


def test_a_notice_is_never_logged_nor_answered(
    desk: Desk, me: MailAccount, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where a rule at the server files everything from oneself into the folder whose mail is logged."""
    monkeypatch.setattr("app.domain.copied_mail.FILES_LIMIT", 1000)
    with open_reading(desk.workspace, inbox, NEVER) as session:
        session.create_folder("Log this")
    bcc = serve(desk, inbox)
    serve(desk, inbox, way=Way.FOLDER, folder="Log this")
    copied(me, bcc, letter(ADA, sender=me.address, files=(("film.bin", b"\0" * 1001),)))
    desk.sync(inbox)
    send_due(desk.workspace, NEVER)
    file_sent_copies(desk.workspace, NEVER)
    notice = next(r for r in me.wait_for_messages(2) if b"multipart/report" in r)
    me.append("Log this", notice)
    copied(me, bcc, notice)
    for _ in range(2):
        desk.sync(inbox)
    assert len(desk.timeline(ADA)) == 1 and desk.workspace.store.outbox.due(now()) == ()
    assert desk.feed(EventKind.BOUNCE) == [] and desk.workspace.store.contacts.find(me.address) is None
    assert [r for r in desk.workspace.store.reviews.items() if r.reason is not Refusal.AUTOMATIC] == []


@pytest.mark.parametrize("named", [True, False])
def test_what_was_dismissed_stays_so_when_the_mailbox_is_numbered_anew(
    desk: Desk, me: MailAccount, inbox: Inbox, named: bool
) -> None:
    bcc = serve(desk, inbox)
    raw = letter(ADA, sender="mallory@example.net", message_id="d@example.net")
    copied(me, bcc, raw if named else raw.replace(b"Message-ID: <d@example.net>\n", b""))
    desk.sync(inbox)
    (item,) = desk.workspace.store.reviews.items()
    dismiss(desk.workspace, [item.id])
    renumber(me)
    desk.sync(inbox)
    assert [i.state for i in desk.workspace.store.reviews.items(None)] == [ReviewState.DISMISSED]


def test_a_folder_that_is_renamed_serves_on(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    with open_reading(desk.workspace, inbox, NEVER) as session:
        session.create_folder("Log this")
    serve(desk, inbox, way=Way.FOLDER, folder="Log this")
    me.append("Log this", letter(ADA, sender=me.address, subject="before"))
    desk.sync(inbox)
    with me.dovecot._login(me.address) as connection:
        connection.rename('"Log this"', '"Logged mail"')
    desk.sync(inbox)
    me.append("Logged mail", letter(ADA, sender=me.address, subject="after"))
    desk.sync(inbox)
    assert [x.subject for x in desk.timeline(ADA)] == ["after", "before"]
    assert [a.folder for a in desk.workspace.store.logging_addresses.all()] == ["Logged mail"]


def test_a_folder_that_is_deleted_says_so_until_it_is_there_again(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    store = desk.workspace.store
    with open_reading(desk.workspace, inbox, NEVER) as session:
        session.create_folder("Log this")
    serve(desk, inbox, way=Way.FOLDER, folder="Log this")
    desk.sync(inbox)
    (address,) = store.logging_addresses.all()
    assert (address.state, address.folder_gone) == (AddressState.NEW, False)
    assert folder_gone_sentence(address, me.address) == ""
    with me.dovecot._login(me.address) as connection:
        connection.delete('"Log this"')
    desk.sync(inbox)
    (address,) = store.logging_addresses.all()
    assert (address.state, address.folder_gone) == (AddressState.BROKEN, True) and address.gone_since is not None
    told = folder_gone_sentence(address, me.address)
    assert f"no folder “Log this” in {me.address} since" in told and "Create it again" in told
    with store.transaction():
        store.inboxes.drop_folder(inbox.id, "Log this")  # as after a month
    (address,) = store.logging_addresses.all()
    assert (address.state, address.folder_gone, address.gone_since) == (AddressState.BROKEN, True, None)
    assert "no folder “Log this”" in folder_gone_sentence(address, me.address)
    with open_reading(desk.workspace, inbox, NEVER) as session:
        session.create_folder("Log this")
    me.append("Log this", letter(ADA, sender=me.address, subject="again"))
    desk.sync(inbox)
    (address,) = store.logging_addresses.all()
    assert (address.state, address.folder_gone) == (AddressState.NEW, False)
    assert [x.subject for x in desk.timeline(ADA)] == ["again"]


def test_in_everybody_s_inbox_it_is_one_message(desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes) -> None:
    """Sent from here, filed in Sent, copied to the logging address, and received by a colleague and by another contact."""
    bcc, ada = serve(desk, inbox), mailbox("ada", domain="example.org").address
    karin = mailbox("karin")
    hers = desk.connect(karin)
    desk.sync(hers)
    sent = desk.send(inbox, ada, karin.address, bcc=(Address(bcc),))
    me.wait_for_messages(1)
    karin.wait_for_messages(1)
    for _ in range(2):
        desk.sync(inbox)
        desk.sync(hers)
    (message,) = desk.timeline(ada)
    assert message.pk == sent.logged_pk and m.Message.select().count() == 1
    assert desk.workspace.store.reviews.items(None) == ()


def test_the_server_s_own_finding_counts(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    bcc = serve(desk, inbox)
    mine = b"Authentication-Results: mx.example.com; dkim=none\nAuthentication-Results: mx.example.com; dmarc=fail\n"
    his = b"Received: from x by mx.example.com; Mon, 2 Mar 2026 12:00:00 +0000\n" + (
        b"Authentication-Results: mx.example.com; dmarc=pass; dkim=pass; spf=pass\n"
    )
    copied(me, bcc, mine + his + letter(ADA, sender=me.address))
    copied(me, bcc, letter(ADA, sender=f"{me.address}, mallory@example.net"))
    desk.sync(inbox)
    assert {i.reason for i in desk.workspace.store.reviews.items()} == {Refusal.FORGED, Refusal.UNDECIDED}
    assert desk.workspace.store.contacts.find(ADA) is None


def test_a_mailbox_without_a_logging_address_is_read_as_ever(
    desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither more fields are asked for, nor anything more is looked at."""
    serve(desk, desk.connect(mailbox("other")))
    looked: list[object] = []
    monkeypatch.setattr("app.services.meet_copied.copy_facts", looked.append)
    from app.services.folders_in_hand import serving
    from app.services.meet_copied import copied_fields

    assert copied_fields(serving(desk.workspace, inbox)) == ()
    for number in range(3):
        me.append("INBOX", written(ADA, me.address, message_id=f"n{number}@x.example"))
    desk.sync(inbox)
    assert looked == []


def test_a_copy_that_brings_nothing_is_not_read(desk: Desk, me: MailAccount, inbox: Inbox, mailbox: Mailboxes) -> None:
    """What is on all timelines already needs no body; one more person does, once."""
    bcc, ada = serve(desk, inbox), mailbox("ada", domain="example.org").address
    sent = desk.send(inbox, ada, bcc=(Address(bcc),))
    me.wait_for_messages(1)
    desk.sync(inbox)
    assert bodies(desk) == [] and len(desk.timeline(ada)) == 1
    answer = letter(
        ada, BO, sender=me.address, subject="Re: Offert", message_id="mine@example.com",
        more=(("In-Reply-To", f"<{sent.message_id}>"),),
    )  # fmt: skip
    me.append("Sent", answer)
    desk.sync(inbox)
    assert desk.workspace.store.contacts.find(BO) is None
    copied(me, bcc, answer)
    for _ in range(2):
        desk.sync(inbox)
        renumber(me)
    assert [x.message_id for x in desk.timeline(BO)] == ["mine@example.com"]
    assert sorted(why.partition(" ")[0] for why in bodies(desk)) == ["Answers", "Copied"]


def test_the_message_says_whether_its_server_knew_the_sender(desk: Desk, me: MailAccount, inbox: Inbox) -> None:
    """Delivered without a finding, with one of the inbox's own server, and with one that somebody wrote into it."""
    bcc = serve(desk, inbox)
    own = inbox.account.read_host
    for number, found in enumerate(("", f"{own}; dmarc=pass", "mx.evil.example; dmarc=pass")):
        field = f"Authentication-Results: {found}\n".encode() if found else b""
        copied(me, bcc, field + letter(f"p{number}@example.net", sender=me.address))
    desk.sync(inbox)
    said = [
        "found that it comes" in message.match_reason
        for number in range(3)
        for message in desk.timeline(f"p{number}@example.net")
    ]
    assert said == [False, True, False]
