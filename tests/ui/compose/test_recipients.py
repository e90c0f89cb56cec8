"""Chips, typing, completion and pasting in a row of recipients."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from app.domain.addresses import Address
from app.ui.compose.recipients import RecipientChip, RecipientField, parse_typed
from app.ui.kit.layout import column
from tests.ui.compose.stand_in import ANDERS, KARIN, LONG


@pytest.fixture
def field(qtbot, theme, program) -> RecipientField:
    window = QWidget()
    made = RecipientField(theme, "To", lambda text: program.contacts(text, limit=8))
    other = QLineEdit()
    window.setLayout(column(made, other, None))
    window.resize(600, 300)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    made.edit.setFocus()
    made.window_kept = window  # type: ignore[attr-defined]
    return made


def chips(field: RecipientField) -> list[RecipientChip]:
    return [c for c in field.findChildren(RecipientChip) if not c.isHidden()]


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("karin@example.com", ["karin@example.com"]),
        ("Karin Lindqvist <karin@example.com>; anders@example.com", ["karin@example.com", "anders@example.com"]),
        ("a@example.com\nb@example.com,\n c@example.org", ["a@example.com", "b@example.com", "c@example.org"]),
        ("a@example.com b@example.com", ["a@example.com", "b@example.com"]),
        ('"Berg, Anders" <anders@example.com>, karin@example.com', ["anders@example.com", "karin@example.com"]),
        ("bob", ["bob"]),
        ("", []),
    ],
)
def test_lists_as_people_paste_them(text, specs):
    assert [a.addr_spec for a in parse_typed(text)] == specs


def test_typing_an_address_and_a_comma(qtbot, field):
    with qtbot.waitSignal(field.changed):
        qtbot.keyClicks(field.edit, "new@example.net,")
    assert field.addresses() == (Address("new@example.net"),)
    assert field.edit.text() == ""


def test_a_comma_in_a_name_waits_for_the_address(qtbot, field):
    qtbot.keyClicks(field.edit, "Berg, Anders <anders@example.com>,")
    assert field.addresses() == (Address("anders@example.com", "Berg, Anders"),)


def test_enter_takes_the_first_suggestion(qtbot, field):
    qtbot.keyClicks(field.edit, "kar")
    assert field._popup.isVisible()
    qtbot.keyClick(field._popup, Qt.Key.Key_Return)
    assert field.addresses() == (KARIN,)
    assert field.edit.text() == ""


def test_a_complete_address_is_taken_as_typed(qtbot, field):
    qtbot.keyClicks(field.edit, "karin@example.net")
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert field.addresses() == (Address("karin@example.net"),)


def test_what_is_not_complete_is_marked_and_can_be_mended(qtbot, field):
    qtbot.keyClicks(field.edit, "karin@example")
    qtbot.keyClick(field.edit, Qt.Key.Key_Tab)
    assert field.incomplete() == ("karin@example",)
    chip = chips(field)[0]
    assert "not complete" in chip.accessibleName()
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key.Key_Return)
    assert field.edit.text() == "karin@example"
    field.edit.end(False)
    qtbot.keyClicks(field.edit, ".com")
    qtbot.keyClick(field.edit, Qt.Key.Key_Return)
    assert field.incomplete() == ()
    assert field.addresses() == (Address("karin@example.com"),)


def test_leaving_the_field_takes_what_stands_there(qtbot, field):
    qtbot.keyClicks(field.edit, "new@example.net")
    field.window_kept.findChildren(QLineEdit)[-1].setFocus()
    assert field.addresses() == (Address("new@example.net"),)


def test_a_pasted_list_becomes_chips(qtbot, field):
    QGuiApplication.clipboard().setText("Karin Lindqvist <karin.lindqvist@example.com>\nanders.berg@example.com")
    qtbot.keyClick(field.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [a.addr_spec for a in field.addresses()] == ["karin.lindqvist@example.com", "anders.berg@example.com"]


def test_keys_walk_over_chips_and_remove_them(qtbot, field):
    field.add_addresses([KARIN, ANDERS])
    qtbot.keyClick(field.edit, Qt.Key.Key_Left)
    assert chips(field)[1].hasFocus()
    qtbot.keyClick(chips(field)[1], Qt.Key.Key_Left)
    assert chips(field)[0].hasFocus()
    qtbot.keyClick(chips(field)[0], Qt.Key.Key_Delete)
    assert field.addresses() == (ANDERS,)
    assert field.edit.hasFocus()
    qtbot.keyClick(field.edit, Qt.Key.Key_Backspace)
    assert field.addresses() == ()


def test_nobody_is_there_twice(field):
    field.add_addresses([KARIN, Address("Karin.Lindqvist@Example.com")])
    assert field.addresses() == (KARIN,)


def test_long_names_are_elided_and_rows_wrap_inside_the_field(qtbot, field):
    field.add_addresses([LONG, KARIN, ANDERS, *(Address(f"person{i}@example.com") for i in range(12))])
    qtbot.wait(10)
    for chip in chips(field):
        assert chip.geometry().right() <= field.width()
        assert chip.geometry().bottom() <= field.height()
    assert field.edit.geometry().right() <= field.width()
    assert chips(field)[0].toolTip() == LONG.addr_spec
