"""The From list: inboxes with their aliases, who answers, an alias that is gone, and Refresh aliases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.domain.addresses import Address
from app.domain.changes import Area, Change
from app.domain.inboxes import InboxId
from app.domain.senders import Sender
from app.ui.compose.compose_page import ComposePage
from tests.ui.compose.stand_in import KARIN, ME, ComposeProgram, received

SALES = Sender(InboxId(1), Address("sales@example.com", "Northlight sales"), ME.addr_spec, True, True)
OWN = Sender(InboxId(1), ME, ME.addr_spec, False, True)
LONG = Sender(
    InboxId(1),
    Address(
        "press@example.com", "Press office of the Northlight Cargo and Forwarding Company for the Nordic countries"
    ),
    ME.addr_spec,
    True,
    True,
)


@pytest.fixture
def gmail(page: ComposePage, program: ComposeProgram) -> ComposePage:
    """Gmail has an alias as its first choice; a second inbox has none."""
    program.sender_list = (SALES, OWN, LONG, program.sender_list[1])
    program.changed.emit(Change(frozenset({Area.INBOXES})))
    page.start()
    return page


def test_gmails_first_choice_is_chosen_and_goes_into_the_draft(
    gmail: ComposePage, program: ComposeProgram, qtbot
) -> None:
    head = gmail.writing.head
    assert head.sender_chosen() == SALES
    assert head.from_box.currentText() == "Northlight sales <sales@example.com> · alias of jonas@example.org"
    head.to.add_addresses([KARIN])
    head.subject.setText("Quote")
    gmail.writing.editor.setPlainText("Hi")
    with qtbot.waitSignal(gmail.sent) as told:
        gmail.send()
    draft = program.kept[told.args[0]].draft
    assert (draft.inbox_id, draft.sender) == (1, SALES.address)


def test_nothing_is_elided_while_there_is_room(gmail: ComposePage, program: ComposeProgram, qtbot) -> None:
    gmail.resize(1200, 700)
    gmail.show()
    box = gmail.writing.head.from_box
    other = program.sender_list[-1]
    gina = Sender(InboxId(1), Address("sales@example.com", "Gina at Sales Desk"), ME.addr_spec, True, True)
    for name in ("Gina", "Gina at Sales", "Gina at the Sales Desk in Oslo"):
        longer = replace(gina, address=Address("sales@example.com", name))
        box.set_senders((longer, other))
        box.setCurrentIndex(0)
        QApplication.processEvents()
        whole = f"{name} <sales@example.com> · alias of jonas@example.org"
        assert box.itemText(0) == whole
        assert box.fitting_now() == whole, name


def test_the_inboxs_own_address_is_no_alias(gmail: ComposePage) -> None:
    gmail.writing.head.from_box.setCurrentIndex(1)
    draft = gmail.draft()
    assert draft is not None
    assert (draft.inbox_id, draft.sender) == (1, None)


def test_a_draft_keeps_its_sender(gmail: ComposePage, program: ComposeProgram) -> None:
    head = gmail.writing.head
    head.from_box.setCurrentIndex(2)
    head.to.add_addresses([KARIN])
    assert gmail.save()
    (kept,) = program.kept
    gmail.start_another()
    assert head.sender_chosen() == SALES
    gmail.start(outbox_id=kept)
    assert head.sender_chosen() == LONG


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"to": (Address("SALES@example.com"),)}, SALES),
        ({"to": (KARIN,), "cc": (LONG.address,)}, LONG),
        ({"to": (Address("undisclosed@example.com"),)}, OWN),
        ({"direction": "sent", "sender": LONG.address, "to": (KARIN,)}, LONG),
    ],
)
def test_an_answer_comes_from_where_the_message_went(
    gmail: ComposePage, more: dict[str, object], expected: Sender
) -> None:
    gmail.start(parent=received(**more))
    assert gmail.writing.head.sender_chosen() == expected
    assert expected.address not in gmail.writing.head.recipients()
    assert gmail.writing.notes.apart.isHidden()


def test_an_alias_that_is_gone_is_said_and_not_replaced(gmail: ComposePage, program: ComposeProgram) -> None:
    head = gmail.writing.head
    program.sender_list = (OWN, program.sender_list[3])
    program.changed.emit(Change(frozenset({Area.INBOXES})))
    assert "may no longer send as sales@example.com" in head.from_row.error()
    draft = gmail.draft()
    assert draft is not None
    assert draft.sender == SALES.address
    head.from_box.setCurrentIndex(0)
    assert not head.from_row.error()
    assert gmail.draft().sender is None


def test_refresh_brings_what_is_new(gmail: ComposePage, program: ComposeProgram, qtbot) -> None:
    head = gmail.writing.head
    new = replace(SALES, address=Address("new@example.com", "New"))
    program.aliases_found = (SALES, OWN, new)
    head.refresh.click()
    assert program.wishes[-1] == ("refresh_aliases", 1)
    assert not head.refresh.isEnabled()
    program.answer_refresh(InboxId(1))
    assert head.refresh.isEnabled()
    assert [head.from_box.itemText(i) for i in range(3)][2].startswith("New <new@example.com>")
    assert head.sender_chosen() == SALES
    program.aliases_found = "Google lets no list out. Switch the Gmail API on."
    head.refresh.click()
    program.answer_refresh(InboxId(1))
    assert not gmail.writing.notes.trouble.isHidden()
    assert head.sender_chosen() == SALES
    head.from_box.setCurrentIndex(3)  # no Gmail
    assert head.refresh.isHidden()


@pytest.mark.parametrize("width", [200, 320, 560])
def test_long_names_give_way_to_the_address(gmail: ComposePage, width: int) -> None:
    box = gmail.writing.head.from_box
    box.setCurrentIndex(2)
    text = box._fitting(LONG, width)
    assert "<press@example.com>" in text or text.startswith("press@example.com")
    assert box.fontMetrics().horizontalAdvance(text) <= width
    assert str(LONG.address) in box.toolTip()
    assert "press@example.com" in box.currentText()


def test_by_the_keyboard(gmail: ComposePage, qtbot) -> None:
    head = gmail.writing.head
    head.from_box.setFocus()
    qtbot.keyClick(head.from_box, Qt.Key.Key_Down)
    assert head.sender_chosen() == OWN
    qtbot.keyClick(head.from_box, Qt.Key.Key_Tab)
    assert head.refresh.hasFocus()
    qtbot.keyClick(head.refresh, Qt.Key.Key_Tab)
    assert head.to.edit.hasFocus()
