"""Every problem has its sentences, and what a server showed or said makes them more exact."""

from __future__ import annotations

import re

import pytest

from app.domain.checks import CheckStep
from app.domain.problems import CertificateFacts, Problem, ProblemCode
from app.words.outages import CHANGED_SINCE, OUTAGES
from app.words.problems import check_step_title, explain

FACTS = CertificateFacts(
    "CN=mail.example.org",
    "CN=Example authority",
    "2026-01-01T00:00:00+00:00",
    "2026-03-02T00:00:00+00:00",
    "ab" * 32,
    ("mail.example.org", "imap.example.org"),
)


def test_a_refused_password_that_worked_may_have_been_changed() -> None:
    for host in ("mail.example.com", "imap.gmail.com"):
        problem = Problem(ProblemCode.WRONG_CREDENTIALS, host, 993, "LOGIN failed")
        fresh, known = explain(problem), explain(problem, worked=True)
        assert known.cause == f"{CHANGED_SINCE} {fresh.cause}" and known.remedy == fresh.remedy


@pytest.mark.parametrize("code", OUTAGES)
def test_that_it_worked_before_is_said_once(code: ProblemCode) -> None:
    told = explain(Problem(code, "mail.example.com", 993), worked=True)
    assert len(re.findall("(worked|did) before", f"{told.cause} {told.remedy}")) == 1


@pytest.mark.parametrize("code", ProblemCode)
@pytest.mark.parametrize("facts", [None, FACTS])
@pytest.mark.parametrize("host", ["imap.example.com", ""])
def test_every_problem_has_sentences(code: ProblemCode, facts: CertificateFacts | None, host: str) -> None:
    told = explain(Problem(code, host, 993, "{braces} in what the server says", certificate=facts))
    assert told.title[0].isupper() or (host and told.title.startswith(host))
    assert not told.title.endswith(".")
    for text in (told.cause, told.remedy):
        assert text[0].isupper() and text.endswith(".")
    joined = f"{told.title} {told.cause} {told.remedy}"
    assert not re.search(r"[{}!]|please|invalid|oops|  ", joined, re.IGNORECASE)


@pytest.mark.parametrize("step", CheckStep)
def test_every_step_has_a_title(step: CheckStep) -> None:
    title = check_step_title(step, "imap.example.com")
    assert title[0].isupper() and "{" not in title


@pytest.mark.parametrize(
    ("problem", "part"),
    [
        (Problem(ProblemCode.CERTIFICATE_EXPIRED, "h", 993, certificate=FACTS), "2 March 2026"),
        (Problem(ProblemCode.CERTIFICATE_NOT_YET_VALID, "h", 993, certificate=FACTS), "1 January 2026"),
        (Problem(ProblemCode.CERTIFICATE_NAME_MISMATCH, "h", 993, certificate=FACTS), "Use mail.example.org"),
        (Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "h", 993, certificate=FACTS), "AB:AB:AB"),
        (Problem(ProblemCode.CERTIFICATE_CHANGED, "h", 993, certificate=FACTS), "was not sent"),
        (Problem(ProblemCode.TLS_FAILED, "h", 143, "* OK ready"), "Choose STARTTLS"),
        (Problem(ProblemCode.TLS_FAILED, "h", 143, "wrong version number"), "other kind of security"),
        (Problem(ProblemCode.NOT_A_MAIL_SERVER, "h", 443, "HTTP/1.1 400 Bad Request"), "web server"),
        (Problem(ProblemCode.NOT_A_MAIL_SERVER, "h", 110, "+OK ready"), "POP3"),
        (Problem(ProblemCode.NOT_A_MAIL_SERVER, "h", 993, "* OK ready"), "incoming mail (IMAP)"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "imap.gmail.com", 993), "myaccount.google.com/apppasswords"),
        (Problem(ProblemCode.APP_PASSWORD_NEEDED, "imap.mail.me.com", 993), "account.apple.com"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.com", 993), "app password is needed"),
        (
            Problem(ProblemCode.LOGIN_DISABLED, "h", 587, "535 5.7.139 SmtpClientAuthentication is disabled"),
            "Microsoft",
        ),
        (Problem(ProblemCode.LOGIN_DISABLED, "h", 993, "Your account is not enabled for IMAP use"), "Switch IMAP on"),
        (Problem(ProblemCode.THROTTLED, "h", 993, retry_after=299.8), "in 5 minutes"),
    ],
)
def test_what_is_known_makes_it_more_exact(problem: Problem, part: str) -> None:
    told = explain(problem)
    assert part in f"{told.title} {told.cause} {told.remedy}"
