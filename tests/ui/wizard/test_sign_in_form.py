"""What may be typed on the sign-in page, and what becomes of it, without Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.detection import Finding, FoundServer, Nothing, NothingFound, ServiceFacts, Source
from app.domain.inboxes import ConnectionSecurity, Endpoint, ImapAccount, Provider, ServerTrust
from app.ui.wizard.mail_services import GUESSED, guessed_servers, servers_of
from app.ui.wizard.sign_in_form import errors, form_for, form_of, port_after

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
FORM = replace(form_for("jonas@example.org", guessed_servers("jonas@example.org")), password="correct horse")


def test_the_guess_is_complete_but_for_the_password():
    assert errors(FORM) == {}
    assert errors(replace(FORM, password="")) == {"password": "The password is missing."}
    account = FORM.account()
    assert account.imap == Endpoint("imap.example.org", 993, TLS)
    assert account.smtp == Endpoint("smtp.example.org", 587, STARTTLS)
    assert account.username == "jonas@example.org"
    assert account.smtp_username == ""


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "jonas@example"}, "address"),
        ({"imap_host": ""}, "imap_host"),
        ({"imap_host": "https://mail.example.org"}, "imap_host"),
        ({"imap_host": "mail server"}, "imap_host"),
        ({"imap_host": "pop.example.org"}, "imap_host"),
        ({"smtp_host": "email-smtp.eu-west-1.amazonaws.com"}, "smtp_host"),
        ({"imap_host": "imap.mail.us-east-1.awsapps.com"}, "imap_host"),
        ({"imap_port": "0"}, "imap_port"),
        ({"imap_port": "65536"}, "imap_port"),
        ({"imap_port": "１４３"}, "imap_port"),
        ({"imap_port": "995"}, "imap_port"),
        ({"smtp_port": "25"}, "smtp_port"),
        ({"smtp_port": "x"}, "smtp_port"),
        ({"password": "a\nb"}, "password"),
        ({"same_credentials": False, "smtp_password": "x"}, "smtp_username"),
        ({"same_credentials": False, "smtp_username": "x"}, "smtp_password"),
    ],
)
def test_each_fault_is_named_at_its_field(change, field):
    assert list(errors(replace(FORM, **change))) == [field]


@pytest.mark.parametrize(
    "host", ["localhost", "mail.example.org.", "192.0.2.7", "::1", "[2001:db8::1]", "brevpost.åre.example"]
)
def test_hosts_that_may_be_right(host):
    assert errors(replace(FORM, imap_host=host)) == {}


def test_separate_credentials_for_outgoing_mail():
    form = replace(FORM, same_credentials=False, smtp_username=" relay ", smtp_password="other")
    assert errors(form) == {}
    assert form.account().smtp_username == "relay"


def test_security_changes_the_usual_port_only():
    assert port_after("imap", STARTTLS, "993") == "143"
    assert port_after("imap", TLS, "143") == "993"
    assert port_after("smtp", TLS, "587") == "465"
    assert port_after("smtp", STARTTLS, "465") == "587"
    assert port_after("smtp", STARTTLS, "2525") == "2525"
    assert port_after("imap", TLS, "") == "993"


def test_a_known_inbox_opens_with_its_servers():
    account = ImapAccount(
        "jonas@example.org",
        Endpoint("mail.example.org", 1993, TLS),
        Endpoint("mail.example.org", 1587, STARTTLS),
        "jonas",
        smtp_username="relay",
        trust=ServerTrust(pin_sha256="ab" * 32),
        from_name="Jonas Ahl",
    )
    form = replace(form_of(account), password="x", smtp_password="y")
    assert errors(form) == {}
    assert form.account() == account
    assert form.trust_any


def test_what_was_found_fills_the_form():
    gmx = ServiceFacts("GMX", switch_on_page="https://www.gmx.net")
    found = Finding(
        "ana@example.com",
        Provider.IMAP,
        Source.KNOWN,
        incoming=(FoundServer(Endpoint("imap.example.net", 993, TLS), "ana"),),
        outgoing=(FoundServer(Endpoint("smtp.example.net", 465, TLS), "ana"),),
        service=gmx,
    )
    servers = servers_of("ana@example.com", found)
    assert (servers.service, servers.evidence) == (gmx, "A mail service that is known here.")
    form = form_for("ana@example.com", servers)
    assert (form.username, form.imap_host, form.smtp_port, form.same_credentials) == (
        "ana",
        "imap.example.net",
        "465",
        True,
    )


def test_another_user_name_for_outgoing_mail_asks_for_its_own_password():
    found = Finding(
        "ana@example.com",
        Provider.IMAP,
        Source.AUTOCONFIG,
        incoming=(FoundServer(Endpoint("imap.example.com", 993, TLS), "ana"),),
        outgoing=(FoundServer(Endpoint("smtp.example.com", 465, TLS), "ana@example.com"),),
    )
    form = form_for("ana@example.com", servers_of("ana@example.com", found))
    assert (form.same_credentials, form.smtp_username) == (False, "ana@example.com")


def test_what_was_not_found_is_guessed():
    assert servers_of("ana@example.com", NothingFound("ana@example.com", Nothing.NO_SERVER)).evidence == GUESSED
    half = Finding(
        "ana@example.com",
        Provider.IMAP,
        Source.SRV,
        incoming=(FoundServer(Endpoint("in.example.com", 993, TLS), "ana@example.com"),),
    )
    servers = servers_of("ana@example.com", half)
    assert (servers.imap.host, servers.smtp.host) == ("in.example.com", "smtp.example.com")


def test_passwords_are_not_printed():
    form = replace(FORM, password="hunter22", smtp_password="hunter33")
    assert "hunter" not in repr(form) + repr(form.account())
