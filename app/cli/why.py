"""`why`: the decision about a message or an address, step by step; and a message parted from the forward it was joined with."""

from __future__ import annotations

from argparse import Namespace

from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit
from app.cli.parsing import Parser, count
from app.domain.errors import HitchpostError, UsageError
from app.domain.message_ids import normalise_message_id
from app.domain.trace import Mark, Trace
from app.services.explain_message import EVERY, MOST, explain_message
from app.services.join_forwarded import AREAS, join_forwarded, part_forwarded, why_not_parted

_SIGNS = {Mark.YES: "+", Mark.NO: "-", Mark.NOTE: " "}


def add_why(command: Parser, common: Parser) -> None:
    command.description = (
        "Says why a message is on a timeline, or why it is not. Of an address it tells the newest messages from there, in "
        "all folders of all inboxes. The mail servers are asked for what is not known here; only headers are read."
    )
    command.add_argument(
        "asked", metavar="MESSAGE-ID|ADDRESS", help="the id in a message’s header, or whose messages to look for"
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
    joined = command.add_mutually_exclusive_group()
    joined.add_argument(
        "--part", action="store_true", help="the message and the forward that it was joined with are two again"
    )
    joined.add_argument("--join", action="store_true", help="they are one after all")
    command.set_defaults(run=_why)


def _why(options: Namespace) -> int:
    if options.part or options.join:
        return _part_or_join(options)
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


def _part_or_join(options: Namespace) -> int:
    with opened(options) as workspace:
        known = workspace.store.messages.known([normalise_message_id(options.asked)])
        if not known:
            raise UsageError(f"No message with the id {options.asked} is logged here.")
        pk = next(iter(known.values())).pk
        if options.part:
            forwarded = part_forwarded(workspace, pk)
            if forwarded is None:
                raise UsageError(why_not_parted(workspace, pk))
            told = "The message and its forward are two again."
        else:
            with workspace.store.transaction(*AREAS, source="command line"):
                if workspace.store.joined.joined_at(pk) is not None or not join_forwarded(workspace, pk):
                    raise UsageError("There is no forward of its own that it could be joined with, or several.")
            told = "The message and its forward are one again."
    emit(options, {"joined": bool(options.join)}, lambda: [told])
    return 0


def why_lines(trace: Trace, *, offline: bool = False) -> list[str]:
    lines = [trace.verdict, *(f"  {_SIGNS[step.mark]} {step.text}" for step in trace.steps)]
    if trace.told < trace.found:
        lines.append(f"{trace.found - trace.told} more are not told here. To see them: add --all, or --limit N.")
    elif offline and trace.message_pk is None:
        lines.append("Without --offline the mail servers are asked, too.")
    return lines
