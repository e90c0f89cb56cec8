"""How large a message's content and its files are, for the limits of logging (L4). Used by `services.log_copied_message`."""

from __future__ import annotations

from app.domain.copied_mail import Sizes
from app.mime.bodies import select
from app.mime.structure import parse_structure


def sizes_of(raw: bytes) -> Sizes:
    """Content: the bytes of the parts that are shown as text, plain and HTML both, without their transfer encoding and in the
    charset that they were sent in. Files: those of all others; a forwarded message in a message is a file. The header
    counts for neither. Any bytes will do."""
    root, _ = parse_structure(raw)
    found = select(root)
    shown = {id(part): part for part in (*found.plain, *found.html)}
    content = sum(len(part.content()) for part in shown.values())
    return Sizes(content, sum(len(part.content()) for part, _ in found.files))
