"""The logging wizard over the stand-in: what a person presses, types and reads on its pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.domain.copied_mail import CopyKind
from app.domain.errors import NotAllowed
from app.domain.folders import LeftOut
from app.domain.inboxes import InboxId
from app.domain.logging_addresses import (
    FolderMissing,
    FolderThere,
    FolderUnasked,
    FolderUnfit,
    LoggingAddress,
    NotTold,
    Recognised,
    Way,
)
from app.domain.logging_rules import FolderRole
from app.domain.problems import Problem, ProblemCode
from app.ui.kit.theme import Theme
from app.ui.logging.flow import Step
from app.ui.logging.pages import PlacePage
from app.ui.logging.wizard import LoggingWizard
from tests.ui.support.keyboard import Keyboard
from tests.ui.support.sample_program import SampleProgram, folder

K = Qt.Key
Open = Callable[..., LoggingWizard]


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, program: SampleProgram) -> Open:
    program.logging = []

    def make(kind: CopyKind = CopyKind.BCC, known: LoggingAddress | None = None) -> LoggingWizard:
        made = LoggingWizard(theme, program, kind, None, known)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        with qtbot.waitActive(made):
            made.show()
            made.activateWindow()
        return made

    return make


def test_a_plus_address_by_keys_alone(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    keys = Keyboard(wizard)
    assert keys.focus is wizard.pages[Step.WAY].cards[Way.PLUS].radio
    keys.tour()
    keys.press(K.Key_Down)
    assert wizard.run.answers.way is Way.FOLDER
    keys.press(K.Key_Up)
    keys.press(K.Key_Return)
    assert wizard.step is Step.PLACE and keys.focus is wizard.pages[Step.PLACE].inbox
    keys.tour()
    keys.press(K.Key_Return)
    assert wizard.step is Step.TEST and wizard.run.answers.proved
    assert "came, and is recognised" in wizard.pages[Step.TEST].outcome.title.text()
    assert keys.focus is wizard.forward
    keys.press(K.Key_Return)
    assert wizard.step is Step.DONE and keys.focus is wizard.forward
    keys.tour()
    copy = wizard.pages[Step.DONE].copy
    copy.click()
    assert copy.text().endswith("Copied")
    assert QGuiApplication.clipboard().text() == program.logging[0].address
    keys.press(K.Key_Escape)
    assert not wizard.isVisible() and len(program.logging) == 1
    assert program.wished("add_logging_address") == [(CopyKind.BCC, Way.PLUS, InboxId(1), "", "")]


def test_the_focus_is_where_it_goes_on_after_a_test_that_took_its_time(opened: Open, program: SampleProgram) -> None:
    program.proofs = [None, None]
    wizard = opened()
    wizard.go_on()
    wizard.go_on()
    page, keys = wizard.pages[Step.TEST], Keyboard(wizard)
    assert keys.focus is page.stop_button
    program.prove_now(NotTold(program.logging[0], "INBOX"), "")
    assert keys.focus is page.again
    keys.press(K.Key_Return)
    assert keys.focus is page.stop_button
    program.prove_now(Recognised(program.logging[0], "the envelope"), "")
    assert keys.focus is wizard.forward
    keys.press(K.Key_Return)
    assert wizard.step is Step.DONE and len(program.logging) == 1


def test_what_is_left_is_taken_back(opened: Open, program: SampleProgram) -> None:
    program.proofs = [None]
    wizard = opened()
    wizard.go_on()
    wizard.go_on()
    assert wizard.step is Step.TEST and len(program.logging) == 1
    assert not wizard.forward.isEnabled() and not wizard.back.isEnabled()
    wizard.cancel.click()
    assert program.logging == [] and program.wished("cancel_proof") == [()]


def test_a_test_is_stopped_and_the_address_kept(opened: Open, program: SampleProgram) -> None:
    program.proofs = [None]
    wizard = opened()
    wizard.go_on()
    wizard.go_on()
    page = wizard.pages[Step.TEST]
    assert page.running.isVisible() and not page.outcome.isVisible()
    page.stop_button.click()
    assert page.outcome.title.text() == "The test was stopped" and not page.running.isVisible()
    assert wizard.forward.text() == "Keep it untested" and wizard.forward.isEnabled()
    program.prove_now(NotTold(program.logging[0], "INBOX"), "")  # what comes later counts for nothing here
    assert wizard.run.answers.proof is None
    wizard.go_on()
    assert wizard.step is Step.DONE
    wizard.forward.click()
    assert len(program.logging) == 1


def test_a_running_test_shows_its_steps_as_they_are_done(opened: Open, program: SampleProgram) -> None:
    program.proofs = [None, None]
    wizard = opened()
    wizard.go_on()
    wizard.go_on()
    page = wizard.pages[Step.TEST]
    said = ["Looking at jonas@example.org", "Sending a test message to jonas+log@example.com", "Waiting for it"]
    seen = [[step.accessibleName() for step in page.steps]]
    tell = program.prove_step
    for text in said:
        tell(text)
        seen.append([step.accessibleName() for step in page.steps])
    assert seen[0] == ["Connecting: running"] and seen[1] == [f"{said[0]}: running"]
    assert seen[3] == [f"{said[0]}: done", f"{said[1]}: done", f"{said[2]}: running"]
    assert all(step.isVisible() for step in page.steps)
    page.stop_button.click()
    page.again.click()
    tell("A step of the test that was stopped")
    assert [step.text for step in page.steps] == ["Connecting"] and page.running.isVisible()


def test_a_way_that_does_not_work_is_left_for_another(opened: Open, program: SampleProgram) -> None:
    program.cards[0] = type(program.cards[0])(
        **{**vars(program.cards[0]), "folders": (folder("INBOX", "inbox"), folder("Logged", "other"))}
    )
    wizard = opened()
    wizard.go_on()
    program.proofs = [NotTold(LoggingAddress(1, CopyKind.BCC, Way.PLUS, "x+log@example.com", InboxId(1)), "INBOX")]
    wizard.go_on()
    assert not wizard.forward.isEnabled() and "Go back" in wizard.pages[Step.TEST].hint.text()
    wizard.back.click()
    wizard.back.click()
    wizard.pages[Step.WAY].cards[Way.FOLDER].radio.setChecked(True)
    wizard.go_on()
    assert wizard.pages[Step.PLACE].folder.currentText() == "Logged"
    wizard.go_on()
    assert wizard.step is Step.SERVER and [a.way for a in program.logging] == [Way.FOLDER]
    wizard.go_on()
    assert wizard.step is Step.DONE  # nothing to send to: nothing to test
    wizard.forward.click()
    assert [a.folder for a in program.logging] == ["Logged"]


def to_folder(wizard: LoggingWizard, name: str) -> PlacePage:
    """Asks for a folder that is not in the list."""
    wizard.pages[Step.WAY].cards[Way.FOLDER].radio.setChecked(True)
    wizard.go_on()
    place = wizard.pages[Step.PLACE]
    place.folder.setCurrentIndex(place.folder.findData(""))
    type_in(wizard, place, name)
    return place


def type_in(wizard: LoggingWizard, place: PlacePage, name: str) -> None:
    place.other.setFocus()
    Keyboard(wizard).replace(name)


def test_a_folder_that_the_server_does_not_have_is_told_and_created(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    place = to_folder(wizard, "Logged mail")
    program.looks = [FolderMissing("Logged mail"), FolderThere("INBOX.Logged mail")]
    wizard.go_on()
    assert wizard.step is Step.PLACE and program.logging == []
    assert "has no folder “Logged mail” in jonas@example.org" in place.other_field.error()
    assert place.create_button.isVisible() and Keyboard(wizard).focus is place.create_button
    place.create_button.click()
    assert wizard.step is Step.SERVER and [a.folder for a in program.logging] == ["INBOX.Logged mail"]
    assert [w[1:] for w in program.wished("look_for_folder")] == [("Logged mail", False), ("Logged mail", True)]


def test_a_folder_that_cannot_serve_is_told_beside_its_field(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    place = to_folder(wizard, "Drafts")
    program.looks = [FolderUnfit("Drafts", LeftOut.DRAFTS), FolderUnfit("Sent", FolderRole.SENT), FolderMissing("Spam")]
    wizard.go_on()
    assert wizard.step is Step.PLACE and "it holds drafts" in place.other_field.error()
    assert not place.create_button.isVisible() and program.logging == []
    type_in(wizard, place, "Sent")
    wizard.go_on()
    assert wizard.step is Step.PLACE and "holds what you send" in place.other_field.error()
    type_in(wizard, place, "Spam")
    wizard.go_on()
    program.looks = [FolderUnfit("Spam", LeftOut.JUNK)]
    place.create_button.click()
    assert wizard.step is Step.PLACE and "it holds junk mail" in place.other_field.error()


def test_another_name_takes_the_fault_and_the_offer_away(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    place = to_folder(wizard, "logged")
    program.looks = [FolderMissing("logged", "Logged")]
    wizard.go_on()
    assert "one that is called “Logged”" in place.other_field.error() and not place.create_button.isVisible()
    type_in(wizard, place, "Logged")
    assert place.other_field.error() == ""
    program.looks = [FolderMissing("Logged")]
    wizard.go_on()
    assert place.create_button.isVisible()
    type_in(wizard, place, "Logged 2")
    assert not place.create_button.isVisible()
    wizard.go_on()
    assert wizard.step is Step.SERVER


def test_while_the_server_is_asked_one_waits_and_may_go_back(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    place = to_folder(wizard, "Logged")
    program.looks = [None]
    wizard.go_on()
    assert place.looking_row.isVisible() and "Logged" in place.looking_text.text() and not wizard.forward.isEnabled()
    late = program.looked_now
    wizard.back.click()
    assert wizard.step is Step.WAY and program.wished("cancel_look") and wizard.forward.isEnabled()
    late(FolderThere("Logged"), "")
    assert wizard.step is Step.WAY and program.logging == []
    wizard.go_on()
    assert not place.looking_row.isVisible()


def test_a_server_that_cannot_be_asked_keeps_nobody_from_going_on(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    place = to_folder(wizard, "Logged")
    program.looks = [FolderUnasked("Logged", None)]
    wizard.go_on()
    assert wizard.step is Step.PLACE and "could not be asked" in place.unasked.text.text()
    wizard.go_on()
    assert wizard.step is Step.SERVER and len(program.wished("look_for_folder")) == 1


def test_a_folder_that_cannot_be_created_is_told_beside_its_field(opened: Open, program: SampleProgram) -> None:
    wizard = opened()
    place = to_folder(wizard, "Logged")
    denied = Problem(ProblemCode.PROTOCOL_ERROR, "mail.example.org", 993, "NO [NOPERM] Permission denied")
    program.looks = [FolderMissing("Logged"), FolderUnasked("Logged", denied)]
    wizard.go_on()
    place.create_button.click()
    assert wizard.step is Step.PLACE and "“Logged” was not created" in place.other_field.error()
    assert not place.create_button.isVisible()


def test_what_is_not_complete_is_told_beside_its_field(opened: Open) -> None:
    wizard = opened()
    wizard.go_on()
    place = wizard.pages[Step.PLACE]
    place.own_radio.setChecked(True)
    keys = Keyboard(wizard)
    assert keys.focus is place.address
    keys.type("jonas@example.org")
    wizard.go_on()
    assert wizard.step is Step.PLACE and "own address" in place.address_field.error()
    assert place.address.accessibleDescription().startswith("Error: ")
    keys.replace("jonas+crm@example.org")
    assert place.address_field.error() == ""
    wizard.go_on()
    assert wizard.step is Step.TEST


def test_what_the_program_refuses_is_told(
    opened: Open, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_more: object) -> LoggingAddress:
        raise NotAllowed("jonas+crm@example.org serves already.")

    monkeypatch.setattr(program, "add_logging_address", refuse)
    wizard = opened()
    wizard.go_on()
    wizard.go_on()
    place = wizard.pages[Step.PLACE]
    assert wizard.step is Step.PLACE and place.refused.isVisible()
    assert "serves already" in place.refused.text.text()


def test_without_an_inbox_it_leads_to_one(opened: Open, program: SampleProgram, qtbot: QtBot) -> None:
    program.cards = []
    wizard = opened()
    assert not wizard.forward.isEnabled() and wizard.pages[Step.WAY].none.isVisible()
    with qtbot.waitSignal(wizard.connect_requested):
        wizard.pages[Step.WAY].connect_wished.emit()
    assert not wizard.isVisible()


def test_the_other_address_is_offered_at_the_end(opened: Open, program: SampleProgram, qtbot: QtBot) -> None:
    wizard = opened(CopyKind.FORWARD)
    wizard.go_on()
    wizard.go_on()
    wizard.go_on()
    assert "Set up the BCC address" in wizard.pages[Step.DONE].other.text()
    with qtbot.waitSignal(wizard.other_requested) as told:
        wizard.pages[Step.DONE].other.click()
    assert told.args == [CopyKind.BCC] and len(program.logging) == 1


def test_a_known_address_is_tested_and_never_taken_back(opened: Open, program: SampleProgram) -> None:
    known = LoggingAddress(9, CopyKind.BCC, Way.PLUS, "jonas+log-x@example.com", InboxId(1))
    program.logging = [known]
    program.proofs = [NotTold(known, "INBOX")]
    wizard = opened(known=known)
    assert wizard.step is Step.TEST and not wizard.back.isVisible()
    wizard.reject()
    assert program.logging == [known]
