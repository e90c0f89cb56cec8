"""For whom a copied message came, out of its header, as mail systems write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.copied_mail import Sizes
from app.mime.content_size import sizes_of
from app.mime.copied_headers import copy_facts
from app.mime.failure_notice import MAX_HEADERS, Failure, delivery_status, header_block
from tests.support.copied import NOON, letter

LOG = "anna+log-k3@example.com"


@pytest.mark.parametrize(
    ("header", "field", "found"),
    [
        (f"Delivered-To: {LOG}", "envelope", LOG),
        (f"X-Original-To: {LOG}", "envelope", LOG),
        (f"Envelope-to: {LOG}", "envelope", LOG),
        (f"X-Envelope-To: <{LOG}>", "envelope", LOG),
        (f"X-Delivered-to: {LOG}", "envelope", LOG),
        (f"X-Forwarded-To: anna@example.com, {LOG}", "envelope", LOG),
        (f"To: Log <{LOG}>", "named", LOG),
        (f"Cc: Ada <ada@example.org>,\r\n {LOG}", "named", LOG),
        (f"Bcc: {LOG}", "hidden", LOG),
        # Postfix, Exim, Sendmail and Dovecot's LMTP
        (f"Received: from a (a [192.0.2.1])\r\n\tby mx.example.com (Postfix) with ESMTPS id 4Xy\r\n\tfor <{LOG}>; Mon, 2 Mar",
         "received_for", LOG),
        (f"Received: from a by b with esmtps (TLS1.3)\r\n id 1t-0; envelope-from <x@example.org>\r\n for {LOG}; Mon, 2 Mar",
         "received_for", LOG),
        (f"received: by 2002:a05 with SMTP id x for <{LOG.upper()}>;", "received_for", LOG.upper()),
    ],
)  # fmt: skip
def test_fields(header: str, field: str, found: str) -> None:
    assert found in getattr(copy_facts(f"From: anna@example.com\r\n{header}\r\n\r\n".encode()), field)


def test_the_newest_findings_and_the_first_sender_count() -> None:
    block = b"Authentication-Results: mx.example.com; DMARC=pass\r\nAuthentication-Results: evil; dmarc=fail\r\nFrom: a@example.com\r\nFrom: b@example.com\r\nX-Hitchpost-Proof: token\r\n"  # noqa: E501
    facts = copy_facts(block)
    assert facts.authentication == "mx.example.com; dmarc=pass" and facts.proof == "token"
    assert facts.sender is not None and facts.sender.addr_spec == "a@example.com"


@given(st.binary(max_size=2_000))
def test_any_bytes(block: bytes) -> None:
    copy_facts(block)
    sizes_of(block)


def test_long_headers_take_no_time() -> None:
    copy_facts(b"Received: " + b" for <a" * 100_000 + b"\r\n" + b"Delivered-To: a@b.example\r\n" * 5_000)


def test_sizes() -> None:
    assert sizes_of(letter(text="å" * 10, html="<p>b</p>", files=(("a.bin", b"x" * 1000),))) == Sizes(
        len("å".encode()) * 10 + 1 + len("<p>b</p>") + 1, 1000
    )


def test_delivery_status() -> None:
    text = delivery_status(Failure("log@bücher.example", "5.3.4", "too\r\nlarge é", "example.com", NOON)).decode()
    assert "Final-Recipient: rfc822; log@xn--bcher-kva.example\r\nAction: failed\r\nStatus: 5.3.4\r\n" in text
    assert "Diagnostic-Code: X-Hitchpost; too large ?\r\n" in text and text.startswith(
        "Reporting-MTA: dns; example.com\r\n"
    )


def test_header_block() -> None:
    assert header_block(b"Subject: h\xc3\xa9\nTo: a\n\nbody") == b"Subject: h??\r\nTo: a\r\n"
    long = header_block(b"X: " + b"y" * 50 + b"\r\n" + b"Z: zz\r\n" * 10_000 + b"\r\nbody")
    assert len(long) < MAX_HEADERS * 2 and long.endswith(b"Z: zz\r\n")
