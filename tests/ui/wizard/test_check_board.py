"""The rows of the check page and its report, without Qt."""

from __future__ import annotations

from dataclasses import replace

from app.domain.checks import ALL_STEPS, CheckStep, StepFailed, StepPassed, StepStarted
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.ui.wizard.check_board import (
    Board,
    Remedy,
    RowState,
    fingerprint,
    host_of,
    remedy_for,
    report,
    server_said,
    step_title,
)
from app.ui.wizard.mail_services import guessed_servers
from app.ui.wizard.sign_in_form import form_for

ACCOUNT = form_for("jonas@example.org", guessed_servers("jonas@example.org")).account()
S = CheckStep


def test_rows_follow_the_events():
    board = Board()
    assert [r.step for r in board.rows] == list(ALL_STEPS)
    board = (
        board.after(StepStarted(S.IMAP_CONNECT))
        .after(StepPassed(S.IMAP_CONNECT, "84 ms"))
        .after(StepStarted(S.IMAP_TLS))
    )
    assert [r.state for r in board.rows[:3]] == [RowState.PASSED, RowState.RUNNING, RowState.WAITING]
    assert board.rows[0].detail == "84 ms"
    assert board.passed == 1


def test_cancelling_leaves_nothing_running():
    board = Board().after(StepPassed(S.IMAP_CONNECT)).after(StepStarted(S.IMAP_TLS)).stopped()
    assert [r.state for r in board.rows[:2]] == [RowState.PASSED, RowState.WAITING]


def test_each_kind_of_problem_has_its_field():
    assert remedy_for(Problem(ProblemCode.APP_PASSWORD_NEEDED)) is Remedy.PASSWORD
    assert remedy_for(Problem(ProblemCode.WRONG_CREDENTIALS)) is Remedy.PASSWORD
    assert remedy_for(Problem(ProblemCode.HOST_NOT_FOUND)) is Remedy.SERVER
    assert remedy_for(Problem(ProblemCode.CERTIFICATE_UNTRUSTED)) is Remedy.CERTIFICATE
    assert remedy_for(Problem(ProblemCode.NETWORK_DOWN)) is Remedy.RETRY
    assert all(remedy_for(Problem(c)) is Remedy.CERTIFICATE for c in ProblemCode if c.value.startswith("certificate_"))


def test_outgoing_steps_name_the_outgoing_host():
    assert host_of(S.IMAP_TLS, ACCOUNT) == "imap.example.org"
    assert host_of(S.SMTP_LOGIN, ACCOUNT) == "smtp.example.org"
    assert host_of(S.TEST_MESSAGE, ACCOUNT) == "smtp.example.org"


def test_one_server_for_both_ways_says_which_way():
    one = replace(ACCOUNT, imap=replace(ACCOUNT.imap, host="mail.example.org"))
    one = replace(one, smtp=replace(ACCOUNT.smtp, host="Mail.example.org"))
    assert step_title(S.IMAP_CONNECT, one) == "Reach mail.example.org for incoming mail"
    assert step_title(S.SMTP_TLS, one) == "Secure the connection for outgoing mail"
    assert len({step_title(step, one) for step in ALL_STEPS}) == len(ALL_STEPS)
    assert step_title(S.IMAP_CONNECT, ACCOUNT) == "Reach imap.example.org"


def test_names_that_are_not_found_are_not_told_twice():
    """This computer said so, and the title says it already."""
    places = "autodiscover.example.org: host not found; example.org: host not found"
    assert not server_said(Problem(ProblemCode.EXCHANGE_NOT_FOUND, "example.org", server_says=places))
    assert server_said(Problem(ProblemCode.NO_EWS, "example.org", server_says="404 Not Found"))


def test_the_report_tells_all_but_the_password():
    facts = CertificateFacts("CN=mail", "CN=mail", "2026-01-01", "2027-01-01", "ab" * 32)
    problem = Problem(
        ProblemCode.WRONG_CREDENTIALS, "imap.example.org", 993, "NO login with tr0ub4dor failed", certificate=facts
    )
    board = Board().after(StepPassed(S.IMAP_CONNECT, "84 ms")).after(StepFailed(S.IMAP_LOGIN, problem))
    assert board.failed is not None
    text = report(board, ACCOUNT, ("tr0ub4dor", ""))
    assert "tr0ub4dor" not in text
    assert "The server says: NO login with ••• failed" in text
    assert "[passed] Reach imap.example.org 84 ms" in text
    assert "wrong_credentials imap.example.org:993" in text
    assert fingerprint(facts) in text
    assert fingerprint(facts).startswith("AB:AB")
