"""The conversations of a contact: threads with who takes part and when something was said last. Used where a message is to be
moved into another one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from peewee import fn

from app.domain.addresses import Address, address_key
from app.domain.views import Conversation
from app.store import models as m
from app.store.logging_addresses import LoggingAddresses
from app.store.timeline import contact_names


class Conversations:
    def of_contact(
        self, contact_id: int, *, without: int | None = None, search: str = "", limit: int = 50, most: int = 2_000
    ) -> tuple[Conversation, ...]:
        """Those that were going on last, newest first, among the newest `most` messages that fit. `without`: a message whose
        own thread is left out. `search`: words of the subject."""
        links = m.MessageContact
        query = (
            links.select(links.message_id, m.Message.thread_id, links.date, m.Message.subject)
            .join(m.Message)
            .where((links.contact == contact_id) & m.Message.logged)
            .order_by(links.date.desc(), links.message_id.desc())
            .limit(most)
        )
        if without is not None:
            own = m.Message.select(m.Message.thread).where(m.Message.id == without)
            query = query.where(m.Message.thread.not_in(own))
        for word in search.split()[:10]:
            query = query.where(m.Message.subject.contains(word))
        newest: dict[int, tuple[int, datetime, str]] = {}
        for pk, thread, at, subject in query.tuples():
            newest.setdefault(thread, (pk, at, subject))
            if len(newest) > limit:
                del newest[thread]
                break
        people = _people([pk for pk, _, _ in newest.values()])
        counts = _counts(newest)
        return tuple(
            Conversation(pk, subject, people[pk], at, counts.get(thread, 1))
            for thread, (pk, at, subject) in newest.items()
        )


def _counts(threads: Iterable[int]) -> dict[int, int]:
    counted = m.Message.select(m.Message.thread_id, fn.COUNT(m.Message.id))
    return dict(
        counted.where(m.Message.thread.in_(list(threads)) & m.Message.logged).group_by(m.Message.thread_id).tuples()
    )


def _people(pks: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Message → who wrote it and to whom it went, without ourselves: as the contacts are called, else as the message has it."""
    named: dict[int, list[Address]] = defaultdict(list)
    senders = m.Message.select(m.Message.id, m.Message.from_address, m.Message.from_name).where(m.Message.id.in_(pks))
    for pk, address, name in senders.tuples():
        named[pk].append(Address(address, name))
    parties = m.MessageParty.select().where(m.MessageParty.message.in_(pks) & m.MessageParty.role.in_(["to", "cc"]))
    for party in parties.order_by(m.MessageParty.id):
        named[party.message_id].append(Address(party.address, party.name))
    ours = {address_key(address) for (address,) in m.Inbox.select(m.Inbox.address).tuples()} | LoggingAddresses().keys()
    known = contact_names([a.addr_spec for addresses in named.values() for a in addresses])
    found = {}
    for pk in pks:
        others = dict.fromkeys(
            known.get(a.key) or a.display_name or a.addr_spec for a in named[pk] if a.addr_spec and a.key not in ours
        )
        found[pk] = tuple(others)
    return found
