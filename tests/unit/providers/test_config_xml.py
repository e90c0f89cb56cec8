"""Published settings: the autoconfig file and Autodiscover's answer, well made, odd, and hostile."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.detection import FoundServer
from app.domain.inboxes import ConnectionSecurity, Endpoint
from app.providers.config_xml import Config, https_url, read_config

TLS, STARTTLS = ConnectionSecurity.IMPLICIT_TLS, ConnectionSecurity.STARTTLS
ADDRESS = "Ann.B@example.org"


def server(side: str = "incoming", kind: str = "imap", **fields: str) -> str:
    values = {
        "hostname": "mail.example.org",
        "port": "993",
        "socketType": "SSL",
        "username": "%EMAILADDRESS%",
        **fields,
    }
    ways = values.pop("ways", "password-cleartext").split()
    inner = "".join(f"<{n}>{v}</{n}>" for n, v in values.items()) + "".join(
        f"<authentication>{w}</authentication>" for w in ways
    )
    return f'<{side}Server type="{kind}">{inner}</{side}Server>'


def config(*servers: str, before: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    inner = "".join(servers)
    return (
        f'{before}<clientConfig version="1.1"><emailProvider id="example.org"><domain>example.org</domain>'
        f"<displayName>Example</displayName>{inner}</emailProvider></clientConfig>"
    )


def read(*servers: str) -> Config:
    found = read_config(config(*servers), ADDRESS)
    assert found is not None
    return found


def test_servers_keep_the_order_of_the_file():
    found = read(
        server(),
        server(hostname="second.example.org", port="143", socketType="STARTTLS"),
        server("outgoing", "smtp", port="465"),
        server("outgoing", "smtp", port="587", socketType="STARTTLS"),
    )
    assert found.incoming == (
        FoundServer(Endpoint("mail.example.org", 993, TLS), ADDRESS),
        FoundServer(Endpoint("second.example.org", 143, STARTTLS), ADDRESS),
    )
    assert [s.endpoint.port for s in found.outgoing] == [465, 587]


def test_placeholders_are_filled_in_everywhere():
    found = read(server(hostname="imap.%EMAILDOMAIN%", username="%EMAILLOCALPART%/%EMAILDOMAIN%"))
    assert found.incoming[0].endpoint.host == "imap.example.org"
    assert found.incoming[0].username == "Ann.B/example.org"


def test_without_a_user_name_it_is_the_address():
    assert read(server(username="")).incoming[0].username == ADDRESS


@pytest.mark.parametrize(
    ("word", "port", "security"),
    [
        ("SSL", "993", TLS),
        ("ssl", "9930", TLS),
        ("STARTTLS", "143", STARTTLS),
        ("TLS", "143", STARTTLS),
        ("TLS", "993", TLS),
    ],
)
def test_words_for_tls(word, port, security):
    assert read(server(socketType=word, port=port)).incoming[0].endpoint.security is security


@pytest.mark.parametrize("word", ["plain", "PLAIN", "none", ""])
def test_nothing_goes_in_the_clear(word):
    found = read(server(socketType=word, port="143"))
    assert (found.incoming, found.without_tls, found.useful) == ((), True, False)


def test_pop3_is_seen_and_not_used():
    found = read(server(kind="pop3", hostname="pop.example.org", port="995"))
    assert (found.pop3, found.useful) == (True, False)


@pytest.mark.parametrize(
    ("ways", "used"),
    [
        ("password-cleartext", True),
        ("plain", True),
        ("secure", True),
        ("OAuth2", True),
        ("GSSAPI OAuth2", True),
        ("GSSAPI", False),
        ("TLS-client-cert NTLM", False),
    ],
)
def test_ways_to_sign_in(ways, used):
    assert bool(read(server(ways=ways)).incoming) is used


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", "0"),
        ("port", "65536"),
        ("port", "９９３"),
        ("port", "imap"),
        ("port", ""),
        ("hostname", ""),
        ("hostname", "mail example.org"),
        ("hostname", "mail.example.org/path"),
        ("hostname", "mail.example.org@evil.example.net"),
        ("hostname", "-x.example.org"),
        ("hostname", "a" * 64 + ".example.org"),
    ],
)
def test_servers_that_cannot_be_are_left_out(field, value):
    assert read(server(**{field: value})).incoming == ()


@pytest.mark.parametrize("kind", ["exchange", "ews"])
def test_exchange_addresses_have_to_be_https(kind):
    name = "ewsURL" if kind == "exchange" else "url"
    good = f'<incomingServer type="{kind}"><{name}>https://mail.example.org/EWS/Exchange.asmx</{name}></incomingServer>'
    assert read(good).ews_url == "https://mail.example.org/EWS/Exchange.asmx"
    assert read(good.replace("https", "http")).ews_url == ""


def test_odd_outsides_are_no_matter():
    plain = config(server(), before="")
    for odd in (
        b"\xef\xbb\xbf" + plain.encode(),
        f"\n\n  {config(server())}".encode(),
        config(server(), before="").encode("utf-8"),
    ):
        found = read_config(odd, ADDRESS)
        assert found is not None and len(found.incoming) == 1
    latin = config(server(), "<!-- é -->", before='<?xml version="1.0" encoding="ISO-8859-1"?>')
    for form in (latin, latin.encode("latin-1")):
        found = read_config(form, ADDRESS)
        assert found is not None and len(found.incoming) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<html><body>404</body></html>",
        "<clientConfig",
        "<clientConfig/><clientConfig/>",
        "\x00",
        "<a>" * 10_000,
    ],
)
def test_what_is_no_settings_file(text):
    found = read_config(text, ADDRESS)
    assert found is None or not found.useful


def test_entities_are_neither_expanded_nor_fetched():
    bomb = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "x"}">' for i in range(12))
    before = f"<!DOCTYPE clientConfig [{bomb}<!ENTITY f SYSTEM 'file:///etc/hostname'>]>"
    began = time.monotonic()
    assert read_config(config(server(hostname="&a11;"), server(hostname="&f;"), before=before), ADDRESS) is None
    late = "<!-- " + "x" * 5000 + " -->" + before
    found = read_config(config(server(hostname="&f;"), before=late), ADDRESS)
    assert found is None or found.incoming == ()
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_entities_in_other_encodings_are_no_way_in(encoding):
    before = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE clientConfig [<!ENTITY h "mail.example.net">]>'
    hostile = config(server(hostname="&h;"), before=before)
    found = read_config(hostile.encode(encoding), ADDRESS)
    assert found is None or found.incoming == ()
    late = config(server(), before="<!-- " + "x" * 5000 + " --><!DOCTYPE clientConfig>")
    assert read_config(late, ADDRESS) is None


@pytest.mark.parametrize("name", ["ann smith", "ann\nA1 LOGOUT", "ann\tx", "%EMAILADDRESS%\r\nx", "\u0085ann\x7f"])
def test_user_names_that_would_break_a_line_are_not_used(name):
    assert read(server(username=name)).incoming == ()


def test_a_user_name_with_a_domain_in_front_is_used():
    assert read(server(username="EXAMPLE\\%EMAILLOCALPART%")).incoming[0].username == "EXAMPLE\\Ann.B"


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.org/EWS/Exchange.asmx",
        "https:///EWS/Exchange.asmx",
        "https://ann:secret@mail.example.org/EWS/Exchange.asmx",
        "https://mail.example.org@example.net/EWS/Exchange.asmx",
        "https://mail.example.org:99999/EWS/Exchange.asmx",
        "https://[::1/EWS/Exchange.asmx",
        "https://mail.example.org/EWS/Ex change.asmx",
        "javascript:alert(1)",
        "",
    ],
)
def test_addresses_of_exchange_that_a_password_must_not_go_to(url):
    assert https_url(url) == ""


def test_a_small_fault_does_not_spoil_a_whole_file():
    fault = "<enable visiturl='https://example.org'><instruction>POP3 &amP; IMAP</instruction></enable>"
    assert len(read(server(), fault).incoming) == 1


def test_a_file_that_breaks_off_is_not_read():
    whole = config(server(), server("outgoing", "smtp", port="465"))
    for end in range(1, len(whole) - 1):
        assert read_config(whole[:end], ADDRESS) is None


def test_a_file_that_is_too_long_is_not_read():
    assert read_config(config(server(), "<!--" + "x" * 300_000 + "-->"), ADDRESS) is None


AUTODISCOVER = """<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
 <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
  <Account><AccountType>email</AccountType><Action>settings</Action>{protocols}</Account></Response></Autodiscover>"""


def protocol(kind: str, **fields: str) -> str:
    return f"<Protocol><Type>{kind}</Type>{''.join(f'<{n}>{v}</{n}>' for n, v in fields.items())}</Protocol>"


def test_autodiscover_tells_the_ews_address():
    text = AUTODISCOVER.format(protocols=protocol("EXCH", EwsUrl="https://mail.example.org/EWS/Exchange.asmx"))
    found = read_config(text, ADDRESS)
    assert found is not None
    assert (found.ews_url, found.useful) == ("https://mail.example.org/EWS/Exchange.asmx", True)


def test_autodiscover_of_a_hoster_tells_imap():
    text = AUTODISCOVER.format(
        protocols=protocol("IMAP", Server="mail.example.org", Port="993", SSL="on", LoginName="ann")
        + protocol("SMTP", Server="mail.example.org", Port="587", Encryption="TLS", LoginName="ann")
        + protocol("POP3", Server="mail.example.org", Port="995", SSL="on")
    )
    found = read_config(text, ADDRESS)
    assert found is not None
    assert found.incoming == (FoundServer(Endpoint("mail.example.org", 993, TLS), "ann"),)
    assert found.outgoing == (FoundServer(Endpoint("mail.example.org", 587, STARTTLS), "ann"),)


@pytest.mark.parametrize("fields", [{"SSL": "off"}, {"Encryption": "None"}])
def test_autodiscover_without_tls_is_not_used(fields):
    text = AUTODISCOVER.format(protocols=protocol("IMAP", Server="mail.example.org", Port="143", **fields))
    found = read_config(text, ADDRESS)
    assert found is not None
    assert (found.incoming, found.without_tls) == ((), True)


@given(st.text(max_size=400) | st.binary(max_size=400))
def test_nothing_makes_it_fail(text):
    read_config(text, ADDRESS)
    whole = config("§").encode()
    read_config(
        whole.replace("§".encode(), text if isinstance(text, bytes) else text.encode("utf-8", "replace")), ADDRESS
    )
