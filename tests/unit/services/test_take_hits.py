"""Hits that come in one by one, late, twice and out of order: what the feed says in the end, and what is counted."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.events import HONEYPOT_LINK, EventKind, Hit, Verdict
from app.domain.verdicts import INFERRED_FROM_CLICK, INFERRED_FROM_REPLY, WITHDRAWN_EVIDENCE
from app.services import take_hits
from app.services.keep_addresses import cut_old_addresses, note_own_address
from app.services.note_event import mark_verdict, note_event
from app.services.tracking_server import TrackingTarget
from app.store.events import NewEvent
from app.tracking.folder import TrackingFolder
from app.tracking.serve import TrackingServer
from app.tracking.server.rows import HitRow
from app.tracking.server.sqlite import SqliteDatabase
from tests.support.tracked_mail import CHROME, HOME, OFFICE, SCANNER, SENT, THUNDERBIRD, TrackedMail, ref, tracked_mail

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PERSON, MACHINE, INFERRED = "person", "machine", "inferred"


def test_a_burst_that_is_seen_late_takes_its_first_click_with_it(mail: TrackedMail) -> None:
    pk = mail.send()
    (inferred, first) = mail.arrive(mail.click(300, 0, SCANNER))
    with mail.store.transaction():
        mail.store.events.mark_notified(first, True, "shown")
    assert mail.verdicts() == [("open", INFERRED), ("click", PERSON)]
    assert mail.counts(pk) == (1, 1)
    (second,) = mail.arrive(mail.click(300.4, 1, SCANNER))
    assert mail.verdicts() == [("open", MACHINE), ("click", MACHINE), ("click", MACHINE)]
    assert mail.counts(pk) == (0, 0)
    row = mail.store.feed.get(first)
    assert row is not None and row.notified  # what was told stays told, and the feed says so
    assert row.reasons[0].startswith("Two different links") and row.reasons[-1].endswith("You were told of it then.")
    concluded = mail.store.feed.get(inferred)
    assert concluded is not None and concluded.reasons == (WITHDRAWN_EVIDENCE, INFERRED_FROM_CLICK)
    told = mail.store.feed.get(second)
    assert told is not None and not any("At first" in reason for reason in told.reasons)


def test_a_person_after_the_scanner_is_believed(mail: TrackedMail) -> None:
    pk = mail.send()
    mail.arrive(*(mail.click(300 + i, i, SCANNER) for i in range(3)))
    assert mail.counts(pk) == (0, 0)
    mail.arrive(mail.open(900), mail.click(930, 1, HOME))
    assert mail.counts(pk) == (1, 1)


def test_the_invisible_link_is_never_shown_and_marks_its_machine(mail: TrackedMail) -> None:
    pk = mail.send()
    mail.arrive(mail.click(300, 0, SCANNER))
    assert mail.counts(pk) == (1, 1)
    assert mail.arrive(mail.click(310, HONEYPOT_LINK, SCANNER)) == ()
    assert mail.verdicts() == [("open", MACHINE), ("click", MACHINE)]
    assert mail.store.feed.page().rows == tuple(mail.feed()[::-1])
    assert mail.counts(pk) == (0, 0)
    assert mail.arrive(mail.click(311, HONEYPOT_LINK, HOME)) == ()
    assert len(mail.feed()) == 2


def test_the_open_itself_takes_the_place_of_the_one_concluded(mail: TrackedMail) -> None:
    pk = mail.send()
    inferred, _ = mail.arrive(mail.click(300))
    assert mail.arrive(mail.open(290)) == (inferred,)
    assert mail.verdicts() == [("open", PERSON), ("click", PERSON)]
    assert mail.counts(pk) == (1, 1)


def test_an_open_that_turns_machine_gives_the_concluded_one_back(mail: TrackedMail) -> None:
    """Its address bursts afterwards; the click from elsewhere stays a person's, so the message was opened."""
    pk = mail.send()
    mail.arrive(mail.open(290, SCANNER, CHROME), mail.click(300, 0, HOME, FIREFOX))
    assert mail.counts(pk) == (1, 1)
    mail.arrive(mail.click(291, 1, SCANNER), mail.click(291.2, 2, SCANNER))
    assert sorted(mail.verdicts()) == [
        ("click", MACHINE), ("click", MACHINE), ("click", PERSON), ("open", INFERRED), ("open", MACHINE),
    ]  # fmt: skip
    assert mail.counts(pk) == (1, 1)


def test_a_bounce_that_is_read_late(mail: TrackedMail) -> None:
    pk = mail.send()
    mail.arrive(mail.open(400), mail.open(500))
    with mail.store.transaction():
        mail.store.messages.mark_bounced(pk, "karin@example.com", SENT + timedelta(seconds=450))
        bounce = NewEvent(
            EventKind.BOUNCE, SENT + timedelta(seconds=450), mail.store.user_id, Verdict.PERSON, ("Full.",), "Karin",
            recipient="Karin@example.com", message_pk=pk,
        )  # fmt: skip
        note_event(mail.workspace, bounce)
    assert mail.verdicts() == [("open", PERSON), ("open", MACHINE)]


def test_an_answer_concludes_an_open_and_keeps_it(mail: TrackedMail) -> None:
    pk = mail.send()
    with mail.store.transaction():
        reply = NewEvent(
            EventKind.REPLY, SENT + timedelta(hours=1), mail.store.user_id, Verdict.PERSON, ("An answer.",), "Karin",
            recipient="karin@example.com", message_pk=pk,
        )  # fmt: skip
        note_event(mail.workspace, reply, tracked_pk=pk)
    assert mail.counts(pk) == (1, 0)
    mail.arrive(mail.click(300, 0, SCANNER), mail.click(300.2, 1, SCANNER))
    assert mail.counts(pk) == (1, 0)
    (opened,) = [row for row in mail.feed() if row.kind is EventKind.OPEN]
    assert opened.reasons == (INFERRED_FROM_REPLY,)


def test_the_users_own_verdict_stays(mail: TrackedMail) -> None:
    pk = mail.send()
    _, click = mail.arrive(mail.click(300, 0, SCANNER))
    with mail.store.transaction():
        mark_verdict(mail.workspace, click, Verdict.MACHINE)
    assert mail.counts(pk) == (0, 0)
    with mail.store.transaction():
        mark_verdict(mail.workspace, click, Verdict.PERSON)
    assert mail.counts(pk) == (1, 1)
    mail.arrive(mail.click(300.3, 1, SCANNER))
    assert mail.verdicts() == [("open", INFERRED), ("click", PERSON), ("click", MACHINE)]
    assert mail.counts(pk) == (1, 1)


def test_own_address_noticed_late(mail: TrackedMail) -> None:
    pk = mail.send()
    mail.arrive(mail.open(400, "2001:db8:5:6::1"), mail.open(400, HOME), mail.open(-2000, "2001:db8:5:6::2"))
    at = SENT + timedelta(seconds=460)
    assert note_own_address(mail.workspace, "127.0.0.1", at) == 0
    assert note_own_address(mail.workspace, "nowhere", at) == 0
    assert note_own_address(mail.workspace, "2001:db8:5:6:ffff::9", at) == 1
    assert note_own_address(mail.workspace, "2001:db8:5:6:ffff::9", at + timedelta(minutes=5)) == 0
    assert sorted(v for _, v in mail.verdicts()) == ["own", "person", "person"]
    mail.arrive(mail.open(700, "2001:db8:5:6::77"), mail.open(700, own=True), mail.open(9000, "2001:db8:5:6::77"))
    assert [v for _, v in mail.verdicts()][-3:] == ["own", "own", "person"]
    assert mail.counts(pk) == (3, 0)


def test_old_addresses_go_and_verdicts_stay(mail: TrackedMail) -> None:
    mail.send()
    mail.arrive(mail.open(400), mail.click(500, headers={"accept": "*/*"}), mail.open(86_400 * 50))
    before = mail.verdicts()
    now = SENT + timedelta(days=91)
    assert cut_old_addresses(mail.workspace, threading.Event(), now) == 2
    assert cut_old_addresses(mail.workspace, threading.Event(), now) == 0
    rows = mail.feed()
    assert [(row.ip, row.user_agent) for row in rows] == [("", ""), ("", ""), (HOME, THUNDERBIRD)]
    assert mail.verdicts() == before and all(row.reasons for row in rows)
    with mail.store.transaction():
        mail.store.settings.put("tracking.keep_addresses_days", 0)
    assert cut_old_addresses(mail.workspace, threading.Event(), SENT + timedelta(days=9000)) == 0


def test_unsubscribing_is_an_event_and_no_click(mail: TrackedMail) -> None:
    pk = mail.send()
    asked = replace(mail.click(300), kind=EventKind.UNSUBSCRIBE, link=None, url="", method="POST")
    (made,) = mail.arrive(asked)
    row = mail.store.feed.get(made)
    assert row is not None and (row.kind, row.verdict) == (EventKind.UNSUBSCRIBE, Verdict.PERSON)
    assert mail.counts(pk) == (0, 0)


def test_each_hit_once(mail: TrackedMail) -> None:
    pk = mail.send()
    hit, click = mail.open(400), mail.click(500)
    assert len(mail.arrive(hit, hit, click)) == 2
    assert mail.arrive(hit, click) == ()
    assert mail.counts(pk) == (1, 1)
    assert mail.arrive(mail.open(1, name="nobody")) == ()


def _state(mail: TrackedMail, pk: int) -> tuple[object, ...]:
    return sorted((row.kind.value, row.at, row.url, row.verdict.value) for row in mail.feed()), mail.counts(pk)


def test_every_order_of_arrival_ends_alike(tmp_path: Path) -> None:
    """A scanner's burst, the reader's open and click beside it: all 120 orders, each in a copy of its own."""
    with tracked_mail(tmp_path / "home") as mail:
        ends = set()
        for number, order in enumerate(permutations(range(5))):
            name = f"n{number}"
            pk = mail.send(name)
            hits = [
                mail.click(300, 0, SCANNER, name=name), mail.click(300.4, 1, SCANNER, name=name),
                mail.open(300.2, SCANNER, CHROME, name=name), mail.open(310, HOME, name=name),
                mail.click(305, 2, HOME, FIREFOX, name=name),
            ]  # fmt: skip
            for place in order:
                mail.arrive(hits[place])
            rows = mail.store.feed.rows(message_pk=pk)
            ends.add((tuple(sorted((r.kind.value, r.at, r.verdict.value) for r in rows)), mail.counts(pk)))
        assert len(ends) == 1
        ((_, counts),) = ends
        assert counts == (2, 1)  # one concluded from the click, one seen afterwards


_KINDS = st.tuples(
    st.sampled_from(["open", "click"]), st.integers(0, 40), st.integers(0, 2), st.sampled_from([HOME, OFFICE, SCANNER])
)


@given(st.lists(_KINDS, min_size=1, max_size=7), st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_any_order_in_any_pieces_ends_alike(
    tmp_path_factory: pytest.TempPathFactory, wanted: list[tuple[str, int, int, str]], random: object, size: int
) -> None:
    def made(mail: TrackedMail) -> list[Hit]:
        return [
            mail.open(300 + s, ip, CHROME) if kind == "open" else mail.click(300 + s, link, ip)
            for kind, s, link, ip in wanted
        ]

    order = list(range(len(wanted)))
    random.shuffle(order)  # type: ignore[attr-defined]
    with tracked_mail(tmp_path_factory.mktemp("one")) as mail:
        pk = mail.send()
        mail.arrive(*made(mail))
        together = _state(mail, pk)
    with tracked_mail(tmp_path_factory.mktemp("two")) as mail:
        pk = mail.send()
        hits = made(mail)
        for start in range(0, len(order), size):
            mail.arrive(*(hits[i] for i in order[start : start + size]))
        apart = _state(mail, pk)
    assert _counted(together) == _counted(apart)


def _counted(state: tuple[object, ...]) -> tuple[list[tuple[object, ...]], object]:
    """Without the marked rest of opens that do not count any more: an order that never needed them has none."""
    rows, counts = state
    assert isinstance(rows, list)
    return [row for row in rows if row[3] != MACHINE or row[0] == "click"], counts


def test_what_came_while_one_was_taken_is_taken_at_once_and_none_twice(
    mail: TrackedMail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if each took long: a flood of one copy."""
    monkeypatch.setattr(take_hits, "BEHIND", 0.0)
    mail.send()
    server = TrackingServer("127.0.0.1", 0, tmp_path / "tracking")
    server.start()
    database = SqliteDatabase(TrackingFolder(tmp_path / "tracking").database, busy=5.0)
    cancel = threading.Event()

    def come(first: int, count: int) -> None:
        at = int((SENT + timedelta(minutes=5)).timestamp() * 1e6)
        refs = ref("m", "karin"), ref("r", "karin")
        database.insert(
            [HitRow(f"u-{n}", "click", at + n, *refs, 0, "https://example.net/0", HOME, FIREFOX, "GET") for n in
             range(first, first + count)]
        )  # fmt: skip

    try:
        come(0, 30)
        target = TrackingTarget(server.url, server.url, server.api_token)
        following = take_hits.follow_hits(mail.workspace, target, cancel)
        assert [len(next(following)) for _ in range(2)] == [1, 29]
        come(30, 20)
        found = 0
        while found < 20:
            found += len(next(following))
        assert found == 20
        assert mail.store.events.stream_place().number == database.newest()
        assert [kind for kind, _ in mail.verdicts()].count("click") == 50
        cancel.set()
        assert next(following, None) is None
    finally:
        database.close()
        server.stop()
