"""A whole message read: texts, files, what sort it is, and what a report reports. Used by services when a body is read.

Bodies are fetched seldom, so this reader is careful before it is quick; it never raises and its work is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.addresses import Address
from app.mime.addresses import header_addresses
from app.mime.bodies import MAX_BODY, ReadAttachment, Selection, attachment, part_text, select
from app.mime.bounce_text import reports_failure, text_failures
from app.mime.delivery import DeliveryFailure, original_id_of, receipt_id, report_failures
from app.mime.headers import HeaderFacts, facts_of
from app.mime.html_text import MAX_HTML, html_to_text, text_to_html
from app.mime.kinds import AUTO_REPLY, BOUNCE, FEEDBACK, Signs, answers_invitation, kind_of, signs_in
from app.mime.protection import SIGNED, open_signed, pgp_in_text
from app.mime.replies import visible_reply
from app.mime.structure import Part, parse_structure
from app.mime.subjects import bounce_subject
from app.mime.unpacking import enriched_text, take_uuencoded, unpack_tnef, with_own_names

MAX_SIZE = 200_000_000  # bytes; what is beyond is not read
MAX_TEXT_BYTES = 6_000_000  # of the bodies of one form together, as they were sent
# Names under which servers write that are not mailer-daemon; people write under some of them, too.
_NOTICE_SENDERS = (
    "postmaster", "mail-daemon", "maildaemon", "mdaemon", "daemon", "mailsystem", "mail-system", "mail.system", "administrator",
    "mailadmin", "noreply", "no-reply", "bounce", "delivery", "smtp", "mailserver", "imail",
)  # fmt: skip


@dataclass(frozen=True)
class ReadMessage:
    """`text` and `html` are as sent (HTML not sanitised), decoded, with ``\\n`` line ends; `text` is made from the HTML where
    the message has no plain text; `html` is empty where it has no HTML. `visible_text` is `text` without what is quoted,
    `quoted_lines` how many lines that left out. `kind`: normal, bounce, auto_reply, feedback or automated.
    `original_message_id`: of the message that a bounce, automatic reply or complaint is about. `size` in bytes.
    `defects`: what was wrong, in words for a log."""

    headers: HeaderFacts
    reply_to: tuple[Address, ...]
    from_: tuple[Address, ...]
    text: str
    html: str
    visible_text: str
    quoted_lines: int
    attachments: tuple[ReadAttachment, ...]
    leaf_types: tuple[str, ...]
    kind: str
    failures: tuple[DeliveryFailure, ...]
    original_message_id: str
    size: int
    defects: tuple[str, ...]
    protection: str = ""  # "signed" (not verified here), "encrypted" (not readable here), or neither


def read_message(raw: bytes) -> ReadMessage:
    """Read any bytes as a message. Never raises."""
    size = len(raw)
    root, defects = parse_structure(raw[:MAX_SIZE] if size > MAX_SIZE else raw)
    if size > MAX_SIZE:
        defects.append("cut: too large")
    facts = facts_of(root.fields)
    if not facts.message_id:
        defects.append("no Message-ID")
    if sum(1 for name, _ in root.fields if name == "message-id") > 1:
        defects.append("several Message-IDs")
    if root.content_type == "message/partial":
        _open_partial(root)
    protection = open_signed(root, defects)
    found = select(root)
    text, html, text_is_made = _bodies(found, defects)
    files = [attachment(part, n, inline=inline) for n, (part, inline) in enumerate(found.files, start=1)]
    files, packed = unpack_tnef(files)
    if packed and not text.strip():
        text_is_made = not packed.text.strip()
        text, html = packed.text, html or packed.html
        text = html_to_text(html) if text_is_made else text
    elif packed and not html:
        html = packed.html
    text, more = take_uuencoded(text)
    files = with_own_names([*files, *more])
    readable, armoured = pgp_in_text(text)
    protection = protection if armoured in ("", SIGNED) and protection else armoured
    visible, quoted = visible_reply(readable, html, text_is_made=text_is_made)
    failures, original_id = _failures(found, facts, text)
    types = frozenset([*found.leaf_types, root.content_type])
    bulk, answering = signs_in(root.fields)
    kind = kind_of(facts, Signs(types, len(failures), bulk, answering, _answers_invitation(found)))
    if kind not in (BOUNCE, FEEDBACK):
        failures = ()
        related = (facts.in_reply_to or facts.references[-1:] or ("",))[0] if kind == AUTO_REPLY else ""
        original_id = receipt_id(found.reports) or related
    return ReadMessage(
        headers=facts,
        reply_to=header_addresses(root.get("reply-to")),
        from_=header_addresses(root.get("from")),
        text=text,
        html=html,
        visible_text=visible,
        quoted_lines=quoted.count("\n") + 1 if quoted else 0,
        attachments=tuple(files),
        leaf_types=tuple(found.leaf_types),
        kind=kind,
        failures=failures,
        original_message_id=original_id,
        size=size,
        defects=tuple(defects),
        protection=protection,
    )


def _open_partial(root: Part) -> None:
    """The first piece of a message that was sent in pieces holds its header and beginning (RFC 2046 5.2.2), the others
    nothing but more of it."""
    content = root.content()
    first = root.parameters.get("number", "1").strip() in ("1", "")
    tree = parse_structure(content)[0] if first else Part([], "text/plain", {}, memoryview(content))
    root.content_type, root.children = "multipart/mixed", [tree]


def _bodies(found: Selection, defects: list[str]) -> tuple[str, str, bool]:
    """(text, HTML, whether the text was made from the HTML)."""
    plain = _joined(found.plain, defects, as_html=False)
    has_html = any(part.content_type == "text/html" for part in found.html)
    html = _joined(found.html, defects, as_html=True) if has_html else ""
    made = has_html and all(part.content_type == "text/html" for part in found.plain)
    if not plain.strip() and html:
        plain, made = html_to_text(html), True
    return plain, html, made


def _joined(parts: list[Part], defects: list[str], *, as_html: bool) -> str:
    """Several body parts one after the other; each in the form asked for."""
    texts: list[str] = []
    left = MAX_BODY
    layout_left = MAX_HTML
    bytes_left = MAX_TEXT_BYTES
    for part in parts:
        text = part_text(part, bytes_left)
        bytes_left = max(0, bytes_left - len(part.body))
        if part.content_type in ("text/enriched", "text/richtext"):
            text = enriched_text(text)
        is_html = part.content_type == "text/html"
        if is_html and not as_html:
            text, layout_left = html_to_text(text[:layout_left]), max(0, layout_left - len(text))
        elif as_html and not is_html:
            text = text_to_html(text)
        if len(text) >= left or (not bytes_left and part is not parts[-1]):
            defects.append("cut: text too long")
            texts.append(text[:left])
            break
        left -= len(text)
        texts.append(text)
    return "\n".join(texts)


def _failures(found: Selection, facts: HeaderFacts, text: str) -> tuple[tuple[DeliveryFailure, ...], str]:
    failures: list[DeliveryFailure] = []
    reported_id = copied_id = ""
    structured = False
    for part in found.reports:
        if part.content_type in ("message/delivery-status", "message/global-delivery-status"):
            structured = True
            some, identified = report_failures(part)
            failures += some
            reported_id = reported_id or identified
        elif not copied_id:
            copied_id = original_id_of(part)
    believed = facts.is_delivery_report or facts.from_mail_system
    if not structured and (believed or _reads_as_notice(found, facts, text)):
        own = frozenset(address.key for address in facts.to)
        failures, text_id = text_failures(text, facts.failed_recipients, own, sure=believed)
        copied_id = copied_id or text_id
        for part, _ in found.files:
            copied_id = copied_id or original_id_of(part)
    related = (facts.in_reply_to or facts.references[-1:] or ("",))[0]
    return tuple(failures), copied_id or reported_id or related


def _reads_as_notice(found: Selection, facts: HeaderFacts, text: str) -> bool:
    """Whether a message without a server's structure or path is its notice all the same: a server's sort of name, subject
    and words, and a copy of the original or a text that begins with those words. A person who tells of a failure writes
    sentences, in which no recipient stands on a line of its own."""
    if facts.sender is None:
        return False
    if facts.failed_recipients and facts.is_automatic:
        return reports_failure(text)
    if not facts.sender.key.startswith(_NOTICE_SENDERS) or not bounce_subject(facts.subject):
        return False
    if not reports_failure(text):  # last: it takes longest
        return False
    copied = any(part.content_type in ("message/rfc822", "text/rfc822-headers") for part, _ in found.files)
    return copied or facts.is_automatic or reports_failure(text[:400])


def _answers_invitation(found: Selection) -> bool:
    for part, _ in found.files[:20]:
        if part.content_type == "text/calendar":
            return answers_invitation(part.parameters.get("method", ""), part.content()[:20_000])
    return False
