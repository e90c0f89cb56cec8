"""What logging addresses are called: every state has its words, its remedy, and says what is safe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.copied_mail import CopyKind
from app.domain.inboxes import InboxId, InboxKind, InboxState, Provider
from app.domain.logging_addresses import AddressState, LoggingAddress, NotCome, NotSent, NotTold, Recognised, Way
from app.domain.problems import Problem, ProblemCode
from app.domain.views import InboxCard
from app.ui.logging import words

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CARD = InboxCard(
    InboxId(1),
    "jonas@example.org",
    Provider.IMAP,
    InboxKind.PERSONAL,
    InboxState.CONNECTED,
    None,
    NOW,
    NOW,
    0,
    0,
    (),
    "",
)
ADDRESS = LoggingAddress(1, CopyKind.BCC, Way.PLUS, "jonas+log-x@example.org", InboxId(1), state=AddressState.PROVED)
FOLDER = replace(ADDRESS, way=Way.FOLDER, folder="Logged", address="", state=AddressState.NEW)


def test_every_kind_and_way_has_its_words() -> None:
    assert set(words.KINDS) == set(CopyKind) and set(words.WAYS) == set(Way)


@pytest.mark.parametrize("provider", list(Provider))
@pytest.mark.parametrize("way", list(Way))
def test_each_way_is_explained_for_each_provider(provider: Provider, way: Way) -> None:
    assert words.advice(provider, "jonas@example.org", way).endswith(".")
    told = " ".join(words.server_steps(provider, "log@example.org", "To be logged"))
    assert "log@example.org" in told and "“To be logged”" in told
    by_hand = " ".join(words.server_steps(provider, "", "To be logged"))
    assert "“To be logged”" in by_hand and "@" not in by_hand


def test_which_way_is_tried_first() -> None:
    assert words.recommended(Provider.GMAIL, "anna@gmail.com") is Way.PLUS
    assert words.recommended(Provider.OUTLOOK, "anna@example.com") is Way.PLUS
    assert words.recommended(Provider.EXCHANGE, "anna@example.com") is Way.FOLDER
    assert words.recommended(Provider.IMAP, "anna@Yahoo.com") is Way.FOLDER
    assert "does not deliver" in words.advice(Provider.IMAP, "anna@yahoo.com", Way.PLUS)


@pytest.mark.parametrize(
    ("address", "card", "chip", "title"),
    [
        (ADDRESS, CARD, "Works", None),
        (replace(ADDRESS, state=AddressState.NEW), CARD, "Not tested", None),
        (replace(ADDRESS, state=AddressState.BROKEN), CARD, "Does not work", "did not come through"),
        (FOLDER, CARD, "In use", None),
        (replace(FOLDER, state=AddressState.BROKEN, folder_gone=True), CARD, "Does not work", "folder is gone"),
        (ADDRESS, None, "Not served", "removed"),
        (ADDRESS, replace(CARD, state=InboxState.DISABLED), "Not served", "switched off"),
        (ADDRESS, replace(CARD, state=InboxState.NEEDS_SIGN_IN), "Works", "needs you"),
        (ADDRESS, replace(CARD, state=InboxState.CERTIFICATE), "Works", "needs you"),
        (ADDRESS, replace(CARD, state=InboxState.UNREACHABLE), "Works", None),
    ],
)
def test_the_state_of_an_address(address: LoggingAddress, card: InboxCard | None, chip: str, title: str | None) -> None:
    assert words.state_chip(address, card)[0] == chip
    told = words.trouble(address, card)
    if title is None:
        assert told is None
    else:
        assert told is not None and title in told.title and told.text.endswith(".")


def test_what_serves_it_is_named() -> None:
    assert words.served_by(ADDRESS, CARD) == "Served by jonas@example.org as a plus-address"
    assert "“Logged” of jonas@example.org" in words.served_by(FOLDER, CARD)
    assert "alone" in words.served_by(replace(ADDRESS, way=Way.MAILBOX), CARD)
    assert "removed" in words.served_by(ADDRESS, None)


def test_every_outcome_says_what_to_do() -> None:
    refused = Problem(ProblemCode.RECIPIENT_REFUSED, server_says="550 5.1.1 no such user")
    assert words.outcome(Recognised(ADDRESS, "the envelope")).kind == "ok"
    assert words.outcome(NotCome(ADDRESS, 120)).kind == "warn"
    assert "a folder" in words.outcome(NotTold(ADDRESS, "INBOX")).text
    assert "550 5.1.1 no such user" in words.outcome(NotSent(ADDRESS, refused)).text


def test_the_limits_of_the_documents_stand_there() -> None:
    """«2 MB» of text, «50 MB» of attachments; and only of forwarded messages that they come one at a time."""
    bcc, forward = (" ".join(words.conditions(kind)) for kind in (CopyKind.BCC, CopyKind.FORWARD))
    for told in (bcc, forward):
        assert "2 MB" in told and "50 MB" in told and "five open deals" in told and "personal e-mail access" in told
    assert "one message at a time" in forward and "one message at a time" not in bcc
