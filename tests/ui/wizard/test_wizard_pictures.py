"""Draws every page of the wizard in its states into HITCHPOST_PICTURES (else a temporary folder), in both schemes and
with larger text, and looks for cut-off text and controls without a name."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.domain.checks import CheckStep
from app.domain.detection import Detected, Nothing, NothingFound, ServiceFacts, Source, Unsupported
from app.domain.inboxes import Provider
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.kit.theme import Theme
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from tests.ui.support.clipping import clipped, nameless
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


def app_password(program: WizardProgram, wizard: ConnectWizard) -> None:
    address("jonas@gmail.com")(program, wizard)
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.setChecked(True)
    wizard.go_on()


STATES: dict[str, Callable[[WizardProgram, ConnectWizard], None]] = {
    "kind": kind,
    "kind-team": team,
    "address": address("jonas@example.org"),
    "address-empty": address(""),
    "address-wrong": address("jonas@example"),
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
    "expect": expect,
    "passphrase": passphrase,
    "sign-in": sign_in,
    "sign-in-app-password": app_password,
    "sign-in-advanced": advanced,
    "sign-in-separate": separate,
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
    "done": done,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("HITCHPOST_PICTURES")
    made = Path(named) if named else tmp_path_factory.mktemp("pictures")
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.mark.parametrize(("scheme", "scale"), [("light", 1.0), ("dark", 1.0), ("light", 1.25)], ids=str)
@pytest.mark.parametrize("name", STATES)
def test_page(name: str, scheme: str, scale: float, folder: Path, qapp, qtbot, same_look: None) -> None:
    theme = Theme(qapp, scheme, scale)
    program = WizardProgram("none" if name == "passphrase" else "keyring", cards=(card("taken@example.org"),))
    program.detected = {"jonas@gmail.com": GMAIL, "jonas@outlook.com": OUTLOOK}
    wizard = ConnectWizard(theme, program, None)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    with qtbot.waitExposed(wizard):
        wizard.show()
    STATES[name](program, wizard)
    for _ in range(4):
        qapp.processEvents()
    wizard.grab().save(str(folder / f"wizard-{name}-{scheme}{'-large' if scale > 1 else ''}.png"))
    assert clipped(wizard) == []
    assert nameless(wizard) == []


def test_reconnect_and_small_window(folder: Path, qapp, qtbot, theme: Theme) -> None:
    program = WizardProgram(cards=(card(LONG),))
    wizard = ConnectWizard(theme, program, None, LONG)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    wizard.resize(wizard.minimumSize())
    with qtbot.waitExposed(wizard):
        wizard.show()
    wizard.pages[Page.SIGN_IN].fold.click()
    for _ in range(4):
        qapp.processEvents()
    wizard.grab().save(str(folder / "wizard-reconnect-small-light.png"))
    assert clipped(wizard) == []
