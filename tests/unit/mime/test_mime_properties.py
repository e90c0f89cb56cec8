"""What holds for any message: nothing raises, what comes out is bounded and can be shown, work grows with length only."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable
from typing import Any

import bounce_corpus
import mime_corpus
import packed
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mime.addresses import header_addresses
from app.mime.bodies import MAX_BODY
from app.mime.bounce_text import text_failures
from app.mime.delivery import MAX_FAILURES
from app.mime.encoded_words import decode_words
from app.mime.headers import parse_header_block
from app.mime.html_quote import split_html_reply
from app.mime.inspect import inspect_message
from app.mime.protection import pgp_in_text, signed_content
from app.mime.quoting import split_reply
from app.mime.reading import read_message
from app.mime.rtf import read_rtf
from app.mime.structure import MAX_PARTS, parse_structure
from app.mime.subjects import automatic_subject, bounce_subject
from app.mime.tnef import read_tnef
from app.mime.unpacking import enriched_text, take_uuencoded
from tests.support.counted_work import calls

KEYS = [
    "subject", "from", "to", "cc", "reply_to", "message_id", "in_reply_to", "references", "date", "text_body", "visible_text",
    "attachments", "leaf_types", "kind", "failures", "original_message_id",
]  # fmt: skip
KINDS = {"normal", "bounce", "auto_reply", "feedback", "automated"}

_PACKED = packed.tnef(
    packed.message(packed.text(0x1000, "x"), packed.octets(0x1009, packed.stored_rtf(packed.FROM_HTML))),
    packed.file(b"a.txt", b"a"),
)
SEEDS = [
    *(sample.raw for sample in bounce_corpus.SAMPLES),
    *(raw for raw in mime_corpus.hostile().values() if len(raw) < 5_000),
    mime_corpus.POSTFIX_BOUNCE,
    mime_corpus.EXCHANGE_BOUNCE,
    mime_corpus.GMAIL_BOUNCE,
    mime_corpus.ABSENCE_NOTE,
    mime_corpus.COMPLAINT,
    b"Content-Type: application/ms-tnef\r\n\r\n" + _PACKED,
    b"Content-Type: text/html; charset=iso-2022-jp\r\n\r\n<div class=gmail_quote>\x1b$B-!\x1b(B<blockquote>x</div>",
]


def hold(raw: bytes) -> None:
    """What holds for any bytes."""
    seen = inspect_message(raw)
    assert list(seen) == KEYS
    json.dumps(seen, ensure_ascii=False, allow_nan=False).encode("utf-8")  # strict: no half of a surrogate pair
    assert seen["kind"] in KINDS
    message = read_message(raw)
    assert len(message.text) <= MAX_BODY + 1 and len(message.html) <= MAX_BODY * 2
    assert len(message.leaf_types) <= MAX_PARTS and len(message.failures) <= MAX_FAILURES
    assert len({a.filename.casefold() for a in message.attachments}) == len(message.attachments)
    for attachment in message.attachments:
        assert 0 < len(attachment.filename) <= 200
        assert not set('/\\:*?"<>|\r\n\0') & set(attachment.filename)
    one_line = [message.headers.subject, message.headers.message_id, *message.headers.references, *message.defects]
    assert not any("\n" in text or "\r" in text or "\0" in text for text in one_line)
    assert "\r" not in message.text and "\0" not in message.text


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=5_000))
def test_any_bytes(raw: bytes) -> None:
    hold(raw)


@pytest.mark.parametrize("name", mime_corpus.hostile())
def test_hostile_messages(name: str) -> None:
    hold(mime_corpus.hostile()[name])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A message of the corpus with bytes changed, pieces cut out, doubled, or taken from another."""
    raw = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        match draw(st.integers(0, 4)):
            case 0 if raw:
                raw[at] = draw(st.integers(0, 255))
            case 1:
                del raw[at : at + draw(st.integers(1, 200))]
            case 2:
                raw[at:at] = raw[at : at + draw(st.integers(1, 200))] * draw(st.integers(1, 4))
            case 3:
                other = draw(st.sampled_from(SEEDS))
                start = draw(st.integers(0, max(len(other) - 1, 0)))
                raw[at:at] = other[start : start + 400]
            case _:
                raw[at:at] = draw(
                    st.sampled_from([b"\r\n", b"\n", b"\r", b"\0", b"\r\n\r\n", b"--r\r\n", b"\xff", b"=?", b"> "])
                )
    return bytes(raw)


@settings(max_examples=500, deadline=None)
@given(damaged())
def test_damaged_messages(raw: bytes) -> None:
    hold(raw)


# --- the cheap reader of headers against the careful one of the standard library ----------------------------------------

_ATOM = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=30)
_ID = st.builds(
    lambda left, right: f"{left}@{right}.example.com", _ATOM, st.text("abc0123456789-", min_size=1, max_size=30)
)
_FOLD = st.sampled_from([" ", "\r\n ", "\r\n\t", "  "])


@settings(max_examples=300, deadline=None)
@given(
    _ID,
    st.lists(_ID, max_size=3, unique=True),
    st.lists(_ID, max_size=12, unique=True),
    _FOLD,
    st.sampled_from(["\r\n", "\n"]),
)
def test_ids_of_good_headers_are_those_that_the_careful_reader_finds(
    message_id: str, replied: list[str], references: list[str], fold: str, ending: str
) -> None:
    lines = [f"Message-ID: <{message_id}>", "From: anna@example.com"]
    if replied:
        lines.append("In-Reply-To: " + fold.join(f"<{i}>" for i in replied))
    if references:
        lines.append("References:" + fold + fold.join(f"<{i}>" for i in references))
    raw = (ending.join([*lines, "", "body"])).replace("\r\n", ending).encode()
    careful = email.message_from_bytes(raw, policy=email.policy.compat32)

    def ids(name: str) -> tuple[str, ...]:
        return tuple(word.strip("<>") for word in str(careful.get(name, "")).split())

    facts = parse_header_block(raw.partition(ending.encode() * 2)[0])
    assert (facts.message_id,) == ids("Message-ID") == (message_id,)
    assert facts.in_reply_to == ids("In-Reply-To") == tuple(replied)
    assert facts.references == ids("References") == tuple(references)
    assert read_message(raw).headers == facts


# --- work, counted ------------------------------------------------------------------------------------------------------


_CMS = bytes.fromhex("308006092a864886f70d010702a08030800201013100308006092a864886f70d010701a0802480")
_MIXED = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
# what is done, and the input of a length
WORKS: dict[str, tuple[Callable[[Any], object], Callable[[int], object]]] = {
    "quotations": (split_reply, lambda n: "> a\nOn 1.1.2025 10:00 a@example.com wrote x\n\nFrom: a\n" * n),
    "attributions": (split_reply, lambda n: "On 1.1.2025 10:00 a@example.com\n" * n),
    "markup": (split_html_reply, lambda n: '<div class="gmail_quote"><blockquote>a wrote 2025:<br>' * n),
    "failures": (text_failures, lambda n: "<a@example.com>:\nsaid no\n\n550 5.1.1 b@example.com... gone\n" * n),
    "words": (decode_words, lambda n: "=?utf-8?q?a?b?= =?u?q?c" * n),
    "addresses": (header_addresses, lambda n: '"N, M" <a@example.com>, (x) b@example.com; ' * n),
    "fields": (parse_header_block, lambda n: b"To: a@example.com\r\nReferences: <a@example.com>\r\n b\r\n" * n),
    "parts": (parse_structure, mime_corpus.many_parts),
    "near boundaries": (parse_structure, lambda n: _MIXED + b"--xx\n" * n),
    "uuencode": (take_uuencoded, lambda n: "begin 644 a\n#0V%T\n" * n + "end\n"),
    "enriched": (enriched_text, lambda n: "<bold>a<<\n\n" * n),
    "rtf": (read_rtf, lambda n: b"{\\rtf1\\fromhtml1 " + b"{\\*\\htmltag <b>}\\'e5\\u1234?" * n),
    "tnef": (read_tnef, lambda n: packed.tnef(packed.file(b"a", b"b") * n)),
    "cms": (signed_content, lambda n: _CMS + b"\x04\x01a" * n),
    "pgp": (pgp_in_text, lambda n: "-----BEGIN PGP SIGNED MESSAGE-----\n" * n),
    "absences": (automatic_subject, lambda n: "[(" * n + "automatic"),
    "bounces": (bounce_subject, lambda n: "[(" * n + "undelivered"),
}


@pytest.mark.parametrize("name", WORKS)
def test_work_grows_no_faster_than_the_length(name: str) -> None:
    work, make = WORKS[name]
    work(make(10))  # what is imported and compiled once
    few, many = make(100), make(800)
    small, large = calls(lambda: work(few)), calls(lambda: work(many))
    assert large <= 8 * small + 500, (small, large)
