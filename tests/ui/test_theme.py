"""Switching schemes while windows are open, and after some have died; icons and their buttons; the shipped font."""

from __future__ import annotations

import gc

from PySide6.QtCore import QStringListModel
from PySide6.QtGui import QFontDatabase, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication, QTableView
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.ui.kit.theme import Rebind, Theme
from app.ui.kit.widgets import button
from app.ui.main_window import MainWindow
from app.ui.navigation import PAGES
from tests.ui.support.look import kept_look, unwatched
from tests.ui.support.sample_program import SampleProgram


def picture_of(window: MainWindow, app: QApplication, page: str) -> bytes:
    window.show_page(page)
    if page == "contacts":
        window.contacts.open_record(1)
    for _ in range(3):
        app.processEvents()
    image = window.grab().toImage()
    return bytes(image.constBits())


def test_switched_windows_equal_fresh_ones(qtbot: QtBot, qapp: QApplication, same_look: None) -> None:
    pages = ("activity", "contacts", "inboxes", "settings")
    theme = Theme(qapp, "light")
    program = SampleProgram()
    program.values["appearance"] = "dark"
    switched = MainWindow(theme, program)
    qtbot.addWidget(switched)
    switched.show()
    qapp.processEvents()
    theme.set_appearance("dark")
    fresh = MainWindow(Theme(qapp, "dark"), program)
    qtbot.addWidget(fresh)
    fresh.show()
    for page in pages:
        assert picture_of(switched, qapp, page) == picture_of(fresh, qapp, page), page


def test_setting_switches_the_open_window(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    window = MainWindow(theme, program)
    qtbot.addWidget(window)
    with qtbot.waitSignal(theme.changed):
        program.set_setting("appearance", "dark")
    assert theme.scheme == "dark"
    program.set_setting("appearance", "light")
    assert theme.scheme == "light"


def test_system_follows_the_desktop(qapp: QApplication, same_look: None) -> None:
    theme = Theme(qapp, "system")
    assert theme.scheme in ("light", "dark")
    theme.set_appearance("no such thing")
    assert theme.appearance == "system"


def test_tables_outlive_a_look_and_die_before_the_next_switch(qapp: QApplication) -> None:
    """Qt polishes freed memory at the switch when it was not told of their deaths (see `kept_look`)."""
    model = QStringListModel([str(n) for n in range(50)])
    with kept_look(qapp):
        Theme(qapp, "light")
        tables = [QTableView() for _ in range(8)]  # the order in which Qt goes over its widgets is a matter of luck
        for table in tables:
            table.setModel(model)
            table.show()
            qapp.processEvents()
    with kept_look(qapp):
        theme = Theme(qapp, "light")
        qapp.processEvents()
        assert unwatched(qapp) == []
        for table in tables:
            delete(table)
        theme.set_appearance("dark")
        theme.set_appearance("light")


def test_a_switch_leaves_no_widget_unwatched(qapp: QApplication, theme: Theme, program: SampleProgram) -> None:
    window = MainWindow(theme, program)
    window.show()
    for page, _ in PAGES:
        window.show_page(page)
        qapp.processEvents()
    theme.set_appearance("dark")
    qapp.processEvents()
    assert unwatched(qapp) == []
    delete(window)
    theme.set_appearance("light")


def test_an_icon_dies_with_its_button(qapp: QApplication, theme: Theme) -> None:
    made = button(theme, "Compose", "primary", "compose")
    theme.bind_icon(made, "check", "muted")
    assert len(made.findChildren(Rebind)) == 1
    made.deleteLater()
    del made
    gc.collect()
    qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    theme.set_appearance("dark")  # raises "already deleted" when anything was left connected


def test_inter_is_shipped_in_three_weights(theme: Theme) -> None:
    assert "Inter" in QFontDatabase.families()
    widths = []
    for role in ("body", "medium", "strong"):
        font = theme.font(role)
        assert QFontInfo(font).family() == "Inter"
        widths.append(QFontMetrics(font).horizontalAdvance("Karin Lindqvist opened your message"))
    assert widths == sorted(set(widths))


def test_text_scale_multiplies_sizes(qapp: QApplication, same_look: None) -> None:
    large = Theme(qapp, "light", 1.5)
    assert large.font("body").pixelSize() == 20
    assert large.px(100) == 150
