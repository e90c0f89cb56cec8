"""The Review page over the real façade and a real store: what was copied and refused is read, logged by hand, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.domain.copied_mail import CopyKind, Refusal
from app.domain.events import EventKind
from app.domain.never_log import read_entry
from app.domain.review import NewReview, ReviewState
from app.runtime.program import Program
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.review.log_dialog import LogDialog
from app.ui.review.page import ReviewPage
from tests.support.copied import JONAS, CopyDesk, forwarded, letter, open_copy_desk


@pytest.fixture
def desk(home: Path) -> Iterator[CopyDesk]:
    with open_copy_desk(home) as opened:
        yield opened


@pytest.fixture
def program(qtbot: QtBot, desk: CopyDesk) -> Iterator[Program]:
    made = Program(desk.workspace)
    desk.workspace.store.add_listener(made.changed.emit)
    yield made
    assert made.shut_down()


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: Program) -> ReviewPage:
    made = ReviewPage(theme, program)
    made.resize(1280, 800)
    qtbot.addWidget(made)
    made.show()
    return made


def texts(page: ReviewPage) -> str:
    QApplication.processEvents()  # what was put in just now is shown then
    shown = (label for label in page.detail.findChildren(QLabel) if label.isVisible())
    return "\n".join(label.accessibleName() or label.text() for label in shown)


def choose_first(qtbot: QtBot, page: ReviewPage) -> None:
    page.refresh()
    page._select([page.model.near(0)])


def logged_by_hand(qtbot: QtBot, page: ReviewPage) -> None:
    (dialog,) = page.findChildren(LogDialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.verb.click()
    qtbot.waitUntil(lambda: not dialog.isVisible() or dialog.told.isVisible(), timeout=10_000)
    assert not dialog.isVisible(), dialog.told.text.text()
    dialog.deleteLater()


def test_a_message_of_nobody_known_is_logged_by_hand_and_taken_back(
    qtbot: QtBot, desk: CopyDesk, page: ReviewPage, program: Program
) -> None:
    desk.take(letter(sender="stranger@example.net", text="Hej Ada, här är offerten.", subject="Offert 1204"))
    choose_first(qtbot, page)
    assert [i.reason for i in page.detail.items] == [Refusal.UNKNOWN_SENDER]
    qtbot.waitUntil(lambda: "här är offerten" in texts(page), timeout=10_000)
    page.detail.log_button.click()
    (dialog,) = page.findChildren(LogDialog)
    assert [one.address for one in dialog._chosen.values()] == ["ada@example.org"]
    logged_by_hand(qtbot, page)
    assert [m.subject for m in desk.timeline("ada@example.org")] == ["Offert 1204"]
    assert program.review_count() == 0
    page.toast.undo_button.click()
    assert program.review_count() == 1 and desk.timeline("ada@example.org") == ()


def test_a_forward_without_both_forms_is_logged_as_its_original(
    qtbot: QtBot, desk: CopyDesk, page: ReviewPage, program: Program
) -> None:
    desk.take(forwarded(desk.forward, html=False), CopyKind.FORWARD)
    choose_first(qtbot, page)
    assert [i.reason for i in page.detail.items] == [Refusal.ONE_FORM]
    page.detail.log_button.click()
    (dialog,) = page.findChildren(LogDialog)
    assert not dialog.verb.isEnabled()  # it was sent to the forwarding address: nobody is presumed
    dialog.search.setText("ada@example.org")
    dialog.search.returnPressed.emit()
    dialog.list.item(0).setCheckState(Qt.CheckState.Checked)
    logged_by_hand(qtbot, page)
    (message,) = desk.timeline("ada@example.org")
    assert message.direction == "received" and message.subject == "Svar om offerten"
    qtbot.waitUntil(lambda: page.model.found == 0, timeout=3000)
    page.filters.choose(ReviewState.LOGGED.value)
    assert page.model.found == 1


def test_what_a_rule_forbids_is_not_logged_by_hand_either(
    qtbot: QtBot, desk: CopyDesk, page: ReviewPage, program: Program
) -> None:
    desk.take(letter(sender="stranger@example.net"))
    program.add_never(read_entry("example.org"))
    choose_first(qtbot, page)
    page.detail.log_button.click()
    (dialog,) = page.findChildren(LogDialog)
    dialog.verb.click()
    qtbot.waitUntil(lambda: not dialog.told.isHidden(), timeout=10_000)
    assert "never-log list" in dialog.told.text.text()
    assert desk.is_contact("ada@example.org") is False and program.review_count() == 1


def test_of_what_never_log_keeps_out_nothing_is_there(
    qtbot: QtBot, desk: CopyDesk, page: ReviewPage, program: Program
) -> None:
    program.add_never(read_entry("example.org"))
    desk.take(letter(subject="Between us"))
    page.filters.choose(ReviewState.KEPT_OUT.value)
    choose_first(qtbot, page)
    (item,) = page.detail.items
    assert item.reason is Refusal.NEVER_LOG and not page.detail.log_button.isVisible()
    assert "Between us" not in texts(page) and "ada@" not in texts(page)
    assert "example.org and the domains below it" in texts(page)


def test_the_feed_tells_of_it_and_opens_it(qtbot: QtBot, theme: Theme, desk: CopyDesk, program: Program) -> None:
    desk.take(letter(f"Jonas <{JONAS}>", subject="To myself"))
    desk.take(letter(f"Jonas <{JONAS}>", subject="Another one"))
    (event,) = [e for e in desk.workspace.store.feed.rows() if e.kind is EventKind.REVIEW and e.subject == "To myself"]
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    window.show()
    assert window.navigation.page_button("review").count() == 2
    window.activity.choose(event.id)
    window.activity.detail.open_button.click()
    assert window.page() == "review"
    assert [(i.reason, i.subject) for i in window.review.detail.items] == [(Refusal.NO_CONTACT, "To myself")]
    window.show_page("activity")
    with qtbot.waitSignal(program.review_requested) as told:
        program.notifier.clicked.emit(str(event.id))  # the notification about it
    assert told.args[0].id == event.id
    window.review.dismiss()
    qtbot.waitUntil(lambda: window.navigation.page_button("review").count() == 1, timeout=3000)


def test_a_search_goes_through_a_long_list_in_portions(
    qtbot: QtBot, desk: CopyDesk, page: ReviewPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.review._LOOKED_AT", 40)
    store = desk.workspace.store
    with store.transaction():
        for number in range(130):
            subject = f"Försändelse {number}" if number % 60 else "Göteborg"
            store.reviews.add(NewReview(CopyKind.BCC, Refusal.FORGED, sender="ada@example.org", subject=subject))
    page.refresh()
    page.search.setText("goteborg")
    page.search.returnPressed.emit()
    assert page.model.found == 1 and page.model.searching  # the newest portion at once, the others between two events
    with qtbot.waitSignal(page.model.searched):
        pass
    assert page.model.found == 3 and not page.model.searching
    page.search.setText("kiruna forged")
    page.search.returnPressed.emit()
    assert page._lists.currentWidget() is page._busy
    with qtbot.waitSignal(page.model.searched):
        pass
    assert page.model.found == 0 and page._lists.currentWidget() is page._nothing
    page.search.setText("may be FORGED")
    page.search.returnPressed.emit()
    qtbot.waitUntil(lambda: page.model.found >= 100)
    page.model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: page.model.found == 130)
