"""The stand-in for `app.runtime.recording`: contacts, companies, deals and users in memory, with edits, undo and merging."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from PySide6.QtCore import QObject, Signal

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import NotAllowed, UsageError
from app.domain.events import EventId, EventKind, Verdict
from app.domain.found_words import passage, searched_words
from app.domain.record_fields import checked_fields
from app.domain.record_words import words
from app.domain.records import (
    Associations,
    CompanyLine,
    CompanyPage,
    CompanyPair,
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
    ManyDone,
    MessageFinds,
    Named,
    Outcome,
    Phone,
    RecordChange,
    RecordKind,
    RecordOrder,
    Stage,
    StageUse,
    UserRecord,
)
from app.domain.rights import right_of_setting
from app.domain.transfer import Progress
from app.domain.views import ContactRow, FeedRow, TimelinePage

LONG_COMPANY = "An equally long company name of the Nordic Cold Storage and Forwarding Group Ltd & Sons"
STAGES = (
    Stage("New", Outcome.OPEN),
    Stage("Meeting", Outcome.OPEN),
    Stage("Proposal", Outcome.OPEN),
    Stage("Negotiation", Outcome.OPEN),
    Stage("Won", Outcome.WON),
    Stage("Lost", Outcome.LOST),
)
_AREAS = {
    RecordKind.CONTACT: Area.CONTACTS, RecordKind.COMPANY: Area.COMPANIES, RecordKind.DEAL: Area.DEALS,
    RecordKind.USER: Area.USERS, RecordKind.STAGE: Area.DEALS,
}  # fmt: skip
Entry = dict[str, object]


class SampleWork(QObject):
    """The stand-in for what works on many records: all at once when it is started; `held` stops it after the first one."""

    progressed = Signal(object)
    ended = Signal(object, str)
    held = False

    def __init__(self, ids, act, change_id, stage) -> None:
        super().__init__()
        self._ids, self._act, self._change_id, self._stage = ids, act, change_id, stage
        self._done = 0

    def start(self) -> None:
        for number in self._ids:
            self._act(number)
            self._done += 1
            self.progressed.emit(Progress(self._done, len(self._ids), self._done, self._stage))
            if SampleWork.held:
                return
        self._end()

    def request_stop(self) -> None:
        self._end()

    def _end(self) -> None:
        self.ended.emit(ManyDone(self._change_id, self._done, len(self._ids)), "")


class SampleRecords:
    """A base of `SampleProgram`, whose `people` are the contacts; what they have besides stands in `entries`."""

    def _fill_records(self, now: datetime, full: bool) -> None:
        self._numbers = count(100)
        self.changes: list[RecordChange] = []
        self.stages = [StageUse(n, s.name, s.outcome) for n, s in enumerate(STAGES, 1)]
        self.not_admin = ""  # “Administrators are: Jonas Ahl.” where the signed-in user is none
        self.apart: list[tuple[int, int]] = []
        self.no_company_twice = False
        self.search_whole = True  # False: older messages are still being prepared for searching
        self.duplicate_pairs: tuple[DuplicatePair, ...] | None = None
        self.trouble = ""  # what calls that take long end with
        self.held: list[object] | None = None  # calls that take long wait here
        self.linked: dict[int, tuple[list[int], list[int], list[int]]] = {}
        self.entries: dict[RecordKind, dict[int, Entry]] = {kind: {} for kind in RecordKind}
        self.added_at = now - timedelta(days=240)
        user = {"login_address": "jonas@example.org", "aliases": ["jonas.ahl@example.net"], "role": "admin",
                "personal_email_access": True, "active": True}  # fmt: skip
        self.entries[RecordKind.USER][1] = {"name": "Jonas Ahl", **user}
        if not full:
            return
        self.entries[RecordKind.USER] |= {
            2: {**user, "name": "Sabine Keller", "login_address": "sabine@example.org", "aliases": [], "role": "member"},
            3: {**user, "name": "Wilhelmina-Alexandrine Featherstonehaugh von Hohenlohe", "role": "member",
                "login_address": "w" * 40 + "@subdomain.example.org", "personal_email_access": False,
                "aliases": ["wilhelmina@example.net", "w.featherstonehaugh@example.com"]},
            4: {**user, "name": "Per Nowak", "login_address": "per@example.org", "aliases": [], "role": "member",
                "active": False},
        }  # fmt: skip
        self.entries[RecordKind.CONTACT] = {
            1: {"title": "Head of logistics", "phones": [["+46 31 555 01 42", "work"], ["+46 70 555 01 42", "mobile"]],
                "addresses": ["karin.lindqvist@example.com", "k.lindqvist@example.org"], "companies": [1, 4],
                "owner": 1, "postal_address": "Frihamnsgatan 12\n417 55 Göteborg\nSweden"},
            3: {"companies": [2]},
            5: {"companies": [3], "title": "Executive Vice President of Cross-Departmental Logistics"},
        }  # fmt: skip
        self.entries[RecordKind.COMPANY] = {
            1: {"name": "Northlight Cargo AB", "domains": ["example.com", "northlight.example.com"],
                "phone": "+46 31 555 01 00", "website": "https://northlight.example.com", "owner": 1},
            2: {"name": "Havn & Sø", "domains": ["havn.example.com"]},
            3: {"name": LONG_COMPANY, "domains": ["a-branch-with-a-long-name.subsidiaries.example.net"]},
            4: {"name": "Nordisk Scanner", "domains": []},
        }  # fmt: skip
        self.entries[RecordKind.DEAL] = {
            1: {"name": "Hamnen depot, phase 2", "stage": "Proposal", "amount_minor": 4_800_000, "currency": "EUR",
                "company": 1, "contacts": [1, 3]},
            2: {"name": "Winter maintenance", "stage": "Meeting", "amount_minor": 950_000, "currency": "SEK",
                "company": 1, "contacts": [1]},
            3: {"name": "Scanner pilot", "stage": "Won", "amount_minor": 420_050, "currency": "EUR", "company": 4,
                "contacts": [1], "closed_at": now - timedelta(days=30)},
            4: {"name": "Ferry terminal", "stage": "Lost", "company": 2, "contacts": [3],
                "closed_at": now - timedelta(days=90)},
            5: {"name": "A deal whose name somebody wrote without thinking of the width of any window at all " * 2,
                "stage": "Negotiation", "amount_minor": 123_456_789_012, "currency": "EUR", "company": 3},
        }  # fmt: skip
        for position, entry in enumerate(self.entries[RecordKind.DEAL].values()):
            entry["changed_at"] = now - timedelta(hours=30 * position)

    # --- lines and records

    def _of(self, kind: RecordKind, number: int) -> Entry:
        return self.entries[kind].setdefault(number, {})

    def _company_name(self, number) -> str:
        return str(self._of(RecordKind.COMPANY, number).get("name", ""))

    def _shown(self, kind: RecordKind) -> list[int]:
        numbers = [p.id for p in self.people] if kind is RecordKind.CONTACT else list(self.entries[kind])
        return [n for n in numbers if not self._of(kind, n).get("removed")]

    def _line(self, kind: RecordKind, number: int):
        entry = self._of(kind, number)
        if kind is RecordKind.CONTACT:
            row = next(p for p in self.people if p.id == number)
            companies = entry.get("companies", [])
            name = self._company_name(companies[0]) if companies else row.company
            return ContactLine(
                number, entry.get("name", row.name), entry.get("addresses", [row.address])[0], name,
                companies[0] if companies else None, entry.get("title", ""), row.last_at,
            )  # fmt: skip
        if kind is RecordKind.COMPANY:
            people = [
                n
                for n in self._shown(RecordKind.CONTACT)
                if number in self._of(RecordKind.CONTACT, n).get("companies", ())
            ]
            dates = [p.last_at for p in self.people if p.id in people and p.last_at is not None]
            first = next(iter(entry.get("domains", ())), "")
            return CompanyLine(number, entry["name"], first, len(people), max(dates, default=None))
        stage = next(s for s in self.stages if s.name == entry.get("stage", "Meeting"))
        return DealLine(
            number, entry["name"], stage.name, stage.outcome, entry.get("amount_minor"), entry.get("currency", ""),
            self._company_name(entry["company"]) if entry.get("company") else "", entry.get("company"),
            entry.get("changed_at", self.now),
        )  # fmt: skip

    def _table(self, kind, search, order, after, limit):
        self.calls[f"{kind.value}_table"] = self.calls.get(f"{kind.value}_table", 0) + 1
        lines = [self._line(kind, n) for n in self._shown(kind)]
        words = search.casefold().split()
        lines = [x for x in lines if all(w in " ".join(map(str, vars(x).values())).casefold() for w in words)]
        zero = datetime(2000, 1, 1, tzinfo=UTC)
        keys = {
            RecordOrder.MAIL: lambda x: -(x.last_at or zero).timestamp(),
            RecordOrder.NAME: lambda x: x.name.casefold() or x.address,
            RecordOrder.COMPANY: lambda x: (not x.company, x.company.casefold()),
            RecordOrder.AMOUNT: lambda x: -(x.amount_minor or 0),
            RecordOrder.STAGE: lambda x: [s.name for s in self.stages].index(x.stage),
            RecordOrder.CHANGED: lambda x: -x.changed_at.timestamp(),
        }
        lines.sort(key=keys[order])
        start = after[0] if after is not None else 0
        found = tuple(lines[start : start + limit])
        return found, (start + limit,) if start + limit < len(lines) else None

    def contact_table(self, search="", order=RecordOrder.MAIL, after=None, limit=100):
        return ContactPage(*self._table(RecordKind.CONTACT, search, order, after, limit))

    def company_table(self, search="", order=RecordOrder.NAME, after=None, limit=100):
        return CompanyPage(*self._table(RecordKind.COMPANY, search, order, after, limit))

    def deal_table(self, search="", order=RecordOrder.CHANGED, after=None, limit=100):
        return DealPage(*self._table(RecordKind.DEAL, search, order, after, limit))

    def record_count(self, kind, search=""):
        order = RecordOrder.NAME
        return len(self._table(kind, search, order, None, 10**6)[0])

    def find_records(self, search, kinds=()):
        found = []
        for kind in kinds or (RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL):
            if search.strip():
                for line in self._table(kind, search, RecordOrder.NAME, None, 20)[0]:
                    found.append(self._find_of(kind, line))
        return tuple(found)

    def _find_of(self, kind, line):
        detail = {"contact": "address", "company": "domain", "deal": "stage"}[kind.value]
        return FoundRecord(kind, line.id, line.name or line.address, getattr(line, detail) if line.name else "")

    def find_messages(self, search, before=None, limit=50):
        """`before`: how many were told already. `search_whole`: whether all messages are ready to be found."""
        wanted, rows = searched_words(search), []
        for m in sorted(self.messages, key=lambda m: m.date, reverse=True):
            who = m.to[0].label if m.direction == "sent" else m.sender.label
            every = words(f"{m.subject} {who} {m.text}")
            if wanted and all(any(word.startswith(w) for word in every) for w in wanted):
                about = passage([m.visible_text], wanted)
                rows.append(
                    FoundMessage(m.pk, m.date, m.subject, who, 1, m.direction, m.message_id, m.to[0].addr_spec, about)
                )
        start = before or 0
        more = start + limit if len(rows) > start + limit else None
        return MessageFinds(tuple(rows[start : start + limit]), more, self.search_whole)

    def removed_records(self, kind, most=200):
        numbers = [n for n, entry in self.entries[kind].items() if entry.get("removed")]
        return tuple(self._find_of(kind, self._line(kind, n)) for n in numbers)

    def removed_count(self, kind):
        return len(self.removed_records(kind))

    def _deals_with(self, key, number):
        deals = self._shown(RecordKind.DEAL)
        lines = []
        for n in deals:
            value = self._of(RecordKind.DEAL, n).get(key)
            if value == number or (isinstance(value, list) and number in value):
                lines.append(self._line(RecordKind.DEAL, n))
        return tuple(sorted(lines, key=lambda d: d.outcome is not Outcome.OPEN))

    def _owner(self, entry):
        owner = entry.get("owner")
        return Named(owner, str(self.entries[RecordKind.USER][owner]["name"])) if owner else None

    def contact_record(self, contact_id):
        row = next((p for p in self.people if p.id == contact_id), None)
        if row is None:
            return None
        entry = self._of(RecordKind.CONTACT, contact_id)
        bounced = self.card_extra.get("bounced", {}) if contact_id == 1 else {}
        return ContactRecord(
            contact_id,
            entry.get("name", row.name),
            entry.get("title", ""),
            entry.get("postal_address", ""),
            tuple(entry.get("addresses", [row.address])),
            tuple(Phone(number, kind) for number, kind in entry.get("phones", ())),
            tuple(Named(n, self._company_name(n)) for n in entry.get("companies", ())),
            self._deals_with("contacts", contact_id),
            self._owner(entry),
            bounced,
            {},
            self.added_at,
            "user",
            row.last_at,
            bool(entry.get("removed")),
        )

    def company_record(self, company_id):
        if company_id not in self.entries[RecordKind.COMPANY]:
            return None
        entry, line = self._of(RecordKind.COMPANY, company_id), self._line(RecordKind.COMPANY, company_id)
        return CompanyRecord(
            company_id, line.name, entry.get("phone", ""), entry.get("website", ""), entry.get("postal_address", ""),
            tuple(entry.get("domains", ())), line.contacts, self._deals_with("company", company_id),
            self._owner(entry), self.added_at, "user", line.last_at, bool(entry.get("removed")),
        )  # fmt: skip

    def deal_record(self, deal_id):
        if deal_id not in self.entries[RecordKind.DEAL]:
            return None
        entry, line = self._of(RecordKind.DEAL, deal_id), self._line(RecordKind.DEAL, deal_id)
        people = [self._line(RecordKind.CONTACT, n) for n in entry.get("contacts", ())]
        return DealRecord(
            deal_id, line.name, line.stage, line.outcome, line.amount_minor, line.currency,
            Named(line.company_id, line.company) if line.company_id else None,
            tuple(Named(p.id, p.name or p.address) for p in people), self._owner(entry), self.added_at,
            line.changed_at, entry.get("closed_at"), bool(entry.get("removed")),
        )  # fmt: skip

    def company_contacts(self, company_id, after=None, limit=100):
        lines = [self._line(RecordKind.CONTACT, n) for n in self._shown(RecordKind.CONTACT)]
        own = [x for x in lines if company_id in self._of(RecordKind.CONTACT, x.id).get("companies", ())]
        return ContactPage(tuple(own[:limit]), (limit,) if len(own) > limit else None)

    def record_timeline(self, kind, record_id, before=None, limit=30):
        return TimelinePage(tuple(self.messages[:limit]) if record_id == 1 else (), None)

    def deal_stages(self):
        return tuple(Stage(s.name, s.outcome) for s in self.stages)

    def stage_list(self):
        used = [self._of(RecordKind.DEAL, n).get("stage", "Meeting") for n in self.entries[RecordKind.DEAL]]
        return tuple(replace(s, deals=used.count(s.name)) for s in self.stages)

    def set_stages(self, stages, moves=None):
        self._wish("set_stages", [(s.id, s.name, s.outcome) for s in stages], dict(moves or {}))
        before, moves = self.stage_list(), moves or {}
        if list(before) == list(stages):
            return None
        names = {}
        for stage in before:
            new = next((s for s in stages if s.id == stage.id), None)
            if new is None and stage.deals and stage.id not in moves:
                raise NotAllowed(f"{stage.deals} deals are in “{stage.name}”. Say to which stage they go.")
            names[stage.name] = new.name if new is not None else moves.get(stage.id, "")
        for entry in self.entries[RecordKind.DEAL].values():
            entry["stage"] = names[entry.get("stage", "Meeting")]
        self.stages = [s if s.id is not None else replace(s, id=next(self._numbers)) for s in stages]
        change = RecordChange(
            next(self._numbers), self.now, "Jonas Ahl", RecordKind.STAGE, 0, "Changed the stages", {"stages": before},
            {}, None,
        )  # fmt: skip
        self.changes.append(change)
        self._tell(RecordKind.DEAL)
        return change

    def why_not(self, right):
        return self.not_admin and f"Only an administrator of this workspace can {right.value}. {self.not_admin}"

    def why_not_set(self, setting):
        right = right_of_setting(setting)
        return "" if right is None else self.why_not(right)

    def users(self):
        found = [
            UserRecord(
                n, e["name"], e["login_address"], tuple(e["aliases"]), e["personal_email_access"], e["role"], e["active"],
                tuple(c.address for c in self.cards[:2]) if n == 1 else (), self.added_at, n == 1,
            )
            for n, e in self.entries[RecordKind.USER].items()
        ]  # fmt: skip
        return tuple(sorted(found, key=lambda u: not u.active))

    def record_changes(self, kind, record_id, limit=50):
        return tuple(c for c in reversed(self.changes) if c.kind is kind and c.record_id == record_id)

    # --- writes

    def _tell(self, kind):
        self.announce(_AREAS[kind], Area.MESSAGES)

    def add_record(self, kind, fields):
        checked = checked_fields(kind, fields)
        self._wish("add_record", kind, checked)
        number = next(self._numbers)
        if kind is RecordKind.CONTACT:
            self.people.insert(0, ContactRow(number, checked.get("name", ""), checked["addresses"][0], "", None, 0))
        elif kind is RecordKind.USER:
            checked.setdefault("active", True)
        self.entries[kind][number] = checked
        self._tell(kind)
        return number

    def _snapshot(self, kind, number):
        if kind is RecordKind.CONTACT:
            record = self.contact_record(number)
            return {
                "name": record.name, "addresses": list(record.addresses), "phones": [[p.number, p.kind] for p in record.phones],
                "companies": [c.id for c in record.companies], **self._of(kind, number),
            }  # fmt: skip
        return dict(self._of(kind, number))

    def edit_record(self, kind, record_id, fields):
        checked = checked_fields(kind, fields)
        self._wish("edit_record", kind, record_id, checked)
        if kind is RecordKind.CONTACT and not checked.get("addresses", ["one"]):
            raise NotAllowed("A contact needs an address.")
        for address in checked.get("addresses", ()):
            other = self.find_contact(address)
            if kind is RecordKind.CONTACT and other not in (None, record_id):
                raise NotAllowed(f"The address {address} belongs to another contact already.")
        now = self._snapshot(kind, record_id)
        changed = {key: value for key, value in checked.items() if (now.get(key) or None) != (value or None)}
        if not changed:
            return None
        what = "Changed the " + " and ".join(key.removesuffix("_minor").replace("_", " ") for key in changed)
        if "removed" in changed or "active" in changed:
            what = "Removed" if changed.get("removed") or changed.get("active") is False else "Brought back"
        change = RecordChange(
            next(self._numbers), self.now, "Jonas Ahl", kind, record_id, what, {k: now.get(k) for k in changed}, changed,
            None,
        )  # fmt: skip
        self.changes.append(change)
        self._of(kind, record_id).update(changed)
        self._tell(kind)
        return change

    def note_wants_mail(self, contact_id: int) -> None:
        self._wish("note_wants_mail", contact_id)
        who = next(r.who for r in self.events if r.kind is EventKind.UNSUBSCRIBE and r.contact_id == contact_id)
        noted = f"Jonas Ahl noted that {who} wants mail again."
        number, at = EventId(5_000 + len(self.events)), datetime.now(UTC)
        self.arrive(FeedRow(number, EventKind.RESUBSCRIBE, at, who, "", contact_id, None, "", "", "", Verdict.OWN, (noted,),
                            False, "you noted it yourself", True))  # fmt: skip
        self.announce(Area.EVENTS, Area.CONTACTS)

    def company_named(self, name):
        for number, entry in self.entries[RecordKind.COMPANY].items():
            if str(entry["name"]).casefold() == name.casefold():
                return number
        return self.add_record(RecordKind.COMPANY, {"name": name}) if name else None

    def remove_record(self, kind, record_id):
        return self.edit_record(kind, record_id, {"active": False} if kind is RecordKind.USER else {"removed": True})

    def restore_record(self, kind, record_id):
        return self.edit_record(kind, record_id, {"active": True} if kind is RecordKind.USER else {"removed": False})

    def undo_change(self, change_id):
        self._wish("undo_change", change_id)
        position, change = next((i, c) for i, c in enumerate(self.changes) if c.id == change_id)
        if change.undone_at is not None:
            raise NotAllowed("This was undone already.")
        if "apart" in change.before:
            self.apart.remove((change.record_id, change.before["apart"]))
        elif change.kind is RecordKind.STAGE:
            self.stages = list(change.before["stages"])
        else:
            self._of(change.kind, change.record_id).update(change.before)
        self.changes[position] = replace(change, undone_at=self.now)
        self._tell(change.kind)
        return self.changes[position]

    # --- many at once

    def _chosen(self, kind, chosen):
        if chosen.ids is not None:
            return list(chosen.ids)
        found = self._table(kind, chosen.search, RecordOrder.NAME, None, 10**6)[0]
        return [x.id for x in found if x.id not in chosen.without]

    def contact_addresses(self, chosen, most):
        lines = [self._line(RecordKind.CONTACT, n) for n in self._chosen(RecordKind.CONTACT, chosen)]
        return tuple(Address(x.address, x.name) for x in lines)[:most]

    def remove_many(self, kind, chosen):
        self._wish("remove_many", kind, chosen)
        ids = self._chosen(kind, chosen)
        change = RecordChange(
            next(self._numbers), self.now, "Jonas Ahl", kind, 0, "Removed many", {"many": ids}, {}, None
        )
        self.changes.append(change)
        return SampleWork(ids, lambda n: self.remove_record(kind, n), change.id, "Removing")

    def bring_many_back(self, change_id):
        self._wish("bring_many_back", change_id)
        change = next(c for c in self.changes if c.id == change_id)
        gone = [n for n in change.before["many"] if self._of(change.kind, n).get("removed")]
        return SampleWork(gone, lambda n: self.restore_record(change.kind, n), change_id, "Bringing back")

    def bring_all_back(self, kind):
        gone = [n for n, entry in self.entries[kind].items() if entry.get("removed")]
        return SampleWork(gone, lambda n: self.restore_record(kind, n), None, "Bringing back")

    def merge_contacts(self, keep_id, other_id):
        self._wish("merge_contacts", keep_id, other_id)
        change = self.edit_record(RecordKind.CONTACT, other_id, {"removed": True})
        return replace(change, what=f"Merged with {self._line(RecordKind.CONTACT, other_id).name}")

    def merge_companies(self, keep_id, other_id):
        self._wish("merge_companies", keep_id, other_id)
        for entry in self.entries[RecordKind.DEAL].values():
            if entry.get("company") == other_id:
                entry["company"] = keep_id
        change = self.edit_record(RecordKind.COMPANY, other_id, {"removed": True})
        return replace(change, what=f"Merged with {self._line(RecordKind.COMPANY, other_id).name}")

    def not_duplicates(self, one, other):
        self._wish("not_duplicates", one, other)
        self.apart.append((one, other))

    # --- what takes long

    def _later(self, then, result):
        if self.held is not None:
            self.held.append((then, result))
        elif self.trouble:
            then(None, self.trouble)
        else:
            then(result, "")

    def find_duplicates(self, then):
        if self.duplicate_pairs is None:
            lines = [self._line(RecordKind.CONTACT, n) for n in self._shown(RecordKind.CONTACT)]
            pairs = (
                DuplicatePair(lines[0], replace(lines[0], id=2, address="karin@example.net", title="", company=""),
                              ("They have the same telephone number.", "Their addresses reach one mailbox.")),
                DuplicatePair(lines[-1], lines[-2], ("They have the same name, and the same company.",)),
            ) if len(lines) > 2 else ()  # fmt: skip
            self.duplicate_pairs = pairs
        found = tuple(p for p in self.duplicate_pairs if (p.keep.id, p.other.id) not in self.apart)
        self._later(then, found)

    def find_company_duplicates(self, then):
        lines = [self._line(RecordKind.COMPANY, n) for n in self._shown(RecordKind.COMPANY)]
        pairs = () if len(lines) < 4 or self.no_company_twice else (
            CompanyPair(lines[0], replace(lines[3], name="Northlight Cargo Ltd", domain="northlight.example.org"),
                        ("They have a domain in common.", "They have the same name.")),
            CompanyPair(lines[1], lines[2], ("Their names are nearly the same.",)),
        )  # fmt: skip
        self._later(then, tuple(p for p in pairs if (p.keep.id, p.other.id) not in self.apart))

    def not_one_company(self, one, other):
        self.apart.append((one, other))
        change = RecordChange(
            next(self._numbers), self.now, "Jonas Ahl", RecordKind.COMPANY, one, "Not the same company", {"apart": other},
            {}, None,
        )  # fmt: skip
        self.changes.append(change)
        return change

    def plan_deletion(self, contact_id, then):
        record = self.contact_record(contact_id)
        self._later(then, DeletionPlan(contact_id, record.name, record.addresses, 16, 3, 2, 4, 21, 1, 12, 0,
                                       ("Ada Berg", "Karin Holm"), ("Northlight",), 2,
                                       ("karin.lindqvist+news@example.com",)))  # fmt: skip

    def delete_permanently(self, contact_id, then):
        self._wish("delete_permanently", contact_id)
        if not self.trouble and self.held is None:
            self.people = [p for p in self.people if p.id != contact_id]
            self._tell(RecordKind.CONTACT)
        self._later(then, DeletionPlan(contact_id, "", (), 0, 0, 0, 0, 0, 0, 0, 0))

    # --- where a message is logged

    def associations(self, message_pk):
        chosen = self.linked.get(message_pk, ([1], [1], [1, 2]))
        kinds = (RecordKind.CONTACT, RecordKind.COMPANY, RecordKind.DEAL)
        found = [
            tuple(Named(n, self._line(kind, n).name) for n in numbers if n in self._shown(kind))
            for kind, numbers in zip(kinds, chosen, strict=True)
        ]
        return Associations(*found)

    def set_associations(self, message_pk, contacts, companies, deals):
        self._wish("set_associations", message_pk, list(contacts), list(companies), list(deals))
        if not (contacts or companies or deals):
            raise UsageError("A message is logged to one contact, company or deal at least.")
        self.linked[message_pk] = (list(contacts), list(companies), list(deals))
        self.announce(Area.MESSAGES)
        return True
