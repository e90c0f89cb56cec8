"""The servers that were used before, in Settings › Tracking: how each goes, and giving one up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytestqt.qtbot import QtBot

from app.domain.earlier_hosts import EarlierHost
from app.domain.errors import StoreError
from app.runtime.program import Program
from app.services.change_tracking import use_host
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from app.ui.settings.earlier_servers import EarlierServers
from app.ui.settings.page import SettingsPage
from app.ui.settings.tracking_section import TrackingSection
from tests.support.tracked_mail import TrackedMail
from tests.ui.support.sample_program import SampleProgram

LEFT = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = EarlierHost(3, True, "", "", LEFT, LEFT)
OTHER = EarlierHost(4, False, "https://old.example.com", "t", LEFT, LEFT, "It does not answer.", 2)


@pytest.fixture
def servers(qtbot: QtBot, theme: Theme, program: SampleProgram) -> EarlierServers:
    program.earlier_list = [OWN, OTHER]
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.show_section("tracking")
    section = page.sections["tracking"]
    assert isinstance(section, TrackingSection)
    return section.earlier


def asked(servers: EarlierServers, position: int) -> ConfirmDialog:
    servers.buttons[position].click()
    (dialog,) = servers.window().findChildren(ConfirmDialog)
    return dialog


def test_each_says_how_it_goes(servers: EarlierServers, program: SampleProgram) -> None:
    own, other = (button.accessibleDescription() for button in servers.buttons)
    assert servers.isVisible() and "It answers." in own
    assert "does not answer" in other and "not heard" in other and "2 recipients" in other
    program.earlier_list = []
    servers.refresh()
    assert not servers.isVisible() and servers.buttons == []


def test_one_is_given_up_after_a_question(servers: EarlierServers, program: SampleProgram) -> None:
    dialog = asked(servers, 1)
    assert "never heard of again" in dialog.accessibleDescription() and "2 recipients" in dialog.accessibleDescription()
    assert program.wished("forget_earlier_host") == []
    dialog.verb.click()
    assert program.wished("forget_earlier_host") == [(4,)] and len(servers.buttons) == 1


def test_what_cannot_be_done_is_told(qtbot: QtBot, servers: EarlierServers, program: SampleProgram) -> None:
    program.save_fault = StoreError("The disk is full.")
    with qtbot.waitSignal(servers.refused) as refused:
        asked(servers, 0).verb.click()
    assert refused.args == ["The disk is full."] and len(servers.buttons) == 2


def test_over_the_real_program(qtbot: QtBot, theme: Theme, real: Program, mail: TrackedMail) -> None:
    mail.send()
    use_host(mail.workspace, "https://track.example.com", "t0ken")
    servers = EarlierServers(theme, real)
    qtbot.addWidget(servers)
    servers.refresh()
    assert "Not asked yet." in servers.buttons[0].accessibleDescription()
    asked(servers, 0).verb.click()
    assert real.earlier_hosts() == () and not servers.isVisible()
