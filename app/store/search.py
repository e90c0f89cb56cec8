"""Full-text search with SQLite's FTS5: records by any part of their words, messages by the beginnings of words. All text is
folded before it comes here (`record_words`), so that accents and case do not count, and what a person types is never read
as FTS5's own syntax.

Records: trigrams, a row `4 × id + kind`. Messages: words without their places (nothing is asked about phrases), and without a
copy of the text; the row's number is the second of the message's date, then its id, so that the newest come first and a page
begins where the last one ended. Rows are written with what they belong to; those of an older version are added by
`catch_up`, in slices. A row without a copy is taken out by naming its words again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

from peewee import fn

from app.domain.found_words import passage, searched_words, spans
from app.domain.record_words import words
from app.domain.records import FoundMessage, MessageFinds, RecordKind
from app.store import models as m
from app.store.fields import to_micros

_KINDS = {RecordKind.CONTACT: 0, RecordKind.COMPANY: 1, RecordKind.DEAL: 2}
_TABLES: dict[str, type[m.Table]] = {"contact": m.Contact, "company": m.Company, "deal": m.Deal}
_ID_BITS = 28  # of a message's number in its row: 268 million messages
_ID = (1 << _ID_BITS) - 1
_LAST_SECOND = (1 << 35) - 1
TRIGRAM = 3  # letters: shorter words are not among the trigrams
MOST_MESSAGES = 100_000  # that a search looks at before it tells what it found
_PATIENCE = 0.015  # seconds after which a search tells what it has
_TOP = (1 << 63) - 1
_PREFIXES = 4  # letters: so short beginnings FTS5 keeps itself
_MOST_NAMED = 200  # words with one beginning
_MOST_TEXT = 50_000  # letters of a message that it is found by
_MOST_SHOWN = 20_000  # in which the words are looked for again, to show them
_SLICE = 200  # rows of a transaction
_PAGES = 500  # of FTS5, written anew in a transaction


class Search:
    """Inside a transaction wherever something is written."""

    # -- records

    def put_record(self, kind: RecordKind, record_id: int, text: str) -> None:
        """`text` folded; it replaces what was there."""
        row = 4 * record_id + _KINDS[kind]
        _execute("DELETE FROM record_search WHERE rowid = ?", row)
        if text:
            _execute("INSERT INTO record_search (rowid, words) VALUES (?, ?)", row, text)

    def forget_record(self, kind: RecordKind, record_id: int) -> None:
        self.put_record(kind, record_id, "")

    def forget_records(self, kind: RecordKind, record_ids: Sequence[int]) -> None:
        rows = [(4 * record_id + _KINDS[kind],) for record_id in record_ids]
        m.database.cursor().executemany("DELETE FROM record_search WHERE rowid = ?", rows)

    def few_records(self, kind: RecordKind, wanted: Sequence[str], most: int) -> list[int] | None:
        """The records with all of these folded words, where they are no more than `most`. None: there are more, or it cannot
        be told from here (all words are short, or older records are not in yet)."""
        known = [w for w in wanted if len(w) >= TRIGRAM]
        if not known or self.left(kind.value):
            return None
        query = " AND ".join(_quoted(w) for w in known)
        found = _execute(
            "SELECT rowid >> 2 FROM record_search WHERE record_search MATCH ? AND rowid % 4 = ? LIMIT ?",
            query, _KINDS[kind], most + 1,
        ).fetchall()  # fmt: skip
        return None if len(found) > most else [pk for (pk,) in found]

    def compact_slice(self, *, begins: bool) -> bool:
        """Words of rows that were taken out stay in FTS5's own pages until all of these are written anew, which takes a
        minute for a million messages: here for some milliseconds. False when nothing is left.
        https://sqlite.org/fts5.html#the_merge_command"""
        connection, pages = m.database.connection(), -_PAGES if begins else _PAGES
        before = connection.total_changes
        _execute("INSERT INTO record_search (record_search, rank) VALUES ('merge', ?)", pages)
        between = connection.total_changes
        _execute("INSERT INTO message_search (message_search, rank) VALUES ('merge', ?)", pages)
        return bool(between - before > 1 or connection.total_changes - between > 1)

    # -- messages

    def put_message(self, pk: int, micros: int, text: str) -> None:
        """`text` as it is: subject, people, and what was written."""
        found = _message_words(text)
        _execute("INSERT INTO message_search (rowid, words) VALUES (?, ?)", _row(pk, micros), " ".join(found))
        m.database.cursor().executemany(
            "INSERT OR IGNORE INTO message_search_word (word) VALUES (?)", [(w,) for w in found if len(w) > _PREFIXES]
        )

    def forget_message(self, pk: int) -> set[str]:
        """Before its row and its people are changed or deleted: it is found by what they are now. Returns its words."""
        return self.forget_messages([pk])

    def forget_messages(self, pks: Sequence[int]) -> set[str]:
        """The same for many: a thousand take half a second."""
        words_: set[str] = set()
        left = self.left("message")
        for start in range(0, len(pks), _SLICE):
            some = m.Message.select(m.Message.id, m.Message.date).where(
                m.Message.id.in_(list(pks[start : start + _SLICE])) & m.Message.logged & (m.Message.id > left)
            )
            dates = dict(some.tuples())
            found = {pk: _message_words(text) for pk, text in message_texts(list(dates)).items()}
            m.database.cursor().executemany(
                "INSERT INTO message_search (message_search, rowid, words) VALUES ('delete', ?, ?)",
                [(_row(pk, to_micros(dates[pk])), " ".join(known)) for pk, known in found.items()],
            )
            words_.update(*found.values())
        return words_

    def put_message_again(self, pk: int) -> None:
        """After its people or its text were changed; `forget_message` came before."""
        row = m.Message.get_or_none(m.Message.id == pk)
        if row is not None and row.logged and pk > self.left("message"):
            self.put_message(pk, to_micros(row.date), message_texts([pk])[pk])

    def put_messages_again(self, pks: Sequence[int]) -> set[str]:
        """The same for many; returns their words."""
        found: set[str] = set()
        left = self.left("message")
        for start in range(0, len(pks), _SLICE):
            some = m.Message.select(m.Message.id, m.Message.date).where(
                m.Message.id.in_(list(pks[start : start + _SLICE])) & m.Message.logged & (m.Message.id > left)
            )
            dates = dict(some.tuples())
            for pk, text in message_texts(list(dates)).items():
                self.put_message(pk, to_micros(dates[pk]), text)
                found.update(_message_words(text))
        return found

    def forget_words(self, words_: Iterable[str]) -> None:
        """Those of these that are in no message any more."""
        for word in words_:
            held = _execute(
                "SELECT 1 FROM message_search WHERE message_search MATCH ? LIMIT 1", _quoted(word)
            ).fetchone()
            if held is None:
                _execute("DELETE FROM message_search_word WHERE word = ?", word)

    def messages(
        self, search: str, limit: int, before: int | None = None, most: int = MOST_MESSAGES
    ) -> tuple[list[int], int | None]:
        """(messages, newest first; before which row the next ones are, None when there are none). Every word must begin one
        of the message's words. Of several words each may be in nearly all messages, and hardly one have them all: so `most`
        messages are looked at at a time, and after some of these times it tells what it found by then, if anything."""
        wanted = searched_words(search)
        if not wanted:
            return [], None
        query = " AND ".join(self._begins(w) for w in wanted)
        found: list[int] = []
        top, ends = _TOP if before is None else before, time.monotonic() + _PATIENCE
        while True:
            floor = self._floor(top, most) if len(wanted) > 1 else 0
            found += [
                row
                for (row,) in _execute(
                    "SELECT rowid FROM message_search WHERE message_search MATCH ? AND rowid < ? AND rowid >= ? "
                    "ORDER BY rowid DESC LIMIT ?",
                    query, top, floor, limit - len(found),
                ).fetchall()
            ]  # fmt: skip
            full = len(found) == limit
            if full or not floor or time.monotonic() > ends:
                return [row & _ID for row in found], found[-1] if full else floor or None
            top = floor

    def _floor(self, top: int, most: int) -> int:
        """The row from which on there are `most` messages below `top`; 0: there are fewer."""
        second = (top >> _ID_BITS) + 1
        found = _execute(
            "SELECT date FROM message WHERE date < ? ORDER BY date DESC, id DESC LIMIT 1 OFFSET ?",
            second * 1_000_000, most,
        ).fetchone()  # fmt: skip
        floor = 0 if found is None else _row(0, found[0])
        return floor if floor < top else 0

    def _begins(self, word: str) -> str:
        """FTS5 joins the rows of all words with a beginning before it answers, unless it keeps that beginning by itself: so
        those words are named, where they are not too many."""
        if len(word) > _PREFIXES:
            last = word[:-1] + chr(ord(word[-1]) + 1)
            known = _execute(
                "SELECT word FROM message_search_word WHERE word >= ? AND word < ? LIMIT ?", word, last, _MOST_NAMED + 1
            ).fetchall()
            if not known:
                return _quoted(word)
            if len(known) <= _MOST_NAMED:
                return "(" + " OR ".join(_quoted(w) for (w,) in known) + ")"
        return _quoted(word) + "*"

    # -- what an older version left

    def left(self, kind: str) -> int:
        """The last row that is not in yet; 0: all are."""
        found = _execute("SELECT low FROM search_progress WHERE kind = ?", kind).fetchone()
        return int(found[0]) if found else 0

    def is_behind(self) -> bool:
        return _execute("SELECT 1 FROM search_progress WHERE low > 0 LIMIT 1").fetchone() is not None

    def catch_up_slice(self) -> bool:
        """One slice, inside a transaction; newest first. False when nothing is left."""
        for kind, table in _TABLES.items():
            low = self.left(kind)
            if low:
                rows = list(table.select().where(table.id <= low).order_by(table.id.desc()).limit(_SLICE))
                for row in rows:
                    self.put_record(RecordKind(kind), row.id, row.search_key if row.hidden_at is None else "")
                self._reached(kind, rows[-1].id - 1 if rows else 0)
                return True
        low = self.left("message")
        if not low:
            return False
        found = list(
            m.Message.select(m.Message.id, m.Message.date, m.Message.logged)
            .where(m.Message.id <= low)
            .order_by(m.Message.id.desc())
            .limit(_SLICE)
        )
        texts = message_texts([row.id for row in found if row.logged])
        for row in found:
            if row.logged:
                self.put_message(row.id, to_micros(row.date), texts[row.id])
        self._reached("message", found[-1].id - 1 if found else 0)
        return True

    def found(self, search: str, limit: int = 50, before: int | None = None) -> MessageFinds:
        """The same as screens show it."""
        pks, place = self.messages(search, limit, before)
        rows = {row.id: row for row in _shown_of(pks)} if pks else {}
        contacts = _first_contacts(pks)
        first = m.MessageParty.select(m.MessageParty.message_id, m.MessageParty.name, m.MessageParty.address).where(
            m.MessageParty.message.in_(pks) & (m.MessageParty.role == "to") & (m.MessageParty.position == 0)
        )
        to = {pk: name or address for pk, name, address in first.tuples()} if pks else {}
        wanted, found = searched_words(search), []
        for row in (rows[pk] for pk in pks if pk in rows):
            who = to.get(row.id, "") if row.direction == "sent" else row.from_name or row.from_address
            contact_id, address, name = contacts.get(row.id, (None, "", ""))
            who = name if name and who == address else who
            around = _passage(row, who, wanted)
            found.append(
                FoundMessage(
                    row.id, row.date, row.subject, who, contact_id, row.direction, row.message_id, address, around
                )
            )
        return MessageFinds(tuple(found), place, self.left("message") == 0)

    def _reached(self, kind: str, low: int) -> None:
        _execute("UPDATE search_progress SET low = ? WHERE kind = ?", low, kind)


def _shown_of(pks: Sequence[int]) -> Any:
    columns = (m.Message.id, m.Message.message_id, m.Message.direction, m.Message.date, m.Message.subject)
    sender = (m.Message.from_name, m.Message.from_address)
    return m.Message.select(*columns, *sender, m.Message.visible_text).where(m.Message.id.in_(pks))


def _first_contacts(pks: Sequence[int]) -> dict[int, tuple[int, str, str]]:
    """Message → one of the contacts on whose timeline it is, with the primary address and the name."""
    if not pks:
        return {}
    links = m.MessageContact.select(m.MessageContact.message_id, fn.MIN(m.MessageContact.contact)).where(
        m.MessageContact.message.in_(pks)
    )
    contacts = dict(links.group_by(m.MessageContact.message_id).tuples())
    known = m.ContactAddress.select(m.ContactAddress.contact_id, m.ContactAddress.address, m.Contact.name)
    of_these = m.ContactAddress.contact.in_(list(set(contacts.values()))) & m.ContactAddress.is_primary
    told = {contact: (address, name) for contact, address, name in known.join(m.Contact).where(of_these).tuples()}
    return {pk: (contact, *told.get(contact, ("", ""))) for pk, contact in contacts.items()}


def _passage(row: m.Message, who: str, wanted: Sequence[str]) -> str:
    """Of the message's text; where the words stand neither there nor in what is shown besides, of its notes or its people."""
    text = row.visible_text[:_MOST_SHOWN]
    if any(next(spans(shown, wanted), None) for shown in (row.subject, who, text)):
        return passage([text], wanted)
    notes = m.MessageNote.select(m.MessageNote.text).where(m.MessageNote.message == row.id).tuples()
    people = m.MessageParty.select(m.MessageParty.name, m.MessageParty.address).where(m.MessageParty.message == row.id)
    named = [(row.from_name, row.from_address), *people.tuples()]
    lines = [f"{name} <{address}>" if name else address for name, address in named]
    return passage([text, *(note for (note,) in notes), *lines], wanted)


def message_texts(pks: Sequence[int]) -> dict[int, str]:
    """What each of these messages is found by: subject, people, notes, and its visible text."""
    if not pks:
        return {}
    people: dict[int, list[str]] = {}
    parties = m.MessageParty.select(m.MessageParty.message_id, m.MessageParty.name, m.MessageParty.address)
    for pk, name, address in parties.where(m.MessageParty.message.in_(pks)).order_by(m.MessageParty.id).tuples():
        people.setdefault(pk, []).append(f"{name} {address}")
    notes: dict[int, list[str]] = {}
    written = m.MessageNote.select(m.MessageNote.message_id, m.MessageNote.text)
    for pk, text in written.where(m.MessageNote.message.in_(pks)).order_by(m.MessageNote.id).tuples():
        notes.setdefault(pk, []).append(text)
    columns = (m.Message.id, m.Message.subject, m.Message.from_name, m.Message.from_address, m.Message.visible_text)
    return {
        pk: message_text(subject, f"{name} {address}", people.get(pk, ()), notes.get(pk, ()), text)
        for pk, subject, name, address, text in m.Message.select(*columns).where(m.Message.id.in_(pks)).tuples()
    }


def message_text(subject: str, sender: str, people: Sequence[str], notes: Sequence[str], visible_text: str) -> str:
    return "\n".join([subject, sender, *people, *notes, visible_text])


def _message_words(text: str) -> list[str]:
    return list(dict.fromkeys(words(text[:_MOST_TEXT])))


def _row(pk: int, micros: int) -> int:
    return min(max(micros // 1_000_000, 0), _LAST_SECOND) << _ID_BITS | pk


def _quoted(word: str) -> str:
    """As FTS5 reads a string: nothing in it means anything but itself."""
    return '"' + word.replace('"', '""') + '"'


def _execute(sql: str, *values: object) -> Any:
    return m.database.execute_sql(sql, values)
