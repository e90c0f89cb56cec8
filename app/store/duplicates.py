"""Contacts who may be one person, and those of whom a person said that they are two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from peewee import fn

from app.domain.duplicates import MOST_PAIRS, Alike, near_key, pairs_of
from app.domain.errors import NotAllowed
from app.domain.record_words import same_phone, sort_key_or_last
from app.domain.records import DuplicatePair
from app.store import models as m
from app.store.record_tables import RecordTables

SAME_NAME = "They have the same name, and the same company."
NAMESAKES = "They have the same name."
SAME_PHONE = "They have the same telephone number."
NEAR_ADDRESS = "Their addresses reach one mailbox."
_TAIL = 7  # digits by which numbers are compared first, with or without the country's


class Duplicates:
    _tables = RecordTables()

    def pairs(self, limit: int = MOST_PAIRS) -> tuple[DuplicatePair, ...]:
        """Those with more reasons first. A second for a hundred thousand contacts."""
        told = set(m.NotDuplicate.select(m.NotDuplicate.contact_a, m.NotDuplicate.contact_b).tuples())
        alike = Alike(told)
        reasons: dict[tuple[int, int], list[str]] = defaultdict(list)
        for reason, found in (
            (NEAR_ADDRESS, alike.pairs(self._near_addresses())), (SAME_PHONE, self._phones()),
            (SAME_NAME, alike.pairs(self._names())),
        ):  # fmt: skip
            for pair in found:
                if reason not in reasons[pair]:
                    reasons[pair].append(reason)
        for pair in alike.pairs(self._namesakes()):
            if SAME_NAME not in reasons[pair]:
                reasons[pair].append(NAMESAKES)
        ranked = sorted((p for p in reasons if p not in told), key=lambda p: (-len(reasons[p]), p))[:limit]
        ids = list(dict.fromkeys(pk for pair in ranked for pk in pair))
        lines = {line.id: line for line in self._tables.contact_lines(ids)}
        counted = m.MessageContact.select(m.MessageContact.contact_id, fn.COUNT(m.MessageContact.id)).where(
            m.MessageContact.contact.in_(ids)
        )
        mail = dict(counted.group_by(m.MessageContact.contact_id).tuples())
        result = []
        for one, other in ranked:
            keep, rest = (other, one) if mail.get(other, 0) > mail.get(one, 0) else (one, other)
            result.append(DuplicatePair(lines[keep], lines[rest], (*reasons[one, other], *alike.note((one, other)))))
        return tuple(result)

    def not_duplicates(self, one: int, other: int) -> None:
        """Inside a transaction. Raises NotAllowed for one and the same."""
        if one == other:
            raise NotAllowed("This is one contact, and not two.")
        first, second = sorted((one, other))
        m.NotDuplicate.insert(contact_a=first, contact_b=second).on_conflict_ignore().execute()

    def _names(self) -> Iterable[list[int]]:
        shown = (
            m.Contact.hidden_at.is_null() & (m.Contact.name != "") & (m.Contact.sort_company != sort_key_or_last(""))
        )
        groups = (
            m.Contact.select(m.Contact.sort_company, m.Contact.sort_name)
            .where(shown)
            .group_by(m.Contact.sort_company, m.Contact.sort_name)
            .having(fn.COUNT(m.Contact.id) > 1)
        )
        for company, name in list(groups.tuples()):
            same = (m.Contact.sort_company == company) & (m.Contact.sort_name == name)
            yield [pk for (pk,) in m.Contact.select(m.Contact.id).where(shown & same).tuples()]

    def _namesakes(self) -> Iterable[list[int]]:
        """Of the very same name, wherever they work; a first name alone tells nothing."""
        shown = m.Contact.hidden_at.is_null() & (m.Contact.name != "") & m.Contact.sort_name.contains(" ")
        common = fn.COUNT(m.Contact.id) > 1
        names = m.Contact.select(m.Contact.sort_name).where(shown).group_by(m.Contact.sort_name).having(common)
        groups: dict[str, list[int]] = defaultdict(list)
        rows = m.Contact.select(m.Contact.id, m.Contact.sort_name).where(shown & m.Contact.sort_name.in_(names))
        for pk, name in rows.tuples():
            groups[name].append(pk)
        return groups.values()

    def _phones(self) -> Iterable[tuple[int, int]]:
        by_tail: dict[str, list[tuple[int, str]]] = defaultdict(list)
        rows = m.ContactPhone.select(m.ContactPhone.contact_id, m.ContactPhone.number_key).join(m.Contact)
        for pk, key in rows.where((m.ContactPhone.number_key != "") & m.Contact.hidden_at.is_null()).tuples():
            by_tail[key[-_TAIL:]].append((pk, key))
        for some in by_tail.values():
            for one, other in pairs_of([[pk for pk, _ in some]]):
                mine, theirs = ([key for pk, key in some if pk == who] for who in (one, other))
                if any(same_phone(a, b) for a in mine for b in theirs):
                    yield one, other

    def _near_addresses(self) -> Iterable[list[int]]:
        groups: dict[str, list[int]] = defaultdict(list)
        rows = m.ContactAddress.select(m.ContactAddress.contact_id, m.ContactAddress.address_key).join(m.Contact)
        for pk, key in rows.where(m.Contact.hidden_at.is_null()).tuples():
            groups[near_key(key)].append(pk)
        return groups.values()
