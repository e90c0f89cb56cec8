"""Delivery failures as structured reports tell them (RFC 3464, RFC 6533), and what a failure's words mean.

Used by `reading` and `bounce_text`. Hard means that the address itself is no good and nothing should be sent there again;
a full mailbox or a refusal by policy is permanent for this message and not hard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.message_ids import normalise_message_id
from app.mime.charsets import decode_bytes, one_line
from app.mime.fields import split_fields
from app.mime.structure import Part
from app.mime.word_lists import word_list, words_of

MAX_FAILURES = 500
MAX_TEXT = 200_000


@dataclass(frozen=True)
class DeliveryFailure:
    """One recipient that did not get the message. `status`: RFC 3463 code ("5.1.1"), "" when unknown; `permanent`: a
    permanent failure by its class (5.x.x); `hard`: the address is bad; `final`: the server has given up, which it also
    does after days of transient failures (4.4.7); not final is a notice of delay."""

    recipient: str
    status: str = ""
    smtp_code: int | None = None
    permanent: bool = False
    hard: bool = False
    diagnostic: str = ""
    final: bool = False


_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_SMTP_CODE = re.compile(r"(?<![\w.])([245]\d\d)(?=[\s#-]|$)")
# RFC 3463 subjects 1 (addressing) and the detail "disabled" of 2: the address is bad. 5.1.7 and 5.1.8 are about the
# sender's address; 5.4.4 is a domain that cannot be routed to.
_BAD_ADDRESS = re.compile(r"5\.1\.(?:0|1|2|3|4|6|10)|5\.2\.1|5\.4\.4|5\.4\.310")
_WORDS = word_list("bounces")
_NO_SUCH = re.compile("|".join(map(re.escape, words_of(_WORDS["unknown"]))), re.IGNORECASE)
_NOT_ADDRESS = re.compile("|".join(map(re.escape, words_of(_WORDS["refused"]))), re.IGNORECASE)


def report_failures(part: Part) -> tuple[list[DeliveryFailure], str]:
    """Failures in a message/delivery-status part, and the original message's id where the report names it. Recipients
    that were reached, relayed or expanded are no failures."""
    failures: list[DeliveryFailure] = []
    original_id = ""
    content = part.content()[:MAX_TEXT].replace(b"\r\n", b"\n")
    for block in re.split(rb"\n[ \t]*\n", content)[: MAX_FAILURES * 2]:
        group = dict(reversed(split_fields(block)))
        original_id = original_id or normalise_message_id(group.get("x-original-message-id", ""))
        recipient = _typed(group.get("final-recipient", "")) or _typed(group.get("original-recipient", ""))
        if not recipient or len(failures) >= MAX_FAILURES:
            continue
        action = group.get("action", "").split(" ")[0].strip().lower()
        if action in ("delivered", "relayed", "expanded"):
            continue
        original = _typed(group.get("original-recipient", ""))
        if original and "@" in original and "@" not in recipient:
            recipient = original
        failures.append(judge(recipient, group.get("status", ""), action, group.get("diagnostic-code", "")))
    return failures, original_id


_UNITEXT = re.compile(r"\\x\{([0-9A-Fa-f]{1,6})\}")


def _typed(value: str) -> str:
    """``rfc822; anna@example.com`` → the address (RFC 3464 2.1.2); of the type utf-8 with its ``\\x{E5}`` (RFC 6533 3)."""
    kind, semicolon, address = value[:2_000].partition(";")
    if not semicolon:
        kind, address = "", value[:2_000]
    if kind.strip().lower() == "utf-8":
        address = _UNITEXT.sub(lambda m: chr(int(m[1], 16)) if int(m[1], 16) < 0x110000 else "\ufffd", address)
    address = _COMMENT.sub("", address).strip()
    angle = _ANGLE.search(address)
    return one_line(angle.group(1) if angle else address.strip("<>"))[:500]


_COMMENT = re.compile(r"\([^()]{0,500}\)")
_ANGLE = re.compile(r"<([^<>\s]{1,500})>")


def judge(recipient: str, status_text: str, action: str, diagnostic_text: str) -> DeliveryFailure:
    """One failure out of what a report says: `status_text` a Status field, `diagnostic_text` a Diagnostic-Code or what
    stands for it in a text."""
    diagnostic = one_line(diagnostic_text)[:1_000]
    stated = _ENHANCED.search(status_text[:200])
    detailed = _ENHANCED.search(diagnostic)
    status = stated.group() if stated else detailed.group() if detailed else ""
    says = diagnostic.partition(";")[2] if re.match(r"[\w-]{1,20};", diagnostic) else diagnostic
    code_found = _SMTP_CODE.search(says)
    code = int(code_found.group(1)) if code_found else None
    final = status[0] == "5" if status else code is None or code >= 500
    permanent = final and action != "delayed"
    exact = detailed.group() if detailed and status[2:] in ("", "0.0") else status
    if _BAD_ADDRESS.fullmatch(exact):
        hard = exact != "5.1.0" or not _NOT_ADDRESS.search(diagnostic)
    else:
        vague = exact in ("", "5.0.0", "5.5.0", "5.3.0", "5.4.1")
        hard = vague and bool(_NO_SUCH.search(diagnostic)) and not _NOT_ADDRESS.search(diagnostic)
    return DeliveryFailure(recipient, status, code, permanent, permanent and hard, diagnostic, action != "delayed")


def original_id_of(part: Part) -> str:
    """The Message-ID in the returned copy or header of the original (RFC 3462 2, RFC 5322 3.6.4)."""
    if part.children:
        return normalise_message_id(part.children[0].get("message-id"))
    if "rfc822" in part.content_type or "headers" in part.content_type:
        block = part.content()[:100_000]
        if not block.isascii():
            block = decode_bytes(block).encode("utf-8", "replace")
        return normalise_message_id(next((v for n, v in split_fields(block) if n == "message-id" and v), ""))
    return ""


def receipt_id(reports: list[Part]) -> str:
    """Of a read receipt (RFC 8098 3.2.5): which message was shown."""
    for part in reports:
        if part.content_type in ("message/disposition-notification", "message/global-disposition-notification"):
            fields = dict(reversed(split_fields(part.content()[:20_000])))
            return normalise_message_id(fields.get("original-message-id", ""))
    return ""
