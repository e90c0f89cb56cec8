"""The quoted original in a draft's HTML, between marks by which it is found again when the draft is opened. Used by Compose,
and where a draft loses what it quotes."""

from __future__ import annotations

QUOTE_OPEN = '<div class="hitchpost-quote">'
QUOTE_CLOSE = "</div><!-- /hitchpost-quote -->"


def split_quote(draft_html: str) -> tuple[str, str]:
    """(what was written, the quoted original) of a stored draft; the second is empty where there is none."""
    start, end = draft_html.find(QUOTE_OPEN), draft_html.rfind(QUOTE_CLOSE)
    if start < 0 or end < start:
        return draft_html, ""
    end += len(QUOTE_CLOSE)
    return draft_html[:start] + draft_html[end:], draft_html[start:end]
