"""Passwords in a file that waits for its passphrase: it can be given later, and the window says why nothing is read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain.inboxes import InboxState
from app.domain.problems import Problem, ProblemCode
from app.ui.dialogs.passphrase_dialog import PassphraseDialog
from app.ui.dialogs.secret_words import for_window
from app.ui.inboxes.words import state_words
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from tests.ui.support.clipping import clipped
from tests.ui.support.sample_program import SampleProgram

LOCKED = Problem(ProblemCode.SECRETS_LOCKED, server_says="Give its passphrase (set HITCHPOST_PASSPHRASE …).")


@pytest.fixture
def program() -> SampleProgram:
    made = SampleProgram()
    made.secrets = "locked"
    for card in made.inboxes():
        made.set_state(card.id, InboxState.UNREACHABLE, LOCKED)
    return made


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made


def test_not_now_leaves_a_way_back(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    window.ask_passphrase()
    dialog = window.findChild(PassphraseDialog)
    assert dialog is not None
    dialog.reject()
    assert window.trouble.isVisible()
    assert window.trouble.title.text() == "Your passwords are locked"
    qtbot.waitUntil(lambda: window.findChild(PassphraseDialog) is None)
    qtbot.mouseClick(window.unlock_button, Qt.MouseButton.LeftButton)
    again = window.findChild(PassphraseDialog)
    assert again is not None
    qtbot.keyClicks(again.form.passphrase, "wrong")
    again.verb.click()
    assert "/home" not in again.form.first.error()
    qtbot.keyClicks(again.form.passphrase, "correct horse")
    again.verb.click()
    assert not window.trouble.isVisible()


def test_an_inbox_that_cannot_be_read_is_not_up_to_date(
    qtbot: QtBot, window: MainWindow, program: SampleProgram
) -> None:
    assert {state_words(card)[0] for card in program.inboxes() if card.state is not InboxState.DISABLED} == {
        "Passwords locked"
    }
    window.show_page("inboxes")
    view = window.inboxes.card(program.inboxes()[0].id)
    assert view is not None
    assert view.mend_button.text() == "Unlock…"
    assert clipped(view) == []
    qtbot.mouseClick(view.mend_button, Qt.MouseButton.LeftButton)
    assert window.findChild(PassphraseDialog) is not None


@pytest.mark.parametrize("kind", ["none", "checking", "keyring"])
def test_a_locked_keyring_can_be_asked_again_and_nothing_is_said_twice(
    qtbot: QtBot, window: MainWindow, program: SampleProgram, kind: str
) -> None:
    program.secrets = kind
    window.show_page("inboxes")
    view = window.inboxes.card(1)
    assert view is not None
    assert view.mend_button.isVisible() and view.mend_button.text() == "Unlock…"
    assert not view.sync_button.isVisible()
    assert view.trouble.text.text().count("by itself") == 1
    qtbot.mouseClick(view.mend_button, Qt.MouseButton.LeftButton)
    assert program.wished("sync_now") == [(1,)]  # then the keyring asks
    assert window.findChild(PassphraseDialog) is None


def test_the_card_asks_for_the_passphrase_as_soon_as_one_is_known_to_help(
    window: MainWindow, program: SampleProgram
) -> None:
    program.secrets = "checking"
    window.show_page("inboxes")
    view = window.inboxes.card(1)
    assert view is not None and view.trouble.title.text() != "Your passwords are locked"
    program.secrets = "locked"
    program.secrets_checked.emit()
    assert view.trouble.title.text() == "Your passwords are locked"


def test_the_bar_over_all_pages_unlocks_a_keyring_and_goes_when_it_is_open(
    qtbot: QtBot, window: MainWindow, program: SampleProgram
) -> None:
    program.secrets = "none"
    window.show_trouble("Passwords cannot be read", "The system keyring is locked. Unlock it, then try again.")
    assert window.unlock_button.isVisible()
    qtbot.mouseClick(window.unlock_button, Qt.MouseButton.LeftButton)
    assert (1,) in program.wished("sync_now")
    for card in program.inboxes():
        program.set_state(card.id, InboxState.CONNECTED)
    assert not window.trouble.isVisible()


def test_a_wrong_passphrase_can_be_given_anew(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    wrong = "The passphrase does not open /home/jonas/secrets.json. Try again."
    program.secrets, program.secrets_text = "none", wrong
    window.show_trouble("Passwords cannot be read", wrong)
    qtbot.mouseClick(window.unlock_button, Qt.MouseButton.LeftButton)
    assert window.findChild(PassphraseDialog) is not None


def test_without_a_keyring_there_is_nothing_to_unlock(window: MainWindow, program: SampleProgram) -> None:
    program.secrets = "none"
    told = "This computer has no keyring that can be used. Or do without: set HITCHPOST_PASSPHRASE to a passphrase."
    window.show_trouble("Passwords cannot be read", told)
    assert not window.unlock_button.isVisible()


def test_windows_do_not_speak_of_the_command_line(window: MainWindow) -> None:
    told = (
        "The passwords are in an encrypted file, /x. Give its passphrase (set HITCHPOST_PASSPHRASE on the command "
        "line). When the passphrase is lost, delete that file and connect the inboxes again: logged mail stays."
    )
    assert for_window(told) == "The passwords are in an encrypted file, /x."
    window.show_trouble("A message waits in the outbox", told)
    assert "HITCHPOST" not in window.trouble.text.text()
    assert window.unlock_button.isVisible()
    window.show_trouble("The disk is full", "Free some space.")
    assert not window.unlock_button.isVisible()
