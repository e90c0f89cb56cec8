"""What each provider's disclosure has to tell, point by point, and that no text changes without its version."""

from __future__ import annotations

import hashlib
import re

import pytest

from app.cli.disclosure import DISCLOSURES
from app.domain.inboxes import Provider
from app.ui.wizard.disclosures import Disclosure
from app.ui.wizard.ways import WAYS

SEEN_AND_ENDED = {
    "mail is sent in the user’s name": r"messages you write here, in your name",
    "it may hold sensitive data": r"may hold sensitive things",
    "others of the workspace see logged mail": r"Everyone who uses this workspace sees logged mail",
    "how to remove it here": r"Inboxes, then Remove in the inbox’s menu",
    "what Disable does": r"Disable only stops reading and sending",
    "the check sends a message": r"A short test message to yourself",
    "logged mail stays": r"logged mail stays",
    "no password is written down": r"\{secret_place\}",
}
SIGNED_IN = {
    **SEEN_AND_ENDED,
    "headers": r"Headers, subjects and bodies",
    "subjects": r"subjects",
    "bodies": r"bodies of the threads that you send or log here",
    "replies": r"replies to them",
    "outgoing mail": r"the mail you send",
    "distribution lists": r"distribution lists",
    "aliases": r"aliases",
    "send times": r"when it was sent",
    "tracked link addresses": r"addresses of its tracked links",
    "where it is scanned": r"every folder but junk, trash and drafts",
    "mail is scanned for tracked messages": r"looked through for replies to logged and tracked messages",
    "nothing else is opened": r"Other bodies are not opened",
}
BY_PASSWORD = {
    **SEEN_AND_ENDED,
    "address": r"Your address",
    "password": r"your password",
    "metadata": r"metadata of your messages",
    "bodies": r"and their bodies",
    "mail is scanned for replies": r"Headers in every folder but junk, trash and drafts, to find replies",
}
POINTS: dict[Provider, dict[str, str]] = {
    Provider.GMAIL: {
        **SIGNED_IN,
        "what the permission covers": r"reading, sending and deleting all mail",
        "the list of aliases is read": r"may send as, which Gmail’s settings list",
        "revoke at Google": r"myaccount\.google\.com/connections",
    },
    Provider.OUTLOOK: {
        **SIGNED_IN,
        "what the permission covers": r"reading and sending mail .* by IMAP and SMTP, and sending by Microsoft Graph",
        "revoke at Microsoft": r"myapps\.microsoft\.com",
        "revoke for personal accounts": r"account\.live\.com/consent/Manage",
    },
    Provider.EXCHANGE: {
        **BY_PASSWORD,
        "server information": r"name and settings of your Exchange server",
        "the credentials reach further": r"also opens your calendar, contacts and groups",
    },
    Provider.IMAP: {
        **BY_PASSWORD,
        "server information": r"names and settings of your mail servers",
        "only that": r"Not your calendar and not your address book",
        "withdraw the app password": r"app password can also be withdrawn at your provider",
    },
}
# The text of each version that was ever shown: a consent names the version, so the text must not change under it.
DIGESTS = {
    "imap-2026-11-23": "f5799139a62fe657",
    "exchange-2026-11-23": "6b941c96b174c28b",
    "outlook-2026-11-23": "4a86131b51592a7a",
    "gmail-2026-11-23": "11e103e26b43ef61",
    "imap-2026-11-22": "454e29b8d0e23474",
    "exchange-2026-11-22": "97d34260fa26eda7",
    "outlook-2026-11-22": "b48f2aa7d52fa066",
    "gmail-2026-11-22": "f79724e7e5867f59",
    "gmail-2026-11-21": "893b90deb6a883bc",
    "outlook-2026-11": "0b1ade2c37fbf5ea",
    "exchange-2026-11": "a01a79d4431a8ab5",
    "imap-2026-11": "2c21ea5816bcf480",
}


def text_of(told: Disclosure) -> str:
    return " ".join([told.title, *(f"{point.title}: {point.text}" for point in told.points), told.consent])


CASES = [(provider, key, pattern) for provider, points in POINTS.items() for key, pattern in points.items()]


@pytest.mark.parametrize(("provider", "key", "pattern"), CASES, ids=[f"{p.value}: {key}" for p, key, _ in CASES])
def test_each_point_is_told(provider: Provider, key: str, pattern: str) -> None:
    assert any(re.search(pattern, point.text) for point in DISCLOSURES[provider].points), key


def test_the_wizard_shows_the_same_as_the_command_line() -> None:
    assert {provider: way.disclosure for provider, way in WAYS.items()} == DISCLOSURES
    assert set(POINTS) == set(Provider)


@pytest.mark.parametrize("provider", Provider)
def test_no_text_changes_under_its_version(provider: Provider) -> None:
    told = DISCLOSURES[provider]
    assert re.fullmatch(rf"{provider.value}-20\d\d-\d\d(-\d\d)?", told.version)
    assert DIGESTS[told.version] == hashlib.sha256(text_of(told).encode()).hexdigest()[:16], "give it a new version"
