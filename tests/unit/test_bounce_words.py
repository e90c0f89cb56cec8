"""What the feed says of a bounce: the server's words without the codes of the protocol."""

from __future__ import annotations

import pytest

from app.mime.delivery import DeliveryFailure
from app.services.log_message import failure_text


@pytest.mark.parametrize(
    ("diagnostic", "said"),
    [
        ("smtp; 550 5.1.1 <a@example.com>: user unknown", "<a@example.com>: user unknown"),
        ("smtp;550-5.1.1 No such user", "No such user"),
        ("X-Postfix; unknown user: a", "unknown user: a"),
        ("550 #5.1.1 gone", "gone"),
        ("host mx.example.com said: no", "host mx.example.com said: no"),
        ("2026 was a year", "2026 was a year"),
    ],
)
def test_codes_are_left_out(diagnostic: str, said: str) -> None:
    failure = DeliveryFailure("a@example.com", "5.1.1", 550, True, True, diagnostic)
    assert failure_text(failure) == f"The mailbox does not exist (5.1.1). The server says: “{said}”."


def test_a_server_that_only_gives_codes_is_not_quoted() -> None:
    failure = DeliveryFailure("a@example.com", "5.1.1", 550, True, True, "smtp; 550 5.1.1 ")
    assert failure_text(failure) == "The mailbox does not exist (5.1.1)."
