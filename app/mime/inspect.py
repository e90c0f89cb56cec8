"""What the program makes of one message or one piece of HTML, as JSON for ``hitchpost inspect`` and for support."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain.addresses import Address
from app.mime.addresses import parse_address_list
from app.mime.forward import read_forward
from app.mime.headers import parse_header_block
from app.mime.reading import read_message
from app.mime.replies import reply_in_html, reply_in_text
from app.mime.sanitise import sanitise_html
from app.mime.signature import split_signature
from app.mime.signature_contact import read_contact
from app.mime.structure import header_end
from app.mime.threads import threads_of


def inspect_message(raw: bytes) -> dict[str, object]:
    """The result of ``inspect message``. Dates are ISO 8601 in UTC, missing ones None; ids stand without angle
    brackets, `in_reply_to` as one text (it names one message in nearly all mail), `references` as a list."""
    message = read_message(raw)
    facts = message.headers
    return {
        "subject": facts.subject,
        "from": _addresses(message.from_),
        "to": _addresses(facts.to),
        "cc": _addresses(facts.cc),
        "reply_to": _addresses(message.reply_to),
        "message_id": facts.message_id,
        "in_reply_to": " ".join(facts.in_reply_to),
        "references": list(facts.references),
        "date": facts.date.isoformat() if facts.date else None,
        "text_body": message.text,
        "visible_text": message.visible_text,
        "attachments": [
            {"filename": a.filename, "content_type": a.content_type, "size": a.size} for a in message.attachments
        ],
        "leaf_types": list(message.leaf_types),
        "kind": message.kind,
        "failures": [
            {
                "recipient": failure.recipient,
                "status": failure.status,
                "smtp_code": failure.smtp_code,
                "permanent": failure.permanent,
                "hard": failure.hard,
            }
            for failure in message.failures
        ],
        "original_message_id": message.original_message_id,
    }


def _addresses(found: tuple[Address, ...]) -> list[dict[str, str]]:
    return [{"name": address.display_name, "address": address.addr_spec} for address in found]


def inspect_html(html: str, allow_remote: bool) -> dict[str, object]:
    """The result of ``inspect html``: what the program would show."""
    return {"html": sanitise_html(html, allow_remote=allow_remote)}


def inspect_reply(content_type: str, text: str) -> dict[str, object]:
    """The result of ``inspect reply``; both parts are text, whatever came in."""
    is_html = content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml", "html")
    reply, quoted = reply_in_html(text) if is_html else reply_in_text(text)
    return {"reply_text": reply, "quoted_text": quoted}


def inspect_forward(raw: bytes) -> dict[str, object]:
    """The result of ``inspect forward``. The date is ISO 8601 with the offset that the copied header says, or without one
    where it says none (Gmail and Outlook write the forwarder's own clock)."""
    found = read_forward(raw)
    original = found.original
    return {
        "forwarded": found.forwarded,
        "note": found.note,
        "client": found.client or None,
        "language": found.language or None,
        "original": None
        if original is None
        else {
            "from": _addresses((original.sender,))[0],
            "to": _addresses(original.to),
            "cc": _addresses(original.cc),
            "subject": original.subject,
            "date": original.date.isoformat() if original.date else None,
            "body_text": original.body_text,
            "body_html": original.body_html,
        },
        "reason": found.reason or None,
    }


def inspect_signature(text: str, sender: str) -> dict[str, object]:
    """The result of ``inspect signature``; `sender` is an address with or without a name, or empty."""
    parsed = next(iter(parse_address_list(sender)), None) if sender.strip() else None
    if parsed is not None and "@" not in parsed.addr_spec:
        parsed = Address("", sender.strip())  # a name alone
    split = split_signature(text, parsed)
    found = read_contact(split.signature, parsed)
    return {
        "body": split.body,
        "signature": split.signature,
        "contact": {
            "name": found.name,
            "phones": list(found.phones),
            "title": found.title,
            "company": found.company,
            "links": list(found.links),
        },
    }


def inspect_threads(messages: Iterable[bytes]) -> dict[str, object]:
    """The result of ``inspect threads``: of each raw message only the header is read."""
    facts = []
    for raw in messages:
        end, _ = header_end(raw, 0, len(raw))
        facts.append(parse_header_block(raw[:end]))
    return {"threads": threads_of(facts)}
