"""The shared sections over the real façade and a real store: what is typed there counts at once, and what is wrong is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.domain.detection import Finding, Source
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxKind, Provider
from app.runtime.program import Program
from app.ui.kit.theme import Theme
from app.ui.settings.page import SettingsPage
from app.ui.settings.preset_dialog import PresetDialog
from app.ui.settings.rows import TextControl
from app.ui.settings.services_section import ServicesSection
from app.ui.settings.sign_in_section import SignInSection
from app.ui.settings.team_section import TeamSection
from tests.support.running_program import running_program

SERVER = Endpoint("mail.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)


@pytest.fixture
def program(qtbot: QtBot, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, program: Program) -> SettingsPage:
    made = SettingsPage(theme, program)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_preset_is_typed_mended_and_found(page: SettingsPage, program: Program) -> None:
    services = page.sections["services"]
    assert isinstance(services, ServicesSection)
    page.show_section("presets")
    services.add.click()
    (form,) = page.findChildren(PresetDialog)
    form.domain.edit.setText("*.example.org")
    form.imap.host.setText("https://mail.example.org")
    form.imap.port.setText("995")
    form.verb.click()
    assert "wildcard" in form.domain.error()
    assert "not the name of a server" in form.imap.host_field.error()
    assert "POP3" in form.imap.port_field.error()
    assert "Type the name of the SMTP server" in form.smtp.host_field.error()
    assert program.presets() == ()
    form.domain.edit.setText("Example.org")
    form.imap.fill("mail.example.org", "993", ConnectionSecurity.IMPLICIT_TLS)
    form.smtp.fill("mail.example.org", "465", ConnectionSecurity.IMPLICIT_TLS)
    form.verb.click()
    assert not form.isVisible()
    found = program.known_provider("ann@example.org")
    assert isinstance(found, Finding) and found.source is Source.PRESET
    program.remove_preset("example.org")
    assert program.known_provider("ann@example.org") is None


def test_a_client_is_set_up_and_a_wrong_endpoint_is_told(page: SettingsPage, program: Program) -> None:
    clients = page.sections["clients"]
    assert isinstance(clients, SignInSection)
    page.show_section("clients")
    for key, text in (("oauth.gmail.client_id", " 12-ab.apps.googleusercontent.com "), ("oauth.gmail.imap", "nowhere")):
        control = clients.controls[key]
        assert isinstance(control, TextControl)
        control.edit.setText(text)
        QTest.keyClick(control.edit, Qt.Key.Key_Return)
    assert program.has_client(Provider.GMAIL) and clients.chips[Provider.GMAIL].text() == "Set up"
    assert program.get_setting("oauth.gmail.imap") == ""
    assert control.edit.text() == "nowhere" and "HOST:PORT" in control.input.fault()
    assert "oauth." not in control.input.fault()


def test_a_team_inbox_is_no_meetings_address(qtbot: QtBot, page: SettingsPage, program: Program) -> None:
    team = page.sections["team"]
    assert isinstance(team, TeamSection)
    page.show_section("team")
    store = program.workspace.store
    with store.transaction():
        store.inboxes.add(
            ImapAccount("sales@example.org", SERVER, SERVER, "sales"),
            user_id=store.user_id,
            kind=InboxKind.TEAM,
            provider=Provider.GMAIL,
        )
    team.address.edit.setText("Sales@example.org")
    QTest.keyClick(team.address.edit, Qt.Key.Key_Return)
    assert "is a team inbox" in team.address.error()
    team.address.edit.setText("meet@example.org")
    QTest.keyClick(team.address.edit, Qt.Key.Key_Return)
    assert program.meetings_addresses() == ("meet@example.org",)
    (remove,) = [b for b in team.entries.findChildren(QPushButton) if b.accessibleName() == "Remove meet@example.org"]
    qtbot.waitUntil(remove.isVisible)
    QTest.keyClick(team.address.edit, Qt.Key.Key_Tab, Qt.KeyboardModifier.ShiftModifier)
    assert remove.hasFocus()  # it stands above the input
    assert "meetings address" in program.kind_refusal("meet@example.org", InboxKind.TEAM, Provider.GMAIL)
    assert "Settings › Team inboxes" in program.kind_refusal("x@example.org", InboxKind.TEAM, Provider.IMAP)
    program.set_setting("team.any_provider", True)
    assert program.kind_refusal("x@example.org", InboxKind.TEAM, Provider.IMAP) == ""
