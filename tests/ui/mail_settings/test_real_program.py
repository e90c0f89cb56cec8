"""The dialogs of the mail settings over the real façade, a real store and a real tracking server."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.events import Verdict
from app.runtime.program import Program
from app.tracking.serve import TrackingServer
from app.ui.kit.theme import Theme
from app.ui.settings.bcc_dialog import BccDialog
from app.ui.settings.blocked_dialog import BlockedDialog
from tests.support.tracked_mail import HOME, TrackedMail


def test_blocking_judges_the_past_again(
    qtbot: QtBot, theme: Theme, real: Program, mail: TrackedMail, host: QWidget
) -> None:
    with mail.store.transaction():
        mail.store.settings.put("tracking.keep_addresses_days", 0)  # the sample mail is old
    mail.send()
    mail.arrive(mail.open(60), mail.open(3600, ip="198.51.100.9"))
    real.start()
    dialog = BlockedDialog(theme, real, host)
    dialog.open()
    dialog.edit.setText(HOME)
    dialog.add_button.click()
    qtbot.waitUntil(lambda: "change" in dialog.past.text(), timeout=5000)
    assert dialog.past.text().startswith("1 past open or click changes")
    assert "1 now of a person would be blocked" in dialog.past.text()
    with qtbot.waitSignal(real.rescored, timeout=10_000, check_params_cb=lambda done: done.finished):
        dialog.verb.click()
    assert [entry.text for entry in real.blocked_networks()] == [HOME]
    assert sorted(row.verdict.value for row in mail.feed()) == sorted([Verdict.BLOCKED.value, Verdict.PERSON.value])


def test_a_server_on_this_computer_says_nothing_of_its_address(
    qtbot: QtBot, theme: Theme, real: Program, mail: TrackedMail, host: QWidget
) -> None:
    dialog = BlockedDialog(theme, real, host)
    dialog.open()
    dialog.mine.click()
    qtbot.waitUntil(dialog.told.isVisible, timeout=5000)
    server = TrackingServer("127.0.0.1", 0, mail.workspace.tracking.path)
    server.start()
    try:
        dialog.told.hide()
        dialog.mine.click()
        qtbot.waitUntil(dialog.told.isVisible, timeout=5000)
    finally:
        server.stop()
    assert dialog.list.count() == 0


def test_additional_addresses_are_kept(theme: Theme, real: Program, host: QWidget) -> None:
    dialog = BccDialog(theme, real, host)
    dialog.open()
    dialog.edit.setText("CRM@example.com archive@example.org")
    dialog.verb.click()
    assert [e.address for e in real.additional_bcc()] == ["CRM@example.com", "archive@example.org"]
