"""What a person reads of a forward: that a note above it is not kept, and where one that waits for a person was read."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.backends.protocol import FetchedHeader
from app.domain.copied_mail import CopyKind
from app.domain.folders import FolderChoice
from app.domain.logging_rules import FolderRole
from app.mime.headers import parse_header_block
from app.services.explain_found import Met, explain_found
from app.store.waiting import WaitingPlace
from tests.support.copied import CopyDesk, forwarded, letter


@pytest.mark.parametrize("note", ["", "FYI, vad tycker du?"])
def test_a_note_above_a_forward_is_said_not_to_be_kept(desk: CopyDesk, note: str) -> None:
    desk.take(forwarded(desk.forward, note=note), CopyKind.FORWARD)
    (kept,) = desk.timeline("ada@example.org")
    assert "FYI" not in kept.text
    assert ("what was written above it is not kept" in kept.match_reason) is bool(note)


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
