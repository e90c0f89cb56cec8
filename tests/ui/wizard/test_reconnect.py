"""Reconnect: the wizard opens where the trouble is, with the address fixed, and keeps what was agreed to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel

from app.domain.checks import EWS_STEPS, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.inboxes import (
    Account,
    ConnectionSecurity,
    Endpoint,
    ExchangeAccount,
    ImapAccount,
    InboxState,
    Provider,
    ServerTrust,
)
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.disclosures import IMAP
from app.ui.wizard.flow import Page
from app.ui.wizard.oauth_disclosures import OUTLOOK
from tests.ui.wizard.stand_in import Outcome, WizardProgram, card

ADDRESS = "jonas@example.org"
OLD, NEW = "77aa" * 16, "ab12" * 16
FACTS = CertificateFacts("CN=mail", "CN=own", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", NEW)
ACCOUNT = ImapAccount(
    ADDRESS,
    Endpoint("imap.example.org", 993, ConnectionSecurity.IMPLICIT_TLS),
    Endpoint("smtp.example.org", 587, ConnectionSecurity.STARTTLS),
    "jonas",
    trust=ServerTrust(pin_sha256=OLD),
    from_name="Jonas at Northlight",
)
CHANGED = Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.org", 993, certificate=FACTS)
S = CheckStep


def program_with(
    state: InboxState,
    problem: Problem | None,
    account: Account | None = ACCOUNT,
    provider: Provider = Provider.IMAP,
    secrets: str = "keyring",
) -> WizardProgram:
    program = WizardProgram(secrets, cards=(replace(card(ADDRESS, state), provider=provider, problem=problem),))
    program.known = account
    return program


def said(wizard: ConnectWizard) -> str:
    return " ".join(label.text() for label in wizard.current.findChildren(QLabel) if label.isVisible())


def test_another_certificate_is_shown_at_once_and_trusted_only_when_it_was_confirmed(opened):
    program = program_with(InboxState.CERTIFICATE, CHANGED)
    wizard = opened(program, ADDRESS)
    assert wizard.page is Page.CHECK
    assert program.checks == [(ACCOUNT, None, None)]  # the password that is kept
    program.fail(S.IMAP_TLS, CHANGED)
    remedy = wizard.pages[Page.CHECK].remedy
    assert "77:AA" in said(wizard)
    assert "AB:12" in said(wizard)
    assert "Trusted until now" in said(wizard)
    assert not remedy.trust.isEnabled()
    remedy.trust.click()
    assert len(program.checks) == 1
    remedy.trust_any.click()
    remedy.trust.click()
    assert program.checks[1] == (replace(ACCOUNT, trust=ServerTrust(pin_sha256=NEW)), None, None)
    program.pass_all()
    assert wizard.page is Page.DONE
    assert program.connected == [{"account": program.checks[1][0], "again": 7}]


def test_from_the_certificate_one_can_go_back_to_the_servers(opened):
    program = program_with(InboxState.CERTIFICATE, CHANGED)
    wizard = opened(program, ADDRESS)
    program.fail(S.IMAP_TLS, CHANGED)
    wizard.go_back()
    assert wizard.page is Page.SIGN_IN
    assert not wizard.forward.isEnabled()  # another server gets no password that was not typed for it
    page = wizard.pages[Page.SIGN_IN]
    page.password.setText("hunter22")
    page.imap.host.setText("mail.example.net")
    wizard.go_on()
    account, secret, _ = program.checks[-1]
    assert secret.reveal() == "hunter22"
    assert account.trust == ServerTrust()  # what was trusted was the other server’s


def test_two_passwords_are_typed_again_before_the_check(opened):
    account = replace(ACCOUNT, smtp_username="relay")
    program = program_with(InboxState.CERTIFICATE, CHANGED, account)
    wizard = opened(program, ADDRESS)
    assert wizard.page is Page.SIGN_IN
    assert program.checks == []


def test_a_password_that_is_gone_is_asked_for_in_place(qtbot, opened):
    program = program_with(InboxState.CERTIFICATE, CHANGED)
    wizard = opened(program, ADDRESS)
    program.fail(S.IMAP_LOGIN, Problem(ProblemCode.NO_SECRET, "imap.example.org"))
    remedy = wizard.pages[Page.CHECK].remedy
    qtbot.keyClicks(wizard.focusWidget(), "hunter22")
    remedy.again.click()
    assert program.checks[1][1].reveal() == "hunter22"


@pytest.mark.parametrize("secrets", ["locked", "checking"])
def test_a_locked_file_is_opened_before_the_check(qtbot, opened, secrets):
    program = program_with(InboxState.CERTIFICATE, CHANGED, secrets=secrets)
    wizard = opened(program, ADDRESS)
    if secrets == "checking":
        program.find_secrets("locked")
    assert wizard.page is Page.PASSPHRASE
    qtbot.keyClicks(wizard.pages[Page.PASSPHRASE].form.passphrase, program.right_passphrase)
    wizard.forward.click()
    assert wizard.page is Page.CHECK
    assert program.checks[-1] == (ACCOUNT, None, None)


def test_exchange_too_checks_with_the_password_that_is_kept(opened):
    account = ExchangeAccount(
        ADDRESS, "https://mail.example.org/ews/exchange.asmx", "NORTH\\jonas", ServerTrust(pin_sha256=OLD)
    )
    problem = replace(CHANGED, host="mail.example.org", port=443)
    program = program_with(InboxState.CERTIFICATE, problem, account, Provider.EXCHANGE)
    wizard = opened(program, ADDRESS)
    assert program.checks == [(account, None, None)]
    program.check_event.emit(StepStarted(EWS_STEPS[0]))
    program.check_event.emit(StepPassed(EWS_STEPS[0]))
    program.check_event.emit(StepFailed(EWS_STEPS[1], problem))
    program.check_finished.emit(Outcome(False, problem=problem))
    wizard.pages[Page.CHECK].remedy.trust_any.click()
    wizard.pages[Page.CHECK].remedy.trust.click()
    assert program.checks[1] == (replace(account, trust=ServerTrust(pin_sha256=NEW)), None, None)


def test_a_server_that_moved_is_named_and_its_field_has_the_focus(qtbot, opened):
    problem = Problem(ProblemCode.HOST_NOT_FOUND, "smtp.example.org", 587)
    program = program_with(InboxState.UNREACHABLE, problem)
    wizard = opened(program, ADDRESS)
    page = wizard.pages[Page.SIGN_IN]
    assert "no server called smtp.example.org" in said(wizard)
    assert page.options.isVisible()
    assert page.smtp.host.hasFocus()
    page.smtp.host.setText("out.example.org")
    assert not wizard.forward.isEnabled()
    qtbot.keyClicks(page.password, "hunter22")
    wizard.go_on()
    account, secret, _ = program.checks[0]
    assert (account.smtp.host, secret.reveal()) == ("out.example.org", "hunter22")
    assert account.trust == ACCOUNT.trust  # of the server that stayed
    assert account.smtp_trust == ServerTrust()
    assert account.from_name == "Jonas at Northlight"


def test_a_wrong_password_says_so_and_its_field_has_the_focus(opened):
    problem = Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993)
    wizard = opened(program_with(InboxState.NEEDS_SIGN_IN, problem), ADDRESS)
    page = wizard.pages[Page.SIGN_IN]
    assert page.password.hasFocus()
    assert not page.options.isVisible()
    assert "does not accept the sign-in" in said(wizard)


def test_what_the_administrator_has_to_allow_can_be_copied(opened):
    problem = Problem(ProblemCode.PERMISSION_MISSING, "outlook.office365.com", 993, "AADSTS65001 no consent")
    program = program_with(InboxState.NEEDS_PERMISSION, problem, None, Provider.OUTLOOK)
    wizard = opened(program, ADDRESS)
    assert wizard.current.title.text() == "Permission is needed"
    wizard.current.why.copy.click()
    text = QGuiApplication.clipboard().text()
    assert ADDRESS in text
    assert "AADSTS65001 no consent" in text
    assert "Exchange admin center" in text
    wizard.go_on()
    assert program.sign_ins[0]["disclosure_version"] == ""


@pytest.mark.parametrize("accepted", ["", "imap-2020-01"])
def test_a_newer_disclosure_is_shown_again_and_what_was_wished_for_stays(qtbot, opened, accepted):
    program = program_with(InboxState.NEEDS_SIGN_IN, None)
    program.agreed = lambda _inbox_id: (accepted, True)
    wizard = opened(program, ADDRESS)
    assert wizard.page is Page.EXPECT
    assert ("newer" in said(wizard)) is bool(accepted)
    assert not wizard.forward.isEnabled()
    wizard.pages[Page.EXPECT].accept.click()
    wizard.go_on()
    qtbot.keyClicks(wizard.pages[Page.SIGN_IN].password, "hunter22")
    wizard.go_on()
    program.pass_all()
    assert program.connected == [{"account": ACCOUNT, "again": 7, "version": IMAP.version, "automation": True}]


def test_a_newer_disclosure_goes_along_with_a_sign_in_too(opened):
    program = program_with(InboxState.NEEDS_SIGN_IN, None, None, Provider.OUTLOOK)
    program.agreed_to = ("outlook-2020-01", False)
    wizard = opened(program, ADDRESS)
    wizard.pages[Page.EXPECT].accept.click()
    wizard.go_on()
    wizard.go_on()
    assert program.sign_ins[0]["disclosure_version"] == OUTLOOK.version
