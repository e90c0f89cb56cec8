"""What stands around a contact that is deleted for good: who else loses mail with it, the companies that its address alone has
made, and what was written and waits. Used by `erasing`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from app.domain.outbox import CopyState, OutboxState
from app.domain.records import RecordKind
from app.store import models as m
from app.store.in_slices import column, slices
from app.store.made import Made
from app.store.naming import flat

_GONE = OutboxState.SENT.value, OutboxState.DISCARDED.value


class AroundErased:
    _made = Made()

    def others(self, contacts: Collection[int], messages: Sequence[int]) -> tuple[int, tuple[str, ...]]:
        """(how many of `messages` are on the timelines of other contacts, too; the names of these, those with most of them
        first; an address where there is no name)."""
        shared: set[int] = set()
        held: dict[int, int] = {}
        for some in slices(messages):
            links = m.MessageContact.select(m.MessageContact.contact_id, m.MessageContact.message_id).where(
                m.MessageContact.message.in_(some)
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
        for some in slices(outbox):
            rows = m.Outbox.select(m.Outbox.logged_message_id, m.Outbox.draft_json).where(m.Outbox.id.in_(some))
            for pk, draft in rows.tuples():
                if draft.get("notice"):
                    files.update(file["sha256"] for file in draft.get("attachments", ()))
                    messages.update(() if pk is None else (pk,))
        return tuple(sorted(messages.difference(besides))), files

    def outbox(
        self, messages: Sequence[int], reviews: Sequence[int], ids: set[str], names: re.Pattern[str]
    ) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """(all that goes, those of it that would still have gone out, those that stay as drafts). `ids`: of the messages that
        go: what answers them quotes them."""
        gone, waiting, drafts = set(column(m.Outbox.id, m.Outbox.logged_message, messages)), set(), set()
        gone |= {pk for pk in column(m.ReviewItem.notice_outbox, m.ReviewItem.id, reviews) if pk is not None}
        x = m.Outbox
        for row in x.select(x.id, x.state, x.draft_json, x.logged_message):
            draft = row.draft_json
            to_them = names.search(flat([draft.get(role, ()) for role in ("to", "cc", "bcc")])) is not None
            if row.id not in gone and row.logged_message_id is None and not draft.get("notice"):
                tells = to_them or draft.get("parent_message_id") in ids or names.search(flat(draft))
                if (row.state == OutboxState.DRAFT.value and tells) or (to_them and _waits_untried(row)):
                    drafts.add(row.id)
                    continue
            if to_them:
                gone.add(row.id)
            if row.id in gone and row.state not in _GONE:
                waiting.add(row.id)
        return tuple(sorted(gone)), tuple(sorted(waiting)), tuple(sorted(drafts))

    def company_names(self, companies: Collection[int]) -> tuple[str, ...]:
        found = (self._made.name(RecordKind.COMPANY.value, pk) for pk in companies)
        return tuple(name for name in found if name)

    def drop_companies(self, companies: Collection[int]) -> None:
        """Inside a transaction, after the contact and the mail."""
        for pk in companies:
            self._made.drop(RecordKind.COMPANY, pk)


def _waits_untried(row: m.Outbox) -> bool:
    """Whether it waits to go out, and nothing of it can have gone."""
    copy = m.OutboxCopy
    tried = (copy.state != CopyState.PENDING.value) | (copy.attempts > 0)
    untried = not copy.select().where((copy.outbox == row.id) & tried).exists()
    return row.state == OutboxState.QUEUED.value and untried
