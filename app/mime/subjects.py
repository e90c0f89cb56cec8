"""Subjects that machines write: absence notes, notices of failure, challenges. Used by `headers`, `kinds` and `reading`."""

from __future__ import annotations

import re
from functools import cache

from app.mime.word_lists import word_list, words_of

_IN_FRONT = "[(*_\"'“„ "
_REPORT = re.compile(r"report domain:\s", re.IGNORECASE)  # DMARC aggregate reports (RFC 7489 7.2.1.1)


@cache
def _beginnings(name: str, entry: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, words_of(word_list(name)[entry])))
    return re.compile(rf"(?:{words})(?![a-zà-ɏ])")


def _begins(subject: str, name: str, entry: str) -> bool:
    return _beginnings(name, entry).match(subject[:300].casefold().lstrip(_IN_FRONT)) is not None


def automatic_subject(subject: str) -> bool:
    """Whether a subject begins as automatic answers do."""
    return _begins(subject, "absences", "subjects")


def absent_subject(subject: str) -> bool:
    """Whether it begins with a word for being away, which people write, too."""
    return _begins(subject, "absences", "weak")


def challenge_subject(subject: str) -> bool:
    """Whether it begins as those of programs that ask a sender to prove to be a person."""
    return subject[:300].casefold().startswith(tuple(word_list("absences")["challenges"]))


def bounce_subject(subject: str) -> bool:
    """Whether it begins as servers begin those of their notices of failure."""
    return _begins(subject, "bounces", "subjects")


def report_subject(subject: str) -> bool:
    return _REPORT.match(subject) is not None
