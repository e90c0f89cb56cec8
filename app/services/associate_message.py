"""A person says to which contacts, companies and deals one message is logged; and takes that back. It counts for this message
alone: answers to it go where the rules put them. Used by the façade."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.records import Associations, Named
from app.services.workspace import Workspace

_AREAS = (Area.MESSAGES, Area.CONTACTS, Area.COMPANIES, Area.DEALS)
KIND = "associate"  # of the decision, as it is kept


def associations(workspace: Workspace, message_pk: int) -> Associations:
    """What a message is logged to, with names."""
    store = workspace.store
    people = store.record_tables.contact_lines(store.messages.contacts_of(message_pk))
    companies, deals = store.copied.records_of(message_pk)
    return Associations(
        tuple(Named(c.id, c.name or c.address) for c in people),
        tuple(Named(c.id, c.name) for c in store.record_tables.company_lines(companies)),
        tuple(Named(d.id, d.name) for d in store.deals.lines(deals)),
    )


def set_associations(
    workspace: Workspace, message_pk: int, contacts: Sequence[int], companies: Sequence[int], deals: Sequence[int]
) -> bool:
    """These and no others. False when it is so already; `arrange_messages.undo_arrangement` takes it back. Raises UsageError
    when nothing is named, or what is not there."""
    store = workspace.store
    wanted = [list(dict.fromkeys(pks)) for pks in (contacts, companies, deals)]
    if not any(wanted):
        raise UsageError("A message is logged to one contact, company or deal at least.")
    with store.transaction(*_AREAS, source="associate"):
        for snapshot, pks in zip(
            (store.contacts.snapshot, store.companies.snapshot, store.deals.snapshot), wanted, strict=True
        ):
            for pk in pks:
                snapshot(pk)
        thread = store.messages.get(message_pk).thread_id
        had = store.messages.contacts_of(message_pk)
        records = store.copied.records_of(message_pk)
        if [set(pks) for pks in wanted] == [set(pks) for pks in (had, *records)]:
            return False
        before = {
            "messages": {str(message_pk): {"thread": thread, "contacts": list(had)}},
            "records": {"companies": list(records[0]), "deals": list(records[1])},
        }
        store.messages.arrange(message_pk, thread, wanted[0])
        store.copied.put_records(message_pk, wanted[1], wanted[2])
        after = dict(zip(("contacts", "companies", "deals"), wanted, strict=True))
        # without a sender: what others of them go to is not decided by this
        store.overrides.add(message_pk, store.user_id, KIND, "", thread, before, {"thread": thread, **after})
    return True
