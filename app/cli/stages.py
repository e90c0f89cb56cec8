"""`deals stages`: the stages of deals in their order, and changes of the list."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Any

from app.cli.opening import opened
from app.cli.output import emit
from app.cli.parsing import Parser
from app.cli.record_commands import SOURCE
from app.cli.record_documents import change_document
from app.domain.errors import UsageError
from app.domain.record_words import sort_key
from app.domain.records import Outcome, RecordChange, RecordKind, StageUse
from app.services.edit_record import undo_last
from app.services.edit_stages import LIST, set_stages
from app.store import Store

_OUTCOMES = [outcome.value for outcome in Outcome]


def add_stages(actions: Any, common: Parser) -> None:
    """`actions`: the subparsers of `deals`."""
    command: Parser = actions.add_parser(
        "stages", parents=[common], help="the stages, in their order; and to change them"
    )
    command.set_defaults(run=_list)
    parts = command.add_subparsers(dest="part", metavar="ACTION", title="actions (without one: list)")
    add: Parser = parts.add_parser("add", parents=[common], help="a new stage")
    edit: Parser = parts.add_parser("edit", parents=[common], help="another name, meaning or place; its deals follow")
    remove: Parser = parts.add_parser("remove", parents=[common], help="take a stage away")
    undo: Parser = parts.add_parser("undo", parents=[common], help="take the last change of the stages back")
    for parser in (add, edit, remove):
        parser.add_argument("stage", metavar="STAGE", help="its name")
    edit.add_argument("--name", help="its new name")
    for parser in (add, edit):
        parser.add_argument("--outcome", choices=_OUTCOMES, help="what it means for a deal to be in it")
        parser.add_argument("--before", metavar="STAGE", help="its place: before this one; '' for the end")
    remove.add_argument("--move-to", metavar="STAGE", default="", help="where its deals go")
    add.set_defaults(run=_add)
    edit.set_defaults(run=_edit)
    remove.set_defaults(run=_remove)
    undo.set_defaults(run=_undo)


def _list(options: Namespace) -> int:
    with opened(options) as workspace:
        stages = workspace.store.stages.all()
    emit(options, {"stages": _documents(stages)}, lambda: _lines(stages))
    return 0


def _documents(stages: tuple[StageUse, ...]) -> list[dict[str, Any]]:
    return [{"name": stage.name, "outcome": stage.outcome.value, "deals": stage.deals} for stage in stages]


def _lines(stages: tuple[StageUse, ...]) -> list[str]:
    counts = {s.id: f"{s.deals:,} deal{'' if s.deals == 1 else 's'}" for s in stages}
    return [f"{stage.name} ({stage.outcome.value})  {counts[stage.id]}" for stage in stages]


def _add(options: Namespace) -> int:
    with opened(options) as workspace:
        stages = list(workspace.store.stages.all())
        new = StageUse(None, options.stage, Outcome(options.outcome or "open"))
        return _put(options, workspace.store, _placed(stages, new, options.before or ""))


def _edit(options: Namespace) -> int:
    with opened(options) as workspace:
        stages = list(workspace.store.stages.all())
        stage = _named(stages, options.stage)
        new = replace(stage, name=options.name if options.name is not None else stage.name)
        if options.outcome is not None:
            new = replace(new, outcome=Outcome(options.outcome))
        if options.before is None:
            wanted = [new if s is stage else s for s in stages]
        else:
            wanted = _placed([s for s in stages if s is not stage], new, options.before)
        return _put(options, workspace.store, wanted)


def _remove(options: Namespace) -> int:
    with opened(options) as workspace:
        stages = list(workspace.store.stages.all())
        stage = _named(stages, options.stage)
        moves = {stage.id or 0: _named(stages, options.move_to).name} if options.move_to else {}
        return _put(options, workspace.store, [s for s in stages if s is not stage], moves)


def _undo(options: Namespace) -> int:
    with opened(options) as workspace:
        change = undo_last(workspace.store, RecordKind.STAGE, LIST, SOURCE)
        return _told(options, workspace.store, change, f"Taken back: {change.what[:1].lower()}{change.what[1:]}.")


def _put(options: Namespace, store: Store, wanted: list[StageUse], moves: dict[int, str] | None = None) -> int:
    change = set_stages(store, wanted, moves, SOURCE)
    return _told(options, store, change, "The stages are as they were." if change is None else f"{change.what}.")


def _told(options: Namespace, store: Store, change: RecordChange | None, said: str) -> int:
    stages = store.stages.all()
    document = {"stages": _documents(stages), "change": None if change is None else change_document(change)}
    emit(options, document, lambda: [said, *_lines(stages)])
    return 0


def _placed(stages: list[StageUse], new: StageUse, before: str) -> list[StageUse]:
    at = stages.index(_named(stages, before)) if before else len(stages)
    return [*stages[:at], new, *stages[at:]]


def _named(stages: list[StageUse], name: str) -> StageUse:
    """Raises UsageError."""
    for stage in stages:
        if sort_key(stage.name) == sort_key(name):
            return stage
    raise UsageError(f"There is no stage {name!r}. Stages: {', '.join(s.name for s in stages)}.")
