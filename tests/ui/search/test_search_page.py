"""The search among messages over the stand-in program: ways in and out, keys, states, more while one scrolls."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.domain.changes import Area
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.search.page import MessageSearchPage
from app.ui.search.rows import NO_SUBJECT
from tests.ui.support.sample_program import SampleProgram
from tests.ui.support.search_screens import grown

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    grown(program)
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


@pytest.fixture
def page(qtbot: QtBot, window: MainWindow) -> MessageSearchPage:
    window.show_search()
    return window.search


def typed(qtbot: QtBot, page: MessageSearchPage, text: str) -> None:
    """As a person types, who then waits."""
    page.search.selectAll()
    with qtbot.waitSignal(page.search.searched):
        QTest.keyClicks(page.search, text)
    qtbot.waitUntil(lambda: not page.model.searching)


def words_of(page: MessageSearchPage) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def test_it_opens_by_key_and_by_the_glass_and_escape_goes_back(qtbot: QtBot, window: MainWindow) -> None:
    window.show_page("deals")
    QTest.keyClick(window, Qt.Key.Key_F, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert window.page() == "search" and window.search.search.hasFocus()
    assert "Type words" in words_of(window.search)
    typed(qtbot, window.search, "crane")
    QTest.keyClick(window.search.search, Qt.Key.Key_Escape)
    assert window.page() == "search" and window.search.model.found == 0
    QTest.keyClick(window.search.search, Qt.Key.Key_Escape)
    assert window.page() == "deals"
    qtbot.mouseClick(window.navigation.search_button, Qt.MouseButton.LeftButton)
    assert window.page() == "search"
    window.show_search()  # once more: the way back stays
    window.search.closed.emit()
    assert window.page() == "deals"


def test_one_goes_through_what_was_found_by_keys_and_opens_it(qtbot: QtBot, window: MainWindow) -> None:
    window.show_search()
    page = window.search
    typed(qtbot, page, "crane")
    assert page.search.hasFocus()
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert page.view.hasFocus() and page.view.currentIndex().row() == 1
    QTest.keyClick(page.view, Qt.Key.Key_Up)
    assert page.search.hasFocus()
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    found = page.model.found_at(page.view.currentIndex())
    assert found is not None and found.pk == 999
    QTest.keyClick(page.view, Qt.Key.Key_Return)
    assert window.page() == "contacts"
    marked = [c.message.pk for c in window.contacts.detail.timeline.cards() if c.property("current") == "true"]
    assert marked == [999]
    window.show_search()  # as it was left
    assert page.search.text() == "crane" and page.model.found_at(page.view.currentIndex()) == found
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    QTest.keyClick(page.view, Qt.Key.Key_Escape)
    assert page.search.hasFocus() and window.page() == "search"


def test_a_click_opens_it_and_a_year_does_not(qtbot: QtBot, window: MainWindow) -> None:
    window.show_search("crane")
    page = window.search
    for position, opens in ((0, False), (1, True)):
        place = page.view.visualRect(page.model.index(position)).center()
        qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert (window.page() == "contacts") is opens


def test_older_ones_come_while_one_scrolls(qtbot: QtBot, page: MessageSearchPage) -> None:
    typed(qtbot, page, "crane")
    assert page.model.found == 100 and "The newest 100 messages" in page.count.text()
    page.view.scrollToBottom()
    qtbot.waitUntil(lambda: page.model.found == 130)
    assert page.count.text() == "130 messages found"
    heads = [str(page.model.index(i).data()) for i in range(page.model.rowCount()) if page.model.is_day(i)]
    assert heads == sorted(set(heads), reverse=True) and len(heads) > 2


def test_states_are_told_in_words(qtbot: QtBot, page: MessageSearchPage, program: SampleProgram) -> None:
    typed(qtbot, page, "?!")
    assert "Signs alone" in words_of(page)
    typed(qtbot, page, "helicopter")
    assert "Nothing found" in words_of(page) and page.count.text() == ""
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    assert page.search.hasFocus()  # there is no list to go to
    program.search_whole = False
    page.clear_button.click()
    assert page.search.hasFocus() and "Type words" in words_of(page)
    typed(qtbot, page, "crane " * 3 + "a b c d e f g h i j k l m")
    assert "Only the first 10 words count" in words_of(page) and "may be missing" in words_of(page)


def test_a_row_says_all_to_who_cannot_see_it(qtbot: QtBot, page: MessageSearchPage) -> None:
    typed(qtbot, page, "crane")
    said = [str(page.model.index(i).data(Qt.ItemDataRole.AccessibleTextRole)) for i in range(page.model.rowCount())]
    assert any(text.startswith("To Wilhelmina-Alexandrine") for text in said)
    assert any(NO_SUBJECT in text for text in said)
    assert all("the crane comes on Monday" in text for text in said if not text.isdigit())


def test_what_changes_is_looked_at_again_and_the_choice_stays(
    qtbot: QtBot, window: MainWindow, page: MessageSearchPage, program: SampleProgram
) -> None:
    typed(qtbot, page, "harness")
    QTest.keyClick(page.search, Qt.Key.Key_Down)
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    chosen = page.model.found_at(page.view.currentIndex())
    assert chosen is not None
    window.show_page("activity")
    program.messages.pop(0)
    program.announce(Area.MESSAGES)
    window.show_page("search")
    assert page.model.position_of(1_000) < 0
    assert page.model.found_at(page.view.currentIndex()) == chosen
    page._soon.setInterval(1)
    program.messages.pop(1)
    program.announce(Area.MESSAGES)
    qtbot.waitUntil(lambda: page.model.position_of(998) < 0)
    assert page.model.found_at(page.view.currentIndex()) == chosen


def test_a_search_of_contacts_that_finds_nobody_goes_on_in_messages(window: MainWindow) -> None:
    window.show_page("contacts")
    window.contacts.search.setText("harness")
    window.contacts.search.returnPressed.emit()
    window.contacts.messages_button.click()
    assert window.page() == "search" and window.search.search.text() == "harness"
    assert window.search.model.found == 50 and window.search.view.hasFocus()
    window.search.closed.emit()
    assert window.page() == "contacts"
