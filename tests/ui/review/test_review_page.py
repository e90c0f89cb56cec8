"""The Review page over the stand-in: what is listed, chosen, logged, dismissed, and taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.copied_mail import KEEP_NOTHING, CopyKind, Refusal
from app.domain.events import EventId, EventKind
from app.domain.review import ReviewItem, ReviewState
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.review import words
from app.ui.review.log_dialog import LogDialog
from app.ui.review.page import ReviewPage
from app.ui.settings.basis_dialog import BasisDialog
from app.words.review import review_words
from tests.ui.support.sample_program import SampleProgram, event

OPEN, LOGGED, DISMISSED = ReviewState.OPEN, ReviewState.LOGGED, ReviewState.DISMISSED


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> ReviewPage:
    made = ReviewPage(theme, program)
    made.resize(1280, 800)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    return made


def number(reason: Refusal) -> int:
    return list(Refusal).index(reason) + 1


def choose(page: ReviewPage, *reasons: Refusal) -> None:
    page._select([page.model.position_of(number(reason)) for reason in reasons])


def states(program: SampleProgram) -> dict[int, ReviewState]:
    return {item.id: item.state for item in program.review_list}


def settled(qtbot: QtBot, page: ReviewPage) -> None:
    qtbot.waitUntil(lambda: not page._soon.isActive(), timeout=3000)


def test_every_reason_has_a_mark_and_a_row(page: ReviewPage, program: SampleProgram) -> None:
    assert set(words.MARKS) == set(Refusal) and set(words.STATES) == set(ReviewState)
    assert page.model.found == program.review_count() == len(Refusal) - 1 - len(KEEP_NOTHING)  # one is logged already
    for item in program.review_list:
        assert review_words(item.reason, item.facts, item.sender).title in words.spoken(item, "14:26")


def test_what_is_chosen_is_explained_with_its_text(page: ReviewPage) -> None:
    choose(page, Refusal.TOO_LARGE)
    shown = _texts(page)
    assert "Too long" in shown and "2 MB" in shown and "here is the revised quote" in shown
    assert page.detail.log_button.isVisible() and page.detail.dismiss_button.isVisible()


def _texts(page: ReviewPage) -> str:
    QApplication.processEvents()  # what was put in just now is shown then
    return "\n".join(
        label.accessibleName() or label.text() for label in page.detail.findChildren(QLabel) if label.isVisible()
    )


def test_of_what_never_log_keeps_out_nothing_is_shown(page: ReviewPage) -> None:
    page.filters.choose(ReviewState.KEPT_OUT.value)
    choose(page, Refusal.NEVER_LOG)
    shown = _texts(page)
    assert "Nothing of it was kept" in shown and "From" not in shown.splitlines() and "Text" not in shown.splitlines()
    assert "example.edu and the domains below it" in shown  # the entry that did it, of a list that one may see
    assert not page.detail.log_button.isVisible() and not page.detail.dismiss_button.isVisible()
    told = words.lines(page.detail.items[0])
    assert told.who == "A message" and told.below == words.NOTHING_KEPT


def test_an_entry_of_somebody_elses_own_list_is_not_named(page: ReviewPage, program: SampleProgram) -> None:
    program.never = []
    page.filters.choose(ReviewState.KEPT_OUT.value)
    choose(page, Refusal.NEVER_LOG)
    assert "example.edu" not in _texts(page)


def test_text_search_finds_senders_subjects_and_reasons(page: ReviewPage, program: SampleProgram) -> None:
    everything = page.model.found
    wanted = program.review_list[number(Refusal.TOO_LARGE) - 1]
    for text in (words.reason_title(wanted), wanted.sender.upper(), wanted.subject):
        page.search.setText(text)
        page.search.returnPressed.emit()
        fewer = page.model.found < everything or text == wanted.sender.upper()  # who sent all of the sample
        assert page.model.found and fewer and page.model.position_of(wanted.id) >= 0
        assert not page.detail.items, "what is not in the list is not chosen"
    page.search.setText("nobody at all")
    page.search.returnPressed.emit()
    assert page.model.found == 0 and page.clear_button.isVisible()
    page.clear_button.click()
    assert page.model.found == everything


def test_a_search_gives_way_to_an_entry_that_is_asked_for(page: ReviewPage) -> None:
    page.search.setText("nobody at all")
    page.search.returnPressed.emit()
    assert page.show_item(number(Refusal.FORGED))
    assert page.search.text() == "" and page.detail.items[0].id == number(Refusal.FORGED)


def test_dismissed_and_taken_back(qtbot: QtBot, page: ReviewPage, program: SampleProgram) -> None:
    choose(page, Refusal.FORGED)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    assert states(program)[number(Refusal.FORGED)] is DISMISSED
    settled(qtbot, page)
    assert page.model.position_of(number(Refusal.FORGED)) < 0
    assert len(page.detail.items) == 1, "the next one is chosen"
    assert page.toast.text.text() == "Dismissed"
    page.toast.undo_button.click()
    assert states(program)[number(Refusal.FORGED)] is OPEN
    settled(qtbot, page)
    assert page.model.position_of(number(Refusal.FORGED)) >= 0


def test_several_are_dismissed_at_once(qtbot: QtBot, page: ReviewPage, program: SampleProgram) -> None:
    choose(page, Refusal.FORGED, Refusal.AUTOMATIC, Refusal.TOO_LARGE)
    assert page.detail.dismiss_button.text() == "Dismiss 3" and not page.detail.log_button.isVisible()
    page.detail.dismiss_button.click()
    assert list(states(program).values()).count(DISMISSED) == 3
    page.filters.choose(DISMISSED.value)
    assert page.model.found == 3
    page.view.selectAll()
    assert page.detail.undo_button.text().strip().endswith("Put back")
    page.detail.undo_button.click()
    assert DISMISSED not in states(program).values()
    settled(qtbot, page)
    assert page.model.found == 0 and page._lists.currentIndex() > 0


def test_logged_by_hand_to_whom_it_names_and_to_others(qtbot: QtBot, page: ReviewPage, program: SampleProgram) -> None:
    choose(page, Refusal.UNDECIDED)
    page.detail.log_button.click()
    (dialog,) = page.findChildren(LogDialog)
    assert dialog.count.text() == "2 chosen"  # its recipients, who become contacts
    dialog.search.setText("Marek")
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.count.text() == "3 chosen" and dialog.search.text() == ""
    dialog.search.setText("somebody.new@example.net")
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    dialog.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert dialog.count.text() == "3 chosen"
    dialog.verb.click()
    wished = program.wished("log_by_hand")
    assert wished == [(number(Refusal.UNDECIDED), (2,), "", "erik.lindqvist@example.net", "somebody.new@example.net")]
    assert page.toast.text.text() == "Logged to 3 contacts"
    settled(qtbot, page)
    assert page.model.position_of(number(Refusal.UNDECIDED)) < 0
    page.toast.undo_button.click()
    assert states(program)[number(Refusal.UNDECIDED)] is OPEN


def test_without_anybody_nothing_is_logged(page: ReviewPage, program: SampleProgram) -> None:
    item = number(Refusal.NO_CONTACT)
    program.review_list[item - 1] = replace(program.review_list[item - 1], recipients=("jonas@example.org",))
    page.refresh()
    choose(page, Refusal.NO_CONTACT)
    page.view.log_wished.emit()
    (dialog,) = page.findChildren(LogDialog)
    assert not dialog.verb.isEnabled() and "Type a name" in dialog.none.text()
    dialog.search.setText("zzz")
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    assert "No contact fits" in dialog.none.text() and not dialog.verb.isEnabled()
    assert program.wished("log_by_hand") == []


def test_a_refusal_is_told_in_the_dialog(
    page: ReviewPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "Ada is on the never-log list. Remove the entry first."
    monkeypatch.setattr(program, "log_by_hand", lambda _item, _contacts, then, **_more: then(None, why))
    choose(page, Refusal.UNDECIDED)
    page.detail.log_button.click()
    (dialog,) = page.findChildren(LogDialog)
    dialog.verb.click()
    assert dialog.isVisible() and dialog.told.text.text() == why and dialog.verb.isEnabled()


def test_a_missing_legal_basis_is_noted_from_here(page: ReviewPage, program: SampleProgram) -> None:
    program.bases = {}
    choose(page, Refusal.NO_LEGAL_BASIS)
    mend = page.detail.findChild(QPushButton, "mend")
    assert mend is not None
    mend.click()
    (dialog,) = page.findChildren(BasisDialog)
    assert dialog.lines.toPlainText() == "karin@example.org"
    dialog.verb.click()
    assert list(program.bases) == ["karin@example.org"] and "by hand now" in page.toast.text.text()


@pytest.mark.parametrize(("reason", "section"), [(Refusal.NEVER_LOG, "never"), (Refusal.ONE_FORM, "logging")])
def test_other_reasons_lead_to_their_settings(qtbot: QtBot, page: ReviewPage, reason: Refusal, section: str) -> None:
    if reason in KEEP_NOTHING:
        page.filters.choose(ReviewState.KEPT_OUT.value)
    choose(page, reason)
    mend = page.detail.findChild(QPushButton, "mend")
    assert mend is not None
    with qtbot.waitSignal(page.section_requested) as told:
        mend.click()
    assert told.args == [section]


def test_an_answer_for_another_entry_is_not_shown(page: ReviewPage, program: SampleProgram) -> None:
    waiting = []
    program.read_review = lambda item_id, then: waiting.append((item_id, then))
    choose(page, Refusal.FORGED)
    assert "Reading its text" in _texts(page)
    choose(page, Refusal.TOO_LARGE)
    waiting[0][1]("The text of the first one", "")
    assert "first one" not in _texts(page)
    waiting[1][1](None, "The file is damaged.")
    assert "The file is damaged." in _texts(page)


def test_the_choice_stays_when_the_list_changes(qtbot: QtBot, page: ReviewPage, program: SampleProgram) -> None:
    choose(page, Refusal.TOO_LARGE)
    newer = replace(program.review_list[0], id=99, created_at=program.now)
    program.review_list.insert(0, newer)
    page.refresh()
    assert [i.reason for i in page.detail.items] == [Refusal.TOO_LARGE]
    assert page.filters.pill(OPEN.value).text().startswith("Waiting ")


def test_an_event_of_the_feed_opens_its_entry(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    item: ReviewItem = program.review_list[2]
    told = event(
        0, EventKind.REVIEW, program.now, "A copied message", item.subject, contact_id=None, message_pk=None, address="",
        reasons=("The user who sent it has no permission to log personal e-mail.",),
    )  # fmt: skip
    program.events.insert(0, replace(told, id=EventId(2000)))
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    window.show()
    assert (
        window.navigation.page_button("review").accessibleName()
        == f"Review, {len(Refusal) - 1 - len(KEEP_NOTHING)} waiting"
    )
    window.activity.filters.choose("review")
    assert window.activity.model.event_count() == 1
    window.activity.view.setCurrentIndex(window.activity.model.index(1))
    assert window.activity.detail.open_button.text() == "Open the review list"
    window.activity.detail.open_button.click()
    assert window.page() == "review" and [i.id for i in window.review.detail.items] == [item.id]


def test_of_what_was_forwarded_nobody_is_presumed() -> None:
    item = ReviewItem(
        CopyKind.FORWARD, Refusal.NOT_A_FORWARD, recipients=("log@example.com",), sender="jonas@example.com"
    )
    assert words.people_of(item, frozenset()) == ()
    mine = ReviewItem(CopyKind.BCC, Refusal.UNDECIDED, recipients=("Ada@example.org", "jonas@example.com"))
    assert words.people_of(mine, frozenset({"jonas@example.com"})) == ("Ada@example.org",)


def test_keys_choose_several(page: ReviewPage) -> None:
    choose(page, Refusal.UNKNOWN_SENDER)
    chooser = page.view.selectionModel()
    chooser.setCurrentIndex(page.model.index(1), QItemSelectionModel.SelectionFlag.ClearAndSelect)
    page.view.setFocus()
    QTest.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert len(page.detail.items) == 2


@pytest.mark.parametrize(("width", "beside"), [(800, True), (700, False)])
def test_in_a_narrow_window_the_detail_hides_no_reasons_where_there_is_room(
    page: ReviewPage, width: int, beside: bool
) -> None:
    page.resize(width, 640)
    choose(page, next(iter(Refusal)))
    right_edge = page.view.mapTo(page, page.view.rect().topRight()).x()
    assert (
        page.detail.isVisible() and (right_edge < page.detail.mapTo(page, page.detail.rect().topLeft()).x()) is beside
    )
