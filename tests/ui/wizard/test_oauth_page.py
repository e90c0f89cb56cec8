"""The sign-in page of Gmail and Outlook, as a person sees it: the browser opens, one comes back, or it went wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

from app.domain.checks import ALL_STEPS, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.inboxes import (
    ConnectionSecurity,
    Endpoint,
    ImapAccount,
    InboxId,
    InboxKind,
    InboxState,
    Provider,
    SendAs,
)
from app.domain.problems import Problem, ProblemCode
from app.domain.sign_in import BrowserWanted, SignedIn, SignInEnded, SignInFault, SignInTrouble
from app.ui.kit.theme import Theme
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.flow import Page
from app.ui.wizard.oauth_disclosures import GMAIL, OUTLOOK
from app.ui.wizard.oauth_page import OAuthPage
from tests.ui.support.clipping import clipped, nameless
from tests.ui.wizard.conftest import Open
from tests.ui.wizard.stand_in import WizardProgram, card

URL = "https://accounts.example.com/authorize?state=abc"


class Opened(QObject):
    """In the place of the system's browser."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.urls.append(url.toString())


@pytest.fixture
def browser() -> Iterator[Opened]:
    handler = Opened()
    QDesktopServices.setUrlHandler("https", handler, "take")
    yield handler
    QDesktopServices.unsetUrlHandler("https")


@pytest.fixture
def at_sign_in(walked: Open, browser) -> Open:
    def walk(program: WizardProgram, provider: Provider = Provider.GMAIL, again: str = "", look=None) -> ConnectWizard:
        return walked(program, provider, again, look)

    return walk


def test_the_browser_waits_for_the_keyring(at_sign_in, browser):
    inbox = replace(card("ada@example.com"), provider=Provider.GMAIL)
    program = WizardProgram(secrets="checking", cards=(inbox,))
    wizard = at_sign_in(program, again="ada@example.com")
    assert wizard.page is Page.SIGN_IN
    assert not wizard.forward.isEnabled()
    program.find_secrets("keyring")
    assert wizard.forward.isEnabled()


@pytest.mark.parametrize(("provider", "disclosure"), [(Provider.GMAIL, GMAIL), (Provider.OUTLOOK, OUTLOOK)])
def test_there_and_back(qtbot, at_sign_in, browser, provider, disclosure):
    program = WizardProgram()
    wizard = at_sign_in(program, provider)
    page = wizard.current
    assert isinstance(page, OAuthPage)
    assert not program.sign_ins
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)
    assert program.sign_ins == [
        {
            "provider": provider,
            "address": "jonas@example.org",
            "kind": InboxKind.PERSONAL,
            "disclosure_version": disclosure.version,
            "automation": False,
            "from_name": "",
            "username": "",
        }
    ]
    assert not wizard.forward.isEnabled()
    program.sign_in_event.emit(BrowserWanted(URL))
    assert browser.urls == [URL]
    page.open_again.click()
    assert browser.urls == [URL, URL]
    page.copy.click()
    assert QGuiApplication.clipboard().text() == URL
    program.sign_in_event.emit(SignedIn("jonas@example.org"))
    assert not page.open_again.isVisible()
    for step in ALL_STEPS:
        program.sign_in_event.emit(StepStarted(step))
        program.sign_in_event.emit(StepPassed(step, "ok"))
    with qtbot.waitSignal(wizard.connected) as told:
        program.sign_in_event.emit(SignInEnded(InboxId(5), sent_folder="Sent"))
    assert told.args == [5]
    assert wizard.page is Page.DONE
    assert not wizard.back.isVisible()


def test_a_refusal_is_explained_and_can_be_tried_again(at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    page = wizard.current
    wizard.go_on()
    program.sign_in_event.emit(BrowserWanted(URL))
    fault = SignInFault(SignInTrouble.ADMIN_APPROVAL, "admin_policy_enforced", "accounts.google.com")
    program.sign_in_event.emit(SignInEnded(fault=fault))
    assert page.trouble.isVisible()
    assert wizard.forward.isEnabled()
    assert wizard.page is Page.SIGN_IN
    wizard.go_on()
    assert not page.trouble.isVisible()
    assert len(program.sign_ins) == 2


def test_a_failed_check_says_which_step(at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    wizard.go_on()
    program.sign_in_event.emit(SignedIn("jonas@example.org"))
    problem = Problem(ProblemCode.LOGIN_DISABLED, "imap.gmail.com", 993, "IMAP access is disabled")
    program.sign_in_event.emit(StepStarted(CheckStep.IMAP_LOGIN))
    program.sign_in_event.emit(StepFailed(CheckStep.IMAP_LOGIN, problem))
    program.sign_in_event.emit(SignInEnded(problem=problem))
    page = wizard.current
    assert page.steps.isVisible()
    assert page.trouble.isVisible()
    assert "did not pass" in page.steps.line_of(CheckStep.IMAP_LOGIN).accessibleName()


def test_the_name_that_was_given_wins_over_the_one_at_gmail(qtbot, at_sign_in):
    program = WizardProgram()
    program.send_as = (SendAs("jonas@example.org", "Jonas at Gmail"),)
    wizard = at_sign_in(program)
    page = wizard.current
    assert page.name_field.edit.text() == ""
    assert "Gmail has for this address" in page.name_field.edit.accessibleDescription()
    qtbot.keyClicks(page.name_field.edit, "Jonas Ahl")  # also where it is the name in the settings
    wizard.go_on()
    assert program.sign_ins[0]["from_name"] == "Jonas Ahl"
    program.sign_in_event.emit(SignInEnded(InboxId(5)))
    assert wizard.pages[Page.DONE].seen.text() == "Recipients see Jonas Ahl <jonas@example.org>."


@pytest.mark.parametrize(
    ("provider", "seen"), [(Provider.GMAIL, "Jonas at Gmail"), (Provider.OUTLOOK, "Jonas Ahl")], ids=str
)
def test_the_last_page_says_which_name_recipients_see(at_sign_in, provider, seen):
    program = WizardProgram()
    wizard = at_sign_in(program, provider)
    assert wizard.current.name_field.edit.text() == ("" if provider is Provider.GMAIL else "Jonas Ahl")
    wizard.go_on()
    assert program.sign_ins[0]["from_name"] == ""
    program.send_as = (SendAs("jonas@example.org", "Jonas at Gmail"),) if provider is Provider.GMAIL else ()
    program.sign_in_event.emit(SignInEnded(InboxId(5)))
    assert wizard.pages[Page.DONE].seen.text() == f"Recipients see {seen} <jonas@example.org>."


@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK], ids=str)
def test_another_account_asks_for_the_sign_in_name(qtbot, at_sign_in, provider):
    program = WizardProgram()
    wizard = at_sign_in(program, provider)
    page = wizard.current
    assert page.other_name.isVisible() and not page.username_field.isVisible()
    wizard.go_on()
    assert not page.other_name.isVisible()
    fault = SignInFault(SignInTrouble.OTHER_ACCOUNT, account="ada@example.net")
    program.sign_in_event.emit(SignInEnded(fault=fault))
    assert page.username_field.isVisible() and not page.other_name.isVisible()
    assert page.trouble.title.text() == "Signed in as ada@example.net, not as jonas@example.org"
    assert "“Sign-in name”" in page.trouble.text.text()
    assert ("shared mailbox" in page.trouble.text.text()) is (provider is Provider.OUTLOOK)
    qtbot.keyClicks(page.username, "jonas")
    wizard.go_on()
    assert "looks like an address" in page.username_field.error()
    assert len(program.sign_ins) == 1
    qtbot.keyClicks(page.username, "@tenant.example.net")
    wizard.go_on()
    assert program.sign_ins[1]["username"] == "jonas@tenant.example.net"
    assert program.sign_ins[1]["address"] == "jonas@example.org"
    assert "Choose jonas@tenant.example.net" in page.hint.text()


def test_signing_in_again_goes_by_the_same_name(at_sign_in):
    known = replace(card("jonas@example.org", InboxState.NEEDS_SIGN_IN), provider=Provider.OUTLOOK)
    program = WizardProgram(cards=(known,))
    server = Endpoint("outlook.office365.com", 993, ConnectionSecurity.IMPLICIT_TLS)
    program.known = ImapAccount("jonas@example.org", server, server, "jonas@tenant.example.net")
    wizard = at_sign_in(program, again="jonas@example.org")
    assert wizard.current.username.text() == "jonas@tenant.example.net"
    assert wizard.current.username_field.isVisible()
    wizard.go_on()
    assert program.sign_ins[0]["username"] == "jonas@tenant.example.net"


def test_waiting_can_be_stopped_and_going_back_stops_it(at_sign_in):
    program = WizardProgram()
    wizard = at_sign_in(program)
    page = wizard.current
    wizard.go_on()
    program.sign_in_event.emit(BrowserWanted(URL))
    page.stop.click()
    assert program.sign_ins_cancelled == 1
    program.sign_in_event.emit(SignInEnded())
    assert wizard.forward.isEnabled()
    assert not page.trouble.isVisible()
    wizard.go_on()
    wizard.go_back()
    assert program.sign_ins_cancelled == 2


def test_signing_in_again_keeps_what_was_agreed_to(at_sign_in):
    known = card("jonas@example.org", InboxState.NEEDS_SIGN_IN)
    program = WizardProgram(cards=(known.__class__(**{**vars(known), "provider": Provider.OUTLOOK}),))
    wizard = at_sign_in(program, again="jonas@example.org")
    assert wizard.page is Page.SIGN_IN
    assert "again" in wizard.current.title.text()
    wizard.go_on()
    assert program.sign_ins[0]["provider"] is Provider.OUTLOOK
    assert program.sign_ins[0]["disclosure_version"] == ""


@pytest.mark.parametrize(("scheme", "scale"), [("light", 1.0), ("dark", 1.0), ("light", 1.25)], ids=str)
@pytest.mark.parametrize("provider", [Provider.GMAIL, Provider.OUTLOOK])
@pytest.mark.parametrize("state", ["expect", "idle", "waiting", "trouble", "another", "checking"])
def test_nothing_is_cut_off_or_without_a_name(
    qapp, qtbot, at_sign_in, same_look, tmp_path, provider, state, scheme, scale
):
    program = WizardProgram()
    wizard = at_sign_in(program, provider, look=Theme(qapp, scheme, scale))
    if state == "expect":
        wizard.go_back()
    elif state != "idle":
        wizard.go_on()
        program.sign_in_event.emit(BrowserWanted(URL))
    if state == "trouble":
        fault = SignInFault(SignInTrouble.CLIENT_REFUSED, "AADSTS700016: " + "not found " * 20, "login.example.com")
        program.sign_in_event.emit(SignInEnded(fault=fault))
    if state == "another":
        fault = SignInFault(SignInTrouble.OTHER_ACCOUNT, account="ada.nordstrom-wiklund@example.net")
        program.sign_in_event.emit(SignInEnded(fault=fault))
    if state == "checking":
        program.sign_in_event.emit(SignedIn("jonas@example.org"))
        program.sign_in_event.emit(StepStarted(CheckStep.IMAP_CONNECT))
    for _ in range(4):
        qapp.processEvents()
    folder = Path(os.environ.get("HITCHPOST_PICTURES") or tmp_path)
    large = "-large" if scale > 1 else ""
    wizard.grab().save(str(folder / f"wizard-{provider.value}-{state}-{scheme}{large}.png"))
    qtbot.wait(20)
    assert clipped(wizard) == []
    assert nameless(wizard) == []
