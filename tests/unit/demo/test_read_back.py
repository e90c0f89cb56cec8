"""What the demo's people and its mail server write is understood by the program's own reader."""

from __future__ import annotations

import email
import email.policy
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest

from app.demo.bounces import Failure, delivery_report
from app.demo.people import PEOPLE
from app.demo.replies import write_reply
from app.demo.scenes import Person
from app.demo.story import tell
from app.mime.reading import read_message

NOW = datetime(2025, 11, 20, 14, 41, tzinfo=timezone(timedelta(hours=1)))
STORY = tell(NOW)


def quote(text: str = STORY.messages[0].text) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Jonas Ahl <jonas@example.org>"
    message["Subject"] = "Revised quote"
    message["Message-ID"] = "<quote@example.org>"
    message["Date"] = NOW
    message.set_content(text)
    message.add_alternative(STORY.messages[0].html, "html")
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


@pytest.mark.parametrize("person", [p for p in PEOPLE if p.has_mailbox], ids=lambda p: p.language)
def test_the_answer_is_parted_from_the_quote(person: Person) -> None:
    reply = STORY.replies["quote"]
    read = read_message(write_reply(person, quote(), reply, NOW))
    assert read.kind == "normal" and read.defects == ()
    assert read.visible_text.startswith(reply.text)
    assert "Three things to know" not in read.visible_text and "<jonas@example.org>" not in read.visible_text
    assert read.quoted_lines >= len(STORY.messages[0].text.splitlines())
    assert read.headers.references == ("quote@example.org",)
    assert read.headers.sender == person.address
    assert [a.filename for a in read.attachments] == ["Delivery terms 2025.pdf"]


@pytest.mark.parametrize("text", ["Short.", "å" * 60_000])
def test_the_report_is_a_hard_bounce_of_the_message(text: str) -> None:
    raw = quote(text).as_bytes(policy=email.policy.SMTP)
    why = Failure("p.nowak@example.org", "5.1.1", "<p.nowak@example.org>: Recipient address rejected: User unknown")
    read = read_message(delivery_report(raw, why, to="jonas@example.org", host="mail.example.org", when=NOW))
    assert read.kind == "bounce" and read.defects == ()
    (failure,) = read.failures
    assert (failure.recipient, failure.status, failure.smtp_code) == ("p.nowak@example.org", "5.1.1", 550)
    assert failure.hard
    assert read.original_message_id == "quote@example.org"
