"""`settings blocked-ip`: addresses from which opens and clicks are kept but never told (T4)."""

from __future__ import annotations

import sys
import threading
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from app.cli.opening import opened, stop_on_signals
from app.cli.output import emit, instant
from app.cli.parsing import Parser
from app.domain.blocked_networks import BlockedNetwork, BlockedTrial
from app.domain.errors import UsageError
from app.services.workspace import Workspace

_WHAT = "an address, a network (192.0.2.0/24, 2001:db8::/64) or a range (192.0.2.10-192.0.2.20)"


def add_blocked(actions: object, common: Parser) -> None:
    """`actions`: the subparsers of `settings`."""
    group: Parser = actions.add_parser(  # type: ignore[attr-defined]  # argparse's own class is private
        "blocked-ip",
        parents=[common],
        help="addresses whose opens and clicks are never told",
        description="Opens and clicks from these addresses are kept, marked blocked, and never told. A change applies to past "
        "events, too. Your own computers need not be here: the tracking server knows their addresses.",
    )
    group.set_defaults(run=_list)
    commands = group.add_subparsers(dest="what", metavar="WHAT", title="what to do (without it: list)")
    commands.add_parser("list", parents=[common], help="all entries").set_defaults(run=_list)
    add = commands.add_parser("add", parents=[common], help=f"block {_WHAT}")
    add.add_argument("--note", default="", help="whose it is")
    remove = commands.add_parser("remove", parents=[common], help="tell of them again")
    trial = commands.add_parser(
        "try", parents=[common], help="how many past events it would change if these were blocked, too; changes nothing"
    )
    for command, run in ((add, _add), (remove, _remove), (trial, _try)):
        here = command is not remove
        command.add_argument("address", nargs="*" if here else "+", metavar="ADDRESS", help=_WHAT)
        if here:
            command.add_argument(
                "--this-computer",
                action="store_true",
                help="this computer’s address, too, as the tracking server sees it now; where it changes now and then, leave "
                "it out",
            )
        command.set_defaults(run=run)


def _list(options: Namespace) -> int:
    with opened(options) as workspace:
        entries = workspace.store.blocked.all()
    _tell(options, entries)
    return 0


def _add(options: Namespace) -> int:
    from app.services.blocked_networks import with_entry

    with opened(options) as workspace:
        _add_this_computer(workspace, options)
        entries = _each(
            workspace, options, with_entry, options.note or ("This computer" if options.this_computer else "")
        )
        return _change(options, workspace, entries)


def _remove(options: Namespace) -> int:
    from app.services.blocked_networks import without_entry

    with opened(options) as workspace:
        return _change(options, workspace, _each(workspace, options, without_entry))


def _add_this_computer(workspace: Workspace, options: Namespace) -> None:
    """To the addresses that are named. Raises UsageError where it is not known or none is named, TrackingError, SecretError."""
    from app.services.this_computers_address import this_computers_address

    if options.this_computer:
        with stop_on_signals() as stop:
            seen = this_computers_address(workspace, stop)
        if not seen.address:
            raise UsageError(f"This computer’s address is not known. {seen.why}")
        options.address.append(seen.address)
    if not options.address:
        raise UsageError(f"Name {_WHAT}, or --this-computer.")


def _each(workspace: Workspace, options: Namespace, change: Any, *more: str) -> tuple[BlockedNetwork, ...]:
    """The list after one change for each word. Raises UsageError, having changed nothing, when one of them is wrong."""
    kept = workspace.store.blocked.all()
    texts = {entry.text for entry in kept}
    result = {entry.text: entry for entry in kept}
    for word in options.address:
        after = {entry.text: entry for entry in change(workspace, word, *more)}
        for text in texts - after.keys():
            result.pop(text, None)
        result |= {text: entry for text, entry in after.items() if text not in texts}
    return tuple(result.values())


def _change(options: Namespace, workspace: Workspace, entries: Sequence[BlockedNetwork]) -> int:
    from app.services.blocked_networks import save_blocked
    from app.services.rescore_events import rescore

    save_blocked(workspace, entries)
    with stop_on_signals() as stop:
        done = rescore(workspace, stop)
    kept = workspace.store.blocked.all()
    events = "1 past event is" if done.changed == 1 else f"{done.changed:,} past events are"
    print(f"{events} judged otherwise now.", file=sys.stderr)
    if not done.finished:
        print("It was stopped; the program goes on with it when it runs.", file=sys.stderr)
    _tell(options, kept, changed=done.changed, finished=done.finished)
    return 0


def _try(options: Namespace) -> int:
    from app.services.blocked_networks import try_blocked, with_entry

    with opened(options) as workspace, stop_on_signals() as stop:
        _add_this_computer(workspace, options)
        trial = try_blocked(workspace, _each(workspace, options, with_entry), stop)
        _refuse_half(stop)
    emit(options, trial_document(trial), lambda: trial_lines(trial))
    return 0


def _refuse_half(stop: threading.Event) -> None:
    if stop.is_set():
        raise UsageError("It was stopped before everything was looked at.")


def trial_document(trial: BlockedTrial) -> dict[str, Any]:
    changes = [
        {"from": now.value, "to": then.value, "events": number} for (now, then), number in sorted(
            trial.changes.items(), key=lambda pair: (pair[0][0].value, pair[0][1].value)
        )
    ]  # fmt: skip
    return {"looked_at": trial.looked_at, "changed": trial.changed, "changes": changes}


def trial_lines(trial: BlockedTrial) -> list[str]:
    lines = [
        f"  {change['events']:,} from {change['from']} to {change['to']}" for change in trial_document(trial)["changes"]
    ]
    return [f"{trial.changed:,} of {trial.looked_at:,} past events would change.", *lines]


def _tell(options: Namespace, entries: Sequence[BlockedNetwork], **more: Any) -> None:
    document = {
        "blocked": [
            {"network": e.text, "note": e.note, "added_at": instant(e.added_at) if e.added_at else None}
            for e in entries
        ],
        **more,
    }
    lines = [f"{e.text}  {e.note}".rstrip() for e in entries] or ["No address is blocked."]
    emit(options, document, lambda: lines)
