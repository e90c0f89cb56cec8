"""Contacts, companies, deals and users are added, edited, removed and brought back; each edit is kept and can be undone. Used
by the façade and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.addresses import Address
from app.domain.changes import Area
from app.domain.errors import NotAllowed, PermanentlyDeleted, UsageError
from app.domain.money import currencies, in_other_currency
from app.domain.record_fields import checked_fields
from app.domain.records import Fields, RecordChange, RecordKind
from app.domain.rights import Right
from app.services.edit_stages import bring_stages_back
from app.services.merge_companies import part_companies
from app.services.merge_contacts import split_again
from app.services.rights import require
from app.store import Store

_AREAS = {
    RecordKind.CONTACT: Area.CONTACTS,
    RecordKind.COMPANY: Area.COMPANIES,
    RecordKind.DEAL: Area.DEALS,
    RecordKind.USER: Area.USERS,
    RecordKind.STAGE: Area.DEALS,
}
_OF_ONESELF = {"name", "aliases"}  # what a user changes in their own entry (S5)
_SAID = {
    "postal_address": "address", "amount_minor": "amount", "login_address": "login", "personal_email_access":
    "personal e-mail access",
}  # fmt: skip


def add_record(store: Store, kind: RecordKind, fields: Mapping[str, Any], source: str = "user") -> int:
    """The new record's number. A contact needs an address that no contact has, a company and a deal a name, a user a login
    address. Raises UsageError, NotAllowed, AdminOnly, PermanentlyDeleted."""
    checked = checked_fields(kind, fields)
    if kind is RecordKind.USER:
        require(store, Right.USERS)
    with store.transaction(*_areas(kind), source=source):
        _check_references(store, checked, {})
        if kind is RecordKind.CONTACT:
            return _add_contact(store, checked)
        if kind is RecordKind.USER:
            return store.users.add(checked)
        if not checked.get("name"):
            raise UsageError(f"A {kind.value} needs a name.")
        if kind is RecordKind.DEAL:
            return store.deals.add(checked)
        company_id = store.companies.add(checked.pop("name"), checked.pop("domains", []))
        if checked:
            _write(store, kind, company_id, checked)
        return company_id


def _add_contact(store: Store, checked: Fields) -> int:
    addresses = checked.pop("addresses", [])
    if not addresses:
        raise UsageError("A contact needs an address.")
    known = store.contacts.find(addresses[0])
    if known is not None:
        raise NotAllowed(f"The address {addresses[0]} belongs to another contact already.")
    contact_id = store.contacts.add(Address(addresses[0], checked.get("name", "")), created_by="user")
    rest: Fields = dict(checked)
    if len(addresses) > 1:
        rest["addresses"] = addresses
    if rest:
        _write(store, RecordKind.CONTACT, contact_id, rest)
    return contact_id


def edit_record(
    store: Store, kind: RecordKind, record_id: int, fields: Mapping[str, Any], source: str = "user"
) -> RecordChange | None:
    """What is not named stays. None when nothing is different. Raises UsageError, NotAllowed, PermanentlyDeleted."""
    checked = checked_fields(kind, fields)
    with store.transaction(*_areas(kind), source=source):
        before = _snapshot(store, kind, record_id)
        wanted = {name: value for name, value in checked.items() if before[name] != value}
        if not wanted:
            return None
        _check_rights(store, kind, record_id, wanted)
        _check_references(store, wanted, before)
        if wanted.get("login_address") == "":
            raise UsageError("A user needs a login address: by it the user is known. Give another one instead.")
        if kind is RecordKind.DEAL:
            wanted = {**_same_number(before, wanted), **wanted}
        _write(store, kind, record_id, wanted)
        after = _snapshot(store, kind, record_id)
        changed = [name for name in before if before[name] != after[name]]
        if not changed:
            return None
        change_id = store.record_changes.note(
            kind,
            record_id,
            user_id=store.user_id,
            what=_what(changed, after),
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        return store.record_changes.get(change_id)


def remove_record(store: Store, kind: RecordKind, record_id: int, source: str = "user") -> RecordChange | None:
    """It is in no table any more, and can be brought back. A user becomes inactive: what the user logged stays."""
    if kind is RecordKind.USER:
        return edit_record(store, kind, record_id, {"active": False}, source)
    return edit_record(store, kind, record_id, {"removed": True}, source)


def restore_record(store: Store, kind: RecordKind, record_id: int, source: str = "user") -> RecordChange | None:
    return edit_record(
        store, kind, record_id, {"active": True} if kind is RecordKind.USER else {"removed": False}, source
    )


def undo_change(store: Store, change_id: int, source: str = "user") -> RecordChange:
    """An edit, a removal, a merge or a change of the stages as if it had not been. Raises NotAllowed when the same was changed
    again since."""
    kind = store.record_changes.get(change_id).kind
    if kind is RecordKind.IMPORT:
        raise UsageError("An import is undone as a whole: see undo_import.")
    if "many" in store.record_changes.get(change_id).before:
        raise UsageError("What was removed at once is brought back as a whole: see bring_many_back.")
    with store.transaction(*_areas(kind), Area.MESSAGES, source=source):
        change = store.record_changes.get(change_id)
        if change.undone_at is not None:
            raise NotAllowed("This was undone already.")
        if change.kind is RecordKind.STAGE:
            bring_stages_back(store, change)
        elif "merge" in change.before:
            part = part_companies if change.kind is RecordKind.COMPANY else split_again
            part(store, change)
        elif "apart" not in change.before:  # a word about two companies changed neither
            now = _snapshot(store, change.kind, change.record_id)
            if any(now[name] != value for name, value in change.after.items()):
                raise NotAllowed("It was changed again since then. Undo the later change first.")
            _check_rights(store, change.kind, change.record_id, change.before)
            _write(store, change.kind, change.record_id, change.before)
        store.record_changes.mark_undone(change_id)
    return store.record_changes.get(change_id)


def undo_last(store: Store, kind: RecordKind, record_id: int, source: str = "user") -> RecordChange:
    """Raises NotAllowed when there is nothing to undo."""
    change = store.record_changes.last_to_undo(kind, record_id)
    if change is None:
        raise NotAllowed("There is nothing to undo.")
    return undo_change(store, change.id, source)


def _areas(kind: RecordKind) -> tuple[Area, ...]:
    """A company's name stands in the tables of its contacts and deals, a contact's in those of its deals."""
    return (Area.USERS,) if kind is RecordKind.USER else (_AREAS[kind], Area.CONTACTS, Area.COMPANIES, Area.DEALS)


def _snapshot(store: Store, kind: RecordKind, record_id: int) -> Fields:
    if kind is RecordKind.CONTACT:
        return store.contacts.snapshot(record_id)
    if kind is RecordKind.COMPANY:
        return store.companies.snapshot(record_id)
    return store.deals.snapshot(record_id) if kind is RecordKind.DEAL else store.users.snapshot(record_id)


def _write(store: Store, kind: RecordKind, record_id: int, fields: Fields) -> None:
    """With what other records show of it."""
    if kind is RecordKind.USER:
        if fields.get("active") is False and record_id == store.user_id:
            raise NotAllowed("This is the user who is signed in here. Another user can remove it.")
        store.users.write(record_id, fields)
    elif kind is RecordKind.DEAL:
        store.deals.write(record_id, fields)
    elif kind is RecordKind.CONTACT:
        store.contacts.write(record_id, fields)
        if fields.keys() & {"name", "removed"}:
            for deal_id in store.deals.of_contact(record_id):
                store.deals.refresh(deal_id)
    else:
        store.companies.write(record_id, fields)
        if fields.keys() & {"name", "removed"}:
            store.contacts.refresh_many(store.companies.contacts_of(record_id))
            for deal_id in store.deals.of_company(record_id):
                store.deals.refresh(deal_id)


def _check_rights(store: Store, kind: RecordKind, record_id: int, fields: Fields) -> None:
    """Raises AdminOnly: users are changed by administrators; everybody changes their own name and aliases."""
    if kind is RecordKind.USER and not (record_id == store.user_id and fields.keys() <= _OF_ONESELF):
        require(store, Right.USERS)


def _same_number(before: Fields, wanted: Fields) -> Fields:
    """An amount whose currency alone is changed stays the number that it is."""
    amount, old, new = before["amount_minor"], before["currency"], wanted.get("currency")
    if "amount_minor" in wanted or amount is None or not old or not new or old not in currencies():
        return {}
    return {"amount_minor": in_other_currency(amount, old, new)}


def _check_references(store: Store, fields: Fields, before: Fields) -> None:
    """Raises UsageError where a record is named that is not there, or newly one that was removed; PermanentlyDeleted where a
    user newly gets an address that was deleted for good."""
    had_addresses = {before.get("login_address"), *before.get("aliases", ())}
    for address in [fields.get("login_address"), *fields.get("aliases", ())]:
        if address and address not in had_addresses and store.tombstones.holds(address):
            raise PermanentlyDeleted(address)
    if fields.get("owner") is not None:
        store.users.snapshot(fields["owner"])
    had = {*before.get("companies", ()), before.get("company")}
    for company_id in [*fields.get("companies", ()), *([fields["company"]] if fields.get("company") else ())]:
        if store.companies.snapshot(company_id)["removed"] and company_id not in had:
            raise UsageError("This company was removed. Bring it back first.")
    for contact_id in fields.get("contacts", ()):
        if store.contacts.snapshot(contact_id)["removed"] and contact_id not in before.get("contacts", ()):
            raise UsageError("This contact was removed. Bring it back first.")


def _what(changed: list[str], after: Fields) -> str:
    if "removed" in changed:
        return "Removed" if after["removed"] else "Brought back"
    if changed == ["active"]:
        return "Brought back" if after["active"] else "Removed"
    names = [_SAID.get(name, name) for name in changed]
    said = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    return f"Changed the {said}"
