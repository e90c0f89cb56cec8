"""Delivery status notifications (RFC 3464) as a mail server writes them. Used by `mail_server`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

_WHOLE_MESSAGE = 50_000  # bytes; of larger messages the header goes back only (what Postfix does by default)


@dataclass(frozen=True)
class Failure:
    """Why a recipient was not reached. `status` RFC 3463, `diagnostic` the text after the SMTP code 550."""

    recipient: str
    status: str
    diagnostic: str


def delivery_report(original: bytes, failure: Failure, *, to: str, host: str, when: datetime) -> bytes:
    """A multipart/report with three parts: words for people, the machine's part, and the message (or its header) that
    came back. `original` with CRLF line ends; `host` is the reporting server's name."""
    boundary = f"report-{uuid.uuid4().hex}"
    stamp = format_datetime(when)
    header_end = original.find(b"\r\n\r\n")
    header = original if header_end < 0 else original[: header_end + 2]
    whole = len(original) <= _WHOLE_MESSAGE
    returned = original if whole else header
    returned_type = "message/rfc822" if whole else "text/rfc822-headers"
    transfer = "7bit" if returned.isascii() else "8bit"
    lines = [
        "Return-Path: <>",
        f"Date: {stamp}",
        f'From: "Mail Delivery System" <MAILER-DAEMON@{host}>',
        f"To: {to}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Message-ID: <{uuid.uuid4().hex}@{host}>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"',
        "Content-Transfer-Encoding: " + transfer,
        "",
        "This is a MIME-encapsulated message.",
        "",
        f"--{boundary}",
        "Content-Description: Notification",
        "Content-Type: text/plain; charset=us-ascii",
        "",
        f"This is the mail system at host {host}.",
        "",
        "I'm sorry to have to inform you that your message could not",
        "be delivered to one recipient. It is attached below.",
        "",
        f"<{failure.recipient}>: {failure.diagnostic}",
        "",
        f"--{boundary}",
        "Content-Description: Delivery report",
        "Content-Type: message/delivery-status",
        "",
        f"Reporting-MTA: dns; {host}",
        f"X-Postfix-Sender: rfc822; {to}",
        f"Arrival-Date: {stamp}",
        "",
        f"Final-Recipient: rfc822; {failure.recipient}",
        f"Original-Recipient: rfc822;{failure.recipient}",
        "Action: failed",
        f"Status: {failure.status}",
        f"Remote-MTA: dns; {host}",
        f"Diagnostic-Code: smtp; 550 {failure.status} {failure.diagnostic}",
        "",
        f"--{boundary}",
        "Content-Description: Undelivered Message" + ("" if whole else " Headers"),
        f"Content-Type: {returned_type}",
        f"Content-Transfer-Encoding: {transfer}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8") + returned + f"\r\n--{boundary}--\r\n".encode("ascii")
