"""The answer out of text or HTML, and what `inspect reply` says of it."""

# ruff: noqa: E501  (markup is easier to judge whole)

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.main import main
from app.mime.inspect import inspect_reply
from app.mime.reading import read_message
from app.mime.replies import reply_in_html, reply_in_text, visible_reply

ON = "On Fri, Jan 3, 2025 at 10:00 AM Anna Berg &lt;anna@example.com&gt; wrote:"
INTERLEAVED = (
    f'<div dir="ltr">Hi</div><br><div class="gmail_quote"><div class="gmail_attr">{ON}<br></div><blockquote class="gmail_quote">one?'
    '</blockquote><div>Answer one.</div><blockquote class="gmail_quote">two?</blockquote><div>Answer two.</div></div>'
)
FORWARDED = (
    '<div dir="ltr">FYI<br><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: <b>Anna</b>'
    '<br></div>body<blockquote class="gmail_quote">older</blockquote> rest</div></div>'
)


@pytest.mark.parametrize(
    ("html", "answer", "quoted"),
    [
        (INTERLEAVED, "Hi\n\nAnswer one.\nAnswer two.", ["> one?", "> two?", "wrote:"]),
        (FORWARDED, "FYI", ["body", "> older", "rest"]),
        (f'<p>Yes</p><blockquote type="cite"><div>{ON}</div>a</blockquote><p>No</p><blockquote type="cite">b</blockquote>', "Yes\n\nNo", ["> a", "> b"]),
        ('<div>ok</div><div id="x_divRplyFwdMsg"><b>From:</b> A</div><div>old</div>', "ok", ["old"]),
        ('<div>ok</div><div id="mail-editor-reference-message-container"><div>old</div></div>', "ok", ["old"]),
        ('<div>ok</div><div name="messageReplySection">On Monday wrote:<blockquote>old</blockquote></div>', "ok", ["old"]),
        ('<div>ok</div><div class="sh-quoted-content">old</div>', "ok", ["old"]),
        ("<div>ok</div><div>-------- Original message --------</div><div>From: Anna &lt;a@example.com&gt;</div><div>old</div>", "ok", ["old"]),
        ("<div>Bob answers<br>&gt; old<br>more</div>", "Bob answers\nmore", ["> old"]),
        ("<p>nothing quoted</p>", "nothing quoted", []),
        ("", "", []),
    ],
)  # fmt: skip
def test_html(html: str, answer: str, quoted: list[str]) -> None:
    visible, below = reply_in_html(html)
    assert visible == answer
    assert all(piece in below for piece in quoted)
    assert bool(below) == bool(quoted)


def test_signatures_belong_to_the_answer() -> None:
    text = "Fine.\n\n-- \nBob\n\nSent from my iPhone"
    assert reply_in_text(text + "\n\nOn 3 Jan 2025, at 10:00, Anna <anna@example.com> wrote:\n\n> old")[0] == text


def test_the_html_helps_where_the_text_has_no_marks() -> None:
    """As programs write that make their plain text without any sign of a quotation."""
    html = '<div>Yes.</div><div class="yahoo_quoted"><p>Shall we?</p></div>'
    assert visible_reply("Yes.\n\nShall we?", html, text_is_made=False) == ("Yes.", "Shall we?")
    both = (
        b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\nYes.\r\n\r\nShall we?\r\n--x\r\n"
        b"Content-Type: text/html\r\n\r\n" + html.encode() + b"\r\n--x--\r\n"
    )
    message = read_message(both)
    assert (message.text.strip(), message.visible_text) == ("Yes.\n\nShall we?", "Yes.")


def test_what_inspect_reply_says(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"id": 1, "input": {"content_type": "text/plain", "text": "a\r\n\r\n> b"}},
        {"id": 2, "input": {"content_type": "Text/HTML; charset=utf-8", "text": INTERLEAVED}},
        {"id": 3, "input": {"content_type": 1, "text": "x"}},
        {"id": 4, "input": "x"},
    ]
    stdin = io.TextIOWrapper(io.BytesIO("\n".join(map(json.dumps, lines)).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main(["inspect", "reply", "--batch"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0] == {"id": 1, "result": {"reply_text": "a", "quoted_text": "> b"}}
    assert answers[1]["result"]["reply_text"].endswith("Answer two.")
    assert "error" in answers[2] and "error" in answers[3]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400), st.sampled_from(["text/html", "text/plain", "", "x"]))
def test_any_text_will_do(text: str, content_type: str) -> None:
    answer = inspect_reply(content_type, text)
    assert set(answer) == {"reply_text", "quoted_text"}
    assert len(str(answer["reply_text"])) + len(str(answer["quoted_text"])) <= 4 * len(text) + 10
