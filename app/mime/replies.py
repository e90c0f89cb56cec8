"""What a person wrote in a message, without what it quotes: structure first, words second. Used by `reading` and `inspect`."""

from __future__ import annotations

from app.mime.charsets import body_text
from app.mime.html_quote import split_html_reply
from app.mime.html_text import html_to_text
from app.mime.quoting import split_reply

MAX_TEXT = 5_000_000  # characters


def reply_in_text(text: str) -> tuple[str, str]:
    """(the answer, what it quotes) of plain text, which has nothing but words to go by."""
    return split_reply(body_text(text[:MAX_TEXT]))


def reply_in_html(html: str) -> tuple[str, str]:
    """(the answer, what it quotes) of HTML, both as text: first by the elements in which mail programs wrap a quotation,
    then by words in what is left. Never raises; bounded by `html_text.MAX_HTML`."""
    shown, quoted = split_html_reply(html)
    answer, rest = split_reply(html_to_text(shown))
    below = html_to_text(quoted) if quoted else ""
    return answer, "\n\n".join(part for part in (rest, below) if part.strip())


def visible_reply(text: str, html: str, *, text_is_made: bool) -> tuple[str, str]:
    """The same for a message that may have both. `text_is_made`: the text was made from the HTML. Of two forms the text
    goes first, being what is shown; where nothing is found in it, the HTML may know better."""
    if html and text_is_made:
        return reply_in_html(html)
    answer, quoted = reply_in_text(text)
    if html and not quoted:
        answer_in_html, quoted_in_html = reply_in_html(html)
        if quoted_in_html and answer_in_html:
            return answer_in_html, quoted_in_html
    return answer, quoted
