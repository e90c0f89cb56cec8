"""The Inboxes page over the real façade and real servers: diagnosed, paused, resumed and removed by its buttons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain.checks import CheckStep
from app.domain.inboxes import InboxState
from app.runtime.program import Program
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.dialogs.diagnosis_dialog import DiagnosisDialog
from app.ui.inboxes.card import InboxCardView
from app.ui.inboxes.page import InboxesPage
from app.ui.kit.theme import Theme
from tests.support.desk import Desk, Mailboxes, open_desk


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with open_desk(home) as opened:
        yield opened


@pytest.fixture
def program(qtbot: QtBot, desk: Desk) -> Iterator[Program]:
    made = Program(desk.workspace)
    yield made
    assert made.shut_down()


def choose(view: InboxCardView, text: str) -> None:
    view._fill_menu()
    next(a for a in view._menu.actions() if a.text() == text).trigger()


def test_by_its_buttons(qtbot: QtBot, theme: Theme, desk: Desk, program: Program, mailbox: Mailboxes) -> None:
    me = mailbox("jonas")
    inbox = desk.connect(me)
    program.start()
    page = InboxesPage(theme, program)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    view = page.card(inbox.id)
    assert view is not None
    qtbot.waitUntil(lambda: view.chip.text() == "Up to date", timeout=15_000)
    choose(view, "Pause")
    qtbot.waitUntil(lambda: view.chip.text() == "Paused")
    choose(view, "Diagnose…")
    dialog = page.findChild(DiagnosisDialog)
    qtbot.waitUntil(lambda: not dialog.running, timeout=20_000)
    assert dialog.outcome.title.text() == "Every step passed"
    assert dialog.steps.line_of(CheckStep.SMTP_LOGIN).detail.text() == "signed in"
    report = dialog.report.toPlainText()
    assert "State:    paused, since" in report and me.password not in report
    dialog.reject()
    qtbot.mouseClick(view.mend_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.chip.text() == "Up to date", timeout=15_000)
    me.dovecot.change_password(me.address, "another one")
    choose(view, "Diagnose…")
    dialog = page.findChildren(DiagnosisDialog)[-1]
    qtbot.waitUntil(lambda: not dialog.running, timeout=20_000)
    assert dialog.outcome.title.text() == "localhost does not accept the sign-in"
    assert "[AUTHENTICATIONFAILED]" in dialog.report.toPlainText()
    dialog.reject()
    choose(view, "Remove…")
    page.findChild(ConfirmDialog).verb.click()
    qtbot.waitUntil(lambda: page.card(inbox.id) is None, timeout=10_000)
    assert desk.inbox(inbox.id).state is InboxState.REMOVED
