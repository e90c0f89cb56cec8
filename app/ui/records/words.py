"""What records say about themselves on screen. Pure; used by the tables, panels and dialogs of records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from app.domain.money import exponent
from app.domain.records import ContactLine, DealLine, DealRecord, Named, Outcome, RecordChange, RecordKind
from app.ui.kit import times

KIND_WORDS = {
    RecordKind.CONTACT: ("contact", "contacts"),
    RecordKind.COMPANY: ("company", "companies"),
    RecordKind.DEAL: ("deal", "deals"),
    RecordKind.USER: ("user", "users"),
}
OUTCOME_CHIPS = {Outcome.OPEN: ("accent", ""), Outcome.WON: ("ok", "check"), Outcome.LOST: ("neutral", "cross")}
OUTCOME_WORDS = {Outcome.OPEN: "Open", Outcome.WON: "Won", Outcome.LOST: "Lost"}
ROLE_WORDS = {"admin": "Administrator", "member": "Member"}


def amount(minor: int | None, currency: str) -> str:
    """48,000 EUR, 1,234.50 EUR; empty where none was named. Whole amounts are without places."""
    if minor is None:
        return ""
    places = exponent(currency)
    value = Decimal(minor).scaleb(-places)
    whole = int(value)
    rest = abs(minor) % 10**places if places else 0
    return f"{times.number(whole)}{f'.{rest:0{places}d}' if rest else ''} {currency}"


def name_of(line: ContactLine) -> str:
    return line.name or line.address


def moment(at: datetime | None) -> str:
    return "" if at is None else times.moment_short(at, times.today())


def last_mail(at: datetime | None) -> str:
    """In a sentence: last mail 14:26, last mail yesterday, no mail yet."""
    return "no mail yet" if at is None else f"last mail {moment(at).replace('Yesterday', 'yesterday')}"


def day(at: datetime) -> str:
    """17 November 2026"""
    local = times.local(at)
    return f"{local.day} {local:%B} {local.year}"


def spoken(*parts: str) -> str:
    return ", ".join(p for p in parts if p)


def owner_name(owner: Named | None) -> str:
    return owner.name if owner is not None else ""


def deal_names(deals: Sequence[DealLine]) -> list[str]:
    """Each with its amount."""
    return [f"{d.name} {amount(d.amount_minor, d.currency)}".strip() for d in deals]


def stage_chip(deal: DealLine | DealRecord) -> tuple[str, str, str]:
    return (deal.stage, *OUTCOME_CHIPS[deal.outcome])


def told(change: RecordChange, name: str) -> str:
    """What was just done, for the toast."""
    if change.what == "Removed":
        return f"{name} was removed"
    if change.what == "Brought back":
        return f"{name} is back"
    if change.what.startswith("Changed"):
        return f"{change.what} of {name}"
    return f"{change.what} into {name}" if change.what.startswith("Merged") else change.what


def values(fields: dict[str, object]) -> str:
    """What a change's fields read, for its line in the history; empty where they name other records only by number."""
    parts = []
    for key, value in fields.items():
        if key in ("removed", "active", "owner", "company", "companies", "contacts", "merge", "fields", "currency"):
            continue
        if key == "personal_email_access":
            parts.append("with personal e-mail access" if value else "without personal e-mail access")
        elif key == "amount_minor":
            parts.append(amount(value if isinstance(value, int) else None, _currency(fields)))
        elif key == "phones" and isinstance(value, Sequence):
            parts.append(", ".join(str(phone[0]) for phone in value))
        elif isinstance(value, list):
            parts.append(", ".join(str(v) for v in value))
        else:
            parts.append(" ".join(str(value or "").split()))
    return "; ".join(p for p in parts if p)


def _currency(fields: dict[str, object]) -> str:
    return str(fields.get("currency") or "EUR")


def change_detail(change: RecordChange) -> str:
    """“Head of sales” before, “Head of logistics” since."""
    before, after = values(change.before), values(change.after)
    if not before and not after:
        return ""
    return f"{before or 'Nothing'} → {after or 'nothing'}"
