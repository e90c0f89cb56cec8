"""The main job as a person does it: the wizard, a message from Compose, the other side opens, clicks and answers, and the
feed, the tray and the desktop's notifications tell."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from app.domain.addresses import Address
from app.domain.checks import StepPassed
from app.domain.events import EventKind
from app.domain.inboxes import InboxState
from app.domain.outbox import Draft, OutboxState
from app.ui.application import Desktop
from app.ui.dialogs.passphrase_dialog import PassphraseDialog
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.support.desktop_bus import DesktopBus
from tests.support.mailbox import MailAccount

Start = Callable[[], Desktop]
AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Thunderbird/128.5"}


def set_server(fields: object, host: str, port: int, security: str) -> None:
    """Types into the wizard's server fields as a person does."""
    fields.host.setText(host)  # type: ignore[attr-defined]
    box: QComboBox = fields.security  # type: ignore[attr-defined]
    box.setCurrentIndex(next(i for i in range(box.count()) if box.itemText(i).upper() == security))
    fields.port.setText(str(port))  # type: ignore[attr-defined]


def open_wizard(qtbot, desktop: Desktop) -> ConnectWizard:
    desktop.window.connect_inbox()
    qtbot.waitUntil(lambda: bool(desktop.window.findChildren(ConnectWizard)), timeout=5000)
    return desktop.window.findChildren(ConnectWizard)[-1]


def go_on(qtbot, wizard: ConnectWizard) -> None:
    """The keyring is looked for meanwhile."""
    qtbot.waitUntil(wizard.forward.isEnabled, timeout=10_000)
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)


def walk_to_sign_in(qtbot, wizard: ConnectWizard, person: MailAccount) -> None:
    go_on(qtbot, wizard)
    qtbot.keyClicks(wizard.pages[Page.ADDRESS].edit, person.address)
    go_on(qtbot, wizard)
    wizard.pages[Page.EXPECT].accept.click()
    go_on(qtbot, wizard)
    page = wizard.pages[Page.SIGN_IN]
    qtbot.keyClicks(page.password, person.password)
    if not page.username.isVisible():
        page.fold.click()
    account = person.account
    set_server(page.imap, "localhost", account.imap.port, "TLS")
    set_server(page.smtp, "localhost", account.smtp.port, "STARTTLS")


def connect(qtbot, desktop: Desktop, person: MailAccount) -> ConnectWizard:
    wizard = open_wizard(qtbot, desktop)
    walk_to_sign_in(qtbot, wizard, person)
    steps: list[object] = []
    desktop.program.check_event.connect(steps.append)
    with qtbot.waitSignal(wizard.connected, timeout=20_000):
        go_on(qtbot, wizard)
    assert len([s for s in steps if isinstance(s, StepPassed)]) == 7
    assert wizard.page is Page.DONE
    with qtbot.waitSignal(wizard.accepted):
        go_on(qtbot, wizard)
    qtbot.waitUntil(lambda: desktop.program.inboxes()[0].state == InboxState.CONNECTED, timeout=15_000)
    return wizard


class TrayItemOnce:
    """The program's item in the panel, for one call."""

    def __init__(self, bus: DesktopBus) -> None:
        self._item = bus.wait_item()

    def menu(self) -> list[tuple[int, str]]:
        try:
            return self._item.menu()
        finally:
            self._item.close()

    def activate(self) -> None:
        try:
            self._item.activate()
        finally:
            self._item.close()


def by_the_panel(qtbot, call: Callable[[], object]) -> object:
    """What the desktop's panel asks over D-Bus comes from another process: Qt answers on this thread meanwhile."""
    with ThreadPoolExecutor(1) as panel:
        asked = panel.submit(call)
        qtbot.waitUntil(asked.done, timeout=10_000)
        return asked.result()


def answer(arrived: EmailMessage, karin: MailAccount, me: MailAccount) -> bytes:
    reply = EmailMessage(policy=default)
    reply["From"] = f"Karin Lindqvist <{karin.address}>"
    reply["To"] = me.address
    reply["Subject"] = "SV: " + str(arrived["Subject"])
    reply["Message-ID"] = f"<{time.time_ns()}@example.com>"
    reply["In-Reply-To"] = arrived["Message-ID"]
    reply["Date"] = format_datetime(datetime.now(UTC))
    reply.set_content("Det passar oss <b>bra</b>.\n\n> Hej Karin\n")
    return reply.as_bytes()


def test_the_main_job(
    qtbot, start: Start, trusted: None, bus: DesktopBus, mailbox: Callable[..., MailAccount], tmp_path: Path
) -> None:
    me, karin = mailbox("jonas"), mailbox("karin")
    desktop = start()
    program, window = desktop.program, desktop.window
    qtbot.waitUntil(lambda: desktop.tray.available, timeout=10_000)
    connect(qtbot, desktop, me)
    qtbot.waitUntil(lambda: program.tracking_status().available, timeout=15_000)

    program.set_setting("undo_seconds", 0)
    program.set_setting("tracking.local", True)
    window.compose()
    page = window.compose_page
    assert page is not None
    writing = page.writing
    qtbot.keyClicks(writing.head.to.edit, f"Karin Lindqvist <{karin.address}>")
    qtbot.keyClick(writing.head.to.edit, Qt.Key.Key_Return)
    qtbot.keyClicks(writing.head.subject, "Offert <b>4410</b> & villkor")
    qtbot.keyClicks(writing.editor, "Hej Karin, se https://northlight.example.com/quote-4410 ")
    file = tmp_path / "Förslag.csv"
    file.write_text("dag;port\nmån;A\n")
    writing.attach([str(file)])
    qtbot.waitUntil(lambda: not writing.is_reading(), timeout=5000)
    with qtbot.waitSignal(page.sent, timeout=5000) as sent:
        qtbot.mouseClick(writing.bar.send, Qt.MouseButton.LeftButton)
    outbox_id = sent.args[0]
    qtbot.waitUntil(lambda: program.outbox(outbox_id).state == OutboxState.SENT, timeout=15_000)
    raw = karin.wait_for_messages(1)[0]
    arrived = message_from_bytes(raw, policy=default)
    assert arrived["Subject"] == "Offert <b>4410</b> & villkor"
    assert [p.get_filename() for p in arrived.iter_attachments()] == ["Förslag.csv"]
    html = arrived.get_body(("html",)).get_content()
    pixel = re.search(r'src="(http[^"]+/o/[^"]+)"', html).group(1)
    link = re.search(r'href="(http[^"]+/c/[^"]+)"', html).group(1)
    sent_copies = me.wait_for_messages(1, "Sent")
    assert b"/o/" not in sent_copies[0]

    program.set_setting("notify_group_seconds", 0)
    window.show_page("inboxes")  # what is chosen in the feed counts as seen
    before = len(bus.notifications)
    with qtbot.waitSignal(program.event_arrived, timeout=10_000) as opened:
        assert httpx.get(pixel, headers=AGENT, timeout=5).status_code == 200
    assert (opened.args[0].kind, opened.args[0].who, opened.args[0].notified) == (
        EventKind.OPEN,
        "Karin Lindqvist",
        True,
    )
    qtbot.wait(1_100)  # what comes within a second of it might be a machine's, and would be told a little later
    with qtbot.waitSignal(program.event_arrived, timeout=10_000) as clicked:
        assert httpx.get(link, headers=AGENT, timeout=5).status_code == 302
    assert clicked.args[0].url == "https://northlight.example.com/quote-4410"
    with qtbot.waitSignal(program.event_arrived, timeout=15_000) as replied:
        me.deliver(answer(arrived, karin, me), sender=karin.address)
    assert replied.args[0].kind == EventKind.REPLY

    shown = [bus.wait_notification(before + n + 1, timeout=5) for n in range(3)]
    assert [n.summary for n in shown] == [
        "Karin Lindqvist opened your message",
        "Karin Lindqvist clicked a link",
        "Karin Lindqvist replied",
    ]
    # The subject comes from outside: the desktop must not take it for markup.
    assert shown[0].body == "Offert &lt;b&gt;4410&lt;/b&gt; &amp; villkor"
    assert {n.app for n in shown} == {"Hitchpost"}

    assert program.unseen() == 3
    window.show_page("activity")
    rows = program.feed()
    assert [r.kind for r in rows] == [EventKind.REPLY, EventKind.CLICK, EventKind.OPEN]
    qtbot.waitUntil(lambda: window.activity.view.model().rowCount() >= 4, timeout=5000)

    window.hide()
    bus.click(shown[2].id)
    qtbot.waitUntil(lambda: window.isVisible() and window.page() == "contacts", timeout=5000)
    assert window.contacts.showing_record()
    assert not next(r for r in program.feed() if r.kind == EventKind.OPEN).seen
    assert next(r for r in program.feed() if r.kind == EventKind.REPLY).seen
    contact = program.find_contact(karin.address)
    timeline = program.timeline(contact)
    assert [(m.direction, m.opens, m.clicks) for m in timeline] == [("received", None, None), ("sent", 1, 1)]

    menu = by_the_panel(qtbot, lambda: [name for _, name in TrayItemOnce(bus).menu()])
    assert {"Open Hitchpost", "Compose", "Sync now", "Pause notifications", "Quit"} <= set(menu)


def test_after_a_restart_nothing_is_asked_and_nothing_is_missed(
    qtbot, start: Start, trusted: None, bus: DesktopBus, mailbox: Callable[..., MailAccount]
) -> None:
    me, karin = mailbox("jonas"), mailbox("karin")
    desktop = start()
    connect(qtbot, desktop, me)
    program = desktop.program
    qtbot.waitUntil(lambda: program.tracking_status().available, timeout=15_000)
    program.set_setting("undo_seconds", 0)
    program.set_setting("tracking.local", True)
    inbox_id = program.senders()[0].inbox_id
    outbox_id = program.send(
        Draft(inbox_id, (Address(karin.address),), "Hej", html='<a href="https://example.com/a">a</a>')
    )
    qtbot.waitUntil(lambda: program.outbox(outbox_id).state == OutboxState.SENT, timeout=15_000)
    arrived = message_from_bytes(karin.wait_for_messages(1)[0], policy=default)
    link = re.search(r'href="(http[^"]+/c/[^"]+)"', arrived.get_body(("html",)).get_content()).group(1)
    assert desktop.close()
    me.deliver(answer(arrived, karin, me), sender=karin.address)
    with pytest.raises(httpx.ConnectError):
        httpx.get(link, headers=AGENT, timeout=5)

    desktop = start()
    seen: list[EventKind] = []
    desktop.program.event_arrived.connect(lambda row: seen.append(row.kind))
    qtbot.waitUntil(lambda: EventKind.REPLY in seen, timeout=20_000)
    qtbot.waitUntil(lambda: desktop.program.tracking_status().available, timeout=15_000)
    httpx.get(link, headers=AGENT, timeout=5)  # the same address as before the restart
    qtbot.waitUntil(lambda: EventKind.CLICK in seen, timeout=10_000)
    assert seen.count(EventKind.REPLY) == 1


def test_a_lost_inbox_is_told_and_reconnected_at_the_same_place(
    qtbot, start: Start, trusted: None, bus: DesktopBus, mailbox: Callable[..., MailAccount]
) -> None:
    me = mailbox("jonas")
    desktop = start()
    connect(qtbot, desktop, me)
    inbox = desktop.program.inboxes()[0]
    before = len(bus.notifications)
    me.dovecot.change_password(me.address, "a new password")
    with qtbot.waitSignal(desktop.program.event_arrived, timeout=20_000) as told:
        desktop.program.background.restart(inbox.id)
    assert told.args[0].kind == EventKind.INBOX
    assert desktop.program.inboxes()[0].state == InboxState.NEEDS_SIGN_IN
    assert bus.wait_notification(before + 1).summary == f"{me.address} needs you"
    place = desktop.workspace.store.inboxes.cursor(inbox.id, "INBOX")

    desktop.window.connect_inbox(me.address)
    wizard = desktop.window.findChildren(ConnectWizard)[-1]
    page = wizard.pages[Page.SIGN_IN]
    while wizard.page is not Page.SIGN_IN:
        if wizard.page is Page.EXPECT:
            wizard.pages[Page.EXPECT].accept.click()
        go_on(qtbot, wizard)
    assert page.address.text() == me.address
    page.password.clear()
    qtbot.keyClicks(page.password, "a new password")
    with qtbot.waitSignal(wizard.connected, timeout=20_000):
        go_on(qtbot, wizard)
    wizard.close()
    qtbot.waitUntil(lambda: desktop.program.inboxes()[0].state == InboxState.CONNECTED, timeout=15_000)
    after = desktop.workspace.store.inboxes.cursor(inbox.id, "INBOX")
    assert (after.uid_validity, desktop.program.inboxes()[0].id) == (place.uid_validity, inbox.id)
    assert after.next_uid >= place.next_uid


def test_closing_goes_to_the_tray_and_the_tray_brings_it_back(qtbot, start: Start, bus: DesktopBus) -> None:
    desktop = start()
    qtbot.waitUntil(lambda: desktop.tray.available, timeout=10_000)
    qtbot.waitUntil(desktop.window.isVisible, timeout=5000)
    desktop.window.close()
    assert not desktop.window.isVisible()
    by_the_panel(qtbot, lambda: TrayItemOnce(bus).activate())
    qtbot.waitUntil(desktop.window.isVisible, timeout=5000)


def test_a_locked_password_file_is_asked_for_at_the_start(
    qtbot, start: Start, trusted: None, mailbox: Callable[..., MailAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = start()
    connect(qtbot, desktop, mailbox("jonas"))
    assert desktop.close()
    monkeypatch.delenv("HITCHPOST_PASSPHRASE")
    desktop = start()
    qtbot.waitUntil(lambda: desktop.window.findChild(PassphraseDialog) is not None, timeout=10_000)
    dialog = desktop.window.findChild(PassphraseDialog)
    qtbot.keyClicks(dialog.form.passphrase, "wrong")
    dialog.verb.click()
    assert dialog.isVisible()
    dialog.form.passphrase.clear()
    qtbot.keyClicks(dialog.form.passphrase, "a passphrase for tests")
    with qtbot.waitSignal(dialog.accepted, timeout=5000):
        dialog.verb.click()
    qtbot.waitUntil(lambda: desktop.program.inboxes()[0].last_sync_at is not None, timeout=10_000)
    qtbot.waitUntil(lambda: desktop.program.inboxes()[0].state == InboxState.CONNECTED, timeout=15_000)
