"""The feed: filters, paging, arrival of events, what is marked as seen, the panel, the keyboard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.cli.records import feed_lines
from app.domain.events import EventId, EventKind, Verdict
from app.domain.inboxes import InboxState
from app.domain.views import DayCount, FeedRow
from app.ui.activity import words
from app.ui.activity.model import FeedFilter, FeedModel
from app.ui.activity.narrowing import KINDS
from app.ui.activity.page import ActivityPage
from app.ui.activity.plot import EMPTY, BarPlot, days_a_bar, in_spans
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.day_model import DayItem, RowItem
from app.ui.kit.theme import Theme
from tests.ui.support.sample_program import SampleProgram, event, many_events

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def rows(model: FeedModel) -> list[RowItem | DayItem]:
    return [model.index(i).data(Qt.ItemDataRole.UserRole) for i in range(model.rowCount())]


def ids(model: FeedModel) -> list[int]:
    return [item.row.id for item in rows(model) if isinstance(item, RowItem)]


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> ActivityPage:
    made = ActivityPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1100, 740)
    made.show()
    return made


def first_event(page: ActivityPage) -> QModelIndex:
    return page.model.index(1)


# --- the model


def test_days_stand_before_their_events(program: SampleProgram) -> None:
    model = FeedModel(program)
    model.reload()
    found = rows(model)
    assert isinstance(found[0], DayItem)
    day = None
    for item in found:
        if isinstance(item, DayItem):
            assert item.day != day
            day = item.day
        else:
            assert item.day == day
    assert model.flags(model.index(0)) == Qt.ItemFlag.NoItemFlags
    assert str(model.index(0).data()).startswith("Today")


def test_pages_are_read_on_demand(program: SampleProgram) -> None:
    program.events = many_events(program.now, 1_050)
    model = FeedModel(program)
    model.reload()
    assert len(ids(model)) == 100
    assert program.calls["feed"] == 1
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
    assert ids(model) == list(range(1_050, 0, -1))
    assert program.calls["feed"] == 11
    days = [item.day for item in rows(model) if isinstance(item, DayItem)]
    assert days == sorted(set(days), reverse=True)


def test_new_events_come_on_top_without_a_reset(qtbot: QtBot, program: SampleProgram) -> None:
    program.events = many_events(program.now, 450)
    model = FeedModel(program)
    model.reload()
    model.fetchMore(QModelIndex())
    program.events.insert(0, event(451, EventKind.REPLY, program.now, "Ada", "Hello"))
    program.events.insert(0, event(452, EventKind.OPEN, program.now, "Ada", "Hello"))
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.rowsInserted):
        assert not model.refresh()
    assert ids(model) == list(range(452, 250, -1))
    heads = [item for item in rows(model) if isinstance(item, DayItem)]
    assert len({head.day for head in heads}) == len(heads)


def test_an_event_of_a_new_day_gets_its_own_head(program: SampleProgram) -> None:
    program.events = [event(1, EventKind.OPEN, program.now - timedelta(days=2), "Ada", "x")]
    model = FeedModel(program)
    model.reload()
    program.events = [
        event(4, EventKind.OPEN, program.now, "Ada", "x"),
        event(3, EventKind.OPEN, program.now - timedelta(days=1), "Ada", "x"),
        event(2, EventKind.OPEN, program.now - timedelta(days=2), "Ada", "x"),
        *program.events,
    ]
    model.refresh()
    kinds = [type(item).__name__ for item in rows(model)]
    assert kinds == ["DayItem", "RowItem", "DayItem", "RowItem", "DayItem", "RowItem", "RowItem"]
    assert ids(model) == [4, 3, 2, 1]


def test_changed_events_are_renewed_in_place(qtbot: QtBot, program: SampleProgram) -> None:
    model = FeedModel(program)
    model.reload()
    program.events[3] = replace(program.events[3], verdict=Verdict.PERSON)
    with qtbot.assertNotEmitted(model.modelReset), qtbot.waitSignal(model.dataChanged):
        model.refresh()
    position = model.position_of(program.events[3].id)
    changed = model.event_at(model.index(position))
    assert changed is not None
    assert changed.verdict is Verdict.PERSON


def test_a_vanished_event_goes(program: SampleProgram) -> None:
    model = FeedModel(program)
    model.reload()
    gone = program.events.pop(2)
    model.refresh()
    assert model.position_of(gone.id) == -1
    program.events.clear()
    model.refresh()
    assert model.rowCount() == 0


def test_filters_go_to_the_program(program: SampleProgram) -> None:
    model = FeedModel(program)
    model.set_filter(FeedFilter(frozenset({EventKind.CLICK}), False, ""))
    assert {item.row.kind for item in rows(model) if isinstance(item, RowItem)} == {EventKind.CLICK}
    model.set_filter(FeedFilter(None, False, "contract"))
    assert len(ids(model)) == 3


# --- words


def test_every_kind_and_verdict_has_words() -> None:
    assert set(words.KINDS) == set(EventKind)
    assert set(words.VERDICTS) == set(Verdict)
    base = event(1, EventKind.OPEN, NOON, "Karin", "Subject", url="https://www.example.com/a/?b=c")
    for kind in EventKind:
        for verdict in Verdict:
            row = replace(base, kind=kind, verdict=verdict)
            assert words.who(row)
            assert words.what(row)
            assert words.headline(row)
            assert all(words.step(row))


def test_machines_are_never_said_to_have_opened() -> None:
    row = event(1, EventKind.OPEN, NOON, "Karin", "Subject", verdict=Verdict.MACHINE)
    assert "opened" not in words.what(row)
    assert "machine" in words.what(row)
    assert words.place("https://www.example.com/quote/?utm=1") == "example.com/quote"


# --- the page


def test_choosing_shows_reasons_and_marks_as_seen(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    assert page.detail.event_row is None
    assert program.wished("mark_seen") == []  # nothing is seen before somebody looks at it
    page.view.setCurrentIndex(page.model.index(2))
    chosen = page.detail.event_row
    assert chosen is not None
    assert chosen.reasons
    assert program.wished("mark_seen") == [(chosen.id,)]
    qtbot.waitUntil(lambda: page.model.event_at(page.model.index(2)).seen)
    assert page.detail.event_row.id == chosen.id
    page.view.setCurrentIndex(page.model.index(2))
    assert len(program.wished("mark_seen")) == 1


def test_the_focus_alone_marks_nothing_as_seen(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    before = program.unseen()
    page.search.setFocus()
    page.view.setFocus(Qt.FocusReason.OtherFocusReason)
    assert program.unseen() == before
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    assert program.unseen() < before


def test_filters_by_pill_search_and_people(qtbot: QtBot, page: ActivityPage) -> None:
    page.filters.choose("reply")
    assert page.model.event_count() == 1
    page.filters.choose("all")
    page.people_only.setChecked(True)
    assert all(
        item.row.verdict in (Verdict.PERSON, Verdict.INFERRED) for item in rows(page.model) if isinstance(item, RowItem)
    )
    page.people_only.setChecked(False)
    with qtbot.waitSignal(page.search.searched):
        QTest.keyClicks(page.search, "trondheim")
    assert page.model.event_count() == 1
    page.clear_filters()
    assert page.model.event_count() == 11


def test_nothing_found_offers_a_way_back(qtbot: QtBot, page: ActivityPage) -> None:
    page.search.setText("nobody at all")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.lists.clear_button.isVisible()
    qtbot.mouseClick(page.lists.clear_button, Qt.MouseButton.LeftButton)
    assert page.view.isVisible()
    assert page.search.text() == ""


def test_arrival_keeps_the_choice_and_updates_numbers(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    page.view.setCurrentIndex(page.model.index(3))
    chosen = page.detail.event_row
    assert chosen is not None
    with qtbot.waitSignal(page.model.rowsInserted):
        program.arrive(event(2_000, EventKind.REPLY, program.now, "Ada", "Hello", seen=False))
    assert page.model.event_at(page.view.currentIndex()).id == chosen.id
    assert page.detail.event_row.id == chosen.id
    assert page.model.event_at(first_event(page)).who == "Ada"


def test_mark_all_as_seen(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    assert page.seen_button.isEnabled()
    qtbot.mouseClick(page.seen_button, Qt.MouseButton.LeftButton)
    assert program.unseen() == 0
    qtbot.waitUntil(lambda: not page.seen_button.isEnabled())
    assert all(item.row.seen for item in rows(page.model) if isinstance(item, RowItem))


def test_not_a_person(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    page.view.setCurrentIndex(page.model.index(2))
    chosen = page.detail.event_row
    assert chosen is not None
    qtbot.mouseClick(page.detail.judge_button, Qt.MouseButton.LeftButton)
    assert program.wished("set_verdict") == [(chosen.id, Verdict.MACHINE)]
    qtbot.waitUntil(lambda: page.detail.judge_button.text() == "This was a person")
    assert page.detail.event_row.verdict is Verdict.MACHINE


def test_keyboard_moves_over_days_and_opens_messages(qtbot: QtBot, page: ActivityPage) -> None:
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(5))
    assert isinstance(rows(page.model)[6], DayItem)
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    assert page.view.currentIndex().row() == 7
    with qtbot.waitSignal(page.message_requested) as asked:
        QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert asked.args == [2]


def test_an_inbox_event_leads_to_the_inboxes(qtbot: QtBot, page: ActivityPage) -> None:
    page.view.setCurrentIndex(page.model.index(5))
    assert page.detail.event_row.kind is EventKind.INBOX
    with qtbot.waitSignal(page.inboxes_requested):
        qtbot.mouseClick(page.detail.open_button, Qt.MouseButton.LeftButton)


def test_a_lost_inbox_is_told_in_words_and_as_it_is_now(
    qtbot: QtBot, page: ActivityPage, program: SampleProgram
) -> None:
    page.view.setCurrentIndex(page.model.index(5))
    row = page.detail.event_row
    assert words.second_line(row) == "imap.example.com does not accept the sign-in"
    labels = [w.text() for w in page.detail.findChildren(QLabel)]
    assert "Why we believe this" not in labels
    assert "connected again" not in " ".join(labels)
    program.cards[1] = replace(program.cards[1], state=InboxState.CONNECTED, problem=None, since=program.now)
    program.inbox_state_changed.emit(2)
    qtbot.waitUntil(
        lambda: "connected again" in " ".join(w.text() for w in page.detail.findChildren(QLabel) if w.isVisible())
    )


def test_in_a_small_window_the_panel_slides_over_and_closes(qtbot: QtBot, page: ActivityPage) -> None:
    beside = page._left.width()
    assert page.detail.isVisible()
    page.resize(740, 700)
    assert not page.detail.isVisible()
    assert page._left.width() == 740 >= beside
    qtbot.mouseClick(
        page.view.viewport(), Qt.MouseButton.LeftButton, pos=page.view.visualRect(first_event(page)).center()
    )
    assert page.detail.isVisible()
    assert page.detail.x() == 740 - page.detail.width()
    assert page._left.width() == 740
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.detail.isVisible()
    middle: QPoint = page.view.visualRect(first_event(page)).center()
    middle.setX(100)
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert page.detail.isVisible()


def test_first_run_and_empty_feed(qtbot: QtBot, theme: Theme, empty_program: SampleProgram) -> None:
    page = ActivityPage(theme, empty_program)
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    assert page.first_run.isVisible()
    with qtbot.waitSignal(page.connect_requested):
        qtbot.mouseClick(page.first_run.connect_button, Qt.MouseButton.LeftButton)
    other = SampleProgram()
    empty_program.cards = other.cards[:1]
    empty_program.inbox_state_changed.emit(1)
    qtbot.waitUntil(page.lists.empty.isVisible)
    assert not page.detail.isVisible()
    said = " ".join(label.text() for label in page.lists.empty.findChildren(QLabel))
    assert "Listening: connected to the tracking server since " in said
    assert "jonas@example.org: up to date" in said
    empty_program.arrive(event(1, EventKind.OPEN, empty_program.now, "Ada", "Hello"))
    qtbot.waitUntil(page.view.isVisible)


def test_events_of_one_message_can_be_shown(page: ActivityPage, program: SampleProgram) -> None:
    page.filters.choose("inbox")
    assert page.show_message_events(2)
    assert page.detail.event_row.message_pk == 2
    assert page.filters.key() == "all"
    assert not page.show_message_events(12_345)
    assert page.choose(EventId(990))
    assert page.detail.event_row.id == 990


def test_a_long_feed_paints_quickly(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    program.events = many_events(program.now, 20_000)
    page = ActivityPage(theme, program)
    qtbot.addWidget(page)
    page.resize(1100, 800)
    page.show()
    while page.model.canFetchMore(QModelIndex()):
        page.model.fetchMore(QModelIndex())
    page.grab()
    start = perf_counter()
    for _ in range(10):
        page.view.viewport().grab()
    assert (perf_counter() - start) / 10 < 0.2


def test_the_list_leaps_over_the_heads_of_days(qtbot: QtBot, page: ActivityPage) -> None:
    view, count = page.view, page.model.rowCount()
    view.setFocus(Qt.FocusReason.OtherFocusReason)

    def at(key: Qt.Key) -> int:
        QTest.keyClick(view, key)
        return view.currentIndex().row()

    assert at(Qt.Key.Key_End) == count - 1
    assert at(Qt.Key.Key_Home) == 1
    passed = {at(Qt.Key.Key_PageDown) for _ in range(count)}
    assert max(passed) == count - 1 and not any(page.model.is_day(row) for row in passed)
    assert at(Qt.Key.Key_Down) == count - 1
    passed = {at(Qt.Key.Key_PageUp) for _ in range(count)}
    assert min(passed) == 1 and not any(page.model.is_day(row) for row in passed)
    assert at(Qt.Key.Key_Up) == 1


def test_days_are_lower_than_events_wherever_they_come_in(
    qtbot: QtBot, theme: Theme, program: SampleProgram, page: ActivityPage
) -> None:
    program.events = many_events(program.now, 300)
    page.model.reload()
    page.model.fetchMore(QModelIndex())
    program.arrive(event(10_000, EventKind.CLICK, program.now + timedelta(days=1), "Tomorrow", "New"))
    page.refresh()
    assert page.model.is_day(0) and page.model.event_at(page.model.index(1)).who == "Tomorrow"
    for row in range(page.model.rowCount()):
        assert page.view.rowHeight(row) == (36 if page.model.is_day(row) else 56), row


def told_of(qtbot: QtBot, page: ActivityPage, row: FeedRow) -> list[str]:
    def shown() -> list[str]:
        return [label.text() for label in page.detail.findChildren(QLabel) if label.isVisibleTo(page.detail)]

    assert page.choose(row.id)
    qtbot.waitUntil(lambda: "Notified" in shown())
    return shown()


def test_a_reply_is_told_once(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    """Its event and the message are the same: it was not sent from here besides."""
    reply = next(row for row in program.events if row.kind is EventKind.REPLY)
    reply = replace(reply, message_pk=3)  # what Karin answered
    program.events = [reply if row.kind is EventKind.REPLY else row for row in program.events]
    page.model.reload()
    told = told_of(qtbot, page, reply)
    assert any(text.startswith("Received ") for text in told)
    assert not [text for text in told if text.startswith("Sent")]
    assert "This message" not in told
    told = told_of(qtbot, page, next(row for row in program.events if row.kind is EventKind.OPEN))
    assert "This message" in told and "Sent" in told


def test_an_automatic_reply_is_told_as_what_it_is(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    more = {"message_pk": None, "seen": False, "notified": False, "notified_why": "a machine did this, not a person"}
    row = event(3_000, EventKind.REPLY, program.now, "Karin Lindqvist", "Away", verdict=Verdict.MACHINE, **more)
    program.arrive(row)
    qtbot.waitUntil(lambda: page.model.position_of(row.id) >= 0)
    assert words.sign(row) == ("machine", "neutral") and words.chip(row) == words.VERDICTS[Verdict.MACHINE]
    assert words.step(row) == ("machine", "Automatic reply from Karin Lindqvist")
    spoken = words.spoken(row, "09:00")
    assert spoken.startswith("Karin Lindqvist sent an automatic reply, Away") and "not seen yet" not in spoken
    told = told_of(qtbot, page, row)
    assert [text for text in told if text.startswith("Automatic reply ")] and not [
        t for t in told if t.startswith("Replied")
    ]
    (line,) = feed_lines((row,))
    assert line.endswith("automatic reply from Karin Lindqvist: “Away”  (machine)")


def test_a_dot_marks_only_what_is_counted() -> None:
    row = event(1, EventKind.OPEN, datetime(2026, 11, 22, tzinfo=UTC), "Ada", "Hello", seen=False)
    assert [verdict for verdict in Verdict if words.is_new(replace(row, verdict=verdict))] == [
        Verdict.PERSON,
        Verdict.INFERRED,
    ]
    assert not words.is_new(replace(row, seen=True))


@pytest.mark.parametrize(("width", "covered"), [(800, False), (700, True)])
def test_in_a_narrow_window_the_panel_covers_the_list_only_where_it_must(
    qtbot: QtBot, page: ActivityPage, width: int, covered: bool
) -> None:
    page.resize(width, 700)
    page.choose(next(row for row in page._program.feed_page().rows).id)
    qtbot.waitUntil(page.detail.isVisible)
    assert page.detail.close_button.isVisible()
    assert page.detail.geometry().intersects(page._left.geometry()) is covered
    qtbot.mouseClick(page.detail.close_button, Qt.MouseButton.LeftButton)
    assert not page.detail.isVisible() and page._left.width() == page._body.width()


# --- narrowed, counted, late


def test_one_contact_or_one_message_alone(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    other = event(3_000, EventKind.CLICK, program.now, "Ada", "Elsewhere", contact_id=77, message_pk=88)
    program.arrive(other)
    qtbot.waitUntil(lambda: page.model.event_count() == 12)
    assert page.totals.text().startswith("12 events: ")
    page.choose(EventId(3_000))
    assert page.detail.person_button is not None and page.detail.message_button is not None
    qtbot.mouseClick(page.detail.person_button, Qt.MouseButton.LeftButton)
    assert ids(page.model) == [3_000]
    assert page.scope.text() == "Only Ada" and page.scope.isVisible()
    assert page.totals.text() == "1 event: 0 opens and 1 click by people, 0 by machines"
    assert "14 weeks" in page.plot.plot.accessibleName()
    qtbot.mouseClick(page.scope.button, Qt.MouseButton.LeftButton)
    assert page.model.event_count() == 12 and not page.scope.isVisible()
    qtbot.mouseClick(page.detail.message_button, Qt.MouseButton.LeftButton)
    assert ids(page.model) == [3_000] and page.scope.text() == "Only “Elsewhere”"
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert page.model.event_count() == 12


@pytest.mark.parametrize("width", [60, 150, 232, 300, 700])
@pytest.mark.parametrize("days", [1, 7])
def test_the_days_below_the_plot_never_touch(qtbot: QtBot, theme: Theme, width: int, days: int) -> None:
    plot = BarPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(width, 64)
    plot.set_counts(tuple(DayCount(date(2026, 11, 16) - timedelta(days=n * days), 1, 0) for n in range(14))[::-1], days)
    named = plot.names(QFontMetrics(theme.figures("caption")))
    assert named[0][0] == 13 and (width < 100 or len(named) >= 3)
    for (_, left, _, _), (_, before, wide, _) in pairwise(named):
        assert before + wide + 5 <= left
    assert all(left >= 0 and left + wide <= width for _, left, wide, _ in named)


def test_the_plot_says_that_it_does_not_follow_the_search(page: ActivityPage) -> None:
    assert "searched" not in page.plot.plot.accessibleName()
    page.search.setText("Karin")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.plot.plot.accessibleName().endswith("days, whatever is searched for")


def test_the_plot_speaks_by_its_keys(page: ActivityPage, program: SampleProgram) -> None:
    plot = page.plot.plot
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.chosen().endswith("6 opens, 2 clicks")
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.chosen().endswith("8 opens, 2 clicks")
    for _ in range(20):
        QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.chosen().endswith("6 opens, 1 click")
    page.plot.set_counts(tuple(DayCount(program.now.date(), 0, 0) for _ in range(14)))
    assert plot.accessibleDescription() == EMPTY


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=400))
def test_spans_of_days_lose_nothing(numbers: list[tuple[int, int]]) -> None:
    first = NOON.date()
    counts = tuple(DayCount(first + timedelta(days=n), *pair) for n, pair in enumerate(numbers))
    days = days_a_bar(len(counts))
    spans = in_spans(counts, days)
    assert len(spans) <= 14
    assert (sum(s.opens for s in spans), sum(s.clicks for s in spans)) == (
        sum(c.opens for c in counts),
        sum(c.clicks for c in counts),
    )
    assert spans[0].day == first
    assert {(b.day - a.day).days for a, b in pairwise(spans[1:])} <= {days}


def test_what_was_told_late_says_so(page: ActivityPage, program: SampleProgram) -> None:
    away = replace(program.events[0], notified_why="in one summary, for it came while you were away")
    program.events[0] = away
    page.refresh()
    assert "came while away" in str(first_event(page).data(Qt.ItemDataRole.AccessibleTextRole))


def test_a_desktop_without_notifications_is_told_of(page: ActivityPage, program: SampleProgram) -> None:
    assert not page.no_notices.isVisible()
    program.no_notifications = True
    program.notifications_changed.emit()
    assert page.no_notices.isVisible()


def test_why_names_rules_and_what_is_no_longer_kept(qtbot: QtBot, page: ActivityPage, program: SampleProgram) -> None:
    program.events[0] = replace(
        program.events[0], rules=("gone-on",), rule_version=2, proxy="google", ip="", cut=True, first_verdict="machine"
    )
    page.refresh()
    told_of(qtbot, page, program.events[0])
    said = {w.accessibleName() for w in page.detail.findChildren(QWidget)}
    assert {
        "Judged by: Rule set 2: gone-on",
        "By way of: Google’s image proxy",
        "Network: No longer kept; the verdict stays",
        "At first: Machine",
    } <= said


# --- kinds that have no room


@pytest.mark.parametrize("width", [1278, 660, 640, 560, 420])
def test_the_kinds_keep_one_line_and_what_has_no_room_is_in_a_menu(
    qtbot: QtBot, page: ActivityPage, width: int
) -> None:
    page.resize(width, 700)
    row = page.filters
    shown = [row.pill(key) for key, _, _ in KINDS if row.pill(key).isVisible()]
    assert len({pill.y() for pill in shown}) == 1 and row.height() < 2 * shown[0].height()
    assert shown[-1].geometry().right() <= row.width()
    assert row.more.isVisible() is bool(row.hidden_keys())
    if row.more.isVisible():
        assert row.more.geometry().right() <= row.width() and row.more.y() == shown[0].y()
    assert len(shown) + len(row.hidden_keys()) == len(KINDS)


def test_a_kind_chosen_in_the_menu_names_it(qtbot: QtBot, page: ActivityPage) -> None:
    page.resize(480, 700)
    row = page.filters
    assert "review" in row.hidden_keys() and not row.more.isChecked()
    QTest.keyClick(row.more, Qt.Key.Key_Return)
    menu = row.more.findChild(QMenu)
    assert menu is not None and menu.isVisible()
    offered = [a for a in menu.actions() if a.isVisible()]
    assert tuple(a.data() for a in offered) == row.hidden_keys() and not any(a.isChecked() for a in offered)
    menu.close()
    offered[-1].trigger()
    assert row.key() == "review" and row.more.isChecked() and row.more.text().startswith("Not logged")
    assert page.model.filter.kinds == frozenset({EventKind.REVIEW})
    page.clear_filters()
    assert not row.more.isChecked() and row.more.text().startswith("More")
    page.resize(1400, 700)
    assert row.hidden_keys() == () and not row.more.isVisible()


def test_what_the_feed_is_narrowed_to_already_is_not_offered(page: ActivityPage, program: SampleProgram) -> None:
    page.choose(program.events[0].id)
    event_ = page.detail.event_row
    assert event_ is not None and page.detail.person_button is not None
    page.show_contact(event_.contact_id or 0, "Karin")
    page.choose(event_.id)
    assert page.detail.person_button is None and page.detail.message_button is not None
    page.show_only_message(event_.message_pk or 0, "Quote")
    page.choose(event_.id)
    assert page.detail.person_button is not None and page.detail.message_button is None
    page.clear_filters()
    page.choose(event_.id)
    assert page.detail.person_button is not None and page.detail.message_button is not None


# --- who unsubscribed wants mail again


def test_that_somebody_wants_mail_again_is_noted_after_a_question(
    qtbot: QtBot, page: ActivityPage, program: SampleProgram
) -> None:
    gone = event(3_100, EventKind.UNSUBSCRIBE, program.now, "Karin Lindqvist", "Quote", contact_id=1)
    program.arrive(gone)
    qtbot.waitUntil(lambda: page.choose(gone.id))
    again = page.detail.again_button
    assert again.isVisible() and not page.detail.judge_button.isVisible()
    for answer in (QDialog.DialogCode.Rejected, QDialog.DialogCode.Accepted):
        assert program.wished("note_wants_mail") == []
        qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
        asked = page.window().findChild(ConfirmDialog)
        assert asked is not None and "Karin Lindqvist" in asked.windowTitle()
        with qtbot.waitSignal(asked.finished):
            asked.done(answer)
        asked.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert program.wished("note_wants_mail") == [(1,)]
    qtbot.waitUntil(lambda: not again.isVisible())
    noted = page.model.event_at(page.model.index(1))
    assert noted is not None and noted.kind is EventKind.RESUBSCRIBE
    assert words.what(noted) == "wants mail again" and "Jonas Ahl noted" in words.second_line(noted)
    assert page.model.position_of(gone.id) > 0
