"""Looking an error up: the table of `troubleshooting` and the program's own problems, searched by a pasted message or by
words. Used by the help page and the command line."""

from __future__ import annotations

from functools import cache

from app.domain.problems import Problem, ProblemCode
from app.words.problems import explain, who_mends
from app.words.troubleshooting import Row, look_up, table

_COMMON = frozenset(
    {
        ProblemCode.TLS_NOT_OFFERED,
        ProblemCode.TLS_FROM_START,
        ProblemCode.TLS_FAILED,
        ProblemCode.CERTIFICATE_CHANGED,
        ProblemCode.OUTCOME_UNKNOWN,
        ProblemCode.EXCHANGE_NOT_FOUND,
        ProblemCode.NO_SECRET,
        ProblemCode.DISK_FULL,
    }
)
_SHOWN = 400  # characters of a pasted message that are compared word by word


@cache
def everything() -> tuple[Row, ...]:
    """Every row there is, the common ones first: what servers say, and what the program finds out by itself and no row
    says already."""
    told = {row.title for row in table()}
    own = (_of_problem(code) for code in ProblemCode)
    rows = (*table(), *(row for row in own if row.title not in told))
    return tuple(sorted(rows, key=lambda row: not row.readme))


def _of_problem(code: ProblemCode) -> Row:
    words = explain(Problem(code, "{host}"))
    return Row(
        codes=(code.value,),
        group="Hitchpost",
        title=_anywhere(words.title[:1].upper() + words.title[1:]),
        cause=_anywhere(words.cause),
        remedy=_anywhere(words.remedy),
        who=who_mends(code),
        source="README.md",
        patterns=(),
        example="",
        general=True,
        readme=code in _COMMON,
    )


def _anywhere(text: str) -> str:
    """Of no server in particular."""
    return text.replace("autodiscover.{host}", "autodiscover").replace("https://{host}/", "https://mail.example.com/")


def find(text: str) -> tuple[Row, ...]:
    """The rows that a pasted message names, the most exact first, then those that have all of its words somewhere. All
    rows for nothing. What single services mean by words that others say, too, is left out (see `find_elsewhere`)."""
    return _split(text)[0]


def find_elsewhere(text: str) -> tuple[Row, ...]:
    """What the words mean where a service says them that the text does not name."""
    return _split(text)[1]


def _split(text: str) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """What there is to say about a text, and what it means at services that it does not name."""
    if not text.strip():
        return everything(), ()
    line = text.casefold()
    typed = {line.strip(), line.strip(" .")}
    rows = [row for row in everything() if typed & set(map(str.casefold, row.codes))]
    said = [row for row in look_up(text) if row not in rows]
    others = [row for row in said if row.bound and row.hosts and not row.is_named_in(line)]
    rows += [row for row in said if row not in others]
    anybody = bool(rows) and all(row.general for row in rows)
    wanted = line[:_SHOWN].split()
    for row in everything():
        if row not in rows and row not in others and all(word in _told(row) for word in wanted):
            (others if anybody and row.hosts and not row.is_named_in(line) else rows).append(row)
    if not rows:  # nobody else says it
        return tuple(others), ()
    return tuple(rows), tuple(others) if anybody else ()


@cache
def _told(row: Row) -> str:
    return f"{row.code} {row.group} {' '.join(row.words())} {row.example}".casefold()


def find_for(problem: Problem) -> str:
    """What to look up for a problem: the server's words, else the problem's own title."""
    return problem.server_says if look_up(problem.server_says) else explain(problem).title
