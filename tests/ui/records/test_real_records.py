"""The pages of records over the real façade and a real store: what is typed is kept, found, undone, merged and deleted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.addresses import Address
from app.domain.errors import UsageError
from app.domain.records import RecordKind, RecordOrder
from app.runtime.program import Program
from app.store.messages import NewMessage
from app.ui.contacts.deletion import DeletionDialog
from app.ui.contacts.merging_words import compared
from app.ui.contacts.page import ContactsPage
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.records.associations import AssociationsDialog
from app.ui.records.editors import LineEditor
from app.ui.records.removed import RemovedDialog
from tests.support.running_program import running_program

CONTACT, COMPANY, DEAL = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL
AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def program(qtbot: QtBot, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: Program) -> ContactsPage:
    made = ContactsPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 760)
    made.show()
    return made


def person(program: Program, name: str, address: str, **more: object) -> int:
    return program.add_record(CONTACT, {"name": name, "addresses": [address], **more})


def test_an_edit_in_place_is_stored_found_and_undone(qtbot: QtBot, page: ContactsPage, program: Program) -> None:
    number = person(program, "Karin Lindqvist", "karin@example.org")
    page.open_record(number)
    row = page.detail.about.field("title")
    row.edit()
    assert isinstance(row.editor, LineEditor)
    row.editor.edit.setText("Inköpschef")  # QTest types ASCII only
    QTest.keyClick(row.editor.edit, Qt.Key.Key_Return)
    assert program.contact_record(number).title == "Inköpschef"
    page.show_table()
    page.search.setText("inkopschef")
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert page.model.rowCount() == 1
    page.toast.undo()
    assert program.contact_record(number).title == ""
    (change,) = program.record_changes(CONTACT, number)
    assert change.undone_at is not None


@pytest.mark.parametrize("swapped", [False, True])
def test_the_comparison_tells_what_a_merge_keeps(program: Program, swapped: bool) -> None:
    north, south = (program.company_named(name) for name in ("North", "South"))
    one = person(program, "Ann", "ann@example.org", phones=[["+46 8 555 010", "work"]], companies=[north])
    other = person(
        program, "Anna Berg", "a.berg@example.net", title="Buyer", postal_address="Kajen 4",
        phones=[["08-555 010", "work"], ["+46 70 555 011", "mobile"]], companies=[south],
    )  # fmt: skip
    program.add_record(DEAL, {"name": "Depot", "contacts": [other], "amount_minor": 100, "currency": "EUR"})
    keep, goes = (other, one) if swapped else (one, other)
    told = {row.title: row.result for row in compared(program.contact_record(keep), program.contact_record(goes))}
    change = program.merge_contacts(keep, goes)
    after = {row.title: row.keep for row in compared(program.contact_record(keep), program.contact_record(keep))}
    assert told == after
    program.undo_change(change.id)
    assert not program.contact_record(goes).removed


def test_what_is_removed_is_listed_and_comes_back(program: Program) -> None:
    for kind, number in (
        (CONTACT, person(program, "Ann", "ann@example.org")),
        (COMPANY, program.company_named("North")),
        (DEAL, program.add_record(DEAL, {"name": "Depot"})),
    ):
        assert program.removed_records(kind) == ()
        program.remove_record(kind, number)
        assert [r.id for r in program.removed_records(kind)] == [number]
        program.restore_record(kind, number)
        assert program.removed_records(kind) == ()


def test_deleting_for_good_counts_first_and_leaves_nothing(qtbot: QtBot, page: ContactsPage, program: Program) -> None:
    number = person(program, "Ann", "ann@example.org")
    page.open_record(number)
    page.delete_for_good(number)
    dialog = page.findChild(DeletionDialog)
    qtbot.waitUntil(lambda: dialog.typed.isVisible())
    QTest.keyClicks(dialog.typed, "ann@example.org")
    with qtbot.waitSignal(dialog.deleted):
        dialog.verb.click()
    assert program.contact_record(number) is None
    assert not page.showing_record()


def test_a_table_of_many_is_read_as_it_is_scrolled(page: ContactsPage, program: Program) -> None:
    with program.workspace.store.transaction(source="test"):
        for i in range(650):
            program.workspace.store.contacts.add(_address(i), created_by="user")
    page.head.button(RecordOrder.NAME).click()
    assert page.model.rowCount() == 200
    began = time.monotonic()
    while page.model.canFetchMore(QModelIndex()):
        page.model.fetchMore(QModelIndex())
    assert page.model.rowCount() == 650
    assert time.monotonic() - began < 2
    lines = [page.model.line_at(page.model.index(i)).name for i in range(650)]
    assert lines == sorted(lines) and len(set(lines)) == 650


def _address(number: int) -> Address:
    return Address(f"person{number}@example.org", f"Person {number:04}")


def logged(program: Program, *contacts: int) -> int:
    store = program.workspace.store
    with store.transaction(source="test"):
        return store.messages.add(
            NewMessage(
                message_id="one@example.org", direction="received", thread_id=store.messages.new_thread("Depot"),
                user_id=store.user_id, date=AT, sender=Address("ann@example.org"), to=(Address("me@example.org"),),
                subject="Depot", logged=True, logged_by="reply", text="Hello", visible_text="Hello",
            ),
            contacts,
        )  # fmt: skip


def test_a_message_is_logged_elsewhere_and_back(qtbot: QtBot, page: ContactsPage, program: Program) -> None:
    ann, bo = person(program, "Ann", "ann@example.org"), person(program, "Bo", "bo@example.org")
    deal, company = program.add_record(DEAL, {"name": "Depot"}), program.company_named("North")
    pk = logged(program, ann)
    page.open_record(ann)
    (card,) = page.detail.timeline.cards()
    card.associations_requested.emit(pk)
    dialog = page.findChild(AssociationsDialog)
    assert dialog.parts[CONTACT].records == {ann: "Ann"}
    dialog.parts[CONTACT].picker.choose(bo, "Bo")
    dialog.parts[CONTACT]._remove(ann)
    dialog.parts[COMPANY].picker.choose(company, "North")
    dialog.parts[DEAL].picker.choose(deal, "Depot")
    dialog.verb.click()
    assert [m.pk for m in program.record_timeline(DEAL, deal).messages] == [pk]
    assert [m.pk for m in program.record_timeline(COMPANY, company).messages] == [pk]
    assert program.message_contacts(pk) == (bo,)
    assert page.detail.timeline.cards() == []
    page.toast.undo()
    assert program.message_contacts(pk) == (ann,)
    assert program.record_timeline(DEAL, deal).messages == ()
    with pytest.raises(UsageError, match="at least"):
        program.set_associations(pk, (), (), ())
    assert not program.set_associations(pk, (ann,), (), ())


def test_pages_open_over_an_empty_workspace(qtbot: QtBot, theme: Theme, program: Program) -> None:
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    window.show()
    for name in ("contacts", "companies", "deals", "users"):
        window.show_page(name)
    assert window.companies.empty_add.isVisibleTo(window.companies)


def test_all_of_a_search_are_removed_in_the_background_stopped_and_brought_back(
    qtbot: QtBot, page: ContactsPage, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.remove_many._AT_ONCE", 20)
    store = program._store
    with store.transaction():
        for number in range(320):
            store.contacts.add(Address(f"p{number}@example.com", f"Person {number}"), created_by="user")
        store.contacts.add(Address("ada@example.org", "Ada"), created_by="user")
    page.search.setText("person")
    page.search.returnPressed.emit()
    QTest.keyClick(page.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert page.chosen.count == 320 and page.model.rowCount() < 320
    with qtbot.waitSignal(page.work.ended):
        page.chosen._remove_many(page.chosen.chosen())
        assert page.work.working
    assert page.toast.text.text() == "320 people were removed"
    assert program.record_count(CONTACT) == 1 and page.model.rowCount() == 0
    with qtbot.waitSignal(page.work.ended):
        QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.toast.text.text() == "Taken back" and program.record_count(CONTACT, "person") == 320
    page.chosen.choose_all()
    with qtbot.waitSignal(page.work.ended):
        page.chosen._remove_many(page.chosen.chosen())
        page.work.stop()
    left = program.record_count(CONTACT, "person")
    assert left <= 320  # what was stopped in time stays, the rest comes back
    dialog = RemovedDialog(theme=page._theme, program=program, kind=CONTACT, parent=None)
    qtbot.addWidget(dialog)
    dialog.show()
    if left < 320:
        with qtbot.waitSignal(dialog.work.ended):
            dialog._restore_all()
    assert program.record_count(CONTACT, "person") == 320


def test_a_cell_is_edited_in_its_row_and_the_row_goes_where_it_belongs(
    qtbot: QtBot, page: ContactsPage, program: Program
) -> None:
    for number in range(3):
        program.add_record(CONTACT, {"name": f"Bo {number}", "addresses": [f"bo{number}@example.com"]})
    page.refresh()
    page.head.button(RecordOrder.NAME).click()
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(0))
    QTest.keyClick(page.view, Qt.Key.Key_F2)
    page.cells.editor.edit.setText("Zoe")
    QTest.keyClick(page.cells.editor.edit, Qt.Key.Key_Tab)
    assert page.cells.column.title == "Company" and page.view.currentIndex().row() == 2
    page.cells.editor.edit.setText("Northlight")
    QTest.keyClick(page.cells.editor.edit, Qt.Key.Key_Return)
    (line,) = program.contact_table("zoe").lines
    assert (line.name, line.company) == ("Zoe", "Northlight")
    for _ in range(2):
        QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert program.contact_table("zoe").lines == () and program.contact_table("bo 0").lines[0].company != "Northlight"
