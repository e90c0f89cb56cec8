"""F2 edits a cell in its row: Enter saves, Esc gives up, Tab goes on, Ctrl+Z takes it back; what is wrong stands beside it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.records import RecordKind
from app.ui.companies.page import CompaniesPage
from app.ui.contacts.page import ContactsPage
from app.ui.deals.page import DealsPage
from app.ui.kit.theme import Theme
from app.ui.records.editors import AmountEditor, ChoiceEditor, LineEditor
from app.ui.records.page import RecordsPage
from app.ui.records.picker import RecordPicker
from tests.ui.support.sample_program import SampleProgram

K = Qt.Key


def shown(qtbot: QtBot, page: RecordsPage) -> RecordsPage:
    qtbot.addWidget(page)
    page.resize(1056, 760)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    return page


@pytest.fixture
def contacts(qtbot: QtBot, theme: Theme, program: SampleProgram) -> RecordsPage:
    return shown(qtbot, ContactsPage(theme, program))


@pytest.fixture
def companies(qtbot: QtBot, theme: Theme, program: SampleProgram) -> RecordsPage:
    return shown(qtbot, CompaniesPage(theme, program))


@pytest.fixture
def deals(qtbot: QtBot, theme: Theme, program: SampleProgram) -> RecordsPage:
    return shown(qtbot, DealsPage(theme, program))


def begin(page: RecordsPage, record_id: int, column: str = "") -> None:
    """F2 in the row of a record, and Tab as far as a column."""
    page.view.setFocus()
    page.view.setCurrentIndex(page.model.index(page.model.position_of(record_id)))
    QTest.keyClick(page.view, K.Key_F2)
    assert page.cells.editing
    while column and page.cells.column.title != column:
        press(page, K.Key_Tab)


def press(page: RecordsPage, key: K) -> None:
    QTest.keyClick(page.cells.editor.inputs()[-1], key)


def write(page: RecordsPage, text: str, key: K = K.Key_Return) -> None:
    editor = page.cells.editor
    assert isinstance(editor, LineEditor | AmountEditor | RecordPicker)
    editor.edit.setText(text)
    QTest.keyClick(editor.edit, key)


def test_f2_edits_the_name_in_the_row_and_ctrl_z_takes_it_back(contacts: RecordsPage, program: SampleProgram) -> None:
    begin(contacts, 1)
    assert not contacts.showing_record() and contacts.cells.column.title == "Name"
    assert contacts.cells.editor.edit.selectedText() == "Karin Lindqvist"
    write(contacts, "Karin Lind")
    assert not contacts.cells.editing and contacts.view.hasFocus()
    assert program.contact_record(1).name == "Karin Lind"
    assert contacts.toast.text.text() == "Changed the name of Karin Lind"
    assert contacts.model.line_at(contacts.view.currentIndex()).name == "Karin Lind"
    QTest.keyClick(contacts.view, K.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert program.contact_record(1).name == "Karin Lindqvist"


def test_escape_leaves_the_cell_as_it_was(contacts: RecordsPage, program: SampleProgram) -> None:
    begin(contacts, 1)
    write(contacts, "Somebody else", K.Key_Escape)
    assert not contacts.cells.editing and contacts.view.hasFocus()
    assert program.wished("edit_record") == []


def test_tab_saves_and_goes_on_along_the_row(contacts: RecordsPage, program: SampleProgram) -> None:
    begin(contacts, 1)
    write(contacts, "Karin Lind", K.Key_Tab)
    assert contacts.cells.column.title == "Company" and contacts.cells.editor.edit.text() == "Northlight Cargo AB"
    press(contacts, K.Key_Tab)
    write(contacts, "Head of purchasing", K.Key_Tab)
    assert not contacts.cells.editing
    record = program.contact_record(1)
    assert (record.name, record.title) == ("Karin Lind", "Head of purchasing")
    begin(contacts, 1, "Title")
    QTest.keyClick(contacts.cells.editor.edit, K.Key_Backtab)
    assert contacts.cells.column.title == "Company"


def test_another_company_becomes_the_primary_one_and_the_others_stay(
    contacts: RecordsPage, program: SampleProgram
) -> None:
    begin(contacts, 1, "Company")
    contacts.cells.editor.choose(2, "Havn & Sø")
    assert not contacts.cells.editing
    assert [c.id for c in program.contact_record(1).companies] == [2, 4]
    begin(contacts, 1, "Company")
    write(contacts, "no such company", K.Key_Escape)
    begin(contacts, 1, "Company")
    write(contacts, "")
    assert [c.id for c in program.contact_record(1).companies] == [4]


def test_what_is_wrong_stands_beside_the_cell_until_it_is_mended(
    companies: RecordsPage, program: SampleProgram
) -> None:
    begin(companies, 2, "Domain")
    write(companies, "no domain")
    assert companies.cells.editing and "This is no domain" in companies.cells.fault()
    assert "This is no domain" in companies.cells.editor.edit.accessibleDescription()
    write(companies, "havn.example.org")
    assert not companies.cells.editing and companies.cells.fault() == ""
    assert program.company_record(2).domains == ("havn.example.org",)


def test_the_fault_of_the_last_row_stands_above_it(companies: RecordsPage) -> None:
    companies.resize(900, 170)
    last = companies.model.line_at(companies.model.index(companies.model.rowCount() - 1)).id
    begin(companies, last, "Domain")
    write(companies, "no domain")
    fault, cell = companies.cells._fault.geometry(), companies.cells._ground.geometry()
    assert not fault.intersects(cell) and companies.view.viewport().rect().contains(fault)


def test_a_public_mail_domain_is_told(companies: RecordsPage, program: SampleProgram) -> None:
    begin(companies, 1, "Domain")
    write(companies, "gmail.com")
    assert "gmail.com is a public mail domain" in companies.toast.text.text()
    assert program.company_record(1).domains == ("gmail.com", "northlight.example.com")


def test_a_deals_stage_and_amount_are_edited_in_the_row(deals: RecordsPage, program: SampleProgram) -> None:
    begin(deals, 1, "Stage")
    editor = deals.cells.editor
    assert isinstance(editor, ChoiceEditor) and editor.box.currentText() == "Proposal"
    editor.box.setCurrentIndex(editor.box.findData("Won"))
    editor.box.activated.emit(editor.box.currentIndex())
    assert program.deal_record(1).stage == "Won" and not deals.cells.editing
    begin(deals, 1, "Amount")
    write(deals, "-5")
    assert deals.cells.fault() == "An amount is not below zero."
    write(deals, "51,000.50")
    assert program.deal_record(1).amount_minor == 5_100_050
    begin(deals, 1, "Company")
    write(deals, "")
    assert program.deal_record(1).company is None


def test_a_change_from_elsewhere_waits_until_the_cell_is_done(
    qtbot: QtBot, contacts: RecordsPage, program: SampleProgram
) -> None:
    begin(contacts, 1)
    contacts.cells.editor.edit.setText("Karin L")
    program.edit_record(RecordKind.CONTACT, 3, {"name": "Aaron"})
    contacts.refresh()
    assert contacts.cells.editing and contacts.cells.editor.edit.text() == "Karin L"
    press(contacts, K.Key_Return)
    assert "Aaron" in [contacts.model.line_at(contacts.model.index(i)).name for i in range(contacts.model.rowCount())]


def test_the_cell_moves_with_its_row_and_another_search_ends_it(contacts: RecordsPage) -> None:
    contacts.resize(1056, 220)
    begin(contacts, contacts.model.line_at(contacts.model.index(0)).id)
    before = contacts.cells._ground.y()
    contacts.view.verticalScrollBar().setValue(20)
    assert contacts.cells._ground.y() == before - 20
    contacts.model.set_search("nobody at all")
    assert not contacts.cells.editing


def test_what_was_typed_is_kept_when_the_keyboard_goes_elsewhere(contacts: RecordsPage, program: SampleProgram) -> None:
    begin(contacts, 1)
    contacts.cells.editor.edit.setText("Karin Lind")
    contacts.search.setFocus()
    assert program.contact_record(1).name == "Karin Lind" and contacts.search.hasFocus()


def test_a_click_still_opens_the_record(qtbot: QtBot, contacts: RecordsPage) -> None:
    middle = contacts.view.visualRect(contacts.model.index(1)).center()
    qtbot.mouseClick(contacts.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(middle))
    assert contacts.showing_record() and not contacts.cells.editing
