"""The Address page where the address itself is the trouble: mistyped, impossible, or connected already."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.domain.detection import Nothing, NothingFound
from app.domain.inboxes import InboxState
from app.ui.wizard.flow import Page
from tests.ui.wizard.stand_in import WizardProgram, card


def at_address(qtbot, opened, program: WizardProgram, text: str):
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    qtbot.keyClicks(page.edit, text)
    return wizard, page


@pytest.mark.parametrize("found", ["servers", "nothing"])
def test_a_mistyped_domain_is_asked_about_also_where_it_exists(qtbot, opened, found):
    program = WizardProgram()
    if found == "nothing":
        program.detected["jonas@gmial.com"] = NothingFound("jonas@gmial.com", Nothing.NO_SUCH_DOMAIN)
    wizard, page = at_address(qtbot, opened, program, "jonas@gmial.com")
    assert page.meant.isVisible()
    assert page.meant.text() == "Did you mean jonas@gmail.com?"
    assert wizard.forward.isEnabled()  # it is a question, not a rule
    qtbot.mouseClick(page.meant, Qt.MouseButton.LeftButton)
    assert page.edit.text() == "jonas@gmail.com"
    assert wizard.session.address == "jonas@gmail.com"
    assert not page.meant.isVisible()
    assert page.edit.hasFocus()


def test_no_question_about_other_domains(qtbot, opened):
    _, page = at_address(qtbot, opened, WizardProgram(), "jonas@example.org")
    assert not page.meant.isVisible()


@pytest.mark.parametrize("text", ["ada@@example.org", "ada@exa mple.org", "ada lind@example.org"])
def test_what_can_never_become_an_address_is_told_while_typing(qtbot, opened, text):
    wizard, page = at_address(qtbot, opened, WizardProgram(), text)
    assert page.edit.hasFocus()
    assert "no spaces in it, and one @" in page.field.error()
    assert not wizard.forward.isEnabled()
    page.edit.selectAll()
    qtbot.keyClicks(page.edit, "ada@example.org")
    assert page.field.error() == ""
    assert wizard.forward.isEnabled()


def test_nothing_is_told_of_an_address_that_is_not_complete_yet(qtbot, opened):
    _, page = at_address(qtbot, opened, WizardProgram(), "ada@exam")
    assert page.field.error() == ""


def test_an_inbox_that_is_connected_already_is_reconnected_from_here(qtbot, opened):
    wizard, page = at_address(qtbot, opened, WizardProgram(cards=(card("taken@example.org"),)), "Taken@example.org")
    assert page.notice.title.text() == "taken@example.org is connected already"
    assert page.reconnect.isVisible()
    assert not wizard.forward.isEnabled()
    with qtbot.waitSignal(wizard.another_requested) as told:
        qtbot.mouseClick(page.reconnect, Qt.MouseButton.LeftButton)
    assert told.args == ["taken@example.org"]
    assert not wizard.isVisible()


def test_a_disabled_one_is_enabled_under_inboxes(qtbot, opened):
    taken = card("taken@example.org", InboxState.DISABLED)
    _, page = at_address(qtbot, opened, WizardProgram(cards=(taken,)), "taken@example.org")
    assert not page.reconnect.isVisible()
    assert "enable it under Inboxes" in page.notice.text.text()
