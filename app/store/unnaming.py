"""Takes people out of the heads of stored messages: they were among those written to, and nothing says who they are. Used where
somebody is deleted for good, and where what never-log keeps out is removed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.domain.addresses import address_key
from app.store import models as m
from app.store.fields import now
from app.store.in_slices import slices
from app.store.search import Search

ONE_FOR_GOOD = {"contacts": [], "for_good": True}  # a message and its forward, which nobody can part any more


class Unnaming:
    """Each method wants to be inside a transaction."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def strip(self, messages: Sequence[int], keys: Collection[str], *, tracked: bool) -> set[str]:
        """`keys`: of the addresses that go, with the names beside them. `tracked`: out of what tracking knows of the copies,
        too; else the feed goes on telling their sender what became of them (L8). Returns words by which some of the messages
        are found no more."""
        gone: set[str] = set()
        for some in slices(messages):
            before = self._search.forget_messages(some)
            # a forward that was joined with one is kept there, with all its people, to part them again: they stay one now
            x = m.MessageOverride
            join = x.message.in_(some) & (x.kind == "join") & x.undone_at.is_null()
            x.update(undone_at=now(), before_json={"messages": {}}, after_json=ONE_FOR_GOOD).where(join).execute()
            self._strip_heads(some, keys)
            if tracked:
                self._strip_tracked(some, keys)
            gone |= before - self._search.put_messages_again(some)
        return gone

    def _strip_heads(self, some: Sequence[int], keys: Collection[str]) -> None:
        party, message = m.MessageParty, m.Message
        for wanted in slices(sorted(keys)):
            named = party.message.in_(some) & party.address_key.in_(wanted)
            party.update(name="", address="", address_key="").where(named).execute()
        senders = message.select(message.id, message.from_address).where(message.id.in_(some)).tuples()
        theirs = [pk for pk, address in senders if address and address_key(address) in keys]
        message.update(from_name="", from_address="").where(message.id.in_(theirs)).execute()

    def _strip_tracked(self, some: Sequence[int], keys: Collection[str]) -> None:
        copy = m.TrackedRecipient
        held = copy.select(copy.id, copy.address).where(copy.message.in_(some)).tuples()
        theirs = [number for number, address in held if address and address_key(address) in keys]
        for wanted in slices(theirs):
            copy.update(name="", address="").where(copy.id.in_(wanted)).execute()
