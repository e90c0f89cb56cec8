"""Draws every page of the wizard in its states into HITCHPOST_PICTURES (else a temporary folder), in both schemes and
with larger text, and looks for cut-off text and controls without a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.domain.checks import CheckStep
from app.domain.detection import Detected, Nothing, NothingFound, ServiceFacts, Source, Unsupported
from app.domain.errors import SecretError
from app.domain.inboxes import (
    Account,
    ConnectionSecurity,
    Endpoint,
    ExchangeAccount,
    ImapAccount,
    InboxKind,
    InboxState,
    Provider,
    SendAs,
    ServerTrust,
)
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.kit.theme import Theme
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.ui.support.clipping import clipped, nameless
from tests.ui.support.keyboard import Keyboard
from tests.ui.support.pictures import VARIANTS, file_of
from tests.ui.wizard.stand_in import WizardProgram, card, published

S = CheckStep
FACTS = CertificateFacts(
    "CN=mail.example.org, O=Northlight",
    "CN=Northlight private authority",
    "2026-01-01T00:00:00Z",
    "2027-01-01T00:00:00Z",
    "ab12" * 16,
    ("mail.example.org", "imap.example.org"),
)
UNTRUSTED = Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "imap.example.org", 993, certificate=FACTS)
LONG = "a-rather-long-address-for-an-inbox.of.someone@subdomain.of.a.long.company-name.example.org"


def kind(program: WizardProgram, wizard: ConnectWizard) -> None:
    pass


def team(program: WizardProgram, wizard: ConnectWizard) -> None:
    wizard.pages[Page.KIND].team.radio.setChecked(True)


def address(text: str) -> Callable[[WizardProgram, ConnectWizard], None]:
    def act(program: WizardProgram, wizard: ConnectWizard) -> None:
        wizard.go_on()
        page = wizard.pages[Page.ADDRESS]
        page.edit.setText(text)
        page.edit.editingFinished.emit()

    return act


def detected(found: Detected | None) -> Callable[[WizardProgram, ConnectWizard], None]:
    def act(program: WizardProgram, wizard: ConnectWizard) -> None:
        program.detected["jonas@example.org"] = found
        address("jonas@example.org")(program, wizard)

    return act


GMAIL = replace(
    published("jonas@gmail.com", "imap.gmail.com", "smtp.gmail.com"),
    source=Source.KNOWN,
    service=ServiceFacts("Gmail", "https://myaccount.google.com/apppasswords", app_password_needed=True),
)
OUTLOOK = replace(
    published("jonas@outlook.com", "outlook.office365.com", "smtp.office365.com"),
    provider=Provider.OUTLOOK,
    source=Source.KNOWN,
    service=ServiceFacts("Outlook.com", passwords_refused=True),
)


def expect(program: WizardProgram, wizard: ConnectWizard) -> None:
    address("jonas@example.org")(program, wizard)
    wizard.go_on()


def passphrase(program: WizardProgram, wizard: ConnectWizard) -> None:
    expect(program, wizard)
    wizard.pages[Page.EXPECT].accept.setChecked(True)
    wizard.go_on()


def sign_in(program: WizardProgram, wizard: ConnectWizard) -> None:
    expect(program, wizard)
    wizard.pages[Page.EXPECT].accept.setChecked(True)
    wizard.go_on()
    wizard.pages[Page.SIGN_IN].password.setText("correct horse")


def advanced(program: WizardProgram, wizard: ConnectWizard) -> None:
    sign_in(program, wizard)
    wizard.pages[Page.SIGN_IN].fold.click()


def separate(program: WizardProgram, wizard: ConnectWizard) -> None:
    advanced(program, wizard)
    wizard.pages[Page.SIGN_IN].same.setChecked(False)
    wizard.pages[Page.SIGN_IN].imap.host.setText("pop.example.org")
    wizard.pages[Page.SIGN_IN].imap.show_host_error()


def pop3(program: WizardProgram, wizard: ConnectWizard) -> None:
    advanced(program, wizard)
    server = wizard.pages[Page.SIGN_IN].imap
    server.host.setText("pop.example.org")
    server.port.setText("995")
    server.show_host_error()
    server.show_port_error()


def running(program: WizardProgram, wizard: ConnectWizard) -> None:
    sign_in(program, wizard)
    wizard.go_on()
    program.pass_until(S.IMAP_LOGIN)


def failed(step: CheckStep, problem: Problem, trust: bool = False) -> Callable[[WizardProgram, ConnectWizard], None]:
    def act(program: WizardProgram, wizard: ConnectWizard) -> None:
        sign_in(program, wizard)
        wizard.pages[Page.SIGN_IN].trust.setChecked(trust)
        wizard.go_on()
        program.fail(step, problem)

    return act


def done(program: WizardProgram, wizard: ConnectWizard) -> None:
    sign_in(program, wizard)
    wizard.go_on()
    program.pass_all()


def any_team(program: WizardProgram, wizard: ConnectWizard) -> None:
    """The workspace allows team inboxes by every way; the page knows it from its beginning."""
    team(program, wizard)


def team_address(text: str) -> Callable[[WizardProgram, ConnectWizard], None]:
    def act(program: WizardProgram, wizard: ConnectWizard) -> None:
        program.refusals["meet@gmail.com", InboxKind.TEAM] = (
            "meet@gmail.com is a meetings address of this workspace, and a team address cannot be one too. Take it out under "
            "Settings › Team inboxes first, or connect another address."
        )
        program.detected["meet@gmail.com"] = replace(GMAIL, address="meet@gmail.com", provider=Provider.GMAIL)
        team(program, wizard)
        address(text)(program, wizard)

    return act


def somebody_elses(program: WizardProgram, wizard: ConnectWizard) -> None:
    program.refusals["taken@example.org", InboxKind.PERSONAL] = (
        "taken@example.org is connected already, as a personal inbox of Ada Nordström-Wiklund, who was removed from this "
        "workspace. Restore the user, then remove the inbox; its logged mail stays."
    )
    address("taken@example.org")(program, wizard)


def expect_team(program: WizardProgram, wizard: ConnectWizard) -> None:
    program.detected["sales@gmail.com"] = replace(GMAIL, address="sales@gmail.com", provider=Provider.GMAIL)
    team_address("sales@gmail.com")(program, wizard)
    wizard.go_on()


def nothing_found(program: WizardProgram, wizard: ConnectWizard) -> None:
    detected(NothingFound("jonas@example.org", Nothing.NO_SERVER))(program, wizard)
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.setChecked(True)
    wizard.go_on()
    page = wizard.pages[Page.SIGN_IN]
    page.smtp.host.setText("email-smtp.eu-west-1.amazonaws.com")
    page.smtp.show_host_error()


def second_pin(program: WizardProgram, wizard: ConnectWizard) -> None:
    """The outgoing server has a certificate of its own, beside the one that was trusted."""
    failed(S.IMAP_TLS, UNTRUSTED)(program, wizard)
    wizard.pages[Page.CHECK].remedy.trust_any.click()
    wizard.pages[Page.CHECK].remedy.trust.click()
    other = replace(FACTS, subject="CN=smtp.example.org, O=Northlight", sha256="cd34" * 16)
    changed = Problem(ProblemCode.CERTIFICATE_CHANGED, "smtp.example.org", 587, certificate=other)
    program.fail(S.SMTP_TLS, changed)
    program.fail(S.SMTP_TLS, replace(changed, code=ProblemCode.CERTIFICATE_UNTRUSTED))


def not_kept(program: WizardProgram, wizard: ConnectWizard) -> None:
    program.keeping_fails = SecretError("The keyring did not answer. Unlock it, then try again.")
    done(program, wizard)


def aliases(program: WizardProgram, wizard: ConnectWizard) -> None:
    names = ("sales", "hello", "jonas.ahl", "j.ahl", "offers", "press", "support", "jobs")
    program.send_as = tuple(SendAs(f"{name}@a-rather-long-name.example.com") for name in names)
    wizard.session.note = "Google lets no list of aliases out just now. Try Refresh aliases under Inboxes later."
    done(program, wizard)


def long_address(page: Page) -> Callable[[WizardProgram, ConnectWizard], None]:
    def act(program: WizardProgram, wizard: ConnectWizard) -> None:
        program.settings["user_name"] = "Maximiliana Wolfeschlegelsteinhausenbergerdorff of the Northern Sales Office"
        address(LONG)(program, wizard)
        wizard.go_on()
        if page is not Page.EXPECT:
            wizard.pages[Page.EXPECT].accept.setChecked(True)
            wizard.go_on()
            wizard.pages[Page.SIGN_IN].password.setText("correct horse")
            wizard.pages[Page.SIGN_IN].fold.click()
        if page in (Page.CHECK, Page.DONE):
            wizard.go_on()
        if page is Page.CHECK:
            host = "imap." + LONG.partition("@")[2]
            said = "NO [AUTHENTICATIONFAILED] " + "Invalid credentials, see our pages about it. " * 6
            program.fail(S.IMAP_LOGIN, Problem(ProblemCode.WRONG_CREDENTIALS, host, 993, said))
        if page is Page.DONE:
            program.pass_all()

    return act


def app_password(program: WizardProgram, wizard: ConnectWizard) -> None:
    address("jonas@gmail.com")(program, wizard)
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.setChecked(True)
    wizard.go_on()


STATES: dict[str, Callable[[WizardProgram, ConnectWizard], None]] = {
    "kind": kind,
    "kind-team": team,
    "kind-team-any": any_team,
    "address": address("jonas@example.org"),
    "address-empty": address(""),
    "address-wrong": address("jonas@example"),
    "address-never": address("jonas@@exa mple"),
    "address-mistyped": address("jonas@gmial.com"),
    "address-long": address(LONG),
    "address-searching": detected(None),
    "address-nothing": detected(NothingFound("jonas@example.org", Nothing.NO_SERVER)),
    "address-unsupported": detected(
        Unsupported("jonas@example.org", "Closed Mail", "Closed Mail offers no IMAP; it has its own program only.")
    ),
    "address-consent": detected(
        published("jonas@example.org", "imap.example.net", "smtp.example.net", ("imap.example.net", "smtp.example.net"))
    ),
    "address-gmail": address("jonas@gmail.com"),
    "address-outlook": address("jonas@outlook.com"),
    "address-taken": address("taken@example.org"),
    "address-taken-by-another": somebody_elses,
    "address-team-by-imap": team_address("sales@example.org"),
    "address-team-meetings": team_address("meet@gmail.com"),
    "expect": expect,
    "expect-team": expect_team,
    "passphrase": passphrase,
    "sign-in": sign_in,
    "sign-in-app-password": app_password,
    "sign-in-advanced": advanced,
    "sign-in-separate": separate,
    "sign-in-pop3": pop3,
    "sign-in-nothing-found": nothing_found,
    "check-running": running,
    "check-password": failed(
        S.IMAP_LOGIN,
        Problem(
            ProblemCode.APP_PASSWORD_NEEDED, "imap.example.org", 993, "[ALERT] Application-specific password required"
        ),
    ),
    "check-server": failed(S.SMTP_CONNECT, Problem(ProblemCode.CONNECTION_REFUSED, "smtp.example.org", 587)),
    "check-retry": failed(S.IMAP_CONNECT, Problem(ProblemCode.NETWORK_DOWN, "imap.example.org", 993)),
    "check-certificate": failed(S.IMAP_TLS, UNTRUSTED, trust=True),
    "check-certificate-off": failed(S.IMAP_TLS, UNTRUSTED),
    "check-certificate-second": second_pin,
    "check-wrong-outgoing": failed(
        S.SMTP_LOGIN,
        Problem(ProblemCode.WRONG_CREDENTIALS, "smtp.example.org", 587, "5.7.8 authentication failed", 535),
    ),
    "check-test-message": failed(
        S.TEST_MESSAGE, Problem(ProblemCode.SENDER_REFUSED, "smtp.example.org", 587, "5.7.1 sender rejected", 553)
    ),
    "check-not-kept": not_kept,
    "done": done,
    "done-aliases": aliases,
    "expect-long": long_address(Page.EXPECT),
    "sign-in-long": long_address(Page.SIGN_IN),
    "check-long": long_address(Page.CHECK),
    "done-long": long_address(Page.DONE),
}
PINNED = ImapAccount(
    "jonas@example.org",
    Endpoint("imap.example.org", 993, ConnectionSecurity.IMPLICIT_TLS),
    Endpoint("smtp.example.org", 587, ConnectionSecurity.STARTTLS),
    "jonas@example.org",
    trust=ServerTrust(pin_sha256="77aa" * 16),
)
CHANGED = Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.org", 993, certificate=FACTS)
REFUSED = Problem(
    ProblemCode.PERMISSION_MISSING, "imap.gmail.com", 993, "[ALERT] IMAP access is disabled for your domain."
)


def still(program: WizardProgram, wizard: ConnectWizard) -> None:
    pass


# name → (provider, state, its reason, the account, what happens)
MENDED: dict[str, tuple[Provider, InboxState, Problem | None, Account | None, Callable]] = {
    "password": (
        Provider.IMAP,
        InboxState.NEEDS_SIGN_IN,
        Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993),
        PINNED,
        still,
    ),
    "moved": (
        Provider.IMAP,
        InboxState.UNREACHABLE,
        Problem(ProblemCode.HOST_NOT_FOUND, "imap.example.org", 993),
        PINNED,
        still,
    ),
    "certificate": (
        Provider.IMAP,
        InboxState.CERTIFICATE,
        CHANGED,
        PINNED,
        lambda program, _wizard: program.fail(S.IMAP_TLS, CHANGED),
    ),
    "exchange": (
        Provider.EXCHANGE,
        InboxState.NEEDS_SIGN_IN,
        Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443),
        ExchangeAccount("jonas@example.org", "https://mail.example.org/ews/exchange.asmx", "NORTH\\jonas"),
        still,
    ),
    "gmail-permission": (Provider.GMAIL, InboxState.NEEDS_PERMISSION, REFUSED, None, still),
    "outlook": (
        Provider.OUTLOOK,
        InboxState.NEEDS_SIGN_IN,
        Problem(ProblemCode.GRANT_ENDED, "login.microsoftonline.com"),
        None,
        still,
    ),
    "newer-text": (Provider.IMAP, InboxState.NEEDS_SIGN_IN, None, PINNED, still),
}


@pytest.mark.parametrize(("scheme", "scale"), VARIANTS, ids=str)
@pytest.mark.parametrize("name", STATES)
def test_page(name: str, scheme: str, scale: float, folder: Path, qapp, qtbot, same_look: None) -> None:
    theme = Theme(qapp, scheme, scale)
    program = WizardProgram("none" if name == "passphrase" else "keyring", cards=(card("taken@example.org"),))
    program.settings["team.any_provider"] = name == "kind-team-any"
    program.detected = {"jonas@gmail.com": GMAIL, "jonas@outlook.com": OUTLOOK}
    wizard = shown(qtbot, theme, program)
    STATES[name](program, wizard)
    keep(wizard, file_of(folder, f"wizard-{name}", scheme, scale))
    if (scheme, scale) == ("light", 1.0):
        Keyboard(wizard).tour()


@pytest.mark.parametrize(("scheme", "scale"), VARIANTS, ids=str)
@pytest.mark.parametrize("name", MENDED)
def test_mending(name: str, scheme: str, scale: float, folder: Path, qapp, qtbot, same_look: None) -> None:
    provider, state, problem, account, act = MENDED[name]
    known = replace(card("jonas@example.org", state), provider=provider, problem=problem)
    program = WizardProgram(cards=(known,))
    program.known = account
    if name == "newer-text":
        program.agreed_to = ("imap-2024-01", True)
    wizard = shown(qtbot, Theme(qapp, scheme, scale), program, "jonas@example.org")
    act(program, wizard)
    keep(wizard, file_of(folder, f"wizard-reconnect-{name}", scheme, scale))
    if (scheme, scale) == ("light", 1.0):
        Keyboard(wizard).tour()


def shown(qtbot, theme: Theme, program: WizardProgram, address: str = "") -> ConnectWizard:
    wizard = ConnectWizard(theme, program, None, address)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    with qtbot.waitActive(wizard):
        wizard.show()
    return wizard


def keep(wizard: ConnectWizard, path: Path) -> None:
    for _ in range(4):
        QApplication.processEvents()
    wizard.grab().save(str(path))
    assert clipped(wizard) == []
    assert nameless(wizard) == []
    area = wizard.current.area
    assert area.widget().width() <= area.viewport().width(), "the content is cut off at the right"


def test_reconnect_and_small_window(folder: Path, qapp, qtbot, theme: Theme) -> None:
    program = WizardProgram(cards=(card(LONG),))
    wizard = ConnectWizard(theme, program, None, LONG)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    wizard.resize(wizard.minimumSize())
    with qtbot.waitExposed(wizard):
        wizard.show()
    wizard.pages[Page.SIGN_IN].fold.click()
    keep(wizard, folder / "wizard-reconnect-small-light.png")
