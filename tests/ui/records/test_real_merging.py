"""Over the real façade and a real store: two companies become one and two again, the stages of deals are changed with the
deals in them, and a whole import is taken back; all from the screens that offer it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from app.bootstrap import open_workspace
from app.domain.records import Outcome, RecordKind
from app.runtime.program import Program
from app.ui.companies.merge import MergeDialog, MergeWithDialog
from app.ui.companies.page import CompaniesPage
from app.ui.deals.page import DealsPage
from app.ui.deals.stages import StagesDialog
from app.ui.kit.theme import Theme
from app.ui.settings.page import SettingsPage
from app.ui.transfer.import_dialog import ImportDialog
from app.ui.transfer.section import TransferSection
from app.ui.transfer.undo_dialog import UndoImportDialog

CONTACT, COMPANY, DEAL = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL


@pytest.fixture
def program(qtbot: QtBot, home: Path) -> Iterator[Program]:
    workspace = open_workspace(home)
    made = Program(workspace)
    workspace.store.add_listener(made._tell_commit)
    yield made
    assert made.shut_down()
    workspace.store.close()


def company(program: Program, name: str, domain: str, **more: object) -> int:
    return program.add_record(COMPANY, {"name": name, "domains": [domain], **more})


def test_two_companies_become_one_and_two_again(qtbot: QtBot, theme: Theme, program: Program) -> None:
    north = company(program, "Northlight Cargo", "northlight.example", phone="+46 31 555 010")
    south = company(program, "Northlight Cargo AB", "cargo.example", website="https://cargo.example")
    ann = program.add_record(CONTACT, {"name": "Ann", "addresses": ["ann@cargo.example"]})
    deal = program.add_record(DEAL, {"name": "Depot", "company": south})
    page = CompaniesPage(theme, program)
    qtbot.addWidget(page)
    page.resize(1056, 760)
    page.show()
    page.open_record(north)
    page.detail.merge_requested.emit(north)
    (chooser,) = page.window().findChildren(MergeWithDialog)
    chooser.picker.choose(south, "Northlight Cargo AB")
    (dialog,) = page.window().findChildren(MergeDialog)
    dialog.verb.click()
    kept = program.company_record(north)
    assert kept.domains == ("northlight.example", "cargo.example")
    assert (kept.phone, kept.website) == ("+46 31 555 010", "https://cargo.example")
    assert [c.id for c in program.contact_record(ann).companies] == [north]
    assert program.deal_record(deal).company.id == north
    assert program.company_record(south).merged_into == north
    QApplication.processEvents()
    assert [line.id for line in program.company_table().lines] == [north] and page.detail.record_id == north
    page.toast.undo()
    assert program.company_record(north).domains == ("northlight.example",)
    assert [c.id for c in program.contact_record(ann).companies] == [south]
    assert program.deal_record(deal).company.id == south


def test_stages_are_changed_with_their_deals_and_back(qtbot: QtBot, theme: Theme, program: Program) -> None:
    before = program.stage_list()
    first, second = before[0], before[1]
    deal = program.add_record(DEAL, {"name": "Depot", "stage": first.name})
    page = DealsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.edit_stages()
    dialog = page.findChild(StagesDialog)
    assert dialog is not None and dialog.verb.isEnabled()
    dialog.remove_stage(0)
    dialog._rename(0, "Contract")
    dialog.targets[first.id] = 0
    dialog.verb.click()
    assert program.deal_record(deal).stage == "Contract"
    assert [stage.name for stage in program.stage_list()] == ["Contract", *(s.name for s in before[2:])]
    assert [line.stage for line in program.deal_table().lines] == ["Contract"]
    (change,) = program.record_changes(RecordKind.STAGE, 0)
    page.toast.undo()
    assert [(s.name, s.outcome) for s in program.stage_list()] == [(s.name, s.outcome) for s in before]
    assert program.deal_record(deal).stage == first.name
    assert program.record_changes(RecordKind.STAGE, 0)[-1].id == change.id
    page.edit_stages()  # what the store refuses is told, and nothing is changed
    dialog = next(d for d in page.findChildren(StagesDialog) if d.isVisible())
    dialog._rename(0, second.name)
    dialog.verb.click()
    assert (
        dialog.isVisible() and dialog.trouble.title.text() == "Not saved" and second.name in dialog.trouble.text.text()
    )
    assert program.stage_list()[0].outcome is Outcome.OPEN and program.stage_list()[0].name == first.name


def test_an_import_is_taken_back_from_the_settings(
    qtbot: QtBot, theme: Theme, program: Program, tmp_path: Path
) -> None:
    ann = program.add_record(CONTACT, {"name": "Ann", "addresses": ["ann@example.org"]})
    path = tmp_path / "people.csv"
    path.write_text("Name,Email,Job Title\nAnn,ann@example.org,Buyer\nBo,bo@example.org,\nCy,cy@example.org,\n")
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.show_section("transfer")
    section = page.sections["transfer"]
    assert isinstance(section, TransferSection)
    section.import_path(str(path))
    (importing,) = page.findChildren(ImportDialog)
    qtbot.waitUntil(importing.verb.isEnabled)
    importing.verb.click()
    qtbot.waitUntil(lambda: importing.stack.currentWidget() is importing.report)
    assert program.record_count(CONTACT) == 3 and program.contact_record(ann).title == "Buyer"
    bo = next(line.id for line in program.contact_table().lines if line.name == "Bo")
    program.edit_record(CONTACT, bo, {"title": "Driver"})  # somebody uses it since: it stays, and that is told
    importing.reject()
    QApplication.processEvents()
    undo = [b for b in section.findChildren(QPushButton) if b.accessibleName().startswith("Undo: Imported people.csv")]
    assert len(undo) == 1
    undo[0].click()
    (undoing,) = page.findChildren(UndoImportDialog)
    undoing.verb.click()
    qtbot.waitUntil(lambda: undoing.stack.currentWidget() is undoing.report)
    assert {line.name for line in program.contact_table().lines} == {"Ann", "Bo"}
    assert program.contact_record(ann).title == ""
    QApplication.processEvents()
    assert program.imports()[0].undone_at is not None
    assert not [b for b in section.findChildren(QPushButton) if b.text() == "Undo…" and b.isVisible()]
