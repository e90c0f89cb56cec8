"""Logged messages: their ids under every alias, threads, parties, contacts, files and places in mailboxes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from peewee import fn

from app.domain.addresses import Address, address_key
from app.domain.events import Tracking
from app.domain.inboxes import InboxId
from app.domain.outbox import AttachmentRef
from app.store import models as m
from app.store.fields import now

_MAX_VARIABLES = 500  # of one statement; SQLite's limit was 999 for long


@dataclass(frozen=True)
class NewMessage:
    """What is stored of a message. `message_id` normalised; `logged` False keeps no text and shows it on no timeline,
    but its replies and events are still recognised."""

    message_id: str
    direction: str  # sent, received
    thread_id: int
    user_id: int
    date: datetime
    sender: Address
    to: tuple[Address, ...]
    subject: str
    logged: bool
    logged_by: str
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    inbox_id: InboxId | None = None
    raw_message_id: str = ""
    message_ref: str | None = None
    kind: str = "normal"
    text: str = ""
    html: str = ""
    visible_text: str = ""
    quoted_lines: int = 0
    size: int = 0
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    match_reason: str = ""
    changed_subject: bool = False
    tracking: Tracking = Tracking.OFF
    tracking_url: str = ""
    attachments: tuple[AttachmentRef, ...] = ()


@dataclass(frozen=True)
class KnownMessage:
    """What matching needs of a stored message."""

    pk: int
    message_id: str
    thread_id: int
    base_subject: str
    direction: str
    kind: str
    inbox_id: int | None
    subject: str
    tracking: Tracking
    user_id: int
    date: datetime


@dataclass(frozen=True)
class TrackedRecipient:
    message_pk: int
    recipient_ref: str
    address: str
    name: str
    bounced_at: datetime | None


class Messages:
    def known(self, ids: Collection[str]) -> dict[str, KnownMessage]:
        """Of these ids the ones that name a stored message, under any of its aliases."""
        found: dict[str, KnownMessage] = {}
        wanted = [i for i in dict.fromkeys(ids) if i]
        for start in range(0, len(wanted), _MAX_VARIABLES):
            query = (
                m.MessageAlias.select(m.MessageAlias, m.Message, m.Thread)
                .join(m.Message)
                .join(m.Thread)
                .where(m.MessageAlias.alias.in_(wanted[start : start + _MAX_VARIABLES]))
            )
            found.update({row.alias: _known(row.message) for row in query})
        return found

    def get(self, pk: int) -> KnownMessage:
        return _known(m.Message.get_by_id(pk))

    def any_known(self) -> bool:
        """Whether there is anything that a reply could name."""
        return bool(m.Message.select().exists())

    def any_sent(self) -> bool:
        return bool(m.Message.select().where(m.Message.direction == "sent").exists())

    def references_of(self, message_id: str) -> tuple[str, ...]:
        """The References header of a stored message."""
        row = m.Message.select().join(m.MessageAlias).where(m.MessageAlias.alias == message_id).first()
        return tuple(row.references_json) if row else ()

    def new_thread(self, base_subject: str, split_from: int | None = None) -> int:
        return int(m.Thread.create(base_subject=base_subject, split_from=split_from, created_at=now()).id)

    def add(self, new: NewMessage, contacts: Collection[int]) -> int:
        """Stores it on the timelines of `contacts`. Inside a transaction; an id that is stored already is a bug."""
        row = m.Message.create(
            message_id=new.message_id,
            raw_message_id=new.raw_message_id,
            message_ref=new.message_ref,
            direction=new.direction,
            kind=new.kind,
            thread=new.thread_id,
            inbox=new.inbox_id,
            user=new.user_id,
            date=new.date,
            from_name=new.sender.display_name,
            from_address=new.sender.addr_spec,
            subject=new.subject,
            text=new.text if new.logged else "",
            html=new.html if new.logged else "",
            visible_text=new.visible_text if new.logged else "",
            quoted_lines=new.quoted_lines if new.logged else 0,
            size=new.size,
            in_reply_to=new.in_reply_to,
            references_json=list(new.references),
            logged=new.logged,
            logged_by=new.logged_by,
            match_reason=new.match_reason,
            changed_subject=new.changed_subject,
            has_files=new.logged and bool(new.attachments),
            tracking=new.tracking.value,
            tracking_url=new.tracking_url,
            created_at=now(),
        )
        pk = int(row.id)
        self.add_alias(pk, new.message_id)
        parties = [
            {
                "message": pk,
                "role": role,
                "position": i,
                "name": a.display_name,
                "address": a.addr_spec,
                "address_key": a.key,
            }
            for role, people in (("to", new.to), ("cc", new.cc), ("bcc", new.bcc))
            for i, a in enumerate(people)
        ]
        for start in range(0, len(parties), 100):
            m.MessageParty.insert_many(parties[start : start + 100]).execute()
        if new.logged:
            for position, file in enumerate(new.attachments):
                m.Attachment.create(message=pk, position=position, is_inline=bool(file.content_id), **vars(file))
            self.link_contacts(pk, contacts, new.date)
        return pk

    def link_contacts(self, pk: int, contacts: Collection[int], date: datetime) -> None:
        for contact_id in dict.fromkeys(contacts):
            m.MessageContact.insert(message=pk, contact=contact_id, date=date).on_conflict_ignore().execute()
            m.Contact.update(last_message_at=date).where(
                (m.Contact.id == contact_id)
                & (m.Contact.last_message_at.is_null() | (m.Contact.last_message_at < date))
            ).execute()

    def add_alias(self, pk: int, alias: str) -> None:
        """Another id under which the same message is known (a provider rewrote it)."""
        m.MessageAlias.insert(message=pk, alias=alias).on_conflict_ignore().execute()

    def locate(self, pk: int, inbox_id: InboxId, folder: str, uid_validity: int, uid: int) -> None:
        """One message may lie in several folders and inboxes."""
        m.MessageLocation.insert(
            message=pk, inbox=inbox_id, folder=folder, uid_validity=uid_validity, uid=uid
        ).on_conflict_ignore().execute()

    def forget(self, pk: int) -> None:
        """A message that was put on the timeline to go out, and did not: as if it had never been. Inside a transaction."""
        row = m.Message.get_by_id(pk)
        contacts = self.contacts_of(pk)
        for table in (m.MessageAlias, m.MessageLocation, m.MessageParty, m.MessageContact, m.MessageCompany,
                      m.MessageDeal, m.Attachment, m.TrackedRecipient, m.TrackedLink):  # fmt: skip
            table.delete().where(table.message == pk).execute()
        m.Event.update(message=None).where(m.Event.message == pk).execute()
        m.Message.delete().where(m.Message.id == pk).execute()
        alone = not m.Message.select().where(m.Message.thread == row.thread_id).exists()
        if alone and not m.Thread.select().where(m.Thread.split_from == row.thread_id).exists():
            m.Thread.delete().where(m.Thread.id == row.thread_id).execute()
        for contact_id in contacts:
            last = m.MessageContact.select(fn.MAX(m.MessageContact.date)).where(m.MessageContact.contact == contact_id)
            m.Contact.update(last_message_at=last).where(m.Contact.id == contact_id).execute()

    def file_names(self) -> set[str]:
        """SHA-256 of every attachment of a logged message."""
        return {name for (name,) in m.Attachment.select(m.Attachment.sha256).distinct().tuples()}

    def was_sent_to(self, addresses: Collection[str]) -> bool:
        """Whether a message went from here to any of these."""
        keys = [address_key(a) for a in addresses][:_MAX_VARIABLES]
        query = m.MessageParty.select().join(m.Message).where(m.MessageParty.address_key.in_(keys))
        return bool(query.where(m.Message.direction == "sent").exists())

    def contacts_of(self, pk: int) -> tuple[int, ...]:
        query = m.MessageContact.select(m.MessageContact.contact_id).where(m.MessageContact.message == pk)
        return tuple(contact_id for (contact_id,) in query.order_by(m.MessageContact.id).tuples())

    def parties(self, pk: int, *roles: str) -> tuple[Address, ...]:
        query = m.MessageParty.select().where((m.MessageParty.message == pk) & m.MessageParty.role.in_(roles))
        return tuple(Address(p.address, p.name) for p in query.order_by(m.MessageParty.id))

    # -- tracking

    def add_tracking(self, pk: int, recipients: Sequence[tuple[str, Address]], urls: Sequence[str]) -> None:
        """`recipients`: (recipient_ref, address). `urls`: the links of the message in order."""
        for ref, address in recipients:
            m.TrackedRecipient.create(
                message=pk, recipient_ref=ref, address=address.addr_spec, name=address.display_name
            )
        for position, url in enumerate(urls):
            m.TrackedLink.create(message=pk, position=position, url=url)

    def tracked_recipient(self, message_ref: str, recipient_ref: str) -> TrackedRecipient | None:
        row = (
            m.TrackedRecipient.select(m.TrackedRecipient, m.Message)
            .join(m.Message)
            .where((m.TrackedRecipient.recipient_ref == recipient_ref) & (m.Message.message_ref == message_ref))
            .first()
        )
        return None if row is None else _tracked(row)

    def tracked_recipients(self, pk: int) -> tuple[TrackedRecipient, ...]:
        query = m.TrackedRecipient.select().where(m.TrackedRecipient.message == pk).order_by(m.TrackedRecipient.id)
        return tuple(_tracked(row) for row in query)

    def tracked_links(self, pk: int) -> tuple[str, ...]:
        query = m.TrackedLink.select().where(m.TrackedLink.message == pk).order_by(m.TrackedLink.position)
        return tuple(row.url for row in query)

    def tracking_of(self, pk: int) -> tuple[str, str]:
        """(message_ref, address of the tracking server) of a message that was sent from here."""
        row = m.Message.get_by_id(pk)
        return row.message_ref or "", row.tracking_url

    def tracking_bases(self) -> tuple[str, ...]:
        """All addresses of tracking servers that mail was ever sent with."""
        query = m.Message.select(m.Message.tracking_url).where(m.Message.tracking_url != "").distinct()
        return tuple(url for (url,) in query.tuples())

    def mark_bounced(self, pk: int, key: str, at: datetime) -> None:
        for row in m.TrackedRecipient.select().where(m.TrackedRecipient.message == pk):
            if address_key(row.address) == key:
                m.TrackedRecipient.update(bounced_at=at).where(m.TrackedRecipient.id == row.id).execute()


def _known(row: m.Message) -> KnownMessage:
    return KnownMessage(
        pk=row.id,
        message_id=row.message_id,
        thread_id=row.thread_id,
        base_subject=row.thread.base_subject,
        direction=row.direction,
        kind=row.kind,
        inbox_id=row.inbox_id,
        subject=row.subject,
        tracking=Tracking(row.tracking),
        user_id=row.user_id,
        date=row.date,
    )


def _tracked(row: m.TrackedRecipient) -> TrackedRecipient:
    return TrackedRecipient(row.message_id, row.recipient_ref, row.address, row.name, row.bounced_at)
