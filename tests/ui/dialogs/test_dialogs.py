"""The passphrase is asked for and the question is put as their buttons say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.dialogs.passphrase_dialog import PassphraseDialog
from app.ui.kit.dialog import Dialog
from app.ui.kit.widgets import label
from tests.ui.support.clipping import clipped


class Unlocker:
    def __init__(self, right: str) -> None:
        self.right = right
        self.asked: list[tuple[str, bool]] = []

    def unlock_secrets(self, passphrase: str, create: bool) -> str:
        self.asked.append((passphrase, create))
        return "" if create or passphrase == self.right else "The passphrase does not open the file."


@pytest.fixture
def window(qtbot) -> QWidget:
    made = QWidget()
    made.resize(800, 600)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made


def test_a_wrong_passphrase_stays_and_says_so(qtbot, theme, window):
    program = Unlocker("correct horse")
    dialog = PassphraseDialog(theme, program, window)
    dialog.open()
    assert not dialog.verb.isEnabled()
    qtbot.keyClicks(dialog.form.passphrase, "wrong")
    qtbot.keyClick(dialog.form.passphrase, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert dialog.form.first.error() == "This is not the passphrase. Try again."
    qtbot.keyClicks(dialog.form.passphrase, "correct horse")  # over what is selected
    with qtbot.waitSignals([dialog.unlocked, dialog.accepted]):
        qtbot.keyClick(dialog.form.passphrase, Qt.Key.Key_Return)
    assert program.asked == [("wrong", False), ("correct horse", False)]


def test_a_new_passphrase_is_typed_twice(qtbot, theme, window):
    program = Unlocker("")
    dialog = PassphraseDialog(theme, program, window, create=True)
    dialog.open()
    dialog.activateWindow()  # no window manager does it here
    qtbot.waitUntil(dialog.form.passphrase.hasFocus)
    qtbot.keyClicks(dialog.form.passphrase, "short")
    qtbot.keyClick(dialog.form.passphrase, Qt.Key.Key_Tab)
    assert "shorter" in dialog.form.first.error()
    qtbot.keyClicks(dialog.form.passphrase, " but longer now")
    qtbot.keyClicks(dialog.form.repeated, "short but longer now")
    assert dialog.verb.isEnabled()
    with qtbot.waitSignal(dialog.unlocked):
        dialog.verb.click()
    assert program.asked == [("short but longer now", True)]


def test_enter_does_not_do_what_cannot_be_undone(qtbot, theme, window):
    dialog = ConfirmDialog(theme, "Discard this draft?", "What you wrote is lost.", "Discard", window, danger=True)
    dialog.open()
    with qtbot.assertNotEmitted(dialog.finished):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


@pytest.mark.parametrize("enabled", [True, False])
def test_enter_presses_the_primary_button_or_does_nothing(qtbot, theme, window, enabled):
    dialog = Dialog(theme, "Import people.csv", "", window)
    pressed, verb = [], dialog.set_verb("Import")
    verb.clicked.connect(lambda: pressed.append("Import"))
    verb.setEnabled(enabled)
    dialog.add(label(theme, "Nothing to type"))
    dialog.open()
    with qtbot.assertNotEmitted(dialog.finished):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert pressed == (["Import"] if enabled else [])


def test_what_is_typed_first_has_the_focus_and_the_foot_is_visited_last(qtbot, theme, window):
    dialog = Dialog(theme, "Import people.csv", "", window)
    first, second, verb = QLineEdit(), QLineEdit(), dialog.set_verb("Import")
    dialog.add(first)
    dialog.add(second)
    with qtbot.waitActive(dialog):
        dialog.open()
    seen = []
    for _ in range(4):
        seen.append(dialog.focusWidget())
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert seen == [first, second, dialog.cancel, verb]


def test_the_verb_accepts(qtbot, theme, window):
    dialog = ConfirmDialog(theme, "Send it again?", "It may arrive twice.", "Send again", window, keep="Leave it")
    dialog.open()
    assert dialog.cancel.text() == "Leave it"
    with qtbot.waitSignal(dialog.accepted):
        dialog.verb.click()


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_presses_the_button_that_has_the_focus(qtbot, theme, window, key):
    dialog = ConfirmDialog(theme, "Remove it?", "It is gone then.", "Remove", window, danger=True)
    dialog.open()
    dialog.activateWindow()
    dialog.verb.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(dialog.verb.hasFocus)
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.verb, key)
    other = ConfirmDialog(theme, "Quit?", "Nothing is lost.", "Quit", window)
    other.open()
    other.activateWindow()
    other.cancel.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(other.rejected):
        qtbot.keyClick(other.cancel, key)


def test_a_wrong_passphrase_is_read_in_whole(qtbot, theme, window):
    program = Unlocker("correct horse")
    dialog = PassphraseDialog(theme, program, window, why="The inboxes are not synced until it is open.")
    dialog.open()
    before = dialog.height()
    qtbot.keyClicks(dialog.form.passphrase, "wrong")
    qtbot.keyClick(dialog.form.passphrase, Qt.Key.Key_Return)
    qtbot.wait(20)
    assert dialog.height() > before
    assert clipped(dialog) == []
