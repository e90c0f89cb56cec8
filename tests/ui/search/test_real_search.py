"""The search among messages over the real façade and a real store: what is logged is found, shown and opened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.records import RecordKind
from app.runtime.program import Program
from app.store.messages import NewMessage
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from tests.support.running_program import running_program

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ME = Address("jonas@example.org", "Jonas Ahl")
ADA = Address("ada@example.com", "Ada Ångström")


@pytest.fixture
def program(qtbot: QtBot, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: Program) -> MainWindow:
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def log(program: Program, contact: int, number: int, subject: str, text: str, *cc: Address, sent: bool = False) -> int:
    store = program._store
    with store.transaction(Area.MESSAGES):
        return store.messages.add(
            NewMessage(
                message_id=f"found{number}@example.com", direction="sent" if sent else "received", logged=True,
                thread_id=store.messages.new_thread(subject), user_id=store.user_id, date=AT - timedelta(days=20 * number),
                sender=ME if sent else ADA, to=(ADA if sent else ME,), cc=cc, subject=subject,
                logged_by="sent" if sent else "reply", text=text, visible_text=text,
            ),
            (contact,),
        )  # fmt: skip


def test_what_is_logged_is_found_shown_and_opened(qtbot: QtBot, program: Program, window: MainWindow) -> None:
    contact = program.add_record(RecordKind.CONTACT, {"name": ADA.display_name, "addresses": [ADA.addr_spec]})
    far = "Much before it. " * 40 + "The kranbil comes on Friday."
    first = log(program, contact, 1, "Offert", far, sent=True)
    log(program, contact, 2, "Kranbilen igen", "Hej")
    log(program, contact, 3, "Annat", "Inget", Address("bo.kranberg@example.net", "Bo Kranberg"))
    for number in range(4, 130):
        log(program, contact, number, f"Week {number}", "Nothing of it")
    window.show_search("KRÁN")
    page = window.search
    found = [page.model.found_at(page.model.index(i)) for i in range(page.model.rowCount()) if not page.model.is_day(i)]
    assert [(f.subject, f.who, f.contact_id, f.address) for f in found if f is not None] == [
        ("Offert", "Ada Ångström", contact, "ada@example.com"),
        ("Kranbilen igen", "Ada Ångström", contact, "ada@example.com"),
        ("Annat", "Ada Ångström", contact, "ada@example.com"),
    ]
    passages = [f.passage for f in found if f is not None]
    assert passages[0].startswith("… ") and passages[0].endswith("The kranbil comes on Friday.")
    assert passages[1:] == ["Hej", "Bo Kranberg <bo.kranberg@example.net>"]
    assert page.count.text() == "3 messages found"
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert window.page() == "contacts" and window.contacts.detail.record_id == contact
    timeline = window.contacts.detail.timeline
    qtbot.waitUntil(lambda: [c.message.pk for c in timeline.cards() if c.property("current") == "true"] == [first])


def test_all_of_a_long_list_comes_in_portions_while_new_mail_arrives(
    qtbot: QtBot, program: Program, window: MainWindow
) -> None:
    contact = program.add_record(RecordKind.CONTACT, {"name": ADA.display_name, "addresses": [ADA.addr_spec]})
    for number in range(1, 131):
        log(program, contact, number, f"Week {number}", "crane")
    window.show_search("cran")
    page = window.search
    qtbot.waitUntil(lambda: not page.model.searching)
    assert page.model.found == 100
    page.view.scrollToBottom()
    qtbot.waitUntil(lambda: page.model.found == 130)
    page._soon.setInterval(1)
    newest = log(program, contact, 0, "New", "crane")
    qtbot.waitUntil(lambda: page.model.position_of(newest) == 1)
    assert page.model.row_at(page.model.index(1)).found.subject == "New"
