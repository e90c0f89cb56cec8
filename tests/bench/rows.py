"""How quick the screens are in a workspace that has grown for years: `python -m tests.bench.rows [--rows 1000000]`.

Each look is done as the screen does it, on the main thread, with its real model and a painted view (offscreen). First what the
store answers (the median of some rounds), then the screens: opening, scrolling, searching, and how much memory that took. A
search that goes far back does so in slices between which the window lives: the longest slice is what counts, and the time until
the last of them is printed beside it.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QStackedWidget, QWidget

from app.bootstrap import open_workspace
from app.domain.events import EventKind
from app.domain.feed_filter import FeedFilter
from app.domain.inboxes import InboxId
from app.domain.records import ORDERS, RecordKind
from app.runtime.recording import Recording
from app.runtime.spare_memory import give_back
from app.ui.activity.model import FeedModel
from app.ui.activity.page import ActivityPage
from app.ui.application import make_application
from app.ui.companies.page import CompaniesPage
from app.ui.contacts.page import ContactsPage
from app.ui.deals.page import DealsPage
from app.ui.kit.theme import Theme
from app.ui.records.page import RecordsPage
from tests.bench.grown import BUSY, COMMON, RARE, grown_workspace

P = TypeVar("P", bound=QWidget)
GOAL_MS, GOAL_MB = 50.0, 20.0
CLICKS = frozenset({EventKind.CLICK})


class Reading(Recording, QObject):
    """The façade's reads, without workers: nothing but the screens takes time."""

    changed = Signal(object)
    event_arrived = Signal(object)
    inbox_state_changed = Signal(int)
    feed_counted = Signal(object, object)
    notifications_changed = Signal()

    def __init__(self, home: Path) -> None:
        QObject.__init__(self)
        self.workspace = open_workspace(home=home)
        self._store = self.workspace.store

    def count_feed(self, _wanted: FeedFilter) -> None:
        """The program counts on a thread of its own: see `counts` below."""

    def lacks_notifications(self) -> bool:
        return False


class Table:
    def __init__(self) -> None:
        self.missed = 0

    def row(self, name: str, ms: float, note: str = "") -> None:
        over = ms > GOAL_MS
        self.missed += over
        print(f"  {name:<58} {ms:8.1f} ms  {'over' if over else 'ok':<5} {note}", flush=True)


def usual(call: Callable[[], object], rounds: int = 7) -> float:
    """Milliseconds, the median of some rounds after a first one, which the disk had to answer."""
    call()
    return statistics.median(_timed(call) for _ in range(rounds))


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def memory() -> float:
    """MB of this process in memory, without what it maps from files."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status).group(1)) / 1024  # type: ignore[union-attr]


def store_answers(program: Reading, table: Table) -> None:
    print("\nStore (goal 50 ms each)")
    old = program.feed(kinds=frozenset({EventKind.BOUNCE}), limit=5000)[-1].id
    looks: list[tuple[str, Callable[[], object]]] = [
        ("feed: newest page", program.feed),
        ("feed: a page three years back", lambda: program.feed(before=old)),
        ("feed: bounces", lambda: program.feed(kinds=frozenset({EventKind.BOUNCE}))),
        ("feed: people only", lambda: program.feed(people_only=True)),
        ("feed: clicks by people", lambda: program.feed(kinds=frozenset({EventKind.CLICK}), people_only=True)),
        ("feed: counts of 14 days", lambda: program.feed_counts(14)),
        ("feed: newest page of a contact", lambda: program.feed_page(contact_id=BUSY)),
        ("feed: people's clicks of a contact", lambda: program.feed_page(CLICKS, True, contact_id=BUSY)),
        ("feed: a slice of a contact's search, none", lambda: program.feed_page(search="nosuchword", contact_id=BUSY)),
        ("feed: newest page of a message", lambda: program.feed_page(message_pk=500)),
        ("feed: counts of 14 weeks of a contact", lambda: program.feed_counts(98, BUSY)),
        ("feed: counts of ten years of a message", lambda: program.feed_counts(3_650, message_pk=500)),
        ("feed: whether a contact unsubscribed", lambda: program.unsubscribed_at(BUSY)),
        ("feed: unseen", program.unseen),
        ("feed: story of a message", lambda: program.message_events(500)),
        ("contacts: first page", program.contacts),
        ("contacts: the last page", lambda: program.contacts(offset=99_000)),
        ("contacts: search, many", lambda: program.contacts("karin")),
        ("contacts: search, one", lambda: program.contacts(RARE)),
        ("contacts: search, none", lambda: program.contacts("nosuchword")),
        ("contact: card, everything on it", lambda: program.contact(BUSY)),
        ("timeline: newest page of a million", lambda: program.timeline_page(BUSY, limit=31)),
        ("timeline: received", lambda: program.timeline_page(BUSY, limit=31, direction="received")),
        ("timeline: with files", lambda: program.timeline_page(BUSY, limit=31, with_files=True)),
        ("inboxes: cards", program.inboxes),
        ("ledger: newest page", lambda: program.ledger_page(limit=200)),
        ("ledger: newest page of an inbox", lambda: program.ledger_page(InboxId(1), limit=200)),
        ("ledger: headers and bodies a folder", program.ledger_folders),
    ]
    for name, call in [*looks, *_records(program)]:
        table.row(name, usual(call))


def counts(program: Reading) -> None:
    """What the program does on a thread of its own while the window lives: no step of the screen."""
    print("\nTotals of a filter, beside the window (no goal)")
    for name, wanted in (
        ("all", FeedFilter()),
        ("clicks by people", FeedFilter(CLICKS, people_only=True)),
        ("of a contact", FeedFilter(contact_id=BUSY)),
        ("of a message", FeedFilter(message_pk=500)),
        ("a search", FeedFilter(search=COMMON)),
    ):
        found: list[object] = []
        took = _timed(partial(_count, program, wanted, found))
        print(f"  {'totals: ' + name:<58} {took:8.1f} ms        {found[0]}", flush=True)


def _count(program: Reading, wanted: FeedFilter, found: list[object]) -> None:
    found.append(program.workspace.store.feed.totals(wanted))


def _records(program: Reading) -> list[tuple[str, Callable[[], object]]]:
    """The tables of records in each order, the first page and one far down; searches; timelines."""
    looks: list[tuple[str, Callable[[], object]]] = []
    tables = {
        RecordKind.CONTACT: program.contact_table, RecordKind.COMPANY: program.company_table,
        RecordKind.DEAL: program.deal_table,
    }  # fmt: skip
    for kind, ask in tables.items():
        for order in ORDERS[kind]:
            far = None
            for _ in range(8):
                far = ask("", order, far, 1000).next or far
            looks.append((f"{kind.value} table by {order.value}: first page", partial(ask, "", order)))
            looks.append((f"{kind.value} table by {order.value}: far down", partial(ask, "", order, far)))
            words = (
                ("one find", RARE),
                ("many finds", "company"),
                ("two letters", "zz"),
                ("several words", "company 77"),
            )
            for said, word in words:
                looks.append((f"{kind.value} table by {order.value}, search: {said}", partial(ask, word, order)))
        looks.append((f"{kind.value} table: count", partial(program.record_count, kind)))
        looks.append((f"{kind.value} table: count of a search", partial(program.record_count, kind, "company 77")))
        looks.append((f"timeline of a {kind.value}", partial(program.record_timeline, kind, 1)))
    oldest = program.find_messages(RARE).messages[0]
    assert oldest.subject.startswith("About the")
    for said, word in (
        ("one, the oldest", RARE), ("every fifth", COMMON), ("all", "about"), ("a letter", "a"),
        ("the beginning of all", "thank"), ("two words", "karin invoice"), ("three words of all", "thank message together"),
        ("none", "nosuchword"), ("a number", "123456"), ("two that never meet", "offer invoice"),
        ("an address", "p77@example.org"),
    ):  # fmt: skip
        looks.append((f"messages: search, {said}", partial(program.find_messages, word)))
    looks.append(("search over all records", partial(program.find_records, "company 77")))
    looks.append(("contact: record", partial(program.contact_record, BUSY)))
    looks.append(("company: record", partial(program.company_record, 1)))
    looks.append(("deal: record", partial(program.deal_record, 1)))
    return looks


def screens(program: Reading, table: Table) -> None:
    """Opened, scrolled and searched as a person does; each step until it is painted."""
    print(f"\nScreens (goal {GOAL_MS:.0f} ms a step, {GOAL_MB:.0f} MB in all)")
    app = make_application()
    theme = Theme(app, "light")
    window = QStackedWidget()  # one, as in the program: each has its picture in memory
    window.resize(1000, 740)
    window.addWidget(ActivityPage(theme, program))  # fonts and style sheets are not the rows'
    window.show()
    window.grab()
    before = memory()

    def shown(page: P) -> P:
        window.addWidget(page)
        window.setCurrentWidget(page)
        app.processEvents()
        return page

    def step(call: Callable[[], object]) -> float:
        return _timed(lambda: (call(), app.processEvents()))

    activity = shown(ActivityPage(theme, program))
    table.row("feed: read and paint it", step(lambda: (activity.model.reload(), activity.view.grab())))
    _scroll(activity.view, "feed: a page further, 300 times", step, table)
    for word, name in ((COMMON, "many"), (RARE, "one, the oldest")):
        _search(activity.model, lambda word=word: activity.search.setText(word), f"feed: search, {name}", app, table)  # type: ignore[misc]
    contacts = shown(ContactsPage(theme, program))
    table.row("contacts: read and paint it", step(lambda: (contacts.model.reload(), contacts.view.grab())))
    _scroll(contacts.view, "contacts: a page further, 300 times", step, table)
    table.row("contacts: search", step(lambda: contacts.model.set_search("karin")))
    _records_of("contact", contacts, app, step, table)
    for word, kind in (("company", CompaniesPage), ("deal", DealsPage)):
        page = shown(kind(theme, program))
        _scroll(page.view, f"{word} table: a page further, 300 times", step, table)
        table.row(f"{word} table: search", step(lambda page=page: page.model.set_search("company 77")))  # type: ignore[misc]
        _records_of(word, page, app, step, table)
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as the event loop does by itself
    give_back()  # as the window does every few seconds
    grown = memory() - before
    print(f"  {'memory that all this took':<58} {grown:8.1f} MB  {'over' if grown > GOAL_MB else 'ok'}")
    table.missed += grown > GOAL_MB


def _scroll(view: QAbstractItemView, name: str, step: Callable[[Callable[[], object]], float], table: Table) -> None:
    bar = view.verticalScrollBar()
    steps = sorted(step(lambda: bar.setValue(bar.value() + bar.pageStep())) for _ in range(300))
    table.row(name, steps[-4], f"99 of 100; median {steps[150]:.1f} ms, longest {steps[-1]:.1f} ms")


def _records_of(
    word: str, page: RecordsPage, app: QApplication, step: Callable[[Callable[[], object]], float], table: Table
) -> None:
    """Opens one after the other: until it is painted, and the slices in which the rest of its first page follows."""
    page.open_record(1)  # what is made once is not the rows'
    app.processEvents()
    opened, slices = [], [0.0]
    for number in range(500, 512):
        opened.append(step(lambda number=number: page.open_record(number)))  # type: ignore[misc]
        opened[-1] += _timed(lambda: app.sendPostedEvents(None, QEvent.Type.DeferredDelete))  # of the one before
        while page.detail.timeline.reading_on:
            before = len(page.detail.timeline.cards())
            took = _timed(app.processEvents)
            if len(page.detail.timeline.cards()) != before:  # else it breathed
                slices.append(took)
        page.show_table()
        app.processEvents()
    table.row(f"{word}: open one", statistics.median(opened), f"longest {max(opened):.1f} ms")
    table.row(
        f"{word}: the rest of its first page, in slices", statistics.median(slices), f"longest {max(slices):.1f} ms"
    )


def _search(model: FeedModel, begin: Callable[[], object], name: str, app: QApplication, table: Table) -> None:
    began = time.perf_counter()
    begin()
    QTest.qWait(300)  # until typing has stopped
    slices = [0.0]
    while model.searching:
        slices.append(_timed(app.processEvents))
    table.row(name, max(slices), f"all of it {time.perf_counter() - began - 0.3:.2f} s, in slices")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.rows", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    began = time.perf_counter()
    home = grown_workspace(options.rows)
    print(f"{options.rows:,} messages and events, {options.rows // 10:,} contacts and bodies in {home}"
          f" ({time.perf_counter() - began:.0f} s)")  # fmt: skip
    table = Table()
    program = Reading(home)
    store_answers(program, table)
    counts(program)
    screens(program, table)
    print(f"\n{table.missed} over the goal" if table.missed else "\nAll within the goals.")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
