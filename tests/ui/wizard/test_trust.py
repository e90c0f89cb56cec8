"""What a person is offered where nobody known vouches for a server: its own certificate, or its authority's file (C9)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel

from app.domain.checks import CheckStep
from app.domain.errors import UsageError
from app.domain.inboxes import ExchangeAccount, Secret, ServerTrust
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.wizard.authority_file import MOST, read_authority
from app.ui.wizard.certificate_view import TRUST_OWN
from app.ui.wizard.flow import Page
from app.ui.wizard.mending import ExchangeMending, ImapMending
from tests.support.authority import Authority
from tests.ui.wizard.stand_in import WizardProgram
from tests.ui.wizard.test_two_certificates import FORM, ONE, TWO, UNTRUSTED, S, at_check

OWN = CertificateFacts(
    "CN=mail.example.org", "CN=mail.example.org", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", ONE
)


@pytest.fixture(scope="module")
def pem_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Authority(tmp_path_factory.mktemp("authority")).ca_file


def test_the_file_of_an_authority_is_chosen_and_the_check_goes_on(opened, pem_file):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.IMAP_TLS, UNTRUSTED)
    remedy = wizard.current.remedy
    remedy.authority.click()
    dialog = remedy.chooser.dialog
    assert isinstance(dialog, QFileDialog) and dialog.isVisible()
    dialog.fileSelected.emit(str(pem_file))
    dialog.reject()
    trust = program.checks[1][0].trust
    assert trust == ServerTrust(ca_pem=pem_file.read_text(encoding="ascii"))
    program.pass_all()
    assert program.connected[0]["account"].trust == trust


def test_a_file_without_certificates_is_told_and_changes_nothing(opened, tmp_path):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.IMAP_TLS, UNTRUSTED)
    remedy = wizard.current.remedy
    wrong = tmp_path / "letter.txt"
    wrong.write_text("Dear Sir", encoding="ascii")
    remedy.chooser.take(str(wrong))
    told = [text.text() for text in remedy.findChildren(QLabel) if text.isVisible() and "letter.txt" in text.text()]
    assert told == [
        "letter.txt is no file of certificates in PEM form: it has nothing between BEGIN CERTIFICATE and END."
    ]
    assert len(program.checks) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\n", b"x" * (MOST + 1)])
def test_what_is_no_certificate_is_refused(tmp_path, content):
    file = tmp_path / "x.pem"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="no file of certificates"):
        read_authority(file)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_authority(tmp_path / "none.pem")


def test_an_authority_takes_the_place_of_the_pin_of_that_server_alone():
    form = FORM.pinned(ONE, outgoing=False).pinned(TWO, outgoing=True)
    incoming = ImapMending(form, outgoing=False).with_authority("PEM")
    assert (incoming.ca_pem, incoming.pin_sha256, incoming.smtp_pin_sha256) == ("PEM\n", "", TWO)
    outgoing = ImapMending(incoming, outgoing=True).with_authority("MORE")
    assert (outgoing.ca_pem, outgoing.smtp_pin_sha256) == ("PEM\nMORE\n", "")
    assert ImapMending(outgoing, outgoing=True).with_authority("PEM").ca_pem == "PEM\nMORE\n"
    account = ExchangeAccount("a@example.org", "https://mail.example.org/ews/exchange.asmx", "a", ServerTrust("", ONE))
    made, secret = ExchangeMending(account, Secret("x")).with_authority("PEM")
    assert made.trust == ServerTrust("PEM\n") and secret is not None


def test_one_that_vouches_for_itself_says_so(opened):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.IMAP_TLS, replace(UNTRUSTED, certificate=OWN))
    remedy = wizard.current.remedy
    texts = [text.text() for text in remedy.findChildren(QLabel)]
    assert "itself" in texts  # beside “Issued by”
    assert "issued by itself" in remedy.accessibleName()
    assert remedy.authority is None  # there is none
    assert not remedy.trust.isEnabled()


def test_all_of_a_changed_certificate_is_seen_without_scrolling(opened):
    program = WizardProgram()
    wizard = at_check(opened, program)
    program.fail(S.IMAP_TLS, UNTRUSTED)
    wizard.current.remedy.trust_any.click()
    wizard.current.remedy.trust.click()
    other = replace(OWN, sha256=TWO, names=("mail.example.org", "imap.example.org"))
    changed = Problem(ProblemCode.CERTIFICATE_CHANGED, "imap.example.org", 993, certificate=other)
    program.fail(CheckStep.IMAP_TLS, changed)
    remedy, area = wizard.current.remedy, wizard.current.area
    for part in (remedy.trust_any, remedy.trust, remedy.again):
        assert area.viewport().rect().contains(part.mapTo(area.viewport(), part.rect().center())), (
            part.accessibleName() or part.text()
        )
        assert not part.visibleRegion().isEmpty()


def test_trusting_a_certificate_of_ones_own_is_named_for_what_it_does(opened):
    wizard = at_check(opened, WizardProgram())
    page = wizard.pages[Page.SIGN_IN]
    assert page.trust.text() == f"&{TRUST_OWN}"
    assert "any" not in TRUST_OWN and "less safe" in TRUST_OWN
    assert "could read your password" in page.trust_help.text()
