"""A message that was forwarded here without its Message-ID, and came itself later: one row of the two, and two again. When
they are one is decided in `services.join_forwarded`. What is needed to part them stands with the message itself, and goes
with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain.addresses import address_key
from app.domain.forward_notes import ForwardNote
from app.domain.left_out import left_out_from
from app.domain.message_ids import FORWARDED
from app.domain.outbox import AttachmentRef
from app.domain.subjects import base_subject
from app.store import models as m
from app.store.codec import addresses_from_json, addresses_to_json
from app.store.copied_messages import CopiedMessages, beginning
from app.store.exporting import Exporting, StoredMessage
from app.store.fields import from_micros, now, to_micros
from app.store.message_notes import MessageNotes
from app.store.messages import Messages, NewMessage

MADE_UP = FORWARDED
NEAR = timedelta(minutes=2)
KIND = "join"


class JoinedForwards:
    """Each method that writes wants to be inside a transaction."""

    def __init__(self, messages: Messages, copied: CopiedMessages, notes: MessageNotes) -> None:
        self._messages = messages
        self._copied = copied
        self._notes = notes

    def forwards_like(self, pk: int) -> tuple[int, ...]:
        """Forwarded originals without an id of their own that look like this received message: the same sender, subject and
        beginning, within two minutes. None of those about which a person has decided something."""
        row = m.Message.get_by_id(pk)
        if row.direction != "received" or row.message_id.endswith(MADE_UP) or not beginning(row.text):
            return ()
        x, key = m.Message, address_key(row.from_address)
        held = m.ContactAddress.select(m.ContactAddress.contact).where(m.ContactAddress.address_key == key)
        near = m.MessageContact.date.between(row.date - NEAR, row.date + NEAR)
        query = (
            x.select(x.id, x.from_address, x.subject, x.text)
            .join(m.MessageContact)
            .where(m.MessageContact.contact.in_(held) & near & (x.logged_by == "forward"))
            .where(x.message_id.endswith(MADE_UP) & (x.direction == "received") & x.logged & (x.id != pk))
        )
        same = {
            one.id
            for one in query
            if address_key(one.from_address) == key
            and base_subject(one.subject) == base_subject(row.subject)
            and beginning(one.text) == beginning(row.text)
        }
        decided = {of for (of,) in m.MessageOverride.select(m.MessageOverride.message_id).where(
            m.MessageOverride.message.in_(list(same))).tuples()}  # fmt: skip
        by_hand = {of for (of,) in m.ReviewItem.select(m.ReviewItem.message_pk).where(
            m.ReviewItem.message_pk.in_(list(same))).tuples()}  # fmt: skip
        return tuple(sorted(same - decided - by_hand))

    def join(self, pk: int, twin: int, user_id: int) -> None:
        """The twin's timelines, ids, places, notes and events are the message's own from now on; its row goes."""
        stored = Exporting().message(twin)
        row = m.Message.get_by_id(pk)
        places = [[p.inbox_id, p.folder, p.uid_validity, p.uid] for p in m.MessageLocation.select().where(
            m.MessageLocation.message == twin)]  # fmt: skip
        events = [e for (e,) in m.Event.select(m.Event.id).where(m.Event.message == twin).tuples()]
        kept = {**_packed(stored), "places": places, "events": events, "before": self._linked(pk)}
        m.Event.update(message=pk).where(m.Event.message == twin).execute()
        self._messages.forget(twin)
        self._messages.link_contacts(pk, stored.contacts, row.date)
        companies, deals = self._copied.records_of(pk)
        self._copied.put_records(pk, [*companies, *stored.companies], [*deals, *stored.deals])
        for alias in (stored.message.message_id, *stored.aliases):
            self._messages.add_alias(pk, alias)
        self._notes.add(pk, stored.message.notes)
        for inbox_id, folder, uid_validity, uid in places:
            self._messages.locate(pk, inbox_id, folder, uid_validity, uid)
        m.MessageOverride.create(
            message=pk, user=user_id, kind=KIND, sender_key="", thread=row.thread_id,
            before_json={"messages": {}, "joined": kept}, after_json={"contacts": []}, made_at=now(),
        )  # fmt: skip

    def joined_at(self, pk: int) -> Any:
        """When it was joined with its forward; None where it was not, or the two were parted since."""
        found = self._last(pk)
        return None if found is None else found.made_at

    def is_for_good(self, pk: int) -> bool:
        """Whether it was joined with its forward, and what is needed to part them went with somebody whom it named."""
        x = m.MessageOverride
        rows = (
            x.select(x.after_json).where((x.message == pk) & (x.kind == KIND)).order_by(x.id.desc()).limit(1).tuples()
        )
        return any(after.get("for_good", False) for (after,) in rows)

    def is_like(self, pk: int, twin: int) -> bool:
        """Whether both are there, and the one still looks like the forward of the other."""
        x = m.Message
        there = {row.id: row for row in x.select(x.id, x.logged_by, x.message_id).where(x.id.in_([pk, twin]))}
        return len(there) == 2 and there[twin].logged_by == "forward" and there[twin].message_id.endswith(MADE_UP)

    def part(self, pk: int) -> int | None:
        """The number of the forwarded one, which is a row of its own again; None where nothing was joined."""
        found = self._last(pk)
        if found is None:
            return None
        kept = found.before_json["joined"]
        here = m.Message.get_by_id(pk)
        ids = [kept["message"]["message_id"], *kept["aliases"]]
        m.MessageAlias.delete().where((m.MessageAlias.message == pk) & m.MessageAlias.alias.in_(ids)).execute()
        for inbox_id, folder, uid_validity, uid in kept["places"]:
            place = m.MessageLocation
            place.delete().where(
                (place.message == pk) & (place.inbox == inbox_id) & (place.folder == folder)
                & (place.uid_validity == uid_validity) & (place.uid == uid)
            ).execute()  # fmt: skip
        new = _unpacked(kept, self._messages.new_thread(base_subject(kept["message"]["subject"])))
        contacts = [c for c in kept["contacts"] if m.Contact.select().where(m.Contact.id == c).exists()]
        back = {note.copied_id for note in new.notes}
        self._notes.keep(pk, set(self._notes.forwards(pk)) - back)
        twin = self._messages.add(new, contacts)
        self._copied.credit(twin, new.user_id, kept["credited_by"])
        self._copied.put_records(twin, _there(m.Company, kept["companies"]), _there(m.Deal, kept["deals"]))
        for alias in kept["aliases"]:
            if alias not in self._messages.known([alias]):
                self._messages.add_alias(twin, alias)
        for place_of in kept["places"]:
            self._messages.locate(twin, *place_of)
        m.Event.update(message=twin).where((m.Event.message == pk) & m.Event.id.in_(kept["events"])).execute()
        before = kept["before"]
        stays = [c for c in self._messages.contacts_of(pk) if c in before["contacts"] or c not in kept["contacts"]]
        if stays:
            self._messages.arrange(pk, here.thread_id, stays)
        companies, deals = self._copied.records_of(pk)
        self._copied.put_records(
            pk,
            [c for c in companies if c in before["companies"] or c not in kept["companies"]],
            [d for d in deals if d in before["deals"] or d not in kept["deals"]],
        )
        m.MessageOverride.update(undone_at=now(), before_json={"messages": {}}).where(
            m.MessageOverride.id == found.id
        ).execute()
        return twin

    def _last(self, pk: int) -> m.MessageOverride | None:
        x = m.MessageOverride
        query = x.select().where((x.message == pk) & (x.kind == KIND) & x.undone_at.is_null())
        found: m.MessageOverride | None = query.order_by(x.id.desc()).first()
        return found

    def _linked(self, pk: int) -> dict[str, list[int]]:
        companies, deals = self._copied.records_of(pk)
        return {
            "contacts": list(self._messages.contacts_of(pk)),
            "companies": list(companies),
            "deals": list(deals),
        }


_TEXTS = (
    "message_id", "raw_message_id", "direction", "kind", "user_id", "inbox_id", "subject", "text", "html", "visible_text",
    "quoted_lines", "size", "in_reply_to", "logged_by", "match_reason",
)  # fmt: skip


def _packed(stored: StoredMessage) -> dict[str, Any]:
    """As JSON takes it."""
    new = stored.message
    files = [[f.filename, f.content_type, f.size, f.sha256, f.content_id] for f in new.attachments]
    return {
        "message": {name: getattr(new, name) for name in _TEXTS},
        "date": to_micros(new.date),
        "sender": addresses_to_json((new.sender,)),
        "to": addresses_to_json(new.to),
        "cc": addresses_to_json(new.cc),
        "references": list(new.references),
        "files": files,
        "left_out": None if new.left_out is None else [new.left_out.why.value, new.left_out.count],
        "notes": [[n.user_id, n.text, to_micros(n.at), n.copied_id] for n in new.notes],
        "contacts": list(stored.contacts),
        "companies": list(stored.companies),
        "deals": list(stored.deals),
        "aliases": list(stored.aliases),
        "credited_by": stored.credited_by,
    }


def _unpacked(kept: dict[str, Any], thread: int) -> NewMessage:
    """Its files as far as something has kept them: as a rule the message itself, which has the same."""
    held = {sha for (sha,) in m.Attachment.select(m.Attachment.sha256).where(
        m.Attachment.sha256.in_([f[3] for f in kept["files"]])).tuples()}  # fmt: skip
    return NewMessage(
        **kept["message"],
        thread_id=thread,
        date=from_micros(kept["date"]),
        sender=addresses_from_json(kept["sender"])[0],
        to=addresses_from_json(kept["to"]),
        cc=addresses_from_json(kept["cc"]),
        references=tuple(kept["references"]),
        logged=True,
        left_out=left_out_from(*kept["left_out"]) if kept.get("left_out") else None,
        notes=tuple(ForwardNote(user, text, from_micros(at), of) for user, text, at, of in kept.get("notes", ())),
        attachments=tuple(AttachmentRef(*f) for f in kept["files"] if f[3] in held),
    )


def _there(table: Any, pks: list[int]) -> list[int]:
    return [pk for (pk,) in table.select(table.id).where(table.id.in_(pks)).tuples()]
