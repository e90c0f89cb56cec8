"""`why`: the decision about a message or an address, step by step."""

from __future__ import annotations

import threading
from argparse import Namespace

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser
from app.domain.trace import Mark, Trace
from app.services.explain_message import explain_message

_SIGNS = {Mark.YES: "+", Mark.NO: "-", Mark.NOTE: " "}


def add_why(command: Parser, common: Parser) -> None:
    command.add_argument("asked", metavar="MESSAGE-ID|ADDRESS", help="what you look for")
    command.add_argument("--offline", action="store_true", help="do not ask the mail servers")
    command.set_defaults(run=_why)


def _why(options: Namespace) -> int:
    with opened(options) as workspace:
        trace = explain_message(workspace, options.asked, threading.Event(), look=not options.offline)
    document = {
        "about": trace.about,
        "verdict": trace.verdict,
        "logged": trace.message_pk is not None,
        "steps": [{"mark": step.mark.value, "text": step.text} for step in trace.steps],
    }
    emit(options, document, lambda: why_lines(trace))
    return 0


def why_lines(trace: Trace) -> list[str]:
    return [trace.verdict, *(f"  {_SIGNS[step.mark]} {step.text}" for step in trace.steps)]
