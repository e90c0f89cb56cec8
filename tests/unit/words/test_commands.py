"""On the command line no remedy names what only the window has."""

from __future__ import annotations

import pytest

from app.domain.problems import Problem, ProblemCode
from app.words.commands import explain_by_command
from app.words.problems import explain


@pytest.mark.parametrize("code", ProblemCode)
def test_no_remedy_names_fields_and_buttons(code: ProblemCode) -> None:
    told = explain_by_command(Problem(code, "mail.example.org", 993))
    assert told.remedy.endswith((".", "!"))
    assert not [
        word for word in ("“Show", "as the Exchange URL", "choose Reconnect", "Enter the") if word in told.remedy
    ]
    assert (told.title, told.cause) == (explain(Problem(code, "mail.example.org", 993)).title, told.cause)


@pytest.mark.parametrize(
    ("problem", "part"),
    [
        (Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "mail.example.org", 993), "--ca FILE"),
        (Problem(ProblemCode.CERTIFICATE_UNTRUSTED, "mail.example.org", 993), "--pin SHA256"),
        (Problem(ProblemCode.CERTIFICATE_CHANGED, "mail.example.org", 993), "--pin SHA256"),
        (Problem(ProblemCode.EXCHANGE_ELSEWHERE, "mail.example.net", 443), "give --url https://mail.example.net/ews/"),
        (Problem(ProblemCode.WRONG_CREDENTIALS, "mail.example.org", 443, "401"), "(--username)"),
        (Problem(ProblemCode.NO_SECRET, "mail.example.org"), "hitchpost reconnect ADDRESS --password-stdin"),
    ],
)
def test_what_is_named_instead(problem: Problem, part: str) -> None:
    assert part in explain_by_command(problem).remedy


def test_what_the_server_said_stays_the_better_remedy() -> None:
    problem = Problem(ProblemCode.GRANT_ENDED, "login.microsoftonline.com", 443, "AADSTS50076: second factor")
    assert explain_by_command(problem) == explain(problem)
