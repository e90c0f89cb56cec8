"""One meaning of a name, for whatever looks it up, connects to it, keeps it or shows it."""

import pytest

from app.backends.addressed import addressed_to
from app.backends.smtp.session import _envelope
from app.backends.transport import Timeouts, open_socket
from app.cli.parsing import endpoint
from app.domain.addresses import address_key, is_complete, wire_address
from app.domain.detection import Finding, Source
from app.domain.errors import MailFault, UsageError
from app.domain.exchange_address import ews_url, is_exchange_online, is_microsoft_worldwide
from app.domain.hosts import ascii_host, ascii_url, server_host, shown_domain, unicode_domain
from app.domain.inboxes import ConnectionSecurity, Endpoint, Provider
from app.domain.problems import ProblemCode
from app.mime.addresses import wire_spec
from app.mime.composing import make_message_id
from app.providers.decide import domain_of
from app.services.account_passwords import secret_name
from app.ui.wizard.mail_services import guessed_servers
from app.ui.wizard.sign_in_form import form_for, host_error
from app.words.detection import consent

TLS = ConnectionSecurity.IMPLICIT_TLS
# what IDNA 2003, which Python's own codec follows, takes for another name: sharp s, final sigma, and a joiner
OTHERS = [
    ("straße.example", "strasse.example"),
    ("νίκος.example", "νίκοσ.example"),
    ("نامه‌ای.example", "نامهای.example"),
]


@pytest.mark.parametrize("name, other", OTHERS)
def test_a_name_leads_to_one_domain_wherever_it_is_used(name: str, other: str) -> None:
    plain = domain_of(f"info@{name}")
    assert plain.startswith("xn--") and plain != domain_of(f"info@{other}")
    assert name.encode("idna").decode() != plain, "no difference, nothing is tested here"
    form = form_for(f"info@{name}", guessed_servers(f"info@{name}"))
    assert {
        address_key(f"Info@{name}.").partition("@")[2],
        guessed_servers(f"info@{name}").imap.host.removeprefix("imap."),
        form.account().smtp.host.removeprefix("smtp."),
        endpoint(f"imap.{name}:993:tls").host.removeprefix("imap."),
        Endpoint(f"imap.{name}", 993, TLS).host.removeprefix("imap."),
        ews_url(f"https://mail.{name}/owa/").split("/")[2].removeprefix("mail."),
        ascii_url(f"https://mail.{name}:444/x").split("/")[2].removeprefix("mail.").removesuffix(":444"),
        (_envelope(f"info@{name}") or "").partition("@")[2],
        wire_spec(f"info@{name}").partition("@")[2],
        make_message_id(name).partition("@")[2],
        (addressed_to(f"info@{name}", b"Subject: x\r\n\r\n") or b"").decode().split()[-1].partition("@")[2],
    } == {plain}
    assert host_error(f"imap.{name}", "IMAP") == ""
    assert address_key(f"info@{name}") != address_key(f"info@{other}")
    assert secret_name(f"info@{name}", "imap") != secret_name(f"info@{other}", "imap")
    assert address_key(f"info@{plain}") == address_key(f"info@{name}")


def test_keys_of_ascii_domains_are_what_they_were() -> None:
    for address in (
        "Jonas@Example.COM.",
        " <karin@example.com> ",
        "no address",
        "@",
        "JÖRG@example.com",
        "ß@example.com",
    ):
        assert address_key(address) == address.strip().strip("<>").strip().rstrip(".").casefold()


def test_what_is_no_name_is_not_left_to_another_codec() -> None:
    """U+2488 is "1." to compatibility mapping, and U+00AD stands for nothing: neither is a label by itself."""
    bad = "mail.⒈example.com"
    assert (ascii_host(bad), server_host(bad), wire_address(f"info@{bad}"), _envelope(f"info@{bad}")) == (
        "",
        "",
        "",
        None,
    )
    assert host_error(bad, "IMAP") and is_complete(f"info@{bad}")
    with pytest.raises(UsageError):
        ews_url(f"https://{bad}/")
    with pytest.raises(MailFault) as caught:
        open_socket(Endpoint(bad, 993, TLS), Timeouts())
    assert caught.value.problem.code is ProblemCode.HOST_NOT_FOUND


@pytest.mark.parametrize(
    "typed, host",
    [
        (" Mail.Example.com. ", "mail.example.com"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("::1", "::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("mail_1", "mail_1"),
        ("ｍａｉｌ。example.com", "mail.example.com"),
        ("[mail.example.com]", ""),
        ("mail.example.com:993", ""),
        ("https://mail.example.com", ""),
        ("two words", ""),
        ("-x.example.com", ""),
        ("", ""),
    ],
)
def test_what_is_typed_as_a_server(typed: str, host: str) -> None:
    assert server_host(typed) == host


def test_look_alikes_are_told_apart_by_the_form_beside_them() -> None:
    assert shown_domain("еxample.com") == "еxample.com (xn--xample-2of.com)"  # a Cyrillic е
    assert shown_domain("example.com") == "example.com"
    asked = consent(Finding("jonas@еxample.com", Provider.IMAP, Source.MX, outside=("imap.example.net",)))
    assert "does not belong to еxample.com (xn--xample-2of.com)" in asked


def test_microsoft_has_more_than_one_cloud() -> None:
    assert is_exchange_online("partner.outlook.cn") and not is_microsoft_worldwide("partner.outlook.cn")
    assert is_exchange_online("red001.mail.microsoftonline.com") and is_microsoft_worldwide("Outlook.Office365.com.")
    assert not is_microsoft_worldwide("notoutlook.com")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("xn--bcher-kva.example", "bücher.example"), ("xn--strae-oqa.example", "straße.example"),
        ("example.com", "example.com"), ("a.xn--zz", "a.xn--zz"), ("xn--.example", "xn--.example"), ("", ""),
    ],
)  # fmt: skip
def test_a_domain_in_its_own_letters(name: str, shown: str) -> None:
    assert unicode_domain(name) == shown
