"""What logging by BCC and by forwarding does to stored messages: the records that they are logged to, who is credited, and
taking them off again."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from peewee import SQL, fn

from app.domain.addresses import Address, address_key, quoted_spelling
from app.domain.association import MOST_DEALS, Association, ContactFacts, DealFacts
from app.domain.never_log import CoveredMessage, NeverEntry, NeverKind
from app.domain.subjects import base_subject
from app.store import models as m
from app.store.company_merging import standing_company
from app.store.fields import from_micros
from app.store.messages import NewMessage, left_out_columns
from app.store.prepared import Prepared
from app.store.search import Search


class CopiedMessages:
    """Each method that writes wants to be inside a transaction."""

    def __init__(self, search: Search) -> None:
        self._search = search

    # -- companies and deals (L3)

    def facts_of(self, contacts: Collection[int]) -> dict[int, ContactFacts]:
        """Their primary companies, and their open deals as far as they may count. What was removed is left out."""
        facts = {}
        for contact_id in dict.fromkeys(contacts):
            company = _COMPANY.row(contact_id)
            deals = tuple(DealFacts(pk, True, from_micros(at)) for pk, at in _DEALS.rows(contact_id))
            facts[contact_id] = ContactFacts(contact_id, company[0] if company else None, deals)
        return facts

    def link(self, pk: int, to: Association, date: datetime) -> None:
        """Besides what it is logged to already; contacts are linked by `Messages`."""
        for company_id in to.companies:
            m.MessageCompany.insert(message=pk, company=company_id, date=date).on_conflict_ignore().execute()
            newer = m.Company.last_message_at.is_null() | (m.Company.last_message_at < date)
            m.Company.update(last_message_at=date).where((m.Company.id == company_id) & newer).execute()
        for deal_id in to.deals:
            m.MessageDeal.insert(message=pk, deal=deal_id, date=date).on_conflict_ignore().execute()

    def records_of(self, pk: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """(companies, deals) of a message."""
        companies = m.MessageCompany.select(m.MessageCompany.company_id).where(m.MessageCompany.message == pk)
        deals = m.MessageDeal.select(m.MessageDeal.deal_id).where(m.MessageDeal.message == pk)
        return (
            tuple(pk for (pk,) in companies.order_by(m.MessageCompany.id).tuples()),
            tuple(pk for (pk,) in deals.order_by(m.MessageDeal.id).tuples()),
        )

    def put_records(self, pk: int, companies: Sequence[int], deals: Sequence[int]) -> None:
        """These and no others. A company that was merged counts as the one it is part of now."""
        companies = [pk for pk in map(standing_company, companies) if pk is not None]
        date = m.Message.get_by_id(pk).date
        m.MessageCompany.delete().where(
            (m.MessageCompany.message == pk) & m.MessageCompany.company.not_in(list(companies))
        ).execute()
        m.MessageDeal.delete().where((m.MessageDeal.message == pk) & m.MessageDeal.deal.not_in(list(deals))).execute()
        self.link(pk, Association((), tuple(companies), tuple(deals)), date)

    # -- logging

    def is_logged(self, pk: int) -> bool:
        return bool(m.Message.get_by_id(pk).logged)

    def came_by_copy(self, pk: int) -> bool:
        """Whether a message is logged because it was copied here: then all that a copy can bring is there."""
        row = m.Message.get_by_id(pk)
        return bool(row.logged) and row.logged_by in ("bcc", "forward")

    def sent_here_by(self, message_id: str) -> int | None:
        """Who sent it from the program; None for what another mail program sent."""
        row = (
            m.Message.select(m.Message.user)
            .join(m.MessageAlias)
            .where((m.MessageAlias.alias == message_id) & m.Message.message_ref.is_null(False))
            .first()
        )
        return None if row is None else int(row.user_id)

    def credit(self, pk: int, user_id: int, words: str) -> None:
        m.Message.update(user=user_id, credited_by=words).where(m.Message.id == pk).execute()

    def credited_by(self, pk: int) -> str:
        return str(m.Message.get_by_id(pk).credited_by)

    def log_after_all(self, pk: int, new: NewMessage) -> None:
        """A message that was sent from here, was not to be logged, and was copied to be logged all the same: it gets the
        text and files that it would have had. Its tracking stays."""
        m.Message.update(
            logged=True,
            logged_by=new.logged_by,
            match_reason=new.match_reason,
            text=new.text,
            html=new.html,
            visible_text=new.visible_text,
            quoted_lines=new.quoted_lines,
            size=new.size,
            has_files=bool(new.attachments),
            **left_out_columns(new.left_out),
        ).where(m.Message.id == pk).execute()
        for position, file in enumerate(new.attachments):
            m.Attachment.create(message=pk, position=position, is_inline=bool(file.content_id), **vars(file))
        self._search.put_message_again(pk)

    def add_hidden(self, pk: int, people: Sequence[Address]) -> None:
        """Those in Bcc whom the message does not name yet: of one's own copy, where another came first."""
        named = {key for (key,) in m.MessageParty.select(m.MessageParty.address_key).where(
            m.MessageParty.message == pk).tuples()}  # fmt: skip
        new = [person for person in people if person.addr_spec and person.key not in named]
        if not new:
            return
        self._search.forget_message(pk)
        for position, person in enumerate(new):
            m.MessageParty.create(
                message=pk, role="bcc", position=position, name=person.display_name, address=person.addr_spec,
                address_key=person.key,
            )  # fmt: skip
        self._search.put_message_again(pk)

    def take_text(self, pk: int) -> None:
        """Of a message that was sent from here: off every timeline, without its text and files, as one that was not to be
        logged. What is needed to recognise its events stays."""
        contacts = [c for (c,) in m.MessageContact.select(m.MessageContact.contact_id).where(
            m.MessageContact.message == pk).tuples()]  # fmt: skip
        self._search.forget_message(pk)
        m.Message.update(
            logged=False,
            text="",
            html="",
            visible_text="",
            quoted_lines=0,
            has_files=False,
            files_left_out=0,
            left_out_why="",
        ).where(m.Message.id == pk).execute()
        for table in (m.MessageContact, m.MessageCompany, m.MessageDeal, m.MessageNote, m.Attachment):
            table.delete().where(table.message == pk).execute()
        for contact_id in contacts:
            last = m.MessageContact.select(fn.MAX(m.MessageContact.date)).where(m.MessageContact.contact == contact_id)
            m.Contact.update(last_message_at=last).where(m.Contact.id == contact_id).execute()

    def has_nothing(self, contact_id: int) -> bool:
        """Whether a contact has neither mail nor deals, and nobody changed it since it was made."""
        changed = (m.RecordChange.kind == "contact") & (m.RecordChange.record_id == contact_id)
        return not (
            m.MessageContact.select().where(m.MessageContact.contact == contact_id).exists()
            or m.DealContact.select().where(m.DealContact.contact == contact_id).exists()
            or m.RecordChange.select().where(changed).exists()
        )

    def user_of(self, pk: int) -> int:
        return int(m.Message.get_by_id(pk).user_id)

    def same_letter(self, sender_key: str, date: datetime, subject: str, text: str) -> int | None:
        """A message that a contact wrote and that is logged already, where its forward names no Message-ID: the same sender,
        subject and beginning, in the same minute, since copied headers tell no seconds."""
        held = m.ContactAddress.select(m.ContactAddress.contact).where(m.ContactAddress.address_key == sender_key)
        near = m.MessageContact.date.between(date - _A_MINUTE, date + _A_MINUTE)
        query = (
            m.Message.select(m.Message.id, m.Message.from_address, m.Message.subject, m.Message.text)
            .join(m.MessageContact)
            .where(m.MessageContact.contact.in_(held) & near & (m.Message.direction == "received") & m.Message.logged)
        )
        base, letters = base_subject(subject), beginning(text)
        for row in query.order_by(m.Message.id):
            same = address_key(row.from_address) == sender_key and base_subject(row.subject) == base
            if same and beginning(row.text) == letters:
                return int(row.id)
        return None

    # -- what an entry of the never-log list is about

    def covered_by(self, entry: NeverEntry) -> tuple[CoveredMessage, ...]:
        """Logged messages from or to somebody whom the entry covers, newest first; a user's own entry is about that user's
        messages."""
        party: Any = m.MessageParty.address_key
        sender: Any = fn.LOWER(m.Message.from_address)
        people: Iterable[str] = {entry.key, entry.value.casefold(), quoted_spelling(entry.key)}
        senders = people
        if entry.kind is NeverKind.DOMAIN:
            party, people = SQL(_PARTY_DOMAIN), _domains("message_party", _PARTY_DOMAIN, entry)
            sender, senders = SQL(_FROM_DOMAIN), _domains("message", _FROM_DOMAIN, entry)
        ids: set[int] = set()
        for some in _slices(people):
            ids |= {pk for (pk,) in m.MessageParty.select(m.MessageParty.message_id).where(party.in_(some)).tuples()}
        for some in _slices(senders):
            ids |= {pk for (pk,) in m.Message.select(m.Message.id).where(sender.in_(some)).tuples()}
        found: list[CoveredMessage] = []
        ordered = sorted(ids)
        for start in range(0, len(ordered), _AT_ONCE):
            found += self._covered(ordered[start : start + _AT_ONCE], entry)
        return tuple(sorted(found, key=lambda message: (message.date, message.pk), reverse=True))

    def contacts_covered_by(self, entry: NeverEntry) -> tuple[str, ...]:
        """Keys of the contacts' addresses that it covers, in the order of the alphabet."""
        x, key = m.ContactAddress, m.ContactAddress.address_key
        column: Any = key
        wanted: Iterable[str] = {entry.key}
        if entry.kind is NeverKind.DOMAIN:
            column, wanted = SQL(_PARTY_DOMAIN), _domains("contact_address", _PARTY_DOMAIN, entry)
        found: set[str] = set()
        for some in _slices(wanted):
            rows = x.select(key).join(m.Contact).where(column.in_(some) & m.Contact.hidden_at.is_null())
            found |= {address for (address,) in rows.tuples() if entry.covers(address)}
        return tuple(sorted(found))

    def _covered(self, some: Sequence[int], entry: NeverEntry) -> Iterator[CoveredMessage]:
        people: dict[int, list[str]] = {}
        parties = m.MessageParty.select(m.MessageParty.message_id, m.MessageParty.address_key)
        for pk, key in parties.where(m.MessageParty.message.in_(some)).order_by(m.MessageParty.id).tuples():
            people.setdefault(pk, []).append(key)
        x = m.Message
        query = x.select(x.id, x.direction, x.date, x.subject, x.from_address, x.message_ref)
        query = query.where(x.logged & x.id.in_(some))
        if entry.user_id is not None:
            query = query.where(x.user == entry.user_id)
        for row in query:
            keys = (address_key(row.from_address), *people.get(row.id, ()))
            if any(entry.covers(key) for key in keys):
                sent_here = bool(row.message_ref)
                yield CoveredMessage(row.id, row.direction, row.date, row.subject, row.from_address, keys, sent_here)


# What stands behind the first @ of an address, by the indexes of migration 0009; the words must be those of the migration.
_PARTY_DOMAIN = "substr(address_key, instr(address_key, '@') + 1)"
_FROM_DOMAIN = "substr(lower(from_address), instr(from_address, '@') + 1)"


def _domains(table: str, domain: str, entry: NeverEntry) -> list[str]:
    """Those in this column that the entry covers, also behind a second @ (a quoted name may have one). Each is looked at once,
    out of the index: it seeks the next larger one, which takes as long as there are different ones, however many addresses."""
    forms = tuple({entry.key, entry.value.casefold()})
    ends = tuple(sign + form for form in forms for sign in ("@", *("." * entry.subdomains)))
    each = f"""
        WITH RECURSIVE each_one (x) AS (
            SELECT (SELECT {domain} FROM {table} ORDER BY {domain} LIMIT 1)
            UNION ALL
            SELECT (SELECT {domain} FROM {table} WHERE {domain} > x ORDER BY {domain} LIMIT 1)
            FROM each_one WHERE x IS NOT NULL
        ) SELECT x FROM each_one WHERE x IS NOT NULL"""  # noqa: S608 - names of our own
    found = (x for (x,) in m.database.execute_sql(each).fetchall())
    return [x for x in found if x in forms or x.endswith(ends)]


def _slices(values: Iterable[str]) -> Iterator[list[str]]:
    ordered = sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


_A_MINUTE = timedelta(seconds=60)
_AT_ONCE = 500  # numbers in a statement
_NO_LETTERS = re.compile(r"[\W_]+")


def beginning(text: str) -> str:
    """The beginning of a text, as little as programs change of it when they copy it."""
    return _NO_LETTERS.sub("", text[:2_000]).casefold()[:100]


_COMPANY = Prepared(
    1,
    lambda contact: (
        m.ContactCompany.select(m.ContactCompany.company_id)
        .join(m.Company)
        .where((m.ContactCompany.contact == contact) & m.ContactCompany.is_primary & m.Company.hidden_at.is_null())
    ),
)
_DEALS = Prepared(
    1,
    lambda contact: (
        m.Deal.select(m.Deal.id, m.Deal.changed_at)
        .join(m.DealContact)
        .where((m.DealContact.contact == contact) & m.Deal.is_open & m.Deal.hidden_at.is_null())
        .order_by(m.Deal.changed_at.desc(), m.Deal.id.desc())
        .limit(MOST_DEALS)
    ),
)
