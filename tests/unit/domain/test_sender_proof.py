"""What the receiving server found about a sender, in fields as the mail systems of this world write them (RFC 8601)."""

from __future__ import annotations

import pytest

from app.domain.sender_proof import SenderProof, ServerNames, looks_forged, prove_sender
from app.mime.copied_headers import copy_facts

P = SenderProof
# As Gmail, Exchange Online, Fastmail, Postfix with OpenDKIM and OpenDMARC, and rspamd write them.
GMAIL = (
    "mx.google.com; dkim=pass header.i=@example.com header.s=20230601 header.b=abc; spf=pass (google.com: domain of "
    "jonas@example.com designates 192.0.2.1 as permitted sender) smtp.mailfrom=jonas@example.com; dmarc=pass (p=NONE "
    "sp=QUARANTINE dis=NONE) header.from=example.com"
)
EXCHANGE = (
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.com; dkim=pass (signature was verified) "
    "header.d=example.com;dmarc=pass action=none header.from=example.com;compauth=pass reason=100"
)
FASTMAIL = (
    "mx1.messagingengine.com; dkim=pass (2048-bit rsa key sha256) header.d=mail.example.com header.i=@mail.example.com"
)
POSTFIX = "mail.example.org; auth=pass smtp.auth=jonas smtp.mailfrom=jonas@example.com"
IMAP = ("mail.example.org", "mail.example.org", "example.org")


@pytest.mark.parametrize(
    ("found", "hosts", "received_by", "proof"),
    [
        (GMAIL, ("imap.gmail.com", "smtp.gmail.com", "example.com"), "2002:a17::1", P.PROVEN),
        (GMAIL, IMAP, "mail.example.org", P.OPEN),  # written into it by whoever sent it
        (GMAIL.replace("dmarc=pass", "dmarc=fail"), IMAP, "mail.example.org", P.FORGED),
        (
            EXCHANGE,
            ("outlook.office365.com", "smtp.office365.com", "example.com"),
            "x.namprd.prod.outlook.com",
            P.PROVEN,
        ),
        (EXCHANGE, IMAP, "mail.example.org", P.OPEN),
        (FASTMAIL, ("imap.fastmail.com", "smtp.fastmail.com", "example.com"), "mx1.messagingengine.com", P.PROVEN),
        (FASTMAIL.replace("example.com", "evil.example"), IMAP, "mx1.messagingengine.com", P.OPEN),  # not aligned
        (POSTFIX, IMAP, "", P.PROVEN),
        ("mail.example.org; spf=pass smtp.mailfrom=jonas@example.com", IMAP, "", P.PROVEN),
        ("mail.example.org; spf=pass smtp.mailfrom=bounces.example.com", IMAP, "", P.PROVEN),
        ("mail.example.org; spf=pass smtp.mailfrom=mallory@evil.example", IMAP, "", P.OPEN),
        ("mail.example.org; spf=pass", IMAP, "", P.OPEN),  # it does not say of what
        ("mx; dmarc=pass", IMAP, "mx", P.PROVEN),  # a server known by its first name
        ("mx; dmarc=pass", IMAP, "mail.example.org", P.OPEN),
        ("mail.example.org; none", IMAP, "", P.OPEN),
        ("", IMAP, "mail.example.org", P.OPEN),
        ("mail.example.org 1; dkim/1=pass header.d=example.com", IMAP, "", P.PROVEN),  # RFC 8601 2.2: versions
        # a signature of another domain does not outweigh SPF
        ("mail.example.org; spf=fail smtp.mailfrom=example.com; dkim=pass header.d=evil.example", IMAP, "", P.FORGED),
        ("mail.example.org; spf=fail smtp.mailfrom=example.com; dkim=pass header.d=example.com", IMAP, "", P.PROVEN),
        ("mail.example.org; spf=fail; dkim=fail header.d=example.com", IMAP, "", P.FORGED),
        ("mail.example.org; dmarc=fail; auth=pass", IMAP, "", P.FORGED),
    ],
)
def test_what_is_proven(found: str, hosts: tuple[str, ...], received_by: str, proof: SenderProof) -> None:
    assert prove_sender(found.lower(), "example.com", ServerNames(hosts, received_by)) is proof


def test_names_of_no_server_prove_nothing() -> None:
    assert prove_sender(GMAIL, "example.com", ServerNames()) is P.OPEN
    assert prove_sender(EXCHANGE, "example.com", ServerNames()) is P.OPEN
    # a public suffix is no organisation: anybody can be below it
    assert prove_sender("evil.co.uk; dmarc=pass", "example.com", ServerNames(("mail.co.uk",))) is P.OPEN


def test_the_topmost_received_names_the_own_server() -> None:
    block = (
        b"Return-Path: <jonas@example.com>\r\nReceived: from mail.example.com (x [192.0.2.1])\r\n\tby MX.Example.org "
        b"(Postfix) with ESMTPS id 4\r\n\tfor <x@example.org>; Mon, 2 Mar 2026 12:00:00 +0000\r\n"
        b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.com\r\n"
        b"Received: from a by mx.evil.example; Mon, 2 Mar 2026 11:00:00 +0000\r\n"
        b"Authentication-Results: mx.evil.example; dmarc=pass\r\nFrom: jonas@example.com\r\n"
    )
    found = copy_facts(block)
    assert found.received_by == "mx.example.org"
    assert prove_sender(found.authentication, "example.com", ServerNames((), found.received_by)) is P.PROVEN
    below = copy_facts(block.replace(b"Authentication-Results: mx.example.org", b"X-Gone: "))
    assert prove_sender(below.authentication, "example.com", ServerNames((), below.received_by)) is P.OPEN


@pytest.mark.parametrize(
    "text", ["dkim=pass " * 4_000, "a;" * 20_000, "dmarc/" + " " * 30_000, "(" * 30_000, "dkim=pass header.d="]
)
def test_any_text_is_read_at_once(text: str) -> None:
    prove_sender(text, "example.com", ServerNames(("example.com",)))
    assert not looks_forged(text, "example.com")
