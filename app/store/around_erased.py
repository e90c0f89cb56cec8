"""What stands around a contact that is deleted for good: who else loses mail with it, and the companies that its address alone
has made. Used by `erasing`."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.domain.records import RecordKind
from app.store import models as m
from app.store.made import Made

_AT_ONCE = 500  # numbers in a statement


class AroundErased:
    _made = Made()

    def others(self, contacts: Collection[int], messages: Sequence[int]) -> tuple[int, tuple[str, ...]]:
        """(how many of `messages` are on the timelines of other contacts, too; the names of these, those with most of them
        first; an address where there is no name)."""
        shared: set[int] = set()
        held: dict[int, int] = {}
        for start in range(0, len(messages), _AT_ONCE):
            links = m.MessageContact.select(m.MessageContact.contact_id, m.MessageContact.message_id).where(
                m.MessageContact.message.in_(list(messages[start : start + _AT_ONCE]))
            )
            for contact, message in links.tuples():
                if contact not in contacts:
                    shared.add(message)
                    held[contact] = held.get(contact, 0) + 1
        names = (self._made.name(RecordKind.CONTACT.value, pk) for pk in sorted(held, key=lambda pk: (-held[pk], pk)))
        return len(shared), tuple(name for name in names if name)

    def companies(self, contacts: Collection[int], messages: Collection[int]) -> tuple[int, ...]:
        """Made from the domain of the contact's address by the program, changed by nobody since, with no other contact, deal or
        mail."""
        link = m.ContactCompany.select(m.ContactCompany.company_id).where(m.ContactCompany.contact.in_(list(contacts)))
        of_domain = m.Company.select().where(m.Company.id.in_(link) & (m.Company.created_by == "domain"))
        return tuple(row.id for row in of_domain.order_by(m.Company.id) if self._alone(row, contacts, messages))

    def _alone(self, row: m.Company, contacts: Collection[int], messages: Collection[int]) -> bool:
        if any((row.phone, row.website, row.postal_address, row.owner_user_id, row.merged_into_id, row.hidden_at)):
            return False
        if self._made.changed_since(RecordKind.COMPANY, row.id, (), 0):
            return False
        people = m.ContactCompany.select(m.ContactCompany.contact_id).where(m.ContactCompany.company == row.id)
        if any(pk not in contacts for (pk,) in people.tuples()):
            return False
        if m.Deal.select().where(m.Deal.company == row.id).exists():
            return False
        mail = m.MessageCompany.select(m.MessageCompany.message_id).where(m.MessageCompany.company == row.id)
        return all(pk in messages for (pk,) in mail.tuples())

    def notices(self, outbox: Sequence[int], besides: Collection[int]) -> tuple[tuple[int, ...], set[str]]:
        """(messages, files) of the failure notices among what goes of the outbox: the original’s header is one of the files,
        and its subject stands in the message."""
        messages: set[int] = set()
        files: set[str] = set()
        for start in range(0, len(outbox), _AT_ONCE):
            some = outbox[start : start + _AT_ONCE]
            rows = m.Outbox.select(m.Outbox.logged_message_id, m.Outbox.draft_json).where(m.Outbox.id.in_(some))
            for pk, draft in rows.tuples():
                if draft.get("notice"):
                    files.update(file["sha256"] for file in draft.get("attachments", ()))
                    messages.update(() if pk is None else (pk,))
        return tuple(sorted(messages.difference(besides))), files

    def company_names(self, companies: Collection[int]) -> tuple[str, ...]:
        found = (self._made.name(RecordKind.COMPANY.value, pk) for pk in companies)
        return tuple(name for name in found if name)

    def drop_companies(self, companies: Collection[int]) -> None:
        """Inside a transaction, after the contact and the mail."""
        for pk in companies:
            self._made.drop(RecordKind.COMPANY, pk)
