"""Ctrl+A chooses all that a table’s search finds, loaded or not; what is done with all of them is taken back as one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.records import ManyChosen, RecordKind
from app.domain.views import ContactRow
from app.ui.contacts.page import ContactsPage
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from app.ui.records.model import PAGE
from app.ui.records.removed import RemovedDialog
from tests.ui.support.sample_program import SampleProgram
from tests.ui.support.sample_records import SampleWork

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> Iterator[ContactsPage]:
    program.people = [
        ContactRow(i, f"Person {i}", f"person{i}@example.com", "", program.now - timedelta(hours=i), i)
        for i in range(1, 901)
    ]
    made = ContactsPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 760)
    made.show()
    made.view.setFocus()
    yield made
    SampleWork.held = False


def choose_all(page: ContactsPage) -> None:
    QTest.keyClick(page.view, Qt.Key.Key_A, CTRL)


def remove(page: ContactsPage) -> ConfirmDialog:
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    (ask,) = page.window().findChildren(ConfirmDialog)
    return ask


def test_all_are_chosen_and_not_only_the_loaded_ones(page: ContactsPage, program: SampleProgram) -> None:
    assert page.model.rowCount() == PAGE
    choose_all(page)
    assert page.chosen.count == 900 and page.chosen_bar.text.text() == "All 900 contacts chosen"
    assert page.model.rowCount() == PAGE  # by what is looked for, not by loading
    page.model.fetchMore(page.view.rootIndex())
    assert len(page.view.selectionModel().selectedRows()) == 2 * PAGE
    assert page.chosen.chosen() == ManyChosen()


def test_of_a_search_all_that_it_finds(page: ContactsPage, program: SampleProgram) -> None:
    page.search.setText("person12")
    page.search.returnPressed.emit()
    choose_all(page)
    assert page.chosen_bar.text.text() == "All 11 contacts of this search chosen"
    ask = remove(page)
    assert ask.verb.text() == "Remove 11 people"
    ask.verb.click()
    assert program.wished("remove_many") == [(RecordKind.CONTACT, ManyChosen("person12"))]
    assert program.record_count(RecordKind.CONTACT) == 889


def test_one_that_is_taken_out_by_ctrl_and_a_click_stays(
    qtbot: QtBot, page: ContactsPage, program: SampleProgram
) -> None:
    choose_all(page)
    spared = page.model.line_at(page.model.index(2)).id
    place = page.view.visualRect(page.model.index(2)).center()
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, CTRL, place)
    assert page.chosen_bar.text.text() == "899 contacts chosen"
    remove(page).verb.click()
    assert program.record_count(RecordKind.CONTACT) == 1
    assert program.contact_record(spared).removed is False


def test_they_come_back_as_one(qtbot: QtBot, page: ContactsPage, program: SampleProgram) -> None:
    choose_all(page)
    remove(page).verb.click()
    assert page.toast.text.text() == "900 people were removed"
    assert program.record_count(RecordKind.CONTACT) == 0 and not page.chosen.everything
    QTest.keyClick(page, Qt.Key.Key_Z, CTRL)
    assert program.record_count(RecordKind.CONTACT) == 900 and page.toast.text.text() == "Taken back"
    assert page.model.rowCount() == PAGE


def test_it_is_stopped_between_and_what_was_removed_comes_back(page: ContactsPage, program: SampleProgram) -> None:
    choose_all(page)
    ask = remove(page)
    SampleWork.held = True
    ask.verb.click()
    assert page.work.isVisible() and page.work.text.text() == "Removing 1 of 900 people…"
    QTest.keyClick(page.view, Qt.Key.Key_Delete)  # one at a time
    assert len(page.window().findChildren(ConfirmDialog)) == 1
    page.work.cancel_button.click()
    assert not page.work.isVisible() and page.toast.text.text() == "1 of 900 people were removed"
    SampleWork.held = False
    page.toast.undo_button.click()
    assert program.record_count(RecordKind.CONTACT) == 900


def test_bringing_back_is_stopped_and_ctrl_z_goes_on_with_it(
    qtbot: QtBot, page: ContactsPage, program: SampleProgram
) -> None:
    choose_all(page)
    remove(page).verb.click()
    SampleWork.held = True
    QTest.keyClick(page, Qt.Key.Key_Z, CTRL)
    QTest.keyClick(page, Qt.Key.Key_Z, CTRL)  # while it works
    page.work.cancel_button.setFocus()
    qtbot.mouseClick(page.work.cancel_button, Qt.MouseButton.LeftButton)
    SampleWork.held = False
    assert page.toast.text.text() == "1 of 900 people are back"
    assert page.toast.undo_button.text().strip().endswith("Bring back the rest")
    focus = page.focusWidget()
    assert focus is page.view
    QTest.keyClick(focus, Qt.Key.Key_Z, CTRL)
    assert program.record_count(RecordKind.CONTACT) == 900 and page.toast.text.text() == "Taken back"


def test_the_focus_stays_on_the_page_when_the_toast_is_pressed(
    qtbot: QtBot, page: ContactsPage, program: SampleProgram
) -> None:
    choose_all(page)
    remove(page).verb.click()
    page.toast.undo_button.setFocus()
    SampleWork.held = True
    qtbot.mouseClick(page.toast.undo_button, Qt.MouseButton.LeftButton)
    assert page.toast.isHidden() and page.focusWidget() is page.empty_add
    page.work.cancel_button.click()
    SampleWork.held = False
    page.toast.close_button.setFocus()
    page.toast.close_button.click()
    assert page.focusWidget() is page.view
    QTest.keyClick(page.view, Qt.Key.Key_Z, CTRL)
    assert program.record_count(RecordKind.CONTACT) == 900


def test_an_empty_table_says_that_there_are_removed_ones(qtbot: QtBot, page: ContactsPage) -> None:
    assert not page.empty_removed.isVisibleTo(page)
    choose_all(page)
    remove(page).verb.click()
    page.toast.hide()
    assert page.empty_removed.isVisible() and page.empty_removed.text().strip() == "900 removed contacts…"
    page.empty_removed.click()
    (listed,) = page.window().findChildren(RemovedDialog)
    listed.all_button.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == PAGE)
    assert not page.empty_removed.isVisible()


def test_an_arrow_a_click_and_another_search_end_it(qtbot: QtBot, page: ContactsPage) -> None:
    choose_all(page)
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    assert not page.chosen.everything and page.chosen.count == 1
    choose_all(page)
    page.search.setText("person12")
    page.search.returnPressed.emit()
    assert page.chosen.count == 0 and not page.chosen_bar.isVisible()
    choose_all(page)
    QTest.keyClick(page.view, Qt.Key.Key_Escape)
    assert page.chosen.count == 0


def test_a_change_and_another_order_leave_all_chosen(page: ContactsPage, program: SampleProgram) -> None:
    choose_all(page)
    program.edit_record(RecordKind.CONTACT, 5, {"name": "Aaron"})
    program.remove_record(RecordKind.CONTACT, 7)
    page.refresh()
    page._count()
    assert page.chosen.everything and page.chosen_bar.text.text() == "All 899 contacts chosen"
    assert len(page.view.selectionModel().selectedRows()) == page.model.rowCount()


def test_a_message_is_begun_to_no_more_than_a_provider_sends(
    page: ContactsPage, program: SampleProgram, qtbot: QtBot
) -> None:
    write = page.chosen_bar.buttons["Write e-mail"]
    choose_all(page)
    assert not write.isEnabled() and "500 people at most" in write.toolTip()
    page.search.setText("person12")
    page.search.returnPressed.emit()
    choose_all(page)
    assert write.isEnabled()
    with qtbot.waitSignal(page.compose_requested) as wish:
        write.click()
    assert len(wish.args[0]) == 11
