"""Subjects compared without their reply and forward prefixes (R6)."""

from __future__ import annotations

import re

# Prefixes that mail programs of many languages write. RFC 5322 3.6.5 knows only "Re:"; the others are what Outlook,
# Lotus Notes and webmailers put there in the language of the screen.
_PREFIXES = (
    "re|fw|fwd|aw|wg|antw|sv|vs|vb|vl|rv|enc|res|resp|rif|r|i|inoltra|tr|ref|réf|odp|pd|ynt|ilt|doorst|bls|trs|továbbítás|vá|"
    "σχετ|προωθ|απ|hal|回复|转发|答复|回覆|轉寄|返信|転送|отв|пер|fs|videresendt|videresend|vidaresänt|vidarebefordrat|"
    "svar|dotyczy|przekazano|fyi|atb|pārsūt|ats|per|edasi|tl|redir|fvs|betr"
)
_PREFIX = re.compile(rf"\s*(?:{_PREFIXES})\s*(?:\[\d{{1,3}}\]|\(\d{{1,3}}\)|\^\d{{1,3}})?\s*[:：]\s*", re.IGNORECASE)


def base_subject(subject: str) -> str:
    """The subject without prefixes, case and runs of white space, for comparison only."""
    rest = " ".join(subject[:998].split())
    while True:
        found = _PREFIX.match(rest)
        if not found or found.end() == 0:
            return rest.casefold().strip()
        rest = rest[found.end() :]


def reply_subject(subject: str) -> str:
    """ "Re: …", without a second one in front of a subject that has one already."""
    plain = " ".join(subject.split())
    return plain if re.match(r"re\s*:", plain, re.IGNORECASE) else f"Re: {plain}".strip()
