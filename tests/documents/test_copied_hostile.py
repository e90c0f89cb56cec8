"""Copied mail as nobody would wish it: forged, doubled, taken back, and about people whom nothing may be kept of."""

from __future__ import annotations

import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.inboxes import InboxId, InboxKind
from app.domain.privacy import Basis
from app.domain.review import ReviewState
from app.domain.sender_proof import looks_forged
from app.mime.copied_headers import copy_facts
from app.mime.headers import parse_header_block
from app.services.copied_mail import KeptForReview, Logged
from app.services.legal_bases import put_legal_basis
from app.services.logging_addresses import remove_logging_address
from app.services.never_log_rules import add_entry, entry_of, remove_logged
from app.services.prepare_message import recipient_copy
from app.services.review_copied import log_by_hand, undo_review
from app.services.who_may_be_logged import kept_out
from app.store.credit import BEAT
from app.store.fields import now
from tests.support.copied import JONAS, NOON, CopyDesk, forwarded, letter

ADA, BO = "ada@example.org", "bo@example.net"
HOUR = timedelta(hours=1)


# -- whose mail it is


@pytest.mark.parametrize(
    ("fields", "forged"),
    [
        (["mx.example.com; dkim=none", "mx.example.com; dmarc=fail"], True),  # one field for each check (milters)
        (["mx.example.com; dkim=pass", "mx.example.com; dmarc=pass", "mx.example.com; spf=fail"], False),
        (["mx.example.com; spf=fail", "RECEIVED", "mx.example.com; dmarc=pass; dkim=pass"], True),  # below: his own
        (["mx.example.com; spf=fail", "RECEIVED", "mx.evil.example; dmarc=pass; dkim=pass"], True),
        (["mx.example.com; dmarc=fail", "mx.example.com; dmarc=pass"], True),
        (["RECEIVED", "mx.example.com; dmarc=fail"], True),
        (["mx.example.com; dmarc=pass", "RECEIVED", "mx.other.example; dmarc=fail"], False),
        ([], False),
        (["mx.example.com; none"], False),
        (
            ["spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=none; dmarc=fail action=quarantine"],
            True,
        ),
    ],
)
def test_what_the_receiving_server_found(fields: list[str], forged: bool) -> None:
    lines = [
        "Received: from mail.evil.example by mx.example.com for <x@example.com>" if f == "RECEIVED"
        else f"Authentication-Results: {f}"
        for f in fields
    ]  # fmt: skip
    found = copy_facts("\r\n".join([*lines, "From: jonas@example.com", ""]).encode())
    assert looks_forged(found.authentication) is forged


def test_several_people_in_from(desk: CopyDesk) -> None:
    """No check of the receiving server is about the second one."""
    outcome = desk.take(letter(sender=f"{JONAS}, Mallory <mallory@example.net>"))
    assert isinstance(outcome, KeptForReview) and not desk.is_contact(ADA)


# -- to whom


def test_no_address_of_ones_own_becomes_a_contact(desk: CopyDesk) -> None:
    desk.user("Karin", "karin@example.com", active=False)
    bcc = next(a for a in desk.workspace.store.logging_addresses.all() if a.address == desk.bcc)
    remove_logging_address(desk.workspace, bcc.id)
    raw = letter(ADA, desk.bcc, "jonas+other@example.com", cc="Karin@example.com")
    assert isinstance(desk.take(raw, CopyKind.FORWARD), KeptForReview)
    from app.domain.logging_addresses import Way
    from app.services.logging_addresses import add_logging_address

    add_logging_address(desk.workspace, CopyKind.BCC, Way.PLUS, desk.inbox.id)
    assert isinstance(desk.take(letter(ADA, desk.bcc, "jonas+other@example.com")), Logged)
    assert desk.is_contact(ADA) and not desk.is_contact(desk.bcc) and not desk.is_contact("jonas+other@example.com")


def test_five_hundred_recipients(desk: CopyDesk) -> None:
    people = [f"p{n}@example.org" for n in range(500)]
    outcome = desk.take(letter(*people))
    assert isinstance(outcome, Logged) and len(outcome.made) == 500


def test_groups_and_nobody(desk: CopyDesk) -> None:
    raw = letter(ADA).replace(b"To: ada@example.org", b"To: Undisclosed recipients:;")
    outcome = desk.take(raw)
    assert isinstance(outcome, KeptForReview) and outcome.reason is Refusal.NO_CONTACT
    raw = letter(ADA).replace(b"To: ada@example.org", b"To: Team: ada@example.org, bo@example.net;")
    assert isinstance(desk.take(raw), Logged) and desk.is_contact(BO)


# -- what leaves nothing behind


def everything_of(desk: CopyDesk) -> bytes:
    return b"".join(p.read_bytes() for p in desk.workspace.folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("kind", list(CopyKind))
@pytest.mark.parametrize("why", ["never", "deleted", "privacy"])
def test_nothing_of_it_lies_anywhere(desk: CopyDesk, kind: CopyKind, why: str) -> None:
    if why == "never":
        add_entry(desk.workspace, entry_of(desk.workspace, "example.org"))
    elif why == "deleted":
        with desk.workspace.store.transaction():
            desk.workspace.store.tombstones.add([ADA], desk.jonas)
    else:
        desk.set("privacy.on", True)
    subject, text = "Zanzibar87", "Quagga55 text"
    file = (("Xylo44.bin", b"Xylophone33"),)
    raw = (letter(ADA, subject=subject, text=text, files=file) if kind is CopyKind.BCC
           else forwarded(desk.forward, subject=subject, text=text, files=file))  # fmt: skip
    assert isinstance(desk.take(raw, kind), KeptForReview)
    kept = everything_of(desk)
    for word in (b"Zanzibar87", b"Quagga55", b"Xylo44", b"Xylophone33"):
        assert word not in kept


@pytest.mark.parametrize("kind", list(CopyKind))
@pytest.mark.parametrize("sender", [JONAS, "mallory@example.net"])
def test_no_other_reason_keeps_content_without_a_legal_basis(desk: CopyDesk, kind: CopyKind, sender: str) -> None:
    desk.set("privacy.on", True)
    desk.change_user(desk.jonas, personal_email_access=False)
    raw = (letter(ADA, sender=sender, subject="Zanzibar87", text="Quagga55") if kind is CopyKind.BCC
           else forwarded(desk.forward, sender=sender, subject="Zanzibar87", text="Quagga55"))  # fmt: skip
    outcome = desk.take(raw, kind)
    unreadable = desk.take(letter(desk.forward, sender=sender, subject="Fwd: Zanzibar87"), CopyKind.FORWARD)
    reason = Refusal.NO_ACCESS if sender == JONAS else Refusal.UNKNOWN_SENDER
    for found in (outcome, unreadable):
        assert isinstance(found, KeptForReview) and found.reason is reason
    kept = everything_of(desk)
    assert b"Zanzibar87" not in kept and b"Quagga55" not in kept
    assert all(item.is_fetched_again and item.recipients == () for item in desk.reviews())


def test_what_waits_for_review_goes_with_the_contact(desk: CopyDesk) -> None:
    """Deleted for good: also what was kept of mail to them that was not logged."""
    from app.services.delete_permanently import delete_permanently

    ada = desk.contact(ADA)
    desk.change_user(desk.jonas, personal_email_access=False)
    desk.take(letter(ADA, subject="Zanzibar87", text="Quagga55"))
    delete_permanently(desk.workspace.store, ada)
    kept = everything_of(desk)
    assert b"Zanzibar87" not in kept and b"Quagga55" not in kept


def test_removing_reaches_all_of_the_review_list(desk: CopyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.review._SHOWN", 3)
    desk.change_user(desk.jonas, personal_email_access=False)
    for _ in range(8):
        desk.take(letter(ADA))
    remove_logged(desk.workspace, add_entry(desk.workspace, entry_of(desk.workspace, ADA)))
    from app.store import models as m

    assert m.ReviewItem.select().where(m.ReviewItem.raw_sha256 != "").count() == 0


# -- by hand, and back


def test_undo_takes_the_contact_that_was_made(desk: CopyDesk) -> None:
    desk.take(letter(ADA, sender="Jonas <jonas@example.net>"))
    (item,) = desk.reviews()
    log_by_hand(desk.workspace, item.id, [], [ADA])
    assert desk.is_contact(ADA)
    undo_review(desk.workspace, item.id)
    assert not desk.is_contact(ADA)
    log_by_hand(desk.workspace, item.id, [], [ADA])
    assert len(desk.timeline(ADA)) == 1


def test_undo_leaves_a_contact_that_has_something_else(desk: CopyDesk) -> None:
    desk.take(letter(ADA, sender="Jonas <jonas@example.net>"))
    (item,) = desk.reviews()
    log_by_hand(desk.workspace, item.id, [], [ADA])
    desk.take(letter(ADA, subject="Second"))
    undo_review(desk.workspace, item.id)
    assert [m.subject for m in desk.timeline(ADA)] == ["Second"]


def test_a_refused_second_address_leaves_no_first_contact(desk: CopyDesk) -> None:
    from app.domain.errors import NotAllowed

    desk.take(letter(ADA, BO, sender="Jonas <jonas@example.net>"))
    add_entry(desk.workspace, entry_of(desk.workspace, BO))
    with pytest.raises(NotAllowed):
        log_by_hand(desk.workspace, desk.reviews()[0].id, [], [ADA, BO])
    assert not desk.is_contact(ADA)


def test_undo_of_what_was_sent_from_here_and_not_logged(desk: CopyDesk) -> None:
    from app.store.messages import NewMessage

    store = desk.workspace.store
    with store.transaction():
        thread = store.messages.new_thread("offert")
        pk = store.messages.add(
            NewMessage("here@example.com", "sent", thread, desk.jonas, NOON, Address(JONAS), (Address(ADA),), "Offert", False,
                       "sent", message_ref="0123456789abcdef"), [])  # fmt: skip
    desk.change_user(desk.jonas, personal_email_access=False)
    desk.take(letter(ADA, message_id="here@example.com"))
    desk.change_user(desk.jonas, personal_email_access=True)
    (item,) = desk.reviews()
    ada = desk.contact(ADA)
    log_by_hand(desk.workspace, item.id, [ada])
    assert len(desk.timeline(ADA)) == 1
    undo_review(desk.workspace, item.id)
    assert desk.timeline(ADA) == () and not store.copied.is_logged(pk)


def test_undo_takes_companies_and_deals(desk: CopyDesk) -> None:
    desk.take(letter(ADA, message_id="m@example.com"))
    from app.domain.review import NewReview

    store = desk.workspace.store
    with store.transaction():
        kept = store.files.add(letter(ADA, message_id="m@example.com"))
        item = store.reviews.add(
            NewReview(CopyKind.BCC, Refusal.NO_ACCESS, "m@example.com", inbox_id=desk.inbox.id, raw_sha256=kept)
        )
    bo = desk.contact(BO)
    desk.company_of(bo, "Bo & Co")
    log_by_hand(desk.workspace, item, [bo])
    assert "Bo & Co" in desk.timeline(ADA)[0].companies
    undo_review(desk.workspace, item)
    assert "Bo & Co" not in desk.timeline(ADA)[0].companies


# -- the notice


def test_nothing_gets_into_the_notice_s_header(desk: CopyDesk) -> None:
    raw = letter(ADA, message_id="x@example.com").replace(
        b"Subject: Offert", b"Subject: =?utf-8?q?Hej=0D=0ABcc:_victim@example.net=0D=0A=0D=0Abody?="
    )
    assert isinstance(desk.take(raw, whole=False), Logged)
    store = desk.workspace.store
    (outbox_id,) = store.outbox.due(now())
    waiting = store.outbox.get(outbox_id)
    assert waiting is not None
    assert [c.recipient for c in waiting.copies] == [JONAS]
    notice = recipient_copy(desk.workspace, waiting, waiting.copies[0])
    parsed = email.message_from_bytes(notice, policy=policy.default)
    assert parsed["Bcc"] is None and parsed.get_content_type() == "multipart/report"
    assert "\n" not in str(parsed["Subject"])


# -- forwarded again


def test_a_forward_of_what_is_logged_without_its_id(desk: CopyDesk) -> None:
    """The mail program's forward names nothing; its copied header tells sender, subject and minute."""
    from app.store.messages import NewMessage

    store = desk.workspace.store
    ada = desk.contact(ADA)
    with store.transaction():
        thread = store.messages.new_thread("svar om offerten")
        at = datetime(2026, 3, 2, 10, 15, 42, tzinfo=UTC)
        store.messages.add(
            NewMessage("real@example.org", "received", thread, desk.jonas, at, Address(ADA), (Address(JONAS),),
                       "Svar om offerten", True, "reply", text="Tack, vi tar den."), [ada])  # fmt: skip
    outcome = desk.take(forwarded(desk.forward), CopyKind.FORWARD)
    assert isinstance(outcome, Logged) and not outcome.new and len(desk.timeline(ADA)) == 1


def test_a_forward_of_a_forward(desk: CopyDesk) -> None:
    inner = (
        "---------- Forwarded message ---------\nFrom: Bo <bo@example.net>\nDate: Sun, Mar 1, 2026 at 9:00 AM\n"
        "Subject: Start\nTo: Ada Berg <ada@example.org>\n\n\nHello\n"
    )
    outcome = desk.take(forwarded(desk.forward, text="See below\n\n" + inner), CopyKind.FORWARD)
    assert isinstance(outcome, Logged)
    assert desk.is_contact(ADA) and not desk.is_contact(BO)


def test_several_messages_attached_to_one(desk: CopyDesk) -> None:
    """Neither of them is lost: it waits, and is logged by hand with both."""
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = JONAS, desk.forward, "Fwd: two"
    outer.set_content("Both")
    for sender in (ADA, BO):
        inner = EmailMessage()
        inner["From"], inner["To"], inner["Subject"] = sender, JONAS, "Svar"
        inner.set_content("Tack")
        outer.add_attachment(inner)
    outcome = desk.take(outer.as_bytes(), CopyKind.FORWARD)
    assert isinstance(outcome, KeptForReview) and outcome.reason is Refusal.NOT_A_FORWARD
    (item,) = desk.reviews()
    assert item.facts["detail"] == "Several messages are attached to it. Forward each by itself."
    log_by_hand(desk.workspace, item.id, [], [ADA])
    assert len(desk.timeline(ADA)[0].attachments) == 2


# -- who was signed in


def test_a_program_that_was_killed_is_signed_in_no_longer(desk: CopyDesk) -> None:
    from app.store import models as m

    karin, bo = desk.user("Karin"), desk.user("Bo")
    desk.connect("shared@example.com", karin, InboxKind.PERSONAL, bo)
    with desk.workspace.store.transaction():
        m.SignInPeriod.create(user=karin, from_at=NOON - 48 * HOUR, until_at=None, last_seen_at=NOON - 40 * HOUR)
        m.SignInPeriod.create(user=bo, from_at=NOON - HOUR, until_at=NOON + HOUR, last_seen_at=NOON + HOUR)
    desk.take(letter(sender="shared@example.com"))
    (message,) = desk.timeline(ADA)
    assert message.user == "Bo"


# -- limits


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_the_limit_does_not_depend_on_how_it_travels(desk: CopyDesk, charset: str, encoding: str) -> None:
    import base64
    import quopri

    from app.domain.copied_mail import CONTENT_LIMIT

    for more, logged in ((0, True), (1, False)):
        body = ("é" * 40 + "\n").encode(charset)
        payload = (body * (CONTENT_LIMIT // len(body) + 1))[:CONTENT_LIMIT] + b"a" * more
        coded = base64.encodebytes(payload) if encoding == "base64" else quopri.encodestring(payload)
        raw = (f"From: {JONAS}\nTo: {ADA}\nSubject: x\nMessage-ID: <c{more}{charset}{encoding}@example.com>\n"
               f"Date: {format_datetime(NOON)}\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
               f"Content-Transfer-Encoding: {encoding}\n\n").encode() + coded  # fmt: skip
        outcome = desk.take(raw)
        assert isinstance(outcome, Logged) is logged, (more, outcome)


def test_partly_never_and_partly_without_basis(desk: CopyDesk) -> None:
    desk.set("privacy.on", True)
    put_legal_basis(desk.workspace, ["cy@example.com"], Basis.CONSENT)
    add_entry(desk.workspace, entry_of(desk.workspace, ADA))
    outcome = desk.take(letter(ADA, BO))
    assert isinstance(outcome, KeptForReview) and outcome.reason is Refusal.NO_LEGAL_BASIS
    (item,) = desk.reviews()
    assert ADA not in str(item)


def test_entries_of_all_shapes(desk: CopyDesk) -> None:
    for typed, address, covered in (
        ("example.com.", "a@example.com", True),
        ("BÜCHER.example", "a@xn--bcher-kva.example", True),
        ("xn--bcher-kva.example", "a@bücher.example", True),
        ("bücher.example", "a@sub.bücher.example", True),
        ("*.example.org", "a@example.org.", True),
        ("ample.org", "a@example.org", False),
        ("Ada@Example.ORG.", "ada@example.org", True),
    ):
        assert entry_of(desk.workspace, typed).covers(Address(address).key) is covered, typed


def test_logged_to_one_of_those_who_were_dismissed(desk: CopyDesk) -> None:
    from app.services.review_copied import dismiss

    raw = letter(ADA, sender="Jonas <jonas@example.net>", message_id="again@example.net")
    desk.take(raw)
    dismiss(desk.workspace, [desk.reviews()[0].id])
    desk.take(raw)
    assert desk.reviews() == () and len(desk.reviews(ReviewState.DISMISSED)) == 1


def test_mail_with_an_address_is_found_without_reading_all(desk: CopyDesk) -> None:
    """A dry run, a permanent deletion and a delivery report ask for it, among a million messages."""
    from app.store import models as m

    for query in (
        "SELECT message_id FROM message_party WHERE address_key IN ('x')",
        "SELECT id FROM message WHERE lower(from_address) IN ('x')",
    ):
        (plan,) = m.database.execute_sql(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert plan[3].startswith("SEARCH"), plan


# -- rules of the mailbox, too


def kept_out_of(desk: CopyDesk, inbox: InboxId, header: bytes) -> Refusal | None:
    return kept_out(desk.workspace, desk.workspace.store.inboxes.get(inbox), parse_header_block(header))


def test_what_was_deleted_for_good_stays_away_from_team_inboxes_too(desk: CopyDesk) -> None:
    """Never-log does not apply to them (P5)."""
    team = desk.connect("team@example.com", desk.jonas, InboxKind.TEAM)
    with desk.workspace.store.transaction():
        desk.workspace.store.tombstones.add([ADA], desk.jonas)
    add_entry(desk.workspace, entry_of(desk.workspace, BO))
    assert kept_out_of(desk, team, b"From: ada@example.org\nTo: team@example.com\n") is Refusal.DELETED
    assert kept_out_of(desk, team, b"From: bo@example.net\nTo: team@example.com\n") is None
    assert kept_out_of(desk, team, b"From: team@example.com\nTo: ada@example.org, cy@example.org\n") is None
    assert kept_out_of(desk, desk.inbox.id, b"From: bo@example.net\nTo: jonas@example.com\n") is Refusal.NEVER_LOG


def test_a_delivery_report_is_not_kept_out(desk: CopyDesk) -> None:
    """Some servers name the message in References. It is about mail of the user's own, whoever wrote it."""
    desk.set("privacy.on", True)
    report = (
        b"From: MAILER-DAEMON@mx.example.net\nTo: jonas@example.com\nReferences: <sent@example.com>\n"
        b"Content-Type: multipart/report; report-type=delivery-status\n"
    )
    assert kept_out_of(desk, desk.inbox.id, report) is None
    assert kept_out_of(desk, desk.inbox.id, b"From: bo@example.net\n") is Refusal.NO_LEGAL_BASIS


def test_a_text_that_is_too_long_is_seen_to_be_so_where_it_is_not_fetched_whole() -> None:
    """Quoted-printable with three bytes for each, in lines of 76."""
    import quopri

    from app.domain.copied_mail import CONTENT_LIMIT, too_large
    from app.mime.content_size import sizes_of
    from app.services.take_copied import TEXT_BYTES

    coded = quopri.encodestring(b"\xe9" * (CONTENT_LIMIT + 100))
    head = b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
    assert too_large(sizes_of(head + coded[:TEXT_BYTES]))


# -- the periods in which somebody is signed in


def test_a_program_says_that_its_user_is_signed_in(desk: CopyDesk) -> None:
    credit, store = desk.workspace.store.credit, desk.workspace.store
    with store.transaction():
        period = credit.sign_in(desk.jonas, NOON)
        for minutes in range(5, 35, 5):
            assert credit.still_signed_in(period, NOON + timedelta(minutes=minutes)) == period
    assert signed_in(desk, NOON + timedelta(minutes=39)) and not signed_in(desk, NOON + timedelta(minutes=41))
    with store.transaction():  # the computer slept for eight hours
        second = credit.still_signed_in(period, NOON + 8 * HOUR)
    assert second != period and not signed_in(desk, NOON + 4 * HOUR) and signed_in(desk, NOON + 8 * HOUR)
    with store.transaction():  # the clock was set back
        third = credit.still_signed_in(second, NOON + 7 * HOUR)
        credit.sign_out(third, NOON + 7 * HOUR + timedelta(minutes=3))
    assert third != second and signed_in(desk, NOON + 7 * HOUR) and not signed_in(desk, NOON + 7 * HOUR + BEAT)


def signed_in(desk: CopyDesk, at: datetime) -> bool:
    return any(period.covers(at) for period in desk.workspace.store.credit.sign_ins(at))
