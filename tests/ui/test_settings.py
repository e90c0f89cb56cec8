"""Settings take effect at once; what the program refuses is told and taken back; every key exists in the store."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.domain.changes import Area, Change
from app.domain.errors import UsageError
from app.domain.near_links import OTHERS_TRACKED, OTHERS_UNTRACKED
from app.domain.quiet_hours import NEVER
from app.store.settings import DEFAULTS
from app.ui.kit.theme import Theme
from app.ui.settings.notification_section import TIMES, NotificationSection
from app.ui.settings.page import ALIASES, SECTIONS, SettingsPage
from app.ui.settings.rows import ChoiceControl, SwitchControl, TextControl
from app.ui.settings.tracking_section import TrackingSection
from tests.ui.support.sample_program import SampleProgram, TrackingStatus


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> SettingsPage:
    made = SettingsPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 740)
    made.show()
    return made


def test_every_setting_of_the_screen_exists(page: SettingsPage) -> None:
    assert set(page.controls) == {name for name in DEFAULTS if not name.startswith("_")}


def test_every_switch_writes_its_setting(page: SettingsPage, program: SampleProgram) -> None:
    switches = [c for c in page.controls.values() if isinstance(c, SwitchControl)]
    assert len(switches) == 21
    for control in switches:
        before = bool(program.get_setting(control.key))
        control.switch.click()
        assert program.get_setting(control.key) is (not before)
        assert control.switch.accessibleName()


def test_choices_write_their_setting(page: SettingsPage, program: SampleProgram) -> None:
    for key, value in (
        ("undo_seconds", 20),
        ("default_font", "Georgia"),
        ("default_font_size", 14),
        ("log.mode", "contacts"),
    ):
        control = page.controls[key]
        assert isinstance(control, ChoiceControl)
        position = control.box.findData(value)
        control.box.setCurrentIndex(position)
        control.box.activated.emit(position)
        assert program.get_setting(key) == value


def test_a_stored_value_that_is_no_option_is_shown(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    program.values["undo_seconds"] = 7
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    control = page.controls["undo_seconds"]
    assert isinstance(control, ChoiceControl)
    assert control.box.currentData() == 7
    assert program.wished("set_setting") == []


def test_quiet_hours_that_are_none_are_told(page: SettingsPage, program: SampleProgram) -> None:
    control = page.controls["quiet_hours.to"]
    section = page.findChild(NotificationSection)
    assert isinstance(control, TextControl) and section is not None
    assert section.times_text.text() == TIMES
    control.edit.setText("20:00")
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert section.times_text.text() == NEVER and control.edit.accessibleDescription() == NEVER
    control.edit.setText("6")
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert section.times_text.text() == TIMES


def test_text_is_written_when_it_is_left(qtbot: QtBot, page: SettingsPage, program: SampleProgram) -> None:
    control = page.controls["user_name"]
    assert isinstance(control, TextControl)
    control.edit.setText("Jonas A. ")
    assert program.wished("set_setting") == []
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert program.wished("set_setting") == [("user_name", "Jonas A.")]


@pytest.mark.parametrize(
    "text", ["track.example.com", "https://", "ftp://example.com", "https://a b.example.com", "http://[::1"]
)
def test_an_incomplete_address_is_told_beside_it(page: SettingsPage, program: SampleProgram, text: str) -> None:
    page.show_section("tracking")
    control = page.controls["tracking.url"]
    assert isinstance(control, TextControl)
    control.edit.setText(text)
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert not page.refusal_row.isVisible()
    assert "https://" in control.input.fault()
    told = [text for text in page.findChildren(QLabel) if text.text() == control.input.fault()]
    assert [text.isVisible() for text in told] == [True]
    assert control.edit.property("state") == "bad"
    assert program.wished("set_setting") == []
    QTest.keyClicks(control.edit, "x")
    assert control.edit.property("state") == "" and control.input.fault() == ""
    control.edit.setText("https://track.example.com")
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert program.get_setting("tracking.url") == "https://track.example.com"


def test_what_the_program_refuses_is_taken_back(
    page: SettingsPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_key: str, _value: object) -> None:
        raise UsageError("The disk is full.")

    monkeypatch.setattr(program, "set_setting", refuse)
    control = page.controls["log_default"]
    assert isinstance(control, SwitchControl)
    control.switch.click()
    assert control.switch.isChecked()
    assert page.refusal.text.text() == "The disk is full."


def test_a_change_from_elsewhere_shows(page: SettingsPage, program: SampleProgram) -> None:
    program.set_setting("notify_paused", True)
    control = page.controls["notify_paused"]
    assert isinstance(control, SwitchControl)
    assert control.switch.isChecked()


def test_sections_and_their_other_names(page: SettingsPage) -> None:
    for key, _ in SECTIONS:
        assert page.show_section(key)
        assert page.section() == key
    for name, key in ALIASES.items():  # as the wizard asks for them
        page.show_section("appearance")
        assert page.show_section(name)
        assert page.section() == key
    assert not page.show_section("nothing")


def test_the_tray_row_says_what_closing_does(page: SettingsPage) -> None:
    page.set_tray(True)
    assert "keeps listening" in page.tray_text.text()
    page.set_tray(False)
    assert "no tray" in page.tray_text.text()


def test_tracking_says_how_far_it_reaches(page: SettingsPage, program: SampleProgram) -> None:
    section = page.sections["tracking"]
    assert isinstance(section, TrackingSection)
    section.refresh()
    assert section.chip.text() == "This computer only"
    program.tracking = TrackingStatus(True, "https://track.example.com", False, program.now, "")
    section.refresh()
    assert section.chip.text() == "Available"
    program.tracking = TrackingStatus(False, "", False, None, "No tracking server answers.")
    section.refresh()
    assert section.chip.text() == "Unavailable"
    assert section.status.text() == "No tracking server answers."


def test_what_becomes_of_mail_elsewhere_follows_the_switch(page: SettingsPage, program: SampleProgram) -> None:
    section = page.sections["tracking"]
    switch = page.controls["tracking.local"]
    assert isinstance(section, TrackingSection) and isinstance(switch, SwitchControl)
    page.show_section("tracking")
    program.tracking = TrackingStatus(True, "http://127.0.0.1:8725", True, program.now, "")
    program.changed.emit(Change(frozenset({Area.SETTINGS})))
    assert section.status.text().endswith(OTHERS_UNTRACKED)
    switch.switch.click()
    assert program.get_setting("tracking.local") and section.status.text().endswith(OTHERS_TRACKED)
    switch.switch.click()
    assert section.status.text().endswith(OTHERS_UNTRACKED)
