"""Another list of networks in Settings › Tracking: over the stand-in, and over the real façade with past events."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.domain.errors import StoreError
from app.domain.events import Verdict
from app.runtime.program import Program
from app.ui.kit.theme import Theme
from app.ui.settings.network_dialog import NetworkDialog
from app.ui.settings.page import SettingsPage
from app.ui.settings.tracking_section import TrackingSection
from tests.support.tracked_mail import TrackedMail
from tests.ui.support.sample_program import SampleProgram

LIST = json.dumps(
    {"date": "2027-01-15", "networks": [{"owner": "Northlight Shield", "role": "gateway", "of": ["198.51.100.0/24"]}]}
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "shield.json"
    made.write_text(LIST)
    return made


@pytest.fixture
def section(qtbot: QtBot, theme: Theme, program: SampleProgram) -> TrackingSection:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.show_section("tracking")
    found = page.sections["tracking"]
    assert isinstance(found, TrackingSection)
    return found


def test_its_date_is_shown_and_a_file_takes_its_place(
    section: TrackingSection, program: SampleProgram, path: Path
) -> None:
    assert section.lists_text.text().startswith("Built in, of 22 November 2026: 213 networks of 14 owners")
    assert not section.built_in_button.isVisible()
    section.load_button.click()
    chooser = section.window().findChild(QFileDialog)
    assert chooser is not None
    chooser.fileSelected.emit(str(path))
    chooser.close()
    dialog = section.window().findChild(NetworkDialog)
    assert dialog is not None and dialog.what.text() == "shield.json, of 15 January 2027: 1 network of 1 owner."
    assert program.wished("try_networks") == [(LIST,)] and "15 past opens and clicks change" in dialog.past.text()
    assert program.wished("use_networks") == []
    dialog.verb.click()
    assert program.wished("use_networks") == [(LIST, "shield.json")]
    assert section.lists_text.text().startswith("shield.json, of 15 January 2027: 1 network of 1 owner.")
    assert section.built_in_button.isVisible()


def test_back_to_the_built_in_one(theme: Theme, program: SampleProgram, host: QWidget, path: Path) -> None:
    program.use_networks(LIST, "shield.json")
    dialog = NetworkDialog(theme, program, None, host)
    dialog.open()
    assert dialog.what.text().startswith("The built-in list, of ")
    dialog.verb.click()
    assert program.wished("use_networks")[-1] == ("", "") and not dialog.isVisible()


def test_a_wrong_file_is_told_and_cannot_be_used(
    theme: Theme, program: SampleProgram, host: QWidget, path: Path
) -> None:
    path.write_text('{"date": "2027-01-15", "networks": [{"owner": "A", "role": "friend", "of": ["192.0.2.0/24"]}]}')
    dialog = NetworkDialog(theme, program, path, host)
    dialog.open()
    assert "shield.json: Entry 1 (A): “role” is one of" in dialog.told.accessibleName()
    assert not dialog.verb.isEnabled() and program.wished("try_networks") == []


def test_what_cannot_be_kept_is_told(theme: Theme, program: SampleProgram, host: QWidget, path: Path) -> None:
    program.save_fault = StoreError("The disk is full.")
    dialog = NetworkDialog(theme, program, path, host)
    dialog.open()
    dialog.verb.click()
    assert dialog.isVisible() and "disk is full" in dialog.told.accessibleName()


# --- over the real façade


def test_past_events_are_judged_anew(
    qtbot: QtBot, theme: Theme, real: Program, mail: TrackedMail, host: QWidget, path: Path
) -> None:
    with mail.store.transaction():
        mail.store.settings.put("tracking.keep_addresses_days", 0)  # the sample mail is old
    mail.send()
    mail.arrive(mail.open(60), mail.open(3600, ip="198.51.100.9"))
    real.start()
    dialog = NetworkDialog(theme, real, path, host)
    dialog.open()
    qtbot.waitUntil(lambda: "change" in dialog.past.text(), timeout=5000)
    assert "1 now of a person would be of a machine" in dialog.past.text()
    with qtbot.waitSignal(real.rescored, timeout=10_000, check_params_cb=lambda done: done.finished):
        dialog.verb.click()
    assert real.network_list().name == "shield.json"
    assert {row.ip: row.verdict for row in mail.feed()}["198.51.100.9"] is Verdict.MACHINE
