"""`feed`: what happened, by the same filters as the screen."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from typing import Any

from app.cli.opening import opened
from app.cli.output import counted, emit
from app.cli.parsing import Parser, count, moment
from app.cli.records import MOST, event_document, feed_lines, find_contact
from app.domain.errors import UsageError
from app.domain.events import EventKind, Verdict
from app.domain.feed_filter import FeedFilter
from app.domain.message_ids import normalise_message_id
from app.services.workspace import Workspace


def add_feed(command: Parser, common: Parser) -> None:
    command.add_argument("--since", type=moment, metavar="TIME", help="only what is newer, such as 2026-12-01T08:00")
    command.add_argument("--until", type=moment, metavar="TIME", help="only what is older")
    command.add_argument(
        "--kind",
        action="append",
        choices=[kind.value for kind in EventKind],
        metavar="KIND",
        help=f"only this kind: {_listed(EventKind)}; may be given several times",
    )
    command.add_argument(
        "--verdict",
        action="append",
        choices=[verdict.value for verdict in Verdict],
        metavar="VERDICT",
        help=f"only what is judged so: {_listed(Verdict)}; may be given several times",
    )
    command.add_argument("--contact", metavar="ADDRESS", help="only of the contact who has this address")
    command.add_argument("--message", metavar="MESSAGE-ID", help="only about this message")
    command.add_argument("--search", metavar="WORDS", default="", help="only where all of these words stand")
    command.add_argument(
        "--limit", type=_limit, default=MOST, metavar="N", help=f"the N newest of them; default, and most: {MOST}"
    )
    command.set_defaults(run=_feed)


def _listed(values: type[EventKind] | type[Verdict]) -> str:
    return ", ".join(value.value for value in values)


def _limit(text: str) -> int:
    if (number := count(text)) > MOST:
        raise ArgumentTypeError(f"{text!r} is more than {MOST}, the most that is told at once; see --until")
    return number


def _feed(options: Namespace) -> int:
    if options.since and options.until and options.since >= options.until:
        raise UsageError("There is no time after --since and before --until.")
    with opened(options) as workspace:
        wanted = _wanted(workspace, options)
        rows = workspace.store.feed.filtered(wanted, limit=options.limit + 1)
        unknown = workspace.store.events.unknown_kinds()
    shown, more = rows[: options.limit], len(rows) > options.limit
    document: dict[str, Any] = {"events": [event_document(row) for row in shown]}
    if more:
        document["more"] = True
    if unknown:
        document["not_understood"] = unknown
    emit(options, document, lambda: _lines(wanted, shown, more, unknown))
    return 0


def _wanted(workspace: Workspace, options: Namespace) -> FeedFilter:
    """Raises UsageError."""
    return FeedFilter(
        kinds=frozenset(map(EventKind, options.kind)) if options.kind else None,
        search=options.search,
        contact_id=find_contact(workspace, options.contact) if options.contact else None,
        message_pk=_find_message(workspace, options.message) if options.message else None,
        verdicts=frozenset(map(Verdict, options.verdict)) if options.verdict else None,
        since=options.since,
        until=options.until,
    )


def _find_message(workspace: Workspace, asked: str) -> int:
    known = workspace.store.messages.known([normalise_message_id(asked)])
    if not known:
        raise UsageError(f"There is no message with the ID {asked}. See hitchpost timeline --json.")
    return next(iter(known.values())).pk


def _lines(wanted: FeedFilter, rows: tuple[Any, ...], more: bool, unknown: dict[str, int]) -> list[str]:
    lines = ["Nothing of this kind has happened."] if wanted.active and not rows else feed_lines(rows)
    if more:
        lines.append("There are more, which are older: see --limit and --until.")
    if unknown:
        events = counted(sum(unknown.values()), "event")
        lines.append(
            f"The tracking server told of {events} of kinds that only a newer Hitchpost knows. Update this one."
        )
    return lines
