"""Import and export in the settings: the choices of a file, progress, cancel, the report; drawn light, dark and larger."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.records import RecordChange, RecordKind
from app.domain.transfer import (
    Existing,
    ExportReport,
    ImportKind,
    ImportReport,
    ImportUndone,
    Kept,
    NewPeople,
    Progress,
    Skipped,
)
from app.ui.kit.theme import Theme
from app.ui.settings.page import SettingsPage
from app.ui.transfer.dialog import TransferDialog
from app.ui.transfer.export_dialog import ExportDialog
from app.ui.transfer.import_dialog import ImportDialog
from app.ui.transfer.section import TransferSection
from app.ui.transfer.undo_dialog import UndoImportDialog
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.sample_program import SampleProgram

HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Job Title,Associated Company,City,Last Activity Date\n"
    "101,Karin,Lindqvist,karin@example.com,+46 31 701 22 33,Head of logistics,Northlight Cargo AB,Göteborg,2026-03-01\n"
    "102,Marek,Wójcik,marek@example.net,,,,Kraków,\n"
    "103,Wilhelmina-Alexandrine,Featherstonehaugh von und zu Hohenlohe,w@example.org,,,A long company & Sons,Bath,\n"
)
SKIPPED = (
    Skipped(7, "p.nowak@", "The address “p.nowak@” is not complete."),
    Skipped(12, "Ingrid Solberg", "It has no e-mail address, by which contacts are known."),
    Skipped(
        31, "sofie@example.com", "Its addresses belong to 2 different contacts: sofie@example.com, s.holm@example.org."
    ),
)
REPORT = ImportReport(
    ImportKind.CONTACTS, "contacts.csv", read=1204, added=1160, changed=38, same=3, skipped=3, lines=SKIPPED,
    rejected=Path("/home/jonas/contacts.not-imported.csv"), also={"companies": 214},
    notes=("“old.boss@example.com” is no user of this workspace: such records have no owner.",),
)  # fmt: skip


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(HUBSPOT, encoding="utf-8")
    return path


def opened(qtbot: QtBot, dialog: TransferDialog) -> None:
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitExposed(dialog)


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_columns_are_recognised_and_can_be_changed(
    qtbot: QtBot, theme: Theme, program: SampleProgram, table: Path
) -> None:
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, None)
    opened(qtbot, dialog)
    fields = ["record_id", "first_name", "last_name", "email", "phone", "title", "company", "city", ""]
    assert dialog.mapping.mapping() == tuple(fields)
    assert "Karin · Marek · Wilhelmina-Alexandrine" in texts(dialog)
    dialog.mapping.boxes[7].setCurrentIndex(0)
    dialog.existing.setCurrentIndex(1)
    dialog.verb.click()
    kind, path, options = program.transfer.what
    assert (kind, path) == (ImportKind.CONTACTS, table)
    assert options.mapping == (*fields[:7], "", "")
    assert options.existing is Existing.OVERWRITE


def test_another_kind_of_row_is_recognised_anew(
    qtbot: QtBot, theme: Theme, program: SampleProgram, tmp_path: Path
) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes("Deal Name;Deal Stage;Amount\nBrygga Öst;Won;1 200\n".encode("cp1252"))
    dialog = ImportDialog(theme, program, path, ImportKind.CONTACTS, None)
    opened(qtbot, dialog)
    assert dialog.trouble.isVisible(), "the encoding is a guess"
    assert dialog.encoding.currentData() == "cp1252"
    assert dialog.delimiter.currentData() == ";"
    dialog.what.setCurrentIndex(dialog.what.findData(ImportKind.DEALS))
    dialog.what.activated.emit(dialog.what.currentIndex())
    assert dialog.mapping.mapping() == ("name", "stage", "amount")
    assert dialog.currency.isVisible()
    dialog.encoding.setCurrentIndex(dialog.encoding.findData("cp1251"))
    dialog.encoding.activated.emit(dialog.encoding.currentIndex())
    qtbot.waitUntil(lambda: "Brygga Цst" in texts(dialog))  # the rows as the other encoding reads them


def test_progress_cancel_and_report(qtbot: QtBot, theme: Theme, program: SampleProgram, table: Path) -> None:
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, None)
    opened(qtbot, dialog)
    dialog.verb.click()
    transfer = program.transfer
    transfer.progressed.emit(Progress(50, 200, 1200, "Importing contacts"))
    assert "Importing contacts: 1,200, 25 %" in texts(dialog)
    dialog.reject()
    assert transfer.stop_asked
    assert dialog.isVisible(), "it stays until the part in hand is in"
    transfer.ended.emit(REPORT, "")
    shown = texts(dialog)
    assert "1,204 read, 1,160 added, 38 changed, 3 as they were, 3 left out. 214 companies were made." in shown
    assert "contacts.not-imported.csv" in shown
    assert "The address “p.nowak@” is not complete." in shown
    dialog.reject()
    assert not dialog.isVisible()


def test_a_cancelled_import_can_be_taken_back_at_once(
    qtbot: QtBot, theme: Theme, program: SampleProgram, table: Path
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, window)
    dialog.open()
    dialog.verb.click()
    dialog.reject()
    program.transfer.ended.emit(replace(REPORT, cancelled=True, change_id=7), "")
    assert dialog.undo_button.isVisibleTo(dialog)
    dialog.undo_button.click()
    assert window.findChild(UndoImportDialog) is not None


def test_enter_imports_and_does_not_stop_it(qtbot: QtBot, theme: Theme, program: SampleProgram, table: Path) -> None:
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, None)
    opened(qtbot, dialog)
    qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert program.transfer.what[0] is ImportKind.CONTACTS
    qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    assert dialog.isVisible() and not program.transfer.stop_asked


def test_what_stops_it_is_told_and_can_be_tried_again(
    qtbot: QtBot, theme: Theme, program: SampleProgram, table: Path
) -> None:
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, None)
    opened(qtbot, dialog)
    dialog.verb.click()
    program.transfer.ended.emit(None, "No column fills “E-mail address”. Choose which one does.")
    assert "No column fills “E-mail address”" in texts(dialog)
    assert dialog.verb.isVisible()


def test_messages_ask_for_ones_own_addresses(
    qtbot: QtBot, theme: Theme, program: SampleProgram, tmp_path: Path
) -> None:
    path = tmp_path / "All mail.mbox"
    path.write_bytes(b"From x@example.org Mon Mar  2 12:00:00 2026\nFrom: x@example.org\n\nHi\n")
    dialog = ImportDialog(theme, program, path, program.kind_of_file(path), None)
    opened(qtbot, dialog)
    dialog.own.setText("old@example.net; older@example.net")
    dialog.people.setCurrentIndex(2)
    dialog.verb.click()
    options = program.transfer.what[2]
    assert options.own == ("old@example.net", "older@example.net")
    assert options.people is NewPeople.NONE


def test_an_export_says_what_it_wrote(qtbot: QtBot, theme: Theme, program: SampleProgram, tmp_path: Path) -> None:
    dialog = ExportDialog(theme, program, tmp_path, None)
    opened(qtbot, dialog)
    dialog.verb.click()
    assert program.transfer.what == (tmp_path, False)
    files = tuple((f"{name}.csv", 3) for name in ("contacts", "companies", "deals", "messages"))
    program.transfer.ended.emit(ExportReport(tmp_path, files), "")
    assert "3 contacts, 3 companies, 3 deals, 3 messages" in texts(dialog)


def test_a_file_that_is_nothing_known_is_refused(
    qtbot: QtBot, theme: Theme, program: SampleProgram, tmp_path: Path
) -> None:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    assert page.show_section("transfer")
    section = page.sections["transfer"]
    assert isinstance(section, TransferSection)
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    section.import_path(str(tmp_path / "x.bin"))
    assert "It cannot be told what x.bin holds." in page.refusal.text.text()


UNDONE = ImportUndone(
    {"contact": 1158, "company": 214, "deal": 0, "message": 1}, 38,
    (Kept("contact", 7, "Karin Lindqvist", "It was changed since."), Kept("company", 3, "x" * 90, "It is in use.")), 2,
)  # fmt: skip


def imported(program: SampleProgram) -> None:
    program.import_list = tuple(
        RecordChange(
            number, program.now - timedelta(days=number), "Jonas Ahl", RecordKind.IMPORT, 0, f"Imported {name}", {}, {},
            program.now if number == 2 else None,
        )
        for number, name in ((1, "contacts.csv"), (2, "All mail.mbox"), (3, "a-very-long-name-of-a-file" * 5 + ".csv"))
    )  # fmt: skip


def test_an_import_is_undone_from_its_report(qtbot: QtBot, theme: Theme, program: SampleProgram, table: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, parent)
    dialog.open()
    dialog.verb.click()
    program.transfer.ended.emit(REPORT, "")
    assert not dialog.undo_button.isVisible(), "nothing was made that could be undone"
    dialog.show_report(replace(REPORT, change_id=41))
    dialog.undo_button.click()
    undo = parent.findChild(UndoImportDialog)
    assert "Imported contacts.csv" in texts(undo)
    undo.verb.click()
    assert program.transfer.what == ("undo", 41)
    program.transfer.ended.emit(UNDONE, "")
    shown = texts(undo)
    assert "Removed: 1,158 contacts, 214 companies, 1 message. 38 records have again what stood there before." in shown
    assert "Karin Lindqvist" in shown and "It was changed since." in shown


def test_the_latest_imports_are_listed_with_undo(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    imported(program)
    section = TransferSection(theme, program)
    qtbot.addWidget(section)
    section.show()
    assert "Imported contacts.csv" in texts(section)
    undo = [b for b in section.findChildren(QPushButton) if b.text() == "Undo…"]
    assert len(undo) == 2, "what was undone is not undone again"
    undo[0].click()
    dialog = section.findChild(UndoImportDialog)
    dialog.verb.click()
    program.transfer.ended.emit(None, "This import was undone already.")
    assert "This import was undone already." in texts(dialog) and dialog.verb.isVisible()


def test_an_undo_that_was_stopped_says_so(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    dialog = UndoImportDialog(theme, program, 1, "Imported contacts.csv", None)
    opened(qtbot, dialog)
    dialog.verb.click()
    dialog.reject()
    assert program.transfer.stop_asked and dialog.isVisible()
    program.transfer.ended.emit(ImportUndone({}, 0, (), 0, stopped=True), "")
    assert "Stopped. The rest can be undone later." in texts(dialog)


# -- drawn


def drawn_section(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    page = SettingsPage(theme, program)
    page.resize(1056, 740)
    page.show_section("transfer")
    return page


def drawn_imports(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    imported(program)
    return drawn_section(theme, program, table)


def drawn_undo(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    return UndoImportDialog(theme, program, 1, "Imported contacts.csv", None)


def drawn_undone(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    dialog = UndoImportDialog(theme, program, 1, "Imported contacts.csv", None)
    dialog.verb.click()
    program.transfer.ended.emit(UNDONE, "")
    return dialog


def drawn_columns(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    return ImportDialog(theme, program, table, ImportKind.CONTACTS, None)


def drawn_guess(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    table.write_bytes("Deal Name;Deal Stage;Amount\nBrygga Öst;Won;1 200\n".encode("cp1252"))
    return ImportDialog(theme, program, table, ImportKind.DEALS, None)


def drawn_stages(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    names = (
        "Appointment Scheduled",
        "Qualified To Buy",
        "A stage with a name that goes on and on " * 3,
        "Contract Sent",
    )
    rows = "".join(f"Depot {n},{name},12\n" for n, name in enumerate(names))
    table.write_text(f"Deal Name,Deal Stage,Amount\n{rows}", encoding="utf-8")
    return ImportDialog(theme, program, table, ImportKind.DEALS, None)


def drawn_mail(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    return ImportDialog(
        theme, program, table.with_name("All mail Including Spam and Trash.mbox"), ImportKind.MBOX, None
    )


def drawn_running(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    dialog = ImportDialog(theme, program, table, ImportKind.CONTACTS, None)
    dialog.verb.click()
    program.transfer.progressed.emit(Progress(61, 200, 31_204, "Importing contacts"))
    return dialog


def drawn_report(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    dialog = drawn_running(theme, program, table)
    program.transfer.ended.emit(REPORT, "")
    return dialog


def drawn_export(theme: Theme, program: SampleProgram, table: Path) -> QWidget:
    return ExportDialog(theme, program, Path("/home/jonas/Documents/Hitchpost 2026-03-02"), None)


DRAWN: dict[str, Callable[[Theme, SampleProgram, Path], QWidget]] = {
    "section": drawn_section,
    "imports": drawn_imports,
    "undo": drawn_undo,
    "undone": drawn_undone,
    "columns": drawn_columns,
    "guess": drawn_guess,
    "stages": drawn_stages,
    "mail": drawn_mail,
    "running": drawn_running,
    "report": drawn_report,
    "export": drawn_export,
}


@pytest.mark.parametrize(("scheme", "scale"), [("light", 1.0), ("dark", 1.0), ("light", 1.25)])
@pytest.mark.parametrize("name", DRAWN)
def test_it_is_drawn_whole(
    qtbot: QtBot, qapp: QApplication, same_look: None, tmp_path: Path, table: Path, name: str, scheme: str, scale: float
) -> None:
    folder = Path(os.environ.get("HITCHPOST_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    theme = Theme(qapp, scheme, scale)
    program = SampleProgram()
    made = DRAWN[name](theme, program, table)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    for _ in range(4):
        qapp.processEvents()
    made.grab().save(str(folder / f"transfer-{name}-{scheme}{'-large' if scale > 1 else ''}.png"))
    assert clipped(made) == []
    assert nameless(made) == []


def test_stages_that_are_none_here_are_asked_for(
    qtbot: QtBot, theme: Theme, program: SampleProgram, tmp_path: Path
) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("Deal Name,Deal Stage\nOne,Qualified To Buy\nTwo,Contract Sent\n", encoding="utf-8")
    dialog = ImportDialog(theme, program, path, ImportKind.DEALS, None)
    opened(qtbot, dialog)
    assert dialog.stages.isVisible() and len(dialog.stages.boxes) == 2
    assert dialog.options().stages == ()
    here = program.deal_stages()[1].name
    dialog.stages.boxes[0].setCurrentIndex(dialog.stages.boxes[0].findData(here))
    assert dialog.options().stages == (("Qualified To Buy", here),)
    dialog.mapping.boxes[1].setCurrentIndex(0)  # the column is no stage
    assert not dialog.stages.isVisible() and dialog.options().stages == ()
