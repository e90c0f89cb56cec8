"""`workspace`: which workspaces this computer knows, and which one the program logs to (S1)."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from app.bootstrap import home_folder, open_workspace
from app.cli.output import emit
from app.cli.parsing import Parser
from app.domain.workspaces import KnownWorkspace
from app.services.workspaces import known_workspaces, register_workspace, use_workspace


def add_workspace(command: Parser, common: Parser) -> None:
    command.set_defaults(run=_list)
    actions = command.add_subparsers(dest="action", metavar="ACTION", title="actions (without one: list)")
    actions.add_parser("list", parents=[common], help="all, and which one is used").set_defaults(run=_list)
    add = actions.add_parser(
        "add", parents=[common], help="make another workspace known; it is made when it is first used"
    )
    add.add_argument("name", metavar="NAME", help="what it is called here")
    add.add_argument(
        "url",
        metavar="URL",
        nargs="?",
        default="",
        help="where it lies, as in sqlite:////data/team/workspace.sqlite3; without it: with the others",
    )
    add.set_defaults(run=_add)
    use = actions.add_parser("use", parents=[common], help="log to this workspace from the next start on")
    use.add_argument("name", metavar="NAME", help="see hitchpost workspace list")
    use.set_defaults(run=_use)


def _list(options: Namespace) -> int:
    found = known_workspaces(home_folder())
    emit(options, {"workspaces": [_document(k) for k in found]}, lambda: [_line(k) for k in found])
    return 0


def _add(options: Namespace) -> int:
    home = home_folder()
    file = register_workspace(home, options.name, options.url)
    open_workspace(home, options.name).store.close()  # what cannot be opened is said now
    known = next(k for k in known_workspaces(home) if k.name == options.name)
    emit(options, {"workspace": _document(known)}, lambda: [f"{options.name} is at {file}."])
    return 0


def _use(options: Namespace) -> int:
    home = home_folder()
    before = next(k for k in known_workspaces(home) if k.current)
    known = use_workspace(home, options.name)
    waiting = before.inside.waiting if before.inside is not None and before.name != known.name else 0
    lines = [f"{known.name} is used from now on. A window that is open stays with its own until it is opened anew."]
    if waiting:
        lines.append(
            f"{waiting} {'message waits' if waiting == 1 else 'messages wait'} in the outbox of {before.name}. They go out "
            f"with hitchpost sync --workspace “{before.name}”."
        )
    emit(options, {"workspace": {**_document(known), "current": True}, "left_waiting": waiting}, lambda: lines)
    return 0


def _document(known: KnownWorkspace) -> dict[str, Any]:
    inside = known.inside
    return {
        "name": known.name,
        "url": f"sqlite:///{known.file}",
        "id": inside.uid if inside else "",
        "domain": inside.domain if inside else "",
        "inboxes": list(inside.inboxes) if inside else [],
        "waiting": inside.waiting if inside else 0,
        "current": known.current,
        "trouble": known.trouble,
    }


def _line(known: KnownWorkspace) -> str:
    inside = known.inside
    about = known.trouble or (f"{inside.domain or 'no inbox'}  {inside.uid}" if inside else "new")
    return f"{'*' if known.current else ' '} {known.name}  {about}  {known.file}"
