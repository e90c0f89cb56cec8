"""The wizard as a person walks through it: keys and clicks on the real pages, with servers the test answers for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QPushButton

from app.domain.checks import CheckStep
from app.domain.detection import Nothing, NothingFound, Unsupported
from app.domain.errors import SecretError
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, InboxKind, Provider, SendAs
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.wizard.connect_wizard import ConnectWizard
from app.ui.wizard.disclosures import IMAP
from app.ui.wizard.flow import Page
from tests.ui.wizard.stand_in import Outcome, WizardProgram, card, published

S = CheckStep


def to_sign_in(qtbot, wizard: ConnectWizard, address: str = "jonas@example.org") -> None:
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(wizard.pages[Page.ADDRESS].edit, address)
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)
    wizard.pages[Page.EXPECT].accept.click()
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)


def to_check(qtbot, wizard: ConnectWizard) -> None:
    to_sign_in(qtbot, wizard)
    qtbot.keyClicks(wizard.pages[Page.SIGN_IN].password, "hunter22")
    qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)


def test_from_the_first_page_to_a_connected_inbox(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    assert wizard.page is Page.CHECK
    assert not wizard.forward.isEnabled()
    account, secret, smtp_secret = program.checks[0]
    assert account.imap == Endpoint("imap.example.org", 993, ConnectionSecurity.IMPLICIT_TLS)
    assert (secret.reveal(), smtp_secret) == ("hunter22", None)
    with qtbot.waitSignal(wizard.connected) as told:
        program.pass_all()
    assert told.args == [3]
    assert wizard.page is Page.DONE
    assert wizard.pages[Page.DONE].address.text() == "jonas@example.org"
    assert program.connected == [
        {"account": account, "kind": InboxKind.PERSONAL, "version": IMAP.version, "automation": False}
    ]
    with qtbot.waitSignal(wizard.accepted):
        qtbot.mouseClick(wizard.forward, Qt.MouseButton.LeftButton)


def test_a_team_inbox_goes_by_gmail_or_outlook_only(qtbot, opened):
    wizard = opened(WizardProgram())
    wizard.pages[Page.KIND].team.radio.click()
    assert wizard.forward.isEnabled()
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    qtbot.keyClicks(page.edit, "sales@example.org")
    assert page.radios[Provider.IMAP].isChecked()
    assert not wizard.forward.isEnabled()
    page.radios[Provider.OUTLOOK].click()
    assert wizard.forward.isEnabled()


def test_automation_is_off_until_it_is_ticked(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    assert not wizard.pages[Page.KIND].automation.isChecked()
    wizard.pages[Page.KIND].automation.click()
    to_check(qtbot, wizard)
    program.pass_all()
    assert program.connected[0]["automation"] is True


def test_an_address_that_is_not_complete_is_told_when_it_is_left(qtbot, opened):
    wizard = opened(WizardProgram())
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    qtbot.keyClicks(page.edit, "jonas@example")
    assert page.field.error() == ""
    assert not wizard.forward.isEnabled()
    qtbot.keyClick(page.edit, Qt.Key.Key_Tab)
    assert "not complete" in page.field.error()
    qtbot.keyClicks(page.edit, ".org")
    assert page.field.error() == ""
    assert wizard.forward.isEnabled()


def test_an_address_in_use_names_the_way_out(qtbot, opened):
    wizard = opened(WizardProgram(cards=(card("Jonas@Example.org"),)))
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    qtbot.keyClicks(page.edit, "jonas@example.org")
    assert page.notice.isVisible()
    assert "Reconnect" in page.notice.text.text()
    assert not wizard.forward.isEnabled()


def test_the_page_waits_while_servers_are_looked_for(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@example.org"] = None
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    qtbot.keyClicks(page.edit, "jonas@example.org")
    qtbot.keyClick(page.edit, Qt.Key.Key_Tab)  # leaving the field does not wait for the pause
    assert program.searches == ["jonas@example.org"]
    assert page.by_hand.isVisible()
    assert not wizard.forward.isEnabled()
    program.provider_found.emit(published("other@example.org"))  # of a search before
    assert not wizard.forward.isEnabled()
    program.provider_found.emit(published("jonas@example.org", imap="mail.example.org"))
    assert not page.by_hand.isVisible()
    assert wizard.forward.isEnabled()
    assert "Published by example.org itself" in page._evidence.text()
    wizard.go_on()
    wizard.pages[Page.EXPECT].accept.click()
    wizard.go_on()
    assert wizard.pages[Page.SIGN_IN].imap.host.text() == "mail.example.org"


def test_a_pause_in_typing_begins_the_search_and_typing_on_ends_it(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@example.org"] = None
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@example.org")
    assert program.searches == []
    with qtbot.waitSignal(page._pause.timeout, timeout=5000):
        pass
    assert program.searches == ["jonas@example.org"]
    qtbot.keyClicks(page.edit, ".example.net")
    assert program.searches_cancelled == 1


def test_servers_can_be_entered_by_hand_instead_of_waiting(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@example.org"] = None
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@example.org")
    page.edit.editingFinished.emit()
    page.by_hand.click()
    assert program.searches_cancelled == 1
    assert "by hand" in page.notice.text.text()
    assert wizard.forward.isEnabled()


def test_what_was_not_found_says_why(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@example.org"] = NothingFound("jonas@example.org", Nothing.NO_SUCH_DOMAIN)
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@example.org")
    assert page.notice.title.text() == "There is no domain example.org."


def test_a_service_that_cannot_be_connected_stops_here_unless_a_way_is_chosen(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@example.org"] = Unsupported(
        "jonas@example.org", "Closed Mail", "It has its own program only."
    )
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@example.org")
    assert page.notice.text.text() == "It has its own program only."
    assert not wizard.forward.isEnabled()
    page.radios[Provider.IMAP].click()
    assert wizard.forward.isEnabled()


def test_the_recommended_way_is_chosen_and_another_can_be(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@gmail.com"] = replace(published("jonas@gmail.com"), provider=Provider.GMAIL)
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@gmail.com")
    assert page.radios[Provider.GMAIL].isChecked()
    assert wizard.forward.text().strip("\u2009") == "Connect to Gmail"
    page.radios[Provider.IMAP].click()
    assert wizard.session.answers.provider is Provider.IMAP
    assert wizard.forward.text().strip("\u2009") == "Connect by IMAP"
    wizard.go_on()
    assert wizard.pages[Page.EXPECT].title.text() == IMAP.title
    wizard.go_back()
    assert page.radios[Provider.IMAP].isChecked()  # the choice stays


def test_a_password_goes_to_others_only_with_consent(qtbot, opened):
    program = WizardProgram()
    asked = published(
        "jonas@example.org", "imap.example.net", "smtp.example.net", ("imap.example.net", "smtp.example.net")
    )
    program.detected["jonas@example.org"] = asked
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@example.org")
    assert "imap.example.net and smtp.example.net do not belong to example.org" in page.notice.text.text()
    assert not wizard.forward.isEnabled()
    page.consent.click()
    assert wizard.forward.isEnabled()
    page.edit.setText("jonas@example.com")
    assert not page.consent.isVisible()
    page.edit.setText("jonas@example.org")
    assert not page.consent.isChecked()
    assert not wizard.forward.isEnabled()


def test_consent_is_asked_again_for_another_address(qtbot, opened):
    wizard = opened(WizardProgram())
    to_sign_in(qtbot, wizard)
    wizard.go_back()
    assert wizard.forward.isEnabled()
    wizard.go_back()
    wizard.pages[Page.ADDRESS].edit.setText("other@example.com")
    wizard.go_on()
    assert wizard.page is Page.EXPECT
    assert not wizard.pages[Page.EXPECT].accept.isChecked()
    assert "other@example.com" in wizard.pages[Page.EXPECT].accept.text()
    assert not wizard.forward.isEnabled()


def test_advanced_options_and_separate_credentials(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    page = wizard.pages[Page.SIGN_IN]
    assert not page.options.isVisible()
    page.fold.click()
    assert page.options.isVisible()
    page.imap.security.setCurrentIndex(page.imap.security.findData(ConnectionSecurity.STARTTLS))
    assert page.imap.port.text() == "143"
    page.smtp.port.setText("2525")
    page.smtp.security.setCurrentIndex(page.smtp.security.findData(ConnectionSecurity.IMPLICIT_TLS))
    assert page.smtp.port.text() == "2525"
    qtbot.keyClicks(page.password, "hunter22")
    assert wizard.forward.isEnabled()
    page.same.click()
    assert not wizard.forward.isEnabled()
    qtbot.keyClicks(page.smtp_username, "relay")
    qtbot.keyClicks(page.smtp_password, "hunter33")
    assert wizard.forward.isEnabled()
    wizard.go_on()
    account, secret, smtp_secret = program.checks[0]
    assert account.imap.port == 143
    assert account.smtp_username == "relay"
    assert (secret.reveal(), smtp_secret.reveal()) == ("hunter22", "hunter33")


def test_a_refused_password_is_mended_in_place(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.fail(S.IMAP_LOGIN, Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993, "NO LOGIN failed"))
    remedy = wizard.pages[Page.CHECK].remedy
    assert remedy.isVisible()
    assert not wizard.forward.isEnabled()
    password = next(e for e in remedy.findChildren(QLineEdit) if e.echoMode() is QLineEdit.EchoMode.Password)
    assert password.hasFocus()
    assert not remedy.again.isEnabled()
    qtbot.keyClicks(password, "hunter33")
    qtbot.keyClick(password, Qt.Key.Key_Return)
    assert program.checks[1][1].reveal() == "hunter33"
    assert wizard.pages[Page.CHECK].remedy is None
    program.pass_all()
    assert wizard.page is Page.DONE


def test_a_host_that_does_not_answer_is_mended_in_place(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.fail(S.SMTP_CONNECT, Problem(ProblemCode.HOST_NOT_FOUND, "smtp.example.org", 587))
    remedy = wizard.pages[Page.CHECK].remedy
    host = next(e for e in remedy.findChildren(QLineEdit) if e.text() == "smtp.example.org")
    host.clear()
    assert not remedy.again.isEnabled()
    qtbot.keyClicks(host, "mail.example.org")
    remedy.again.click()
    assert program.checks[1][0].smtp.host == "mail.example.org"
    assert program.checks[1][0].imap.host == "imap.example.org"


FACTS = CertificateFacts("CN=mail", "CN=own", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "ab" * 32)


def test_an_untrusted_certificate_is_shown_and_pinned_only_when_wished(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    problem = Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "imap.example.org", 993, certificate=FACTS)
    program.fail(S.IMAP_TLS, problem)
    assert not wizard.pages[Page.CHECK].remedy.trust.isEnabled()
    wizard.go_back()
    page = wizard.pages[Page.SIGN_IN]
    page.fold.click()
    page.trust.click()
    wizard.go_on()
    assert program.checks[1][0].trust.pin_sha256 == ""
    program.fail(S.IMAP_TLS, problem)
    wizard.pages[Page.CHECK].remedy.trust.click()
    assert program.checks[2][0].trust.pin_sha256 == FACTS.sha256
    wizard.go_back()
    page.trust.click()
    wizard.go_on()
    program.check_finished.emit(type("Outcome", (), {"ok": False, "problem": None})())  # of the check that was left
    assert program.checks[3][0].trust.pin_sha256 == ""


def test_leaving_cancels_and_a_late_answer_is_not_taken_for_the_next_check(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.pass_until(S.IMAP_TLS)
    wizard.go_back()
    assert program.cancelled == 1
    wizard.go_on()
    assert len(program.checks) == 1  # the cancelled one has not ended yet
    program.check_finished.emit(type("Outcome", (), {"ok": False, "problem": None, "sent_folder": ""})())
    assert len(program.checks) == 2
    program.pass_all()
    assert wizard.page is Page.DONE


def test_closing_while_it_checks_cancels(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert program.cancelled == 1
    assert not wizard.isVisible()
    program.pass_all()
    assert program.connected == []


def test_the_report_is_copied_without_the_password(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.fail(S.IMAP_LOGIN, Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993, "hunter22 is wrong"))
    wizard.pages[Page.CHECK].copy.click()
    text = QGuiApplication.clipboard().text()
    assert "wrong_credentials" in text
    assert "hunter22" not in text


def test_a_keyring_that_fails_at_the_end_can_be_tried_again(qtbot, opened):
    program = WizardProgram()
    program.keeping_fails = SecretError("The keyring did not answer. Unlock it.")
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.pass_all()
    page = wizard.pages[Page.CHECK]
    assert wizard.page is Page.CHECK
    assert page.trouble.text.text() == "The keyring did not answer. Unlock it."
    program.keeping_fails = None
    page.again.click()
    assert wizard.page is Page.DONE
    assert len(program.checks) == 1


def test_without_a_keyring_a_passphrase_is_set(qtbot, opened):
    program = WizardProgram("none")
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    assert wizard.page is Page.PASSPHRASE
    form = wizard.pages[Page.PASSPHRASE].form
    qtbot.keyClicks(form.passphrase, "correct horse")
    assert not wizard.forward.isEnabled()
    form.repeated.setFocus()
    qtbot.keyClicks(form.repeated, "correct hors")
    qtbot.keyClick(form.repeated, Qt.Key.Key_Tab)
    assert "not the same" in form.second.error()
    qtbot.keyClicks(form.repeated, "e")
    assert form.second.error() == ""
    wizard.forward.click()
    assert wizard.page is Page.SIGN_IN
    wizard.go_back()
    assert wizard.page is Page.EXPECT


def test_a_locked_file_takes_its_passphrase_only(qtbot, opened):
    program = WizardProgram("locked")
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    form = wizard.pages[Page.PASSPHRASE].form
    assert not form.second.isVisible()
    qtbot.keyClicks(form.passphrase, "wrong")
    wizard.forward.click()
    assert wizard.page is Page.PASSPHRASE
    assert form.first.error() == "This is not the passphrase. Try again."
    form.passphrase.clear()
    qtbot.keyClicks(form.passphrase, program.right_passphrase)
    wizard.forward.click()
    assert wizard.page is Page.SIGN_IN


def test_reconnect_keeps_servers_and_address(qtbot, opened):
    program = WizardProgram(cards=(card("jonas@example.org"),))
    program.known = ImapAccount(
        "jonas@example.org",
        Endpoint("mail.example.org", 1993, ConnectionSecurity.IMPLICIT_TLS),
        Endpoint("mail.example.org", 1587, ConnectionSecurity.STARTTLS),
        "jonas",
    )
    wizard = opened(program, "jonas@example.org")
    assert wizard.page is Page.SIGN_IN
    assert not wizard.back.isVisible()
    page = wizard.pages[Page.SIGN_IN]
    assert not page.address.isEnabled()
    qtbot.keyClicks(page.password, "hunter22")
    qtbot.keyClick(page.password, Qt.Key.Key_Return)
    assert program.checks[0][0] == program.known
    with qtbot.waitSignal(wizard.connected) as told:
        program.pass_all()
    assert told.args == [7]
    assert program.connected == [{"account": program.known, "again": 7}]


@pytest.mark.parametrize(
    ("name", "signal", "told"),
    [
        ("Set up: Log and track preferences", "open_settings_requested", ["log_track"]),
        ("Set up: Default font", "open_settings_requested", ["font"]),
        ("Write a message", "write_requested", []),
        ("Connect another inbox", "another_requested", [""]),
    ],
)
def test_what_is_offered_at_the_end(qtbot, opened, name, signal, told):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.pass_all()
    button = next(b for b in wizard.pages[Page.DONE].findChildren(QPushButton) if b.accessibleName() == name)
    with qtbot.waitSignal(getattr(wizard, signal)) as wished:
        button.click()
    assert wished.args == told
    assert not wizard.isVisible()


def test_the_end_names_the_inbox_and_its_further_addresses(qtbot, opened):
    program = WizardProgram()
    program.send_as = tuple(SendAs(a) for a in ("Jonas@Example.org", "sales@example.org", "hello@example.org"))
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.pass_all()
    page = wizard.pages[Page.DONE]
    assert page.address.text() == "jonas@example.org"
    assert page.facts.text().startswith("IMAP · personal inbox")
    assert page.also.text() == "You can also write as sales@example.org, hello@example.org: choose it under From."


def test_the_end_promises_no_first_look_where_there_is_nothing_to_look_for(qtbot, opened):
    for nothing in (False, True):
        program = WizardProgram()
        wizard = opened(program)
        to_check(qtbot, wizard)
        program.pass_all()
        page = wizard.pages[Page.DONE]
        program.cards = (replace(card("jonas@example.org"), nothing_to_seek=nothing),)
        page.enter()
        assert ("first look" in page.text.text()) is not nothing
        assert page.text.text().endswith("appear by themselves.")


def test_a_team_inbox_by_any_way_where_the_workspace_allows_it(qtbot, opened):
    program = WizardProgram()
    program.settings["team.any_provider"] = True
    wizard = opened(program)
    wizard.pages[Page.KIND].team.radio.click()
    to_check(qtbot, wizard)
    program.pass_all()
    assert program.connected[0]["kind"] is InboxKind.TEAM
    assert "team inbox" in wizard.pages[Page.DONE].facts.text()


def test_the_team_is_told_who_will_see_its_mail_before_it_is_connected(qtbot, opened):
    program = WizardProgram()
    program.detected["sales@gmail.com"] = replace(published("sales@gmail.com"), provider=Provider.GMAIL)
    wizard = opened(program)
    wizard.pages[Page.KIND].team.radio.click()
    wizard.go_on()
    wizard.pages[Page.ADDRESS].edit.setText("sales@gmail.com")
    wizard.go_on()
    page = wizard.pages[Page.EXPECT]
    assert page.team.isVisible()
    assert "visible to the whole team" in page.team.text.text()
    wizard.go_back()
    wizard.go_back()
    wizard.pages[Page.KIND].personal.radio.click()
    wizard.go_on()
    wizard.go_on()
    assert wizard.page is Page.EXPECT
    assert not page.team.isVisible()


def test_who_has_the_address_is_named_as_soon_as_it_is_complete(qtbot, opened):
    program = WizardProgram(cards=(card("sales@example.org"),))
    program.refusals["sales@example.org", InboxKind.PERSONAL] = (
        "It is a personal inbox of Ada. It has to be removed there."
    )
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    qtbot.keyClicks(page.edit, "sales@example.or")
    assert not page.notice.isVisible()
    qtbot.keyClicks(page.edit, "g")
    assert "Ada" in page.notice.text.text()
    assert not wizard.forward.isEnabled()
    qtbot.keyClicks(page.edit, ".example.org")
    assert not page.notice.isVisible()
    assert wizard.forward.isEnabled()


def test_an_address_for_meetings_is_refused_while_its_servers_are_still_looked_for(qtbot, opened):
    program = WizardProgram()
    program.detected["meet@example.org"] = None
    program.refusals["meet@example.org", InboxKind.TEAM] = "meet@example.org is a meetings address of this workspace."
    wizard = opened(program)
    wizard.pages[Page.KIND].team.radio.click()
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("meet@example.org")
    assert "meetings" in page.notice.text.text()
    page.edit.setText("sales@example.com")  # IMAP, which takes no team: known as soon as it is found
    assert "Gmail or Outlook" in page.notice.text.text()


def test_where_nothing_was_found_the_servers_are_shown_to_be_typed(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@example.org"] = NothingFound("jonas@example.org", Nothing.NO_SERVER)
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    page = wizard.pages[Page.SIGN_IN]
    assert page.options.isVisible()
    assert page.password.hasFocus()


def test_everything_that_takes_keys_has_a_name(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.fail(S.IMAP_LOGIN, Problem(ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993))
    for kind in (QAbstractButton, QLineEdit, QComboBox):
        for widget in wizard.findChildren(kind):
            if widget.focusPolicy() != Qt.FocusPolicy.NoFocus:
                name = widget.accessibleName() or getattr(widget, "text", str)()
                assert name, widget
                assert "&" not in widget.accessibleName()


def test_the_keyboard_alone_reaches_the_check(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    qtbot.keyClick(wizard.pages[Page.KIND].personal.radio, Qt.Key.Key_Return)
    qtbot.keyClicks(wizard.focusWidget(), "jonas@example.org")
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    assert wizard.page is Page.EXPECT
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Space)
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    assert wizard.page is Page.SIGN_IN
    qtbot.keyClicks(wizard.focusWidget(), "hunter22")
    qtbot.keyClick(wizard.focusWidget(), Qt.Key.Key_Return)
    assert wizard.page is Page.CHECK
    assert len(program.checks) == 1


def test_the_name_that_recipients_see_is_asked_for(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    page = wizard.pages[Page.SIGN_IN]
    assert page.name.text() == "Jonas Ahl"
    qtbot.keyClicks(page.password, "hunter22")
    wizard.go_on()
    assert program.checks[0][0].from_name == ""  # the name in the settings
    wizard.go_back()
    page.name.clear()
    qtbot.keyClicks(page.name, "Jonas at Northlight")
    wizard.go_on()
    program.check_finished.emit(type("Outcome", (), {"ok": False, "problem": None, "sent_folder": ""})())
    assert program.checks[1][0].from_name == "Jonas at Northlight"


def test_enter_without_a_password_says_what_is_missing(qtbot, opened):
    wizard = opened(WizardProgram())
    to_sign_in(qtbot, wizard)
    page = wizard.pages[Page.SIGN_IN]
    qtbot.keyClick(page.password, Qt.Key.Key_Return)
    assert page.password_field.error() == "The password is missing."
    assert wizard.page is Page.SIGN_IN


def test_typed_servers_are_not_called_guessed(qtbot, opened):
    wizard = opened(WizardProgram())
    to_sign_in(qtbot, wizard)
    page = wizard.pages[Page.SIGN_IN]
    assert page.evidence.isVisible()
    page.fold.click()
    page.imap.host.setText("mail.example.org")
    assert not page.evidence.isVisible()


def test_enter_presses_cancel_when_it_has_the_focus(qtbot, opened):
    wizard = opened(WizardProgram())
    wizard.cancel.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(wizard.rejected):
        qtbot.keyClick(wizard.cancel, Qt.Key.Key_Return)


def test_a_certificate_is_looked_at_and_trusted_where_it_failed(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    said = "certificate verify failed: self-signed certificate"
    problem = Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "imap.example.org", 993, said, certificate=FACTS)
    program.fail(S.IMAP_TLS, problem)
    remedy = wizard.pages[Page.CHECK].remedy
    shown = " ".join(x.text() for x in remedy.findChildren(QLabel))
    assert "CN=own" in shown
    assert "AB:AB" in shown
    assert "The server says" not in shown
    assert not remedy.trust.isEnabled()
    remedy.trust_any.click()
    remedy.trust.click()
    assert program.checks[1][0].trust.pin_sha256 == FACTS.sha256


def test_while_the_keyring_is_looked_for_one_goes_on_up_to_the_password(qtbot, opened):
    program = WizardProgram("checking")
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    assert wizard.page is Page.EXPECT
    assert not wizard.forward.isEnabled()
    assert "Looking for your system’s keyring" in wizard.rail.note.text()
    program.find_secrets("keyring")
    assert "stay in your system’s keyring" in wizard.rail.note.text()
    wizard.forward.click()
    assert wizard.page is Page.SIGN_IN


@pytest.mark.parametrize(("found", "repeated"), [("none", True), ("locked", False)])
def test_what_is_found_out_late_decides_about_the_passphrase(qtbot, opened, found, repeated):
    program = WizardProgram("checking")
    wizard = opened(program)
    to_sign_in(qtbot, wizard)
    program.find_secrets(found)
    wizard.forward.click()
    assert wizard.page is Page.PASSPHRASE
    assert wizard.pages[Page.PASSPHRASE].form.second.isVisible() is repeated
    assert wizard.forward.text().strip("\u2009") == ("Set the passphrase" if repeated else "Unlock")


def test_a_keyring_that_answers_after_all_needs_no_passphrase(qtbot, opened):
    program = WizardProgram("none")
    wizard = opened(program)
    assert program.looks == 1
    to_sign_in(qtbot, wizard)
    assert wizard.page is Page.PASSPHRASE
    program.find_secrets("keyring")
    assert wizard.page is Page.SIGN_IN
    wizard.go_back()
    assert wizard.page is Page.EXPECT


def test_reconnecting_asks_for_the_passphrase_once_it_is_known_to_be_needed(qtbot, opened):
    program = WizardProgram("checking", cards=(card("jonas@example.org"),))
    wizard = opened(program, "jonas@example.org")
    assert wizard.page is Page.SIGN_IN
    program.find_secrets("locked")
    assert wizard.page is Page.PASSPHRASE
    qtbot.keyClicks(wizard.pages[Page.PASSPHRASE].form.passphrase, program.right_passphrase)
    wizard.forward.click()
    assert wizard.page is Page.SIGN_IN


def test_nobody_waits_for_the_keyring_at_the_end(qtbot, opened):
    program = WizardProgram()
    program.keeping_hangs = True
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.pass_all()
    assert wizard.page is Page.CHECK
    assert wizard.pages[Page.CHECK].title.text() == "Keeping the password"
    assert not wizard.forward.isEnabled()
    assert not wizard.cancel.isEnabled() and not wizard.back.isEnabled()
    wizard.reject()  # Esc: as the inbox is about to be connected, nothing seems to stop that
    assert wizard.isVisible()
    program.inbox_kept.emit(3, "")
    assert wizard.page is Page.DONE
    wizard.reject()
    assert not wizard.isVisible()


def test_the_final_dot_of_a_domain_is_not_part_of_the_address(qtbot, opened):
    wizard = opened(WizardProgram())
    wizard.go_on()
    wizard.pages[Page.ADDRESS].edit.setText("jonas@example.com.")
    assert wizard.session.address == "jonas@example.com"


def test_a_look_alike_is_shown_in_the_form_in_which_it_differs(qtbot, opened):
    program = WizardProgram()
    program.detected["jonas@еxample.com"] = None  # a Cyrillic е
    wizard = opened(program)
    wizard.go_on()
    page = wizard.pages[Page.ADDRESS]
    page.edit.setText("jonas@еxample.com")
    assert page._name.text() == "Looking for the mail servers of еxample.com (xn--xample-2of.com)"


def test_a_check_that_no_server_ended_says_why(qtbot, opened):
    program = WizardProgram()
    wizard = opened(program)
    to_check(qtbot, wizard)
    program.check_finished.emit(Outcome(False, text="The file of certificate authorities holds no certificate."))
    trouble = wizard.pages[Page.CHECK].trouble
    assert trouble.isVisible()
    assert trouble.text.text() == "The file of certificate authorities holds no certificate. Nothing was kept."
    wizard.pages[Page.CHECK].again.click()
    program.pass_all()
    assert wizard.page is Page.DONE
