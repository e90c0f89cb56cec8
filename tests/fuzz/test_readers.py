"""The readers of forwards, answers and signatures: no exception, no slow input, no unbounded memory.

Input is made of what the readers look for (names of fields, separators, addresses, dates, tags) in any order and number. Work is
counted in calls of functions, of Python's and of C's, never in seconds: twice the input may take little more than twice the
calls. What one call may do is bounded by the lengths that the readers cut lines to.
"""

# ruff: noqa: E501 — mail as it is written

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.addresses import Address
from app.mime.forward import read_forward
from app.mime.forward_block import Block, read_block
from app.mime.forward_copies import find_copy
from app.mime.forward_cut import balanced
from app.mime.forward_date_words import date_languages
from app.mime.forward_dates import read_date
from app.mime.forward_lines import MAX_DEPTH, MAX_LINES, html_lines, text_lines
from app.mime.forward_parties import MAX_PARTIES, parties, party
from app.mime.forward_words import separator, subject_sign, unknown_prefix
from app.mime.inspect import inspect_forward, inspect_reply, inspect_signature
from app.mime.signature import split_signature
from app.mime.signature_contact import MAX_LINKS, MAX_PHONES, read_contact
from tests.support.counted_work import calls

PIECES = st.sampled_from(
    [
        "From: ", "Von: ", "To: ", "Cc:", "Date: ", "Subject: ", "件名：", "من: ", "נשלח: ", "\n", "\n\n", "> ", ">> ", " ", "\t", ",", ";", ":", "*", "_",
        "---------- Forwarded message ---------", "-----Original Message-----", "Begin forwarded message:", "_" * 32, "=" * 12 + " Forwarded message " + "=" * 12,
        "anna@example.com", "<anna@example.com>", "[mailto:a@b.c]", "a@b.c<mailto:a@b.c>", '"Berg, Anna"', "Anna", "On ", " wrote:", "schrieb", "Le ", " a écrit :",
        "Wed, Oct 27, 2021 at 9:31 AM", "27.10.2021 09:31", "2021年10月27日", "27 ต.ค. 2564", "99/99/9999 99:99", "GMT+99", "٢٧", "Best regards,", "-- ", "--",
        "Sent from my iPhone", "+46 70 123 45 67", "Sales Manager", "Acme AB", "www.example.com", "Tel: ", "Fax ", "\u200f", "\u202b", "\ufeff", "\x00", "\ud7ff",
        "İ", "ß", "𝕬", "é", "<", "&lt;", "<br>", "<div>", "</div>", "<blockquote>", '<a href="mailto:x@y.z">', "</a>", "<!--", "-->", "<hr>", "<td>", "<style>",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=60).map("".join)
SUBJECTS = st.sampled_from(["Fwd: x", "Re: x", "VS: x", "x", "", "[Fwd: x]", "WG: Re: x", "转发：x"]) | TEXTS
LANGUAGES = st.lists(st.sampled_from(["en", "sv", "th", "hu", "xx", ""]), max_size=3)


def raw_message(subject: str, content_type: str, body: str) -> bytes:
    head = f"From: a@example.com\r\nTo: log@example.com\r\nSubject: {' '.join(subject.split())}\r\nContent-Type: {content_type}; charset=utf-8\r\n\r\n"
    return (head + body).encode("utf-8", "surrogatepass")


@settings(max_examples=300, deadline=None)
@given(
    SUBJECTS,
    st.sampled_from(["text/plain", "text/html", "text/plain; format=flowed", "message/rfc822", "multipart/mixed"]),
    TEXTS,
)
def test_any_message_is_read_as_a_forward_or_not(subject: str, content_type: str, body: str) -> None:
    result = inspect_forward(raw_message(subject, content_type, body))
    json.dumps(result)
    assert set(result) == {"forwarded", "note", "client", "language", "original", "reason"}
    original = result["original"]
    assert (original is not None) == result["forwarded"]
    assert result["forwarded"] or result["reason"]
    if isinstance(original, dict):
        assert set(original) == {"from", "to", "cc", "subject", "date", "body_text", "body_html"}
        assert "\n" not in original["subject"] and set(original["from"]) == {"name", "address"}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    read_forward(raw)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, LANGUAGES)
def test_any_text_goes_through_every_part(text: str, other: str, languages: list[str]) -> None:
    read_date(text, languages)
    date_languages(text)
    party(text)
    assert len(parties(text)) <= MAX_PARTIES
    subject_sign(text)
    unknown_prefix(text, other)
    separator(text)
    attached = balanced(text)
    assert balanced(attached) == attached
    for lines in (text_lines(text), html_lines(text)):
        assert all(line.start <= line.end and line.depth <= max(MAX_DEPTH, 30) for line in lines)
        find_copy(lines)
        for at in range(min(len(lines), 5)):
            block = read_block(lines, at, sure=True)
            assert block is None or (isinstance(block, Block) and at < block.end <= len(lines))


@settings(max_examples=200, deadline=None)
@given(
    TEXTS, st.sampled_from(["", "Anna Berg <anna@example.org>", "anna@example.com", "Berg, Anna", "@", "x@"]) | TEXTS
)
def test_any_text_has_a_signature_or_none(text: str, sender: str) -> None:
    result = inspect_signature(text, sender)
    json.dumps(result)
    body, signature = result["body"], result["signature"]
    assert isinstance(body, str) and isinstance(signature, str)
    assert len(body) + len(signature) <= len(text) + 1
    contact = read_contact(text, Address("anna@example.org", "Anna"))
    assert len(contact.phones) <= MAX_PHONES and len(contact.links) <= MAX_LINKS


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(["text/plain", "text/html"]))
def test_any_text_is_read_as_an_answer(text: str, content_type: str) -> None:
    result = inspect_reply(content_type, text)
    assert set(result) == {"reply_text", "quoted_text"}


def in_text(text: str) -> object:
    return find_copy(text_lines(text))


def in_html(html: str) -> object:
    return find_copy(html_lines(html))


def signed(text: str) -> object:
    return split_signature(text, Address("anna@example.org", "Anna Berg"))


WORKS: dict[str, tuple[Callable[[Any], object], Callable[[int], str]]] = {
    "field after field": (in_text, lambda n: "From: a@b.c\n" * n),
    "separators": (in_text, lambda n: "---------- Forwarded message ---------\n" * n),
    "separators and halves of headers": (in_text, lambda n: "Begin forwarded message:\nFrom: a\n\n" * n),
    "recipients without an end": (in_text, lambda n: "From: a\nTo: b,\n" + "c,\n" * n),
    "lists of recipients": (in_text, lambda n: "Date: a\nTo: b,\nc,\nd,\n" * n),
    "rulers": (in_text, lambda n: f"{'_' * 32}\nFrom: x\n" * n),
    "attributions": (in_text, lambda n: "On 3 May 2021 a@b.c wrote\n" * n),
    "quotations": (in_text, lambda n: "> > > x\n" * n),
    "a long line": (in_text, lambda n: "From: a@b.cTo: " * n),
    "dashes": (in_text, lambda n: "- " * n + "\n-"),
    "tags": (in_html, lambda n: "<div>a<br>" * n),
    "tags without an end": (in_html, lambda n: '<a href="mailto:a@b.c' * n),
    "quotations in quotations": (in_html, lambda n: "<blockquote>From: a<br>" * n),
    "links": (in_html, lambda n: '<a href="mailto:a@b.c">x</a> ' * n),
    "comments": (in_html, lambda n: "<!--" * n),
    "end tags": (balanced, lambda n: "<p><b></p>" * n),
    "breaks": (balanced, lambda n: "<br>&nbsp;<p></p>" * n),
    "addresses": (parties, lambda n: '"N, M" <a@b.c<mailto:a@b.c>>; ' * n),
    "brackets": (parties, lambda n: "[a@b.c" * n),
    "closings": (signed, lambda n: "Best regards,\nAnna\n\n" * n),
    "numbers": (read_contact, lambda n: "Tel +46 70 123 45 67 " * n),
    "names": (signed, lambda n: "Anna Berg\n" * n),
}


@pytest.mark.parametrize("name", WORKS)
def test_work_grows_as_the_input_does(name: str) -> None:
    work, make = WORKS[name]
    work(make(4))  # what is loaded once
    once, twice = (calls(lambda size=size: work(make(size))) for size in (400, 800))
    assert twice <= 2.4 * once + 2_000, f"{once} calls, then {twice}"


@pytest.mark.parametrize("content_type", ["text/plain", "text/html"])
def test_memory_is_bounded_by_the_input(content_type: str) -> None:
    """Of a text of many lines: what is kept at most is a few hundred bytes for each, and lines have a limit."""
    body = "> > From: a@b.c To: d<br>\n" * 8_000
    raw = raw_message("Fwd: x", content_type, body)
    read_forward(raw)
    tracemalloc.start()
    try:
        read_forward(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 120 * len(raw)
    assert len(text_lines("\n" * (MAX_LINES + 100))) == MAX_LINES
