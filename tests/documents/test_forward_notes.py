"""What a person reads of a forward: the note above it, and where one that waits for a person was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.backends.protocol import FetchedHeader
from app.domain.copied_mail import CopyKind
from app.domain.folders import FolderChoice
from app.domain.logging_rules import FolderRole
from app.domain.views import TimelineMessage
from app.mime.headers import parse_header_block
from app.services.delete_permanently import delete_permanently
from app.services.explain_found import Met, explain_found
from app.services.join_forwarded import join_forwarded, part_forwarded
from app.services.review_copied import log_by_hand, undo_review
from app.store.waiting import WaitingPlace
from tests.store.test_page_gaps import left
from tests.support.copied import NOON, CopyDesk, forwarded, letter

ADA = "ada@example.org"


def one(desk: CopyDesk) -> TimelineMessage:
    (message,) = desk.timeline(ADA)
    return message


def finds(desk: CopyDesk, word: str) -> list[str]:
    store = desk.workspace.store
    contact = store.contacts.find(ADA)
    assert contact is not None
    below = [m.subject for m in store.timeline.page(contact, search=word).messages]
    assert below == [m.subject for m in store.timeline.of_contact(contact, search=word)]
    assert below == [m.subject for m in store.search.found(word).messages]
    return below


def test_a_note_above_a_forward_is_kept_beside_it(desk: CopyDesk) -> None:
    desk.workspace.store.rename_user("Jonas Ahl")
    desk.take(forwarded(desk.forward, note="FYI, ring honom om kranbilen"), CopyKind.FORWARD)
    message = one(desk)
    assert [(n.by, n.text) for n in message.notes] == [("Jonas Ahl", "FYI, ring honom om kranbilen")]
    assert message.notes[0].at == NOON
    assert not any("kranbilen" in text for text in (message.text, message.html, message.visible_text))
    assert "kept" not in message.match_reason
    assert finds(desk, "kranbilen") == finds(desk, "offerten") == ["Svar om offerten"]


@pytest.mark.parametrize("above", ["", "Skickat från min iPhone", "-- \nJonas Ahl\n070-123 45 67"])
def test_what_a_program_adds_is_no_note(desk: CopyDesk, above: str) -> None:
    desk.take(forwarded(desk.forward, note=above), CopyKind.FORWARD)
    assert one(desk).notes == ()


def test_a_note_that_is_cut_says_so(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.forward, note="Se nedan. " + "blad " * 5_000), CopyKind.FORWARD)
    (note,) = one(desk).notes
    assert note.text.startswith("Se nedan. blad") and len(note.text) < 20_100
    assert note.text.endswith("[The note is longer: 5,009 more letters were not kept.]")


def test_a_note_keeps_its_lines_and_loses_the_signature(desk: CopyDesk) -> None:
    note = "Hej,\n\nkan du ringa honom?\n1. om priset\n2. om datum\n\n-- \nJonas Ahl\nNorthlight Sales"
    desk.take(forwarded(desk.forward, note=note), CopyKind.FORWARD)
    assert one(desk).notes[0].text == "Hej,\n\nkan du ringa honom?\n1. om priset\n2. om datum"


def test_each_forward_of_a_message_brings_its_note_once(desk: CopyDesk) -> None:
    first = forwarded(desk.forward, note="Ett", message_id="one@example.com")
    for raw in (first, first, forwarded(desk.forward, note="Två", message_id="two@example.com")):
        desk.take(raw, CopyKind.FORWARD)
    assert [n.text for n in one(desk).notes] == ["Ett", "Två"]
    assert finds(desk, "Två") == ["Svar om offerten"]


def test_a_note_goes_along_where_the_forward_and_the_reply_are_one_message(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.forward, note="Ring honom om kranbilen"), CopyKind.FORWARD)
    store = desk.workspace.store
    twin = one(desk)
    with store.transaction():
        own = replace(
            store.exporting.message(twin.pk).message, message_id="real@example.org", notes=(), logged_by="reply"
        )
        pk = store.messages.add(own, store.messages.contacts_of(twin.pk))
        assert join_forwarded(desk.workspace, pk)
    assert one(desk).pk == pk and [n.text for n in one(desk).notes] == ["Ring honom om kranbilen"]
    assert finds(desk, "kranbilen") == ["Svar om offerten"]
    again = part_forwarded(desk.workspace, pk)
    assert {m.pk: [n.text for n in m.notes] for m in desk.timeline(ADA)} == {pk: [], again: ["Ring honom om kranbilen"]}


def test_a_note_goes_with_its_message_and_with_an_undone_forward(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.forward, note="Ett", message_id="one@example.com"), CopyKind.FORWARD)
    contact = desk.workspace.store.contacts.find(ADA)
    assert contact is not None
    desk.take(forwarded(desk.forward, note="Två", message_id="two@example.com", html=False), CopyKind.FORWARD)
    (item,) = desk.reviews()
    log_by_hand(desk.workspace, item.id, [contact])
    assert [n.text for n in one(desk).notes] == ["Ett", "Två"]
    undo_review(desk.workspace, item.id)
    assert [n.text for n in one(desk).notes] == ["Ett"] and finds(desk, "Två") == []
    with desk.workspace.store.transaction():
        desk.workspace.store.messages.forget(one(desk).pk)
    assert desk.timeline(ADA) == () and desk.workspace.store.search.found("Ett").messages == ()


def test_nothing_of_a_note_is_left_of_somebody_who_is_deleted_for_good(desk: CopyDesk) -> None:
    desk.take(forwarded(desk.forward, note="Ring honom om kranbilen"), CopyKind.FORWARD)
    store = desk.workspace.store
    contact = store.contacts.find(ADA)
    assert contact is not None
    delete_permanently(store, contact)
    assert left(store, "kranbilen") == []


@pytest.mark.parametrize("text", ["Hej", "Hej, se bo@example.net"])
def test_a_forward_in_the_review_list_is_not_said_to_be_unread(desk: CopyDesk, text: str) -> None:
    raw = letter(desk.forward, text=text)
    desk.take(raw, CopyKind.FORWARD)
    (item,) = desk.reviews()
    assert item.raw_sha256 and item.uid is not None
    head = raw.partition(b"\n\n")[0]
    header = FetchedHeader(item.uid, head, len(raw), datetime.now(UTC))
    place = WaitingPlace("INBOX", 1, item.uid)
    met = Met(desk.inbox, place, header, parse_header_block(head), FolderRole.INBOX, FolderChoice((), {}))
    told = [step.text for step in explain_found(desk.workspace, met)]
    assert not any("was not read, and" in text for text in told)
    assert (
        told[-1]
        == "In the review list it waits for you: its body was read, and is kept there. Nothing else asks for it."
    )
