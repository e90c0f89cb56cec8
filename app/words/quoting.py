"""What a server said, marked as its own words; and what was noted here about a fault, without that mark. Used by the command
line, the screens and the report of a diagnosis: nothing else writes “The server says”."""

from __future__ import annotations

from app.domain.problems import Problem, ProblemCode

_ENDS = (".", "!", "?", "…")
# Their cause tells it already, in words that are less of a library's.
_TOLD = frozenset(
    {
        ProblemCode.CERTIFICATE_EXPIRED,
        ProblemCode.CERTIFICATE_NOT_YET_VALID,
        ProblemCode.CERTIFICATE_UNTRUSTED,
        ProblemCode.CERTIFICATE_NAME_MISMATCH,
        ProblemCode.CERTIFICATE_CHANGED,
        ProblemCode.CONNECTION_LOST,
        ProblemCode.TLS_FAILED,
        ProblemCode.OUTCOME_UNKNOWN,
    }
)


def sentence(text: str) -> str:
    """With a full stop, where it has no end of its own; empty for nothing."""
    return text if not text or text.endswith(_ENDS) else f"{text}."


def quoted(words: str) -> str:
    """In quotation marks, as a sentence ends with them."""
    return f"“{words}”" if words.endswith(_ENDS) else f"“{words}”."


def server_says(problem: Problem) -> str:
    """One sentence that quotes the server; empty where it said nothing."""
    return f"The server says: {quoted(problem.server_words)}" if problem.server_words else ""


def said(problem: Problem) -> str:
    """That sentence; else what was noted here, where the cause does not tell it. To be put behind the cause: with a space
    before it, or empty."""
    if problem.server_words:
        return f" {server_says(problem)}"
    note = "" if problem.code in _TOLD else problem.note
    return f" {sentence(note[:1].upper() + note[1:])}" if note else ""
