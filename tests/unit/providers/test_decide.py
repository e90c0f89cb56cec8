"""From facts to a finding: the order of sources, the rules of SRV and MX, whose hosts need consent."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.detection import Detected, Finding, Nothing, NothingFound, Source, Unsupported
from app.domain.errors import UsageError
from app.domain.inboxes import ConnectionSecurity, Provider
from app.providers.catalogue import load_catalogue
from app.providers.decide import Facts, from_facts
from app.providers.inspect import as_json, facts_of
from app.providers.records import Mx, Srv, read_mx, read_srv
from app.words.detection import explain_detection
from tests.unit.providers.test_config_xml import config, server

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
ADDRESS = "ann@example.org"
IMAPS, SUBMISSION = "_imaps._tcp.example.org. 0 1 993 mail.example.org.", "_submission._tcp 0 1 587 mail.example.org."
XML = config(server(hostname="xml.example.org"), server("outgoing", "smtp", hostname="xml.example.org", port="465"))


def found(email: str = ADDRESS, **facts: Any) -> Detected:
    address, given = facts_of({"email": email, "mx": [], **facts})
    assert given is not None
    return from_facts(address, given, load_catalogue())


def finding(email: str = ADDRESS, **facts: Any) -> Finding:
    it = found(email, **facts)
    assert isinstance(it, Finding), it
    return it


def hosts(it: Finding) -> list[str]:
    return [str(s.endpoint) for s in (*it.incoming, *it.outgoing)]


def test_the_order_of_sources():
    everything = {"mx": ["10 aspmx.l.google.com"], "xml": XML, "srv": [IMAPS, SUBMISSION]}
    assert finding("ann@gmx.net", **everything).source is Source.KNOWN
    assert finding(**everything).source is Source.AUTOCONFIG
    assert finding(**{**everything, "xml": ""}).source is Source.SRV
    assert finding(**{**everything, "xml": "", "srv": []}).source is Source.MX


def test_half_an_answer_gives_way_to_a_whole_one():
    assert finding(xml=config(server()), srv=[IMAPS, SUBMISSION]).source is Source.SRV
    assert finding(srv=[IMAPS], mx=["1 smtp.google.com"]).source is Source.MX
    half = finding(srv=[IMAPS])
    assert (hosts(half), half.complete) == (["mail.example.org:993:tls"], False)


def test_srv_goes_by_priority_then_tls_then_weight():
    it = finding(
        srv=[
            "_imap._tcp.example.org. 10 1 143 c.example.org.",
            "_imaps._tcp.example.org. 10 1 993 light.example.org.",
            "_imaps._tcp.example.org. 10 9 993 heavy.example.org.",
            "_imap._tcp.example.org. 0 1 143 first.example.org.",
            "_submission._tcp.example.org. 0 1 587 smtp.example.org.",
            "_submissions._tcp.example.org. 0 1 465 smtp.example.org.",
        ]
    )
    assert hosts(it) == [
        "first.example.org:143:starttls",
        "heavy.example.org:993:tls",
        "light.example.org:993:tls",
        "c.example.org:143:starttls",
        "smtp.example.org:465:tls",
        "smtp.example.org:587:starttls",
    ]
    assert {s.username for s in it.incoming} == {ADDRESS}


def test_a_service_that_is_not_offered_has_a_dot_for_its_host():
    it = finding(srv=["_imaps._tcp 0 0 0 .", "_imap._tcp 0 1 143 mail.example.org", SUBMISSION])
    assert hosts(it)[0] == "mail.example.org:143:starttls"
    assert found(srv=["_imaps._tcp 0 0 0 ."]) == NothingFound(ADDRESS, Nothing.NO_SERVER)


def test_the_port_of_tls_says_more_than_the_label():
    assert finding(srv=["_imap._tcp 0 1 993 mail.example.org", SUBMISSION]).incoming[0].endpoint.security is TLS


@pytest.mark.parametrize(
    ("host", "provider", "name"),
    [
        ("aspmx.l.google.com", Provider.GMAIL, "Gmail"),
        ("example-org.mail.protection.outlook.com", Provider.OUTLOOK, "Microsoft 365"),
        ("example-org.a-v1.mx.microsoft", Provider.OUTLOOK, "Microsoft 365"),
        ("in1-smtp.messagingengine.com", Provider.IMAP, "Fastmail"),
        ("mx00.kundenserver.de", Provider.IMAP, "1&1 IONOS"),
        ("mx.zoho.eu", Provider.IMAP, "Zoho Mail (Europe)"),
    ],
)
def test_mail_exchangers_lead_to_services(host, provider, name):
    it = finding(mx=["20 mx.elsewhere.example.net", f"10 {host}."])
    assert (it.provider, it.service and it.service.name, it.where) == (provider, name, host)
    assert it.outside == ()


def test_the_most_preferred_exchanger_counts():
    assert finding(mx=["20 aspmx.l.google.com", "5 in1-smtp.messagingengine.com"]).service.name == "Fastmail"


def test_an_exchanger_of_the_domain_itself_comes_before_one_that_keeps_mail_for_it():
    assert found(mx=["10 mail.example.org", "20 mx00.kundenserver.de"]) == NothingFound(ADDRESS, Nothing.NO_SERVER)
    assert finding(mx=["20 mail.example.org", "10 mx00.kundenserver.de"]).service.name == "1&1 IONOS"
    assert finding(mx=["10 filter.example.net", "20 aspmx.l.google.com"]).provider is Provider.GMAIL


def test_by_mail_exchanger_the_user_name_is_the_whole_address():
    assert finding(mx=["10 mx-ha.web.de"]).incoming[0].username == ADDRESS


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("inbound-smtp.eu-west-1.amazonaws.com", "WorkMail"),
        ("INBOUND-SMTP.us-east-1.amazonaws.com.", "Amazon SES"),
        ("feedback-smtp.us-east-1.amazonses.com", "Amazon SES"),
        ("mail.protonmail.ch", "Bridge"),
        ("example-org.mail.protection.office365.us", "GCC High"),
    ],
)
def test_services_behind_an_exchanger_that_cannot_be_connected(host, words):
    it = found(mx=[f"10 {host}"])
    assert isinstance(it, Unsupported)
    assert words in it.reason


@pytest.mark.parametrize("host", ["imap.mail.eu-west-1.awsapps.com", "email-smtp.us-east-1.amazonaws.com"])
def test_servers_of_a_service_that_cannot_be_connected_are_refused_wherever_they_are_named(host):
    by_xml = found(xml=config(server(hostname=host), server("outgoing", "smtp", hostname=host, port="465")))
    by_srv = found(srv=[f"_imaps._tcp 0 1 993 {host}", SUBMISSION])
    for it in (by_xml, by_srv):
        assert isinstance(it, Unsupported) and "not supported" in it.reason
    ews = f'<incomingServer type="exchange"><ewsURL>https://{host}/EWS/Exchange.asmx</ewsURL></incomingServer>'
    assert isinstance(found(xml=config(ews)), Unsupported)


def test_a_server_that_only_runs_at_amazon_is_nobody_special():
    host = "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com"
    assert found(mx=[f"10 {host}"]) == NothingFound(ADDRESS, Nothing.NO_SERVER)
    assert finding(srv=[f"_imaps._tcp 0 1 993 {host}", SUBMISSION]).outside == (host,)


def test_settings_that_name_a_services_own_hosts_are_that_service():
    gmail = config(server(hostname="imap.gmail.com"), server("outgoing", "smtp", hostname="smtp.gmail.com", port="465"))
    it = finding(xml=gmail)
    assert (it.provider, it.service.name, it.outside) == (Provider.GMAIL, "Gmail", ())
    microsoft = '<incomingServer type="exchange"><ewsURL>https://outlook.office365.com/EWS/Exchange.asmx</ewsURL></incomingServer>'
    assert finding(xml=config(microsoft)).provider is Provider.OUTLOOK


def test_exchange_alone_is_exchange_and_beside_imap_is_not():
    ews = '<incomingServer type="exchange"><ewsURL>https://mail.example.org/EWS/Exchange.asmx</ewsURL></incomingServer>'
    alone = finding(xml=config(ews))
    assert (alone.provider, alone.ews_url, alone.complete) == (
        Provider.EXCHANGE,
        "https://mail.example.org/EWS/Exchange.asmx",
        True,
    )
    smtp = server("outgoing", "smtp", port="465")
    assert finding(xml=config(server(), smtp, ews)).provider is Provider.IMAP


def test_hosts_of_others_need_consent():
    other = config(
        server(hostname="imap.example.net"), server("outgoing", "smtp", hostname="smtp.example.org", port="465")
    )
    assert finding(xml=other).outside == ("imap.example.net",)
    likes = ("example.org.example.net", "notexample.org", "org")
    for host in likes:
        assert finding(srv=[f"_imaps._tcp 0 1 993 {host}", SUBMISSION]).outside == (host,)
    assert finding(srv=["_imaps._tcp 0 1 993 a.b.example.org", SUBMISSION]).outside == ()
    ews = '<incomingServer type="exchange"><ewsURL>https://example.net/EWS/Exchange.asmx</ewsURL></incomingServer>'
    assert finding(xml=config(ews)).outside == ("example.net",)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, Nothing.NO_SERVER),
        ({"mx": ["0 ."]}, Nothing.TAKES_NO_MAIL),
        ({"mx": ["10 mx.example.org"]}, Nothing.NO_SERVER),
        ({"xml": config(server(kind="pop3"))}, Nothing.POP3_ONLY),
        ({"srv": ["_pop3s._tcp 0 1 995 pop.example.org"]}, Nothing.POP3_ONLY),
        ({"srv": ["_pop3s._tcp 0 0 0 ."]}, Nothing.NO_SERVER),
        ({"xml": config(server(socketType="plain", port="143"))}, Nothing.NO_TLS),
        ({"xml": "<html/>"}, Nothing.NO_SERVER),
    ],
)
def test_why_nothing_is_found(facts, why):
    assert found(**facts) == NothingFound(ADDRESS, why)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@example",
        "a b@example.org",
        "ann@ex\u3002",
        "ann@[192.0.2.1]",
        "ann@192.0.2.1",
        "ann@-x.org",
        "ann@" + "a" * 64 + ".org",
        "ann@" + "a." * 130 + "org",
        "ann@ex..org",
        "ann@example.org/x",
        "ann@ex%61mple.org",
        "ann@exam\nple.org",
        "ann@example.org\x00",
        "a@b@example.org",
    ],
)
def test_what_is_no_address(email):
    assert found(email) == NothingFound(email.strip(), Nothing.NOT_AN_ADDRESS)


@pytest.mark.parametrize("email", ["Ann@GMX.NET", "Ann@gmx.net.", " Ann@Gmx.Net ", "Ann@ＧＭＸ.net"])
def test_a_domain_is_known_however_it_is_written(email):
    it = finding(email)
    assert it.service.name == "GMX"
    assert {s.username for s in it.incoming} == {email.strip().rstrip(".")}


def test_a_final_dot_is_no_part_of_a_user_name():
    it = finding("ann@example.org.", srv=[IMAPS, SUBMISSION])
    assert (it.address, it.incoming[0].username) == (ADDRESS, ADDRESS)


def test_a_domain_in_other_letters_is_compared_in_ascii():
    it = finding("ann@bücher.example", srv=["_imaps._tcp 0 1 993 mail.xn--bcher-kva.example", SUBMISSION])
    assert it.outside == ("mail.example.org",)


def test_ways_of_writing_mx():
    want = Mx(10, "mx.example.org")
    for text in (
        "10 mx.example.org.",
        "example.org. 300 IN MX 10 MX.example.org.",
        ["10", "mx.example.org"],
        [10, "mx.example.org"],
    ):
        assert read_mx(text) == want
    for thing in ({"preference": 10, "exchange": "mx.example.org."}, {"priority": "10", "host": "mx.example.org"}):
        assert read_mx(thing) == want
    assert read_mx(["mx.example.org", 10]) == want
    assert read_mx("mx.example.org") == Mx(0, "mx.example.org")
    for nothing in ("", 7, None, []):
        with pytest.raises(UsageError):
            read_mx(nothing)


def test_ways_of_writing_srv():
    want = Srv("_imaps", 5, 1, 993, "mail.example.org")
    for text in (
        "_imaps._tcp.example.org. 5 1 993 mail.example.org.",
        "_imaps._tcp.example.org. 300 IN SRV 5 1 993 Mail.example.org.",
        ["_imaps._tcp", 5, 1, 993, "mail.example.org"],
    ):
        assert read_srv(text) == want
    fields = {"priority": 5, "weight": 1, "port": 993, "target": "mail.example.org."}
    assert read_srv({"service": "imaps", **fields}) == want
    assert read_srv({"name": "_imaps._tcp.example.org", **fields}) == want
    for nothing in ("", "mail.example.org", "_imaps._tcp", 7, None, ["_imaps"]):
        with pytest.raises(UsageError):
            read_srv(nothing)


def test_srv_may_be_given_by_label():
    by_label = {
        "_imaps._tcp": ["0 1 993 mail.example.org."],
        "_submissions._tcp": {"port": 465, "target": "mail.example.org"},
    }
    wanted = ["mail.example.org:993:tls", "mail.example.org:465:tls"]
    assert hosts(finding(srv=by_label)) == wanted
    by_numbers = {
        "_imaps._tcp": [[0, 1, 993, "mail.example.org"]],
        "_submissions._tcp": [0, 1, 465, "mail.example.org"],
    }
    assert hosts(finding(srv=by_numbers)) == wanted


def test_the_json_of_a_finding_and_of_none():
    assert as_json(finding(srv=[IMAPS, SUBMISSION]), explain_detection) == {
        "provider": "imap",
        "incoming": [{"type": "imap", "host": "mail.example.org", "port": 993, "security": "SSL", "username": ADDRESS}],
        "outgoing": [
            {"type": "smtp", "host": "mail.example.org", "port": 587, "security": "STARTTLS", "username": ADDRESS}
        ],
        "ews_url": None,
        "source": "srv",
    }
    assert list(as_json(found(), explain_detection)) == ["error"]


@pytest.mark.parametrize(
    "value", [None, "ann@example.org", {}, {"email": 7}, {"email": ADDRESS, "xml": 7}, {"email": ADDRESS, "mx": "x"}]
)
def test_input_that_makes_no_sense(value):
    with pytest.raises(UsageError):
        facts_of(value)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ada@example.onmicrosoft.us", "GCC High"),
        ("ada@onmicrosoft.us", "GCC High"),
        ("ada@mail.mil", "DoD"),
        ("ada.civ@example.mail.mil", "DoD"),
        ("ada@example.awsapps.com", "WorkMail"),
    ],
)
def test_clouds_that_let_nobody_in_are_told_by_the_address(address, words):
    it = from_facts(address, Facts(), load_catalogue())
    assert isinstance(it, Unsupported) and words in it.reason


@pytest.mark.parametrize("host", ["outlook.office365.us", "webmail.apps.mil"])
def test_clouds_that_let_nobody_in_are_told_by_a_server(host):
    it = found(srv=[f"_imaps._tcp 0 1 993 {host}", f"_submissions._tcp 0 1 465 {host}"])
    assert isinstance(it, Unsupported) and "GCC High" in it.reason
