"""The sections for everyone in the workspace: servers per domain, sign-in at Google and Microsoft, team inboxes."""

from __future__ import annotations

from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.domain.errors import StoreError, UsageError
from app.domain.inboxes import ConnectionSecurity, Provider
from app.domain.presets import PresetFault, PresetField, PresetForm, PresetWay, TypedServer
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from app.ui.settings.page import SettingsPage
from app.ui.settings.preset_dialog import PresetDialog
from app.ui.settings.rows import TextControl
from app.ui.settings.section import Section
from app.ui.settings.services_section import ServicesSection
from app.ui.settings.sign_in_section import SignInSection
from app.ui.settings.team_section import TeamSection
from tests.ui.support.sample_program import SampleProgram

S = TypeVar("S", bound=Section)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: SampleProgram) -> SettingsPage:
    made = SettingsPage(theme, program)
    qtbot.addWidget(made)
    made.resize(1056, 740)
    made.show()
    return made


def section(page: SettingsPage, kind: type[S]) -> S:
    found = next(s for s in page.sections.values() if isinstance(s, kind))
    page.show_section(next(key for key, s in page.sections.items() if s is found))
    return found


def press(within: Section, name: str) -> None:
    QApplication.processEvents()  # what was drawn anew is shown in the loop's next round
    buttons = [b for b in within.findChildren(QPushButton) if b.accessibleName() == name and b.isVisibleTo(within)]
    assert len(buttons) == 1, name
    buttons[0].click()


def dialog(page: SettingsPage) -> PresetDialog:
    (found,) = [d for d in page.window().findChildren(PresetDialog) if d.isVisible()]
    return found


# -- servers by domain


def test_a_domain_is_added_with_servers(page: SettingsPage, program: SampleProgram) -> None:
    services = section(page, ServicesSection)
    services.add.click()
    form = dialog(page)
    assert form.domain.edit.hasFocus() or not form.isActiveWindow()
    assert not form.url.isVisible() and not form.other.isVisible()
    form.domain.edit.setText("example.net")
    form.imap.host.setText("imap.example.net")
    form.smtp.host.setText("smtp.example.net")
    form.smtp.security.setCurrentIndex(form.smtp.security.findData(ConnectionSecurity.STARTTLS))
    form.username.setCurrentIndex(form.username.findText("What stands before the @"))
    form.verb.click()
    wanted = PresetForm(
        "example.net",
        PresetWay.SERVERS,
        TypedServer("imap.example.net", "993"),
        TypedServer("smtp.example.net", "587", ConnectionSecurity.STARTTLS),
        "%EMAILLOCALPART%",
    )
    assert program.wished("keep_preset") == [(wanted, "")]
    assert not form.isVisible()
    press(services, "Edit example.net")


def test_a_domain_is_added_with_an_exchange_address(page: SettingsPage, program: SampleProgram) -> None:
    section(page, ServicesSection).add.click()
    form = dialog(page)
    form.domain.edit.setText(" @example.net")  # as people write a domain of addresses
    form.exchange.setChecked(True)
    assert form.url.isVisible() and not form.imap.isVisible()
    form.url.edit.setText("mail.example.net")
    form.verb.click()
    assert program.wished("keep_preset") == [
        (PresetForm("example.net", PresetWay.EXCHANGE, url="mail.example.net"), "")
    ]


def test_what_is_wrong_stands_beside_its_field(page: SettingsPage, program: SampleProgram) -> None:
    section(page, ServicesSection).add.click()
    form = dialog(page)
    texts = {field: f"Wrong: {field.value}." for field in PresetField if field is not PresetField.URL}
    program.preset_faults = tuple(PresetFault(field, text) for field, text in texts.items())
    form.verb.click()
    shown = [
        form.domain,
        form.imap.host_field,
        form.imap.port_field,
        form.smtp.host_field,
        form.smtp.port_field,
        form.other,
    ]
    assert [field.error() for field in shown] == list(texts.values())
    assert form.isVisible()
    program.preset_faults = (PresetFault(PresetField.DOMAIN, "Still wrong."),)
    form.verb.click()
    assert [field.error() for field in shown] == ["Still wrong.", "", "", "", "", ""]
    form.reject()


def test_an_entry_is_edited_and_its_own_form_of_user_name_stays(page: SettingsPage, program: SampleProgram) -> None:
    services = section(page, ServicesSection)
    program.keep_preset(
        PresetForm("example.net", imap=TypedServer("a.example.net", "993"), smtp=TypedServer("b.example.net", "465"),
                   username="EX\\%EMAILLOCALPART%")
    )  # fmt: skip
    press(services, "Edit example.net")
    form = dialog(page)
    assert form.other.isVisible() and form.other.edit.text() == "EX\\%EMAILLOCALPART%"
    form.domain.edit.setText("example.com")
    form.verb.click()
    kept, instead_of = program.wished("keep_preset")[-1]
    assert (kept.domain, kept.username, kept.imap.host) == ("example.com", "EX\\%EMAILLOCALPART%", "a.example.net")
    assert instead_of == "example.net"


def test_a_fault_of_the_disk_is_told_in_the_dialog(
    page: SettingsPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    section(page, ServicesSection).add.click()
    form = dialog(page)

    def full(_form: object, _instead_of: str) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(program, "keep_preset", full)
    form.verb.click()
    assert form.isVisible() and form.fault.text.text() == "The disk is full."
    form.reject()


def test_an_entry_is_removed_after_a_question(page: SettingsPage, program: SampleProgram) -> None:
    services = section(page, ServicesSection)
    for answer in (ConfirmDialog.reject, ConfirmDialog.accept):
        press(services, "Remove example.org")
        (question,) = [d for d in page.window().findChildren(ConfirmDialog) if d.isVisible()]
        answer(question)
    assert program.wished("remove_preset") == [("example.org",)]
    assert "example.org" not in [p.domain for p in program.presets()]


def test_presets_that_cannot_be_read_are_told(
    page: SettingsPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise UsageError("A preset of this workspace cannot be read: no servers.")

    monkeypatch.setattr(program, "presets", broken)
    section(page, ServicesSection)
    assert page.refusal.text.text().startswith("A preset of this workspace")


# -- sign-in at Google and Microsoft


def test_whether_sign_in_is_set_up_shows_at_once(page: SettingsPage, program: SampleProgram) -> None:
    clients = section(page, SignInSection)
    assert [clients.chips[p].text() for p in (Provider.GMAIL, Provider.OUTLOOK)] == ["Not set up", "Set up"]
    control = clients.controls["oauth.gmail.client_id"]
    assert isinstance(control, TextControl)
    control.edit.setText("12-ab.apps.googleusercontent.com")
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert program.get_setting("oauth.gmail.client_id") == "12-ab.apps.googleusercontent.com"
    assert clients.chips[Provider.GMAIL].text() == "Set up"


def test_the_client_secret_is_masked(page: SettingsPage) -> None:
    control = page.controls["oauth.gmail.client_secret"]
    assert isinstance(control, TextControl)
    assert control.edit.echoMode() is control.edit.EchoMode.Password


def test_endpoints_are_folded_away_until_one_is_set(page: SettingsPage, program: SampleProgram) -> None:
    clients = section(page, SignInSection)
    control = clients.controls["oauth.outlook.authority"]
    assert isinstance(control, TextControl)
    assert not control.edit.isVisible()
    press(clients, "Advanced: other endpoints for Microsoft")
    assert control.edit.isVisible()
    google = clients.controls["oauth.gmail.token_url"]
    assert isinstance(google, TextControl)
    assert not google.edit.isVisible()
    program.set_setting("oauth.gmail.imap", "imap.example.org:993:tls")
    assert google.edit.isVisible()
    press(clients, "Advanced: other endpoints for Google")
    program.set_setting("oauth.gmail.smtp", "smtp.example.org:465:tls")
    assert not google.edit.isVisible()  # folded away by hand


def test_an_endpoint_that_cannot_be_used_stays_as_typed_with_the_reason_beside_it(
    page: SettingsPage, program: SampleProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = section(page, SignInSection)
    page.show_section("clients")
    clients.folds[Provider.GMAIL].setChecked(True)
    keep = program.set_setting

    def refuse(key: str, value: object) -> None:
        if value == "x":
            raise UsageError("oauth.gmail.imap is HOST:PORT:tls or HOST:PORT:starttls, not 'x'.")
        keep(key, value)

    monkeypatch.setattr(program, "set_setting", refuse)
    control = clients.controls["oauth.gmail.imap"]
    assert isinstance(control, TextControl)
    control.edit.setText("x")
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert control.edit.text() == "x" and not page.refusal_row.isVisible()
    why = "Incoming mail: Google is HOST:PORT:tls or HOST:PORT:starttls, not 'x'."
    assert control.input.fault() == why
    assert control.edit.accessibleDescription() == f"Error: {why}"
    program.set_setting("undo_seconds", 5)  # a change elsewhere takes nothing away
    assert control.edit.text() == "x" and control.input.fault() == why
    control.edit.selectAll()
    QTest.keyClicks(control.edit, "imap.example.org:993:tls")
    assert control.input.fault() == "" and "HOST:PORT" in control.edit.accessibleDescription()
    QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert program.get_setting("oauth.gmail.imap") == "imap.example.org:993:tls"
    assert control.input.fault() == ""


# -- team inboxes


def test_an_address_is_marked_as_for_meetings_and_unmarked(page: SettingsPage, program: SampleProgram) -> None:
    team = section(page, TeamSection)
    team.address.edit.setText("rooms@example.org")
    QTest.keyClick(team.address.edit, Qt.Key.Key_Return)
    assert program.meetings == ["meet@example.org", "rooms@example.org"]
    assert team.address.edit.text() == ""
    press(team, "Remove meet@example.org")
    assert program.meetings == ["rooms@example.org"]
    press(team, "Remove rooms@example.org")
    assert program.meetings == []


def test_what_cannot_be_marked_is_told_beside_the_field(page: SettingsPage, program: SampleProgram) -> None:
    team = section(page, TeamSection)
    team.address.edit.setText("rooms")
    press(team, "Add")
    assert "not complete" in team.address.error() and program.meetings == ["meet@example.org"]
    QTest.keyClicks(team.address.edit, "@example.org")
    assert team.address.error() == ""
    press(team, "Add")
    assert program.meetings[-1] == "rooms@example.org"


def test_inputs_give_way_in_a_narrow_window(page: SettingsPage) -> None:
    clients = section(page, SignInSection)
    for fold in clients.folds.values():
        fold.setChecked(True)
    page.resize(780, 740)
    QApplication.processEvents()
    view = clients.parentWidget().parentWidget()  # what is seen of it
    edits = [c.edit for c in clients.controls.values() if isinstance(c, TextControl)]
    assert [e.accessibleName() for e in edits if e.mapTo(view, e.rect().topRight()).x() >= view.width()] == []
