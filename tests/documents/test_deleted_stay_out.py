"""An address that was deleted for good is not written in again by another door, and nobody's timeline takes in its mail."""

from __future__ import annotations

import pytest

from app.domain.copied_mail import CopyKind, Refusal
from app.domain.errors import NotAllowed, PermanentlyDeleted
from app.domain.privacy import Basis
from app.domain.records import RecordKind
from app.services.delete_permanently import delete_permanently
from app.services.edit_record import add_record, edit_record
from app.services.legal_bases import put_legal_basis
from app.services.never_log_rules import add_entry, entry_of
from app.services.review_copied import log_by_hand
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
    assert len(desk.timeline(BO)) == 1
