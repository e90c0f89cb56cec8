"""Where an answer in HTML ends and its quotation begins: as the mail programs of the world write it."""

# ruff: noqa: E501  (markup is easier to judge whole)

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mime.html_quote import split_html_reply
from app.mime.html_text import html_to_text

ON = "On Thu, 20 Nov 2025 at 12:12, Jonas Ahl &lt;jonas@example.org&gt; wrote:"
OLD = "<p>What do you <b>think</b>?</p>"
ANSWER = "<p>Yes, <i>gladly</i>: at 5:</p>"

PROGRAMS = {
    "gmail": f'<div dir="ltr">{ANSWER}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{ON}<br></div><blockquote class="gmail_quote" style="margin:0">{OLD}</blockquote></div>',
    "thunderbird": f'<html><head><style>p {{}}</style></head><body>{ANSWER}<div class="moz-cite-prefix">{ON}<br></div><blockquote type="cite" cite="mid:1@example.org">{OLD}</blockquote></body></html>',
    "apple": f'<html><body>{ANSWER}<div><br><blockquote type="cite"><div>{ON}</div><br><div>{OLD}</div></blockquote></div></body></html>',
    "outlook on the web": f'<div>{ANSWER}</div><div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> Jonas Ahl</div>{OLD}',
    "outlook without its mark": f'<div>{ANSWER}</div><hr><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> Jonas Ahl</div>{OLD}',
    "outlook on desktops": f"<div class=WordSection1>{ANSWER}<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p><b>From:</b> Jonas Ahl</p></div>{OLD}</div>",
    "yahoo": f'<div>{ANSWER}</div><div id="ydp1yahoo_quoted" class="yahoo_quoted"><div>{ON}</div>{OLD}</div>',
    "proton": f'<div>{ANSWER}</div><div class="protonmail_quote">{ON}<br><blockquote class="protonmail_quote" type="cite">{OLD}</blockquote></div>',
    "gmx": f'<div>{ANSWER}<div name="quote" style="margin:10px"><div>{ON}</div>{OLD}</div></div>',
    "this program": f'<p>x</p>{ANSWER}<div class="hitchpost-quote"><p>{ON}</p><blockquote type="cite">{OLD}</blockquote></div><!-- /hitchpost-quote -->',
    "line above in a paragraph": f'{ANSWER}<p id="reply">{ON}</p><blockquote type="cite">{OLD}</blockquote>',
    "line above without an element": f'<div>{ANSWER}</div>{ON}<br><blockquote type=cite>{OLD}</blockquote>',
    "unmarked blockquote": f"<div>{ANSWER}</div><div>{ON}</div><blockquote>{OLD}</blockquote>",
    "upper case": f'<DIV>{ANSWER}</DIV><DIV CLASS="GMAIL_QUOTE">{ON}<BLOCKQUOTE>{OLD}</BLOCKQUOTE></DIV>',
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_quotation_is_cut_off(program: str) -> None:
    shown, quoted = split_html_reply(PROGRAMS[program])
    assert html_to_text(shown).removeprefix("x\n\n") == "Yes, gladly: at 5:"
    assert "<i>gladly</i>" in shown
    assert "What do you think?" in html_to_text(quoted)


def test_an_answer_below_the_quotation_is_shown() -> None:
    html = f'<div class="moz-cite-prefix">{ON}</div><blockquote type="cite">{OLD}<blockquote>older</blockquote></blockquote>{ANSWER}'
    shown, quoted = split_html_reply(html)
    assert html_to_text(shown) == "Yes, gladly: at 5:"
    assert "older" in quoted


@pytest.mark.parametrize(
    "html",
    [
        "",
        "plain words",
        "<p>No quotation here</p>",
        f'<div class="gmail_quote">{ON}{OLD}</div>',  # nothing else: it is all there is to read
        f'<blockquote type="cite">{OLD}<p>answered between the lines</p></blockquote>',
        "<p>The law says</p><blockquote>Be good.</blockquote><p>I agree.</p>",
        '<!-- <div class="gmail_quote">x</div> --><p>words</p>',
        "<style>.gmail_quote { color: red }</style><p>words</p>",
    ],
)
def test_without_a_quotation_all_is_shown(html: str) -> None:
    assert split_html_reply(html) == (html, "")


def test_a_picture_alone_is_an_answer() -> None:
    assert (
        split_html_reply('<img src="cid:a"><div class="gmail_quote">x</div>')[1] == '<div class="gmail_quote">x</div>'
    )


_PIECES = st.sampled_from(
    [
        "<div>", "</div>", "<blockquote type=cite>", "</blockquote>", '<div class="gmail_quote">', "words 5:", "<br>", "<!--", "-->", "<", ">",
        "<style>", "</style>", "<div id=appendonsend>", "<p", "&lt;", "<blockquote>", '<img src="', "'", "<title>", "@:",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=60))
@settings(max_examples=300, deadline=None)
def test_nothing_is_lost_and_nothing_raises(pieces: list[str]) -> None:
    html = "".join(pieces)
    shown, quoted = split_html_reply(html)
    assert len(shown) + len(quoted) == len(html)
    assert not quoted or sorted(shown + quoted) == sorted(html)


@pytest.mark.parametrize(
    "piece",
    ["<blockquote type=cite>", "<blockquote>x5:", '<div class="gmail_quote">x</div>', "<style>", "<!--", "<", "<div ", "<br>x5:<blockquote></blockquote>",
     '<div id="', "<br>", "class=", "<p class=a class=b id=c "],
)  # fmt: skip
def test_purpose_made_input_takes_no_time(piece: str) -> None:
    html = (piece * (600_000 // len(piece)))[:600_000]
    started = time.process_time()
    split_html_reply("<p>words</p>" + html)
    assert time.process_time() - started < 3
