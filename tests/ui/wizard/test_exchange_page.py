"""The sign-in page of Exchange and the checks that follow it, as a person sees them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from app.domain.checks import EWS_STEPS, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.inboxes import ExchangeAccount, InboxState, Provider, Secret, ServerTrust
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.kit.theme import Theme
from app.ui.wizard.check_board import RowState, board_for
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.exchange_disclosure import EXCHANGE
from app.ui.wizard.exchange_page import ExchangePage
from app.ui.wizard.flow import Page
from app.ui.wizard.mending_fields import ExchangeFields, PasswordFields, url_error
from tests.ui.support.clipping import clipped, nameless
from tests.ui.wizard.conftest import Open
from tests.ui.wizard.stand_in import Outcome, WizardProgram, card

ADDRESS = "jonas@example.org"
URL = "https://mail.example.org/ews/exchange.asmx"
FACTS = CertificateFacts(
    "CN=mail.example.org",
    "CN=Northlight private authority",
    "2026-01-01T00:00:00Z",
    "2027-01-01T00:00:00Z",
    "ab12" * 16,
)
FULL = (CheckStep.EWS_DISCOVER, *EWS_STEPS, CheckStep.TEST_MESSAGE)


@pytest.fixture
def at_sign_in(walked: Open) -> Open:
    def walk(program: WizardProgram, again: str = "", look=None) -> ConnectWizard:
        wizard = walked(program, Provider.EXCHANGE, again, look)
        assert isinstance(wizard.current, ExchangePage)
        return wizard

    return walk


def fail(program: WizardProgram, steps: tuple[CheckStep, ...], problem: Problem) -> None:
    """The last of these steps fails."""
    for step in steps[:-1]:
        program.check_event.emit(StepStarted(step))
        program.check_event.emit(StepPassed(step))
    program.check_event.emit(StepStarted(steps[-1]))
    program.check_event.emit(StepFailed(steps[-1], problem))
    program.check_finished.emit(Outcome(False, problem=problem, certificate=problem.certificate))


def said(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def test_address_and_password_are_enough(qtbot, at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    page = wizard.current
    assert not wizard.forward.isEnabled()
    assert not page.options.isVisible()
    qtbot.keyClicks(page.password, "s3cret")
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)
    ((account, secret, smtp_secret),) = program.checks
    assert account == ExchangeAccount(ADDRESS, "", ADDRESS)
    assert (secret.reveal(), smtp_secret) == ("s3cret", None)
    for step in FULL:
        program.check_event.emit(StepStarted(step))
        program.check_event.emit(StepPassed(step))
    program.check_finished.emit(Outcome(True))
    assert program.connected[0]["account"] == account
    assert program.connected[0]["version"] == EXCHANGE.version
    assert wizard.page is Page.DONE


def test_the_address_of_the_webmail_becomes_the_exchange_url(qtbot, at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    page = wizard.current
    page.fold.click()
    qtbot.keyClicks(page.password, "s3cret")
    qtbot.keyClicks(page.username, "NORTH\\jonas")
    qtbot.keyClicks(page.url, "https://mail.example.org/owa/#path=/mail")
    page.url.editingFinished.emit()
    assert page.url.text() == URL
    wizard.go_on()
    assert program.checks[0][0] == ExchangeAccount(ADDRESS, URL, "NORTH\\jonas")


@pytest.mark.parametrize(
    ("typed", "words"),
    [("http://mail.example.org", "encrypted"), ("https://outlook.office365.com/owa", "Outlook"), ("a b", "no address")],
)
def test_what_cannot_be_the_url_is_told_where_it_stands(qtbot, at_sign_in, typed, words):
    program = WizardProgram()
    wizard = at_sign_in(program)
    page = wizard.current
    qtbot.keyClicks(page.password, "s3cret")
    page.url.setText(typed)
    assert words in url_error(typed)
    assert not wizard.forward.isEnabled()
    page.url.editingFinished.emit()
    assert page.options.isVisible()
    assert not program.checks


def test_when_nothing_is_found_the_optional_fields_are_asked_for(qtbot, at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    qtbot.keyClicks(wizard.current.password, "s3cret")
    wizard.go_on()
    fail(program, FULL[:1], Problem(ProblemCode.EXCHANGE_NOT_FOUND, "example.org"))
    remedy = wizard.current.remedy
    assert "Exchange URL" in said(remedy)
    assert remedy.trust is None
    fields = remedy.findChild(ExchangeFields)
    assert fields.url.hasFocus()
    qtbot.keyClicks(fields.url, "mail.example.org/owa")
    qtbot.keyClick(fields.url, Qt.Key.Key_Return)
    assert program.checks[1][0] == ExchangeAccount(ADDRESS, URL, ADDRESS)
    assert program.checks[1][1].reveal() == "s3cret"
    fail(program, EWS_STEPS[:1], Problem(ProblemCode.CONNECTION_REFUSED, "mail.example.org", 443))
    wizard.go_back()
    assert wizard.current.options.isVisible()
    assert (wizard.current.password.text(), wizard.current.url.text()) == ("s3cret", URL)


def test_a_refused_password_is_mended_in_place_with_its_user_name(qtbot, at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    qtbot.keyClicks(wizard.current.password, "s3cret")
    wizard.current.url.setText(URL)
    wizard.go_on()
    fail(program, EWS_STEPS, Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443))
    fields = wizard.current.remedy.findChild(PasswordFields)
    assert fields.password.hasFocus()
    fields.username.setText("NORTH\\jonas")
    qtbot.keyClicks(fields.password, "an0ther")
    qtbot.keyClick(fields.password, Qt.Key.Key_Return)
    account, secret, _ = program.checks[1]
    assert (account, secret.reveal()) == (ExchangeAccount(ADDRESS, URL, "NORTH\\jonas"), "an0ther")
    fail(program, EWS_STEPS, Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443))
    wizard.go_back()
    assert (wizard.current.username.text(), wizard.current.password.text()) == ("NORTH\\jonas", "an0ther")


def test_the_name_that_recipients_see_goes_along(qtbot, at_sign_in):
    program = WizardProgram()
    program.settings["user_name"] = ""
    wizard = at_sign_in(program)
    qtbot.keyClicks(wizard.current.password, "s3cret")
    wizard.current.name_field.edit.setText("  Jonas   Ahl ")
    wizard.go_on()
    assert program.checks[0][0].from_name == "Jonas Ahl"


def test_a_certificate_is_shown_and_only_that_one_trusted(qtbot, at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    page = wizard.current
    qtbot.keyClicks(page.password, "s3cret")
    page.url.setText(URL)
    wizard.go_on()
    problem = Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "mail.example.org", 443, certificate=FACTS)
    fail(program, EWS_STEPS[:2], problem)
    check = wizard.current
    assert "AB:12" in said(check.remedy)
    assert "Northlight" in said(check.remedy)
    assert not check.remedy.trust.isEnabled()
    check.remedy.trust_any.click()
    check.remedy.trust.click()
    assert program.checks[1][0].trust == ServerTrust(pin_sha256=FACTS.sha256)
    fail(program, EWS_STEPS, Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443))
    assert check.remedy.trust is None
    wizard.go_back()
    wizard.go_on()
    assert program.checks[2][0].trust == ServerTrust(pin_sha256=FACTS.sha256)
    fail(program, EWS_STEPS, Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443))
    wizard.go_back()
    wizard.current.url.setText("https://other.example.org/ews/exchange.asmx")
    wizard.go_on()
    assert program.checks[3][0].trust == ServerTrust()


def test_another_way_forgets_what_was_made(qtbot, at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    qtbot.keyClicks(wizard.current.password, "s3cret")
    wizard.go_on()
    for _ in range(3):
        wizard.go_back()
    wizard.pages[Page.ADDRESS].radios[Provider.IMAP].click()
    assert wizard.session.made is None


def test_signing_in_again_keeps_server_and_trust(qtbot, at_sign_in):
    known = ExchangeAccount(ADDRESS, URL, "NORTH\\jonas", ServerTrust(pin_sha256="cd" * 32), "Jonas")
    program = WizardProgram(cards=(replace(card(ADDRESS, InboxState.NEEDS_SIGN_IN), provider=Provider.EXCHANGE),))
    program.known = known
    wizard = at_sign_in(program, again=ADDRESS)
    page = wizard.current
    assert (page.url.text(), page.username.text(), page.password.text()) == (URL, "NORTH\\jonas", "")
    qtbot.keyClicks(page.password, "new")
    wizard.go_on()
    assert program.checks[0][0] == known


def test_the_board_has_the_steps_of_the_account():
    found = board_for(ExchangeAccount(ADDRESS, URL, ADDRESS))
    assert [r.step for r in found.rows] == [*EWS_STEPS, CheckStep.TEST_MESSAGE]
    assert [r.step for r in board_for(ExchangeAccount(ADDRESS, "", ADDRESS)).rows] == list(FULL)
    after = found.after(StepStarted(CheckStep.EWS_TLS))
    assert [r.state for r in after.rows][:2] == [RowState.WAITING, RowState.RUNNING]


@pytest.mark.parametrize(("scheme", "scale"), [("light", 1.0), ("dark", 1.0), ("light", 1.25)], ids=str)
@pytest.mark.parametrize("state", ["expect", "idle", "options", "certificate", "elsewhere", "password", "changed"])
def test_nothing_is_cut_off_or_without_a_name(qapp, qtbot, at_sign_in, tmp_path, state, scheme, scale):
    program = WizardProgram()
    wizard = at_sign_in(program, look=Theme(qapp, scheme, scale))
    page = wizard.current
    if state == "expect":
        wizard.go_back()
    if state == "options":
        page.fold.click()
        page.url.setText("http://mail.example.org")
        page.url.editingFinished.emit()
    if state in ("certificate", "elsewhere", "password", "changed"):
        page.password.setText("s3cret")
        page.url.setText("" if state == "elsewhere" else URL)
        wizard.go_on()
    if state == "password":
        said = "401 Unauthorized"
        fail(program, EWS_STEPS, Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443, said))
    if state == "changed":
        wizard.session.made = (
            replace(wizard.session.made[0], trust=ServerTrust(pin_sha256="77aa" * 16)),
            Secret("s3cret"),
        )
        problem = Problem(ProblemCode.CERTIFICATE_CHANGED, "mail.example.org", 443, certificate=FACTS)
        fail(program, EWS_STEPS[:2], problem)
    if state == "certificate":
        problem = Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "mail.example.org", 443, certificate=FACTS)
        fail(program, EWS_STEPS[:2], problem)
    if state == "elsewhere":
        fail(program, FULL[:1], Problem(ProblemCode.EXCHANGE_ELSEWHERE, "mail.hosting-provider.example.net"))
    for _ in range(4):
        qapp.processEvents()
    folder = Path(os.environ.get("HITCHPOST_PICTURES") or tmp_path)
    large = "-large" if scale > 1 else ""
    wizard.grab().save(str(folder / f"wizard-exchange-{state}-{scheme}{large}.png"))
    qtbot.wait(20)
    assert clipped(wizard) == []
    assert nameless(wizard) == []
