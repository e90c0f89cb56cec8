"""Deals, their stages, and the contacts they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from peewee import JOIN, ModelSelect

from app.domain.errors import UsageError
from app.domain.money import comparable
from app.domain.quoting import quoted
from app.domain.record_words import search_text, sort_key, sort_key_or_last
from app.domain.records import DealLine, DealRecord, Fields, Named, Outcome, RecordKind, Stage
from app.store import journal
from app.store import models as m
from app.store.companies import owner_of
from app.store.company_merging import standing_company
from app.store.fields import now
from app.store.merging import standing
from app.store.search import Search

_PLAIN = ("name", "amount_minor", "currency")
_NAMES = 20  # of a deal’s contacts, by which it is found


class Deals:
    _search = Search()

    def stages(self) -> tuple[Stage, ...]:
        """In their order."""
        return tuple(Stage(r.name, Outcome(r.outcome)) for r in m.DealStage.select().order_by(m.DealStage.position))

    def stage(self, name: str) -> Stage:
        """By its name in any case. Raises UsageError."""
        for stage in self.stages():
            if sort_key(stage.name) == sort_key(name):
                return stage
        raise UsageError(f"There is no stage {quoted(name)}. Stages: {', '.join(s.name for s in self.stages())}.")

    def add(self, fields: Fields) -> int:
        """Checked fields with a name; the first open stage where none is named. Inside a transaction."""
        first = next(stage.name for stage in self.stages() if stage.outcome is Outcome.OPEN)
        row = m.Deal.create(name=fields["name"], stage=first, created_at=now(), changed_at=now())
        self.write(row.id, {"stage": first, **fields})
        journal.enter(RecordKind.DEAL.value, row.id)
        return int(row.id)

    def exists(self, deal_id: int) -> bool:
        """And was not removed."""
        return bool(m.Deal.select().where((m.Deal.id == deal_id) & m.Deal.hidden_at.is_null()).exists())

    def find_name(self, name: str, *, removed: bool = False) -> tuple[int, ...]:
        """Those of this name, whatever its case and accents: those that stand, or those that were removed."""
        query = m.Deal.select(m.Deal.id).where(
            (m.Deal.sort_name == sort_key(name)) & m.Deal.hidden_at.is_null(not removed)
        )
        return tuple(pk for (pk,) in query.order_by(m.Deal.id).tuples())

    def contacts(self, deal_id: int) -> tuple[int, ...]:
        query = m.DealContact.select(m.DealContact.contact_id).where(m.DealContact.deal == deal_id)
        return tuple(pk for (pk,) in query.order_by(m.DealContact.id).tuples())

    def snapshot(self, deal_id: int) -> Fields:
        """All fields, as `write` takes them. Raises UsageError when there is no such deal."""
        row = m.Deal.get_or_none(m.Deal.id == deal_id)
        if row is None:
            raise UsageError("There is no such deal.")
        return {
            **{name: getattr(row, name) for name in _PLAIN},
            "stage": row.stage,
            "owner": row.owner_user_id,
            "company": row.company_id,
            "contacts": list(self.contacts(deal_id)),
            "removed": row.hidden_at is not None,
        }

    def write(self, deal_id: int, fields: Fields) -> None:
        """Checked fields; what is not named stays. A contact or company that was merged counts as the one it is part of
        now. Inside a transaction. Raises UsageError."""
        row = m.Deal.get_by_id(deal_id)
        values = {name: fields[name] for name in _PLAIN if name in fields}
        amount, currency = values.get("amount_minor", row.amount_minor), values.get("currency", row.currency)
        if values.keys() & {"amount_minor", "currency"} and amount is not None and not currency:
            raise UsageError("An amount needs a currency, such as EUR or SEK.")
        if "stage" in fields:
            stage = self.stage(fields["stage"])
            is_open = stage.outcome is Outcome.OPEN
            values.update(stage=stage.name, is_open=is_open)
            values["closed_at"] = None if is_open else row.closed_at or now()
        if "owner" in fields:
            values["owner_user"] = fields["owner"]
        if "company" in fields:
            values["company"] = standing_company(fields["company"])
        if "removed" in fields:
            values["hidden_at"] = now() if fields["removed"] else None
        m.Deal.update(**values, changed_at=now()).where(m.Deal.id == deal_id).execute()
        if "contacts" in fields:
            m.DealContact.delete().where(m.DealContact.deal == deal_id).execute()
            for contact_id in standing(fields["contacts"]):
                m.DealContact.create(deal=deal_id, contact=contact_id)
        self.refresh(deal_id)

    def refresh(self, deal_id: int) -> None:
        """What it is sorted and found by."""
        row = m.Deal.get_by_id(deal_id)
        company = row.company if row.company_id is not None and row.company.hidden_at is None else None
        name = company.name if company is not None else ""
        linked = m.Contact.select(m.Contact.name).join(m.DealContact)
        people = linked.where((m.DealContact.deal == deal_id) & m.Contact.hidden_at.is_null() & (m.Contact.name != ""))
        names = people.order_by(m.DealContact.id).limit(_NAMES).tuples()
        key = search_text((row.name, row.stage, name, *(person for (person,) in names)))
        stage = m.DealStage.get_or_none(m.DealStage.name == row.stage)
        m.Deal.update(
            sort_name=sort_key(row.name),
            sort_amount=comparable(row.amount_minor, row.currency),
            sort_stage=0 if stage is None else stage.position,
            sort_company=sort_key_or_last(name),
            search_key=key,
        ).where(m.Deal.id == deal_id).execute()
        self._search.put_record(RecordKind.DEAL, deal_id, "" if row.hidden_at is not None else key)

    def of_company(self, company_id: int) -> tuple[int, ...]:
        """Removed ones too."""
        query = m.Deal.select(m.Deal.id).where(m.Deal.company == company_id)
        return tuple(pk for (pk,) in query.order_by(m.Deal.id).tuples())

    def of_contact(self, contact_id: int) -> tuple[int, ...]:
        """Removed ones too."""
        query = m.DealContact.select(m.DealContact.deal_id).where(m.DealContact.contact == contact_id)
        return tuple(pk for (pk,) in query.order_by(m.DealContact.deal_id).tuples())

    def lines_of_contact(self, contact_id: int, most: int = 100) -> tuple[DealLine, ...]:
        """The open ones first, then the latest change."""
        links = m.DealContact.select(m.DealContact.deal_id).where(m.DealContact.contact == contact_id)
        return _lines(_shown().where(m.Deal.id.in_(links)).limit(most))

    def lines_of_company(self, company_id: int, most: int = 100) -> tuple[DealLine, ...]:
        """The open ones first, then the latest change."""
        return _lines(_shown().where(m.Deal.company == company_id).limit(most))

    def lines(self, pks: Sequence[int]) -> tuple[DealLine, ...]:
        """These deals, in this order."""
        found = {line.id: line for line in _lines(_with_company().where(m.Deal.id.in_(list(pks))))}
        return tuple(found[pk] for pk in pks if pk in found)

    def record(self, deal_id: int) -> DealRecord | None:
        row = m.Deal.get_or_none(m.Deal.id == deal_id)
        if row is None:
            return None
        (line,) = self.lines([deal_id])
        people = (
            m.Contact.select(m.Contact.id, m.Contact.name, m.ContactAddress.address.alias("address"))
            .join(m.DealContact)
            .switch(m.Contact)
            .join(m.ContactAddress, JOIN.LEFT_OUTER,
                  on=((m.ContactAddress.contact == m.Contact.id) & m.ContactAddress.is_primary))
            .where((m.DealContact.deal == deal_id) & m.Contact.hidden_at.is_null())
            .order_by(m.DealContact.id)
        )  # fmt: skip
        return DealRecord(
            id=row.id,
            name=row.name,
            stage=row.stage,
            outcome=line.outcome,
            amount_minor=row.amount_minor,
            currency=row.currency,
            company=None if line.company_id is None else Named(line.company_id, line.company),
            contacts=tuple(Named(pk, name or address or "") for pk, name, address in people.tuples()),
            owner=owner_of(row),
            created_at=row.created_at,
            changed_at=row.changed_at,
            closed_at=row.closed_at,
            removed=row.hidden_at is not None,
        )


def _with_company() -> ModelSelect:
    return (
        m.Deal.select(m.Deal, m.Company.name.alias("company_name"), m.DealStage.outcome.alias("outcome"))
        .join(m.Company, JOIN.LEFT_OUTER, on=((m.Company.id == m.Deal.company) & m.Company.hidden_at.is_null()))
        .switch(m.Deal)
        .join(m.DealStage, JOIN.LEFT_OUTER, on=(m.DealStage.name == m.Deal.stage))
    )


def _shown() -> ModelSelect:
    return (
        _with_company()
        .where(m.Deal.hidden_at.is_null())
        .order_by(m.Deal.is_open.desc(), m.Deal.changed_at.desc(), m.Deal.id.desc())
    )


def _lines(query: ModelSelect) -> tuple[DealLine, ...]:
    return tuple(
        DealLine(
            id=r["id"],
            name=r["name"],
            stage=r["stage"],
            outcome=Outcome(r["outcome"]) if r["outcome"] else Outcome.OPEN if r["is_open"] else Outcome.LOST,
            amount_minor=r["amount_minor"],
            currency=r["currency"],
            company=r["company_name"] or "",
            company_id=r["company"] if r["company_name"] is not None else None,
            changed_at=r["changed_at"],
        )
        for r in query.dicts()
    )
