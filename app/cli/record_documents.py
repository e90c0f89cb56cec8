"""How contacts, companies, deals and users look as JSON and as lines, and how they are named on the command line. Used by their
commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.cli.output import instant, local
from app.domain.errors import UsageError
from app.domain.hosts import ascii_domain, unicode_domain
from app.domain.money import amount_text
from app.domain.records import (
    CompanyLine,
    CompanyPair,
    CompanyRecord,
    ContactLine,
    ContactRecord,
    DealLine,
    DealRecord,
    DuplicatePair,
    Named,
    RecordChange,
    RecordKind,
    UserRecord,
)
from app.store import Store


def contact_of(store: Store, text: str) -> int:
    """By an address, or by its number. Raises UsageError."""
    found = store.contacts.find(text) if "@" in text else _number(text)
    if found is None or store.contact_record(found) is None:
        raise UsageError(f"There is no contact {text}. See hitchpost contacts.")
    return found


def company_of(store: Store, text: str) -> int:
    """By its name, where one company alone has it, its domain, or its number. Raises UsageError."""
    named = one_named(store.companies.find_name(text), text, "companies")
    for found in (named, store.companies.find_domain(ascii_domain(text)), _number(text)):
        if found is not None and store.company_record(found) is not None:
            return found
    raise UsageError(f"There is no company {text!r}. See hitchpost companies.")


def company_named(store: Store, text: str) -> int | None:
    """As `company_of`; where there is none, one of that name is made. None for an empty text. Inside a transaction. Raises
    UsageError."""
    known = one_named(store.companies.find_name(text), text, "companies")
    found = store.companies.find_domain(ascii_domain(text)) if known is None and text.strip() else known
    return store.companies.named(text) if found is None else found


def deal_of(store: Store, text: str) -> int:
    """By its name, where one deal alone has it, or by its number. Raises UsageError."""
    named = one_named(store.deals.find_name(text), text, "deals")
    found = _number(text) if named is None else named
    if found is None or store.deals.record(found) is None:
        raise UsageError(f"There is no deal {text!r}. See hitchpost deals.")
    return found


def user_of(store: Store, text: str) -> int:
    """By login address, alias, or number. Raises UsageError."""
    found = store.users.find(text) if "@" in text else _number(text)
    if found is None or store.users.record(found, store.user_id) is None:
        raise UsageError(f"There is no user {text}. See hitchpost users.")
    return found


def removed_of(store: Store, kind: RecordKind, text: str) -> int | None:
    """The contact of this address, the company of this name or domain, or the deal of this name that was removed; None where
    there is none. Raises UsageError for several."""
    if kind is RecordKind.CONTACT and "@" in text:
        return store.contacts.find_removed(text)
    if kind is RecordKind.COMPANY:
        named = one_named(store.companies.find_name(text, removed=True), text, "removed companies")
        return store.companies.find_domain(ascii_domain(text), removed=True) if named is None else named
    if kind is RecordKind.DEAL:
        return one_named(store.deals.find_name(text, removed=True), text, "removed deals")
    return None


def one_named(found: Sequence[int], text: str, many: str) -> int | None:
    """The only one of them, or the one of them that has this number. Raises UsageError where it cannot be told."""
    if len(found) < 2:
        return found[0] if found else None
    if (number := _number(text)) in found:
        return number
    numbers = ", ".join(map(str, found))
    raise UsageError(f"{len(found)} {many} are called {text!r}. Say which one by its number: {numbers}.")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def contact_line(line: ContactLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "address": line.address,
        "company": line.company,
        "title": line.title,
        "last_at": instant(line.last_at),
    }


def contact_record(record: ContactRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "address": record.addresses[0] if record.addresses else "",
        "addresses": list(record.addresses),
        "title": record.title,
        "company": record.companies[0].name if record.companies else "",
        "companies": [company.name for company in record.companies],
        "phone": record.phones[0].number if record.phones else "",
        "phones": [{"number": phone.number, "kind": phone.kind} for phone in record.phones],
        "postal_address": record.postal_address,
        "owner": _name(record.owner),
        "deals": [deal_line(deal) for deal in record.deals],
        "bounced": record.bounced,
        "sources": record.sources,
        "created_at": instant(record.created_at),
        "created_by": record.created_by,
        "last_at": instant(record.last_at),
        "removed": record.removed,
    }


def company_line(line: CompanyLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "domain": unicode_domain(line.domain),
        "contacts": line.contacts,
        "last_at": instant(line.last_at),
    }


def company_record(record: CompanyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "domain": unicode_domain(record.domains[0]) if record.domains else "",
        "domains": [unicode_domain(domain) for domain in record.domains],
        "phone": record.phone,
        "website": record.website,
        "postal_address": record.postal_address,
        "owner": _name(record.owner),
        "contacts": record.contacts,
        "deals": [deal_line(deal) for deal in record.deals],
        "created_at": instant(record.created_at),
        "created_by": record.created_by,
        "last_at": instant(record.last_at),
        "removed": record.removed,
    }


def deal_line(line: DealLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "name": line.name,
        "stage": line.stage,
        "outcome": line.outcome.value,
        "amount": None if line.amount_minor is None else amount_text(line.amount_minor, line.currency),
        "currency": line.currency,
        "company": line.company,
        "changed_at": instant(line.changed_at),
    }


def deal_record(record: DealRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "stage": record.stage,
        "outcome": record.outcome.value,
        "amount": None if record.amount_minor is None else amount_text(record.amount_minor, record.currency),
        "currency": record.currency,
        "company": _name(record.company),
        "contacts": [{"id": person.id, "name": person.name} for person in record.contacts],
        "owner": _name(record.owner),
        "created_at": instant(record.created_at),
        "changed_at": instant(record.changed_at),
        "closed_at": instant(record.closed_at),
        "removed": record.removed,
    }


def user_record(record: UserRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "login_address": record.login_address,
        "aliases": list(record.aliases),
        "personal_email_access": record.personal_email_access,
        "role": record.role,
        "active": record.active,
        "inboxes": list(record.inboxes),
        "signed_in": record.signed_in,
        "created_at": instant(record.created_at),
    }


def duplicate_pair(pair: DuplicatePair) -> dict[str, Any]:
    return {"keep": contact_line(pair.keep), "other": contact_line(pair.other), "reasons": list(pair.reasons)}


def company_pair(pair: CompanyPair) -> dict[str, Any]:
    return {"keep": company_line(pair.keep), "other": company_line(pair.other), "reasons": list(pair.reasons)}


def change_document(change: RecordChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": instant(change.at),
        "user": change.user,
        "what": change.what,
        "undone_at": instant(change.undone_at),
    }


def document_of(store: Store, kind: RecordKind, record_id: int) -> dict[str, Any]:
    """The record as JSON. It must be there."""
    if kind is RecordKind.CONTACT:
        contact = store.contact_record(record_id)
        assert contact is not None
        sent, received, _ = (
            (None, None, None) if store.contacts.is_busy(record_id) else store.contacts.totals(record_id)
        )
        return {**contact_record(contact), "sent": sent, "received": received}
    if kind is RecordKind.COMPANY:
        company = store.company_record(record_id)
        assert company is not None
        return company_record(company)
    if kind is RecordKind.DEAL:
        deal = store.deals.record(record_id)
        assert deal is not None
        return deal_record(deal)
    user = store.users.record(record_id, store.user_id)
    assert user is not None
    return user_record(user)


def shown_fields(document: dict[str, Any]) -> list[str]:
    """Line by line, what is not empty; times in the viewer's own zone."""
    return [
        f"{name}: {local(datetime.fromisoformat(value)) if name.endswith('_at') else _shown(value)}"
        for name, value in document.items()
        if value not in ("", [], {}, None) and name != "sources"  # where each field comes from is for programs
    ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, dict):
        named = value.get("name") or value.get("number")
        return str(named) if named else "; ".join(f"{key}: {text}" for key, text in value.items())
    return str(value).replace("\n", ", ")


def _name(named: Named | None) -> str:
    return "" if named is None else named.name
