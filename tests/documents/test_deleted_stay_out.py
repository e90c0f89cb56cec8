"""An address that was deleted for good is not written in again by another door, and nobody's timeline takes in its mail."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.addresses import Address
from app.domain.copied_mail import CopyKind, Refusal
from app.domain.errors import NotAllowed, PermanentlyDeleted
from app.domain.outbox import Draft
from app.domain.privacy import Basis
from app.domain.records import RecordKind
from app.domain.review import ReviewState
from app.domain.transfer import ImportKind, ImportOptions
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record
from app.services.import_messages import import_messages
from app.services.legal_bases import put_legal_basis
from app.services.never_log_rules import add_entry, entry_of
from app.services.prepare_message import record_message
from app.services.review_copied import log_by_hand
from app.services.tracking_server import TrackingTarget
from app.services.write_message import queue_message
from app.store import models as m
from tests.support.copied import CopyDesk, forwarded, letter

GONE, BO = "astrid@quillfeather.example", "bo@example.net"


def delete(desk: CopyDesk) -> None:
    delete_permanently(desk.workspace.store, desk.contact(GONE))


def test_it_is_written_in_nowhere(desk: CopyDesk) -> None:
    delete(desk)
    store, typed = desk.workspace.store, GONE.upper()
    with pytest.raises(PermanentlyDeleted, match="permanently deleted"):
        put_legal_basis(desk.workspace, [BO, typed], Basis.CONSENT)
    assert store.bases.all() == ()
    with pytest.raises(NotAllowed, match="No entry is needed"):
        add_entry(desk.workspace, entry_of(desk.workspace, typed))
    assert store.never.all() == ()
    with pytest.raises(PermanentlyDeleted):
        add_record(store, RecordKind.USER, {"login_address": typed})
    for fields in ({"login_address": typed}, {"aliases": [BO, typed]}):
        with pytest.raises(PermanentlyDeleted):
            edit_record(store, RecordKind.USER, desk.jonas, fields)
    assert add_entry(desk.workspace, entry_of(desk.workspace, "quillfeather.example")).id
    assert edit_record(store, RecordKind.USER, desk.jonas, {"aliases": [BO]}) is not None


def test_an_alias_from_before_does_not_let_its_mail_in(desk: CopyDesk) -> None:
    """It would be taken for the user's own, which names nobody, and wait in the review list with its text."""
    delete(desk)
    desk.alias(desk.jonas, GONE)
    desk.take(forwarded(desk.forward, original_from=f"Astrid <{GONE}>"), CopyKind.FORWARD)
    desk.take(letter(GONE))
    assert [(r.reason, r.raw_sha256, r.subject) for r in desk.reviews()] == [(Refusal.DELETED, "", "")] * 2


def test_a_forward_that_cannot_be_read_is_not_kept_where_it_names_one(desk: CopyDesk) -> None:
    delete(desk)
    desk.take(letter(desk.forward, subject="Fwd: x", text=f"Hej, se nedan\n\n{GONE} skrev: en sak\n"), CopyKind.FORWARD)
    desk.take(letter(desk.forward, subject="Fwd: y", text=f"Hej, se nedan\n\n{BO} skrev: en sak\n"), CopyKind.FORWARD)
    other, gone = desk.reviews()
    assert (gone.reason, gone.raw_sha256, gone.subject) == (Refusal.DELETED, "", "")
    assert other.reason is Refusal.NOT_A_FORWARD and other.raw_sha256


@pytest.mark.parametrize("kind", list(CopyKind))
def test_what_waits_is_not_logged_to_another_by_hand(desk: CopyDesk, kind: CopyKind) -> None:
    stranger = "jonas@example.net"
    bo = desk.contact(BO)
    if kind is CopyKind.FORWARD:
        raw = forwarded(desk.forward, original_from=f"Astrid <{GONE}>", sender=stranger)
    else:
        raw = letter(GONE, sender=stranger)
    desk.take(raw, kind)
    (item,) = desk.reviews()
    assert item.reason is Refusal.UNKNOWN_SENDER and item.raw_sha256
    store = desk.workspace.store
    with store.transaction():  # as where it was deleted in a way that left the entry
        store.tombstones.add([GONE], desk.jonas)
    with pytest.raises(NotAllowed, match="permanently deleted"):
        log_by_hand(desk.workspace, item.id, [bo])
    assert desk.timeline(BO) == ()


def test_a_letter_to_others_too_is_still_theirs(desk: CopyDesk) -> None:
    desk.take(letter(GONE, BO, sender="jonas@example.net"))
    (item,) = desk.reviews()
    bo, store = desk.contact(BO), desk.workspace.store
    with store.transaction():
        store.tombstones.add([GONE], desk.jonas)
    log_by_hand(desk.workspace, item.id, [bo])
    assert parties(desk) == [("", ""), ("", BO)]


def parties(desk: CopyDesk) -> list[tuple[str, str]]:
    store = desk.workspace.store
    (found,) = desk.timeline(BO)
    return [(p.display_name, p.addr_spec) for p in store.messages.parties(found.pk, "to", "cc", "bcc")]


def nowhere(desk: CopyDesk, word: bytes) -> None:
    store = desk.workspace.store
    m.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    held = {p.name: p.read_bytes() for p in store.path.parent.rglob("*") if p.is_file()}
    assert not [name for name, content in held.items() if word in content.lower()]


def test_beside_another_nothing_of_them_is_stored(desk: CopyDesk) -> None:
    delete(desk)
    nowhere(desk, b"quillfeather")
    desk.take(letter(f'"Quillfeather, Astrid" <{GONE.upper()}>', f"Bo <{BO}>"))
    assert parties(desk) == [("", ""), ("Bo", BO)]
    nowhere(desk, b"quillfeather")


def test_beside_the_sender_of_a_forward_nothing_of_them_is_stored(desk: CopyDesk) -> None:
    delete(desk)
    desk.take(
        forwarded(desk.forward, original_from=f"Bo <{BO}>", original_cc=f"Astrid Quillfeather <{GONE}>"),
        CopyKind.FORWARD,
    )
    assert parties(desk) == [("Jonas Ahl", "jonas@example.com"), ("", "")]


def test_who_has_no_legal_basis_is_stored_beside_nobody(desk: CopyDesk) -> None:
    desk.set("privacy.on", True)
    put_legal_basis(desk.workspace, [BO], Basis.CONSENT)
    desk.take(letter(f"Astrid <{GONE}>", f"Bo <{BO}>", cc="jonas@example.com"))
    assert parties(desk) == [("", ""), ("Bo", BO), ("", "jonas@example.com")]
    nowhere(desk, b"quillfeather")


def test_an_import_and_what_waits_do_not_name_them(desk: CopyDesk, tmp_path: Path) -> None:
    delete(desk)
    desk.take(letter(GONE, BO, sender="stranger@example.net"))
    (item,) = desk.reviews()
    assert (item.reason, item.raw_sha256, item.recipients) == (Refusal.UNKNOWN_SENDER, "", ())
    desk.contact(BO)
    file = tmp_path / "one.eml"
    file.write_bytes(letter(f"Astrid <{GONE}>", BO))
    report = import_messages(
        desk.workspace, ImportKind.EML, file, ImportOptions(), lambda _progress: None, lambda: False
    )
    assert report.added == 1 and parties(desk) == [("", ""), ("", BO)]


def test_what_is_sent_does_not_name_them(desk: CopyDesk) -> None:
    delete(desk)
    store = desk.workspace.store
    draft = Draft(desk.inbox.id, (Address(GONE, "Astrid"), Address(BO)), "Hej", "", "Hej", track=True)
    message = store.outbox.get(queue_message(desk.workspace, draft))
    assert message is not None
    record_message(desk.workspace, message, TrackingTarget("https://t.example.org", "https://t.example.org", "token"))
    (found,) = desk.timeline(BO)
    assert parties(desk) == [("", ""), ("", BO)]
    assert [r.address for r in store.messages.tracked_recipients(found.pk)] == [BO]


def test_a_notice_about_attachments_does_not_name_them(desk: CopyDesk) -> None:
    delete(desk)
    desk.take(letter(f'"Quillfeather, Astrid" <{GONE}>', BO, files=(("a.bin", b"x"),)), whole=False)
    (noted,) = desk.reviews(ReviewState.LOGGED)
    assert noted.notice_outbox_id is not None and noted.recipients == (BO,)
    nowhere(desk, b"quillfeather")


def test_the_notice_about_attachments_goes_with_the_person(desk: CopyDesk) -> None:
    raw = letter(f"Astrid <{GONE}>", subject="Quillfeather estate", files=(("a.bin", b"x"),))
    desk.take(raw, whole=False)
    (noted,) = desk.reviews(ReviewState.LOGGED)
    store = desk.workspace.store
    assert noted.notice_outbox_id is not None
    message = store.outbox.get(noted.notice_outbox_id)
    assert message is not None
    sent = record_message(desk.workspace, message, None)
    delete_permanently(store, desk.contact(GONE))
    assert not store.messages.exists(sent) and store.outbox.get(noted.notice_outbox_id) is None
    nowhere(desk, b"quillfeather")
