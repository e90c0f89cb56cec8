"""Two servers with a certificate each: what is trusted goes to the server that showed it (C9)."""

from __future__ import annotations

from dataclasses import replace

from app.domain.checks import CheckStep
from app.domain.inboxes import ServerTrust
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from app.ui.wizard.mail_services import guessed_servers
from app.ui.wizard.sign_in_form import form_for, form_of
from tests.ui.wizard.stand_in import WizardProgram

S = CheckStep
ONE, TWO = "ab" * 32, "cd" * 32
FACTS = CertificateFacts("CN=mail", "CN=own", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", ONE)
UNTRUSTED = Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "imap.example.org", 993, certificate=FACTS)
OF_SMTP = replace(UNTRUSTED, host="smtp.example.org", port=587, certificate=replace(FACTS, sha256=TWO))
FORM = replace(form_for("jonas@example.org", guessed_servers("jonas@example.org")), password="x")


def at_check(opened, program: WizardProgram) -> ConnectWizard:
    wizard = opened(program)
    wizard.go_on()
    wizard.pages[Page.ADDRESS].edit.setText("jonas@example.org")
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.click()
    wizard.go_on()
    wizard.pages[Page.SIGN_IN].password.setText("hunter22")
    wizard.go_on()
    return wizard


def trust(wizard: ConnectWizard) -> None:
    remedy = wizard.pages[Page.CHECK].remedy
    if remedy.trust_any is not None:
        remedy.trust_any.click()
    remedy.trust.click()


def test_one_after_the_other(opened):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.IMAP_TLS, UNTRUSTED)
    trust(wizard)
    assert (program.checks[1][0].trust, program.checks[1][0].smtp_trust) == (ServerTrust(pin_sha256=ONE), None)
    program.fail(S.SMTP_TLS, replace(OF_SMTP, code=ProblemCode.CERTIFICATE_CHANGED))
    # nobody is asked yet: authorities may vouch for the outgoing server
    assert wizard.pages[Page.CHECK].remedy is None
    assert program.checks[2][0].smtp_trust == ServerTrust()
    program.fail(S.SMTP_TLS, OF_SMTP)
    trust(wizard)
    account = program.checks[3][0]
    assert (account.trust, account.smtp_trust) == (ServerTrust(pin_sha256=ONE), ServerTrust(pin_sha256=TWO))
    program.pass_all()
    assert program.connected[0]["account"] == account


def test_the_outgoing_server_alone(opened):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.SMTP_TLS, OF_SMTP)
    trust(wizard)
    account = program.checks[1][0]
    assert (account.trust, account.smtp_trust) == (ServerTrust(), ServerTrust(pin_sha256=TWO))


def test_a_changed_one_of_the_outgoing_server_is_shown_beside_its_own(opened):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.SMTP_TLS, OF_SMTP)
    trust(wizard)
    third = replace(OF_SMTP, code=ProblemCode.CERTIFICATE_CHANGED, certificate=replace(FACTS, sha256="ef" * 32))
    program.fail(S.SMTP_TLS, third)
    remedy = wizard.pages[Page.CHECK].remedy
    assert not remedy.trust.isEnabled()
    assert remedy.trust_any.text() == "&The fingerprint was confirmed to me"


def test_switching_trust_off_forgets_both(opened):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.IMAP_TLS, UNTRUSTED)
    trust(wizard)
    program.fail(S.SMTP_TLS, replace(OF_SMTP, code=ProblemCode.CERTIFICATE_CHANGED))
    program.fail(S.SMTP_TLS, OF_SMTP)
    wizard.go_back()
    page = wizard.pages[Page.SIGN_IN]
    assert page.trust.isChecked()
    page.trust.click()
    wizard.go_on()
    account = program.checks[-1][0]
    assert (account.trust, account.smtp_trust) == (ServerTrust(), None)


def test_a_form_keeps_both_and_forgets_that_of_a_server_that_is_another():
    both = FORM.pinned(ONE, outgoing=False).pinned(TWO, outgoing=True)
    assert replace(form_of(both.account()), password="x") == both
    assert (both.pin_of(False), both.pin_of(True)) == (ONE, TWO)
    imap_moved = replace(both, imap_host="mail.example.net").moved(both)
    assert (imap_moved.pin_of(False), imap_moved.pin_of(True)) == ("", TWO)
    smtp_moved = replace(both, smtp_host="mail.example.net").moved(both)
    assert (smtp_moved.pin_of(False), smtp_moved.pin_of(True)) == (ONE, "")
    one = FORM.pinned(ONE, outgoing=False)
    assert one.pin_of(True) == ONE  # mostly one certificate serves both
    assert replace(one, smtp_host="mail.example.net").moved(one).pin_of(True) == ""
