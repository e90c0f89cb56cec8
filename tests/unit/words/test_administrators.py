"""What administrators are asked for: something for every problem of theirs, with names and ports, and no loose ends."""

from __future__ import annotations

import pytest

from app.domain.problems import Problem, ProblemCode
from app.words.administrators import asked_of_administrators

# Nothing of theirs is in the way.
OURS = {
    ProblemCode.FOLDER_MISSING,
    ProblemCode.MESSAGE_TOO_LARGE,
    ProblemCode.OUTCOME_UNKNOWN,
    ProblemCode.NO_SECRET,
    ProblemCode.SECRETS_LOCKED,
    ProblemCode.DISK_FULL,
    ProblemCode.DAILY_LIMIT,
    ProblemCode.BROKEN_MESSAGE,
    ProblemCode.EXCHANGE_ONLINE,
    ProblemCode.OVERDUE,
    ProblemCode.SENDER_GONE,
}


@pytest.mark.parametrize("code", list(ProblemCode), ids=lambda code: code.value)
def test_every_problem(code: ProblemCode) -> None:
    text = asked_of_administrators(Problem(code, "mail.example.com", 993))
    assert bool(text) == (code not in OURS)
    assert "{" not in text
    assert not text or text.endswith((".", ")."))
    without = asked_of_administrators(Problem(code))
    assert "port 0" not in without


def test_hosts_and_ports_are_named() -> None:
    text = asked_of_administrators(Problem(ProblemCode.CONNECT_TIMEOUT, "mail.example.com", 993))
    assert text.startswith("Open TCP port 993 outbound to mail.example.com")


def test_the_great_providers_have_their_own_switches() -> None:
    missing = ProblemCode.PERMISSION_MISSING
    assert "Google Admin console" in asked_of_administrators(Problem(missing, "imap.gmail.com"))
    assert "Microsoft Entra" in asked_of_administrators(Problem(missing, "outlook.office365.com"))
    assert "Google" not in asked_of_administrators(Problem(missing, "mail.example.com"))
