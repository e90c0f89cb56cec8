"""Inbox cards in all their states, what their buttons wish, and the ledger of what was read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import SecretError
from app.domain.inboxes import InboxState
from app.domain.problems import Problem, ProblemCode
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.inboxes import words
from app.ui.inboxes.card import InboxCardView
from app.ui.inboxes.ledger import LedgerDialog
from app.ui.inboxes.page import InboxesPage
from app.ui.kit.theme import Theme
from tests.ui.support.sample_program import SampleProgram, folder


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> InboxesPage:
    made = InboxesPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 740)
    made.show()
    return made


def card(page: InboxesPage, inbox_id: int) -> InboxCardView:
    found = page.card(inbox_id)
    assert found is not None
    return found


def said(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def choose(card_view: InboxCardView, text: str) -> None:
    card_view._fill_menu()
    action = next(a for a in card_view._menu.actions() if a.text() == text)
    action.trigger()


def test_every_state_has_words() -> None:
    assert set(words.STATES) == set(InboxState)


def test_numbers_are_shown(page: InboxesPage) -> None:
    text = said(card(page, 1))
    for part in ("48,204", "212", "2 min ago", "Inbox, Sent", "IMAP · Personal"):
        assert part in text
    assert card(page, 1).chip.text() == "Up to date"


def test_trouble_comes_with_its_remedy(qtbot: QtBot, page: InboxesPage) -> None:
    lost = card(page, 2)
    assert lost.trouble.isVisible()
    assert "Nothing is lost" in lost.trouble.text.text()
    assert not lost.sync_button.isVisible()
    with qtbot.waitSignal(page.connect_requested) as asked:
        qtbot.mouseClick(lost.mend_button, Qt.MouseButton.LeftButton)
    assert asked.args == ["jonas.ahl@example.com"]


def test_what_mends_itself_offers_no_reconnect(page: InboxesPage) -> None:
    away = card(page, 5)
    assert away.trouble.isVisible()
    assert not away.mend_button.isVisible()
    assert away.sync_button.isVisible()
    assert "tried again by itself" in away.trouble.text.text()


def test_first_look_shows_its_progress(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 3)
    bar = view.findChild(QProgressBar)
    assert (bar.value(), bar.maximum()) == (13_280, 31_800)
    assert view.chip.text() == "First look, 41%"
    assert "13,280 of 31,800" in said(view)
    done = (folder("INBOX", "inbox", first_look_total=31_000, first_look_at=31_000),)
    program.cards[2] = replace(program.cards[2], folders=done, state=InboxState.CONNECTED, last_sync_at=program.now)
    program.inbox_state_changed.emit(3)
    qtbot.waitUntil(lambda: not bar.isVisible())
    assert view.chip.text() == "Up to date"


def test_a_first_look_of_unknown_size(page: InboxesPage, program: SampleProgram) -> None:
    program.cards[2] = replace(program.cards[2], folders=())
    page.refresh()
    view = card(page, 3)
    assert view.findChild(QProgressBar).maximum() == 0
    assert "finding folders" in said(view)


def test_sync_now_is_busy_until_something_came(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    qtbot.mouseClick(view.sync_button, Qt.MouseButton.LeftButton)
    assert program.wished("sync_now") == [(1,)]
    assert not view.sync_button.isEnabled()
    assert view.sync_button.text() == "Syncing…"
    program.cards[0] = replace(program.cards[0], last_sync_at=program.now + timedelta(seconds=1))
    program.inbox_state_changed.emit(1)
    qtbot.waitUntil(view.sync_button.isEnabled)
    assert view.sync_button.text() == "Sync now"


def test_disable_and_enable(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    view = card(page, 1)
    choose(view, "Disable")
    qtbot.waitUntil(lambda: view.chip.text() == "Disabled")
    assert view.mend_button.text() == "Enable"
    qtbot.mouseClick(view.mend_button, Qt.MouseButton.LeftButton)
    assert program.wished("enable") == [(1,)]


def test_remove_asks_first(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    choose(card(page, 1), "Remove…")
    dialog = page.findChild(ConfirmDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Return)  # Enter keeps things as they are
    assert program.wished("remove") == []
    choose(card(page, 1), "Remove…")
    dialog = page.findChildren(ConfirmDialog)[-1]
    dialog.verb.click()
    assert program.wished("remove") == [(1,)]
    qtbot.waitUntil(lambda: page.card(1) is None)
    assert page.card(2) is not None


def test_a_removal_that_fails_is_told(
    qtbot: QtBot, page: InboxesPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_inbox: int) -> None:
        raise SecretError("The keyring is locked. Unlock it, then remove the inbox.")

    monkeypatch.setattr(program, "remove", refuse)
    choose(card(page, 1), "Remove…")
    with qtbot.waitSignal(program.failed) as told:
        page.findChild(ConfirmDialog).verb.click()
    assert "Unlock it" in told.args[1]
    assert page.card(1) is not None


def test_a_lost_inbox_is_seen_at_once(qtbot: QtBot, page: InboxesPage, program: SampleProgram) -> None:
    program.set_state(1, InboxState.CERTIFICATE, Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.org", 993))
    qtbot.waitUntil(lambda: card(page, 1).chip.text() == "Certificate changed")
    assert card(page, 1).trouble.property("box") == "bad"


def test_without_inboxes_one_is_offered(qtbot: QtBot, theme: Theme, empty_program: SampleProgram) -> None:
    page = InboxesPage(theme, empty_program)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.connect_requested) as asked:
        qtbot.mouseClick(page.empty_connect, Qt.MouseButton.LeftButton)
    assert asked.args == [""]
    assert not page.connect_button.isVisible()


def test_ledger_says_what_was_read_and_why(qtbot: QtBot, page: InboxesPage) -> None:
    choose(card(page, 2), "What was read…")
    dialog = page.findChild(LedgerDialog)
    assert dialog.choice.currentText() == "jonas.ahl@example.com"
    assert dialog.summary.text() == "9,118 headers, 40 bodies"
    assert dialog.model.rowCount() == 40
    first = [dialog.model.index(0, i).data() for i in range(3)]
    assert first[1:] == [
        "Karin Lindqvist: Re: Revised quote",
        "Answers your message “Revised quote for the Gothenburg depot”",
    ]
    assert dialog.model.index(3, 1).data() == "Message 4407 in Sent, not kept"
    dialog.choice.setCurrentIndex(0)
    assert dialog.model.rowCount() == 240
    dialog.reject()


def test_folders_are_named_shortly(program: SampleProgram) -> None:
    many = tuple(
        folder(path, role) for path, role in (("INBOX", "inbox"), ("A/Sent", "sent"), ("B", "other"), ("C", ""))
    )
    assert words.folder_names(replace(program.cards[0], folders=many)) == "Inbox, Sent, 2 more"
    assert words.folder_names(replace(program.cards[0], folders=())) == "None yet"
