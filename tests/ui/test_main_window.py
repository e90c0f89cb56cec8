"""The window as a whole: pages, shortcuts, closing, what leads from one page to another, the stand-in against the real
façade."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.bootstrap import open_workspace
from app.domain.changes import Area
from app.domain.errors import DiskFull
from app.domain.events import EventKind, Verdict
from app.domain.inboxes import InboxState
from app.domain.outbox import OutboxState
from app.domain.problems import Problem, ProblemCode
from app.runtime.program import Program
from app.store.events import NewEvent
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit import tokens as k
from app.ui.kit.html_view import HtmlView
from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from app.ui.navigation import PAGES
from tests.ui.support.clipping import clipped
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> MainWindow:
    made = MainWindow(theme, program)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def test_the_stand_in_has_what_the_program_has() -> None:
    """So that screens tested against it work with the real one."""
    own = {"arrive", "announce", "put_out", "set_state", "wished"}
    for name, member in vars(SampleProgram).items():
        if name.startswith("_") or name in own or not callable(member) or not inspect.isfunction(member):
            continue
        real = getattr(Program, name, None)
        assert real is not None, f"Program has no {name}"
        ours, theirs = inspect.signature(member), inspect.signature(real)
        for parameter in ours.parameters:
            assert parameter in theirs.parameters, f"{name}({parameter})"
    for name in ("changed", "event_arrived", "inbox_state_changed", "outbox_changed", "failed", "message_requested"):
        assert hasattr(Program, name)


def test_pages_by_navigation_and_shortcut(qtbot: QtBot, window: MainWindow) -> None:
    for name, _ in PAGES:
        qtbot.mouseClick(window.navigation.page_button(name), Qt.MouseButton.LeftButton)
        assert window.page() == name
    for number, (name, _) in enumerate(PAGES, start=1):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.page() == name
        assert window.navigation.page_button(name).isChecked()


def test_ctrl_f_finds_the_search_of_the_page(window: MainWindow, qapp: QApplication) -> None:
    for page, field in (("activity", window.activity.search), ("contacts", window.contacts.search)):
        window.show_page(page)
        window.setFocus()
        field.parentWidget().setFocus()
        (window.activity if page == "activity" else window.contacts).view.setFocus()
        QTest.keyClick(qapp.focusWidget() or window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
        assert field.hasFocus(), page


def test_ctrl_n_writes_and_escape_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    window.show_page("contacts")
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert window.page() == "compose"
    assert not any(window.navigation.page_button(name).isChecked() for name, _ in PAGES)
    assert window.compose_page is not None
    window.compose_page.finished.emit()
    assert window.page() == "contacts"


def test_unseen_events_are_counted(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    shown = window.navigation.page_button("activity")
    assert shown.count() == 3
    program.mark_all_seen()
    qtbot.waitUntil(lambda: shown.count() == 0)


def test_inbox_states_stand_at_the_foot_in_words(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    names = [w.accessibleName() for w in window.navigation.findChildren(QWidget) if "@" in w.accessibleName()]
    assert names[0] == "jonas.ahl@example.com: Sign in again"  # what needs somebody comes first
    program.cards = program.cards[:1]
    program.set_state(1, InboxState.NEEDS_SIGN_IN, Problem(ProblemCode.WRONG_CREDENTIALS))
    qtbot.waitUntil(
        lambda: any(
            w.accessibleName() == "jonas@example.org: Sign in again"
            for w in window.navigation.findChildren(QWidget)
            if w.isVisible()
        )
    )


def test_a_message_is_shown_on_its_contacts_timeline(window: MainWindow) -> None:
    window.show_message(2)
    assert window.page() == "contacts"
    assert window.contacts.detail.record_id == 1
    marked = [c.message.pk for c in window.contacts.detail.timeline.cards() if c.property("current") == "true"]
    assert marked == [2]
    window.navigation.page_requested.emit("contacts")
    assert not window.contacts.showing_record()


def test_a_message_without_a_contact_is_shown_in_the_feed(window: MainWindow, program: SampleProgram) -> None:
    program.people.clear()
    window.show_message(2)
    assert window.page() == "activity"
    assert window.activity.detail.event_row.message_pk == 2


def test_counters_lead_to_the_feed(window: MainWindow) -> None:
    window.contacts.events_requested.emit(2)
    assert window.page() == "activity"
    assert window.activity.detail.event_row.message_pk == 2


def test_a_clicked_notification_raises_the_window(window: MainWindow, program: SampleProgram) -> None:
    window.hide()
    program.message_requested.emit(2)
    assert window.isVisible()
    assert window.page() == "contacts"


def test_a_fault_is_a_banner_that_can_be_dismissed(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    program.failed.emit("The disk is full", "Nothing was written, and nothing is lost.")
    assert window.trouble.isVisible()
    assert window.trouble.title.text() == "The disk is full"


def test_what_kind_of_workspace_it_is_stays_over_all_pages(qtbot: QtBot, window: MainWindow) -> None:
    window.show_notice("Sample mail")
    (line,) = (w for w in window.findChildren(QLabel) if w.text() == "Sample mail")
    for page in ("contacts", "settings", "activity"):
        window.show_page(page)
        qtbot.waitUntil(line.isVisible)


def test_closing_without_a_tray_asks(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    window.close()
    assert window.isVisible()
    dialog = window.findChild(ConfirmDialog)
    dialog.reject()
    assert program.wished("quit") == []
    window.close()
    window.findChildren(ConfirmDialog)[-1].verb.click()
    assert len(program.wished("quit")) == 1


def test_closing_with_a_tray_hides(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    window.set_tray(True)
    with qtbot.waitSignal(window.hidden_to_tray):
        window.close()
    assert not window.isVisible()
    assert program.wished("quit") == []
    window.raise_to_front()
    assert window.isVisible()


def test_closing_before_anything_is_connected_just_quits(
    qtbot: QtBot, theme: Theme, empty_program: SampleProgram
) -> None:
    window = MainWindow(theme, empty_program)
    qtbot.addWidget(window)
    window.show()
    window.close()
    assert len(empty_program.wished("quit")) == 1


def test_the_window_comes_back_as_it_was(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    first = MainWindow(theme, program)
    qtbot.addWidget(first)
    first.resize(816, 620)
    first.show()
    first.set_tray(True)
    first.close()
    second = MainWindow(theme, program)
    qtbot.addWidget(second)
    assert (second.width(), second.height()) == (816, 620)
    program.values["_window.geometry"] = "not base64 §"
    third = MainWindow(theme, program)
    qtbot.addWidget(third)
    assert third.width() == 1280


def test_a_sent_message_can_be_taken_back_from_any_page(
    qtbot: QtBot, window: MainWindow, program: SampleProgram
) -> None:
    program.put_out(3, OutboxState.QUEUED)
    window.sending.follow(3)
    assert window.sending.isVisible()
    assert window.sending.banner.title.text().startswith("Goes out in")
    program.put_out(3, OutboxState.SENDING)
    assert not window.sending.undo_button.isVisible()
    program.put_out(3, OutboxState.SENT)
    assert window.sending.banner.title.text() == "Sent"
    window.sending.leave()
    program.put_out(4, OutboxState.FAILED, Problem(ProblemCode.RECIPIENT_REFUSED))
    window.sending.follow(4)
    qtbot.mouseClick(window.sending.show_button, Qt.MouseButton.LeftButton)
    assert window.page() == "contacts"
    assert window.contacts.detail.record_id == 1


def test_undo_opens_the_draft_again(qtbot: QtBot, window: MainWindow, program: SampleProgram) -> None:
    program.put_out(3, OutboxState.QUEUED)
    window.sending.follow(3)
    with qtbot.waitSignal(window.sending.undone) as undone:
        window.sending.undone.disconnect(window._on_draft)
        qtbot.mouseClick(window.sending.undo_button, Qt.MouseButton.LeftButton)
    assert undone.args == [3]
    assert program.wished("undo_send") == [(3,)]
    assert not window.sending.isVisible()


def test_tab_reaches_everything_and_shows_a_ring(qtbot: QtBot, window: MainWindow, qapp: QApplication) -> None:
    for page in ("activity", "contacts", "inboxes", "settings"):
        window.show_page(page)
        wanted = {
            w
            for w in window.findChildren(QWidget)
            if w.isVisible() and w.isEnabled() and w.focusPolicy() & Qt.FocusPolicy.TabFocus
        }
        window.navigation.compose_button.setFocus(Qt.FocusReason.TabFocusReason)
        reached = set()
        for _ in range(len(wanted) * 2 + 20):
            now = qapp.focusWidget()
            if now is not None:
                reached.add(now)
            QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
        missing = [f"{type(w).__name__} {w.accessibleName()!r}" for w in wanted - reached if not stays_in_group(w)]
        assert missing == [], page


def stays_in_group(widget: QWidget) -> bool:
    """Of exclusive buttons only the chosen one is a stop; arrow keys reach the others."""
    group = getattr(widget, "group", lambda: None)()
    return group is not None and group.exclusive()


def test_timelines_and_messages_show_the_ring_and_may_vanish_in_it(
    qtbot: QtBot, window: MainWindow, program: SampleProgram
) -> None:
    window.show_page("contacts")
    window.contacts.open_record(1)
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    timeline = window.contacts.detail.timeline
    text = timeline.cards()[0].findChild(HtmlView)
    for widget in (timeline.findChild(QScrollArea), text):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        assert window.ring.isVisible()
    program.messages[:] = program.messages[1:]
    timeline.refresh()
    qtbot.waitUntil(lambda: not isValid(text))
    window.contacts.detail.write_button.setFocus(Qt.FocusReason.TabFocusReason)


def test_the_ring_follows_keys_not_clicks(qtbot: QtBot, window: MainWindow, qapp: QApplication) -> None:
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    window.activity.seen_button.setFocus(Qt.FocusReason.TabFocusReason)
    assert window.ring.isVisible()
    place = window.activity.seen_button.mapTo(window, QPoint(0, 0))
    assert window.ring.geometry().topLeft() == place - QPoint(3, 3)
    window.resize(1200, 760)
    moved = window.activity.seen_button.mapTo(window, QPoint(0, 0))
    assert moved != place
    assert window.ring.geometry().topLeft() == moved - QPoint(3, 3)
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(600, 700))
    assert not window.ring.isVisible()


def test_it_can_be_quit_on_a_full_disk(
    qtbot: QtBot, theme: Theme, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    window.show()

    def full(*_: object) -> None:
        raise DiskFull("There is no room on the disk.")

    monkeypatch.setattr(program, "set_setting", full)
    quits: list[bool] = []
    monkeypatch.setattr(program, "quit", lambda: quits.append(True))
    window.quit()
    assert quits == [True]
    assert not window.isVisible()
    assert window.close()


def test_what_a_first_look_finds_does_not_fill_the_badge(qtbot: QtBot, theme: Theme, home: Path) -> None:
    workspace = open_workspace(home)
    program = Program(workspace)
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    store = workspace.store
    program.start()
    try:
        with store.transaction(Area.EVENTS):
            for number, quiet in enumerate(("from before the inbox was connected", "")):
                store.events.add(
                    NewEvent(EventKind.REPLY, datetime.now(UTC), store.user_id, Verdict.PERSON, (), "Ada",
                             f"ada{number}@example.org", "Hello", quiet=quiet)
                )  # fmt: skip
        qtbot.waitUntil(lambda: window.navigation.page_button("activity").count() == 1)
        assert len(program.feed()) == 2
    finally:
        assert program.shut_down()
        store.close()


def test_at_its_least_size_nothing_is_cut_off(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(window.minimumSize())
    for name, _ in PAGES:
        window.show_page(name)
        qtbot.waitUntil(lambda: clipped(window) == [])
    window.show_page("settings")
    for section in window.settings.sections:
        window.settings.show_section(section)
        area = window.settings._stack.currentWidget()
        assert isinstance(area, QScrollArea)
        qtbot.waitUntil(lambda area=area: area.widget().minimumSizeHint().width() <= area.viewport().width())
    assert window.navigation.width() < k.W_NAV
    window.resize(1280, 800)
    assert window.navigation.width() == k.W_NAV
