"""What moves between two contacts who become one, and back. The rules are in `services.merge_contacts`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.store import models as m
from app.store.fields import now
from app.store.in_slices import slices

_LINKS: tuple[tuple[str, Any, str], ...] = (("messages", m.MessageContact, "message"), ("deals", m.DealContact, "deal"))


def standing(contacts: Iterable[int]) -> tuple[int, ...]:
    """Who these contacts are now: each as the one that it was merged into; not those that were deleted for good."""
    found: dict[int, None] = {}
    for contact_id in contacts:
        row = m.Contact.get_or_none(m.Contact.id == contact_id)
        while row is not None and row.merged_into_id is not None:
            row = m.Contact.get_by_id(row.merged_into_id)
        if row is not None:
            found[row.id] = None
    return tuple(found)


class Merging:
    """Inside a transaction."""

    def move(self, keep_id: int, other_id: int) -> dict[str, Any]:
        """Addresses, mail, deals and events of the other, which is hidden then. Returns what `move_back` needs: numbers that
        moved, and those that both had."""
        addresses = m.ContactAddress.select().where(m.ContactAddress.contact == other_id).order_by(m.ContactAddress.id)
        moved: dict[str, Any] = {"addresses": [[row.id, bool(row.is_primary)] for row in addresses]}
        m.ContactAddress.update(contact=keep_id, is_primary=False).where(m.ContactAddress.contact == other_id).execute()
        for name, table, column in _LINKS:
            field = getattr(table, column)
            had = {pk for (pk,) in table.select(field).where(table.contact == keep_id).tuples()}
            theirs = [pk for (pk,) in table.select(field).where(table.contact == other_id).order_by(field).tuples()]
            moved[name] = [pk for pk in theirs if pk not in had]
            moved[f"{name}_of_both"] = both = [pk for pk in theirs if pk in had]
            for some in slices(both):
                table.delete().where((table.contact == other_id) & field.in_(some)).execute()
            table.update(contact=keep_id).where(table.contact == other_id).execute()
        events = m.Event.select(m.Event.id).where(m.Event.contact == other_id).order_by(m.Event.id)
        moved["events"] = [pk for (pk,) in events.tuples()]
        m.Event.update(contact=keep_id).where(m.Event.contact == other_id).execute()
        m.Contact.update(hidden_at=now(), merged_into=keep_id).where(m.Contact.id == other_id).execute()
        return moved

    def move_back(self, keep_id: int, other_id: int, moved: dict[str, Any]) -> None:
        """What is still there of it."""
        m.Contact.update(hidden_at=None, merged_into=None).where(m.Contact.id == other_id).execute()
        for pk, is_primary in moved["addresses"]:
            here = (m.ContactAddress.id == pk) & (m.ContactAddress.contact == keep_id)
            m.ContactAddress.update(contact=other_id, is_primary=is_primary).where(here).execute()
        self._keep_one_primary(keep_id)
        self._keep_one_primary(other_id)
        for name, table, column in _LINKS:
            field = getattr(table, column)
            for some in slices(moved[name]):
                table.update(contact=other_id).where((table.contact == keep_id) & field.in_(some)).execute()
            for some in slices(moved[f"{name}_of_both"]):
                rows = table.select().where((table.contact == keep_id) & field.in_(some)).dicts()
                copies = [{**row, "contact": other_id} for row in rows]
                for copy in copies:
                    del copy["id"]
                table.insert_many(copies).on_conflict_ignore().execute()
        for some in slices(moved["events"]):
            m.Event.update(contact=other_id).where((m.Event.contact == keep_id) & m.Event.id.in_(some)).execute()

    def leaves_both_an_address(self, keep_id: int, moved: dict[str, Any]) -> bool:
        """Whether some of the addresses that came are still there, and some others, too."""
        theirs = {pk for pk, _ in moved["addresses"]}
        rows = m.ContactAddress.select(m.ContactAddress.id).where(m.ContactAddress.contact == keep_id).tuples()
        here = {pk for (pk,) in rows}
        return bool(here & theirs) and bool(here - theirs)

    def is_merged(self, other_id: int, keep_id: int) -> bool:
        return bool(m.Contact.select().where((m.Contact.id == other_id) & (m.Contact.merged_into == keep_id)).exists())

    def _keep_one_primary(self, contact_id: int) -> None:
        rows = list(
            m.ContactAddress.select()
            .where(m.ContactAddress.contact == contact_id)
            .order_by(m.ContactAddress.is_primary.desc(), m.ContactAddress.id)
        )
        for position, row in enumerate(rows):
            m.ContactAddress.update(is_primary=position == 0).where(m.ContactAddress.id == row.id).execute()
