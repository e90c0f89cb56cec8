"""What a person typed, as it stands in a sentence. Used wherever a message names it."""

from __future__ import annotations


def quoted(value: object) -> str:
    """“value”, in one line: what cannot be printed is told by its number, as in “\\x00”."""
    return "“" + "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value)) + "”"
