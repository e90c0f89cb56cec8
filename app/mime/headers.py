"""The facts that decide about a message, out of its header alone: the cheap reader, for whole folders.

Used by sync on the answers to ``BODY.PEEK[HEADER.FIELDS (…)]`` and by `reading` on whole messages. The standard
library's `policy.default` takes fifty times as long for the same fields and raises on some of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from app.domain.addresses import Address
from app.domain.message_ids import message_ids, normalise_message_id
from app.mime.addresses import header_addresses
from app.mime.dates import parse_date
from app.mime.encoded_words import decode_words
from app.mime.fields import split_fields
from app.mime.subjects import bounce_subject

# What to ask the server for. The last four cost nothing where they are missing, which is nearly everywhere.
SYNC_FIELDS: tuple[str, ...] = (
    "Message-ID",
    "In-Reply-To",
    "References",
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Auto-Submitted",
    "Content-Type",
    "Precedence",
    "List-Id",
    "Return-Path",
    "X-Failed-Recipients",
    "X-Autoreply",
    "X-Autorespond",
    "List-Unsubscribe",
    "X-Hitchpost-Copy",
)

_REPEATABLE = frozenset({"to", "cc", "in-reply-to", "references", "x-failed-recipients"})
_WANTED = frozenset(name.lower() for name in SYNC_FIELDS)
_AUTO_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply", "auto-reply"})
MAILER_NAMES = ("mailer-daemon", "mailerdaemon", "mail-daemon", "microsoftexchange")


@dataclass(frozen=True)
class HeaderFacts:
    """One message's header. Ids are normalised (`app.domain.message_ids`); `subject` is decoded; `date` is UTC; the
    fields from `auto_submitted` on are lower case, except `return_path` (None: no such field; "": the null path) and
    `raw_message_id` (as written)."""

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sender: Address | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    subject: str = ""
    date: datetime | None = None
    auto_submitted: str = ""
    content_type: str = ""
    precedence: str = ""
    list_id: str = ""
    return_path: str | None = None
    raw_message_id: str = ""
    failed_recipients: tuple[str, ...] = ()  # X-Failed-Recipients of Exim and Gmail
    auto_reply_mark: bool = False  # X-Autoreply or X-Autorespond
    list_unsubscribe: bool = False
    copy_mark: str = ""  # ours, on copies of what was sent from here
    other_senders: tuple[Address, ...] = ()  # where From names several, or stands twice

    @property
    def is_delivery_report(self) -> bool:
        """A notification about delivery (RFC 3464), by its form; without that form only from a mail system, with the null
        return path (RFC 5321 4.5.5) or, from a mailer-daemon, with a subject of one. A person called postmaster is none, and
        neither is anybody who puts X-Failed-Recipients into a letter."""
        if self.content_type.startswith("multipart/report") and "report-type" in self.content_type:
            return "delivery-status" in self.content_type
        if self.return_path != "" and not self.from_daemon:
            return False
        return self.from_mail_system and (self.return_path == "" or bounce_subject(self.subject))

    @property
    def from_mail_system(self) -> bool:
        """Whether the sender's address is one under which mail servers write; for postmaster, who may be a person, only
        with the null return path."""
        if self.sender is None:
            return False
        local = self.sender.key.partition("@")[0]
        return self.from_daemon or (local == "postmaster" and self.return_path == "")

    @property
    def from_daemon(self) -> bool:
        """Whether the sender's name is one that only mail servers have."""
        return self.sender is not None and self.sender.key.startswith(MAILER_NAMES)

    @property
    def is_automatic(self) -> bool:
        """Not written by a person to its recipients: RFC 3834 marks, list and bulk mail, reports. X-Auto-Response-Suppress
        says nothing: ordinary senders set it."""
        return (
            self.auto_submitted not in ("", "no")
            or self.precedence in _AUTO_PRECEDENCE
            or bool(self.list_id)
            or self.list_unsubscribe
            or self.auto_reply_mark
            or self.content_type.startswith("multipart/report")
            or self.is_delivery_report
        )


def parse_header_block(block: bytes) -> HeaderFacts:
    """The facts of one header block (bytes up to the empty line, which may be there or not). Any bytes will do; fields
    that cannot be read are empty. Where a field that may stand once stands twice, the first that says something counts."""
    return facts_of(split_fields(block))


def facts_of(fields: list[tuple[str, str]]) -> HeaderFacts:
    """`HeaderFacts` out of `fields.split_fields`' answer."""
    found: dict[str, str] = {}
    more_from: list[Address] = []
    for name, value in fields:
        if name in _WANTED:
            before = found.get(name)
            if not before:
                found[name] = value
            elif name in _REPEATABLE:
                found[name] = f"{before}, {value}"
            elif name == "from":
                more_from += header_addresses(value)
    get = found.get
    raw_id = get("message-id", "")
    senders = get("from", "")
    to, cc = get("to"), get("cc")
    replied, references = get("in-reply-to"), get("references")
    subject = get("subject", "")
    failed = get("x-failed-recipients")
    sender = header_addresses(senders) if senders else ()
    automatic = get("auto-submitted", "")
    precedence = get("precedence", "")
    return_path = get("return-path")
    mark = get("x-autoreply") or get("x-autorespond")
    return HeaderFacts(
        message_id=normalise_message_id(_plain_id(raw_id)) if raw_id else "",
        in_reply_to=message_ids(_plain_id(replied)) if replied else (),
        references=message_ids(_plain_id(references)) if references else (),
        sender=sender[0] if sender else None,
        to=header_addresses(to) if to else (),
        cc=header_addresses(cc) if cc else (),
        subject=decode_words(subject) if subject else "",
        date=parse_date(get("date", "")) if "date" in found else None,
        auto_submitted=_keyword(automatic) if automatic else "",
        content_type=get("content-type", "").lower(),
        precedence=_keyword(precedence) if precedence else "",
        list_id=get("list-id", "").lower(),
        return_path=None if return_path is None else _path(return_path),
        raw_message_id=raw_id,
        failed_recipients=tuple(a.addr_spec for a in header_addresses(failed)) if failed else (),
        auto_reply_mark=mark is not None and mark.lower() not in ("no", "false"),
        list_unsubscribe="list-unsubscribe" in found,
        copy_mark=get("x-hitchpost-copy", "").strip().lower(),
        other_senders=tuple(a for a in (*sender, *more_from) if a.key != sender[0].key) if sender else (),
    )


def _plain_id(raw: str) -> str:
    """Some programs fold a long id into encoded words, which no reader expects there."""
    return decode_words(raw) if "=?" in raw else raw


def _path(raw: str) -> str:
    """The null path is empty; some servers write the daemon's name in its place."""
    path = raw.strip("<> ")
    return "" if path.lower().partition("@")[0] == "mailer-daemon" else path


_COMMENT = re.compile(r"\([^()]{0,500}\)")


def _keyword(raw: str) -> str:
    """The first word of a field such as ``auto-replied (vacation); owner-email="…"``."""
    return _COMMENT.sub(" ", raw[:1_000]).partition(";")[0].strip().lower()
