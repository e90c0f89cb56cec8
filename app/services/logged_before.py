"""What a message was logged to before a person logged it by hand, so that this can be taken back. Used by `review_copied`."""

from __future__ import annotations

from typing import Any

from app.store import Store

Before = dict[str, Any]  # as it is kept in the facts of a review item


def as_it_was(store: Store, pk: int) -> Before:
    companies, deals = store.copied.records_of(pk)
    return {
        "new": False,
        "logged": store.copied.is_logged(pk),
        "contacts": list(store.messages.contacts_of(pk)),
        "companies": list(companies),
        "deals": list(deals),
        "notes": list(store.notes.forwards(pk)),
        "user": store.copied.user_of(pk),
        "credited_by": store.copied.credited_by(pk),
    }


def put_back(store: Store, pk: int, before: Before) -> None:
    """Inside a transaction. A message that was not here goes; one that was sent from here without being logged is that again,
    and keeps its events."""
    if before["new"]:
        store.messages.forget(pk)
        return
    if not before.get("logged", True):
        store.copied.take_text(pk)
    elif before["contacts"]:
        store.messages.arrange(pk, store.messages.get(pk).thread_id, before["contacts"])
        if "companies" in before:
            store.copied.put_records(pk, before["companies"], before["deals"])
    if "notes" in before:
        store.notes.keep(pk, before["notes"])
    if "user" in before:
        store.copied.credit(pk, before["user"], before["credited_by"])
