"""The demo's story holds together on any day, and its files are what they say."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from app.demo.correspondents import find_addresses
from app.demo.documents import pdf
from app.demo.scenes import Action, DemoFile, Story
from app.demo.story import tell
from app.domain.events import EventKind
from app.domain.subjects import base_subject

DAYS = [datetime(2025, 12, 22, 9, tzinfo=UTC) + timedelta(days=n) for n in range(14)]
EXAMPLE_DOMAINS = {"example.com", "example.net", "example.org"}  # RFC 2606


@pytest.fixture(scope="module")
def story() -> Story:
    return tell(datetime(2025, 11, 20, 12, 12, tzinfo=UTC))


def test_everybody_lives_at_an_example_domain(story: Story) -> None:
    addresses = [story.user, *(p.address for p in story.people)]
    assert {a.domain for a in addresses} <= EXAMPLE_DOMAINS
    assert len({a.key for a in addresses}) == len(addresses)
    hosts = {h for m in story.messages for h in re.findall(r'href="https?://([^/"]+)', m.html)}
    assert hosts and all(h.partition(".")[2] in EXAMPLE_DOMAINS for h in hosts)


def test_steps_speak_of_people_and_messages_that_exist(story: Story) -> None:
    names = [m.name for m in story.messages]
    assert [s.message for s in story.steps if s.action is Action.SEND] == names
    assert len({base_subject(m.subject) for m in story.messages}) == len(names)
    recipients = {m.name: {a.addr_spec for a in m.to} for m in story.messages}
    sent: set[str] = set()
    for step in story.steps:
        if step.action is Action.SEND:
            assert step.who == story.user.addr_spec
            sent.add(step.message)
        else:
            assert step.message in sent and step.who in recipients[step.message]
    assert set(story.replies) == {s.message for s in story.steps if s.action is Action.REPLY}
    assert {p.address.addr_spec for p in story.people if not p.has_mailbox} == {
        s.who for s in story.steps if s.action is Action.BOUNCE
    }


def test_the_first_steps_show_every_kind_of_event(story: Story) -> None:
    kinds = {s.action.value for s in story.first(6).steps} - {"send"}
    assert kinds == {k.value for k in EventKind} - {
        "inbox",
        "review",
        "unsubscribe",
        "resubscribe",
    }  # faults, and what is off


@pytest.mark.parametrize(("steps", "messages"), [(0, 0), (1, 1), (4, 1), (5, 2), (99, 5), (None, 5)])
def test_a_shorter_story_sends_fewer_messages(story: Story, steps: int | None, messages: int) -> None:
    cut = story.first(steps)
    assert len(cut.messages) == messages
    assert cut.steps == story.steps[: len(story.steps) if steps is None else steps]


def _next(day: str, month: str, now: datetime) -> datetime:
    """The first such day that is not past."""
    years = (datetime.strptime(f"{day} {month} {now.year + n} +0000", "%d %B %Y %z") for n in (0, 1))
    return next(date for date in years if date > now)


@pytest.mark.parametrize("now", DAYS, ids=lambda d: d.strftime("%a"))
def test_dates_lie_ahead_and_on_the_days_they_name(now: datetime) -> None:
    quote = tell(now).messages[0]
    named = re.findall(r"(Monday|Friday) (\d+) (\w+)", quote.text)
    assert [day for day, *_ in named] == ["Friday", "Monday"]
    until, start = (_next(day, month, now) for _, day, month in named)
    assert (start.weekday(), until.weekday()) == (0, 4)
    assert 7 < (start.date() - now.date()).days <= 14
    assert (until - start).days == 11


def test_the_plain_text_says_what_the_html_says(story: Story) -> None:
    for message in story.messages:
        assert "<" not in message.text and "&" not in message.text
        said = re.findall(r"\w+", re.sub(r"<[^>]+>", " ", message.html))
        assert set(said) <= set(re.findall(r"\w+", message.text))
        for url in re.findall(r'href="([^"]+)"', message.html):
            assert url in message.text


def test_old_mail_is_readable_and_lies_in_the_past(story: Story) -> None:
    now = datetime(2025, 11, 20, 12, 12, tzinfo=UTC)
    ids = set()
    for old in story.old_mail:
        message = email.message_from_bytes(old.raw, policy=email.policy.default)
        assert not message.defects
        assert isinstance(message, EmailMessage) and message["Date"].datetime == old.when < now
        ids.add(message["Message-ID"])
    assert len(ids) == len(story.old_mail)
    assert {o.folder for o in story.old_mail} == {"INBOX", "Sent"}


def _files(story: Story, kind: str) -> list[DemoFile]:
    found = [f for m in (*story.messages, *story.replies.values()) for f in m.files if f.content_type == kind]
    assert found
    return found


def test_pdf_objects_stand_where_the_table_says(story: Story) -> None:
    for file in [*_files(story, "application/pdf"), pdf("x.pdf", "(Å) \\ ł", ["a (b)"])]:
        data = file.content
        assert data.startswith(b"%PDF-1.4\n") and data.endswith(b"%%EOF\n")
        table = int(re.findall(rb"startxref\n(\d+)\n", data)[0])
        count, rows = re.match(
            rb"xref\n0 (\d+)\n0000000000 65535 f \n((?:\d{10} 00000 n \n)+)trailer", data[table:]
        ).groups()
        offsets = [int(row[:10]) for row in rows.splitlines()]
        assert len(offsets) == int(count) - 1
        for number, offset in enumerate(offsets, 1):
            assert data[offset:].startswith(b"%d 0 obj\n" % number)
        length, stream = re.search(rb"/Length (\d+) >>\nstream\n(.*)\nendstream", data, re.DOTALL).groups()
        assert int(length) == len(stream)
    assert b"(\\(\xc5\\) \\\\ ?) Tj" in stream


def test_png_chunks_are_whole(story: Story) -> None:
    for file in _files(story, "image/png"):
        data = file.content
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        chunks, at = {}, 8
        while at < len(data):
            (length,) = struct.unpack(">I", data[at : at + 4])
            kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
            assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
            chunks[kind], at = body, at + 12 + length
        width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
        assert len(zlib.decompress(chunks[b"IDAT"])) == height * (width * 3 + 1)


def test_csv_has_a_heading_and_full_rows(story: Story) -> None:
    for file in _files(story, "text/csv"):
        rows = list(csv.reader(io.StringIO(file.content.decode("utf-8"))))
        assert len(rows) == 5 and {len(row) for row in rows} == {5}
        assert rows[3][:2] == [rows[3][0], "B"] and rows[3][0].startswith("Wednesday")


def test_only_addresses_on_this_computer_are_followed() -> None:
    found = find_addresses(
        '<img src="https://outside.example.com/o.gif"><img src="http://127.0.0.1:8025/o/1.gif"><img src="cid:plan">'
        '<a href="mailto:a@example.org">a</a><a href="http://[::1]:8/c/2">b</a><a href="https://localhost/c/3">c</a>'
        '<a href="http://127.0.0.1.example.com/">d</a><a href="http://[bad/">e</a><a href="ftp://127.0.0.1/">f</a>'
        '<a href="#top">g</a><a>h</a><img>'
    )
    assert found.pictures == ("http://127.0.0.1:8025/o/1.gif",)
    assert found.links == ("http://[::1]:8/c/2", "https://localhost/c/3")
