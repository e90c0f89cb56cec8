"""winmail.dat, rich text, uuencoded files, signed and encrypted mail: what is found inside."""

# ruff: noqa: E501  (mail is easier to judge whole)

from __future__ import annotations

import base64
import datetime

import packed
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mime.protection import pgp_in_text, signed_content
from app.mime.reading import ReadMessage, read_message
from app.mime.rtf import MAX_RTF, decompress_rtf, read_rtf
from app.mime.tnef import read_tnef
from app.mime.unpacking import enriched_text, take_uuencoded


def winmail(content: bytes, text: str = "") -> ReadMessage:
    return read_message(
        b"From: bob@example.com\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n" + text.encode() +
        b"\r\n--x\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(content) + b"\r\n--x--\r\n"
    )  # fmt: skip


FULL = packed.tnef(
    packed.code_page(1252),
    packed.message(packed.text(0x0037, "Offer"), packed.octets(0x1009, packed.stored_rtf(packed.FROM_HTML)), packed.long(0x3FDE, 1252)),
    packed.file(b"short.pdf", b"%PDF", packed.text(0x3707, "A long name åäö.pdf"), packed.text(0x370E, "application/pdf")),
    packed.file(b"..\\..\\evil.exe", b"MZ"),
    packed.file(b"plan.txt", b"one"),
    packed.file(b"plan.txt", b"two"),
    packed.file(b"", b"", packed.octets(0x3701, b"\x89PNG"), packed.text(0x3704, "pic.png"), packed.text(0x3712, "<pic@x>")),
)  # fmt: skip


def test_winmail_dat_gives_its_text_and_files() -> None:
    message = winmail(FULL)
    assert message.html.split("<body>")[1].replace("\r\n", "").startswith("<p>Smörgås € &lt;b&gt; пр</p>")
    assert message.text.strip() == "Smörgås € <b> пр"
    assert [(a.filename, a.content_type, a.content) for a in message.attachments] == [
        ("A long name åäö.pdf", "application/pdf", b"%PDF"),
        ("evil.exe", message.attachments[1].content_type, b"MZ"),
        ("plan.txt", "text/plain", b"one"),
        ("plan (2).txt", "text/plain", b"two"),
        ("pic.png", "image/png", b"\x89PNG"),
    ]


def test_the_text_of_the_message_comes_before_that_of_winmail_dat() -> None:
    message = winmail(FULL, "Hello from the text part")
    assert message.text.strip() == "Hello from the text part"
    assert "Smörgås" in message.html


def test_a_message_inside_winmail_dat_becomes_files() -> None:
    inner = packed.tnef(
        packed.message(packed.text(0x0037, "Inner"), packed.text(0x1000, "hello")), packed.file(b"deep.txt", b"deep")
    )
    outer = packed.tnef(
        packed.message(packed.text(0x1000, "See inside")), packed.file(b"", b"", packed.embedded(0x3701, inner))
    )
    message = winmail(outer)
    assert message.text == "See inside"
    assert [(a.filename, a.content) for a in message.attachments] == [("Inner.txt", b"hello"), ("deep.txt", b"deep")]


def test_messages_inside_messages_end() -> None:
    inner = packed.tnef(packed.message(packed.text(0x1000, "bottom")))
    for _ in range(30):
        inner = packed.tnef(packed.file(b"", b"", packed.embedded(0x3701, inner)))
    found = read_tnef(inner)
    assert found is None or all(b"bottom" not in f.content for f in found.files)


def test_what_is_no_winmail_dat_stays_a_file() -> None:
    message = winmail(b"nothing of the sort")
    assert [(a.filename, a.content) for a in message.attachments] == [("winmail.dat", b"nothing of the sort")]


@pytest.mark.parametrize("cut", range(0, len(FULL), 37))
def test_a_cut_winmail_dat_gives_what_there_is(cut: int) -> None:
    found = read_tnef(FULL[:cut])
    assert found is None or len(found.files) <= 5


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(FULL) - 1), st.integers(0, 255)), max_size=30))
def test_a_damaged_winmail_dat_does_no_harm(changes: list[tuple[int, int]]) -> None:
    data = bytearray(FULL)
    for at, value in changes:
        data[at] = value
    found = read_tnef(bytes(data))
    if found is not None:
        assert sum(len(f.content) for f in found.files) <= len(data) * 2


def test_rtf_without_html_is_text() -> None:
    rtf = rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Times;}}{\info{\title x}}Hello\par \b W\b0 orld\tab x\line\u1055?\u1088 ?\'e5\{\}{\*\unknown y}}"
    assert read_rtf(rtf).text == "Hello\nWorld\tx\nПрå{}"


def test_rtf_compressed() -> None:
    # "{\rtf1 aaaa…}": a literal part and one reference, packed by hand: control byte, bits from the lowest
    head = b"{\\rtf1 a"
    write = 207 + len(head)
    reference = ((write - 1) << 4 | 8).to_bytes(2, "big")  # ten more "a"
    end = ((write + 10 + 1) << 4).to_bytes(2, "big")
    body = b"\x00" + head + b"\x05" + reference + b"}" + end
    data = len(body).to_bytes(4, "little") + (100).to_bytes(4, "little") + b"LZFu" + bytes(4) + body
    assert decompress_rtf(data) == head + b"a" * 10 + b"}"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3_000), st.booleans())
def test_any_bytes_are_read_as_rtf(data: bytes, from_html: bool) -> None:
    read_rtf((b"{\\rtf1\\fromhtml1 " if from_html else b"{\\rtf1 ") + data)
    header = len(data).to_bytes(4, "little") + (2**32 - 1).to_bytes(4, "little") + b"LZFu" + bytes(4)
    assert len(decompress_rtf(header + data)) <= min(len(data) * 17, MAX_RTF)


def test_a_bomb_of_rtf_stays_small() -> None:
    body = (b"\xff" + b"\x0d\x0f" * 8) * 100_000
    header = len(body).to_bytes(4, "little") + (2**32 - 1).to_bytes(4, "little") + b"LZFu" + bytes(4)
    assert len(decompress_rtf(header + body)) <= MAX_RTF


# --- uuencode, enriched text ---------------------------------------------------------------------------------------


def test_uuencoded_files_are_taken_out_of_the_text() -> None:
    text = "Here it is.\n\nbegin 644 ../notes.txt\n#0V%T\n`\nend\n\nBob"
    message = read_message(f"From: bob@example.com\n\n{text}".encode())
    assert [(a.filename, a.content_type, a.content) for a in message.attachments] == [
        ("notes.txt", "text/plain", b"Cat")
    ]
    assert message.text == "Here it is.\n\n\nBob"


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 at dawn\nand work on\nto the\nend\n",
        "begin 644 a\n#0V%T",
        "=ybegin line=128 size=3 name=a\nabc\n=yend",
        "begin\nend",
        "",
    ],
)
def test_what_is_not_uuencoded_stays(text: str) -> None:
    assert take_uuencoded(text) == (text, [])


def test_enriched_text() -> None:
    text = "<bold>Hello</bold>\nthere<<x>\n\n<color><param>red</param>next</color>"
    assert enriched_text(text) == "Hello there<x>\nnext"
    assert read_message(f"Content-Type: text/enriched\n\n{text}".encode()).text == "Hello there<x>\nnext"


# --- signatures and encryption -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def signer() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Bob")])
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    return built.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=30)).sign(
        key, hashes.SHA256()
    ), key


INSIDE = b"Content-Type: text/plain; charset=utf-8\r\n\r\nSm\xc3\xb6rg\xc3\xa5s, signed\r\n"


def sign(
    signer: tuple[x509.Certificate, rsa.RSAPrivateKey], form: serialization.Encoding, *options: pkcs7.PKCS7Options
) -> bytes:
    certificate, key = signer
    built = pkcs7.PKCS7SignatureBuilder().set_data(INSIDE).add_signer(certificate, key, hashes.SHA256())
    return built.sign(form, list(options))


def test_opaque_signed_mail_is_read(signer: tuple[x509.Certificate, rsa.RSAPrivateKey]) -> None:
    data = sign(signer, serialization.Encoding.DER, pkcs7.PKCS7Options.Binary)
    assert signed_content(data) == INSIDE
    head = b"From: bob@example.com\r\nContent-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
    message = read_message(head + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data))
    assert (message.text.strip(), message.protection) == ("Smörgås, signed", "signed")
    assert message.leaf_types == ("text/plain",)


def test_clear_signed_mail_is_read(signer: tuple[x509.Certificate, rsa.RSAPrivateKey]) -> None:
    data = sign(signer, serialization.Encoding.SMIME, pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary)
    message = read_message(b"From: bob@example.com\r\n" + data)
    assert (message.text.strip(), message.protection) == ("Smörgås, signed", "signed")


def test_signed_content_of_indefinite_length() -> None:
    """As OpenSSL writes it for streams: constructed, in pieces."""
    pieces = b"\x24\x80" + b"\x04\x03abc" + b"\x04\x02de" + b"\x00\x00"
    data = (
        bytes.fromhex("308006092a864886f70d010702a0803080020101310030800609" + "2a864886f70d010701")
        + b"\xa0\x80"
        + pieces
    )
    assert signed_content(data) == b"abcde"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_looked_at_as_cms(data: bytes) -> None:
    assert len(signed_content(data)) <= len(data)


def test_what_is_encrypted_says_so(signer: tuple[x509.Certificate, rsa.RSAPrivateKey]) -> None:
    certificate, _ = signer
    data = (
        pkcs7.PKCS7EnvelopeBuilder().set_data(INSIDE).add_recipient(certificate).encrypt(serialization.Encoding.DER, [])
    )
    head = b"From: bob@example.com\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    message = read_message(head + base64.encodebytes(data))
    assert (message.protection, message.text, len(message.attachments)) == ("encrypted", "", 1)
    pgp = b'From: bob@example.com\r\nContent-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--x\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--x--\r\n'
    assert read_message(pgp).protection == "encrypted"
    inline = b"From: bob@example.com\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----\r\n"
    assert read_message(inline).protection == "encrypted"
    assert read_message(b"From: bob@example.com\r\n\r\nplain").protection == ""


def test_clear_signed_pgp_is_read_without_its_armour() -> None:
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nYes.\n- -- \nBob\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n"
    assert pgp_in_text(text) == ("Yes.\n-- \nBob\n", "signed")
    message = read_message(f"From: bob@example.com\n\n{text}".encode())
    assert (message.visible_text, message.protection) == ("Yes.\n-- \nBob", "signed")
