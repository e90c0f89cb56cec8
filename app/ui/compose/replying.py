"""Answering a message: to whom, what is quoted, and whether it is still the same conversation (M8). No widgets."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Iterable
from datetime import tzinfo

from app.domain.addresses import Address, address_key
from app.domain.views import TimelineMessage
from app.mime.draft_quote import QUOTE_CLOSE, QUOTE_OPEN
from app.mime.html_text import html_to_text, text_to_html
from app.mime.sanitise import sanitise_html

_BLOCKQUOTE = '<blockquote type="cite" style="margin:0 0 0 4px;padding:0 0 0 12px;border-left:2px solid #c6cad2">'


def reply_to(parent: TimelineMessage, own: Collection[str]) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """(whom a reply goes to, who else was in the conversation). `own`: the user's own addresses."""
    mine = {address_key(a) for a in own}
    answered = parent.to if parent.direction == "sent" else (parent.sender,)
    to = _unique(answered, mine) or _unique((parent.sender,), set())
    taken = mine | {a.key for a in to}
    return to, _unique((parent.sender, *parent.to, *parent.cc), taken)


def left_the_conversation(parent: TimelineMessage, recipients: Iterable[Address], own: Collection[str]) -> bool:
    """M8: there are recipients, and none of them took part in the original."""
    mine = {address_key(a) for a in own}
    members = {a.key for a in (parent.sender, *parent.to, *parent.cc)} - mine
    asked = {a.key for a in recipients} - mine
    return bool(asked) and bool(members) and not asked & members


def attribution(parent: TimelineMessage, zone: tzinfo | None = None) -> str:
    at = parent.date.astimezone(zone)
    return f"On {at.day} {at:%B %Y} at {at:%H:%M}, {parent.sender.label} wrote:"


def quoted_html(parent: TimelineMessage, clean_html: Callable[[str], str], zone: tzinfo | None = None) -> str:
    """The original, fit to go out again: sanitised, and by `clean_html` without our picture and counted links or anybody
    else's (M6). Pictures that came with it stay behind."""
    body = parent.html or text_to_html(parent.text)
    clean = sanitise_html(clean_html(body))
    return f"{QUOTE_OPEN}<p>{html.escape(attribution(parent, zone))}</p>{_BLOCKQUOTE}{clean}</blockquote>{QUOTE_CLOSE}"


def quoted_text(parent: TimelineMessage, zone: tzinfo | None = None) -> str:
    """The original for the plain part: the attribution, then each line behind "> "."""
    lines = (parent.text or html_to_text(parent.html)).rstrip().splitlines()
    return "\n".join([attribution(parent, zone), *(f"> {line}" if line else ">" for line in lines)])


def quote_body(quote: str) -> str:
    """A marked quote without its marks, sanitised once more: a stored draft may come from anywhere."""
    return sanitise_html(quote.removeprefix(QUOTE_OPEN).removesuffix(QUOTE_CLOSE))


def _unique(addresses: Iterable[Address], without: Collection[str]) -> tuple[Address, ...]:
    seen: dict[str, Address] = {}
    for a in addresses:
        if a.key and a.key not in without:
            seen.setdefault(a.key, a)
    return tuple(seen.values())
