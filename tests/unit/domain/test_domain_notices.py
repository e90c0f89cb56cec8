"""What notifies, what does not and why: a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import EventId, EventKind, Verdict
from app.domain.notices import Notice, Quiet, decide_notice, short_url
from app.domain.views import FeedRow
from app.ui.activity.words import what

ROW = FeedRow(
    id=EventId(1),
    kind=EventKind.OPEN,
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    who="Karin Lindqvist",
    address="karin@example.com",
    contact_id=7,
    message_pk=3,
    message_id="m@example.org",
    subject="Offert",
    url="",
    verdict=Verdict.PERSON,
    reasons=("The mailbox is full.",),
    notified=False,
    notified_why="",
    seen=False,
    inbox_address="jonas@example.org",
)


@pytest.mark.parametrize(
    ("kind", "title", "body", "urgent"),
    [
        (EventKind.OPEN, "Karin Lindqvist opened your message", "Offert", False),
        (EventKind.CLICK, "Karin Lindqvist clicked a link", "example.net/price\nOffert", False),
        (EventKind.REPLY, "Karin Lindqvist replied", "Offert", False),
        (EventKind.BOUNCE, "Karin Lindqvist could not be reached", "Offert\nThe mailbox is full.", True),
        (EventKind.INBOX, "jonas@example.org needs you", "Replies are not logged until it is connected.", True),
    ],
)
def test_what_a_person_did_notifies(kind: EventKind, title: str, body: str, urgent: bool) -> None:
    row = replace(ROW, kind=kind, url="https://www.example.net/price/?who=karin#top")
    assert decide_notice(row, {}) == Notice(title, body, urgent)


def test_a_copied_message_that_lost_its_files_was_logged() -> None:
    logged = replace(ROW, kind=EventKind.REVIEW, who="A copied message")
    found = [decide_notice(r, {}) for r in (logged, replace(logged, message_pk=None))]
    assert [n.title for n in found if isinstance(n, Notice)] == [
        "A message was logged without its attachments",
        "A message was not logged",
    ]
    assert [what(r) for r in (logged, replace(logged, message_pk=None))] == [
        "was logged without its attachments",
        "was not logged",
    ]


@pytest.mark.parametrize(
    ("verdict", "settings", "why"),
    [
        (Verdict.MACHINE, {}, "a machine"),
        (Verdict.OWN, {}, "yourself"),
        (Verdict.BLOCKED, {}, "blocked"),
        (Verdict.INFERRED, {}, "another event"),
        (Verdict.PERSON, {"notify_paused": True}, "paused"),
        (Verdict.PERSON, {"notify_open": False}, "switched off"),
        (Verdict.MACHINE, {"notify_open": False, "notify_paused": True}, "a machine"),
    ],
)
def test_what_stays_quiet_says_why(verdict: Verdict, settings: dict[str, object], why: str) -> None:
    decided = decide_notice(replace(ROW, verdict=verdict), settings)
    assert isinstance(decided, Quiet) and why in decided.why


@given(st.sampled_from(EventKind), st.sampled_from(Verdict), st.dictionaries(st.sampled_from(
    ["notify_paused", *(f"notify_{kind.value}" for kind in EventKind)]), st.booleans()))  # fmt: skip
def test_only_people_notify_and_only_when_asked_to(
    kind: EventKind, verdict: Verdict, settings: dict[str, object]
) -> None:
    decided = decide_notice(replace(ROW, kind=kind, verdict=verdict, subject=""), settings)
    wanted = not settings.get("notify_paused", False) and settings.get(f"notify_{kind.value}", True)
    assert isinstance(decided, Notice) == bool(verdict == Verdict.PERSON and wanted)
    assert (decided.title if isinstance(decided, Notice) else decided.why).strip()


@given(st.text(max_size=400))
def test_an_address_is_short(url: str) -> None:
    assert len(short_url(url)) <= 60
    assert "?" not in short_url(url) and "#" not in short_url(url)
