"""The message that was forwarded here, taken out of the one that it came in (L2, L6). Used by `log_copied_message`.

The document wants the forwarded message to hold both HTML and plain text. Hitchpost reads each form by itself, and keeps the
condition all the same, because it is one: with the setting `log.forward_both_forms`, which is on until somebody switches it
off, what came in one form waits in the review list. A message that was forwarded as an attachment is exempt: it is there
whole, whatever forms it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.domain.addresses import Address
from app.domain.copied_mail import Refusal, Sizes
from app.domain.encapsulated import reachable, reachable_ones
from app.domain.forward_notes import LONGEST_NOTE
from app.domain.message_ids import normalise_message_id
from app.domain.subjects import base_subject
from app.mime.bodies import ReadAttachment
from app.mime.fields import split_fields
from app.mime.forward import ATTACHED, read_forward
from app.mime.reading import ReadMessage, read_message
from app.mime.replies import visible_reply
from app.mime.signature import split_signature
from app.mime.structure import header_end

_INSIDE = "Its sender is written with an address that is only known inside of an Exchange server."
_SEVERAL = "Several messages are attached to it. Forward each by itself."


@dataclass(frozen=True)
class Original:
    """`message_id` empty where the forward does not tell it. `forms_missing`: one of the two forms of the text is not there.
    `bcc`: of a message in its sender's own Sent folder. `note`: what whoever forwarded it wrote above it, without a
    signature."""

    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    text: str
    html: str
    visible_text: str
    quoted_lines: int
    files: tuple[ReadAttachment, ...]
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    forms_missing: bool
    sizes: Sizes
    client: str = ""
    note: str = ""
    bcc: tuple[Address, ...] = ()


@dataclass(frozen=True)
class NoOriginal:
    """`why`: one sentence more for the review list, or empty."""

    reason: Refusal = Refusal.NOT_A_FORWARD
    why: str = ""


def take_original(
    message: ReadMessage, raw: bytes, *, both_forms: bool, by_hand: bool = False
) -> Original | NoOriginal:
    """The single message that was forwarded: of a chain the one that its header stands above, with what it quotes.
    `both_forms`: whether it counts as missing something without HTML or without plain text. `by_hand`: a person says to
    whom it belongs, so that its sender's address need not be known."""
    found = read_forward(raw)
    original = found.original
    if original is None:
        return NoOriginal(why=found.reason)
    sender = reachable(original.sender)
    if not sender.addr_spec and not by_hand:
        return NoOriginal(why=_INSIDE if original.sender.addr_spec else found.reason)
    attached = found.form == ATTACHED
    files = [file for file in message.attachments if _is_message(file)] if attached else []
    if len(files) > 1:  # to log one of them would lose the others without a word
        return NoOriginal(why=_SEVERAL)
    source = read_message(files[0].content) if files else message
    whole = bool(files)
    visible, quoted = visible_reply(original.body_text, original.body_html, text_is_made=False)
    text, html = original.body_text, original.body_html
    content = sum(len(form.encode("utf-8", "replace")) for form in (text, html))
    return Original(
        sender=sender,
        to=reachable_ones(original.to),
        cc=reachable_ones(original.cc),
        subject=original.subject,
        date=_aware(original.date, raw),
        text=text,
        html=html,
        visible_text=visible,
        quoted_lines=quoted.count("\n") + 1 if quoted else 0,
        files=source.attachments,
        message_id=original.message_id or _told_id(message, raw, original.subject),
        in_reply_to=source.headers.in_reply_to if whole else (),
        references=source.headers.references if whole else message.headers.references,
        forms_missing=both_forms and not attached and not (found.has_text and found.has_html),
        sizes=Sizes(content, sum(len(f.content) for f in source.attachments)),
        client=found.client,
        note=_without_signature(found.note, message.headers.sender),
    )


def _without_signature(note: str, sender: Address | None) -> str:
    """Most forwards have nothing above them but what a program adds to each message. Where a signature has no mark it may be
    what somebody wrote, and stays."""
    split = split_signature(note, sender)
    own = split.body if split.how in ("dashes", "closing", "dashed", "device") else note
    plain = own.strip()
    rest = len(plain) - LONGEST_NOTE
    return (
        plain if rest <= 0 else f"{plain[:LONGEST_NOTE]}\n\n[The note is longer: {rest:,} more letters were not kept.]"
    )


def _is_message(file: ReadAttachment) -> bool:
    """As `read_forward` chooses it."""
    if file.content_type in ("message/rfc822", "message/global"):
        return True
    return file.filename.lower().endswith(".eml") and file.content_type in ("application/octet-stream", "text/plain")


def _told_id(message: ReadMessage, raw: bytes, subject: str) -> str:
    """The Message-ID of an original that was copied into the text, as far as the forward's own header tells it: Thunderbird
    writes it into a field of its own, others name it as what they answer. Only where both are about the same subject."""
    facts = message.headers
    told = next((v for n, v in _fields(raw) if n == "x-forwarded-message-id" and v), "")
    if told:
        return normalise_message_id(told.split()[-1])
    if base_subject(subject) != base_subject(facts.subject):
        return ""
    return (facts.in_reply_to or facts.references or ("",))[-1]


def _aware(date: datetime | None, raw: bytes) -> datetime | None:
    """A copied date without a zone is the clock of whoever forwarded it, whose zone the forward's own Date tells."""
    if date is None or date.tzinfo is not None:
        return date
    said = next((v for n, v in _fields(raw) if n == "date" and v), "")
    try:
        zone = parsedate_to_datetime(said).tzinfo
    except (ValueError, OverflowError):
        zone = None
    try:
        return (date.replace(tzinfo=zone) if zone is not None else date.astimezone()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):  # before the year 1, or after 9999
        return None


def _fields(raw: bytes) -> list[tuple[str, str]]:
    end, _ = header_end(raw, 0, len(raw))
    return split_fields(raw[:end])
