"""Logged messages: their ids under every alias, threads, parties, contacts, files and places in mailboxes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from peewee import Expression, fn

from app.domain.addresses import Address, address_key, unquoted
from app.domain.events import Tracking
from app.store import message_queries as queries
from app.store import models as m
from app.store.fields import from_micros, now, to_micros
from app.store.merging import standing
from app.store.message_notes import put_notes
from app.store.search import Search, message_text

if TYPE_CHECKING:
    from app.domain.forward_notes import ForwardNote
    from app.domain.inboxes import InboxId
    from app.domain.left_out import FilesLeftOut
    from app.domain.outbox import AttachmentRef

_MAX_VARIABLES = 500  # of one statement; SQLite's limit was 999 for long


@dataclass(frozen=True)
class NewMessage:
    """What is stored of a message. `message_id` normalised; `logged` False keeps no text and shows it on no timeline,
    but its replies and events are still recognised. `notes`: of whoever forwarded it here."""

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
    left_out: FilesLeftOut | None = None
    notes: tuple[ForwardNote, ...] = ()


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
    _search = Search()

    def known(self, ids: Collection[str]) -> dict[str, KnownMessage]:
        """Of these ids the ones that name a stored message, under any of its aliases."""
        rows = queries.BY_ALIAS.rows([i for i in ids if i])
        return {alias: _known(*columns) for alias, *columns in rows}

    def aliases_after(self, row: int) -> Iterator[tuple[int, str]]:
        """(number of the row, id) of every known id that was stored after that row, in that order."""
        while rows := queries.ALIASES_AFTER.rows(row):
            yield from rows
            row = rows[-1][0]

    def first_sent_at(self) -> datetime | None:
        """Nothing older can be a report about mail that was sent from here."""
        found = m.Message.select(m.Message.date).where(m.Message.direction == "sent").order_by(m.Message.date).first()
        return None if found is None else found.date

    def get(self, pk: int) -> KnownMessage:
        row = queries.BY_PK.row(pk)
        if row is None:
            raise m.Message.DoesNotExist(f"there is no message {pk}")
        return _known(*row)

    def any_known(self) -> bool:
        """Whether there is anything that a reply could name."""
        return bool(m.Message.select().exists())

    def any_sent(self) -> bool:
        return queries.ANY_SENT.row() is not None

    def references_of(self, message_id: str) -> tuple[str, ...]:
        """The References header of a stored message."""
        row = m.Message.select().join(m.MessageAlias).where(m.MessageAlias.alias == message_id).first()
        return tuple(row.references_json) if row else ()

    def names_in(self, pk: int) -> tuple[str, tuple[str, ...]]:
        """(In-Reply-To, References) of a stored message: the ids that it names."""
        row = m.Message.get_by_id(pk)
        return row.in_reply_to, tuple(row.references_json)

    def new_thread(self, base_subject: str, split_from: int | None = None) -> int:
        return queries.ADD_THREAD.add({"base_subject": base_subject, "split_from": split_from, "created_at": now()})

    def add(self, new: NewMessage, contacts: Collection[int]) -> int:
        """Stores it on the timelines of `contacts`. Inside a transaction; an id that is stored already is a bug."""
        values = {name: getattr(new, name) for name in queries.AS_GIVEN}
        if not new.logged:
            values.update(text="", html="", visible_text="", quoted_lines=0)
        sender = unquoted(new.sender.addr_spec)  # it is looked up in small letters, without a key
        pk = queries.ADD.add(
            {
                **values,
                "thread": new.thread_id,
                "inbox": new.inbox_id,
                "user": new.user_id,
                "from_name": new.sender.display_name,
                "from_address": sender,
                "references_json": list(new.references),
                "has_files": new.logged and bool(new.attachments),
                "tracking": new.tracking.value,
                "created_at": now(),
                **left_out_columns(new.left_out if new.logged else None),
            }
        )
        self.add_alias(pk, new.message_id)
        queries.ADD_PARTY.add_all(
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
        )
        if new.logged:
            queries.ADD_FILE.add_all(
                {"message": pk, "position": position, "is_inline": bool(file.content_id), **vars(file)}
                for position, file in enumerate(new.attachments)
            )
            put_notes(pk, new.notes)
            self.link_contacts(pk, contacts, new.date)
            people = [f"{a.display_name} {a.addr_spec}" for a in (*new.to, *new.cc, *new.bcc)]
            self._search.put_message(
                pk,
                to_micros(new.date),
                message_text(
                    new.subject,
                    f"{new.sender.display_name} {sender}",
                    people,
                    [n.text for n in new.notes],
                    new.visible_text,
                ),
            )
        return pk

    def link_contacts(self, pk: int, contacts: Collection[int], date: datetime) -> None:
        for contact_id in dict.fromkeys(contacts):
            queries.LINK.add({"message": pk, "contact": contact_id, "date": date})
            queries.LATEST.run(to_micros(date), contact_id)

    def add_alias(self, pk: int, alias: str) -> None:
        """Another id under which the same message is known (a provider rewrote it)."""
        queries.ADD_ALIAS.add({"message": pk, "alias": alias})

    def locate(self, pk: int, inbox_id: InboxId, folder: str, uid_validity: int, uid: int) -> None:
        """One message may lie in several folders and inboxes."""
        queries.LOCATE.add(
            {"message": pk, "inbox": inbox_id, "folder": folder, "uid_validity": uid_validity, "uid": uid}
        )

    def located(self, inbox_id: InboxId, folder: str, uid_validity: int) -> list[int]:
        """UIDs of logged messages that were found in this folder, ascending."""
        rows = m.MessageLocation.select(m.MessageLocation.uid).where(_in_folder(inbox_id, folder, uid_validity))
        return [uid for (uid,) in rows.order_by(m.MessageLocation.uid).tuples()]

    def located_among(self, inbox_id: InboxId, folder: str, uid_validity: int, uids: Collection[int]) -> frozenset[int]:
        """Those of these UIDs, a few hundred at most, that are of logged messages."""
        found = _in_folder(inbox_id, folder, uid_validity) & m.MessageLocation.uid.in_(list(uids))
        return frozenset(uid for (uid,) in m.MessageLocation.select(m.MessageLocation.uid).where(found).tuples())

    def unlocate(self, inbox_id: InboxId, folder: str, uid_validity: int, uids: Collection[int]) -> None:
        """They lie there no more. Inside a transaction."""
        gone = sorted(uids)
        for start in range(0, len(gone), _MAX_VARIABLES):
            some = gone[start : start + _MAX_VARIABLES]
            found = _in_folder(inbox_id, folder, uid_validity) & m.MessageLocation.uid.in_(some)
            m.MessageLocation.delete().where(found).execute()

    def forget(self, pk: int) -> None:
        """A message that was put on the timeline to go out, and did not: as if it had never been. Inside a transaction."""
        row = m.Message.get_by_id(pk)
        contacts = self.contacts_of(pk)
        self._search.forget_message(pk)
        for table in (m.MessageAlias, m.MessageOverride, m.MessageLocation, m.MessageParty, m.MessageContact, m.MessageCompany,
                      m.MessageDeal, m.MessageNote, m.Attachment, m.TrackedRecipient, m.TrackedLink):  # fmt: skip
            table.delete().where(table.message == pk).execute()
        m.Event.update(message=None).where(m.Event.message == pk).execute()
        m.ReviewItem.update(message_pk=None).where(m.ReviewItem.message_pk == pk).execute()
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
        return tuple(contact_id for (contact_id,) in queries.CONTACTS_OF.rows(pk))

    def answers_to(self, message_id: str) -> tuple[tuple[int, str], ...]:
        """(thread, its base subject) of the messages that name this one as what they answer, the first one stored first."""
        return tuple((thread, subject) for thread, subject in queries.ANSWERS_TO.rows(message_id))

    def parties(self, pk: int, *roles: str) -> tuple[Address, ...]:
        return tuple(Address(address, name) for role, address, name in queries.PARTIES.rows(pk) if role in roles)

    # -- where it belongs

    def exists(self, pk: int) -> bool:
        return bool(m.Message.select().where(m.Message.id == pk).exists())

    def sender(self, pk: int) -> str:
        """Its address; empty where it has none."""
        return str(m.Message.get_by_id(pk).from_address)

    def aliases(self, pk: int) -> tuple[str, ...]:
        """All ids under which it is known."""
        query = m.MessageAlias.select(m.MessageAlias.alias).where(m.MessageAlias.message == pk)
        return tuple(alias for (alias,) in query.order_by(m.MessageAlias.id).tuples())

    def of_thread(self, thread_id: int) -> tuple[int, ...]:
        query = m.Message.select(m.Message.id).where(m.Message.thread == thread_id)
        return tuple(pk for (pk,) in query.order_by(m.Message.date, m.Message.id).tuples())

    def links_in_thread(self, thread_id: int) -> tuple[tuple[int, set[str], set[str]], ...]:
        """(message, ids that it names, ids under which it is known), oldest first."""
        rows = list(m.Message.select().where(m.Message.thread == thread_id).order_by(m.Message.date, m.Message.id))
        return tuple((r.id, {r.in_reply_to, *r.references_json} - {""}, set(self.aliases(r.id))) for r in rows)

    def locations(self, pk: int) -> tuple[tuple[int, str, int], ...]:
        """(inbox, folder, uid) of every place where it was found."""
        query = m.MessageLocation.select().where(m.MessageLocation.message == pk).order_by(m.MessageLocation.id)
        return tuple((row.inbox_id, row.folder, row.uid) for row in query)

    def arrange(self, pk: int, thread_id: int, contacts: Collection[int]) -> None:
        """Puts it into a thread and onto these timelines alone: of who these contacts are now; where none of them is there any
        more, it stays where it is. Inside a transaction."""
        row = m.Message.get_by_id(pk)
        before = self.contacts_of(pk)
        contacts = standing(contacts) or (before if contacts else ())
        changed = row.changed_subject and thread_id == row.thread_id
        m.Message.update(thread=thread_id, changed_subject=changed).where(m.Message.id == pk).execute()
        gone = m.MessageContact.contact.not_in(list(contacts)) if contacts else m.MessageContact.id > 0
        m.MessageContact.delete().where((m.MessageContact.message == pk) & gone).execute()
        self.link_contacts(pk, contacts, row.date)
        for contact_id in set(before) - set(contacts):
            last = m.MessageContact.select(fn.MAX(m.MessageContact.date)).where(m.MessageContact.contact == contact_id)
            m.Contact.update(last_message_at=last).where(m.Contact.id == contact_id).execute()

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


def left_out_columns(left_out: FilesLeftOut | None) -> dict[str, int | str]:
    """As `message` keeps it."""
    if left_out is None:
        return {"files_left_out": 0, "left_out_why": ""}
    return {"files_left_out": left_out.count, "left_out_why": left_out.why.value}


def _in_folder(inbox_id: InboxId, folder: str, uid_validity: int) -> Expression:
    place = m.MessageLocation
    return (place.inbox == inbox_id) & (place.folder == folder) & (place.uid_validity == uid_validity)


def _known(
    pk: int,
    message_id: str,
    thread_id: int,
    base_subject: str,
    direction: str,
    kind: str,
    inbox_id: int | None,
    subject: str,
    tracking: str,
    user_id: int,
    date: int,
) -> KnownMessage:
    return KnownMessage(
        pk, message_id, thread_id, base_subject, direction, kind, inbox_id, subject, Tracking(tracking), user_id,
        from_micros(date),
    )  # fmt: skip


def _tracked(row: m.TrackedRecipient) -> TrackedRecipient:
    return TrackedRecipient(row.message_id, row.recipient_ref, row.address, row.name, row.bounced_at)
