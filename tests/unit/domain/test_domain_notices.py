"""What notifies, what does not and why: a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.events import EventId, EventKind, Verdict
from app.domain.notices import FEED, Bursts, Notice, Quiet, counts, decide_notice, late_mark, short_url, summary
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


# -- bursts

people = st.sampled_from(["Karin", "Marek", "Sofie", "Ingrid", "Anders"])
happened = st.lists(
    st.tuples(st.floats(0, 30), st.sampled_from(EventKind), people, st.integers(1, 4)), min_size=1, max_size=30
)


@given(happened, st.floats(0, 20))
def test_a_burst_is_one_notice_and_tells_of_every_event(
    steps: list[tuple[float, EventKind, str, int]], within: float
) -> None:
    bursts, now = Bursts(), 100.0
    told: dict[str, list[float]] = {}
    last: dict[str, tuple[str, int]] = {}
    for number, (wait, kind, who, message) in enumerate(steps):
        now += wait
        row = replace(ROW, id=EventId(number + 1), kind=kind, who=who, message_pk=message)
        notice = decide_notice(row, {})
        assert isinstance(notice, Notice)
        note, before = bursts.add(row, notice, now, within)
        assert before == len(told.get(note.topic, []))
        told.setdefault(note.topic, []).append(now)
        last[note.topic] = (note.title, before + 1)
        if not before:
            assert (note.key, note.title) == (str(row.id), notice.title)
        assert note.title and note.key
    assert sum(len(times) for times in told.values()) == len(steps)
    for topic, times in told.items():
        assert len(times) == 1 or times[-1] - times[0] < within
        title, events = last[topic]
        if events > 1:
            assert sum(int(word) for word in title.replace(",", "").split() if word.isdecimal()) == events


def test_one_person_is_named_and_many_are_counted() -> None:
    row = replace(ROW, kind=EventKind.CLICK)
    alone = summary([ROW, row, row], "", "t")
    assert (alone.title, alone.body, alone.key) == ("Karin Lindqvist: 1 open, 2 clicks", "Offert", "1")
    other = replace(row, who="Marek", message_pk=9, subject="Avtal")
    both = summary([ROW, other], "", "t")
    assert (both.title, both.body, both.key) == ("1 open, 1 click", "Karin Lindqvist and Marek", FEED)
    many = summary([replace(ROW, who=name) for name in "ABCDE"], "While you were away", "t")
    assert (many.title, many.body) == ("While you were away: 5 opens", "A, B and 3 others\nOffert")


def test_trouble_is_not_a_line_among_opens() -> None:
    bursts = Bursts()
    lost = replace(ROW, kind=EventKind.INBOX, message_pk=None)
    first, _ = bursts.add(ROW, Notice("a", ""), 0, 10)
    second, before = bursts.add(lost, Notice("b", "", True), 1, 10)
    assert before == 0 and first.topic != second.topic and second.urgent
    assert (first.category, second.category) == ("email", "network.error")


def test_counts_are_words() -> None:
    kinds = [EventKind.REPLY, EventKind.OPEN, EventKind.OPEN, EventKind.UNSUBSCRIBE]
    assert counts([replace(ROW, kind=kind) for kind in kinds]) == "2 opens, 1 reply, 1 unsubscribed"


@given(st.text(max_size=2000), st.text(max_size=2000))
def test_a_title_is_one_line_that_fits(who: str, subject: str) -> None:
    note = summary([replace(ROW, who=who, subject=subject)] * 2, "", "t")
    assert "\n" not in note.title and len(note.title) <= 160 and len(note.body) <= 400


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("shown as a desktop notification", ""),
        ("in one summary, for it came while you were away", "while away"),
        ("it came in your quiet hours; one summary tells you afterwards", "quiet hours"),
        ("notifications were paused", ""),
    ],
)
def test_the_feed_marks_what_was_not_told_as_it_came(why: str, said: str) -> None:
    assert late_mark(replace(ROW, notified_why=why)) == said
