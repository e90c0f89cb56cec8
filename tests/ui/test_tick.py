"""What is told as “8 seconds ago” grows older while it is shown, by one timer that rests when nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.inboxes.page import InboxesPage
from app.ui.kit import times
from app.ui.kit.theme import Theme
from app.ui.kit.tick import Tick
from tests.ui.support.sample_program import SampleProgram


def test_it_beats_for_what_is_shown_only(qtbot: QtBot) -> None:
    keeper = QObject()
    tick = Tick(keeper, milliseconds=10)
    page, other = QWidget(), QWidget()
    for widget in (page, other):
        qtbot.addWidget(widget)
    heard: list[str] = []
    tick.follow(page, lambda: heard.append("page"))
    tick.follow(other, lambda: heard.append("other"))
    assert not tick.running
    page.show()
    assert tick.running
    with qtbot.waitSignals([tick.beat, tick.beat]):
        pass
    assert set(heard) == {"page"}
    other.show()
    qtbot.waitUntil(lambda: "other" in heard)
    page.hide()
    assert tick.running
    other.hide()
    assert not tick.running


def test_it_rests_when_who_followed_it_is_gone(qtbot: QtBot) -> None:
    keeper = QObject()
    tick = Tick(keeper, milliseconds=10)
    page = QWidget()
    inner = QWidget(page)
    tick.follow(inner, lambda: None)
    page.show()
    assert tick.running
    page.deleteLater()
    qtbot.waitUntil(lambda: not tick.running)


def test_the_last_sync_of_an_inbox_grows_older(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    page = InboxesPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    view = page.card(1)
    assert view is not None
    program.cards[0] = replace(program.cards[0], last_sync_at=times.now() - timedelta(seconds=22))
    theme.tick.beat.emit()
    assert view._last.accessibleName() == "Last sync: 22 seconds ago"
    program.cards[0] = replace(program.cards[0], last_sync_at=times.now() - timedelta(seconds=125))
    theme.tick.beat.emit()
    assert view._last.accessibleName() == "Last sync: 2 min ago"
    assert theme.tick.running
    page.hide()
    assert not theme.tick.running
