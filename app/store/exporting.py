"""All that a workspace holds, some hundreds of rows at a time and as it is at one moment: for exports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.domain.left_out import left_out_from
from app.domain.outbox import AttachmentRef
from app.store import models as m
from app.store.message_notes import notes_of
from app.store.messages import NewMessage

_SLICE = 500
_MESSAGES = 50  # at once, with their texts
Row = dict[str, Any]


@dataclass(frozen=True)
class StoredMessage:
    """A logged message with all that it is linked to. `aliases`: further ids under which it is known."""

    pk: int
    message: NewMessage
    contacts: tuple[int, ...]
    companies: tuple[int, ...]
    deals: tuple[int, ...]
    aliases: tuple[str, ...]
    credited_by: str


class Exporting:
    """Rows are dictionaries by column; instants carry their zone."""

    @contextmanager
    def one_moment(self) -> Iterator[None]:
        """What others write meanwhile is not seen; they can write."""
        with m.database.atomic("DEFERRED"):
            yield

    def counts(self) -> dict[str, int]:
        tables = {"contacts": m.Contact, "companies": m.Company, "deals": m.Deal, "users": m.User}
        counted = {name: int(table.select().count()) for name, table in tables.items()}
        counted["events"] = int(m.Event.select().where(~m.Event.honeypot).count())
        return {**counted, "messages": int(m.Message.select().where(m.Message.logged).count())}

    def contacts(self) -> Iterator[Row]:
        """With `addresses`, `phones`, `companies` (number, name); merged ones are part of others and left out."""
        for rows in _slices(m.Contact, m.Contact.merged_into.is_null()):
            pks = [row["id"] for row in rows]
            a, p, c = m.ContactAddress, m.ContactPhone, m.ContactCompany
            in_order = (a.is_primary.desc(), a.id)
            addresses = _grouped(a.select(a.contact_id, a.address).where(a.contact.in_(pks)).order_by(*in_order))
            phones = _grouped(p.select(p.contact_id, p.number, p.kind).where(p.contact.in_(pks)).order_by(p.position))
            names = c.select(c.contact_id, m.Company.id, m.Company.name).join(m.Company).where(c.contact.in_(pks))
            companies = _grouped(names.order_by(c.is_primary.desc(), c.id))
            for row in rows:
                pk = row["id"]
                yield {
                    **row,
                    "addresses": [a for (a,) in addresses.get(pk, ())],
                    "phones": phones.get(pk, []),
                    "companies": companies.get(pk, []),
                }

    def companies(self) -> Iterator[Row]:
        """With `domains`."""
        for rows in _slices(m.Company, m.Company.merged_into.is_null()):
            pks = [row["id"] for row in rows]
            d = m.CompanyDomain
            found = d.select(d.company_id, d.domain).where(d.company.in_(pks))
            domains = _grouped(found.order_by(d.is_primary.desc(), d.id))
            for row in rows:
                yield {**row, "domains": [d for (d,) in domains.get(row["id"], ())]}

    def deals(self) -> Iterator[Row]:
        """With `company_name` and `contacts` (number, primary address)."""
        for rows in _slices(m.Deal):
            pks = [row["id"] for row in rows]
            contacts = _grouped(
                m.DealContact.select(m.DealContact.deal_id, m.DealContact.contact_id, m.ContactAddress.address)
                .join(m.Contact)
                .join(m.ContactAddress)
                .where(m.DealContact.deal.in_(pks) & m.ContactAddress.is_primary)
                .order_by(m.DealContact.id)
            )
            wanted = {row["company"] for row in rows} - {None}
            names = dict(m.Company.select(m.Company.id, m.Company.name).where(m.Company.id.in_(wanted)).tuples())
            for row in rows:
                yield {
                    **row,
                    "company_name": names.get(row["company"], ""),
                    "contacts": contacts.get(row["id"], []),
                }

    def stages(self) -> list[Row]:
        return list(m.DealStage.select().order_by(m.DealStage.position).dicts())

    def events(self) -> Iterator[Row]:
        """With `message_id`."""
        for rows in _slices(m.Event, ~m.Event.honeypot):  # the invisible link is no click
            pks = {row["message"] for row in rows} - {None}
            ids = dict(m.Message.select(m.Message.id, m.Message.message_id).where(m.Message.id.in_(pks)).tuples())
            for row in rows:
                yield {**row, "message_id": ids.get(row["message"], "")}

    def ledger(self) -> Iterator[Row]:
        """Every body that was read, with its `inbox_address`."""
        names = dict(m.Inbox.select(m.Inbox.id, m.Inbox.address).tuples())
        for rows in _slices(m.LedgerBody):
            for row in rows:
                yield {**row, "inbox_address": names.get(row["inbox"], "")}

    def messages(self) -> Iterator[StoredMessage]:
        """Oldest number first: a message comes before what answers it, where it was here first."""
        after = 0
        while True:
            found = m.Message.select().where((m.Message.id > after) & m.Message.logged).order_by(m.Message.id)
            rows = list(found.limit(_MESSAGES))
            if not rows:
                return
            yield from self._stored(rows)
            after = rows[-1].id

    def message(self, pk: int) -> StoredMessage:
        """One that is there."""
        (found,) = self._stored([m.Message.get_by_id(pk)])
        return found

    def _stored(self, rows: list[m.Message]) -> Iterator[StoredMessage]:
        pks = [row.id for row in rows]

        def links(table: Any, *columns: Any) -> dict[int, list[tuple[Any, ...]]]:
            return _grouped(table.select(table.message_id, *columns).where(table.message.in_(pks)).order_by(table.id))

        parties = links(m.MessageParty, m.MessageParty.role, m.MessageParty.address, m.MessageParty.name)
        contacts = links(m.MessageContact, m.MessageContact.contact_id)
        companies = links(m.MessageCompany, m.MessageCompany.company_id)
        deals = links(m.MessageDeal, m.MessageDeal.deal_id)
        aliases = links(m.MessageAlias, m.MessageAlias.alias)
        f = m.Attachment
        files = links(f, f.filename, f.content_type, f.size, f.sha256, f.content_id)
        notes = notes_of(pks)
        for row in rows:
            people: dict[str, tuple[Address, ...]] = {}
            for role, address, name in parties.get(row.id, ()):
                people[role] = (*people.get(role, ()), Address(address, name))
            yield StoredMessage(
                pk=row.id,
                message=NewMessage(
                    message_id=row.message_id,
                    raw_message_id=row.raw_message_id,
                    direction=row.direction,
                    kind=row.kind,
                    thread_id=row.thread_id,
                    inbox_id=None if row.inbox_id is None else InboxId(row.inbox_id),
                    user_id=row.user_id,
                    date=row.date,
                    sender=Address(row.from_address, row.from_name),
                    to=people.get("to", ()),
                    cc=people.get("cc", ()),
                    bcc=people.get("bcc", ()),
                    subject=row.subject,
                    text=row.text,
                    html=row.html,
                    visible_text=row.visible_text,
                    quoted_lines=row.quoted_lines,
                    size=row.size,
                    in_reply_to=row.in_reply_to,
                    references=tuple(row.references_json),
                    logged=True,
                    logged_by=row.logged_by,
                    match_reason=row.match_reason,
                    changed_subject=row.changed_subject,
                    attachments=tuple(AttachmentRef(*file) for file in files.get(row.id, ())),
                    left_out=left_out_from(row.left_out_why, row.files_left_out),
                    notes=notes.get(row.id, ()),
                ),
                contacts=tuple(pk for (pk,) in contacts.get(row.id, ())),
                companies=tuple(pk for (pk,) in companies.get(row.id, ())),
                deals=tuple(pk for (pk,) in deals.get(row.id, ())),
                aliases=tuple(a for (a,) in aliases.get(row.id, ()) if a != row.message_id),
                credited_by=row.credited_by,
            )


def _slices(table: Any, where: Any = None) -> Iterator[list[Row]]:
    after = 0
    while True:
        query = table.select().where(table.id > after).order_by(table.id).limit(_SLICE)
        rows = list((query if where is None else query.where(where)).dicts())
        if not rows:
            return
        yield rows
        after = rows[-1]["id"]


def _grouped(query: Any) -> dict[int, list[tuple[Any, ...]]]:
    """The first column → the others."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for key, *rest in query.tuples():
        found.setdefault(key, []).append(tuple(rest))
    return found
