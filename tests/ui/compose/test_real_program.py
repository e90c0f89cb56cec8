"""The wizard and the compose page on the real program, against a real IMAP and submission server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit, QPushButton

from app.bootstrap import open_workspace
from app.domain.addresses import Address
from app.domain.inboxes import InboxState, ServerTrust
from app.domain.outbox import OutboxId, OutboxState
from app.runtime.program import Program
from app.ui.compose.compose_page import ComposePage
from app.ui.kit.theme import Theme
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.support.mailbox import MailAccount


@pytest.fixture
def program(qapp, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    monkeypatch.delenv("HITCHPOST_PASSPHRASE")  # no keyring either: the wizard has to set up the encrypted file
    workspace = open_workspace(home)
    made = Program(workspace)
    made.set_setting("undo_seconds", 0)
    made.set_setting("tracking.local", True)
    made.start()
    yield made
    assert made.shut_down()
    workspace.store.close()


def fill(wizard: ConnectWizard, person: MailAccount) -> None:
    page = wizard.pages[Page.SIGN_IN]
    imap, smtp = person.account.imap, person.account.smtp
    page.imap.fill(imap.host, str(imap.port), imap.security)
    page.smtp.fill(smtp.host, str(smtp.port), smtp.security)


def press(widget, text: str) -> None:
    next(b for b in widget.findChildren(QPushButton) if b.text().strip("\u2009") == text).click()


def test_connect_mend_pin_write_and_read(
    qtbot, theme: Theme, program: Program, mailbox: Callable[..., MailAccount]
) -> None:
    me, karin = mailbox("jonas"), mailbox("karin")
    wizard = ConnectWizard(theme, program, None)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    with qtbot.waitActive(wizard):
        wizard.show()
    wizard.go_on()
    wizard.pages[Page.ADDRESS].edit.setText(me.address)
    wizard.pages[Page.ADDRESS].by_hand.click()
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.click()
    qtbot.waitUntil(lambda: wizard.session.answers.secrets_known, timeout=15_000)
    wizard.go_on()
    form = wizard.pages[Page.PASSPHRASE].form
    form.passphrase.setText("correct horse battery")
    form.repeated.setText("correct horse battery")
    wizard.go_on()
    assert wizard.page is Page.SIGN_IN
    fill(wizard, me)
    wizard.pages[Page.SIGN_IN].password.setText("wrong")
    check = wizard.pages[Page.CHECK]

    def remedy_shown() -> bool:
        return check.remedy is not None and not wizard.session.answers.checking

    wizard.go_on()
    qtbot.waitUntil(remedy_shown, timeout=20_000)  # nobody known vouches for the private authority
    assert "vouches" in check.remedy.accessibleName()
    check.remedy.trust_any.click()
    press(check.remedy, "Trust this certificate")
    qtbot.waitUntil(remedy_shown, timeout=20_000)  # now the password is refused
    password = next(e for e in check.remedy.findChildren(QLineEdit) if e.echoMode() is QLineEdit.EchoMode.Password)
    password.setText(me.password)
    with qtbot.waitSignal(wizard.connected, timeout=30_000) as told:
        press(check.remedy, "Try again")
    assert wizard.page is Page.DONE
    card = program.inboxes()[0]
    assert card.id == told.args[0]
    assert program.secret_status().kind == "file"
    qtbot.waitUntil(lambda: program.inboxes()[0].state is InboxState.CONNECTED, timeout=20_000)

    page = ComposePage(theme, program, None)
    page.resize(1056, 760)
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
    page.start(to=(Address(karin.address, "Karin Lindqvist"),))
    page.writing.head.subject.setText("Prüfung 📦")
    qtbot.keyClicks(page.writing.editor, "Hej, see https://example.com/plan")
    picture = QImage(40, 20, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.blue)
    data = QMimeData()
    data.setImageData(picture)
    page.writing.editor.insertFromMimeData(data)
    page.save()
    assert len(program.drafts()) == 1
    with qtbot.waitSignal(page.sent, timeout=5_000) as told:
        page.send()
    number = OutboxId(told.args[0])
    qtbot.waitUntil(lambda: program.outbox(number).state is OutboxState.SENT, timeout=20_000)
    parsed = message_from_bytes(karin.wait_for_messages(1)[0], policy=default)
    assert parsed["Subject"] == "Prüfung 📦"
    html = parsed.get_body(("html",)).get_content()
    assert f"{program.tracking_status().url}/c/" in html  # asked for by tracking.local
    assert ">https://example.com/plan</a>" in html
    types = [part.get_content_type() for part in parsed.walk() if not part.is_multipart()]
    assert types == ["text/plain", "text/html", "image/png"]
    image = next(part for part in parsed.walk() if part.get_content_type() == "image/png")
    assert f"cid:{image['Content-ID'].strip('<>')}" in html
    assert "Hej, see https://example.com/plan" in parsed.get_body(("plain",)).get_content()


def test_reconnect_takes_the_known_servers_and_the_new_password(
    qtbot, theme: Theme, program: Program, mailbox: Callable[..., MailAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    me = mailbox("jonas")
    assert program.unlock_secrets("correct horse battery", True) == ""
    with qtbot.waitSignal(program.check_finished, timeout=20_000) as told:
        program.check_account(me.account, me.secret, None)
    assert told.args[0].ok
    inbox_id = program.connect_inbox(me.account, me.secret, None)
    wizard = ConnectWizard(theme, program, None, me.address)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    wizard.show()
    assert wizard.page is Page.EXPECT  # nothing was agreed to yet
    wizard.pages[Page.EXPECT].accept.click()
    wizard.go_on()
    assert wizard.page is Page.SIGN_IN
    wizard.pages[Page.SIGN_IN].password.setText(me.password)
    with qtbot.waitSignal(wizard.connected, timeout=20_000) as told:
        wizard.go_on()
    assert told.args == [inbox_id]
    account = program.inbox_account(inbox_id)
    assert account is not None
    assert account.trust == ServerTrust(ca_pem=me.account.trust.ca_pem)
