"""Messages written for the wire (RFC 5322, 2045–2047, 2183, 2231). Used by services when a message is queued.

Written out by hand rather than with `email.policy`: the standard library folds long Message-IDs into encoded words, and
encodes file names in ways that Outlook does not read. The same input gives the same bytes, so that every recipient's copy
differs only where its HTML differs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from app import __version__
from app.domain.addresses import Address
from app.domain.hosts import ascii_host
from app.domain.message_ids import normalise_message_id
from app.mime.addresses import format_address
from app.mime.charsets import one_line
from app.mime.encoded_words import encode_words
from app.mime.html_text import html_to_text
from app.mime.parameters import clean_filename, format_parameter

_LINE = 76
_MAX_REFERENCES = 100


@dataclass(frozen=True)
class ComposeAttachment:
    """A file to send. With a `content_id` that the HTML names (``cid:…``) it is a picture in the text."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True)
class ComposeInput:
    """One message. `message_id` and all ids with or without brackets; `date` carries its zone; either body may be empty, a
    missing text is made from the HTML. People without name and address are left out; instead of such a sender an empty group
    stands in From (RFC 6854). `bcc` is for the
    sender's own copy alone: what goes to a recipient leaves it empty, blind recipients are given to the server.
    `extra_headers`: (name, value), for fields that the program does not write itself. `report_type`: it is a report
    (RFC 6522), whose machine-readable parts are the attachments in their order, and whose text is for people."""

    message_id: str
    date: datetime
    sender: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[ComposeAttachment, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    extra_headers: tuple[tuple[str, str], ...] = ()
    bcc: tuple[Address, ...] = ()
    report_type: str = ""


def make_message_id(domain: str) -> str:
    """A new Message-ID, without brackets: time in milliseconds, 80 random bits, and the sender's domain (RFC 5322 3.6.4)."""
    host = ascii_host(domain)
    if not re.fullmatch(r"[a-z0-9.-]{1,255}", host):
        host = "hitchpost.invalid"
    return f"{int(time.time() * 1000):x}.{secrets.token_hex(10)}@{host}"


_OWN_FIELDS = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "user-agent",
    }
)
_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")


def compose(message: ComposeInput) -> bytes:
    """The message as bytes with CRLF line ends, ASCII throughout unless an address itself is not (then SMTPUTF8 is needed).
    Line breaks in any value are taken out, so nothing typed can add a header field."""
    lines = [
        _unfolded("Date", format_datetime(message.date)),
        _unfolded("Message-ID", f"<{normalise_message_id(message.message_id)}>"),
        _addresses("From", (message.sender,)) or "From: Undisclosed sender:;",
        _addresses("To", message.to),
        _addresses("Cc", message.cc),
        _addresses("Bcc", message.bcc),
        _text("Subject", message.subject),
        _ids("In-Reply-To", (message.in_reply_to,)),
        _ids("References", message.references),
    ]
    for name, value in message.extra_headers:
        if _FIELD_NAME.fullmatch(name) and name.lower() not in _OWN_FIELDS and not name.lower().startswith("content-"):
            lines.append(_text(name, value))
    lines.append(_unfolded("User-Agent", f"Hitchpost/{__version__}"))
    lines.append("MIME-Version: 1.0")
    header = "\r\n".join(line for line in lines if line)
    return header.encode("utf-8", "replace") + b"\r\n" + _body(message).encode()


def _unfolded(name: str, value: str) -> str:
    return f"{name}: {one_line(value)}"


def _folded(name: str, words: list[str]) -> str:
    """A field with a line break before any word that would pass column 76 (RFC 5322 2.2.3)."""
    out, column = f"{name}:", len(name) + 1
    for word in words:
        if column + 1 + len(word) > _LINE and column > len(name) + 1:
            out += "\r\n"
            column = 0
        out += " " + word
        column += 1 + len(word)
    return out


def _addresses(name: str, addresses: tuple[Address, ...]) -> str:
    words: list[str] = []
    told = [address for address in addresses if address.addr_spec or address.display_name]
    for number, address in enumerate(told, start=1):
        pieces = format_address(address)
        if number < len(told):
            pieces[-1] += ","
        words += pieces
    return _folded(name, words) if words else ""


def _ids(name: str, ids: tuple[str, ...]) -> str:
    plain = [normalise_message_id(i) for i in ids]
    known = [i for i in dict.fromkeys(plain) if i]
    if len(known) > _MAX_REFERENCES:
        known = known[:1] + known[-_MAX_REFERENCES:]
    return _folded(name, [f"<{i}>" for i in known]) if known else ""


def _text(name: str, value: str) -> str:
    value = one_line(value)
    if not value and name != "Subject":
        return ""
    words = value.split(" ")
    plain = value.isascii() and "=?" not in value and all(len(word) < 900 for word in words)
    longest = max(30, _LINE - len(name) - 2)  # the first word stands behind the name
    return _folded(name, words if plain else encode_words(value, longest)) if value else f"{name}: "


@dataclass(frozen=True)
class _Entity:
    """One part: its own header lines and its encoded content. Content never ends in a line break."""

    headers: tuple[str, ...]
    content: bytes

    def encode(self) -> bytes:
        return "\r\n".join(self.headers).encode("ascii") + b"\r\n\r\n" + self.content


def _body(message: ComposeInput) -> _TopEntity:
    seed = hashlib.sha256(message.message_id.encode("utf-8", "replace")).hexdigest()[:24]
    text, html = _lines(message.text), _lines(message.html)
    if html.strip() and not text.strip():
        text = html_to_text(html, links=True)
    entity = _text_part("text/plain", text)
    if message.report_type:
        parts = [entity, *(_report_part(a) for a in message.attachments)]
        report = _multipart(f"multipart/report; report-type={message.report_type}", f"p_{seed}", parts)
        return _TopEntity(report.headers, report.content)
    pictures = [a for a in message.attachments if _is_picture_of(a, html)]
    files = [a for a in message.attachments if a not in pictures]
    if html.strip():
        shown = _text_part("text/html", html)
        if pictures:
            parts = [shown, *(_file_part(a, "inline", seed) for a in pictures)]
            shown = _multipart('multipart/related; type="text/html"', f"r_{seed}", parts)
        entity = _multipart("multipart/alternative", f"a_{seed}", [entity, shown])
    if files:
        entity = _multipart(
            "multipart/mixed", f"m_{seed}", [entity, *(_file_part(a, "attachment", seed) for a in files)]
        )
    return _TopEntity(entity.headers, entity.content)


def _report_part(attachment: ComposeAttachment) -> _Entity:
    """For machines: in the type that says what it is, without a file's name (RFC 3464 2.1, RFC 6522 3)."""
    lines = attachment.content.replace(b"\r\n", b"\n").split(b"\n")
    plain = attachment.content.isascii() and max(map(len, lines)) <= 990
    encoding = "7bit" if plain else "8bit"
    return _Entity(
        (f"Content-Type: {attachment.content_type}", f"Content-Transfer-Encoding: {encoding}"),
        b"\r\n".join(lines),
    )


class _TopEntity(_Entity):
    """The outermost part, whose content ends the message."""

    def encode(self) -> bytes:
        return super().encode() + (b"" if self.content.endswith(b"\r\n") else b"\r\n")


def _is_picture_of(attachment: ComposeAttachment, html: str) -> bool:
    identity = attachment.content_id.strip("<> ")
    return bool(identity) and f"cid:{identity}" in html


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")


def _multipart(content_type: str, boundary_seed: str, parts: list[_Entity]) -> _Entity:
    # "=_" stands in no quoted-printable or base64 text (RFC 2045 6.7); 7bit text never holds it either, see _text_part
    boundary = f"=_hp_{boundary_seed}"
    kind, _, parameters = content_type.partition(";")
    header = f'Content-Type: {kind};{parameters};\r\n boundary="{boundary}"' if parameters else (
        f'Content-Type: {kind};\r\n boundary="{boundary}"'
    )  # fmt: skip
    delimiter = f"--{boundary}".encode("ascii")
    pieces = [delimiter + b"\r\n" + part.encode() for part in parts]
    return _Entity((header,), b"\r\n".join([*pieces, delimiter + b"--", b""]))


def _text_part(content_type: str, text: str) -> _Entity:
    text = text if text.endswith("\n") or not text else text + "\n"
    data = text.encode("utf-8")
    if text.isascii() and not _needs_encoding(text):
        encoding, content = "7bit", text.replace("\n", "\r\n").encode("ascii")
        charset = "us-ascii" if content_type == "text/plain" else "utf-8"
    else:
        charset = "utf-8"
        special = sum(1 for b in data if b > 126 or b == 0x3D)
        if special * 3 > len(data):
            encoding, content = "base64", _base64(text.replace("\n", "\r\n").encode("utf-8"))
        else:
            encoding, content = "quoted-printable", _quoted_printable(data)
    return _Entity(
        (f"Content-Type: {content_type}; charset={charset}", f"Content-Transfer-Encoding: {encoding}"),
        content.removesuffix(b"\r\n"),
    )


def _needs_encoding(text: str) -> bool:
    """Whether ASCII text would not come through as it is: long lines, control characters, spaces before a line end,
    lines that mail systems quote ("From ") or end the message with ("."), and our own boundary."""
    if "=_hp_" in text or not text.replace("\n", "").replace("\t", "").isprintable():
        return True
    return any(
        len(line) > 78 or line.startswith(("From ", ".")) or line.endswith((" ", "\t")) for line in text.split("\n")
    )


def _quoted_printable(data: bytes) -> bytes:
    coded = binascii.b2a_qp(data, istext=True)
    lines = []
    for line in coded.replace(b"\r\n", b"\n").split(b"\n"):
        if line.startswith(b"From "):
            line = b"=46" + line[1:]
        elif line.startswith(b"."):
            line = b"=2E" + line[1:]
        if len(line) > _LINE:  # the code put in its place made the line longer
            lines += [line[:70] + b"=", line[70:]] if line[68:70].find(b"=") < 0 else [line[:67] + b"=", line[67:]]
        else:
            lines.append(line)
    return b"\r\n".join(lines)


def _base64(data: bytes) -> bytes:
    coded = base64.b64encode(data)
    return b"\r\n".join(coded[at : at + _LINE] for at in range(0, len(coded), _LINE))


_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,80}/[a-z0-9][a-z0-9!#$&^_.+-]{0,100}")


def _file_part(attachment: ComposeAttachment, disposition: str, seed: str) -> _Entity:
    name = clean_filename(attachment.filename) or "attachment"
    content_type = attachment.content_type.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(content_type) or content_type.startswith("multipart/"):
        content_type = "application/octet-stream"
    content, encoding = _base64(attachment.content), "base64"
    if content_type.startswith("message/"):
        # RFC 2046 5.2.1 forbids base64 here; what cannot go as it is goes as a file
        plain = attachment.content.replace(b"\r\n", b"\n")
        lines = plain.split(b"\n")
        readable = plain.isascii() and b"\r" not in plain and b"\0" not in plain and seed.encode("ascii") not in plain
        if readable and max(map(len, lines)) <= 990:
            content, encoding = b"\r\n".join(lines), "7bit"
        else:
            content_type = "application/octet-stream"
    kind = [f"Content-Type: {content_type}"]
    if content_type.startswith("text/"):
        kind[0] += f"; charset={_charset_of(attachment.content)}"
    headers = [
        ";\r\n ".join([*kind, *_name_for_old_programs(name)]),
        f"Content-Transfer-Encoding: {encoding}",
        ";\r\n ".join([f"Content-Disposition: {disposition}", *format_parameter("filename", name)]),
    ]
    identity = one_line(attachment.content_id).strip("<> ")
    if identity and identity.isascii():
        headers.append(f"Content-ID: <{identity}>")
    return _Entity(tuple(headers), content)


def _charset_of(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _name_for_old_programs(name: str) -> list[str]:
    """``name=`` beside the file name of RFC 2183: Outlook and some webmailers read only this one, and encoded words in it,
    although RFC 2047 5 forbids them there."""
    if name.isascii():
        return format_parameter("name", name)
    words = encode_words(name, 66)
    return ['name="' + "\r\n ".join(words) + '"']
