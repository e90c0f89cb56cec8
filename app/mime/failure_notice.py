"""A delivery failure notice written by the program: multipart/report (RFC 6522) with a delivery status (RFC 3464). Used by
`services.notify_too_large`; the outbox sends it.

It is marked as an automatic answer (RFC 3834 5), so that no other program answers it. A mailbox owner cannot send with the
null return path of RFC 3464 2: submission servers require an address of his. So it comes from the inbox itself, and goes
to nobody but the owner of an address of this workspace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from app.domain.addresses import wire_address
from app.mime.charsets import one_line

STATUS_TYPE = "message/delivery-status"
HEADERS_TYPE = "text/rfc822-headers"
TOO_BIG = "5.3.4"  # RFC 3463 3.4: message too big for system
MAX_HEADERS = 20_000  # bytes of the original's header that go back
_WRITTEN_TO = re.compile(rb"(?im)^(?:(?:resent-)?(?:to|cc|bcc)|delivered-to|x-original-to)[ \t]*:.*\n(?:[ \t].*\n)*")


@dataclass(frozen=True)
class Failure:
    """`recipient`: the logging address; `why`: one line, in words; `arrived`: when the message came, UTC."""

    recipient: str
    status: str
    why: str
    reporting_host: str
    arrived: datetime


def delivery_status(failure: Failure) -> bytes:
    """The machine-readable part (RFC 3464 2.1): the fields about the message, an empty line, those about the recipient."""
    address = wire_address(failure.recipient) or failure.recipient
    kind = "rfc822" if address.isascii() else "utf-8"  # RFC 6533 3
    why = one_line(failure.why).encode("ascii", "replace").decode("ascii")
    lines = [
        f"Reporting-MTA: dns; {one_line(failure.reporting_host) or 'localhost'}",
        f"Arrival-Date: {format_datetime(failure.arrived)}",
        "",
        f"Final-Recipient: {kind}; {one_line(address)}",
        "Action: failed",
        f"Status: {failure.status}",
        f"Diagnostic-Code: X-Hitchpost; {why}",
        "",
    ]
    return "\r\n".join(lines).encode("utf-8")


def header_block(raw: bytes, *, with_people: bool = True) -> bytes:
    """The header of the message that the notice is about, for its third part: cut at a line end where it is long, with bytes
    that are not ASCII replaced. `with_people` False: without whom it was written to."""
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    block = raw[: min(ends, default=len(raw))].replace(b"\r\n", b"\n")
    if not with_people:
        block = _WRITTEN_TO.sub(b"", block + b"\n").rstrip(b"\n")
    if len(block) > MAX_HEADERS:
        block = block[:MAX_HEADERS].rpartition(b"\n")[0]
    plain = block.decode("ascii", "replace").replace("\ufffd", "?")
    return "".join(f"{line[:990]}\r\n" for line in plain.split("\n")).encode("ascii")
