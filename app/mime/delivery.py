"""Delivery failures: structured reports (RFC 3464, RFC 6533) first, and the texts of servers that write none.

Used by `reading`. Hard means that the address itself is no good and nothing should be sent there again; a full mailbox
or a refusal by policy is permanent for this message and not hard.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.message_ids import normalise_message_id
from app.mime.addresses import parse_address_list
from app.mime.charsets import decode_bytes, one_line
from app.mime.fields import split_fields
from app.mime.structure import Part

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
_NO_SUCH = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|person|address)|does ?n[o']t exist|recipient not found|"
    r"recipientnotfound|invalid recipient|unknown recipient|mailbox (?:unavailable|not found|disabled)|unrouteable address|"
    r"host or domain name not found|address rejected|recipient address rejected: user|account (?:is )?disabled|"
    r"no mailbox here|not a valid (?:user|mailbox|recipient)|domain not found|nxdomain",
    re.IGNORECASE,
)
_NOT_ADDRESS = re.compile(
    r"quota|full|over ?limit|spam|blocked|blacklist|policy|dmarc|dkim|spf|too large|size limit|greylist|reputation|"
    r"access denied|not authorized|relay",
    re.IGNORECASE,
)


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
        failures.append(_failure(recipient, group.get("status", ""), action, group.get("diagnostic-code", "")))
    return failures, original_id


def _typed(value: str) -> str:
    """``rfc822; anna@example.com`` → the address (RFC 3464 2.1.2)."""
    _, semicolon, address = value.partition(";")
    return one_line((address if semicolon else value).strip().strip("<>"))[:500]


def _failure(recipient: str, status_text: str, action: str, diagnostic_text: str) -> DeliveryFailure:
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


_QMAIL = re.compile(r"<([^<>\s]{1,300}@[^<>\s]{1,300})>:?\s*")
_INDENTED = re.compile(r"[ \t]{1,8}<?([^<>\s:,;]{1,300}@[^<>\s:,;]{1,300})>?:?(?:\s.{0,300})?")
_ALONE = re.compile(
    r"([^<>\s:,;()]{1,300}@[^<>\s:,;()]{1,300})(?:<mailto:[^<>\s]{1,300}>|\(mailto:[^()\s]{1,300}\))?:?"
)
_COPY_BELOW = re.compile(
    r"-{2,}.{0,40}(?:copy of the message|original message|this is a copy|message header|returned message).{0,60}",
    re.IGNORECASE,
)
_MESSAGE_ID_LINE = re.compile(r"^[> \t]{0,8}message-id:[ \t]*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)


def text_failures(text: str, named: tuple[str, ...]) -> tuple[list[DeliveryFailure], str]:
    """Failures in the text of a report without structure (qmail, older Exim and Exchange), and the original's id when
    a copy of its header follows. `named`: the recipients of X-Failed-Recipients, believed before the text."""
    text = text[:MAX_TEXT]
    identified = _MESSAGE_ID_LINE.search(text)
    original_id = normalise_message_id(identified.group(1)) if identified else ""
    lines = []
    for line in text.split("\n")[:2_000]:
        if _COPY_BELOW.match(line[:200].strip()):
            break
        lines.append(line[:1_000])
    places: dict[str, int] = {}
    for number, line in enumerate(lines):
        for found in (_QMAIL.match(line.strip()), _INDENTED.fullmatch(line), _ALONE.fullmatch(line.strip())):
            if found and len(places) < MAX_FAILURES:
                places.setdefault(found.group(1).rstrip(":"), number)
                break
    for address in named[:MAX_FAILURES]:
        line_number = next((n for n, line in enumerate(lines) if address.lower() in line.lower()), len(lines))
        places = {**places, address: line_number} if address not in places else places
    if named:
        known = {a.lower() for a in named}
        places = {a: n for a, n in places.items() if a.lower() in known}
    failures = []
    for address, number in places.items():
        following: list[str] = []
        for line in lines[number : number + 8]:
            if following and not line.strip():
                break
            following.append(line.strip())
        diagnostic = one_line(" ".join(following).removeprefix(f"<{address}>:").removeprefix(address))
        recipient = parse_address_list(address)
        spec = recipient[0].addr_spec if recipient else address
        failures.append(_failure(spec, "", "failed", diagnostic))
    return failures, original_id


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
