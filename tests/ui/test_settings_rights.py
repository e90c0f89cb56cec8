"""What only administrators may change is switched off for others, with the reason, on every section of the settings."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.changes import Area
from app.domain.never_log import read_entry
from app.domain.rights import SHARED_SETTINGS, Right, right_of_setting
from app.ui.kit.theme import Theme
from app.ui.settings.never_dialog import NeverDialog
from app.ui.settings.never_section import NeverSection
from app.ui.settings.never_trial import TrialDialog
from app.ui.settings.page import SettingsPage
from app.ui.settings.section import Section
from app.ui.users.user_dialog import UserDialog
from tests.ui.support.sample_program import SampleProgram

ADMINS = "Administrators are: Karin Lindqvist and Marek Wójcik."


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> SettingsPage:
    program.never = [read_entry("example.edu"), read_entry("mother@example.net", user_id=1)]
    program.meetings = ["meetings@example.com"]
    program.not_admin = ADMINS
    made = SettingsPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 740)
    made.show()
    return made


def shown(page: SettingsPage, key: str) -> Section:
    page.show_section(key)
    QApplication.processEvents()
    return page.sections[key]


def named(where: QWidget, name: str) -> QWidget:
    found = [w for kind in (QPushButton, QLineEdit) for w in where.findChildren(kind)]
    met = [w for w in found if w.accessibleName() == name and w.isVisibleTo(where)]
    assert len(met) == 1, [w.accessibleName() for w in found]
    return met[0]


@pytest.mark.parametrize(
    ("key", "right", "off", "free"),
    [
        ("logging", Right.LOGGING_ADDRESSES,
         ["Set up another one besides the BCC address", "Remove jonas+log-k3v9x2m7ab@example.com"],
         ["Test jonas+log-k3v9x2m7ab@example.com"]),
        ("never", Right.NEVER_LOG, ["Add to the list for everybody", "Remove example.edu"],
         ["Add to the list for you alone", "Remove mother@example.net", "Try example.edu"]),
        ("services", Right.PRESETS, ["Add a domain…", "Edit example.com", "Remove example.com"], []),
        ("team", Right.PRESETS, ["Add", "Address", "Remove meetings@example.com"], []),
        ("users", Right.USERS, ["Add a user"], ["Edit Jonas Ahl"]),
    ],
)  # fmt: skip
def test_what_is_kept_for_administrators_is_off_and_says_why(
    page: SettingsPage, program: SampleProgram, key: str, right: Right, off: list[str], free: list[str]
) -> None:
    section = shown(page, key)
    if key in ("services", "team"):  # whatever the sample has
        entries = section.entries._shown  # type: ignore[attr-defined]
        assert entries
        off = [n for n in off if "example.com" not in n] + [a.name for e in entries for a in e.actions]
    why = program.why_not(right)
    assert section.reserved.isVisible() and section.reserved.text.text() == why and ADMINS in why
    for name in off:
        control = named(section, name)
        assert not control.isEnabled() and control.toolTip() == why, name
    for name in free:
        assert named(section, name).isEnabled(), name
    program.not_admin = ""
    program.announce(Area.USERS)  # somebody made this user an administrator
    QApplication.processEvents()
    assert not section.reserved.isVisible()
    for name in [*off, *free]:
        assert named(section, name).isEnabled(), name


def test_every_shared_setting_with_a_control_is_off_and_every_other_one_on(
    page: SettingsPage, program: SampleProgram
) -> None:
    shared = {key for key in page.controls if right_of_setting(key) is not None}
    whole = {key for key in SHARED_SETTINGS if not key.endswith(".")}
    assert shared >= whole & set(page.controls) and "privacy.on" in shared and len(shared) > 8
    for key, control in page.controls.items():
        widget = control.parent()
        assert isinstance(widget, QWidget)
        assert widget.isEnabled() is (key not in shared), key
        assert widget.toolTip() == (program.why_not_set(key) if key in shared else ""), key
    banners = {key: (s.reserved.title.text(), s.reserved.isHidden()) for key, s in page.sections.items()}
    assert banners["clients"] == banners["privacy"] == ("For administrators", False)
    assert banners["email"] == banners["tracking"] == ("Some of this is for administrators", False)
    assert banners["notifications"][1] and banners["appearance"][1]
    program.not_admin = ""
    program.announce(Area.SETTINGS)
    assert all(control.parent().isEnabled() for control in page.controls.values())  # type: ignore[attr-defined]


def test_a_click_on_a_switch_that_is_off_changes_nothing(page: SettingsPage, program: SampleProgram) -> None:
    section = shown(page, "privacy")
    switch = section.controls["privacy.on"].switch  # type: ignore[attr-defined]
    before = program.get_setting("privacy.on")
    switch.click()
    QTest.qWait(0)
    assert program.get_setting("privacy.on") == before and switch.isChecked() is bool(before)


@pytest.mark.parametrize("mine", [False, True])
def test_a_dry_run_removes_nothing_for_who_may_not(page: SettingsPage, program: SampleProgram, mine: bool) -> None:
    entry = read_entry("example.com", user_id=1 if mine else None)
    dialog = TrialDialog(page.sections["never"].theme, program, entry, page)
    dialog.open()
    assert dialog.remove_button.isVisible()
    assert dialog.remove_button.isEnabled() is mine
    assert dialog.remove_button.toolTip() == ("" if mine else program.why_not(Right.NEVER_LOG))


def test_who_is_no_administrator_changes_name_and_aliases_of_oneself_alone(
    page: SettingsPage, program: SampleProgram
) -> None:
    own = next(user for user in program.users() if user.signed_in)
    dialog = UserDialog(page.sections["users"].theme, program, own, page)
    dialog.open()
    assert not any(part.isEnabled() for part in (dialog.login.edit, dialog.role.edit, dialog.access))
    dialog.name.edit.setText("Jonas A. Ahl")
    dialog.alias.edit.setText("ahl@example.net")
    dialog.verb.click()
    now = next(user for user in program.users() if user.signed_in)
    assert (now.name, now.role, now.login_address) == ("Jonas A. Ahl", own.role, own.login_address)
    assert "ahl@example.net" in now.aliases


def test_never_list_of_the_workspace_cannot_be_added_to(page: SettingsPage) -> None:
    section = shown(page, "never")
    assert isinstance(section, NeverSection)
    section.adds[False].click()
    assert not page.findChildren(NeverDialog)
    section.adds[True].click()
    assert page.findChildren(NeverDialog)
