"""Add, Remove, Save and Cancel of the two list dialogs, by mouse and by keys; paste, duplicates, what is wrong, long lists."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.blocked_networks import BlockedTrial, read_blocked
from app.domain.errors import StoreError
from app.domain.seen_address import SeenAddress
from app.services.rescore_events import Rescored
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.theme import Theme
from app.ui.settings.bcc_dialog import BccDialog
from app.ui.settings.blocked_dialog import BlockedDialog, foreseen
from app.ui.settings.list_dialog import ListDialog
from app.ui.settings.mail_section import MailSection
from app.ui.settings.page import SettingsPage
from app.ui.settings.sync_account_dialog import SyncAccountDialog
from tests.ui.support.sample_program import SampleProgram


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    made = QWidget()
    made.resize(900, 700)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def bcc(theme: Theme, program: SampleProgram, host: QWidget) -> BccDialog:
    made = BccDialog(theme, program, host)
    made.open()
    return made


@pytest.fixture
def blocked(theme: Theme, program: SampleProgram, host: QWidget) -> BlockedDialog:
    made = BlockedDialog(theme, program, host)
    made.open()
    return made


def shown(dialog: ListDialog) -> list[str]:
    return [dialog.list.item(n).text() for n in range(dialog.list.count())]


def question(dialog: QWidget) -> ConfirmDialog | None:
    return next((d for d in dialog.findChildren(ConfirmDialog) if d.isVisible()), None)


def test_save_keeps_all_at_once_and_what_is_still_typed(bcc: BccDialog, program: SampleProgram) -> None:
    bcc.list.setCurrentRow(0)
    bcc.remove_button.click()
    QTest.keyClicks(bcc.edit, "crm@example.net")
    assert program.wished("save_additional_bcc") == []
    bcc.verb.click()
    assert program.wished("save_additional_bcc") == [(("archive@example.org", "crm@example.net"),)]
    assert bcc.result() == 1


def test_cancel_discards_and_escape_asks(qtbot: QtBot, theme: Theme, program: SampleProgram, host: QWidget) -> None:
    first = BccDialog(theme, program, host)
    first.open()
    first.on_remove()
    QTest.keyClick(first, Qt.Key.Key_Escape)  # nothing was changed: nothing is asked
    assert not first.isVisible()
    made = BccDialog(theme, program, host)
    made.open()
    made.list.setCurrentRow(0)
    QTest.keyClick(made.list, Qt.Key.Key_Delete)
    QTest.keyClick(made, Qt.Key.Key_Escape)
    ask = question(made)
    assert ask is not None and made.isVisible()
    assert ask.cancel is not None
    ask.cancel.click()
    made.close()
    ask = question(made)
    assert ask is not None and made.isVisible()
    ask.verb.click()
    qtbot.waitUntil(lambda: not made.isVisible())
    another = BccDialog(theme, program, host)
    another.open()
    another.list.setCurrentRow(0)
    another.remove_button.click()
    assert another.cancel is not None
    another.cancel.click()
    assert not another.isVisible() and len(program.extra_list) == 2
    assert program.wished("save_additional_bcc") == []


def test_what_is_wrong_stays_in_the_field_with_its_reason(bcc: BccDialog) -> None:
    bcc.add_button.click()
    assert "first" in bcc.field.error()
    QTest.keyClicks(bcc.edit, "crm-intake@example")
    assert not bcc.field.error()
    QTest.keyClick(bcc.edit, Qt.Key.Key_Return)
    assert "Add its ending" in bcc.field.error() and bcc.edit.text() == "crm-intake@example"
    assert bcc.isVisible()
    bcc.verb.click()
    assert bcc.isVisible()  # Save never drops what is typed
    bcc.edit.setText("ARCHIVE@example.org")
    bcc.on_add()
    assert "already" in bcc.field.error() and len(shown(bcc)) == 2
    assert [i.row() for i in bcc.list.selectedIndexes()] == [1]
    bcc.edit.setText("jonas+log-k3v9x2m7ab@example.com")
    bcc.on_add()
    assert "own logging address" in bcc.field.error()
    bcc.edit.setText(" ".join(f"a{n}@example.com" for n in range(20)))
    bcc.on_add()
    assert len(shown(bcc)) == 20 and "at most" in bcc.field.error()


def test_many_are_pasted_at_once(blocked: BlockedDialog) -> None:
    QGuiApplication.clipboard().setText("192.0.2.1 # Home\n192.0.2.0/33\n2001:db8::1-2001:db8::9\n198.51.100.24\n")
    QTest.keySequence(blocked.edit, "Ctrl+V")
    assert shown(blocked)[3:] == ["192.0.2.1  (Home)", "2001:db8::1-2001:db8::9"]
    assert blocked.edit.text() == "192.0.2.0/33" and blocked.field.error()
    QGuiApplication.clipboard().setText("one line")
    blocked.edit.clear()
    QTest.keySequence(blocked.edit, "Ctrl+V")
    assert blocked.edit.text() == "one line"


def test_the_past_is_looked_through_before_saving(qtbot: QtBot, blocked: BlockedDialog, program: SampleProgram) -> None:
    assert not blocked.past.isVisible()
    QTest.keyClicks(blocked.edit, "192.0.2.0/24")
    QTest.keyClick(blocked.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "15 past opens and clicks change" in blocked.past.text())
    assert "12 now of a person would be blocked" in blocked.past.text()
    assert program.wished("save_blocked") == []
    assert foreseen(BlockedTrial({}, 10)) == "No past open or click changes."
    blocked.list.setCurrentRow(3)
    blocked.on_remove()
    assert not blocked.past.isVisible()  # as it was
    blocked.list.setCurrentRow(0)
    blocked.on_remove()
    blocked.verb.click()
    assert program.wished("save_blocked") == [(("203.0.113.0/28", "2001:db8:4a10::/48"),)]


def test_what_is_only_typed_is_looked_through_before_it_is_kept(
    qtbot: QtBot, blocked: BlockedDialog, program: SampleProgram
) -> None:
    QTest.keyClicks(blocked.edit, "192.0.2.0/24")
    assert blocked.past.isVisible() and "Looking through" in blocked.past.text()
    blocked.verb.click()  # sooner than it could be seen
    assert blocked.isVisible() and program.wished("save_blocked") == []
    assert shown(blocked)[3] == "192.0.2.0/24" and "Not saved yet" in blocked.told.accessibleName()
    qtbot.waitUntil(lambda: "15 past opens and clicks change" in blocked.past.text())
    QTest.keyClicks(blocked.edit, "192.0.2.300")
    assert not blocked.told.isVisible()
    blocked.edit.clear()
    QTest.keyClicks(blocked.edit, "198.51.100.9")
    qtbot.waitUntil(lambda: "15 past opens and clicks change" in blocked.past.text())
    assert program.wished("try_blocked")[-1][0][3:] == ("192.0.2.0/24", "198.51.100.9")
    blocked.verb.click()
    assert not blocked.isVisible()
    assert program.wished("save_blocked")[-1][0][3:] == ("192.0.2.0/24", "198.51.100.9")


def test_this_computers_address_is_added_or_why_not(blocked: BlockedDialog, program: SampleProgram) -> None:
    program.own_address = SeenAddress("", "It runs on this computer.")
    blocked.mine.click()
    assert blocked.told.isVisible() and len(shown(blocked)) == 3
    program.own_address = SeenAddress("2001:db8::77")
    blocked.mine.click()
    assert not blocked.told.isVisible()
    assert shown(blocked)[3] == "2001:db8::77  (This computer)"
    blocked.mine.click()
    assert "already" in blocked.field.error() and len(shown(blocked)) == 4


def test_what_cannot_be_saved_is_said_and_stays(blocked: BlockedDialog, program: SampleProgram) -> None:
    program.save_fault = StoreError("The disk is full.")
    blocked.list.setCurrentRow(0)
    blocked.on_remove()
    blocked.verb.click()
    assert blocked.isVisible() and blocked.told.isVisible() and len(program.blocked_list) == 3


def test_thousands_are_shown_and_removed(theme: Theme, program: SampleProgram, host: QWidget) -> None:
    program.blocked_list = [read_blocked(f"10.{n // 250}.{n % 250}.1") for n in range(5000)]
    made = BlockedDialog(theme, program, host)
    made.open()
    assert made.count.text() == "5,000 entries"
    made.list.selectAll()
    made.on_remove()
    assert made.count.text() == "0 entries" and not made.remove_button.isEnabled()


def test_the_section_counts_and_opens_them(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.resize(1100, 900)
    page.show()
    page.show_section("email")
    section = page.sections["email"]
    assert isinstance(section, MailSection)
    assert (section.bcc_chip.text(), section.blocked_chip.text()) == ("2 entries", "3 entries")
    section.bcc_button.click()
    (dialog,) = page.window().findChildren(BccDialog)
    dialog.list.selectAll()
    dialog.on_remove()
    dialog.verb.click()
    QApplication.processEvents()
    assert section.bcc_chip.text() == "None"
    program.rescored.emit(Rescored(1200, 4000, 3, False))
    assert section.blocked_chip.text() == "Judging 30 %"
    program.rescored.emit(Rescored(4000, 4000, 3, True))
    assert section.blocked_chip.text() == "3 entries"


def test_the_section_leads_to_never_log_and_the_account(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.show_section("email")
    section = page.sections["email"]
    assert isinstance(section, MailSection)
    assert section.account_text.text().startswith("default · northlight.example.com · 4410872e0c1b7a55.")
    assert section.never_chip.text() == "2 entries"
    section.account_button.click()
    (dialog,) = page.window().findChildren(SyncAccountDialog)
    dialog.close()
    section.never_button.click()
    assert page.sections["never"].isVisible()
