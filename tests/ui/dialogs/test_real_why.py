"""“Where is a message?” and “What was read” on the real program, against a real IMAP server; draws them into HITCHPOST_PICTURES
where that is set."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.outbox import Draft, OutboxState
from app.runtime.program import Program
from app.services.check_account import CheckResult
from app.services.connect_inbox import connect_inbox
from app.ui.dialogs.why_dialog import WhyDialog
from app.ui.inboxes.ledger import LedgerDialog
from app.ui.kit.labels import Prose
from app.ui.kit.theme import Theme
from tests.support.desk import written
from tests.support.mailbox import MailAccount


@pytest.fixture
def program(qapp: QApplication, home: Path) -> Iterator[Program]:
    workspace = open_workspace(home)
    made = Program(workspace)
    made.set_setting("undo_seconds", 0)
    made.start()
    yield made
    assert made.shut_down()
    workspace.store.close()


def keep_picture(widget: QWidget, name: str) -> None:
    if folder := os.environ.get("HITCHPOST_PICTURES"):
        QApplication.processEvents()  # what is new has its place only then
        widget.grab().save(str(Path(folder) / f"{name}.png"))


def test_what_became_of_each_kind_of_message(
    qtbot: QtBot, theme: Theme, program: Program, mailbox: Callable[..., MailAccount]
) -> None:
    me, karin = mailbox("jonas"), mailbox("karin")
    karin_says = (f"Karin Lindqvist <{karin.address}>", me.address)
    me.dovecot.append(me.address, "Sent", written("x@example.net", me.address, message_id="s@x").encode())
    inbox_id = connect_inbox(program.workspace, me.account, me.secret, None, CheckResult(True, sent_folder="Sent"))
    number = program.send(
        Draft(inbox_id, (Address(karin.address, "Karin Lindqvist"),), "Offert", text="Hej", track=False)
    )
    qtbot.waitUntil(lambda: program.outbox(number).state is OutboxState.SENT, timeout=20_000)
    offer = program.outbox(number).message_id
    me.deliver(written(*karin_says, parent=offer, message_id="answer@example.com"))
    me.deliver(
        written(*karin_says, parent="elsewhere@example.com", message_id="early@example.com", subject="Re: Later")
    )
    me.deliver(written("News <news@example.net>", me.address, message_id="news@example.net", subject="Our news"))
    me.append("INBOX", written(me.address, karin.address, parent=offer, message_id="draft@example.com"), r"(\Draft)")
    program.sync_now(inbox_id)

    def read() -> bool:
        folders = {f.path: f for f in program.inboxes()[0].folders}
        return "INBOX" in folders and folders["INBOX"].bodies_read == 1 and folders["INBOX"].headers_read >= 3

    qtbot.waitUntil(read, timeout=30_000)
    dialog = WhyDialog(theme, program, None)
    qtbot.addWidget(dialog)
    dialog.open()

    def ask(text: str) -> tuple[str, list[str]]:
        dialog.field.setText(text)
        dialog.ask_button.click()
        qtbot.waitUntil(dialog.ask_button.isEnabled, timeout=20_000)
        keep_picture(dialog, f"real-why-{text.split('@')[0].strip('<')}")
        return dialog.verdict.text(), [step.plain_text() for step in dialog._card.findChildren(Prose)]

    verdict, steps = ask("<answer@example.com>")
    assert verdict == "It is here because it answers a message that is known here."
    assert steps[0] == "It is logged, on the timeline of Karin Lindqvist: “Re: Offert”."
    assert dialog.move_button.isVisible() and dialog.open_button.isVisible()
    verdict, steps = ask("<early@example.com>")
    assert "not here" in verdict and steps[0].startswith("“Re: Later” of ") and ", in INBOX of " in steps[0]
    assert any("elsewhere@example.com in its In-Reply-To field, which is not known here" in step for step in steps)
    assert not dialog.move_button.isVisible()
    verdict, steps = ask("<news@example.net>")
    assert verdict == "It is not here because it answers no message that is known here."
    verdict, steps = ask("<draft@example.com>")
    assert "draft" in verdict and any("It is a draft" in step for step in steps)
    verdict, steps = ask(karin.address)
    assert steps[0].startswith(f"{karin.address} is a contact: 1 message to them and 1 message from them are logged.")
    verdict, steps = ask("<nowhere@example.com>")
    assert verdict == "It is not here, and none of the connected inboxes has it." and steps == []

    ledger = LedgerDialog(theme, program, inbox_id, None)
    qtbot.addWidget(ledger)
    ledger.open()
    assert ledger.model.found == 1
    said = ledger.model.index(1).data()
    assert said.startswith("Karin Lindqvist: Re: Offert. Answers your message “Offert”. ")
    ledger.view.setCurrentIndex(ledger.model.index(1))
    keep_picture(ledger, "real-ledger")
    with qtbot.waitSignal(ledger.message_requested) as opened:
        ledger.open_button.click()
    assert program.message_contacts(opened.args[0]) == (program.find_contact(karin.address),)
    dialog.reject()
