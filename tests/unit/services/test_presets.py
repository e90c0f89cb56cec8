"""Presets: what each field takes, what is said beside it, and that they come first for everyone in the workspace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.detection import Finding, Source
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Endpoint, Provider
from app.domain.presets import Preset, PresetField, PresetForm, PresetWay, TypedServer, form_of
from app.services.find_provider import known_provider
from app.services.presets import add_preset, all_presets, keep_preset, read_form, remove_preset
from app.services.workspace import Workspace

F = PresetField
TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
SERVERS = PresetForm(
    "example.org", imap=TypedServer("imap.example.org", "993"), smtp=TypedServer("smtp.example.org", "587", STARTTLS)
)
EXCHANGE = PresetForm("example.net", PresetWay.EXCHANGE, url="mail.example.net")


def preset(form: PresetForm) -> Preset:
    found = read_form(form)
    assert isinstance(found, Preset), found
    return found


def wrong(form: PresetForm) -> list[PresetField]:
    found = read_form(form)
    assert isinstance(found, tuple), found
    assert all(fault.text.endswith(".") for fault in found)
    return [fault.field for fault in found]


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("example.org", "example.org"),
        (" Example.ORG. ", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    ],
)
def test_domains_are_kept_as_they_are_looked_up(typed, domain):
    assert preset(replace(SERVERS, domain=typed)).domain == domain


@pytest.mark.parametrize(
    "typed",
    ["", " ", "example", "*.example.org", "ann@example.org", "@example.org", "example..org", "https://example.org",
     "192.0.2.1", "[192.0.2.1]", "ex ample.org", "-x.example.org", "a" * 64 + ".org", "☃☃☃." * 70 + "org", "x.org\0"],
)  # fmt: skip
def test_what_is_no_domain(typed):
    assert wrong(replace(SERVERS, domain=typed)) == [F.DOMAIN]


@pytest.mark.parametrize(
    ("server", "fields"),
    [
        (TypedServer("", ""), [F.IMAP_HOST, F.IMAP_PORT]),
        (TypedServer("mail.example.org:993", "993"), [F.IMAP_HOST]),
        (TypedServer("https://mail.example.org", "993"), [F.IMAP_HOST]),
        (TypedServer("ann:secret@mail.example.org", "993"), [F.IMAP_HOST]),
        (TypedServer("mail example.org", "993"), [F.IMAP_HOST]),
        (TypedServer("outlook.office365.com", "993"), [F.IMAP_HOST]),
        (TypedServer("mail.example.org", "0"), [F.IMAP_PORT]),
        (TypedServer("mail.example.org", "995"), [F.IMAP_PORT]),
        (TypedServer("mail.example.org", "65536"), [F.IMAP_PORT]),
        (TypedServer("mail.example.org", "９９３"), [F.IMAP_PORT]),
        (TypedServer("mail.example.org", "99 3"), [F.IMAP_PORT]),
        (TypedServer("mail.example.org", "9" * 5000), [F.IMAP_PORT]),
    ],
)
def test_servers_that_cannot_be(server, fields):
    assert wrong(replace(SERVERS, imap=server)) == fields


@pytest.mark.parametrize(
    ("host", "kept"),
    [("IMAP.Example.org.", "imap.example.org"), ("imap.bücher.example", "imap.xn--bcher-kva.example"), ("mail", "mail"),
     ("192.0.2.7", "192.0.2.7"), ("[2001:db8::7]", "2001:db8::7")],
)  # fmt: skip
def test_hosts_of_every_kind_come_back_as_they_were_kept(workspace: Workspace, host, kept):
    assert keep_preset(workspace, replace(SERVERS, imap=TypedServer(host, "993"))) == ()
    assert all_presets(workspace)[0].imap == Endpoint(kept, 993, TLS)


@pytest.mark.parametrize(
    "form", ["%EMAILADDRESS%", "%EMAILLOCALPART%", "EX\\%EMAILLOCALPART%", "%EMAILLOCALPART%.%EMAILDOMAIN%", ""]
)
def test_user_names_are_made_from_the_address(form):
    assert preset(replace(SERVERS, username=form)).username == (form or "%EMAILADDRESS%")


@pytest.mark.parametrize(
    "form",
    [
        "ann",
        "ann:secret",
        "%EMAILADDRESS%:secret",
        "%EMAILADDRESS% x",
        "%ADDRESS%",
        "%EMAILDOMAIN%",
    ],
)
def test_a_name_of_one_person_or_a_password_is_no_preset(form):
    assert wrong(replace(SERVERS, username=form)) == [F.USERNAME]


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.net",
        "https://mail.example.net/owa/",
        "https://MAIL.example.net/owa/?x=1#y",
        "https://mail.example.net:443/ews/exchange.asmx",
    ],
)
def test_the_address_of_the_webmail_will_do(url):
    assert preset(replace(EXCHANGE, url=url)).ews_url == "https://mail.example.net/ews/exchange.asmx"


@pytest.mark.parametrize(
    "url",
    ["", "http://mail.example.net/owa", "https://ann:secret@mail.example.net", "https://outlook.office365.com/owa", "https://",
     "https://[::1", "ftp://mail.example.net", "https://mail example.net", "https://mail.example.net:99999/"],
)  # fmt: skip
def test_what_is_no_exchange_address(url):
    assert wrong(replace(EXCHANGE, url=url)) == [F.URL]
    found = read_form(replace(EXCHANGE, url=url))
    assert isinstance(found, tuple) and "secret" not in found[0].text


def test_all_that_is_wrong_is_told_at_once():
    form = PresetForm("", imap=TypedServer(), smtp=TypedServer("x y", "z"), username="ann")
    assert wrong(form) == [F.DOMAIN, F.IMAP_HOST, F.IMAP_PORT, F.SMTP_HOST, F.SMTP_PORT, F.USERNAME]


def test_presets_come_first_in_detection_with_the_user_name_filled_in(workspace: Workspace):
    form = replace(SERVERS, domain="gmx.net", username="EX\\%EMAILLOCALPART%")
    assert keep_preset(workspace, form) == ()
    found = known_provider(workspace, "Ann@GMX.net")
    assert isinstance(found, Finding)
    assert (found.source, found.provider, found.outside) == (Source.PRESET, Provider.IMAP, ())
    assert [(str(s.endpoint), s.username) for s in (*found.incoming, *found.outgoing)] == [
        ("imap.example.org:993:tls", "EX\\Ann"),
        ("smtp.example.org:587:starttls", "EX\\Ann"),
    ]
    assert keep_preset(workspace, EXCHANGE) == ()
    exchange = known_provider(workspace, "ann@example.net")
    assert isinstance(exchange, Finding)
    assert (exchange.provider, exchange.ews_url) == (Provider.EXCHANGE, "https://mail.example.net/ews/exchange.asmx")
    remove_preset(workspace, "GMX.net.")
    again = known_provider(workspace, "ann@gmx.net")
    assert isinstance(again, Finding) and again.source is Source.KNOWN


def test_a_domain_has_one_preset(workspace: Workspace):
    assert keep_preset(workspace, SERVERS) == ()
    (fault,) = keep_preset(
        workspace, replace(SERVERS, domain="EXAMPLE.org", imap=TypedServer("other.example.org", "993"))
    )
    assert fault.field is F.DOMAIN and "already" in fault.text
    assert all_presets(workspace) == (preset(SERVERS),)


def test_an_edited_preset_takes_the_place_of_the_old_one(workspace: Workspace):
    assert keep_preset(workspace, SERVERS) == () == keep_preset(workspace, EXCHANGE)
    other = replace(form_of(all_presets(workspace)[1]), domain="example.com")
    assert keep_preset(workspace, other, instead_of="example.org") == ()
    assert [p.domain for p in all_presets(workspace)] == ["example.com", "example.net"]
    (fault,) = keep_preset(workspace, replace(other, domain="example.net"), instead_of="example.com")
    assert fault.field is F.DOMAIN
    assert keep_preset(workspace, replace(EXCHANGE, domain="example.com"), instead_of="example.com") == ()
    assert [p.way for p in all_presets(workspace)] == [PresetWay.EXCHANGE] * 2


def test_for_scripts_the_same_domain_again_changes_it_and_never_has_both(workspace: Workspace):
    add_preset(workspace, SERVERS)
    add_preset(workspace, replace(SERVERS, imap=TypedServer("new.example.org", "993")))
    assert all_presets(workspace)[0].imap == Endpoint("new.example.org", 993, TLS)
    with pytest.raises(UsageError, match=r"has IMAP settings, and a domain cannot have an Exchange URL too"):
        add_preset(workspace, replace(EXCHANGE, domain="example.org"))
    add_preset(workspace, EXCHANGE)
    with pytest.raises(UsageError, match=r"has an Exchange URL, and a domain cannot have IMAP settings too"):
        add_preset(workspace, replace(SERVERS, domain="example.net"))
    with pytest.raises(UsageError, match="has no preset"):
        remove_preset(workspace, "example.com")


def test_a_preset_keeps_nothing_but_servers(workspace: Workspace):
    keep_preset(workspace, SERVERS)
    keep_preset(workspace, EXCHANGE)
    assert [sorted(document) for document in workspace.store.presets.all()] == [
        ["domains", "ews_url"],
        ["domains", "imap", "smtp", "username"],
    ]
    assert [form_of(p).domain for p in all_presets(workspace)] == ["example.net", "example.org"]
