"""People out of address books become contacts, or fill those that are there (X3). Used by the imports of tables and cards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.addresses import address_key
from app.domain.company_domains import company_domain, name_from_domain
from app.domain.errors import HitchpostError, NotAllowed, PermanentlyDeleted, UsageError
from app.domain.record_fields import checked_fields, is_phone
from app.domain.record_words import folded, phone_key, same_phone, sort_key
from app.domain.records import Fields, RecordKind
from app.domain.transfer import Existing, RecordDates
from app.services.import_run import ImportRun
from app.services.workspace import Workspace
from app.store.bulk import Holder, NewContact

_SAID = {"postal_address": "address", "addresses": "e-mail addresses"}
_NO_DATES: Mapping[str, RecordDates] = {}


@dataclass(frozen=True)
class Person:
    """As a file has it. `companies`: names, the first one counts as the primary. `cells`: for the file of what is not
    imported."""

    line: int
    name: str = ""
    addresses: tuple[str, ...] = ()
    title: str = ""
    postal_address: str = ""
    phones: tuple[tuple[str, str], ...] = ()
    companies: tuple[str, ...] = ()
    owner: str = ""
    created_by: str = ""
    record: str = ""
    removed: bool = False  # in the workspace that it was exported from
    cells: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        return self.addresses[0] if self.addresses else self.name


class PeopleTaker:
    """`take` wants to be inside a transaction. `numbers`: the file's own number of a record → the contact."""

    def __init__(
        self, workspace: Workspace, existing: Existing, run: ImportRun, dates: Mapping[str, RecordDates] = _NO_DATES
    ) -> None:
        self._workspace, self._existing, self._run, self._dates = workspace, existing, run, dates
        self._make_companies = bool(workspace.store.settings.get("create_companies"))
        self._owners: dict[str, int | None] = {}
        self._companies: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._by_domain: dict[str, int | None] = {}
        self.numbers: dict[str, int] = {}

    def take(self, people: Sequence[Person]) -> None:
        bulk = self._workspace.store.bulk
        keys = {address_key(a) for p in people for a in p.addresses}
        holders = bulk.holders(keys)
        for person in people:
            try:
                contact_id = self._one(person, holders)
            except HitchpostError as error:
                if not isinstance(error, UsageError):
                    raise
                self._run.skip(person.line, person.what, str(error), person.cells)
                continue
            if person.record:
                self.numbers.setdefault(person.record, contact_id)

    def _one(self, person: Person, holders: dict[str, Holder]) -> int:
        fields = self._checked(person)
        addresses: list[str] = fields["addresses"]
        if not addresses:
            raise UsageError("It has no e-mail address, by which contacts are known.")
        found = {address_key(a): holders[address_key(a)] for a in addresses if address_key(a) in holders}
        contacts = {h.contact_id for h in found.values()}
        if len(contacts) > 1:
            raise NotAllowed(f"Its addresses belong to {len(contacts)} different contacts: {', '.join(addresses)}.")
        for address in addresses:
            if address_key(address) not in found and self._workspace.store.tombstones.holds(address):
                raise PermanentlyDeleted(address)
        if found:
            holder = next(iter(found.values()))
            contact_id = self._known(person, holder, fields)
        else:
            contact_id = self._new(person, fields)
        for address in addresses:
            holders.setdefault(address_key(address), Holder(contact_id, False, False))
        return contact_id

    def _checked(self, person: Person) -> Fields:
        return checked_fields(
            RecordKind.CONTACT,
            {
                "name": person.name,
                "title": person.title,
                "postal_address": person.postal_address,
                "addresses": person.addresses,
                "phones": _each_once([(number, kind) for number, kind in person.phones if is_phone(number)]),
                "owner": self._owner(person.owner),
            },
        )

    # -- a new one

    def _new(self, person: Person, fields: Fields) -> int:
        addresses: list[str] = fields["addresses"]
        companies = self._companies_of(person, addresses)
        contact_id = self._workspace.store.bulk.add_contact(
            NewContact(
                name=fields["name"],
                addresses=addresses,
                title=fields["title"],
                postal_address=fields["postal_address"],
                phones=[(number, kind) for number, kind in fields["phones"]],
                companies=companies,
                company=self._name(companies[0]) if companies else "",
                owner=fields["owner"],
                created_by=person.created_by or "import",
                dates=self._dates.get(person.record),
            )
        )
        self._run.added += 1
        return contact_id

    def _companies_of(self, person: Person, addresses: Sequence[str]) -> list[int]:
        found = list(dict.fromkeys(self._named(name, addresses) for name in person.companies if name.strip()))
        if found:
            return found
        of_domain = self._of_domain(addresses[0])
        return [] if of_domain is None else [of_domain]

    def _named(self, name: str, addresses: Sequence[str]) -> int:
        """The company of this name. A new one gets the domain of the address where its name says that it is its own."""
        key = sort_key(name)
        found = self._companies.get(key)
        if found is not None:
            return found
        bulk = self._workspace.store.bulk
        found = bulk.company_named(name)
        if found is None:
            fields = checked_fields(RecordKind.COMPANY, {"name": name})
            domain = company_domain(addresses[0]) if addresses else ""
            if domain and _is_own(domain, name) and bulk.company_with(domain) is None:
                fields["domains"] = [domain]
                self._by_domain.pop(domain, None)
            found = bulk.add_company(fields)
            self._run.count("companies")
        self._companies[key] = found
        return found

    def _of_domain(self, address: str) -> int | None:
        """As `Companies.of_address`, remembered."""
        domain = address_key(address).rpartition("@")[2]
        if domain not in self._by_domain:
            store, registered = self._workspace.store, company_domain(address)
            found = store.bulk.company_with(domain) or (store.bulk.company_with(registered) if registered else None)
            if found is not None:
                self._by_domain[domain] = None if found[1] else found[0]
            elif registered and self._make_companies:
                fields = {"name": name_from_domain(registered), "domains": [registered]}
                self._by_domain[domain] = store.bulk.add_company(fields, created_by="domain")
                self._run.count("companies")
            else:
                self._by_domain[domain] = None
        return self._by_domain[domain]

    def _name(self, company_id: int) -> str:
        if company_id not in self._names:
            self._names[company_id] = str(self._workspace.store.companies.snapshot(company_id)["name"])
        return self._names[company_id]

    def _owner(self, login: str) -> int | None:
        if login not in self._owners:
            found = self._workspace.store.users.find(login) if "@" in login else None
            if login and found is None:
                self._run.note(f"“{login[:60]}” is no user of this workspace: such records have no owner.")
            self._owners[login] = found
        return self._owners[login]

    # -- one that is there

    def _known(self, person: Person, holder: Holder, fields: Fields) -> int:
        store = self._workspace.store
        if self._existing is Existing.SKIP:
            self._run.same += 1
            return holder.contact_id
        before = store.contacts.snapshot(holder.contact_id)
        wanted = self._wanted(person, before, fields)
        if holder.removed and not holder.merged and not person.removed:
            wanted["removed"] = False
        if not wanted:
            self._run.same += 1
            return holder.contact_id
        with store.transaction():  # a refusal takes back this person alone
            store.contacts.write(holder.contact_id, wanted, source="import")
            if wanted.keys() & {"name", "removed"}:
                for deal_id in store.deals.of_contact(holder.contact_id):
                    store.deals.refresh(deal_id)
        names = [_SAID.get(name, name) for name in wanted if name != "removed"]
        store.record_changes.note(
            RecordKind.CONTACT,
            holder.contact_id,
            user_id=store.user_id,
            what=f"Imported the {', '.join(names)}" if names else "Brought back by an import",
            before={name: before[name] for name in wanted},
            after={name: wanted[name] for name in wanted},
        )
        self._run.changed += 1
        return holder.contact_id

    def _wanted(self, person: Person, before: Fields, fields: Fields) -> Fields:
        """What the file changes. Addresses and numbers are added, never taken away."""
        over = self._existing is Existing.OVERWRITE
        wanted: Fields = {
            name: fields[name]
            for name in ("name", "title", "postal_address", "owner")
            if fields[name] and fields[name] != before[name] and (over or not before[name])
        }
        had = {address_key(a) for a in before["addresses"]}
        more = [a for a in fields["addresses"] if address_key(a) not in had]
        if more:
            wanted["addresses"] = [*before["addresses"], *more]
        new = [p for p in fields["phones"] if not any(_same(p, known) for known in before["phones"])]
        if over and fields["phones"]:
            kept = [p for p in before["phones"] if not any(_same(p, given) for given in fields["phones"])]
            if [*fields["phones"], *kept] != before["phones"]:
                wanted["phones"] = [*fields["phones"], *kept]
        elif new:
            wanted["phones"] = [*before["phones"], *new]
        if person.companies and (over or not before["companies"]):
            named = list(dict.fromkeys(self._named(n, fields["addresses"]) for n in person.companies if n.strip()))
            companies = [*named, *(c for c in before["companies"] if c not in named)]
            if companies != before["companies"]:
                wanted["companies"] = companies
        return wanted


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    return one[0] == other[0] or same_phone(phone_key(one[0]), phone_key(other[0]))


def _each_once(phones: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for number, kind in phones:
        found.setdefault(phone_key(number) or number, (number, kind))
    return list(found.values())


def _is_own(domain: str, name: str) -> bool:
    """Whether a company's name and a domain say the same: “Northlight Cargo AB” and northlight.example."""
    label, words = re.sub("[^a-z0-9]", "", domain.partition(".")[0]), re.sub("[^a-z0-9]", "", folded(name))
    return len(label) > 2 and (words.startswith(label) or (len(words) > 2 and label.startswith(words)))
