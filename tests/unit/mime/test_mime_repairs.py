"""Mail that is broken in the usual ways, read as it was meant: charsets, encoded words, parameters, encodings, boundaries."""

# ruff: noqa: E501  (mail is easier to judge whole)

from __future__ import annotations

import pytest

from app.mime.addresses import header_addresses
from app.mime.charsets import codec_for, decode_bytes
from app.mime.encoded_words import decode_words
from app.mime.parameters import clean_filename, parse_value
from app.mime.reading import read_message
from app.mime.structure import decode_transfer
from app.mime.unpacking import with_own_names


@pytest.mark.parametrize(
    ("charset", "data", "text"),
    [
        ("iso-8859-1", "smörgås".encode(), "smörgås"),  # UTF-8 that calls itself Latin-1
        ("windows-1252", "“x”".encode(), "“x”"),
        ("us-ascii", b"caf\xe9", "café"),
        ("utf-8", b"caf\xe9", "café"),
        ("utf-8//TRANSLIT", "ö".encode(), "ö"),
        ("x-windows-1251", "да".encode("cp1251"), "да"),
        ("win-1251", "да".encode("cp1251"), "да"),
        ("koi8-u", "ґанок".encode("koi8-u"), "ґанок"),
        ("unicode-1-1-utf-8", "ö".encode(), "ö"),
        ("gb_2312-80", "镕".encode("gb18030"), "镕"),
        ("iso-2022-jp", b"\x1b$B-!-j\x1b(B ok", "①㈱ ok"),  # signs of NEC, which the standard does not have
        (
            "iso-2022-jp",
            "日本語".encode("iso-2022-jp") + b"\x1b$B-!\x1b(B" + "です".encode("iso-2022-jp"),
            "日本語①です",
        ),
        ("cp50221", b"\x1b(I65@6\x1b(B", "ｶｵﾀｶ"),
        ("iso-8859-8-e", "שלום".encode("iso8859-8"), "שלום"),
        ("default", "ö".encode("cp1252"), "ö"),
        ("utf-7", b"+AOU-", "å"),
        ("punycode", b"abc", "abc"),
        ("../../etc/passwd", b"abc", "abc"),
    ],
)
def test_charsets(charset: str, data: bytes, text: str) -> None:
    assert decode_bytes(data, charset) == text


def test_no_name_of_a_charset_leads_to_anything_but_a_charset() -> None:
    for name in (
        "zlib",
        "bz2",
        "rot13",
        "hex",
        "base64",
        "punycode",
        "idna",
        "undefined",
        "unicode_escape",
        "mbcs",
        "os",
        "app.main",
    ):
        assert codec_for(name) is None, name


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?Q?What's_up??=", "What's up?"),
        ("=?utf-8?Q?one?two?=", "one?two"),
        ("=?utf-8?Q?a?= =?utf-8?Q?b?= c", "ab c"),
        ("=?utf-8?B?c23DtnJnw6U=?= =?utf-8?Q?s?=", "smörgås"),
        ("=?utf-8?B?c23D?=\r\n =?utf-8?B?tnI=?=", "smör"),
        ("=?utf-8?q?sm=C3=B6rg=C3=A5s", "smörgås"),  # cut off
        ("Re: =?utf-8?b?c23DtnJn", "Re: smörg"),
        ("=?utf-8?q?=C3=?= =?utf-8?q?=B6rn", "örn"),
        ("=?utf-8?q?a?=b", "ab"),
        ("x=?utf-8?q?a?=", "xa"),
        ("=?utf-8?q??=", ""),
        ("=?nonsense?q?a=E9?=", "aé"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=", "=?utf-8?q?x?="),  # once is enough
        ("is 1+1=? or not =?", "is 1+1=? or not =?"),
        ("=?iso-8859-1?q?=C3=A9?=", "é"),
    ],
)
def test_encoded_words(value: str, text: str) -> None:
    assert decode_words(" ".join(value.split())) == text


def test_addresses_that_stand_in_encoded_words() -> None:
    found = header_addresses("=?utf-8?q?Bj=C3=B6rn_=3Cbjorn=40example=2Ecom=3E=2C_anna=40example=2Eorg?=")
    assert [(a.display_name, a.addr_spec) for a in found] == [("Björn", "bjorn@example.com"), ("", "anna@example.org")]
    # in a local part they are what they are: decoding there would make another address of it
    assert [a.addr_spec for a in header_addresses("<=?utf-8?q?anna?=@example.com>")] == ["=?utf-8?q?anna?=@example.com"]
    # and a comma in a name separates nothing
    assert [a.display_name for a in header_addresses("=?utf-8?q?Berg=2C_Anna?= <anna@example.com>")] == ["Berg, Anna"]


@pytest.mark.parametrize(
    ("value", "kind", "name", "found"),
    [
        ("text/html charset=utf-8", "text/html", "charset", "utf-8"),
        ("text/plain charset=utf-8; format=flowed", "text/plain", "format", "flowed"),
        ("a/b; name*1=a; name*2=b", "a/b", "name", "ab"),
        ("a/b; name*0=\"a\"; name*1*=utf-8''%C3%A5", "a/b", "name", "aå"),
        ("a/b; name*0*=utf-8'en'%C3; name*1*=%A5", "a/b", "name", "å"),
        ("a/b; name*=%C3%A5", "a/b", "name", "å"),
        ("a/b; name*=\"utf-8''%C3%A5\"", "a/b", "name", "å"),
        ("a/b; name=one; name=two", "a/b", "name", "one"),
        ("a/b; boundary=x;boundary=y", "a/b", "boundary", "x"),
        ("a/b; name*0=a; name*2=c", "a/b", "name", "a"),
    ],
)
def test_parameters(value: str, kind: str, name: str, found: str) -> None:
    read_kind, parameters = parse_value(value)
    assert (read_kind, parameters[name]) == (kind, found)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("utf-8''na%C3%AFve%20plan.pdf", "naïve plan.pdf"),
        ("iso-8859-1'sv'r%E5.txt", "rå.txt"),
        ("it's 100%25 mine's.txt", "it's 100%25 mine's.txt"),
        ("a/../../b.txt", "b.txt"),
        ("..", ""),
        ("...", ""),
        ("a\x00b\x1f.txt", "a b .txt"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("\u2066a\u2069.txt", "a.txt"),
        ("LPT1.txt", "_LPT1.txt"),
        ("nul", "_nul"),
        ("COM9 ", "_COM9"),
        ("name. ", "name"),
        ("x" * 10_000 + ".docx", "x" * 175 + ".docx"),
        ("x." + "y" * 10_000, "x." + "y" * 178),
        ("C:\\a\\b.txt:stream", "b.txt_stream"),
    ],
)
def test_names_of_files(raw: str, name: str) -> None:
    assert clean_filename(raw) == name


def test_files_of_one_name_get_numbers() -> None:
    part = b"--x\r\nContent-Type: text/plain; name=%s\r\n\r\nx\r\n"
    names = (b"A.txt", b"a.TXT", b"a (2).txt", b"a.txt", b"b", b"b")
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n"
    raw = head + b"".join(part % n for n in names) + b"--x--"
    found = [a.filename for a in read_message(raw).attachments]
    assert found[0] == "A.txt" and len({n.casefold() for n in found}) == 6
    many = with_own_names([read_message(raw).attachments[0]] * 500)
    assert len({a.filename for a in many}) == 500


@pytest.mark.parametrize(
    ("encoding", "data", "content"),
    [
        (
            "base64",
            b"Hello there, this was never encoded at all.\r\nBob\r\n",
            b"Hello there, this was never encoded at all.\r\nBob\r\n",
        ),
        ("base64 (sic)", b"Q2F0", b"Cat"),
        ('"BASE64"', b"Q2F0", b"Cat"),
        ("base64", b"YQ==\r\nYg==\r\nYw==\r\n", b"abc"),
        ("base64", b"Q2F0=Q2F0", b"CatCat"),
        ("base64", b"Q2F0\r\n-- \r\nlist footer\r\n", None),
        ("base64", b"Q2F", b"Ca"),
        ("8bit", b"Q2F0", b"Q2F0"),
        ("x-nonsense", b"Q2F0", b"Q2F0"),
        ("quoted-printable", b"a=\r\nb =3D=ZZ =\n", b"ab ==ZZ "),
        ("quoted_printable", b"=E5", b"\xe5"),
        ("", b"=E5", b"=E5"),
    ],
)
def test_transfer_encodings(encoding: str, data: bytes, content: bytes | None) -> None:
    found = decode_transfer(data, encoding)
    assert found == content if content is not None else found.startswith(b"Cat")


def mixed(body: str, boundary: str = "x", kind: str = "mixed") -> bytes:
    return f"Content-Type: multipart/{kind}; boundary={boundary}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (mixed("--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n"), "one\ntwo\n"),  # not closed
        (mixed("--xx\r\n\r\nno\r\n--x\r\n\r\none\r\n--xy\r\nstill one\r\n--x--"), "one\n--xy\nstill one"),
        (mixed("--a b\r\n\r\none\r\n--a b--", '"a b"'), "one"),
        (mixed("--x  \t\r\n\r\none\r\n--x--\r\n--x\r\n\r\nafter the end\r\n--x--"), "one"),
        (b"Content-Type: multipart/mixed; boundary=a\r\nContent-Type: text/html\r\n\r\n--a\r\n\r\none\r\n--a--", "one"),
        (b"Content-Type: multipart/alternative\r\n\r\n--=_abcdef\r\nContent-Type: text/plain\r\n\r\none\r\n--=_abcdef--", "one"),
        (b"Subject: a\r\r\nFrom: b@example.com\r\r\n\r\r\none", "one"),
        (b"Subject: a\rFrom: b@example.com\r\rone\rtwo", "one\ntwo"),
        (b"From x Fri Jan  3 10:00:00 2025\r\nSubject: a\r\n\r\nFrom here\r\n>From there", "From here\n>From there"),
        (b"Content-Type: text/plain, text/html\r\n\r\none", "one"),
        (b"Content-Type: garbage\r\n\r\none", "one"),
        (b"Content-Type: text/markdown\r\n\r\n*one*", "*one*"),
        (b"Content-Type: message/partial; number=1; total=2; id=a\r\n\r\nSubject: inner\r\n\r\none", "one"),
        (b"Content-Type: message/partial; number=2; total=2; id=a\r\n\r\nthe rest: of it", "the rest: of it"),
        (mixed("--x\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--x\r\n\r\nplain\r\n--x--", kind="alternative"), "plain"),
        (b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\none \r\ntwo\r\n", "onetwo\n"),
        (b"Content-Type: text/plain; format=flowed\r\n\r\n>> a \r\n> b\r\n c\r\n", ">> a \n> b\nc\n"),
    ],
)  # fmt: skip
def test_texts(raw: bytes, text: str) -> None:
    assert read_message(raw).text == text


def test_the_text_of_a_related_set_is_where_it_says() -> None:
    raw = (
        b'Content-Type: multipart/related; boundary=x; start="<root@x>"\r\n\r\n--x\r\nContent-Type: image/png\r\nContent-ID: <p@x>\r\n\r\nPNG\r\n'
        b"--x\r\nContent-Type: text/html\r\nContent-ID: <root@x>\r\n\r\n<p>root\r\n--x--"
    )
    message = read_message(raw)
    assert (message.text, [a.content_type for a in message.attachments]) == ("root", ["image/png"])


def test_a_forwarded_message_in_base64_is_a_file() -> None:
    raw = mixed(
        "--x\r\n\r\nsee\r\n--x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nU3ViamVjdDogSW5uZXINCg0KaGk=\r\n--x--"
    )
    message = read_message(raw)
    assert [(a.filename, a.content) for a in message.attachments] == [("Inner.eml", b"Subject: Inner\r\n\r\nhi")]
