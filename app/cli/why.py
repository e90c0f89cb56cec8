"""`why`: the decision about a message or an address, step by step."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit
from app.cli.parsing import Parser, count
from app.domain.errors import HitchpostError
from app.domain.trace import Mark, Trace
from app.services.explain_message import EVERY, MOST, explain_message

_SIGNS = {Mark.YES: "+", Mark.NO: "-", Mark.NOTE: " "}


def add_why(command: Parser, common: Parser) -> None:
    command.description = (
        "Says why a message is on a timeline, or why it is not. Of an address it tells the newest messages from there, in "
        "all folders of all inboxes. The mail servers are asked for what is not known here; only headers are read."
    )
    command.add_argument(
        "asked", metavar="MESSAGE-ID|ADDRESS", help="the id in a message's header, or whose messages to look for"
    )
    command.add_argument("--offline", action="store_true", help="do not ask the mail servers")
    many = command.add_mutually_exclusive_group()
    many.add_argument(
        "--limit",
        type=count,
        default=MOST,
        metavar="N",
        help=f"how many messages of an address to tell (default: {MOST})",
    )
    many.add_argument("--all", action="store_true", help="all messages of an address")
    command.set_defaults(run=_why)


def _why(options: Namespace) -> int:
    most = EVERY if options.all else options.limit
    with opened(options) as workspace, stop_on_signals() as stop:
        trace = explain_message(workspace, options.asked, stop, look=not options.offline, most=most)
    if stop.is_set():
        raise HitchpostError("Stopped before all was looked at.")
    document = {
        "about": trace.about,
        "verdict": trace.verdict,
        "logged": trace.message_pk is not None,
        "found": trace.found,
        "told": trace.told,
        "steps": [{"mark": step.mark.value, "text": step.text} for step in trace.steps],
    }
    emit(options, document, lambda: why_lines(trace, offline=options.offline))
    return 0


def why_lines(trace: Trace, *, offline: bool = False) -> list[str]:
    lines = [trace.verdict, *(f"  {_SIGNS[step.mark]} {step.text}" for step in trace.steps)]
    if trace.told < trace.found:
        lines.append(f"{trace.found - trace.told} more are not told here. To see them: add --all, or --limit N.")
    elif offline and trace.message_pk is None:
        lines.append("Without --offline the mail servers are asked, too.")
    return lines
