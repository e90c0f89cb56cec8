"""Answers in the demo look like those of real mail programs."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage

import pytest

from app.demo.people import KARIN, MAREK
from app.demo.replies import attribution_line, write_reply
from app.demo.scenes import DemoFile, Person, Reply
from app.domain.addresses import Address

NOW = datetime(2025, 11, 20, 14, 41, tzinfo=timezone(timedelta(hours=1)))
JONAS = Address("jonas@example.org", "Jonas Ahl")
REPLY = Reply("Hej Jonas,\n\ndet passar bra.", (DemoFile("Villkor.pdf", "application/pdf", b"%PDF-1.4"),))
PIXEL = '<img src="http://127.0.0.1:8025/o/token.gif" width="1" height="1">'


def original(**fields: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"{JONAS}"
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    message.set_content("Hi Karin,\n\nthe price holds until Friday.\n")
    message.add_alternative(f"<html><body lang=en><p>Hi Karin,</p>{PIXEL}</body></html>", "html")
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


def answer(person: Person, message: EmailMessage) -> EmailMessage:
    raw = write_reply(person, message, REPLY, NOW)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert not any(part.defects for part in read.walk())
    return read


def test_it_joins_the_thread() -> None:
    message = original(
        Message_ID="<quote-2@example.org>",
        References="<quote-0@example.org> <quote-1@example.org>",
        Subject="Re: Quote",
    )
    reply = answer(KARIN, message)
    assert reply["In-Reply-To"] == "<quote-2@example.org>"
    assert reply["References"] == "<quote-0@example.org> <quote-1@example.org> <quote-2@example.org>"
    assert reply["Subject"] == "Re: Quote"
    assert reply["To"] == "Jonas Ahl <jonas@example.org>" and reply["From"] == str(KARIN.address)
    assert reply["Date"].datetime == NOW
    assert reply["Message-ID"] != answer(KARIN, message)["Message-ID"]


def test_it_can_answer_a_message_without_id_subject_or_date() -> None:
    reply = answer(MAREK, original())
    assert reply["In-Reply-To"] is None and reply["References"] is None
    assert reply["Subject"] == "Re:"
    assert reply["From"].addresses[0].display_name == "Marek Wójcik"


def test_text_comes_first_then_signature_then_the_quote() -> None:
    text = answer(MAREK, original(Date="Thu, 20 Nov 2025 11:12:00 +0000")).get_body(("plain",)).get_content()
    assert text.splitlines() == [
        *REPLY.text.splitlines(),
        "",
        "-- ",
        "Marek Wójcik",
        "Transport planner",
        "Odra Spedycja sp. z o.o.",
        "+48 71 555 01 18",
        "",
        "czw., 20 lis 2025 o 12:12 Jonas Ahl <jonas@example.org> napisał(a):",
        "",
        "> Hi Karin,",
        ">",
        "> the price holds until Friday.",
    ]


def test_a_webmail_program_quotes_the_html_with_what_is_in_it() -> None:
    html = answer(KARIN, original()).get_body(("html",)).get_content()
    assert html.count(PIXEL) == 1 and "<body" not in html
    assert html.index("det passar bra.") < html.index("gmail_signature") < html.index("<blockquote") < html.index(PIXEL)
    assert answer(MAREK, original()).get_body(("html",)) is None


def test_files_are_attached() -> None:
    (file,) = answer(KARIN, original()).iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "Villkor.pdf",
        "application/pdf",
        b"%PDF-1.4",
    )


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("sv", "Den tors 20 nov. 2025 kl 09:05 skrev Jonas Ahl <jonas@example.org>:"),
        ("da", "Den tors. 20. nov. 2025 kl. 09.05 skrev Jonas Ahl <jonas@example.org>:"),
        ("nb", "tor. 20. nov. 2025 kl. 09:05 skrev Jonas Ahl <jonas@example.org>:"),
        ("pl", "czw., 20 lis 2025 o 09:05 Jonas Ahl <jonas@example.org> napisał(a):"),
        ("en", "On Thu, 20 Nov 2025 at 09:05, Jonas Ahl <jonas@example.org> wrote:"),
        ("fr", "On Thu, 20 Nov 2025 at 09:05, Jonas Ahl <jonas@example.org> wrote:"),
    ],
)
def test_the_line_above_the_quote_is_in_the_readers_language(language: str, line: str) -> None:
    assert attribution_line(language, JONAS, datetime(2025, 11, 20, 9, 5, tzinfo=UTC)) == line
