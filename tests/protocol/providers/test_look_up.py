"""Detection against a real name server, a real HTTPS server and mail servers with real certificates, on the loopback
address: each source, who wins, how long it takes, and what leaves this computer."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.domain.detection import Detected, Finding, Nothing, NothingFound, Source
from app.domain.errors import Cancelled
from app.domain.inboxes import ConnectionSecurity, Provider
from app.providers.catalogue import load_catalogue
from app.providers.look_up import PATIENCE, Places, detect
from app.providers.network import Network
from tests.support.authority import Authority
from tests.support.dns_server import DnsServer
from tests.support.ports import free_port
from tests.support.scripted import ScriptedServer, Talk
from tests.support.web_server import Answer, WebServer
from tests.unit.providers.test_config_xml import AUTODISCOVER, config, protocol, server

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
ADDRESS = "ann@example.org"
NAMES = [
    "example.org",
    *(f"{n}.example.org" for n in ("autoconfig", "autodiscover", "imap", "mail", "smtp")),
    "database.example.net",
]
OWN = ("GET", "autoconfig.example.org", "/mail/config-v1.1.xml")
WELL_KNOWN = ("GET", "example.org", "/.well-known/autoconfig/mail/config-v1.1.xml")
DATABASE = ("GET", "database.example.net", "/v1.1/example.org")
JSON = ("GET", "autodiscover.example.org", "/autodiscover/autodiscover.json")
POX = ("POST", "autodiscover.example.org", "/autodiscover/autodiscover.xml")


def settings(host: str) -> Answer:
    smtp = server("outgoing", "smtp", hostname=host, port="465")
    return Answer(body=config(server(hostname=host), smtp).encode())


@dataclass
class World:
    """The internet of these tests. `mail`: (protocol, security) → its port; what is not there refuses connections."""

    dns: DnsServer
    web: WebServer
    authority: Authority
    closed: int
    stack: ExitStack
    mail: dict[tuple[str, ConnectionSecurity], int] = field(default_factory=dict)
    network: Network = field(default_factory=Network)

    def serve(
        self, kind: str, security: ConnectionSecurity, script: Callable[[Talk], None], *names: str
    ) -> ScriptedServer:
        context = self.authority.issue(*(names or NAMES)).server_context()
        made = self.stack.enter_context(ScriptedServer(script, context=context, implicit_tls=security is TLS))
        self.mail[kind, security] = made.port
        return made

    @property
    def places(self) -> Places:
        web = self.web.port
        return Places(
            autoconfig=(
                f"https://autoconfig.{{domain}}:{web}/mail/config-v1.1.xml",
                f"https://{{domain}}:{web}/.well-known/autoconfig/mail/config-v1.1.xml",
            ),
            database=f"https://database.example.net:{web}/v1.1/{{domain}}",
            autodiscover=(f"https://autodiscover.{{domain}}:{web}/autodiscover/autodiscover",),
            incoming=tuple(
                (f"{name}.{{domain}}", self.mail.get(("imap", security), self.closed), security)
                for security in (TLS, STARTTLS)
                for name in ("imap", "mail")
            ),
            outgoing=tuple(
                (f"{name}.{{domain}}", self.mail.get(("smtp", security), self.closed), security)
                for security in (TLS, STARTTLS)
                for name in ("smtp", "mail")
            ),
        )

    def detect(self, address: str = ADDRESS, cancel: threading.Event | None = None) -> Detected:
        return detect(address, load_catalogue(), self.network, self.places, cancel)

    def finding(self, address: str = ADDRESS) -> Finding:
        found = self.detect(address)
        assert isinstance(found, Finding), found
        return found


@pytest.fixture
def world(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:
        dns = stack.enter_context(DnsServer({("example.org", "A"): ["127.0.0.1"]}))
        web = stack.enter_context(WebServer(authority.issue(*NAMES)))
        made = World(dns, web, authority, free_port(), stack)
        made.network = Network(
            ca_pem=authority.ca_pem,
            nameservers=("127.0.0.1",),
            dns_port=dns.port,
            hosts=dict.fromkeys(NAMES, "127.0.0.1"),
            dns_limit=1.0,
            http_limit=3.0,
            probe_limit=2.0,
        )
        yield made


def hosts(found: Finding) -> list[str]:
    return [s.endpoint.host for s in (*found.incoming, *found.outgoing)]


# -- each source


def test_a_known_service_asks_nobody(world: World):
    assert world.finding("ann@gmail.com").source is Source.KNOWN
    assert (world.dns.asked, world.web.asked) == ([], [])


@pytest.mark.parametrize("page", [OWN, WELL_KNOWN])
def test_what_the_domain_publishes(world: World, page):
    world.web.pages[page] = settings("mail.example.org")
    found = world.finding()
    assert (found.source, found.where, hosts(found)) == (Source.AUTOCONFIG, page[1], ["mail.example.org"] * 2)


def test_the_autoconfig_database_is_told_the_domain_alone(world: World):
    world.web.pages[DATABASE] = settings("mail.example.org")
    assert world.finding().source is Source.DATABASE
    asked = [path for _, host, path, _ in world.web.asked if host == "database.example.net"]
    assert asked == ["/v1.1/example.org"]


def test_srv_records(world: World):
    world.dns.zone |= {
        ("_imaps._tcp.example.org", "SRV"): ["5 1 993 mail.example.org.", "1 1 993 imap.example.net."],
        ("_imap._tcp.example.org", "SRV"): ["0 0 0 ."],
        ("_submissions._tcp.example.org", "SRV"): ["0 1 465 smtp.example.org."],
    }
    found = world.finding()
    assert (found.source, hosts(found)) == (Source.SRV, ["imap.example.net", "mail.example.org", "smtp.example.org"])
    assert found.outside == ("imap.example.net",)


def test_mx_of_a_known_service(world: World):
    world.dns.zone["example.org", "MX"] = ["20 mx.example.org.", "10 aspmx.l.google.com."]
    found = world.finding()
    assert (found.source, found.provider, found.where) == (Source.MX, Provider.GMAIL, "aspmx.l.google.com")


def test_exchange_that_tells_its_address(world: World):
    world.web.pages[JSON] = Answer(body=b'{"Protocol":"EWS","Url":"https://mail.example.org/EWS/Exchange.asmx"}')
    found = world.finding()
    assert (found.source, found.provider) == (Source.AUTODISCOVER, Provider.EXCHANGE)
    assert (found.ews_url, found.outside) == ("https://mail.example.org/EWS/Exchange.asmx", ())


def test_exchange_that_the_domain_names_in_its_dns(world: World):
    world.dns.zone["_autodiscover._tcp.example.org", "SRV"] = [f"0 1 {world.web.port} mail.example.org."]
    page = ("GET", "mail.example.org", "/autodiscover/autodiscover.json")
    world.web.pages[page] = Answer(body=b'{"Protocol":"EWS","Url":"https://mail.example.org/EWS/Exchange.asmx"}')
    found = world.finding()
    assert (found.provider, found.where) == (Provider.EXCHANGE, "mail.example.org")
    world.dns.zone["_autodiscover._tcp.example.org", "SRV"] = [f"0 1 {world.web.port} database.example.net."]
    world.web.asked.clear()
    assert isinstance(world.detect(), NothingFound)  # somebody else is not told the address
    assert "database.example.net" not in told_the_address(world)


def test_exchange_of_others_needs_consent(world: World):
    world.web.pages[JSON] = Answer(body=b'{"Protocol":"EWS","Url":"https://mail.example.net/EWS/Exchange.asmx"}')
    assert world.finding().outside == ("mail.example.net",)


def test_exchange_online_is_outlook(world: World):
    world.web.pages[JSON] = Answer(body=b'{"Protocol":"EWS","Url":"https://outlook.office365.com/EWS/Exchange.asmx"}')
    assert world.finding().provider is Provider.OUTLOOK


@pytest.mark.parametrize("headers", [{"WWW-Authenticate": "NTLM"}, {"WWW-Authenticate": "Basic", "X-FEServer": "EX01"}])
def test_an_older_exchange_shows_itself_by_its_sign_in(world: World, headers):
    world.web.pages[POX] = Answer(401, headers=headers)
    found = world.finding()
    assert (found.provider, found.ews_url) == (Provider.EXCHANGE, "")


def test_any_other_server_that_wants_a_password_is_no_exchange(world: World):
    world.web.pages[POX] = Answer(401, headers={"WWW-Authenticate": 'Basic realm="cpanel"'})
    assert world.detect() == NothingFound(ADDRESS, Nothing.NO_SERVER)


def test_a_hoster_that_answers_autodiscover_with_imap(world: World):
    protocols = protocol("IMAP", Server="mail.example.org", Port="993", SSL="on") + protocol(
        "SMTP", Server="mail.example.org", Port="465", SSL="on"
    )
    world.web.pages[POX] = Answer(body=AUTODISCOVER.format(protocols=protocols).encode())
    found = world.finding()
    assert (found.source, found.provider, hosts(found)) == (
        Source.AUTODISCOVER,
        Provider.IMAP,
        ["mail.example.org"] * 2,
    )


# -- usual host names


def imap(talk: Talk) -> None:
    talk.say("* OK ready")
    talk.hear()


def imap_starttls(talk: Talk) -> None:
    talk.say("* OK ready")
    talk.answer("STARTTLS", status="OK begin")
    talk.start_tls()
    talk.hear()


def smtp(talk: Talk) -> None:
    talk.say("220 mail.example.org ESMTP")
    talk.hear()


def smtp_starttls(talk: Talk) -> None:
    talk.say("220-mail.example.org", "220 ESMTP")
    talk.expect("EHLO")
    talk.say("250-mail.example.org", "250 STARTTLS")
    talk.expect("STARTTLS")
    talk.say("220 begin")
    talk.start_tls()
    talk.hear()


def test_usual_hosts_with_tls(world: World):
    world.serve("imap", TLS, imap)
    world.serve("smtp", TLS, smtp)
    found = world.finding()
    assert (found.source, hosts(found), found.outside) == (Source.COMMON, ["imap.example.org", "smtp.example.org"], ())
    assert {s.endpoint.security for s in found.incoming} == {TLS}


def test_usual_hosts_with_starttls(world: World):
    world.serve("imap", STARTTLS, imap_starttls)
    world.serve("smtp", STARTTLS, smtp_starttls)
    found = world.finding()
    assert {s.endpoint.security for s in (*found.incoming, *found.outgoing)} == {STARTTLS}


def test_a_name_that_the_certificate_does_not_have_is_passed_over(world: World):
    world.serve("imap", TLS, imap, "mail.example.org")
    world.serve("smtp", TLS, smtp, "mail.example.org")
    assert hosts(world.finding()) == ["mail.example.org"] * 2


def test_servers_without_a_valid_certificate_are_named_and_not_used(world: World):
    world.serve("imap", TLS, imap, "elsewhere.example.net")
    world.serve("smtp", TLS, smtp, "elsewhere.example.net")
    assert world.detect() == NothingFound(ADDRESS, Nothing.UNTRUSTED, "imap.example.org")


@pytest.mark.parametrize(
    "script",
    [
        lambda talk: talk.say("* PREAUTH you are in"),
        lambda talk: talk.say("HTTP/1.1 400 Bad Request"),
        lambda talk: talk.say("+OK POP3 ready"),
        lambda talk: talk.raw(b"* OK " + b"x" * 100_000),
        lambda talk: talk.wait(),
    ],
    ids=["preauth", "http", "pop3", "endless line", "silent"],
)
def test_what_is_no_imap_server(world: World, script):
    world.serve("imap", TLS, script)
    world.serve("smtp", TLS, smtp)
    began = time.monotonic()
    assert world.detect() == NothingFound(ADDRESS, Nothing.NO_SERVER)
    assert time.monotonic() - began < 6


def test_starttls_that_was_taken_away_is_no_server(world: World):
    def stripped(talk: Talk) -> None:
        talk.say("* OK ready")
        talk.answer("STARTTLS", status="BAD unknown command")

    made = world.serve("imap", STARTTLS, stripped)
    assert world.detect() == NothingFound(ADDRESS, Nothing.NO_SERVER)
    assert all("LOGIN" not in line for talk in made.talks for line in talk.heard)


# -- who wins, and when


def test_the_domain_comes_before_the_rest(world: World):
    world.web.pages |= {OWN: settings("own.example.org"), DATABASE: settings("db.example.org")}
    world.dns.zone["example.org", "MX"] = ["10 aspmx.l.google.com."]
    assert hosts(world.finding())[0] == "own.example.org"


def test_a_better_source_that_is_a_little_slower_still_wins(world: World):
    world.dns.zone["example.org", "MX"] = ["10 aspmx.l.google.com."]
    world.web.pages[OWN] = replace(settings("own.example.org"), delay=0.7)
    assert world.finding().source is Source.AUTOCONFIG


def test_a_better_source_that_hangs_is_not_waited_for(world: World):
    world.dns.zone["example.org", "MX"] = ["10 aspmx.l.google.com."]
    world.network.http_limit = 30.0
    world.web.pages[OWN] = replace(settings("own.example.org"), delay=8.0)
    began = time.monotonic()
    assert world.finding().source is Source.MX
    assert time.monotonic() - began < PATIENCE + 1.5


def test_of_two_published_files_a_first_that_hangs_is_not_waited_for(world: World):
    world.network.http_limit = 30.0
    world.web.pages |= {OWN: Answer(delay=8.0), WELL_KNOWN: settings("mail.example.org")}
    began = time.monotonic()
    assert world.finding().where == "example.org"
    assert time.monotonic() - began < PATIENCE + 1.5


def test_of_two_published_files_the_second_is_not_waited_for(world: World):
    world.network.http_limit = 30.0
    world.web.pages |= {OWN: settings("own.example.org"), WELL_KNOWN: replace(settings("x.example.org"), delay=6.0)}
    began = time.monotonic()
    assert hosts(world.finding())[0] == "own.example.org"
    assert time.monotonic() - began < 3


def test_all_sources_hanging_ends_by_their_limits(world: World):
    world.dns.silent = True
    for page in (OWN, WELL_KNOWN, DATABASE, JSON, POX):
        world.web.pages[page] = Answer(delay=6.0)
    began = time.monotonic()
    assert world.detect() == NothingFound(ADDRESS, Nothing.OFFLINE)
    assert time.monotonic() - began < 5


def test_a_cancel_ends_it_at_once_and_leaves_no_thread_waiting(world: World):
    world.dns.silent = True
    world.network.dns_limit = 30.0
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        world.detect(cancel=cancel)
    assert time.monotonic() - began < 15  # without it, 30 s and more


# -- why nothing is found


def test_a_domain_that_does_not_exist_is_told_from_one_without_servers(world: World):
    assert world.detect("ann@nowhere.example.net") == NothingFound("ann@nowhere.example.net", Nothing.NO_SUCH_DOMAIN)
    assert world.detect() == NothingFound(ADDRESS, Nothing.NO_SERVER)


def test_a_domain_that_takes_no_mail(world: World):
    world.dns.zone["example.org", "MX"] = ["0 ."]
    assert world.detect() == NothingFound(ADDRESS, Nothing.TAKES_NO_MAIL)


def test_without_a_network_nobody_was_asked(world: World):
    world.dns.silent = True
    world.network.hosts = dict.fromkeys((), "127.0.0.1")
    world.network.dns_limit = 0.5
    assert world.detect("ann@offline.invalid") == NothingFound("ann@offline.invalid", Nothing.OFFLINE)


def test_pop3_alone_is_named(world: World):
    world.web.pages[OWN] = Answer(body=config(server(kind="pop3")).encode())
    assert world.detect() == NothingFound(ADDRESS, Nothing.POP3_ONLY)


# -- hostile web servers


def test_redirects_are_followed_over_https_only(world: World):
    port = world.web.port
    world.web.pages[OWN] = Answer(302, headers={"Location": f"https://mail.example.org:{port}/config.xml"})
    world.web.pages["GET", "mail.example.org", "/config.xml"] = settings("mail.example.org")
    assert world.finding().where == "mail.example.org"
    world.web.pages[OWN] = Answer(302, headers={"Location": f"http://127.0.0.1:{world.closed}/config.xml"})
    assert isinstance(world.detect(), NothingFound)


def test_redirects_that_never_end(world: World):
    url = f"https://autoconfig.example.org:{world.web.port}/mail/config-v1.1.xml"
    world.web.pages[OWN] = Answer(302, headers={"Location": url})
    assert isinstance(world.detect(), NothingFound)
    assert len([a for a in world.web.asked if a[1] == "autoconfig.example.org"]) == 4


def test_a_post_is_not_sent_on(world: World):
    location = f"https://mail.example.org:{world.web.port}/autodiscover/autodiscover.xml"
    world.web.pages[POX] = Answer(302, headers={"Location": location})
    assert isinstance(world.detect(), NothingFound)
    assert [a for a in world.web.asked if a[1] == "mail.example.org"] == []


def test_an_answer_without_end_is_cut(world: World):
    world.web.pages[OWN] = Answer(body=b"<clientConfig>" + b" " * 5_000_000)
    assert isinstance(world.detect(), NothingFound)


def test_a_web_server_without_a_valid_certificate_is_not_believed(world: World, authority: Authority, tmp_path: Path):
    other = Authority(tmp_path / "other", "Somebody else")
    with WebServer(other.issue(*NAMES)) as web:
        web.pages[OWN] = settings("evil.example.net")
        world.web = web
        assert isinstance(world.detect(), NothingFound)
        assert web.asked == []


def test_redirects_to_somebody_else_are_not_followed(world: World):
    port = world.web.port
    elsewhere = f"https://database.example.net:{port}/config.xml"
    world.web.pages["GET", "database.example.net", "/config.xml"] = settings("mail.example.org")
    for page in (OWN, WELL_KNOWN, JSON):
        world.web.pages[page] = Answer(302, headers={"Location": elsewhere})
    assert isinstance(world.detect(), NothingFound)
    assert [path for _, host, path, _ in world.web.asked if host == "database.example.net"] == ["/v1.1/example.org"]
    world.web.pages[DATABASE] = Answer(302, headers={"Location": f"https://example.org:{port}/config.xml"})
    world.web.pages["GET", "example.org", "/config.xml"] = settings("mail.example.org")
    assert isinstance(world.detect(), NothingFound)  # a stranger's word for the domain's own is not taken either


def test_a_redirect_to_microsoft_is_outlook_and_nobody_is_asked_there(world: World):
    where = "https://autodiscover-s.outlook.com/autodiscover/autodiscover.json?Email=ann@example.org"
    world.web.pages[JSON] = Answer(302, headers={"Location": where})
    assert world.finding().provider is Provider.OUTLOOK


def test_an_answer_that_is_small_only_on_the_way_is_not_unpacked(world: World):
    packed = gzip.compress(settings("mail.example.org").body + b" " * 60_000_000)
    world.web.pages[OWN] = Answer(body=packed, headers={"Content-Encoding": "gzip"})
    began = time.monotonic()
    assert isinstance(world.detect(), NothingFound)
    assert time.monotonic() - began < 4


def told_the_address(world: World) -> list[str]:
    return [host for _, host, path, body in world.web.asked if "ann" in path or b"ann" in body]


def test_the_address_goes_to_its_own_domain_alone(world: World):
    world.detect()
    assert set(told_the_address(world)) == {"autoconfig.example.org", "autodiscover.example.org"}


def test_a_server_that_answers_for_the_domain_is_not_told_the_address(world: World):
    world.web.pages[OWN] = settings("mail.example.org")
    assert world.finding().source is Source.AUTOCONFIG
    assert "autoconfig.example.org" not in told_the_address(world)


def test_a_server_that_has_nothing_for_the_domain_is_asked_for_the_address(world: World):
    for_each = f"{OWN[2]}?emailaddress={ADDRESS}"
    world.web.pages[(*OWN[:2], for_each)] = settings("mail.example.org")
    assert world.finding().source is Source.AUTOCONFIG
    assert [path for _, host, path, _ in world.web.asked if host == OWN[1]] == [OWN[2], for_each]
