"""Message-ID, In-Reply-To and References (RFC 5322 3.6.4), normalised once; the raw form is kept beside it."""

from __future__ import annotations

import re

# Broken ids come without brackets, with spaces inside, twice, or quoted: whatever stands between < and >, else words.
_BRACKETED = re.compile(r"<([^<>]{1,998})>")
FORWARDED = "@forwarded.invalid"  # ends what stands for the id of an original that was forwarded without it
MAX_IDS = 200  # of one header; a References of more is cut to its first and its last ones


def normalise_message_id(raw: str) -> str:
    """The id without angle brackets or white space: `` <a@b> `` → ``a@b``. Empty when there is none. Case is kept:
    ids are compared exactly, as every mail program does."""
    found = _BRACKETED.search(raw)
    text = found.group(1) if found else raw.strip().strip("<>")
    return "".join(text.split())[:998]


def message_ids(raw: str) -> tuple[str, ...]:
    """All ids of a References or In-Reply-To header, in order, each once. Text that is no id ("Your message of
    Monday", RFC 822) is passed over."""
    found = _BRACKETED.findall(raw)
    if not found:
        found = [word for word in raw.replace(",", " ").split() if "@" in word]
    ids = dict.fromkeys(i for i in ("".join(f.split()) for f in found) if i)
    listed = tuple(ids)
    return listed if len(listed) <= MAX_IDS else listed[:1] + listed[-(MAX_IDS - 1) :]


def references_for_reply(parent_id: str, parent_references: tuple[str, ...]) -> tuple[str, ...]:
    """The References of an answer: the parent's, then the parent (RFC 5322 3.6.4)."""
    kept = [r for r in parent_references if r != parent_id]
    return (*kept, parent_id) if parent_id else tuple(kept)
