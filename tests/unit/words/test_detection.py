"""Every outcome of a detection has its sentences."""

from __future__ import annotations

import pytest

from app.domain.detection import Finding, Nothing, NothingFound, Source, Unsupported
from app.domain.inboxes import Provider
from app.words.detection import consent, evidence, explain_detection, not_found


@pytest.mark.parametrize("source", Source)
def test_every_source_is_told(source):
    text = evidence(Finding("ann@example.org", Provider.IMAP, source, "mx.example.net"))
    assert text.endswith(".") and "{" not in text


@pytest.mark.parametrize("why", Nothing)
def test_every_reason_has_a_remedy(why):
    what, remedy = not_found(NothingFound("ann@example.org", why, "mail.example.org"))
    for text in (what, remedy):
        assert text.endswith(".") and "{" not in text


def test_one_text_for_any_outcome():
    assert explain_detection(Unsupported("ann@example.org", "Closed", "It is closed.")) == "It is closed."
    assert "no domain example.org" in explain_detection(NothingFound("ann@example.org", Nothing.NO_SUCH_DOMAIN))


def test_consent_counts_its_hosts():
    def asked(*hosts: str) -> str:
        return consent(Finding("ann@example.org", Provider.IMAP, Source.SRV, outside=hosts))

    assert asked() == ""
    assert asked("a.example.net").startswith("a.example.net does not belong to example.org")
    assert asked("a.example.net", "b.example.net").startswith("a.example.net and b.example.net do not")
    assert asked("a.example.net", "b.example.net", "c.example.net").startswith(
        "a.example.net, b.example.net, c.example.net do"
    )
