"""Slips of the keyboard in well-known mail domains are recognised, and other domains left alone."""

from __future__ import annotations

import pytest

from app.domain.detection import Finding, Nothing, NothingFound, Source
from app.domain.inboxes import Provider
from app.providers.catalogue import known_services
from app.words.detection import explain_detection
from app.words.typing_mistakes import POPULAR, did_you_mean


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmal.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.de", "gmail.com"),
        ("GMAIL.CMO", "gmail.com"),
        ("gnail.co", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("hotmal.con", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("iclud.com", "icloud.com"),
        ("gxm.de", "gmx.de"),
        ("gmx.ed", "gmx.de"),
        ("wbe.de", "web.de"),
        ("t-onlin.de", "t-online.de"),
    ],
)
def test_slips(typed: str, meant: str) -> None:
    assert did_you_mean(f" jonas@{typed} ") == f"jonas@{meant}"


@pytest.mark.parametrize(
    "domain",
    [
        "example.com",
        "gmail.com",
        "gmx.at",
        "mail.com",
        "hotmail.fr",
        "we.dev",
        "met.com",
        "ibm.com",
        "company.org",
        "a.de",
    ],
)
def test_other_domains_are_left_alone(domain: str) -> None:
    assert did_you_mean(f"jonas@{domain}") == ""


@pytest.mark.parametrize("typed", ["", "jonas", "@gmial.com", "jonas@", "gmial.com"])
def test_what_is_no_address_means_nothing(typed: str) -> None:
    assert did_you_mean(typed) == ""


def test_each_popular_domain_is_one_of_the_table() -> None:
    known = {domain for service in known_services() for domain in service.domains}
    assert set(POPULAR) <= known
    assert len(set(POPULAR)) == len(POPULAR)
    assert not [domain for domain in known if did_you_mean(f"ann@{domain}")]


def test_the_command_line_asks_too() -> None:
    nothing = NothingFound("ann@gmial.com", Nothing.NO_SUCH_DOMAIN)
    assert explain_detection(nothing).endswith("Did you mean ann@gmail.com?")
    caught = Finding("ann@gmial.com", Provider.IMAP, Source.MX, "mx.example.net")
    assert explain_detection(caught).endswith("Did you mean ann@gmail.com?")
    assert "Did you mean" not in explain_detection(NothingFound("ann@example.com", Nothing.NO_SERVER))
