"""The stages of deals as a list that a person edits. Who may, and what is asked before, is in `services.edit_stages`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import fn

from app.domain.records import Outcome, StageUse
from app.store import models as m
from app.store.deals import Deals
from app.store.fields import from_micros, now, to_micros

_APART = 10  # between two places in the list
_AT_ONCE = 500  # deals in a statement


class Stages:
    _deals = Deals()

    def all(self) -> tuple[StageUse, ...]:
        """In their order, with the number of deals in each."""
        used = dict(m.Deal.select(m.Deal.stage, fn.COUNT(m.Deal.id)).group_by(m.Deal.stage).tuples())
        rows = m.DealStage.select().order_by(m.DealStage.position, m.DealStage.id)
        return tuple(StageUse(r.id, r.name, Outcome(r.outcome), used.get(r.name, 0)) for r in rows)

    def deals_in(self, name: str) -> list[int]:
        query = m.Deal.select(m.Deal.id).where(m.Deal.stage == name)
        return [pk for (pk,) in query.order_by(m.Deal.id).tuples()]

    def closing_dates(self, name: str) -> dict[str, int]:
        """Deal → when it was closed, in microseconds; of those in this stage."""
        query = m.Deal.select(m.Deal.id, m.Deal.closed_at).where(
            (m.Deal.stage == name) & m.Deal.closed_at.is_null(False)
        )
        return {str(pk): to_micros(at) for pk, at in query.tuples()}

    def put(self, stages: Sequence[StageUse]) -> tuple[StageUse, ...]:
        """This list in place of the one that is there, inside a transaction. A deal follows its stage's new name and outcome;
        when it was last changed stays. The deals of a stage that is not in the list any more are for the caller to move.
        Returns the list with the numbers of what is new."""
        had = {stage.id: stage for stage in self.all()}
        kept = {stage.id for stage in stages if stage.id in had}
        for pk in had.keys() - kept:
            m.DealStage.delete().where(m.DealStage.id == pk).execute()
        for pk in kept:  # names may change places: none is in the way of another
            m.DealStage.update(name=f"\x01{pk}").where(m.DealStage.id == pk).execute()
        for place, stage in enumerate(stages, 1):
            values: dict[str, Any] = {"name": stage.name, "outcome": stage.outcome.value, "position": place * _APART}
            if stage.id in kept:
                m.DealStage.update(**values).where(m.DealStage.id == stage.id).execute()
            else:
                m.DealStage.create(**values, **({} if stage.id is None else {"id": stage.id}))
        changed: dict[str, list[int]] = {}
        for stage in stages:
            before = had.get(stage.id)
            if before is not None and (before.name, before.outcome) != (stage.name, stage.outcome):
                changed[stage.name] = self.deals_in(before.name)
        for stage in stages:
            if stage.name in changed:
                self.move(changed[stage.name], stage.name, stage.outcome)
        for stage in self.all():
            at = m.DealStage.get_by_id(stage.id).position
            m.Deal.update(sort_stage=at).where((m.Deal.stage == stage.name) & (m.Deal.sort_stage != at)).execute()
        return self.all()

    def move(self, deals: Sequence[int], name: str, outcome: Outcome) -> None:
        """These deals to a stage. A closed one keeps the date at which it was closed."""
        is_open = outcome is Outcome.OPEN
        for start in range(0, len(deals), _AT_ONCE):
            these = m.Deal.id.in_(list(deals[start : start + _AT_ONCE]))
            m.Deal.update(stage=name, is_open=is_open).where(these).execute()
            if is_open:
                m.Deal.update(closed_at=None).where(these).execute()
            else:
                m.Deal.update(closed_at=now()).where(these & m.Deal.closed_at.is_null()).execute()
        for pk in deals:
            self._deals.refresh(pk)

    def put_closing_dates(self, dates: dict[str, int]) -> None:
        """As `closing_dates` told them; of deals that are closed."""
        for pk, at in dates.items():
            m.Deal.update(closed_at=from_micros(at)).where((m.Deal.id == int(pk)) & ~m.Deal.is_open).execute()

    def still_in(self, deals: Sequence[int], name: str) -> list[int]:
        """Those of them that are in this stage."""
        here = set(self.deals_in(name))
        return [pk for pk in deals if pk in here]
