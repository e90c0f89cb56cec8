"""What a forwarded message forwards: the original's people, subject, date and texts. Used by the logging of forwarded mail
and by `inspect forward`.

The text part decides where the copied message begins; the HTML is cut at the same place and supplies what the text lacks.
One of the two alone is read as well (`Forward.has_text`, `has_html`): whether both must be there is for the rules of
logging to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.addresses import Address
from app.mime.bodies import ReadAttachment
from app.mime.fields import split_fields
from app.mime.forward_block import Block
from app.mime.forward_clients import client_of
from app.mime.forward_copies import Copy, find_copy
from app.mime.forward_cut import html_above, html_below, note_above, text_below
from app.mime.forward_date_words import date_languages
from app.mime.forward_dates import read_date
from app.mime.forward_lines import Line, html_lines, text_lines
from app.mime.forward_parties import parties, party
from app.mime.forward_signs import NO_COPY, NO_SENDER, REPORT, Outer, decide
from app.mime.forward_words import CC, DATE, FROM, REPLY, SUBJECT, TO, subject_sign
from app.mime.html_text import html_to_text
from app.mime.kinds import BOUNCE, FEEDBACK
from app.mime.reading import ReadMessage, read_message
from app.mime.structure import header_end

_WHOLE = frozenset({"message/rfc822", "message/global"})
INLINE, ATTACHED = "inline", "attached"


@dataclass(frozen=True)
class Original:
    """The forwarded message. `sender` may lack an address (`addr_spec` empty) where only a name was copied. `date` is aware
    where the copy says a zone and naive where it does not: then it is the clock of whoever forwarded. `body_html` is as sent,
    not sanitised, and empty where the message has no HTML; `body_text` is made from it where it has no text."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    body_text: str
    body_html: str
    message_id: str = ""  # known of messages that were forwarded as attachments


@dataclass(frozen=True)
class Forward:
    """`form`: "inline" or "attached"; `language`: of the copied header, a CLDR code, empty where nothing tells; `reason`: why
    it is no forward, or what it lacks; `original` is None unless `forwarded`."""

    forwarded: bool
    note: str
    client: str
    language: str
    original: Original | None
    reason: str
    form: str = ""
    has_text: bool = False
    has_html: bool = False


def read_forward(raw: bytes) -> Forward:
    """What `raw`, a whole message, forwards. Of a forward of a forward it is the outermost: the inner one stays in its body.
    Any bytes will do; never raises, and its work is bounded as that of `reading`."""
    message = read_message(raw)
    end, _ = header_end(raw, 0, len(raw))
    fields = split_fields(raw[:end])
    return forward_of(message, fields)


def forward_of(message: ReadMessage, fields: list[tuple[str, str]]) -> Forward:
    """The same for a message that has been read; `fields`: of its header, names in lower case."""
    has_text = bool({"text/plain", "text/enriched", "text/richtext"} & set(message.leaf_types)) and bool(
        message.text.strip()
    )
    has_html = bool(message.html.strip())
    if message.kind in (BOUNCE, FEEDBACK):
        return Forward(False, "", "", "", None, REPORT, "", has_text, has_html)
    outer = _outer(message, fields)
    found = _inline(message, outer, has_text, has_html)
    if found.copy is not None and not found.reason:
        original = _original(found, outer, message.headers.date)
        line = found.lines[found.copy.at].shown
        reason = "" if original.sender.addr_spec else NO_SENDER
        return Forward(
            True, found.note, client_of(fields, message.html, found.copy, line), _language(found.copy, outer), original, reason,
            INLINE, has_text, has_html,
        )  # fmt: skip
    attached = next((a for a in message.attachments if _is_message(a)), None)
    sign, _, _ = subject_sign(outer.subject)
    if attached is not None and (sign != REPLY or outer.says_forwarded):
        original = _attached(attached)
        reason = "" if original.sender.addr_spec else NO_SENDER
        note = message.text.strip("\n").rstrip()
        return Forward(
            True, note, client_of(fields, message.html, None, ""), "", original, reason, ATTACHED, has_text, has_html
        )
    return Forward(False, "", "", "", None, found.reason or NO_COPY, "", has_text, has_html)


def _outer(message: ReadMessage, fields: list[tuple[str, str]]) -> Outer:
    facts = message.headers
    said = any(name in ("x-forwarded-message-id", "x-forwarded-message") and value.strip() for name, value in fields)
    spoken = [value for name, value in fields if name in ("content-language", "accept-language")]
    return Outer(
        facts.subject,
        facts.sender.key if facts.sender else "",
        frozenset(address.key for address in (*facts.to, *facts.cc)),
        bool(facts.in_reply_to or facts.references),
        said,
        frozenset(code for value in spoken for word in value[:200].split(",") for code in _codes(word)),
    )


def _codes(tag: str) -> tuple[str, ...]:
    """A language tag (RFC 5646), such as Outlook's “pt-PT”, in the codes of resources/forwards."""
    whole = tag.partition(";")[0].strip()
    plain = whole.partition("-")[0].lower()
    known = {
        "pt-br": "pt-BR",
        "zh-cn": "zh-CN",
        "zh-hans": "zh-CN",
        "zh-tw": "zh-TW",
        "zh-hk": "zh-TW",
        "zh-hant": "zh-TW",
    }
    return (known.get(whole.lower(), {"no": "nb", "iw": "he", "in": "id"}.get(plain, plain)),)


@dataclass
class _Found:
    """A copy in the text or in the HTML, and the copied message's two forms."""

    copy: Copy | None
    lines: list[Line]
    reason: str
    note: str = ""
    text: str = ""
    html: str = ""
    second: Block | None = None  # the header as the HTML has it, where the text has one, too


def _inline(message: ReadMessage, outer: Outer, has_text: bool, has_html: bool) -> _Found:
    shown = html_lines(message.html) if has_html else []
    in_html = find_copy(shown) if shown else None
    found = _Found(None, [], "")
    if has_text:
        lines = text_lines(message.text)
        copy = find_copy(lines)
        if copy is not None:
            found = _Found(copy, lines, decide(copy, outer))
            found.note = note_above(message.text, lines, copy)
            found.text = text_below(message.text, lines, copy)
    if in_html is not None and (found.copy is None or (found.reason and not decide(in_html, outer))):
        found = _Found(in_html, shown, decide(in_html, outer))
        found.note = html_to_text(html_above(message.html, shown, in_html)).strip("\n").rstrip()
    if in_html is not None and not found.reason:
        found.html = html_below(message.html, shown, in_html)
        found.second = in_html.block
        if not found.text.strip():
            found.text = html_to_text(found.html)
    return found


def _original(found: _Found, outer: Outer, near: datetime | None) -> Original:
    assert found.copy is not None
    values = dict(found.copy.block.values)
    second = found.second.values if found.second else {}
    for kind in (FROM, TO, CC):
        # Windows Live Mail has the addresses in the links of its HTML alone
        if "@" not in values.get(kind, "") and "@" in second.get(kind, ""):
            values[kind] = second[kind]
    for kind in (DATE, SUBJECT):
        if not values.get(kind) and second.get(kind):
            values[kind] = second[kind]
    _, _, behind = subject_sign(outer.subject)
    subject, text = _whole_subject(
        " ".join(values[SUBJECT].split()) if SUBJECT in values else behind, behind, found.text
    )
    said = values.get(DATE, "")
    spoken = [_language(found.copy, outer), *sorted(date_languages(said))]
    return Original(
        sender=party(values.get(FROM, "")),
        to=parties(values.get(TO, "")),
        cc=parties(values.get(CC, "")),
        subject=subject,
        date=read_date(said, [language for language in spoken if language], near),
        body_text=text,
        body_html=found.html,
    )


def _whole_subject(subject: str, behind: str, text: str) -> tuple[str, str]:
    """A subject that was folded where it stood last in the header, with its end out of the first line of the text; the
    message's own subject without its prefix (`behind`) tells how it goes on."""
    first, _, below = text.partition("\n")
    rest = " ".join(behind.split()).removeprefix(subject).strip()
    if subject and rest and rest != behind and len(subject) > 40 and " ".join(first.split()) == rest:
        return f"{subject} {rest}", below.strip("\n")
    return subject, text


def _language(copy: Copy, outer: Outer) -> str:
    """Of the copied header's names, with the help of what else is said; where it has no names, of those other words alone."""
    above = copy.mark.languages if copy.mark else frozenset()
    named = date_languages(copy.block.values.get(DATE, ""))
    _, prefixed, _ = subject_sign(outer.subject)
    hints = (above - {"en"}, named, prefixed if "en" not in prefixed else frozenset(), outer.languages)
    language = copy.block.language(hints)
    if language in ("", "en"):
        for choice in (above & named, above if "en" not in above else frozenset(), named):
            if language in choice:
                break
            if len(choice) == 1:
                return next(iter(choice))
    return language or ("en" if "en" in above else "")


def _is_message(file: ReadAttachment) -> bool:
    if file.content_type in _WHOLE:
        return True
    return file.filename.lower().endswith(".eml") and file.content_type in ("application/octet-stream", "text/plain")


def _attached(file: ReadAttachment) -> Original:
    inner = read_message(file.content)
    facts = inner.headers
    end, _ = header_end(file.content, 0, len(file.content))
    said = next((value for name, value in split_fields(file.content[:end]) if name == "date" and value), "")
    return Original(
        sender=facts.sender or Address(""),
        to=facts.to,
        cc=facts.cc,
        subject=facts.subject,
        date=read_date(said, ["en"]) or facts.date,
        body_text=inner.text.strip("\n"),
        body_html=inner.html,
        message_id=facts.message_id,
    )
