"""A contact is deleted for good (T9): every trace of it in the workspace, counted first, then removed in one transaction. The
order of the steps and what is refused are in `services.delete_permanently`.

What somebody wrote to them and has not sent stays as a draft without the address (`services.unaddress_drafts`).
All mail on the contact's timeline goes, also where other contacts have it on theirs, and a company that was made from its
domain alone. Other mail that names one of the
addresses in its head keeps its text and loses the address and the name. What somebody wrote about the person in the text of
other mail is not found. Of the review list, the feed and the history of other records all goes that names one of the
addresses anywhere; kept messages are looked through for that, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from functools import reduce
from operator import or_

from peewee import fn

from app.domain.addresses import address_key
from app.domain.errors import NotAllowed, StoreError, UsageError
from app.domain.records import DeletionPlan, RecordKind
from app.store import models as m
from app.store.around_erased import AroundErased
from app.store.contact_fields import ContactFields
from app.store.fields import now, to_micros
from app.store.files import FileStore
from app.store.in_slices import column, slices
from app.store.naming import flat, naming, spellings
from app.store.near_addresses import near_addresses
from app.store.review import Reviews
from app.store.search import Search
from app.store.unnaming import Unnaming


@dataclass(frozen=True)
class Traces:
    """Row numbers of all that goes. `contacts`: first the one itself, then those that were merged into it. `notices`: messages
    about failures that the program wrote of this person's mail, which are on nobody's timeline. `drafts`: what somebody has
    written and not sent stays, as drafts without the addresses. `ids`: Message-IDs of `messages`."""

    contacts: tuple[int, ...]
    addresses: tuple[str, ...]
    messages: tuple[int, ...]
    mentions: tuple[int, ...]
    events: tuple[int, ...]
    reviews: tuple[int, ...]
    ledger: tuple[int, ...]
    outbox: tuple[int, ...]
    drafts: tuple[int, ...]
    queued: tuple[int, ...]
    changes: tuple[int, ...]
    companies: tuple[int, ...]
    notices: tuple[int, ...]
    files: frozenset[str]
    ids: frozenset[str]


class Erasing:
    _search = Search()
    _contacts = ContactFields()
    _around = AroundErased()
    _unnaming = Unnaming(_search)

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def traces(self, contact_id: int) -> Traces:
        """Raises UsageError when there is no such contact, NotAllowed when it is part of another one by now. Some seconds in a
        workspace with a million messages."""
        row = m.Contact.get_or_none(m.Contact.id == contact_id)
        if row is None:
            raise UsageError("There is no such contact.")
        if row.merged_into_id is not None:
            raise NotAllowed("This contact was merged with another one. Undo that first, or delete the other one.")
        contacts = _with_merged(contact_id)
        held = m.ContactAddress.select(m.ContactAddress.address).where(m.ContactAddress.contact.in_(contacts))
        addresses = tuple(a for (a,) in held.order_by(m.ContactAddress.id).tuples())
        keys = [address_key(a) for a in addresses]
        linked = m.MessageContact.select(m.MessageContact.message_id).where(m.MessageContact.contact.in_(contacts))
        messages = tuple(sorted({pk for (pk,) in linked.tuples()}))
        named = {pk for (pk,) in m.MessageParty.select(m.MessageParty.message_id).where(
            m.MessageParty.address_key.in_(keys)).tuples()}  # fmt: skip
        sent = m.Message.select(m.Message.id).where(fn.LOWER(m.Message.from_address).in_(_spellings(addresses)))
        named |= {pk for (pk,) in sent.tuples()}
        names = naming(addresses)
        reviews = self._reviews(messages, names)
        listed = [pk for pk, _ in reviews]
        ids = set(column(m.MessageAlias.alias, m.MessageAlias.message, messages))
        outbox, queued, drafts = self._around.outbox(messages, listed, ids, names)
        notices, written = self._around.notices(outbox, set(messages))
        return Traces(
            contacts=contacts,
            addresses=addresses,
            messages=messages,
            mentions=tuple(sorted(named - set(messages))),
            events=tuple({*self._events(contacts, messages, addresses, names), *Reviews().events_of(listed)}),
            reviews=tuple(listed),
            ledger=tuple(column(m.LedgerBody.id, m.LedgerBody.message_id, sorted(ids))),
            outbox=outbox,
            drafts=drafts,
            queued=queued,
            changes=self._changes(contacts, names),
            companies=self._around.companies(contacts, set(messages)),
            notices=notices,
            ids=frozenset(ids),
            files=frozenset(
                {
                    *column(m.Attachment.sha256, m.Attachment.message, messages),
                    *(raw for _, raw in reviews if raw),
                    *written,
                }
            ),
        )

    def plan(self, contact_id: int) -> DeletionPlan:
        """What would go, counted."""
        return self.counted(self.traces(contact_id))

    def counted(self, found: Traces) -> DeletionPlan:
        contact_id = found.contacts[0]
        name = str(m.Contact.get_by_id(contact_id).name)
        shared, others = self._around.others(found.contacts, found.messages)
        return DeletionPlan(
            contact_id=contact_id,
            name=name,
            addresses=found.addresses,
            messages=len(found.messages),
            shared=shared,
            mentions=len(found.mentions),
            files=len(found.files - self._files_of_others(found)),
            events=len(found.events),
            review_items=len(found.reviews),
            ledger_lines=len(found.ledger),
            queued=len(found.queued),
            drafts=len(found.drafts),
            shared_with=others,
            companies=self._around.company_names(found.companies),
            near=near_addresses([address_key(a) for a in found.addresses]),
        )

    def being_sent(self, found: Traces) -> bool:
        """Whether one of the messages that wait is in a sender's hands this moment."""
        leased = m.Outbox.lease_until > to_micros(now()) // 1_000_000
        return any(
            m.Outbox.select().where(m.Outbox.id.in_(some) & leased).exists()
            for some in slices((*found.outbox, *found.drafts))
        )

    def erase(self, found: Traces) -> frozenset[str]:
        """Inside a transaction. Returns the files that nothing names any more."""
        others = self._files_of_others(found)
        words = self._search.forget_messages(found.messages)
        keys = [address_key(a) for a in found.addresses]
        for some in slices(found.events):
            m.Event.delete().where(m.Event.id.in_(some)).execute()
        for some in slices(found.reviews):
            m.ReviewItem.delete().where(m.ReviewItem.id.in_(some)).execute()
        for some in slices(found.ledger):
            m.LedgerBody.delete().where(m.LedgerBody.id.in_(some)).execute()
        for some in slices(found.outbox):
            m.ReviewItem.update(notice_outbox=None).where(m.ReviewItem.notice_outbox.in_(some)).execute()
            m.OutboxCopy.delete().where(m.OutboxCopy.outbox.in_(some)).execute()
            m.Outbox.delete().where(m.Outbox.id.in_(some)).execute()
        for some in slices(found.changes):
            m.RecordChange.delete().where(m.RecordChange.id.in_(some)).execute()
        left_behind = self._others_of(found)
        self._erase_messages((*found.messages, *found.notices))
        words |= self._take_names(found, keys)
        self._erase_contacts(found.contacts)
        self._around.drop_companies(found.companies)
        m.LegalBasis.delete().where(m.LegalBasis.address_key.in_(keys)).execute()
        m.NeverLog.delete().where((m.NeverLog.kind == "address") & m.NeverLog.value_key.in_(keys)).execute()
        m.MessageOverride.delete().where(m.MessageOverride.sender_key.in_(keys)).execute()
        self._search.forget_words(words)
        self._meet_anew(*left_behind)
        return frozenset(found.files - others)

    def _others_of(self, found: Traces) -> tuple[set[int], set[int]]:
        """(other contacts, companies) that the mail was logged to, too."""
        contacts = set(column(m.MessageContact.contact, m.MessageContact.message, found.messages))
        companies = set(column(m.MessageCompany.company, m.MessageCompany.message, found.messages))
        return contacts - set(found.contacts), companies

    def _meet_anew(self, contacts: Iterable[int], companies: Iterable[int]) -> None:
        """Their last mail is of what is left."""
        for pk in contacts:
            self._contacts.refresh_latest(pk)
        for pk in companies:
            last = m.MessageCompany.select(fn.MAX(m.MessageCompany.date)).where(m.MessageCompany.company == pk)
            m.Company.update(last_message_at=last).where(m.Company.id == pk).execute()

    def _erase_messages(self, messages: Sequence[int]) -> None:
        threads: set[int] = set()
        for some in slices(messages):
            threads.update(column(m.Message.thread, m.Message.id, some))
            aliases = column(m.MessageAlias.alias, m.MessageAlias.message, some)
            m.WaitingReply.delete().where(m.WaitingReply.parent_id.in_(aliases)).execute()
            for table in (m.MessageAlias, m.MessageOverride, m.MessageLocation, m.MessageParty, m.MessageContact,
                          m.MessageCompany, m.MessageDeal, m.MessageNote, m.Attachment, m.TrackedRecipient,
                          m.TrackedLink):  # fmt: skip
                table.delete().where(table.message.in_(some)).execute()
            m.Message.delete().where(m.Message.id.in_(some)).execute()
        decided = m.MessageOverride.select(m.MessageOverride.before_json).tuples() if threads else ()
        threads -= {at["thread"] for (before,) in decided for at in before["messages"].values()}  # to go back to
        for thread in threads:
            used = (
                m.Message.select().where(m.Message.thread == thread).exists()
                or m.Thread.select().where(m.Thread.split_from == thread).exists()
                or m.MessageOverride.select().where(m.MessageOverride.thread == thread).exists()
            )
            if used:
                continue
            m.Thread.delete().where(m.Thread.id == thread).execute()

    def _take_names(self, found: Traces, keys: Sequence[str]) -> set[str]:
        """Out of the heads of other mail. Returns the words by which that was found."""
        return self._unnaming.strip(found.mentions, keys, tracked=True)

    def _erase_contacts(self, contacts: Sequence[int]) -> None:
        ids = list(contacts)
        m.NotDuplicate.delete().where(m.NotDuplicate.contact_a.in_(ids) | m.NotDuplicate.contact_b.in_(ids)).execute()
        for table in (m.ContactAddress, m.ContactPhone, m.ContactCompany, m.ContactFieldSource, m.DealContact):
            table.delete().where(table.contact.in_(ids)).execute()
        for pk in ids:
            self._search.forget_record(RecordKind.CONTACT, pk)
        m.Contact.update(merged_into=None).where(m.Contact.id.in_(ids)).execute()
        m.Contact.delete().where(m.Contact.id.in_(ids)).execute()

    def _reviews(self, messages: Sequence[int], names: re.Pattern[str]) -> list[tuple[int, str]]:
        """(row, its kept file) of what was refused, or logged, of this person's mail, or forwards it."""
        own, found = set(messages), []
        for row in m.ReviewItem.select():
            said = flat([row.sender, row.subject, row.recipients_json, row.reason_json])
            if row.message_pk_id in own or names.search(said) or self._kept_names(row.raw_sha256, names):
                found.append((row.id, row.raw_sha256))
        return found

    def _kept_names(self, sha256: str, names: re.Pattern[str]) -> bool:
        """Whether a kept message has an address anywhere in its head or its texts."""
        if not sha256:
            return False
        try:
            raw = self._files.read(sha256)
        except StoreError:
            return False
        if names.search(raw.decode("utf-8", "replace")):
            return True
        parts = message_from_bytes(raw).walk()
        return any(
            names.search(text) for part in parts if part.get_content_maintype() == "text" for text in _read(part)
        )

    def _events(
        self, contacts: Sequence[int], messages: Sequence[int], addresses: Sequence[str], names: re.Pattern[str]
    ) -> set[int]:
        found = set(column(m.Event.id, m.Event.message, messages))
        by_contact = m.Event.contact.in_(list(contacts))
        found |= {pk for (pk,) in m.Event.select(m.Event.id).where(by_contact).tuples()}
        columns = (m.Event.reasons_json, m.Event.problem_json, m.Event.who, m.Event.subject, m.Event.url,
                   m.Event.search_key, m.Event.recipient, m.Event.notified_why)  # fmt: skip
        near = [fn.INSTR(fn.LOWER(column), form) > 0 for column in columns for form in _spellings(addresses)]
        texts = m.Event.select(m.Event.id, *columns).where(reduce(or_, near)).tuples() if near else ()
        return found | {pk for pk, *said in texts if names.search(flat(said))}

    def _changes(self, contacts: Sequence[int], names: re.Pattern[str]) -> tuple[int, ...]:
        """Their own history; of others' what names an address, and merges with one of them, which name the person."""
        found = []
        for row in m.RecordChange.select().iterator():
            own = row.kind == RecordKind.CONTACT.value and (
                row.record_id in contacts or row.after_json.get("merge") in contacts
            )
            if own or names.search(flat([row.what, row.before_json, row.after_json])):
                found.append(row.id)
        return tuple(found)

    def _files_of_others(self, found: Traces) -> set[str]:
        """Of the files that go, those that something else names."""
        kept: set[str] = set()
        gone, reviews, outbox = set(found.messages), set(found.reviews), set(found.outbox)
        for some in slices(sorted(found.files)):
            query = m.Attachment.select(m.Attachment.sha256, m.Attachment.message_id).where(
                m.Attachment.sha256.in_(some)
            )
            kept.update(name for name, pk in query.tuples() if pk not in gone)
            raws = m.ReviewItem.select(m.ReviewItem.raw_sha256, m.ReviewItem.id).where(
                m.ReviewItem.raw_sha256.in_(some)
            )
            kept.update(name for name, pk in raws.tuples() if pk not in reviews)
        for row in m.Outbox.select(m.Outbox.id, m.Outbox.draft_json):
            if row.id not in outbox:
                kept.update(file["sha256"] for file in row.draft_json.get("attachments", ()))
        return kept & found.files


def _with_merged(contact_id: int) -> tuple[int, ...]:
    """A contact, all that were merged into it, and all that were merged into these before."""
    found = [contact_id]
    for pk in found:
        found += [one for (one,) in m.Contact.select(m.Contact.id).where(m.Contact.merged_into == pk).tuples()]
    return tuple(found)


def _read(part: Message) -> Iterator[str]:
    """The text of a part, as it says it is written; where it says wrong, as far as it can be read."""
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        for charset in dict.fromkeys((part.get_content_charset("utf-8"), "utf-8")):
            with suppress(LookupError, ValueError):
                yield content.decode(charset, "replace")


def _spellings(addresses: Iterable[str]) -> list[str]:
    return sorted({form for a in addresses for form in spellings(a)})
