"""What became of each copy in doubt is asked recipient by recipient: by keys, with the sample program; and with the real one,
where exactly the copy that did not arrive goes out again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.outbox import CopyState, Draft, OutboxId, OutboxState
from app.runtime.program import Program
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.ui.contacts.card import MessageCard
from app.ui.contacts.page import ContactsPage
from app.ui.dialogs.outbox_dialog import OutboxDialog
from app.ui.dialogs.settle_dialog import Answer, SettleDialog
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Button
from tests.support.mailbox import MailAccount
from tests.support.submission import DROP, Submission
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.sample_program import KARIN, SampleProgram

PEOPLE = (KARIN, Address("anders@example.com", "Anders Berg"), Address("x@example.com"))


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme, program: SampleProgram) -> SettleDialog:
    program.put_out(3, OutboxState.UNKNOWN, to=PEOPLE)
    made = SettleDialog(theme, program, OutboxId(3), None)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.open()
    return made


def key(qtbot: QtBot, *keys: Qt.Key) -> None:
    for one in keys:
        at = QApplication.focusWidget()
        assert at is not None
        qtbot.keyClick(at, one)


def test_nothing_is_settled_by_itself(qtbot: QtBot, dialog: SettleDialog, program: SampleProgram) -> None:
    assert [line.answer() for line in dialog.rows.values()] == [Answer.LATER] * 3
    assert not dialog.verb.isEnabled() and dialog.effect.text() == "Nothing changes yet"
    key(qtbot, Qt.Key.Key_Return)
    assert dialog.isVisible() and program.wished("settle_unknown") == []
    assert clipped(dialog) == [] and nameless(dialog) == []


def test_by_keys_each_is_answered_for_apart(qtbot: QtBot, dialog: SettleDialog, program: SampleProgram) -> None:
    key(qtbot, Qt.Key.Key_Right, Qt.Key.Key_Tab, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert [line.answer() for line in dialog.rows.values()] == [Answer.ARRIVED, Answer.AGAIN, Answer.LATER]
    assert dialog.effect.text() == "Goes out again to 1 person, counts as sent to 1 person, 1 left open"
    key(qtbot, Qt.Key.Key_Return)
    assert program.wished("settle_unknown") == [(3, True, 0), (3, False, 1)]
    assert not dialog.isVisible()


def test_many_are_answered_for_at_once(qtbot: QtBot, dialog: SettleDialog, program: SampleProgram) -> None:
    dialog.all_again.click()
    dialog.rows[1].choose(Answer.ARRIVED)
    dialog.verb.click()
    assert program.wished("settle_unknown") == [(3, True, 1), (3, False, 0), (3, False, 2)]


def test_what_is_settled_meanwhile_is_no_longer_asked(dialog: SettleDialog, program: SampleProgram) -> None:
    dialog.rows[0].choose(Answer.AGAIN)
    first, *others = program.out[3].copies
    program.out[3] = replace(program.out[3], copies=(replace(first, state=CopyState.ACCEPTED), *others))
    program.announce(Area.OUTBOX)
    assert list(dialog.rows) == [1, 2] and not dialog.verb.isEnabled()
    program.out[3] = replace(program.out[3], state=OutboxState.SENT, copies=())
    program.outbox_changed.emit(3)
    assert not dialog.isVisible() and program.wished("settle_unknown") == []


def test_the_timeline_asks_where_several_are_in_doubt(qtbot: QtBot, theme: Theme, program: SampleProgram) -> None:
    doubt = next(m for m in program.messages if m.outbox_state is OutboxState.UNKNOWN)
    both = replace(doubt, to=PEOPLE[:2], refused=tuple(a.addr_spec for a in PEOPLE[:2]))
    program.messages = [both if m is doubt else m for m in program.messages]
    page = ContactsPage(theme, program)
    qtbot.addWidget(page)
    page.show()
    page.open_record(1)
    card = next(c for c in page.findChildren(MessageCard) if c.message.pk == doubt.pk)
    (decide,) = [b for b in card.findChildren(Button) if b.text().strip("\u2009") in ("Decide…", "Send again")]
    decide.click()
    opened = page.findChild(SettleDialog)
    assert opened is not None and len(opened.rows) == 2
    opened.reject()


@pytest.fixture
def real(qapp: QApplication, home: Path) -> Iterator[Program]:
    workspace = open_workspace(home)
    made = Program(workspace)
    made.set_setting("undo_seconds", 0)
    made.start()
    yield made
    assert made.shut_down()
    workspace.store.close()


def test_one_arrived_and_one_did_not(
    qtbot: QtBot, theme: Theme, real: Program, mailbox: Callable[..., MailAccount], submission: Submission
) -> None:
    me, ada, bob = mailbox("jonas"), mailbox("ada"), mailbox("bob")
    inbox_id = connect_inbox(real.workspace, me.account, me.secret, None, CheckResult(True, sent_folder="Sent"))
    submission.faults["ANSWER"] = [DROP]  # Ada’s is delivered, and the server never says so
    to = (Address(ada.address, "Ada"), Address(bob.address, "Bob"))
    number = real.send(Draft(inbox_id, to, "Offert", text="Hej", track=False))

    def states() -> list[CopyState]:
        return [c.state for c in real.outbox(number).copies]

    def waits() -> bool:
        message = real.outbox(number)
        return states() == [CopyState.UNKNOWN, CopyState.PENDING] and message.state is OutboxState.QUEUED

    qtbot.waitUntil(waits, timeout=20_000)
    submission.faults["DATA"] = [DROP]  # Bob’s is not
    real.retry(number)
    qtbot.waitUntil(lambda: real.outbox(number).state is OutboxState.UNKNOWN, timeout=20_000)
    assert states() == [CopyState.UNKNOWN, CopyState.UNKNOWN]
    listed = OutboxDialog(theme, real, None)
    qtbot.addWidget(listed)
    listed.open()
    decide = next(b for b in listed.findChildren(Button) if b.accessibleName() == "Decide…: Offert")
    decide.click()
    asked = listed.findChild(SettleDialog)
    assert asked is not None
    asked.rows[0].choose(Answer.ARRIVED)
    asked.rows[1].choose(Answer.AGAIN)
    asked.verb.click()
    qtbot.waitUntil(lambda: real.outbox(number).state is OutboxState.SENT, timeout=20_000)
    assert Counter(who for taken in submission.taken for who in taken.recipients) == {ada.address: 1, bob.address: 1}
    assert len(ada.wait_for_messages(1)) == 1
    assert len(bob.wait_for_messages(1)) == 1
    listed.reject()
