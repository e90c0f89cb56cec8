"""Takes people out of the heads of stored messages: they were among those written to, and nothing says who they are. Used where
somebody is deleted for good, and where what never-log keeps out is removed."""

from __future__ import annotations

from collections.abc import Collection

from app.domain.addresses import address_key
from app.store import models as m
from app.store.search import Search, words_of


class Unnaming:
    """Each method wants to be inside a transaction."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def strip(self, pk: int, keys: Collection[str], *, tracked: bool) -> set[str]:
        """`keys`: of the addresses that go, with the names beside them. `tracked`: out of what tracking knows of its copies,
        too; else the feed goes on telling their sender what became of them (L8). Returns words by which it is found no more."""
        row = m.Message.get_by_id(pk)
        before = self._search.forget_message(pk)
        # a forward that was joined with it is kept there, to part them again, with all its people
        join = (m.MessageOverride.message == pk) & (m.MessageOverride.kind == "join")
        m.MessageOverride.delete().where(join).execute()
        party = m.MessageParty
        named = (party.message == pk) & party.address_key.in_(list(keys))
        party.update(name="", address="", address_key="").where(named).execute()
        if row.from_address and address_key(row.from_address) in keys:
            m.Message.update(from_name="", from_address="").where(m.Message.id == pk).execute()
        if tracked:
            t = m.TrackedRecipient
            held = t.select(t.id, t.address).where(t.message == pk).tuples()
            gone = [number for number, address in held if address and address_key(address) in keys]
            t.update(name="", address="").where(t.id.in_(gone)).execute()
        self._search.put_message_again(pk)
        return before - words_of(pk)
