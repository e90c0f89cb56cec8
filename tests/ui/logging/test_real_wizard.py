"""The logging wizard over the real façade, a real IMAP server and a real submission server: an address is proved by a test
message, what the server refuses is told, and a wait is ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain.copied_mail import CopyKind
from app.domain.logging_addresses import AddressState, NotSent
from app.runtime.program import Program
from app.ui.kit.theme import Theme
from app.ui.logging.flow import Step
from app.ui.logging.proof_page import ProofPage
from app.ui.logging.wizard import LoggingWizard
from app.ui.settings.page import SettingsPage
from tests.support.desk import Desk, Mailboxes, open_desk
from tests.support.mailbox import MailAccount
from tests.support.submission import Submission


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    with open_desk(home) as opened:
        yield opened


@pytest.fixture
def me(desk: Desk, mailbox: Mailboxes) -> MailAccount:
    account = mailbox("jonas", from_name="Jonas Ahl")
    desk.connect(account)
    return account


@pytest.fixture
def program(qtbot: QtBot, desk: Desk, me: MailAccount) -> Iterator[Program]:
    made = Program(desk.workspace)
    desk.workspace.store.add_listener(made.changed.emit)
    yield made
    assert made.shut_down()


@pytest.fixture
def wizard(qtbot: QtBot, theme: Theme, program: Program) -> LoggingWizard:
    made = LoggingWizard(theme, program, CopyKind.BCC, None)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.show()
    return made


def test_an_address_is_set_up_and_proved(
    qtbot: QtBot, theme: Theme, program: Program, wizard: LoggingWizard, me: MailAccount
) -> None:
    page = SettingsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    wizard.go_on()
    wizard.go_on()
    assert wizard.step is Step.TEST and wizard.run.answers.testing
    qtbot.waitUntil(lambda: wizard.run.answers.proof is not None, timeout=30_000)
    assert wizard.run.answers.proved
    first, second, *rest = wizard.run.answers.steps  # told while it went on, in this order
    assert first == f"Looking at {me.address}" and second.startswith("Sending a test message to ")
    assert rest == ["Waiting for it"]
    wizard.go_on()
    assert wizard.step is Step.DONE
    wizard.forward.click()
    (address,) = program.logging_addresses()
    assert address.state is AddressState.PROVED
    assert address.address.startswith(me.address.partition("@")[0] + "+log-")
    section = page.sections["logging"]
    shown = section.findChild(type(section.parent()), f"address-{address.id}")
    assert shown is not None  # the settings hear of it
    assert "Works" in [chip.accessibleName() for chip in shown.findChildren(type(shown)) if chip.accessibleName()]


def test_what_the_server_refuses_is_told_with_its_words(
    qtbot: QtBot, wizard: LoggingWizard, program: Program, submission: Submission
) -> None:
    wizard.go_on()
    place = wizard.pages[Step.PLACE]
    place.own_radio.setChecked(True)
    wished = wizard.run.answers.inbox_address.replace("@", "+crm@")
    place.address.setText(wished)
    place.address.textEdited.emit(wished)
    submission.recipient_replies[wished.lower()] = "550 5.1.1 no such user here"
    wizard.go_on()
    qtbot.waitUntil(lambda: wizard.run.answers.proof is not None, timeout=30_000)
    assert isinstance(wizard.run.answers.proof, NotSent)
    page = wizard.pages[Step.TEST]
    assert isinstance(page, ProofPage)
    assert "no such user here" in page.outcome.text.text()
    assert not wizard.forward.isEnabled() and wizard.back.isEnabled()
    assert program.logging_addresses()[0].state is AddressState.BROKEN
    wizard.cancel.click()
    assert program.logging_addresses() == ()


def test_a_wait_is_ended(qtbot: QtBot, wizard: LoggingWizard, program: Program, mailbox: Mailboxes) -> None:
    """Mail to this address goes to another mailbox: the message is taken, and never comes."""
    wizard.go_on()
    place = wizard.pages[Step.PLACE]
    place.own_radio.setChecked(True)
    elsewhere = mailbox("other").address
    place.address.setText(elsewhere)
    place.address.textEdited.emit(elsewhere)
    wizard.go_on()
    page = wizard.pages[Step.TEST]
    assert isinstance(page, ProofPage)
    qtbot.waitUntil(lambda: page.bar.value() >= 2, timeout=15_000)
    assert wizard.run.answers.testing and "2 seconds" in page.left.text()
    page.stop_button.click()
    assert not wizard.run.answers.testing and wizard.forward.text() == "Keep it untested"
    wizard.go_on()
    wizard.forward.click()
    assert program.logging_addresses()[0].state is AddressState.NEW
