"""The whole wizard by keys alone, with real servers: Tab, arrows, Space, Enter, Alt with a letter, Page Down, Escape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.domain.inboxes import ConnectionSecurity, Provider, ServerTrust
from app.domain.problems import Problem, ProblemCode
from app.runtime.program import Program
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.support.authority import Authority, Issued
from tests.support.dovecot import Dovecot
from tests.support.fake_ews import FakeExchange
from tests.support.mailbox import MailAccount
from tests.support.running_program import running_program
from tests.support.submission import Submission
from tests.ui.support.keyboard import Keyboard
from tests.ui.wizard.by_keys import to_sign_in
from tests.ui.wizard.conftest import Open
from tests.ui.wizard.stand_in import WizardProgram, card

K = Qt.Key
PASSWORD = "correct horse battery"


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test servers' authority is one of the system's, as in a company."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Program]:
    with running_program(home) as made:
        yield made


def test_imap(qtbot, opened: Open, program: Program, trusted: None, mailbox: Callable[..., MailAccount]):
    person = mailbox("jonas", password=PASSWORD)
    wizard = opened(program)
    keys = to_sign_in(qtbot, wizard, person.address)
    page = wizard.pages[Page.SIGN_IN]
    assert keys.focus is page.password
    keys.tour()
    keys.press(K.Key_Return)
    assert page.password_field.error() == "The password is missing."
    keys.type("not this one")
    keys.tab_to(page.imap.host)
    keys.type("localhost")  # Tab selects what stands there
    keys.press(K.Key_Tab)
    assert keys.focus is page.imap.port
    keys.type(str(person.account.imap.port))
    keys.tab_to(page.smtp.host)
    keys.type("localhost")
    keys.tab_to(page.smtp.port)
    keys.type(str(person.account.smtp.port))
    keys.press(K.Key_Tab)
    keys.press(K.Key_Up)
    assert page.smtp.security.currentData() is ConnectionSecurity.IMPLICIT_TLS
    keys.press(K.Key_Down)
    assert page.smtp.security.currentData() is ConnectionSecurity.STARTTLS
    keys.press(K.Key_O, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(page.smtp_username.hasFocus, timeout=2000)
    keys.tour()
    keys.press(K.Key_O, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(page.same.isChecked, timeout=2000)
    keys.press(K.Key_B, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: wizard.page is Page.EXPECT, timeout=2000)
    keys.press(K.Key_Return)
    assert keys.focus is page.password
    keys.press(K.Key_Return)

    check = wizard.pages[Page.CHECK]
    assert wizard.page is Page.CHECK
    qtbot.waitUntil(lambda: check.remedy is not None, timeout=15_000)
    keys.tour()
    keys.replace(PASSWORD)
    with qtbot.waitSignal(wizard.connected, timeout=15_000):
        keys.press(K.Key_Return)
    assert wizard.page is Page.DONE
    assert keys.focus is wizard.forward
    keys.tour()
    with qtbot.waitSignal(wizard.accepted):
        keys.press(K.Key_Return)
    assert program.inboxes()[0].address == person.address


def test_exchange(qtbot, opened: Open, program: Program, exchange: FakeExchange):
    exchange.add_person("jonas@example.com", PASSWORD)
    wizard = opened(program)
    keys = to_sign_in(qtbot, wizard, "jonas@example.com", Provider.EXCHANGE)
    page = wizard.current
    assert keys.focus is page.password
    keys.type(PASSWORD)
    keys.tab_to(page.fold)
    keys.press(K.Key_Space)
    keys.tour()
    keys.press(K.Key_U, Qt.KeyboardModifier.AltModifier)
    assert keys.focus is page.url
    keys.replace(exchange.url)
    keys.press(K.Key_Return)

    check = wizard.pages[Page.CHECK]
    qtbot.waitUntil(lambda: check.remedy is not None, timeout=15_000)
    remedy = check.remedy
    assert remedy is not None and remedy.trust is not None and remedy.trust_any is not None
    keys.tour()
    keys.tab_to(remedy.trust_any)
    keys.press(K.Key_Space)
    keys.press(K.Key_Tab)
    assert keys.focus is remedy.trust
    with qtbot.waitSignal(wizard.connected, timeout=15_000):
        keys.press(K.Key_Return)
    assert program.inbox_account(program.inboxes()[0].id).trust.pin_sha256  # type: ignore[union-attr]
    keys.tab_to(wizard.forward)
    with qtbot.waitSignal(wizard.accepted):
        keys.press(K.Key_Space)


def test_two_servers_with_a_certificate_each(qtbot, opened: Open, program: Program, authority: Authority):
    """Nobody vouches for either; each is shown, and trusted for its own server alone."""
    one, two = authority.issue("localhost", self_signed=True), authority.issue("localhost", self_signed=True)
    with Dovecot(one) as dovecot, Submission(dovecot, two) as submission:
        dovecot.add_user("jonas@example.com", PASSWORD)
        wizard = opened(program)
        keys = to_sign_in(qtbot, wizard, "jonas@example.com")
        page = wizard.pages[Page.SIGN_IN]
        keys.type(PASSWORD)
        for fields, port in ((page.imap, dovecot.imaps_port), (page.smtp, submission.port)):
            keys.tab_to(fields.host)
            keys.type("localhost")
            keys.press(K.Key_Tab)
            keys.type(str(port))
        keys.press(K.Key_Return)
        check = wizard.pages[Page.CHECK]
        for issued in (one, two):
            _trust(qtbot, keys, check, issued)
        qtbot.waitUntil(lambda: wizard.page is Page.DONE, timeout=15_000)
    account = program.inbox_account(program.inboxes()[0].id)
    assert account.trust == ServerTrust(pin_sha256=one.sha256)  # type: ignore[union-attr]
    assert account.smtp_trust == ServerTrust(pin_sha256=two.sha256)  # type: ignore[union-attr]


def _trust(qtbot, keys: Keyboard, check, issued: Issued) -> None:
    def shown() -> bool:
        remedy = check.remedy
        return remedy is not None and remedy._certificate is not None and remedy._certificate.sha256 == issued.sha256

    qtbot.waitUntil(shown, timeout=15_000)
    if check.remedy.trust_any is not None:
        keys.tab_to(check.remedy.trust_any)
        keys.press(K.Key_Space)
    keys.tab_to(check.remedy.trust)
    keys.press(K.Key_Return)


def test_escape_leaves_every_page(qtbot, opened: Open):
    for page in (Page.KIND, Page.ADDRESS, Page.EXPECT, Page.SIGN_IN, Page.CHECK):
        program = WizardProgram()
        wizard = opened(program)
        _walk_to(wizard, page)
        with qtbot.waitSignal(wizard.rejected):
            Keyboard(wizard).press(K.Key_Escape)
        assert not wizard.isVisible()
        assert program.connected == []


def _walk_to(wizard: ConnectWizard, page: Page) -> None:
    while wizard.page is not page:
        if wizard.page is Page.ADDRESS:
            wizard.pages[Page.ADDRESS].edit.setText("jonas@example.org")
        if wizard.page is Page.EXPECT:
            wizard.pages[Page.EXPECT].accept.setChecked(True)
        if wizard.page is Page.SIGN_IN:
            wizard.pages[Page.SIGN_IN].password.setText("hunter22")
        wizard.go_on()


def test_a_long_text_is_read_by_keys_in_a_small_window(qtbot, opened: Open):
    wizard = opened(WizardProgram())
    wizard.resize(wizard.minimumSize())
    _walk_to(wizard, Page.EXPECT)
    keys = Keyboard(wizard)
    page = wizard.pages[Page.EXPECT]
    bar = page.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0, timeout=5000)
    assert keys.focus is page.accept
    assert bar.value() == 0  # one begins at the beginning
    while bar.value() < bar.maximum():
        before = bar.value()
        keys.press(K.Key_PageDown)
        assert bar.value() > before
    keys.press(K.Key_PageUp)
    assert bar.value() < bar.maximum()
    assert page.area in keys.tour()
    keys.tab_to(page.area)
    before = bar.value()
    keys.press(K.Key_Down)
    assert bar.value() > before
    keys.press(K.Key_Tab)
    assert keys.focus is page.accept
    keys.press(K.Key_Space)
    assert wizard.forward.isEnabled()


@pytest.mark.parametrize(
    ("provider", "code"),
    [(Provider.GMAIL, ProblemCode.PERMISSION_MISSING), (Provider.OUTLOOK, ProblemCode.GRANT_ENDED)],
)
def test_mending_a_sign_in(qtbot, opened: Open, provider: Provider, code: ProblemCode):
    known = replace(card("ada@example.com"), provider=provider, problem=Problem(code, "imap.example.com"))
    program = WizardProgram(cards=(known,))
    wizard = opened(program, "ada@example.com")
    keys = Keyboard(wizard)
    assert keys.focus is wizard.current.name_field.edit
    keys.tour()
    keys.press(K.Key_Return)
    assert len(program.sign_ins) == 1
    assert keys.focus is wizard.current.stop
    keys.tour()
    keys.press(K.Key_Return)
    assert program.sign_ins_cancelled == 1
