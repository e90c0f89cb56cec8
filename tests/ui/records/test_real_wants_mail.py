"""On a contact's page, over the real façade and a real store: somebody who had unsubscribed wants mail again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.domain.events import EventKind, Verdict
from app.domain.records import RecordKind
from app.runtime.program import Program
from app.store.events import NewEvent
from app.ui.contacts.page import ContactsPage
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from tests.support.running_program import running_program


@pytest.fixture
def program(qtbot: QtBot, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


def offered(page: ContactsPage) -> list[QPushButton]:
    return [b for b in page.findChildren(QPushButton) if b.isVisible() and "Wants mail again" in b.text()]


def test_the_mark_goes_and_what_was_stays(qtbot: QtBot, theme: Theme, program: Program) -> None:
    contact = program.add_record(RecordKind.CONTACT, {"name": "Karin", "addresses": ["karin@example.org"]})
    store = program.workspace.store
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    with store.transaction():
        store.events.add(
            NewEvent(EventKind.UNSUBSCRIBE, at, 1, Verdict.PERSON, (), "Karin", "karin@example.org", contact_id=contact)
        )
    page = ContactsPage(theme, program)
    qtbot.addWidget(page)
    page.resize(1056, 760)
    page.show()
    page.open_record(contact)
    (again,) = offered(page)
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    question = page.findChild(ConfirmDialog)
    assert question is not None and program.unsubscribed_at(contact) == at
    question.verb.click()
    assert program.unsubscribed_at(contact) is None
    qtbot.waitUntil(lambda: not offered(page), timeout=5000)
    assert [row.kind for row in program.feed()] == [EventKind.RESUBSCRIBE, EventKind.UNSUBSCRIBE]
