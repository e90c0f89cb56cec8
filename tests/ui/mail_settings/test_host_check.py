"""*Check my tracking host*: over the stand-in, and over the real façade with a real server (T7, S7)."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.tracking_host import HostCheck, HostStep, StepState
from app.runtime.program import Program
from app.tracking.serve import TrackingServer
from app.ui.kit.theme import Theme
from app.ui.settings.host_check_dialog import HostCheckDialog
from app.ui.settings.page import SettingsPage
from app.ui.settings.tracking_section import TrackingSection
from tests.support.tracked_mail import TrackedMail
from tests.ui.support.sample_program import SampleProgram


def test_what_is_found_is_shown_and_summed_up(theme: Theme, program: SampleProgram, host: QWidget) -> None:
    dialog = HostCheckDialog(theme, program, host)
    dialog.open()
    assert dialog.outcome.accessibleName().startswith("All is well") or not dialog.running
    program.host_steps[3] = HostStep(HostCheck.VERSION, StepState.FAILED, "It is old.", "Update it.")
    dialog.verb.click()
    line = dialog.lines[HostCheck.VERSION]
    assert line.advice.isVisible() and line.advice.text() == "Update it."
    assert "did not pass" in line.accessibleName() and dialog.verb.text().strip() == "Check again"


def test_it_can_be_stopped_and_needs_an_address(theme: Theme, program: SampleProgram, host: QWidget) -> None:
    program.host_steps, program.host_ends = program.host_steps[:2], False
    dialog = HostCheckDialog(theme, program, host)
    dialog.open()
    assert dialog.running and dialog.lines[HostCheck.HEALTH].accessibleName().endswith("running")
    dialog.verb.click()
    assert not dialog.running and program.wished("cancel_host_check") == [()]
    program.host_url = ""
    asked = len(program.wished("check_tracking_host"))
    dialog.verb.click()
    assert not dialog.running and len(program.wished("check_tracking_host")) == asked


def test_the_section_opens_it_and_offers_to_unsubscribe(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.show_section("tracking")
    section = page.sections["tracking"]
    assert isinstance(section, TrackingSection)
    section.check_button.click()
    assert page.window().findChildren(HostCheckDialog)
    section.controls["tracking.unsubscribe"].switch.click()
    assert program.get_setting("tracking.unsubscribe") is True


def test_a_real_server_is_gone_through(
    qtbot: QtBot, theme: Theme, real: Program, mail: TrackedMail, host: QWidget
) -> None:
    server = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path)
    server.start()
    try:
        dialog = HostCheckDialog(theme, real, host)
        dialog.open()
        qtbot.waitUntil(lambda: not dialog.running, timeout=20_000)
    finally:
        server.stop()
    assert [step.check for step in dialog.steps] == list(HostCheck)
    states = {step.check: step.state for step in dialog.steps}
    assert states[HostCheck.REACH] is StepState.WARNING  # this computer only
    assert {states[c] for c in (HostCheck.HEALTH, HostCheck.PICTURE, HostCheck.LINK)} == {StepState.PASSED}


def test_closing_ends_it(qtbot: QtBot, theme: Theme, real: Program, host: QWidget) -> None:
    real.set_setting("tracking.url", "http://192.0.2.1:9")
    dialog = HostCheckDialog(theme, real, host)
    dialog.open()
    dialog.close()
    assert not dialog.isVisible()
