"""To whom a reply goes, what it quotes, and when it is no reply any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from app.domain.addresses import Address
from app.mime.cleaning import strip_tracking
from app.mime.draft_quote import split_quote
from app.ui.compose.replying import (
    left_the_conversation,
    quote_body,
    quoted_html,
    quoted_text,
    reply_to,
)
from tests.ui.compose.stand_in import ANDERS, KARIN, LONG, ME, received


def without_ours(html: str) -> str:
    return strip_tracking(html, {"t.example.org"})


OWN = ("Jonas@example.org", "hello@example.org")


def test_a_reply_goes_to_the_sender_and_knows_the_others():
    assert reply_to(received(), OWN) == ((KARIN,), (ANDERS,))


def test_an_answer_to_ones_own_message_goes_to_its_recipients():
    sent = received(direction="sent", sender=ME, to=(KARIN, Address("hello@example.org")), cc=(ANDERS,))
    assert reply_to(sent, OWN) == ((KARIN,), (ANDERS,))


def test_a_note_to_oneself_can_be_answered():
    own = received(direction="sent", sender=ME, to=(ME,), cc=())
    assert reply_to(own, OWN) == ((ME,), ())


def test_the_conversation_is_left_when_nobody_of_it_is_there():
    assert left_the_conversation(received(), [LONG], OWN)
    assert left_the_conversation(received(), [LONG, ME], OWN)
    assert not left_the_conversation(received(), [LONG, replace(ANDERS, addr_spec="Anders.Berg@Example.com")], OWN)
    assert not left_the_conversation(received(), [], OWN)
    assert not left_the_conversation(received(), [ME], OWN)


def test_the_quote_has_no_picture_of_ours_and_nothing_that_runs():
    parent = received(
        html='<p onclick="x()">See <a href="https://t.example.org/c/abc">the plan</a><script>alert(1)</script>'
        '<img src="https://t.example.org/o/abc.gif" width="1" height="1"><img src="https://example.net/logo.png" alt="Logo">'
    )
    quote = quoted_html(parent, without_ours, UTC)
    assert "t.example.org" not in quote
    assert "<img" not in quote
    assert "script" not in quote
    assert "onclick" not in quote
    assert "the plan" in quote
    assert "On 20 November 2026 at 13:26, Karin Lindqvist wrote:" in quote


def test_a_name_with_markup_stays_text():
    quote = quoted_html(received(sender=Address("x@example.com", "<b>Eve</b>")), strip_tracking, UTC)
    assert "&lt;b&gt;Eve&lt;/b&gt; wrote" in quote


def test_plain_mail_is_quoted_with_its_lines():
    assert quoted_text(received(), UTC) == (
        "On 20 November 2026 at 13:26, Karin Lindqvist wrote:\n> Can you move the start to Monday?\n>\n> Karin"
    )


def test_a_stored_draft_is_taken_apart_again():
    quote = quoted_html(received(), strip_tracking, UTC)
    assert split_quote(f"<div>Hi</div>{quote}") == ("<div>Hi</div>", quote)
    assert split_quote("<div>Hi</div>") == ("<div>Hi</div>", "")
    assert "hitchpost-quote" not in quote_body(quote)
    assert "Monday" in quote_body(quote)
