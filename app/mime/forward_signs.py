"""Whether a message with a copy of another one in it forwards that one or answers it. Used by `forward`.

Outlook and others copy a message in the same way for both. The rule, in this order:

1. A header that only a forward has (X-Forwarded-Message-Id) says forward.
2. The subject's first prefix says “forwarded” (in any language): forward; under “On … wrote:” only where the message does not
   go to the one who is quoted.
3. It says “answer”: answer, except below a line that says “forwarded” in a message that names no thread and does not go to
   the original's sender.
4. It says either (“VS:” is a forward in Danish and Norwegian, an answer in Finnish and Estonian): the language of the copied
   header decides, else 6.
5. No prefix, below a line that says “forwarded”: forward, unless the message names a thread and goes to the original's sender.
6. No prefix, below “original message” or a ruler, or an unknown prefix in front of the copied subject: forward, unless one
   who is in the copied header gets the message, or its sender is the copied message's sender too.
7. Below a line between dashes that no language has: forward where the subject's prefix says so or its rest is the copied one.
8. A header with nothing above it, or “On … wrote:”, and no prefix: no forward. People quote headers in letters.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.addresses import Address
from app.mime.forward_copies import ATTRIBUTED, BARE, ORIGINAL, RULED, SEPARATED, UNREAD, Copy
from app.mime.forward_parties import parties, party
from app.mime.forward_words import (
    CC,
    EITHER,
    FORWARD,
    FROM,
    NEITHER,
    REPLY,
    SUBJECT,
    TO,
    folded,
    subject_sign,
    unknown_prefix,
)

ANSWER = "The message answers the one that it quotes."
NO_COPY = "No copy of another message was found in it."
QUOTED = (
    "It quotes the header of a message, but neither its subject nor a line above that header says that it forwards it."
)
NO_SENDER = "The forwarded header does not name its sender's address."
REPORT = "It is a report of a mail server, which has a copy of what the report is about."

_FORWARD_IN = frozenset({"da", "nb", "nn"})
_ANSWER_IN = frozenset({"fi", "et"})


@dataclass(frozen=True)
class Outer:
    """What the header of the message itself says. Addresses are keys; `languages`: of Content-Language and Accept-Language."""

    subject: str
    sender: str
    recipients: frozenset[str]
    names_thread: bool
    says_forwarded: bool = False
    languages: frozenset[str] = frozenset()


def decide(copy: Copy, outer: Outer) -> str:
    """Empty where the message forwards what it copies; else why it does not."""
    if outer.says_forwarded:
        return ""
    sign, _, behind = subject_sign(outer.subject)
    subject = copy.block.values.get(SUBJECT, "")
    if copy.kind == UNREAD and sign not in (FORWARD, REPLY) and folded(behind) != folded(subject):
        return "" if unknown_prefix(outer.subject, subject) else QUOTED
    author = party(copy.block.values.get(FROM, ""))
    to_author = bool(author.addr_spec) and author.key in outer.recipients
    if sign == FORWARD:
        if copy.kind == ATTRIBUTED:
            return ANSWER if to_author or not author.addr_spec else ""
        return ""
    if sign == REPLY:
        sure = copy.kind == SEPARATED and not outer.names_thread and not to_author and copy.depth == 0
        return "" if sure else ANSWER
    if sign == EITHER:
        language = copy.block.language((copy.mark.languages if copy.mark else frozenset(),))
        if language in _FORWARD_IN:
            return ""
        if language in _ANSWER_IN and copy.kind != SEPARATED:
            return ANSWER
        return "" if copy.kind == SEPARATED else _by_people(copy, outer, author, to_author)
    if copy.kind == SEPARATED:
        if copy.indent >= 4 and copy.mark is not None and copy.mark.rest == "" and not copy.depth:
            return QUOTED  # indented like an example in a letter
        return ANSWER if outer.names_thread and to_author else ""
    if copy.kind in (ORIGINAL, RULED, UNREAD):
        return _by_people(copy, outer, author, to_author)
    if copy.kind == BARE and sign == NEITHER and unknown_prefix(outer.subject, copy.block.values.get(SUBJECT, "")):
        return _by_people(copy, outer, author, to_author)
    return ANSWER if copy.kind == ATTRIBUTED or to_author else QUOTED


def _by_people(copy: Copy, outer: Outer, author: Address, to_author: bool) -> str:
    """Answers go to those who had the message; forwards go to others."""
    if to_author or (author.addr_spec and author.key == outer.sender):
        return ANSWER
    others = parties(copy.block.values.get(TO, "")) + parties(copy.block.values.get(CC, ""))
    had_it = {address.key for address in others if address.addr_spec} - {outer.sender}
    return ANSWER if had_it & outer.recipients else ""
