"""Contacts, companies, deals and users as screens and the command line are shown them, their changes, and pages of their
tables. What may stand in their fields is in `record_fields`.

An edit is a dictionary of fields (`Fields`) with only those that change. Its values are plain (text, numbers, lists), so that
the value before and the value after are kept as they are, and an undo is the same edit the other way round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

Fields = dict[str, Any]
PHONE_KINDS = ("work", "mobile", "home", "fax", "other")
ROLES = ("admin", "member")


class RecordKind(Enum):
    """What can be changed and brought back. The last two are no records, but have changes."""

    CONTACT = "contact"
    COMPANY = "company"
    DEAL = "deal"
    USER = "user"
    STAGE = "stage"  # the list of all stages: number 0
    IMPORT = "import"  # what an import made and changed, all in one: number 0


class Outcome(Enum):
    """What a deal's stage means."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class RecordOrder(Enum):
    """The order of a table. Mail and changes: the latest first; amounts: the largest first."""

    MAIL = "mail"
    NAME = "name"
    COMPANY = "company"
    AMOUNT = "amount"
    STAGE = "stage"
    CHANGED = "changed"


ORDERS = {
    RecordKind.CONTACT: (RecordOrder.MAIL, RecordOrder.NAME, RecordOrder.COMPANY),
    RecordKind.COMPANY: (RecordOrder.NAME, RecordOrder.MAIL),
    RecordKind.DEAL: (RecordOrder.CHANGED, RecordOrder.NAME, RecordOrder.AMOUNT, RecordOrder.STAGE, RecordOrder.COMPANY),
}  # fmt: skip

Place = tuple[Any, ...]  # where a page ended: opaque, given back to ask for the next one


@dataclass(frozen=True)
class Phone:
    """`kind`: work, mobile, home, fax, other."""

    number: str
    kind: str = "work"


@dataclass(frozen=True)
class Stage:
    name: str
    outcome: Outcome


@dataclass(frozen=True)
class StageUse:
    """A stage in the list that a person edits. `id` None: a new one. `deals`: how many are in it, removed ones too."""

    id: int | None
    name: str
    outcome: Outcome
    deals: int = 0


@dataclass(frozen=True)
class ContactLine:
    """A line in the table of contacts."""

    id: int
    name: str
    address: str
    company: str
    company_id: int | None
    title: str
    last_at: datetime | None


@dataclass(frozen=True)
class CompanyLine:
    id: int
    name: str
    domain: str
    contacts: int
    last_at: datetime | None


@dataclass(frozen=True)
class DealLine:
    """`amount_minor` in the smallest unit of `currency`; None where none was named."""

    id: int
    name: str
    stage: str
    outcome: Outcome
    amount_minor: int | None
    currency: str
    company: str
    company_id: int | None
    changed_at: datetime


@dataclass(frozen=True)
class ContactPage:
    """`next`: what to ask for the lines below with; None: there are none."""

    lines: tuple[ContactLine, ...]
    next: Place | None


@dataclass(frozen=True)
class CompanyPage:
    lines: tuple[CompanyLine, ...]
    next: Place | None


@dataclass(frozen=True)
class DealPage:
    lines: tuple[DealLine, ...]
    next: Place | None


@dataclass(frozen=True)
class Named:
    """A record that another one names."""

    id: int
    name: str


@dataclass(frozen=True)
class Associations:
    """What a message is logged to."""

    contacts: tuple[Named, ...]
    companies: tuple[Named, ...]
    deals: tuple[Named, ...]


@dataclass(frozen=True)
class ContactRecord:
    """A contact with all that can be edited. `addresses[0]` and `companies[0]` are the primary ones. `sources`: field → hand,
    import, reply or signature. `removed`: it can be brought back."""

    id: int
    name: str
    title: str
    postal_address: str
    addresses: tuple[str, ...]
    phones: tuple[Phone, ...]
    companies: tuple[Named, ...]
    deals: tuple[DealLine, ...]
    owner: Named | None
    bounced: dict[str, str]
    sources: dict[str, str]
    created_at: datetime
    created_by: str
    last_at: datetime | None
    removed: bool
    merged_into: int | None = None


@dataclass(frozen=True)
class CompanyRecord:
    """`domains[0]` is the primary one."""

    id: int
    name: str
    phone: str
    website: str
    postal_address: str
    domains: tuple[str, ...]
    contacts: int
    deals: tuple[DealLine, ...]
    owner: Named | None
    created_at: datetime
    created_by: str
    last_at: datetime | None
    removed: bool
    merged_into: int | None = None


@dataclass(frozen=True)
class DealRecord:
    id: int
    name: str
    stage: str
    outcome: Outcome
    amount_minor: int | None
    currency: str
    company: Named | None
    contacts: tuple[Named, ...]
    owner: Named | None
    created_at: datetime
    changed_at: datetime
    closed_at: datetime | None
    removed: bool


@dataclass(frozen=True)
class UserRecord:
    """A person in the workspace. `signed_in`: the one who uses this program. `inboxes`: addresses of those connected."""

    id: int
    name: str
    login_address: str
    aliases: tuple[str, ...]
    personal_email_access: bool
    role: str
    active: bool
    inboxes: tuple[str, ...]
    created_at: datetime
    signed_in: bool


@dataclass(frozen=True)
class RecordChange:
    """An edit, a merge or a removal that was made, newest first in lists. `what` is a sentence."""

    id: int
    at: datetime
    user: str
    kind: RecordKind
    record_id: int
    what: str
    before: Fields
    after: Fields
    undone_at: datetime | None


@dataclass(frozen=True)
class DuplicatePair:
    """Two contacts that may be one person, and why it looks so. `keep` is the one with more mail."""

    keep: ContactLine
    other: ContactLine
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class CompanyPair:
    """Two companies that may be one, and why it looks so. `keep` is the one with more people, then with more mail."""

    keep: CompanyLine
    other: CompanyLine
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class ManyChosen:
    """Records for which something is done at once: `ids`; or, where that is None, all that a search finds but `without`."""

    search: str = ""
    without: frozenset[int] = frozenset()
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ManyDone:
    """What became of `total` records that were to be removed or brought back at once: `done` of them were, the rest was
    stopped or is so already. `change_id`: undoes it; None where there is nothing to undo."""

    change_id: int | None
    done: int
    total: int


@dataclass(frozen=True)
class FoundRecord:
    """A record that a search found."""

    kind: RecordKind
    id: int
    name: str
    detail: str


@dataclass(frozen=True)
class FoundMessage:
    """A message that a search found. `who`: the sender, or of one that was sent, the first it went to; as the mail names them,
    else as the contact is named. `contact_id`: on whose timeline it is, with the primary address there; None and empty where
    it is on nobody's. `passage`: what stands around the first word that was found, or the beginning of its text
    (`found_words`)."""

    pk: int
    date: datetime
    subject: str
    who: str
    contact_id: int | None
    direction: str
    message_id: str
    address: str
    passage: str


@dataclass(frozen=True)
class MessageFinds:
    """Messages, newest first. `next`: what to ask for older ones with; None: there are none. There may be few, or none, with
    `next` set: then many were looked at. `complete` False: older messages are still being prepared for
    searching, and may be missing."""

    messages: tuple[FoundMessage, ...]
    next: int | None
    complete: bool


@dataclass(frozen=True)
class DeletionPlan:
    """What deleting a contact for good removes, counted before. `shared`: of `messages`, those that are on the timelines of
    other contacts too, and leave these: of `shared_with`, by name. `mentions`: of other messages, those that name one of the
    addresses in their heads, and lose it. `files`: attachments that nothing else has. `companies`: made from the contact's
    domain alone, by name. `drafts`: what somebody wrote to them and has not sent; it stays, without the addresses. `near`:
    addresses that were seen here and are the same person's by practice (`store.near_addresses`); they are not deleted."""

    contact_id: int
    name: str
    addresses: tuple[str, ...]
    messages: int
    shared: int
    mentions: int
    files: int
    events: int
    review_items: int
    ledger_lines: int
    queued: int
    shared_with: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    drafts: int = 0
    near: tuple[str, ...] = ()
