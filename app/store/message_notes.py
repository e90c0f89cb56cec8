"""Notes that came with forwarded messages: what whoever forwarded them wrote above. They are found by search with their
messages, and go with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from app.domain.forward_notes import ForwardNote, without_addresses
from app.store import models as m
from app.store.search import Search


class MessageNotes:
    """Each method wants to be inside a transaction."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def add(self, pk: int, notes: Sequence[ForwardNote]) -> None:
        """To a message that is here; a note of the same forward is there once."""
        held = set(self.forwards(pk))
        new = [note for note in notes if note.copied_id not in held]
        if new:
            self._search.forget_message(pk)
            put_notes(pk, new)
            self._search.put_message_again(pk)

    def forwards(self, pk: int) -> tuple[str, ...]:
        """The ids of the forwards that brought a note."""
        return tuple(note.copied_id for note in notes_of([pk]).get(pk, ()))

    def unname(self, meant: Callable[[str], bool]) -> None:
        """No note tells an address any more that is `meant`, by its key."""
        x, gone = m.MessageNote, set[str]()
        for number, pk, text in list(x.select(x.id, x.message_id, x.text).where(x.text.contains("@")).tuples()):
            left = without_addresses(text, meant)
            if left != text:
                before = self._search.forget_messages([pk])
                x.update(text=left).where(x.id == number).execute()
                gone |= before - self._search.put_messages_again([pk])
        self._search.forget_words(gone)

    def keep(self, pk: int, copied_ids: Collection[str]) -> None:
        """Those of these forwards and no others."""
        gone = [copied_id for copied_id in self.forwards(pk) if copied_id not in copied_ids]
        if gone:
            self._search.forget_message(pk)
            here = (m.MessageNote.message == pk) & m.MessageNote.copied_id.in_(gone)
            m.MessageNote.delete().where(here).execute()
            self._search.put_message_again(pk)


def notes_of(pks: Collection[int]) -> dict[int, tuple[ForwardNote, ...]]:
    """Of each message that has some, the first one first."""
    found: dict[int, list[ForwardNote]] = defaultdict(list)
    query = m.MessageNote.select().where(m.MessageNote.message.in_(list(pks)))
    for row in query.order_by(m.MessageNote.at, m.MessageNote.id) if pks else ():
        found[row.message_id].append(ForwardNote(row.user_id, row.text, row.at, row.copied_id))
    return {pk: tuple(notes) for pk, notes in found.items()}


def put_notes(pk: int, notes: Sequence[ForwardNote]) -> None:
    """Of a message that is not found by search yet."""
    for note in notes:
        m.MessageNote.create(message=pk, user=note.user_id, copied_id=note.copied_id, text=note.text, at=note.at)
