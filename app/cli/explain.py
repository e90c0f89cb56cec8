"""`explain`: what an error message means and what to do, from the table that the Help page shows, too."""

from __future__ import annotations

from argparse import Namespace

from app.cli.output import emit
from app.cli.parsing import Parser
from app.words.lookup import find, find_elsewhere
from app.words.troubleshooting import Row

_WHO = {
    "you": "you can mend it",
    "administrator": "your administrator can mend it",
    "provider": "the provider can mend it",
    "itself": "it goes away by itself",
}
NOTHING = (
    "Nothing is known about this. Shorten it to its code or a few words; hitchpost diagnose ADDRESS makes a report for "
    "whoever runs the mail server."
)


def add_explain(command: Parser, _common: Parser) -> None:
    command.add_argument(
        "text", nargs="*", metavar="TEXT", help="a server’s message, a code, or words; without it, every known error"
    )
    command.set_defaults(run=_explain)


def _explain(options: Namespace) -> int:
    """Exit status 1 where nothing is known."""
    text = " ".join(options.text)
    rows, others = find(text), find_elsewhere(text)
    document = {"matches": [_document(row) for row in rows], "elsewhere": [_document(row) for row in others]}
    emit(options, document, lambda: _lines(rows, others))
    return 0 if rows else 1


def _document(row: Row) -> dict[str, str]:
    title, cause, remedy = row.words()
    return {
        "code": row.code,
        "title": title,
        "cause": cause,
        "remedy": remedy,
        "who": row.who.value,
        "source": row.source,
    }


def _lines(rows: tuple[Row, ...], others: tuple[Row, ...]) -> list[str]:
    if not rows:
        return [NOTHING]
    lines: list[str] = []
    for row in rows:
        title, cause, remedy = row.words()
        told = [f"{title} ({_WHO[row.who.value]})", f"  {cause}", f"  What to do: {remedy}"]
        lines += [*told, f"  {row.group}: {row.code}", f"  {row.source}", ""]
    if others:
        lines += ["At other services:", *(f"  {row.words()[0]}. {row.words()[2]}" for row in others), ""]
    return lines[:-1]
