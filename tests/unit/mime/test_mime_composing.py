"""Messages written: what the standard library and our own reader make of them."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.addresses import Address
from app.mime.composing import ComposeAttachment, ComposeInput, compose, make_message_id
from app.mime.reading import read_message

WHEN = datetime(2025, 1, 3, 10, 0, tzinfo=timezone(timedelta(hours=1)))
ANNA = Address("anna@example.org", "Anna Berg")
BOB = Address("bob@example.com", "Bob")


def written(**changes) -> bytes:
    values = {
        "message_id": "m1@example.org",
        "date": WHEN,
        "sender": ANNA,
        "to": (BOB,),
        "subject": "Offer",
        "text": "Hello\n",
    }
    return compose(ComposeInput(**{**values, **changes}))


def standard(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def shape(part) -> object:
    if part.is_multipart():
        return (part.get_content_type(), [shape(child) for child in part.iter_parts()])
    return part.get_content_type()


def test_the_header():
    raw = written(
        cc=(Address("carol@example.net"),), in_reply_to="<p@example.com>", references=("r@example.com", "p@example.com")
    )
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")
    assert head[:8] == [
        "Date: Fri, 03 Jan 2025 10:00:00 +0100",
        "Message-ID: <m1@example.org>",
        "From: Anna Berg <anna@example.org>",
        "To: Bob <bob@example.com>",
        "Cc: carol@example.net",
        "Subject: Offer",
        "In-Reply-To: <p@example.com>",
        "References: <r@example.com> <p@example.com>",
    ]
    assert re.fullmatch(r"User-Agent: Hitchpost/\d+\.\d+\.\d+", head[8])
    assert head[9:] == [
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "text/plain"),
        ({"html": "<p>Hi</p>"}, ("multipart/alternative", ["text/plain", "text/html"])),
        ({"html": "<p>Hi</p>", "text": ""}, ("multipart/alternative", ["text/plain", "text/html"])),
        (
            {"html": '<img src="cid:p">', "attachments": (ComposeAttachment("p.png", "image/png", b"x", "p"),)},
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
        ),
        (
            {"html": "<p>no picture</p>", "attachments": (ComposeAttachment("p.png", "image/png", b"x", "p"),)},
            ("multipart/mixed", [("multipart/alternative", ["text/plain", "text/html"]), "image/png"]),
        ),
        (
            {
                "attachments": (
                    ComposeAttachment("a.pdf", "application/pdf", b"x"),
                    ComposeAttachment("b", "nonsense", b"y"),
                )
            },
            ("multipart/mixed", ["text/plain", "application/pdf", "application/octet-stream"]),
        ),
    ],
)
def test_structures(changes, expected):
    parsed = standard(written(**changes))
    assert shape(parsed) == expected
    assert [part.defects for part in parsed.walk() if part.defects] == []


def test_every_copy_has_the_same_structure():
    one = written(
        html='<a href="https://t.example.org/c/aaaa">x</a>', attachments=(ComposeAttachment("a.bin", "a/b", b"1"),)
    )
    two = written(
        html='<a href="https://t.example.org/c/bbbb">x</a>', attachments=(ComposeAttachment("a.bin", "a/b", b"1"),)
    )
    assert one == two.replace(b"bbbb", b"aaaa")


def test_no_blind_recipient_and_no_field_slips_in():
    raw = written(
        subject="Hi\r\nBcc: evil@example.com",
        sender=Address("anna@example.org", "Anna\r\nBcc: evil@example.com"),
        to=(Address("bob@example.com\r\nBcc: evil@example.com"),),
        in_reply_to="p@example.com>\r\nBcc: <evil@example.com",
        extra_headers=(
            ("Bcc", "x@example.com"),
            ("X-A\r\nBcc", "y"),
            ("X-Ok", "a\r\nBcc: z"),
            ("Content-Type", "text/evil"),
        ),
        attachments=(ComposeAttachment("a\r\nBcc: x.txt", "text/plain\r\nBcc: x", b"", "id>\r\nBcc: <x"),),
    )
    assert not re.search(rb"(?im)^bcc", raw)
    assert standard(raw)["X-Ok"] == "a Bcc: z"
    assert b"text/evil" not in raw


def test_lines_are_short_ascii_and_end_as_they_should():
    raw = written(
        subject="Ünï " * 60,
        to=tuple(Address(f"person{n}@example.com", f"Persön {n}") for n in range(60)),
        references=tuple(f"reference.number.{n}@mail.example.com" for n in range(150)),
        text="å" * 5_000 + "\n" + "word " * 3_000 + "\nFrom the start\n.\n trailing \n",
        html="<p>" + "x" * 9_000 + "</p>",
        attachments=(ComposeAttachment("å" * 100 + ".pdf", "application/pdf", bytes(range(256)) * 40),),
    )
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert raw.endswith(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert not re.search(rb"(?m)^(?:From |\.\r?$)", raw)
    message = read_message(raw)
    assert len(message.headers.to) == 60
    assert len(message.headers.references) == 101
    assert message.headers.references[0] == "reference.number.0@mail.example.com"
    assert message.text.startswith("å" * 5_000 + "\nword ")
    assert message.text.rstrip().endswith("From the start\n.\n trailing")


def test_an_address_that_is_not_ascii():
    raw = written(to=(Address("bob@bücher.example", "Bob"),))
    assert b"To: Bob <bob@xn--bcher-kva.example>" in raw
    assert "To: Bob <böb@example.com>".encode() in written(to=(Address("böb@example.com", "Bob"),))


def test_a_message_as_a_file():
    inner = written(text="inner\n")
    raw = written(attachments=(ComposeAttachment("m.eml", "message/rfc822", inner),), message_id="m2@example.org")
    assert shape(standard(raw)) == ("multipart/mixed", ["text/plain", ("message/rfc822", ["text/plain"])])
    assert read_message(raw).attachments[0].content == inner.removesuffix(b"\r\n") + b"\r\n"
    binary = written(attachments=(ComposeAttachment("m.eml", "message/rfc822", b"Subject: \xff\r\n\r\nx"),))
    assert read_message(binary).attachments[0].content_type == "application/octet-stream"


def test_our_own_boundary_in_a_text_does_no_harm():
    own = re.search(rb'boundary="([^"]+)"', written(html="<p>x</p>"))
    text = f"--{own.group(1).decode()}--\nafter\n"
    assert read_message(written(text=text, html="<p>x</p>")).text.rstrip() == text.rstrip()


def test_the_text_made_from_html_names_its_links():
    raw = written(text="", html='<p>See <a href="https://example.com/offer?a=1&amp;b=2">the offer</a> &amp; tell</p>')
    assert read_message(raw).text.strip() == "See the offer <https://example.com/offer?a=1&b=2> & tell"


def test_message_ids():
    ids = {make_message_id("example.org") for _ in range(100)}
    assert len(ids) == 100
    assert all(re.fullmatch(r"[0-9a-f]+\.[0-9a-f]{20}@example\.org", i) for i in ids)
    assert make_message_id("Bücher.example").endswith("@xn--bcher-kva.example")
    assert make_message_id("").endswith("@hitchpost.invalid")
    assert make_message_id("x y\r\nBcc: z").endswith("@hitchpost.invalid")


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")), max_size=50)
_BODY = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\r\x00\x0b\x0c\x7f"), max_size=400
)
_BODY = _BODY.map(lambda text: re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text))


@settings(max_examples=250, deadline=None)
@given(
    subject=_TEXT,
    name=_TEXT.filter(lambda n: not n.startswith("'")),
    text=_BODY,
    html=_BODY,
    filename=st.text("abc äöå żółć 日本 =?_-", max_size=60),
    content=st.binary(max_size=500),
)
def test_what_is_written_is_read(subject, name, text, html, filename, content):
    html = f'<p>{html}</p><img src="cid:pic@example.org">'
    raw = written(
        subject=subject,
        sender=Address("anna@example.org", name),
        text=text or "x",
        html=html,
        attachments=(
            ComposeAttachment(f"{filename}.bin", "application/octet-stream", content),
            ComposeAttachment("bild å.png", "image/png", content, "pic@example.org"),
        ),
    )
    assert raw.isascii()
    message = read_message(raw)
    assert message.defects == ()
    assert message.headers.subject == subject
    assert message.headers.sender == Address("anna@example.org", name)
    assert message.headers.date == WHEN.astimezone(UTC)
    if text.strip():
        assert message.text.rstrip("\n") == text.rstrip("\n")
    assert message.html.rstrip("\n") == html.rstrip("\n")
    picture, file = message.attachments
    assert (picture.filename, picture.content_id, picture.inline) == ("bild å.png", "pic@example.org", True)
    assert (picture.content, file.content) == (content, content)
    assert file.filename.endswith("bin")
    parsed = standard(raw)
    assert str(parsed["Subject"]) == subject
    assert next(parsed.iter_attachments()).get_filename() == file.filename
