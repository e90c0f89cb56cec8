"""Why a message is here or not, on the screen: the steps, the ways on, and the field that asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import UsageError
from app.domain.trace import Mark, Trace, TraceStep
from app.ui.dialogs.choices import ChoiceList
from app.ui.dialogs.move_view import FIRST, STAYS
from app.ui.dialogs.why_dialog import WhyDialog
from app.ui.kit.labels import Prose, breakable
from app.ui.kit.theme import Theme
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme, program: SampleProgram) -> Iterator[WhyDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    made = WhyDialog(theme, program, window, "<answer@example.org>")
    made.open()
    yield made


def test_steps_and_verdict_are_told(dialog: WhyDialog, program: SampleProgram) -> None:
    assert program.wished("explain") == [("<answer@example.org>", True)]
    assert dialog.verdict.text() == "It is here because it answers a message that is known here."
    steps = dialog._card.findChildren(Prose)
    assert [s.accessibleName().split(":")[0] for s in steps] == ["Speaks for it", "Speaks for it", "Note"]
    assert dialog.move_button.isVisible() and dialog.split_button.isVisible()
    assert not dialog.undo_button.isVisible() and not dialog.field.isVisible()


def test_a_message_is_split_off(qtbot: QtBot, dialog: WhyDialog, program: SampleProgram) -> None:
    qtbot.mouseClick(dialog.split_button, Qt.MouseButton.LeftButton)
    assert program.wished("split_message") == [(1,)]
    assert len(program.wished("explain")) == 2  # and told anew


def test_what_stands_alone_is_not_split_off(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    program.trace = Trace("", "It stands alone because you split it off.", (), 1, 1, True, can_split=False)
    made = WhyDialog(theme, program, None, "<a@example.com>")
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(made.move_button.isVisible)
    assert made.move_button.isEnabled() and not made.split_button.isEnabled() and made.split_button.toolTip()


def test_a_message_is_moved_to_a_contact(qtbot: QtBot, dialog: WhyDialog, program: SampleProgram) -> None:
    qtbot.mouseClick(dialog.move_button, Qt.MouseButton.LeftButton)
    view = dialog.move_view
    assert view.isVisible() and view.search.hasFocus()
    assert view.people.chosen() is None and not view.move_button.isEnabled()
    assert view._hint.isVisible() and view._hint.text() == FIRST
    view.people.setCurrentRow(1)
    (stays,) = view.threads.choices()  # nobody wrote with this one yet
    assert stays.first == STAYS
    view.threads.setCurrentRow(0)
    qtbot.mouseClick(view.move_button, Qt.MouseButton.LeftButton)
    assert program.wished("move_message") == [(1, None, (program.contacts()[1].id,))]
    assert not view.isVisible()


def test_person_and_conversation_are_chosen_with_the_mouse(
    qtbot: QtBot, dialog: WhyDialog, program: SampleProgram
) -> None:
    qtbot.mouseClick(dialog.move_button, Qt.MouseButton.LeftButton)
    view = dialog.move_view

    def click(choices: ChoiceList, row: int) -> None:
        place = choices.visualItemRect(choices.item(row)).center()
        qtbot.mouseClick(choices.viewport(), Qt.MouseButton.LeftButton, pos=place)

    click(view.people, 1)
    assert [c.first for c in view.threads.choices()] == [STAYS]
    assert view.threads.isVisible() and not view.move_button.isEnabled()
    click(view.threads, 0)
    assert view.move_button.isEnabled()
    click(view.people, 0)  # another one: his conversations, none chosen
    assert [c.first for c in view.threads.choices()] != [STAYS] and not view.move_button.isEnabled()
    click(view.people, 1)
    click(view.threads, 0)
    qtbot.mouseClick(view.move_button, Qt.MouseButton.LeftButton)
    assert program.wished("move_message") == [(1, None, (program.contacts()[1].id,))]


def test_a_message_is_moved_into_another_conversation(qtbot: QtBot, dialog: WhyDialog, program: SampleProgram) -> None:
    dialog.trace = replace(dialog.trace, message_pk=3)
    qtbot.mouseClick(dialog.move_button, Qt.MouseButton.LeftButton)
    view = dialog.move_view
    qtbot.keyClicks(view.search, "karin")
    qtbot.keyClick(view.search, Qt.Key.Key_Return)
    karin = view.people.chosen()
    assert karin is not None and karin.first == "Karin Lindqvist" and karin.right == "It is here"
    shown = view.threads.choices()
    assert [c.first for c in shown] == [
        "Loading hours",
        "Invitation: spring roadmap briefing",
        "Notes from our call",
        "Parking at the depot",
        "Out of office",
    ]  # a conversation each, and not its own: “Revised quote for the Gothenburg depot”
    assert shown[1].second == "1 message · p.nowak@example.org, Karin Lindqvist" and shown[1].right
    assert not view.move_button.isEnabled()
    qtbot.keyClicks(view.subject, "call")
    qtbot.waitUntil(lambda: [c.first for c in view.threads.choices()] == ["Notes from our call"])
    view.threads.setCurrentRow(0)
    qtbot.mouseClick(view.move_button, Qt.MouseButton.LeftButton)
    assert program.wished("move_message") == [(3, 1, (1,))]


def test_no_row_of_the_choice_is_clipped(qtbot: QtBot, dialog: WhyDialog, program: SampleProgram) -> None:
    qtbot.mouseClick(dialog.move_button, Qt.MouseButton.LeftButton)
    view = dialog.move_view
    view.people.setCurrentRow(0)
    for shown in (view.people, view.threads):
        first = shown.visualItemRect(shown.item(0))
        assert shown.viewport().rect().contains(first)
        assert first.height() >= dialog.theme.line("body") + dialog.theme.line("small")


def test_what_cannot_be_done_is_said(
    qtbot: QtBot, dialog: WhyDialog, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_pk: int) -> None:
        raise UsageError("The message begins a thread of its own already.")

    monkeypatch.setattr(program, "split_message", refuse)
    qtbot.mouseClick(dialog.split_button, Qt.MouseButton.LeftButton)
    assert dialog.trouble.text() == "The message begins a thread of its own already."
    assert dialog.trouble.isVisible()


def test_an_address_is_asked_for(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = WhyDialog(theme, program, window)
    dialog.open()
    assert not dialog.move_button.isVisible()
    dialog.field.setText(" karin@example.org ")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert program.wished("explain") == [("karin@example.org", True)]
    with qtbot.waitSignal(dialog.message_requested) as asked:
        qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert asked.args == [1]


def test_what_was_found_stands_over_what_is_said_of_it(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    steps = (
        TraceStep(Mark.NOTE, "“Offer” in INBOX of jonas@example.org:"),
        TraceStep(Mark.NO, f"Its In-Reply-To names {'x' * 200}@example.com, which is not known here."),
    )
    program.trace = Trace("", "It is not here because it answers no message that is known here.", steps)
    window = QWidget()
    qtbot.addWidget(window)
    dialog = WhyDialog(theme, program, window, "<x@example.org>")
    dialog.open()
    head, step = dialog._card.findChildren(Prose)
    assert head.plain_text() == "“Offer” in INBOX of jonas@example.org"
    assert head.font().weight() > step.font().weight()
    assert step.accessibleName().startswith("Speaks against it: Its In-Reply-To names xxx")
    qtbot.waitUntil(lambda: step.width() > 100)
    assert step.heightForWidth(step.width()) >= 4 * step.fontMetrics().height()  # nothing is beyond the edge


def test_an_id_is_asked_for_as_it_was_copied(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = WhyDialog(theme, program, window)
    dialog.open()
    dialog.field.setText(breakable(f"{'x' * 200}@example.com"))
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert program.wished("explain") == [(f"{'x' * 200}@example.com", True)]


def test_an_answer_after_closing_is_dropped(
    qtbot: QtBot, theme: Theme, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = []
    monkeypatch.setattr(program, "explain", lambda asked, then, look=True: waiting.append(then))
    window = QWidget()
    qtbot.addWidget(window)
    dialog = WhyDialog(theme, program, window, "<x@example.org>")
    dialog.open()
    with qtbot.waitSignal(dialog.destroyed):
        dialog.reject()
    waiting[0](None, "too late")


def test_what_is_neither_an_address_nor_an_id_is_said_to_be_so(
    qtbot: QtBot, theme: Theme, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    neither = "“sdfgh jkl” is neither an address, such as ann@example.com, nor the id of a message."
    monkeypatch.setattr(program, "explain", lambda asked, then, look=True: then(None, neither))
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    dialog = WhyDialog(theme, program, window)
    dialog.open()
    qtbot.mouseClick(dialog.ask_button, Qt.MouseButton.LeftButton)
    assert dialog.trouble.text() == "Enter an address or a Message-ID first."
    dialog.field.setText("sdfgh jkl")
    qtbot.mouseClick(dialog.ask_button, Qt.MouseButton.LeftButton)
    assert dialog.trouble.isVisible() and dialog.trouble.text() == neither
    assert dialog.verdict.text() == ""
    assert dialog.field.selectedText() == "sdfgh jkl"
    assert dialog.ask_button.isEnabled()
