"""`tracking networks`: the list of networks from which machines fetch pictures and look at links."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.blocked import trial_document, trial_lines
from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit
from app.cli.parsing import Parser
from app.domain.errors import UsageError

if TYPE_CHECKING:
    from app.services.network_lists import ListInUse
    from app.services.workspace import Workspace


def add_networks(actions: Any, common: Parser) -> None:
    """`actions`: the subparsers of `tracking`."""
    group = actions.add_parser(
        "networks",
        parents=[common],
        help="the list of networks of proxies and scanners: of when it is; use another one",
        description="Opens and clicks are judged by a list of the networks of proxies and scanners, which is built in and goes "
        "stale. A file of the same form (resources/tracking/networks.json) can be used in its place, for everybody in the "
        "workspace. Past events are judged again; nothing is deleted.",
    )
    group.set_defaults(run=_show)
    what = group.add_mutually_exclusive_group()
    what.add_argument(
        "--try", dest="tried", type=Path, metavar="FILE", help="what using it would change; changes nothing"
    )
    what.add_argument("--use", type=Path, metavar="FILE", help="use this list from now on")
    what.add_argument("--built-in", action="store_true", help="use the built-in list again")


def _show(options: Namespace) -> int:
    from app.services.network_lists import list_in_use, text_of, try_networks

    with opened(options) as workspace:
        if options.tried is not None:
            with stop_on_signals() as stop:
                trial = try_networks(workspace, text_of(options.tried), stop)
                if stop.is_set():
                    raise UsageError("It was stopped before everything was looked at.")
            emit(options, trial_document(trial), lambda: trial_lines(trial))
            return 0
        more = _use(workspace, options.use) if options.use is not None or options.built_in else {}
        used = list_in_use(workspace)
    emit(options, {**_document(used), **more}, lambda: [_line(used)])
    return 0


def _use(workspace: Workspace, path: Path | None) -> dict[str, Any]:
    from app.services.network_lists import text_of, use_networks
    from app.services.rescore_events import rescore

    use_networks(workspace, text_of(path) if path is not None else "", path.name if path is not None else "")
    with stop_on_signals() as stop:
        done = rescore(workspace, stop)
    events = "1 past event is" if done.changed == 1 else f"{done.changed:,} past events are"
    print(f"{events} judged otherwise now.", file=sys.stderr)
    if not done.finished:
        print("It was stopped; the program goes on with it when it runs.", file=sys.stderr)
    return {"changed": done.changed, "finished": done.finished}


def _document(used: ListInUse) -> dict[str, Any]:
    return {
        "list": used.name or "built-in",
        "date": used.date,
        "networks": used.networks,
        "owners": used.owners,
        "bots_date": used.bots_date,
    }


def _line(used: ListInUse) -> str:
    called = used.name or "Built in"
    counted = f"{used.networks:,} networks of {used.owners:,} owners"
    return f"{called}, of {used.date}: {counted}. Names of bots: built in, of {used.bots_date}."
