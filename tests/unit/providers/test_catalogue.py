"""The table of known services: wide enough, sound, and each fact with the page that says so."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

from app.domain.detection import Finding, Source, Unsupported
from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain, ascii_host
from app.domain.inboxes import ConnectionSecurity, Provider
from app.providers.catalogue import Catalogue, known_services, load_catalogue, preset_service
from app.providers.config_xml import https_url
from app.providers.decide import from_catalogue, outside_hosts

SERVICES = known_services()
USUAL = {
    "imap": {(993, ConnectionSecurity.IMPLICIT_TLS), (143, ConnectionSecurity.STARTTLS)},
    "smtp": {(465, ConnectionSecurity.IMPLICIT_TLS), (587, ConnectionSecurity.STARTTLS)},
}


def test_it_covers_what_people_use():
    domains = [d for s in SERVICES for d in s.domains]
    assert len(SERVICES) >= 40
    assert len(domains) >= 150
    assert len(domains) == len(set(domains)), [d for d in domains if domains.count(d) > 1]
    assert len({s.id for s in SERVICES}) == len(SERVICES)


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.id)
def test_each_fact_names_its_page(service):
    wanted = {
        "domains": bool(service.domains),
        "mx": bool(service.mx),
        "servers": bool(service.imap),
        "app_password": bool(service.facts.app_password_page),
        "switch_on": bool(service.facts.switch_on_page),
        "refused": bool(service.refused),
        "idle_seconds": bool(service.idle_seconds),
    }
    missing = [fact for fact, there in wanted.items() if there and fact not in service.sources]
    assert missing == []
    names = set(service.domains) ^ set(service.mx)  # a name in both would leave open which of them its page is about
    assert set(service.sources) - set(wanted) <= names
    assert "domains" not in service.sources or service.domains
    assert "mx" not in service.sources or service.mx
    shown = [page for page in (service.facts.app_password_page, service.facts.switch_on_page) if page]
    for page in (*service.sources.values(), *shown):
        assert https_url(page) and ascii_domain(urlsplit(page).hostname or ""), page


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.id)
def test_the_pages_of_a_database_are_single_entries_of_it(service):
    """A link to a whole database, or to a list that another version of a package has changed, says nothing about one row."""
    entry = re.compile(r"/thunderbird/autoconfig/blob/master/ispdb/[a-z0-9.-]+\.xml")
    for fact, page in service.sources.items():
        at = urlsplit(page)
        if at.path.startswith("/thunderbird/"):
            assert entry.fullmatch(at.path), f"{fact}: {page}"
        if at.hostname == "autoconfig.thunderbird.net":
            assert re.fullmatch(r"/v1\.1/[a-z0-9.-]+", at.path), f"{fact}: {page}"
        if at.hostname == "unpkg.com":
            assert re.fullmatch(r"/(@[a-z]+/)?[a-z-]+@\d+\.\d+\.\d+/.+\.json", at.path), f"{fact}: {page}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.id)
def test_names_are_as_they_are_looked_up(service):
    assert service.facts.name and service.id
    assert [d for d in service.domains if ascii_domain(d) != d] == []
    assert [m for m in (*service.mx, *service.hosts) if ascii_host(m.replace("*", "x")) != m.replace("*", "x")] == []
    assert all(m.count(".") for m in service.mx), "an ending of one label would be everybody's"
    assert [e for e in (*service.imap, *service.smtp) if ascii_host(e.host) != e.host] == []
    assert any(mark in service.username for mark in ("%EMAILADDRESS%", "%EMAILLOCALPART%"))
    assert service.domains or service.mx
    if service.way is None:
        assert service.refused.endswith(".") and not (service.imap or service.smtp)
    else:
        assert service.imap and service.smtp and not service.refused
    assert not service.facts.app_password_needed or service.facts.app_password_page


def test_the_files_have_no_field_that_nobody_reads():
    known = {"id", "name", "way", "domains", "mx", "hosts", "imap", "smtp", "username", "app_password", "switch_on",
             "refused", "idle_seconds", "sources"}  # fmt: skip
    for path in sorted((files("resources") / "providers" / "mail").iterdir(), key=lambda e: e.name):
        for row in json.loads(path.read_text(encoding="utf-8"))["providers"]:
            assert set(row) <= known, row["id"]
            assert set(row.get("app_password", {})) <= {"page", "needed"}, row["id"]


def test_no_server_belongs_to_two_services_of_different_ways():
    owners: dict[str, set[Provider | None]] = {}
    for service in SERVICES:
        for endpoint in (*service.imap, *service.smtp):
            owners.setdefault(endpoint.host, set()).add(service.way)
    assert [host for host, ways in owners.items() if len(ways) > 1] == []


def test_the_large_ones_say_where_an_app_password_is_made():
    pages = {s.id: s.facts.app_password_page for s in SERVICES}
    for name in (
        "gmail",
        "yahoo",
        "aol",
        "icloud",
        "fastmail",
        "zoho.com",
        "t-online",
        "yandex",
        "mail.ru",
        "qq",
        "163",
    ):
        assert pages[name].startswith("https://"), name


@pytest.mark.parametrize("service", SERVICES, ids=lambda s: s.id)
def test_servers_are_on_ports_with_tls(service):
    for kind, endpoints in (("imap", service.imap), ("smtp", service.smtp)):
        for endpoint in endpoints:
            usual = (endpoint.port, endpoint.security) in USUAL[kind]
            assert usual or service.id == "charter", f"{service.id}: {endpoint}"  # has TLS at once on 587
            assert endpoint.host == endpoint.host.strip().lower()


@pytest.mark.parametrize(
    ("address", "name", "way"),
    [
        ("ann@gmail.com", "Gmail", Provider.GMAIL),
        ("Ann@GoogleMail.com", "Gmail", Provider.GMAIL),
        ("ann@outlook.co.th", "Outlook.com", Provider.OUTLOOK),
        ("ann@northlight.onmicrosoft.com", "Microsoft 365", Provider.OUTLOOK),
        ("ann@web.de", "WEB.DE", Provider.IMAP),
    ],
)
def test_addresses_lead_to_services(address, name, way):
    found = from_catalogue(address, load_catalogue())
    assert isinstance(found, Finding)
    assert (found.service.name, found.provider, found.source) == (name, way, Source.KNOWN)
    assert found.outside == ()


def test_the_user_name_is_what_the_service_wants():
    found = from_catalogue("ann.b@web.de", load_catalogue())
    assert isinstance(found, Finding)
    assert {s.username for s in (*found.incoming, *found.outgoing)} == {"ann.b"}


@pytest.mark.parametrize("domain", ["proton.me", "tuta.com", "hey.com", "awsapps.com"])
def test_services_that_cannot_be_connected_say_why(domain):
    found = from_catalogue(f"ann@{domain}", load_catalogue())
    assert isinstance(found, Unsupported)
    assert found.reason


def test_a_name_that_only_ends_like_a_service_is_not_it():
    catalogue = load_catalogue()
    assert catalogue.of_domain("notgmail.com") is None
    assert catalogue.of_domain("mail.gmail.com") is None
    assert catalogue.of_mx("mx.evilgoogle.com") is None
    assert catalogue.of_mx("aspmx.l.google.com.").id == "gmail"
    assert catalogue.of_mx("") is None


def preset(**row: object) -> Catalogue:
    return load_catalogue([preset_service(row)])


def test_presets_come_before_what_is_known():
    row = {"domains": ["gmail.com"], "imap": ["mail.example.org:993:tls"], "smtp": ["mail.example.org:587:starttls"]}
    found = from_catalogue("ann@gmail.com", preset(**row))
    assert isinstance(found, Finding)
    assert (found.source, found.incoming[0].endpoint.host) == (Source.PRESET, "mail.example.org")
    assert found.service is None


def test_a_preset_can_be_an_exchange_address():
    catalogue = preset(domains=["example.org"], ews_url="https://mail.example.org/ews/exchange.asmx")
    found = from_catalogue("ann@example.org", catalogue)
    assert isinstance(found, Finding)
    assert (found.provider, found.ews_url) == (Provider.EXCHANGE, "https://mail.example.org/ews/exchange.asmx")


def test_a_preset_changes_nothing_for_other_domains():
    row = {"domains": ["example.org"], "imap": ["imap.gmail.com:993:tls"], "smtp": ["mail.example.net:465:tls"]}
    catalogue = preset(**row)
    assert catalogue.of_domain("other.example.org") is None
    assert catalogue.of_host("imap.gmail.com").id == "gmail"
    assert outside_hosts("example.com", ["mail.example.net"], catalogue) == ("mail.example.net",)


@pytest.mark.parametrize(
    "row",
    [
        {
            "domains": ["example.org"],
            "imap": ["mail.example.org:993:tls"],
            "smtp": ["mail.example.org:465:tls"],
            "ews_url": "https://mail.example.org/ews/exchange.asmx",
        },
        {"domains": ["example.org"], "ews_url": "http://mail.example.org/ews/exchange.asmx"},
        {"domains": ["example.org"], "imap": ["mail.example.org:993:tls"]},
        {"domains": ["example.org"], "imap": ["mail.example.org"], "smtp": ["mail.example.org"]},
        {"imap": ["mail.example.org:993:tls"], "smtp": ["mail.example.org:465:tls"]},
        {"domains": ["example.org"], "way": "pop3"},
        {"domains": ["example.org"], "way": "none", "refused": "No."},
        {"domains": [], "ews_url": "https://mail.example.org/ews/exchange.asmx"},
        {"domains": ["example.org", "example.net"], "ews_url": "https://mail.example.org/ews/exchange.asmx"},
    ],
)
def test_presets_that_make_no_sense_are_refused(row):
    with pytest.raises(UsageError, match="preset"):
        preset_service(row)
