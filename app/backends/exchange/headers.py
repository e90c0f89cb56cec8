"""A message's header fields, out of what EWS tells of it without its content. Used by `session`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from email.header import Header
from email.utils import format_datetime, formataddr
from typing import Any

_BREAK = re.compile(r"[\r\n\0]+")
_FIELD = re.compile(rb"[^\r\n]+\r?\n(?:[ \t][^\r\n]*\r?\n)*")
# What EWS has names for. A message from this mailbox has no transport headers: it came through no transport.
_NAMED = frozenset({"message-id", "in-reply-to", "references", "subject", "date", "from", "to", "cc", "content-type"})
_REPORT = "multipart/report; report-type=delivery-status"  # Exchange keeps its own reports as items, not as messages


def only_in_content(wanted: Sequence[str]) -> bool:
    """Whether EWS has a name for none of these fields."""
    return not {name.lower() for name in wanted} & _NAMED


def transport_fields(item: Any, wanted: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """As they stood in the message when it arrived, in their order; none for a message that was never under way."""
    names = None if wanted is None else {name.lower() for name in wanted}
    found = []
    for field in item.headers or ():
        if field.name and field.value is not None and (names is None or field.name.lower() in names):
            found.append((str(field.name), str(field.value)))
    return found


def named_fields(item: Any) -> list[tuple[str, str]]:
    """The same out of EWS's own properties; kinds of item that are no mail have few of them."""

    def told(name: str) -> Any:
        return getattr(item, name, None)

    sent = told("datetime_sent")
    is_report = str(told("item_class") or "").upper().startswith("REPORT.")
    fields = [
        ("Message-ID", told("message_id")),
        ("In-Reply-To", told("in_reply_to")),
        ("References", told("references")),
        ("Subject", _encoded(told("subject"))),
        ("Date", format_datetime(sent) if sent else None),
        ("From", _people([told("author")])),
        ("To", _people(told("to_recipients"))),
        ("Cc", _people(told("cc_recipients"))),
        ("Content-Type", _REPORT if is_report else None),
    ]
    return [(name, str(value)) for name, value in fields if value]


def block(fields: Iterable[tuple[str, str]], wanted: Sequence[str] | None = None) -> bytes:
    """As bytes with CRLF and the empty line that ends a header."""
    names = None if wanted is None else {name.lower() for name in wanted}
    lines = [
        f"{name}: {_BREAK.sub(' ', value).strip()}\r\n"
        for name, value in fields
        if names is None or name.lower() in names
    ]
    return ("".join(lines) + "\r\n").encode("utf-8", "replace")


def cut(message: bytes, wanted: Sequence[str]) -> bytes:
    """The wanted fields of a whole message, as they stand there."""
    names = {name.lower().encode() for name in wanted}
    head, _, _ = message.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = [f for f in _FIELD.findall(head + b"\n") if f.partition(b":")[0].strip().lower() in names]
    return b"".join(fields).replace(b"\n", b"\r\n") + b"\r\n"


def _people(mailboxes: Iterable[Any] | None) -> str:
    written = []
    for mailbox in mailboxes or ():
        if mailbox is not None and mailbox.email_address and "@" in mailbox.email_address:
            written.append(formataddr((mailbox.name or "", mailbox.email_address)))
    return ", ".join(written)


def _encoded(text: str | None) -> str | None:
    return text if text is None or text.isascii() else Header(text, "utf-8", maxlinelen=10_000).encode()
