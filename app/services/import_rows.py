"""Companies, deals and users out of the rows of a table. Used by `import_table`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.addresses import address_key
from app.domain.errors import NotAllowed, UsageError
from app.domain.hosts import ascii_domain
from app.domain.money import amount_in_minor, currencies
from app.domain.quoting import quoted
from app.domain.record_fields import checked_fields, is_phone, is_website
from app.domain.records import ROLES, Fields, Outcome, RecordKind
from app.domain.transfer import Existing, ImportOptions, RecordDates
from app.interchange.table import Row
from app.services.edit_record import add_record, edit_record
from app.services.import_run import ImportRun
from app.services.import_stages import StageNames
from app.services.row_fields import plain_address, postal_address, several
from app.services.workspace import Workspace

Values = dict[str, list[str]]
_YES = {"yes": True, "true": True, "1": True, "on": True, "no": False, "false": False, "0": False, "off": False}
_CALLED = {"phone": "telephone number", "website": "address of a website"}
_MORE = ("domains", "aliases", "contacts")  # are added to, never replaced


class RecordTaker:
    """`take` wants to be inside a transaction. `numbers`: the file's own number of a record → the record."""

    def __init__(
        self,
        workspace: Workspace,
        kind: RecordKind,
        options: ImportOptions,
        run: ImportRun,
        known: dict[str, dict[str, int]],
        dates: Mapping[str, RecordDates],
    ) -> None:
        self._workspace, self._store = workspace, workspace.store
        self._kind, self._options, self._run, self._known, self._dates = kind, options, run, known, dates
        self._stages = self._store.bulk.stages() if kind is RecordKind.DEAL else []
        self._stage_names = StageNames([stage for stage, _ in self._stages], options.stages)
        self._names: dict[int, str] = {}  # of companies that deals name
        self.numbers: dict[str, int] = {}

    def take(self, row: Row, values: Values) -> None:
        if self._kind is RecordKind.USER and values.get("record_id", [""])[0] in self._known.get("users", {}):
            self._run.same += 1  # the user who was signed in there, and is here
            return
        what = next((values[k][0] for k in ("name", "login_address", "domain") if k in values), "")
        try:
            with self._store.transaction():  # a refusal takes back this row alone
                record_id = self._one(values)
        except UsageError as error:
            self._run.skip(row.line, what, str(error), row.cells)
            return
        if "record_id" in values:
            self.numbers.setdefault(values["record_id"][0], record_id)

    def _one(self, values: Values) -> int:
        fields = {
            RecordKind.COMPANY: self._company,
            RecordKind.DEAL: self._deal,
            RecordKind.USER: self._user,
        }[self._kind](values)
        found = self._find(fields)
        if found is None and values.get("removed") == ["yes"]:  # in the workspace that it was exported from
            found = self._store.bulk.removed_named(self._kind, fields["name"])
        if found is None:
            active = fields.pop("active", True)
            record_id = self._add(fields, self._dates.get(values.get("record_id", [""])[0]))
            if not active:
                edit_record(self._store, self._kind, record_id, {"active": False}, "import")
            self._run.added += 1
            return record_id
        if self._options.existing is Existing.SKIP:
            self._run.same += 1
            return found
        wanted = self._wanted(self._snapshot(found), fields)
        change = edit_record(self._store, self._kind, found, wanted, "import") if wanted else None
        if change is None:
            self._run.same += 1
        else:
            self._run.changed += 1
        return found

    def _add(self, fields: Fields, dates: RecordDates | None) -> int:
        if self._kind is RecordKind.USER:
            return add_record(self._store, self._kind, fields, source="import")
        checked = checked_fields(self._kind, fields)
        bulk = self._store.bulk
        if self._kind is RecordKind.COMPANY:
            taken = next((d for d in checked.get("domains", ()) if bulk.company_with(d) is not None), "")
            if taken:
                raise NotAllowed(f"The domain {taken} belongs to another company already, or to one that was removed.")
            return bulk.add_company(checked, dates=dates)
        if checked.get("amount_minor") is not None and not checked.get("currency"):
            raise UsageError("An amount needs a currency, such as EUR or SEK.")
        wanted = checked.get("stage")
        stage, position = next(
            (s, n) for s, n in self._stages if (s.name == wanted if wanted else s.outcome is Outcome.OPEN)
        )
        company = checked.get("company")
        named = "" if company is None else self._names.get(company) or self._store.companies.snapshot(company)["name"]
        people = [self._store.contacts.snapshot(c)["name"] for c in checked.get("contacts", ())[:20]]
        return bulk.add_deal(checked, stage, position, named, people, dates)

    def _company_named(self, name: str) -> int | None:
        """Made when there is none."""
        found = self._store.bulk.company_named(name)
        if found is None:
            found = self._store.companies.named(name)
        if found is not None:
            self._names[found] = self._names.get(found) or str(self._store.companies.snapshot(found)["name"])
        return found

    def _wanted(self, before: Fields, fields: Fields) -> Fields:
        over = self._options.existing is Existing.OVERWRITE
        wanted: Fields = {}
        for name, value in fields.items():
            if name in _MORE:
                keys = {address_key(str(v)) for v in before[name]}
                more = [v for v in value if address_key(str(v)) not in keys]
                if more:
                    wanted[name] = [*before[name], *more]
            elif over or before[name] in ("", None):
                wanted[name] = value
        if self._kind is RecordKind.DEAL and "currency" in wanted and "amount_minor" not in wanted:
            del wanted["currency"]  # it would give the amount that is there another meaning
        return wanted

    def _snapshot(self, record_id: int) -> Fields:
        if self._kind is RecordKind.COMPANY:
            return self._store.companies.snapshot(record_id)
        if self._kind is RecordKind.DEAL:
            return self._store.deals.snapshot(record_id)
        return self._store.users.snapshot(record_id)

    def _find(self, fields: Fields) -> int | None:
        store = self._store
        if self._kind is RecordKind.USER:
            return store.users.find(fields["login_address"])
        if self._kind is RecordKind.COMPANY:
            found = next((c for d in fields.get("domains", ()) if (c := store.companies.find_domain(d))), None)
            if found is None and (namesake := store.bulk.company_named(fields["name"])) is not None:
                # two companies of one name and different domains are two
                return None if fields.get("domains") and store.companies.domains(namesake) else namesake
            return found
        deals = store.bulk.deals_named(fields["name"])
        with_company = [pk for pk, company in deals if company == fields.get("company")]
        if len(with_company) > 1 or (not with_company and len(deals) > 1):
            raise NotAllowed(f"{len(deals)} deals are called “{fields['name']}”: it cannot be told which one this is.")
        if with_company:
            return with_company[0]
        return deals[0][0] if deals and (not fields.get("company") or deals[0][1] is None) else None

    # -- fields

    def _company(self, values: Values) -> Fields:
        domains = [d for cell in values.get("domain", ()) for text in several(cell) if (d := _domain(text))]
        if not domains and "website" in values and "name" not in values:
            domains = [d for d in (_domain(values["website"][0]),) if d]
        name = values.get("name", [domains[0] if domains else ""])[0]
        if not name:
            raise UsageError("It has neither a name nor a domain.")
        fields: Fields = {"name": name, **({"domains": domains} if domains else {})}
        for key, fits in (("phone", is_phone), ("website", is_website)):
            if key in values and not fits(values[key][0]):
                self._run.note(f"Some {key} cells hold no {_CALLED[key]}: they were left out.")
            elif key in values:
                fields[key] = values[key][0]
        if address := postal_address(values):
            fields["postal_address"] = address
        return {**fields, **self._owner(values)}

    def _deal(self, values: Values) -> Fields:
        if "name" not in values:
            raise UsageError("It has no name.")
        fields: Fields = {"name": values["name"][0], **self._owner(values)}
        if "stage" in values:
            fields["stage"] = self._stage_names.named(values["stage"][0])
        if "amount" in values:
            fields.update(self._amount(values["amount"][0], values.get("currency", [self._options.currency])[0]))
        record = self._known.get("companies", {}).get(values.get("company_record", [""])[0])
        if record is not None:
            fields["company"] = record
        elif "company" in values:
            fields["company"] = self._company_named(values["company"][0])
        people = [plain_address(a) for cell in values.get("contacts", ()) for a in several(cell)]
        contacts = [c for address in people if "@" in address and (c := self._contact(address)) is not None]
        return {**fields, **({"contacts": contacts} if contacts else {})}

    def _contact(self, address: str) -> int | None:
        found = self._store.contacts.find(address)
        if found is None:
            self._run.note("Some deals name people who are no contacts yet. Import the contacts, then the deals again.")
        return found

    def _amount(self, text: str, currency: str) -> Fields:
        code = currency.strip().upper() or next((c for c in currencies() if c in text.upper()), "")
        if not code:
            raise UsageError(f"The amount {quoted(text)} names no currency. Choose the currency of this file.")
        number = text.upper().replace(code, "").strip(" €$£\u00a0")
        return {"amount_minor": amount_in_minor(number, code), "currency": code}

    def _user(self, values: Values) -> Fields:
        if "login_address" not in values:
            raise UsageError("It has no login address.")
        fields: Fields = {"login_address": plain_address(values["login_address"][0])}
        parts = [values[key][0] for key in ("first_name", "last_name") if key in values]
        if name := values["name"][0] if "name" in values else " ".join(parts):
            fields["name"] = name
        if "aliases" in values:
            fields["aliases"] = [plain_address(a) for cell in values["aliases"] for a in several(cell)]
        role = values.get("role", [""])[0].strip().casefold()
        if role in ROLES:
            fields["role"] = role
        for key in ("personal_email_access", "active"):
            if (word := values.get(key, [""])[0].casefold()) in _YES:
                fields[key] = _YES[word]
        return fields

    def _owner(self, values: Values) -> dict[str, Any]:
        login = plain_address(values.get("owner", [""])[0])
        found = self._store.users.find(login) if "@" in login else None
        if login and found is None:
            self._run.note(f"“{login[:60]}” is no user of this workspace: such records have no owner.")
        return {} if found is None else {"owner": found}


def _domain(text: str) -> str:
    """Of a domain or a web address; empty where it is neither."""
    host = text.strip().casefold().rpartition("://")[2].partition("/")[0].partition(":")[0]
    return ascii_domain(host.removeprefix("www."))
