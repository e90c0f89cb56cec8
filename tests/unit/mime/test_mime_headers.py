"""The cheap header reader: what it makes of good and broken blocks, and that it stays cheap."""

from __future__ import annotations

import email
import email.policy
import time
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import mime_corpus
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.addresses import Address
from app.mime.dates import parse_date
from app.mime.headers import SYNC_FIELDS, HeaderFacts, parse_header_block

TYPICAL = (
    b"Message-ID: <CAJx0123456789abcdef@mail.example.com>\r\n"
    b"In-Reply-To: <17600000.hitchpost@example.org>\r\n"
    b"References: <a1@example.org> <b2@example.org>\r\n <17600000.hitchpost@example.org>\r\n"
    b"From: Jurgen Berg <jurgen@example.com>\r\n"
    b'To: "Anna Lind" <anna@example.org>\r\n'
    b"Subject: Re: Offer for the spring campaign\r\n"
    b"Date: Fri, 3 Jan 2025 10:00:00 +0100\r\n"
    b"\r\n"
)


def test_a_usual_block():
    assert parse_header_block(TYPICAL) == HeaderFacts(
        message_id="CAJx0123456789abcdef@mail.example.com",
        in_reply_to=("17600000.hitchpost@example.org",),
        references=("a1@example.org", "b2@example.org", "17600000.hitchpost@example.org"),
        sender=Address("jurgen@example.com", "Jurgen Berg"),
        to=(Address("anna@example.org", "Anna Lind"),),
        subject="Re: Offer for the spring campaign",
        date=datetime(2025, 1, 3, 9, 0, tzinfo=UTC),
        raw_message_id="<CAJx0123456789abcdef@mail.example.com>",
    )


def test_it_is_cheap_beside_the_standard_library():
    """20 µs are the aim; a busy machine is slower, so what is held is the ratio in the same run."""

    def best(work) -> float:
        times = []
        for _ in range(7):
            start = time.process_time()
            for _ in range(200):
                work()
            times.append(time.process_time() - start)
        return min(times)

    def standard() -> list[str]:
        parsed = email.message_from_bytes(TYPICAL, policy=email.policy.default)
        return [str(parsed[name]) for name in ("message-id", "references", "from", "to", "subject", "date")]

    assert best(standard) > 8 * best(lambda: parse_header_block(TYPICAL))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Message-ID: <a@example.com>", "a@example.com"),
        (b"Message-Id: a@example.com", "a@example.com"),
        (b"message-id:<a@example.com>", "a@example.com"),
        (b"Message-ID: < a@example.com >", "a@example.com"),
        (b"Message-ID:\r\n <a@exam\r\n ple.com>", "a@example.com"),
        (b"Message-ID: <a@example.com> <b@example.com>", "a@example.com"),
        (b"Message-ID: <a@example.com>\r\nMessage-ID: <b@example.com>", "a@example.com"),
        (b"Message-ID: \r\nMessage-ID: <b@example.com>", "b@example.com"),
        (b"Message-ID: =?utf-8?q?=3Ca=40example=2Ecom=3E?=", "a@example.com"),
        (b"Subject: none", ""),
    ],
)
def test_message_ids_in_every_form(raw, expected):
    assert parse_header_block(raw).message_id == expected


def test_ids_of_repeated_fields_are_all_there():
    facts = parse_header_block(
        b"References: <a@example.com>\r\nReferences: <b@example.com>\r\nIn-Reply-To: <c@example.com> (Bob's message)\r\n"
    )
    assert facts.references == ("a@example.com", "b@example.com")
    assert facts.in_reply_to == ("c@example.com",)


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Subject: =?utf-8?q?Bj=C3=B6rn?=", "Björn"),
        (b"Subject: =?ISO-8859-2?B?v/PzsQ==?=", "żóóą"),
        (b"Subject: =?utf-8?b?w7Y?= =?utf-8?b?w6U=?=", "öå"),
        (b"Subject: =?utf-8?q?=C3?= =?utf-8?q?=B6?=", "ö"),
        (b"Subject: =?utf-8?q?one?=\r\n =?iso-8859-1?q?_tv=E5?= three", "one två three"),
        (b"Subject: =?us-ascii*en?q?Hi?=", "Hi"),
        (b"Subject: =?utf-8?q?with spaces inside?=", "with spaces inside"),
        (b"Subject: =?x-unknown?q?caf=C3=A9?=", "café"),
        (b"Subject: =?utf-8?b?a?= broken", "=?utf-8?b?a?= broken"),
        (b"Subject: =?iso-2022-jp?b?GyRCJDMkcxsoQg==?= =?iso-2022-jp?b?GyRCJEskQRsoQg==?=", "こんにち"),
        (b"Subject: sm\xc3\xb6rg\xc3\xa5s", "smörgås"),
        (b"Content-Type: text/plain; charset=iso-8859-2\r\nSubject: \xbf\xf3\xb3w", "żółw"),
        (b"Subject: caf\xe9", "café"),
        (b"Subject: a\r\n\tb\r\n   c", "a b c"),
        (b"Subject: =?utf-8?q?evil=0D=0ABcc:_x?=", "evil Bcc: x"),
        (b"Subject: gpj.\xe2\x80\xaeexe", "gpj.exe"),
    ],
)
def test_subjects(raw, subject):
    assert parse_header_block(raw).subject == subject


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fri, 3 Jan 2025 10:00:00 +0100", datetime(2025, 1, 3, 9, tzinfo=UTC)),
        ("3 Jan 2025 10:00 -0230", datetime(2025, 1, 3, 12, 30, tzinfo=UTC)),
        ("Fri, 3 Jan 25 10:00:00 GMT", datetime(2025, 1, 3, 10, tzinfo=UTC)),
        ("Fri, 3 Jan 99 10:00:00 EST", datetime(1999, 1, 3, 15, tzinfo=UTC)),
        ("Fri, 3 Jan 2025 10:00:00 +0100 (CET)", datetime(2025, 1, 3, 9, tzinfo=UTC)),
        ("Fri, 03 Jan 2025 10:00:60 +0000", datetime(2025, 1, 3, 10, 0, 59, tzinfo=UTC)),
        ("2025-01-03T10:00:00+01:00", datetime(2025, 1, 3, 9, tzinfo=UTC)),
        ("Fri Jan  3 10:00:00 2025", datetime(2025, 1, 3, 10, tzinfo=UTC)),
        ("Fri, 31 Feb 2025 10:00:00 +0000", None),
        ("Mon, 1 Jan 0001 00:00:00 +1400", None),
        ("", None),
        ("soon", None),
    ],
)
def test_dates(text, expected):
    assert parse_date(text) == expected


@given(st.integers(40_000_000, 7_000_000_000), st.integers(-12 * 4, 14 * 4))
def test_every_written_date_is_read_back(moment, quarters):
    aware = datetime.fromtimestamp(moment, timezone(timedelta(minutes=15 * quarters)))
    assert parse_date(email.utils.format_datetime(aware)) == aware


def test_automatic_mail_is_told_by_its_marks():
    assert parse_header_block(b"Auto-Submitted: auto-replied (vacation)").is_automatic
    assert parse_header_block(b"Precedence: Bulk").is_automatic
    assert parse_header_block(b"List-Id: <news.example.com>").is_automatic
    assert parse_header_block(b"List-Unsubscribe: <mailto:u@example.com>").is_automatic
    assert parse_header_block(b"X-Autoreply: yes").is_automatic
    assert not parse_header_block(
        b"Auto-Submitted: no\r\nX-Auto-Response-Suppress: All\r\nFrom: a@example.com"
    ).is_automatic
    assert not parse_header_block(TYPICAL).is_automatic


def test_a_report_is_told_by_its_form_and_not_by_a_name():
    report = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n"
    assert parse_header_block(report).is_delivery_report
    assert parse_header_block(b"Return-Path: <>\r\nFrom: MAILER-DAEMON (Mail System)\r\n").is_delivery_report
    assert not parse_header_block(b"From: Postmaster General <postmaster@example.com>\r\n").is_delivery_report
    assert not parse_header_block(b"Return-Path: <>\r\nFrom: bob@example.com\r\n").is_delivery_report
    stranger = b"From: boss@example.com\r\nX-Failed-Recipients: ada@example.com\r\n"
    assert not parse_header_block(stranger).is_delivery_report
    assert not parse_header_block(b"From: MAILER-DAEMON@example.com\r\n").is_delivery_report
    assert not parse_header_block(b"Content-Type: multipart/report; boundary=x\r\n").is_delivery_report
    complaint = b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\r\n"
    assert not parse_header_block(complaint).is_delivery_report


def test_the_null_path_is_not_a_missing_one():
    assert parse_header_block(b"Return-Path: <>").return_path == ""
    assert parse_header_block(b"Return-Path: <a@example.com>").return_path == "a@example.com"
    assert parse_header_block(b"Subject: x").return_path is None


def test_the_fields_to_fetch_feed_every_fact():
    block = b"".join(name.encode() + b": <x@example.com>\r\n" for name in SYNC_FIELDS)
    facts = parse_header_block(block.replace(b"Date: <x@example.com>", b"Date: Fri, 3 Jan 2025 10:00:00 +0000"))
    empty = HeaderFacts()
    assert [n for n in vars(empty) if getattr(facts, n) == getattr(empty, n)] == ["other_senders"]  # of one sender


@pytest.mark.parametrize("name", mime_corpus.hostile())
def test_hostile_blocks_are_read_in_time(name):
    raw = mime_corpus.hostile()[name]
    start = time.process_time()
    facts = parse_header_block(raw)
    assert time.process_time() - start < 1.5
    assert "\n" not in facts.subject and "\r" not in facts.subject


@settings(max_examples=400)
@given(st.binary(max_size=3_000))
def test_any_bytes_will_do(raw):
    parse_header_block(raw)


_FIELDISH = st.lists(
    st.tuples(
        st.sampled_from([*SYNC_FIELDS, "X", ""]),
        st.text("<>()[]\",;:@\\ =?utf-8bqQ.abc\r\n\t'\x00é", max_size=80),
    ),
    max_size=12,
)


@settings(max_examples=400)
@given(_FIELDISH)
def test_anything_that_looks_like_fields_will_do(fields):
    facts = parse_header_block("\r\n".join(f"{n}: {v}" for n, v in fields).encode())
    for text in (facts.subject, facts.message_id, *facts.references, *(a.addr_spec for a in facts.to)):
        assert "\n" not in text and "\r" not in text


@settings(max_examples=150)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")), max_size=60),
    st.text("abc äöå żó 日本", max_size=40),
)
def test_the_same_as_the_standard_library_on_good_headers(subject, name):
    written = EmailMessage(policy=email.policy.SMTP)
    written["Subject"] = subject
    written["From"] = email.headerregistry.Address(" ".join(name.split()), "anna", "example.com")
    facts = parse_header_block(bytes(written))
    parsed = email.message_from_bytes(bytes(written), policy=email.policy.default)
    assert facts.subject == " ".join(str(parsed["Subject"]).split())
    assert facts.sender is not None
    assert facts.sender.addr_spec == "anna@example.com"


def test_several_people_in_from() -> None:
    facts = parse_header_block(b"From: a@example.com, b@example.com\nFrom: A <A@example.com>\nFrom: c@example.com\n")
    assert facts.sender == Address("a@example.com")
    assert [a.addr_spec for a in facts.other_senders] == ["b@example.com", "c@example.com"]
