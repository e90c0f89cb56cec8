"""Every trouble of a sign-in has its words, for both providers."""

from __future__ import annotations

import pytest

from app.domain.sign_in import SignInFault, SignInTrouble
from app.words.oauth import explain_sign_in


@pytest.mark.parametrize("by_command", [True, False], ids=["command", "window"])
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
@pytest.mark.parametrize("trouble", list(SignInTrouble))
def test_complete(trouble: SignInTrouble, provider: str, by_command: bool) -> None:
    fault = SignInFault(trouble, host="accounts.example.com")
    words = explain_sign_in(fault, provider, "ada@example.com", by_command=by_command)
    assert words.title
    assert not words.title.endswith(".")
    assert words.cause.endswith(".")
    assert words.remedy.endswith(".") or words.remedy.endswith("ID.")
    assert "{" not in words.title + words.cause + words.remedy
    if not by_command:
        assert not [word for word in ("hitchpost ", "oauth.", "--") if word in words.remedy]


def test_another_account_at_google_is_no_shared_mailbox() -> None:
    fault = SignInFault(SignInTrouble.OTHER_ACCOUNT, account="ada@example.net")
    at_google = explain_sign_in(fault, "gmail", "ada@example.com", by_command=False)
    assert at_google.title == "Signed in as ada@example.net, not as ada@example.com"
    assert "“Sign-in name”" in at_google.remedy
    assert "shared" not in at_google.remedy
    assert "--username" in explain_sign_in(fault, "gmail", "ada@example.com").remedy
    assert "shared mailbox" in explain_sign_in(fault, "outlook", "ada@example.com").remedy


@pytest.mark.parametrize(
    ("trouble", "says", "part"),
    [
        (
            SignInTrouble.GRANT_ENDED,
            "invalid_grant: AADSTS50076: You must use multi-factor authentication",
            "second step",
        ),
        (SignInTrouble.POLICY, "access_denied: AADSTS53002: The application used is not approved", "certain programs"),
        (SignInTrouble.BAD_ANSWER, "invalid_request: AADSTS900144: The request body must contain", "misses something"),
        (SignInTrouble.BAD_ANSWER, "nothing that is known", "makes no sense"),
    ],
)
def test_what_the_provider_said_makes_it_more_exact(trouble: SignInTrouble, says: str, part: str) -> None:
    words = explain_sign_in(SignInFault(trouble, says, "login.microsoftonline.com"), "outlook", "ada@example.com")
    assert part in words.title
