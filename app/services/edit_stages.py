"""The stages of deals are added, renamed, put in another order, won, lost or open, and removed: the whole list at once, as a
person edited it. Used by the façade and the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.record_fields import checked_fields
from app.domain.record_words import sort_key
from app.domain.records import Outcome, RecordChange, RecordKind, StageUse
from app.domain.rights import Right
from app.services.rights import require
from app.store import Store

LIST = 0  # the number under which changes of the list are kept


def set_stages(
    store: Store, stages: Sequence[StageUse], moves: Mapping[int, str] | None = None, source: str = "user"
) -> RecordChange | None:
    """`stages` in place of the list that is there; one without `id` is new. `moves`: for each stage that goes and holds deals,
    by its number, the name of the one to which these go. None when nothing is different. Raises UsageError, NotAllowed."""
    require(store, Right.STAGES)
    wanted = _checked(stages)
    with store.transaction(Area.DEALS, Area.COMPANIES, Area.CONTACTS, source=source):
        had = store.stages.all()
        known = {stage.id: stage for stage in had}
        gone = [stage for stage in had if stage.id not in {s.id for s in wanted}]
        if any(s.id is not None and s.id not in known for s in wanted):
            raise UsageError("The stages were changed elsewhere meanwhile. Look at them again.")
        targets = _targets(gone, wanted, moves or {})
        if _listed(had) == _listed(wanted):
            return None
        closed = {}
        for stage in had:
            after = next((s for s in wanted if s.id == stage.id), targets.get(stage.id or 0))
            if stage.outcome is not Outcome.OPEN and after is not None and after.outcome is Outcome.OPEN:
                closed.update(store.stages.closing_dates(stage.name))
        moved = [(pk, known[pk].name, to, store.stages.deals_in(known[pk].name)) for pk, to in targets.items()]
        kept = store.stages.put(wanted)
        for _, _, to, deals in moved:
            store.stages.move(deals, to.name, to.outcome)
        change_id = store.record_changes.note(
            RecordKind.STAGE,
            LIST,
            user_id=store.user_id,
            what=_what(had, kept, {name: (to.name, len(deals)) for _, name, to, deals in moved}),
            before={
                "stages": _listed(had),
                "moved": [[pk, to.name, deals] for pk, _, to, deals in moved],
                "closed": closed,
            },
            after={"stages": _listed(kept)},
        )
        return store.record_changes.get(change_id)


def bring_stages_back(store: Store, change: RecordChange) -> None:
    """Undoes `set_stages`, inside a transaction. Deals that were moved since stay where they are. Raises NotAllowed."""
    require(store, Right.STAGES)
    before = [StageUse(pk, name, Outcome(outcome)) for pk, name, outcome in change.before["stages"]]
    here = store.stages.all()
    if _listed(here) != change.after["stages"]:
        raise NotAllowed("The stages were changed again since then. Undo the later change first.")
    back = [(pk, store.stages.still_in(deals, name)) for pk, name, deals in change.before["moved"]]
    moving = {deal for _, deals in back for deal in deals}
    for stage in here:
        if stage.id not in {s.id for s in before} and set(store.stages.deals_in(stage.name)) - moving:
            raise NotAllowed(f"Deals are in “{stage.name}” by now. Move them to another stage first.")
    store.stages.put(before)
    for stage_id, deals in back:
        stage = next(s for s in before if s.id == stage_id)
        store.stages.move(deals, stage.name, stage.outcome)
    store.stages.put_closing_dates(change.before["closed"])


def _checked(stages: Sequence[StageUse]) -> list[StageUse]:
    found = [replace(s, name=checked_fields(RecordKind.DEAL, {"stage": s.name})["stage"]) for s in stages]
    names: dict[str, str] = {}
    for stage in found:
        if sort_key(stage.name) in names:
            raise UsageError(f"There are two stages called “{stage.name}”. Give one of them another name.")
        names[sort_key(stage.name)] = stage.name
    if not any(stage.outcome is Outcome.OPEN for stage in found):
        raise UsageError("One stage has to be open: a new deal begins there.")
    return found


def _targets(gone: Sequence[StageUse], wanted: Sequence[StageUse], moves: Mapping[int, str]) -> dict[int, StageUse]:
    """The number of a stage that goes → the one in the new list that takes its deals."""
    targets = {}
    for stage in gone:
        assert stage.id is not None  # it was in the list
        if not stage.deals:
            continue
        name = moves.get(stage.id, "")
        target = next((s for s in wanted if name and sort_key(s.name) == sort_key(name)), None)
        if target is None:
            deals = "A deal is" if stage.deals == 1 else f"{stage.deals:,} deals are"
            raise NotAllowed(
                f"{deals} in “{stage.name}”. Say to which stage they go.",
                f"{deals} in “{stage.name}”. Say to which stage they go: --move-to STAGE.",
            )
        targets[stage.id] = target
    return targets


def _listed(stages: Sequence[StageUse]) -> list[list[object]]:
    return [[stage.id, stage.name, stage.outcome.value] for stage in stages]


def _what(had: Sequence[StageUse], now: Sequence[StageUse], moved: Mapping[str, tuple[str, int]]) -> str:
    before, after = {s.id: s for s in had}, {s.id: s for s in now}
    said = [f"added the stage “{s.name}” ({s.outcome.value})" for s in now if s.id not in before]
    for stage in had:
        new = after.get(stage.id)
        if new is None:
            to, count = moved.get(stage.name, ("", 0))
            deals = f"; its {'deal' if count == 1 else f'{count:,} deals'} went to “{to}”" if count else ""
            said.append(f"removed the stage “{stage.name}”{deals}")
            continue
        if new.name != stage.name:
            said.append(f"renamed the stage “{stage.name}” to “{new.name}”")
        if new.outcome is not stage.outcome:
            said.append(f"made the stage “{new.name}” {new.outcome.value}")
    if [s.id for s in had if s.id in after] != [s.id for s in now if s.id in before]:
        said.append("changed the order of the stages")
    text = ", ".join(said)
    return text[:1].upper() + text[1:]
