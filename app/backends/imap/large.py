"""The readable part of a message that is too large to be read whole (R4). Used by `session`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.domain.left_out import COUNT_FIELD

_PARTS = 8  # texts of one message
_DEPTH = 20
_ENTITY_FIELD = re.compile(rb"^(?:content-[\w-]+|mime-version|%s)\s*:" % COUNT_FIELD.encode().lower(), re.IGNORECASE)
_BOUNDARY = b"=_hitchpost_text_parts"


def without_files(structure: Any, fetch: Callable[[str], bytes], limit: int) -> bytes:
    """A message of the header and the text parts. `structure`: IMAPClient's BODYSTRUCTURE, or None when there is none;
    then the first `limit` bytes of the message are given as they are. Its header says how many files it has
    (`COUNT_FIELD`)."""
    sections = [section for section in _text_sections(structure, "", 0) if section is not None][:_PARTS]
    if not sections:
        return fetch(f"BODY.PEEK[]<0.{limit}>") if structure is None else fetch("BODY.PEEK[HEADER]")
    header = fetch("BODY.PEEK[HEADER]")
    counted = b"%s: %d\r\n" % (COUNT_FIELD.encode(), _leaves(structure, 0) - len(sections))
    if sections == [""]:  # no multipart: the header says what the text is
        return counted + header + fetch(f"BODY.PEEK[TEXT]<0.{limit}>")
    parts = [
        fetch(f"BODY.PEEK[{section}.MIME]").rstrip(b"\r\n") + b"\r\n\r\n" + fetch(f"BODY.PEEK[{section}]<0.{limit}>")
        for section in sections
    ]
    body = b"".join(b"--%s\r\n%s\r\n" % (_BOUNDARY, part) for part in parts) + b"--%s--\r\n" % _BOUNDARY
    kind = b"multipart/alternative" if len(parts) > 1 else b"multipart/mixed"
    entity = b'MIME-Version: 1.0\r\nContent-Type: %s; boundary="%s"\r\n\r\n' % (kind, _BOUNDARY)
    return counted + _without_entity_fields(header) + entity + body


def _text_sections(structure: Any, prefix: str, depth: int) -> list[str | None]:
    """Section numbers (RFC 3501 6.4.5) of text/plain and text/html parts that are not marked as files."""
    if structure is None or depth > _DEPTH:
        return []
    if getattr(structure, "is_multipart", False):
        found: list[str | None] = []
        for number, part in enumerate(structure[0], 1):
            found += _text_sections(part, f"{prefix}.{number}" if prefix else str(number), depth + 1)
        return found
    kind, subtype = (str(x.decode("ascii", "replace")).lower() if isinstance(x, bytes) else "" for x in structure[:2])
    # a text part has 8 fields, then extensions: MD5, disposition
    disposition = structure[9] if len(structure) > 9 else None
    is_file = isinstance(disposition, tuple) and disposition and str(disposition[0]).lower().find("attachment") >= 0
    return [prefix] if kind == "text" and subtype in ("plain", "html") and not is_file else []


def _leaves(structure: Any, depth: int) -> int:
    """Parts that are no multiparts; a message in a message is one."""
    if structure is None or depth > _DEPTH:
        return 0
    if getattr(structure, "is_multipart", False):
        return sum(_leaves(part, depth + 1) for part in structure[0])
    return 1


def _without_entity_fields(header: bytes) -> bytes:
    """The header block without what describes the old structure, and without its final empty line."""
    kept: list[bytes] = []
    dropping = False
    for line in header.splitlines(keepends=True):
        if not line.strip():
            break
        if line[:1] not in (b" ", b"\t"):
            dropping = bool(_ENTITY_FIELD.match(line))
        if not dropping:
            kept.append(line)
    return b"".join(kept)
