"""Every trouble of a sign-in has its words, for both providers."""

from __future__ import annotations

import pytest

from app.domain.sign_in import SignInFault, SignInTrouble
from app.words.oauth import explain_sign_in


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
@pytest.mark.parametrize("trouble", list(SignInTrouble))
def test_complete(trouble: SignInTrouble, provider: str) -> None:
    words = explain_sign_in(SignInFault(trouble, host="accounts.example.com"), provider, "ada@example.com")
    assert words.title
    assert not words.title.endswith(".")
    assert words.cause.endswith(".")
    assert words.remedy.endswith(".") or words.remedy.endswith("ID.")
    assert "{" not in words.title + words.cause + words.remedy
