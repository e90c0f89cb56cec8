"""The stand-in for `app.runtime.recording`: contacts, companies, deals and users in memory, edited and undone as in a store."""

from __future__ import annotations

from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.record_fields import checked_fields
from app.domain.records import (
    ORDERS,
    CompanyLine,
    CompanyPage,
    CompanyRecord,
    ContactLine,
    ContactPage,
    ContactRecord,
    DealLine,
    DealPage,
    DealRecord,
    DeletionPlan,
    DuplicatePair,
    FoundMessage,
    FoundRecord,
    MessageFinds,
    Named,
    Outcome,
    Phone,
    RecordChange,
    RecordKind,
    RecordOrder,
    Stage,
    UserRecord,
)
from app.domain.views import TimelinePage

CONTACT, COMPANY, DEAL, USER = RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL, RecordKind.USER
STAGES = (
    Stage("New", Outcome.OPEN), Stage("Meeting", Outcome.OPEN), Stage("Proposal", Outcome.OPEN),
    Stage("Negotiation", Outcome.OPEN), Stage("Won", Outcome.WON), Stage("Lost", Outcome.LOST),
)  # fmt: skip
_AREAS = {CONTACT: Area.CONTACTS, COMPANY: Area.COMPANIES, DEAL: Area.DEALS, USER: Area.USERS}


class SampleRecords:
    """Mixed into `SampleProgram`, whose `now`, `people`, `messages`, `announce` and `_wish` it uses."""

    def _fill_records(self, now: datetime, full: bool) -> None:
        me = Named(1, "Jonas Ahl")
        self.record_history: list[RecordChange] = []
        self.duplicate_pairs: list[tuple[int, int, str]] = (
            [(1, 2, "Their addresses reach one mailbox.")] if full else []
        )
        self.records: dict[RecordKind, dict[int, object]] = {kind: {} for kind in RecordKind}
        self.records[USER] = {
            1: UserRecord(1, "Jonas Ahl", "jonas@example.org", ("sales@example.org",), True, "admin", True,
                          ("jonas@example.org",), now, True),
        }  # fmt: skip
        if not full:
            return
        self.records[USER][2] = UserRecord(
            2, "Maja Sund", "maja@example.org", (), False, "member", True, (), now, False
        )
        self.records[USER][3] = UserRecord(3, "Erik Wik", "erik@example.org", (), True, "member", False, (), now, False)
        names = list(dict.fromkeys(p.company for p in self.people if p.company))
        for number, name in enumerate(names, start=1):
            self.records[COMPANY][number] = CompanyRecord(
                number, name, "+46 31 555 01 00" if number == 1 else "", "https://www.example.com" if number == 1 else "",
                "Kajen 4\n411 04 Göteborg" if number == 1 else "", (f"company{number}.example",), 0, (),
                me if number == 1 else None, now, "domain", now - timedelta(hours=number), False,
            )  # fmt: skip
        for person in self.people:
            company = next((c for c in self._all(COMPANY) if c.name == person.company), None)
            first = person.id == 1
            self.records[CONTACT][person.id] = ContactRecord(
                person.id, person.name, "Head of logistics" if first else "", "Kajen 4\n411 04 Göteborg" if first else "",
                (person.address, "k.lindqvist@example.org") if first else (person.address,),
                (Phone("+46 31 555 01 42"), Phone("+46 70 555 01 42", "mobile")) if first else (),
                () if company is None else (Named(company.id, company.name),), (), me if first else None, {},
                {"title": "signature", "phones": "hand"} if first else {}, now - timedelta(days=40), "sent",
                person.last_at, False,
            )  # fmt: skip
        deals = (("Winter contract", "Negotiation", 125000000, "SEK"), ("Spare parts", "New", 98000, "EUR"),
                 ("Pilot run", "Won", 4500000, "JPY"), ("Framework agreement for all depots", "Lost", None, ""))  # fmt: skip
        for number, (name, stage, amount, currency) in enumerate(deals, start=1):
            outcome = self._stage(stage).outcome
            self.records[DEAL][number] = DealRecord(
                number, name, stage, outcome, amount, currency, Named(1, names[0]) if names else None,
                tuple(Named(p.id, p.name or p.address) for p in self.people[:number]), me, now - timedelta(days=60),
                now - timedelta(days=number), None if outcome is Outcome.OPEN else now, False,
            )  # fmt: skip

    def _all(self, kind: RecordKind) -> list:
        return [r for r in self.records[kind].values() if not getattr(r, "removed", False)]

    def _stage(self, name: str) -> Stage:
        found = next((s for s in STAGES if s.name.casefold() == name.casefold()), None)
        if found is None:
            raise UsageError(f"There is no stage {name!r}.")
        return found

    # --- lines

    def _contact_line(self, r: ContactRecord) -> ContactLine:
        first = r.companies[0] if r.companies else None
        name, number = (first.name, first.id) if first else ("", None)
        return ContactLine(r.id, r.name, r.addresses[0], name, number, r.title, r.last_at)

    def _company_line(self, r: CompanyRecord) -> CompanyLine:
        return CompanyLine(r.id, r.name, r.domains[0] if r.domains else "", self._people_of(r.id), r.last_at)

    def _people_of(self, company_id: int) -> int:
        return sum(any(c.id == company_id for c in r.companies) for r in self._all(CONTACT))

    @staticmethod
    def _deal_line(r: DealRecord) -> DealLine:
        company = r.company
        return DealLine(r.id, r.name, r.stage, r.outcome, r.amount_minor, r.currency, company.name if company else "",
                        company.id if company else None, r.changed_at)  # fmt: skip

    def _page(self, kind: RecordKind, make, search: str, order: RecordOrder, after, limit: int) -> tuple:
        assert order in ORDERS[kind]
        keys = {
            RecordOrder.MAIL: lambda x: (-(x.last_at.timestamp() if x.last_at else 0), x.name),
            RecordOrder.NAME: lambda x: x.name.casefold(),
            RecordOrder.COMPANY: lambda x: (not x.company, x.company.casefold()),
            RecordOrder.AMOUNT: lambda x: -(x.amount_minor or 0),
            RecordOrder.STAGE: lambda x: [s.name for s in STAGES].index(x.stage),
            RecordOrder.CHANGED: lambda x: -x.changed_at.timestamp(),
        }
        found = [make(r) for r in self._all(kind)]
        found = [x for x in found if all(w in str(vars(x)).casefold() for w in search.casefold().split())]
        found.sort(key=keys[order])
        begin = after[0] if after else 0
        end = begin + limit
        return tuple(found[begin:end]), (end,) if len(found) > end else None

    def contact_table(self, search="", order=RecordOrder.MAIL, after=None, limit=100):
        return ContactPage(*self._page(CONTACT, self._contact_line, search, order, after, limit))

    def company_table(self, search="", order=RecordOrder.NAME, after=None, limit=100):
        return CompanyPage(*self._page(COMPANY, self._company_line, search, order, after, limit))

    def deal_table(self, search="", order=RecordOrder.CHANGED, after=None, limit=100):
        return DealPage(*self._page(DEAL, self._deal_line, search, order, after, limit))

    def record_count(self, kind, search="") -> int:
        ask = {CONTACT: self.contact_table, COMPANY: self.company_table, DEAL: self.deal_table}[kind]
        return len(ask(search, limit=1_000_000).lines)

    def find_messages(self, search, before=None, limit=50):
        found = [m for m in self.messages if search and search.casefold() in f"{m.subject} {m.text}".casefold()]
        rows = [FoundMessage(m.pk, m.date, m.subject, m.sender.label, 1, m.direction) for m in found]
        return MessageFinds(tuple(rows[:limit]), None, True)

    def find_records(self, search, kinds=()):
        if not search.strip():
            return ()
        tables = ((CONTACT, self.contact_table), (COMPANY, self.company_table), (DEAL, self.deal_table))
        return tuple(
            FoundRecord(
                kind, line.id, line.name or line.address, getattr(line, "address", "") or getattr(line, "stage", "")
            )
            for kind, ask in tables
            if not kinds or kind in kinds
            for line in ask(search, RecordOrder.NAME, None, 20).lines
        )

    def removed_records(self, kind, most=200):
        gone = [r for r in self.records[kind].values() if getattr(r, "removed", False)]
        return tuple(FoundRecord(kind, r.id, r.name, "") for r in gone if getattr(r, "merged_into", None) is None)[:most]

    # --- one record

    def contact_record(self, contact_id):
        found = self.records[CONTACT].get(contact_id)
        if found is None:
            return None
        deals = [self._deal_line(d) for d in self._all(DEAL) if any(c.id == contact_id for c in d.contacts)]
        return replace(found, deals=tuple(deals))

    def company_record(self, company_id):
        found = self.records[COMPANY].get(company_id)
        if found is None:
            return None
        deals = [self._deal_line(d) for d in self._all(DEAL) if d.company is not None and d.company.id == company_id]
        return replace(found, deals=tuple(deals), contacts=self._people_of(company_id))

    def deal_record(self, deal_id):
        return self.records[DEAL].get(deal_id)

    def company_contacts(self, company_id, after=None, limit=100):
        found = [r for r in self._all(CONTACT) if any(c.id == company_id for c in r.companies)]
        return ContactPage(tuple(self._contact_line(r) for r in found[:limit]), None)

    def record_timeline(self, kind, record_id, before=None, limit=30):
        return self.timeline_page(1, limit=limit, before=before) if record_id == 1 else TimelinePage((), None)

    def deal_stages(self):
        return STAGES

    def users(self):
        return tuple(sorted(self.records[USER].values(), key=lambda u: (not u.active, u.id)))

    def record_changes(self, kind, record_id, limit=50):
        found = [c for c in self.record_history if (c.kind, c.record_id) == (kind, record_id)]
        return tuple(reversed(found))[:limit]

    # --- edits

    def add_record(self, kind, fields):
        checked = checked_fields(kind, fields)
        self._wish("add_record", kind, checked)
        number = max(self.records[kind], default=0) + 1
        now = self.now
        if kind is CONTACT:
            new = ContactRecord(number, "", "", "", ("",), (), (), (), None, {}, {}, now, "user", None, False)
        elif kind is COMPANY:
            new = CompanyRecord(number, "", "", "", "", (), 0, (), None, now, "user", None, False)
        elif kind is DEAL:
            new = DealRecord(number, "", "New", Outcome.OPEN, None, "", None, (), None, now, now, None, False)
        else:
            new = UserRecord(number, "", "", (), True, "member", True, (), now, False)
        self.records[kind][number] = self._with(new, checked)
        self.announce(_AREAS[kind])
        return number

    def edit_record(self, kind, record_id, fields):
        checked = checked_fields(kind, fields)
        self._wish("edit_record", kind, record_id, checked)
        return self._edit(kind, record_id, checked, f"Changed the {' and '.join(checked)}")

    def _edit(self, kind, record_id, checked, what):
        had = self.records[kind][record_id]
        new = self._with(had, checked)
        if new == had:
            return None
        self.records[kind][record_id] = new
        change = RecordChange(
            len(self.record_history) + 1, self.now, "Jonas Ahl", kind, record_id, what, {"was": had}, {}, None
        )
        self.record_history.append(change)
        self.announce(_AREAS[kind])
        return change

    def _with(self, record, checked):
        values = dict(checked)
        if "owner" in values and values["owner"] is not None:
            values["owner"] = Named(values["owner"], self.records[USER][values["owner"]].name)
        if "phones" in values:
            values["phones"] = tuple(Phone(number, kind) for number, kind in values["phones"])
        if "companies" in values:
            values["companies"] = tuple(Named(c, self.records[COMPANY][c].name) for c in values["companies"])
        if values.get("company") is not None:
            values["company"] = Named(values["company"], self.records[COMPANY][values["company"]].name)
        if "contacts" in values:
            values["contacts"] = tuple(Named(c, self.records[CONTACT][c].name) for c in values["contacts"])
        if "stage" in values:
            stage = self._stage(values["stage"])
            values.update(stage=stage.name, outcome=stage.outcome)
        for name in ("addresses", "domains", "aliases"):
            if name in values:
                values[name] = tuple(values[name])
        known = {f.name for f in fields_of(record)}
        return replace(record, **{name: value for name, value in values.items() if name in known})

    def company_named(self, name):
        if not name.strip():
            return None
        found = next((c.id for c in self._all(COMPANY) if c.name.casefold() == name.strip().casefold()), None)
        return found or self.add_record(COMPANY, {"name": name})

    def remove_record(self, kind, record_id):
        self._wish("remove_record", kind, record_id)
        if kind is USER and self.records[USER][record_id].signed_in:
            raise NotAllowed("This is the user who is signed in here. Another user can remove it.")
        return self._edit(kind, record_id, {"active": False} if kind is USER else {"removed": True}, "Removed")

    def restore_record(self, kind, record_id):
        self._wish("restore_record", kind, record_id)
        return self._edit(kind, record_id, {"active": True} if kind is USER else {"removed": False}, "Brought back")

    def undo_change(self, change_id):
        self._wish("undo_change", change_id)
        change = self.record_history[change_id - 1]
        if change.undone_at is not None:
            raise NotAllowed("This was undone already.")
        for number, record in change.before.get("others", {}).items():
            self.records[change.kind][number] = record
        self.records[change.kind][change.record_id] = change.before["was"]
        self.record_history[change_id - 1] = replace(change, undone_at=self.now)
        self.announce(_AREAS[change.kind])
        return self.record_history[change_id - 1]

    # --- duplicates

    def find_duplicates(self, then):
        self._wish("find_duplicates")
        lines = {r.id: self._contact_line(r) for r in self._all(CONTACT)}
        pairs = [
            DuplicatePair(lines[a], lines[b], (why,)) for a, b, why in self.duplicate_pairs if {a, b} <= lines.keys()
        ]
        then(tuple(pairs), "")

    def merge_contacts(self, keep_id, other_id):
        self._wish("merge_contacts", keep_id, other_id)
        keep, other = self.records[CONTACT][keep_id], self.records[CONTACT][other_id]
        self.records[CONTACT][other_id] = replace(other, removed=True, merged_into=keep_id)
        change = self._edit(
            CONTACT, keep_id, {"addresses": [*keep.addresses, *other.addresses]}, f"Merged with {other.name}"
        )
        assert change is not None
        self.record_history[-1] = change = replace(change, before={"was": keep, "others": {other_id: other}})
        return change

    def not_duplicates(self, one, other):
        self._wish("not_duplicates", one, other)
        self.duplicate_pairs = [p for p in self.duplicate_pairs if set(p[:2]) != {one, other}]
        self.announce(Area.CONTACTS)

    # --- for good

    def plan_deletion(self, contact_id, then):
        self._wish("plan_deletion", contact_id)
        record = self.records[CONTACT][contact_id]
        then(DeletionPlan(contact_id, record.name, record.addresses, 16, 2, 3, 5, 21, 1, 9, 1), "")

    def delete_permanently(self, contact_id, then):
        self._wish("delete_permanently", contact_id)
        record = self.records[CONTACT].pop(contact_id)
        self.people = [p for p in self.people if p.id != contact_id]
        self.announce(Area.CONTACTS)
        then(DeletionPlan(contact_id, record.name, record.addresses, 16, 2, 3, 5, 21, 1, 9, 1), "")
