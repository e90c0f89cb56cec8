"""Somebody who had unsubscribed wants mail again, and told so in another way: it is noted, and what was before stays. Used by
the façade and the command line."""

from __future__ import annotations

from datetime import timedelta

from app.domain.changes import Area
from app.domain.errors import UsageError
from app.domain.events import EventId, EventKind, Verdict
from app.store import Store
from app.store.events import NewEvent
from app.store.fields import now


def note_wants_mail(store: Store, contact_id: int) -> tuple[EventId, ...]:
    """One event for each address that had unsubscribed, of which nobody is told. Raises UsageError where none had."""
    with store.transaction(Area.EVENTS, Area.CONTACTS, source="wants mail"):
        asked = store.feed.unsubscribed(contact_id)
        name = store.contacts.name(contact_id)
        if not asked:
            raise UsageError(f"{name or 'This contact'} did not ask for no more mail, or it was noted already.")
        noted = []
        for address, at in asked.items():
            made = store.events.add(
                NewEvent(
                    kind=EventKind.RESUBSCRIBE,
                    at=max(now(), at + timedelta(microseconds=1)),  # the tracking server's clock may be ahead
                    user_id=store.user_id,
                    verdict=Verdict.OWN,
                    reasons=(f"{store.user_name() or 'Somebody'} noted that {address} wants mail again.",),
                    who=name or address,
                    recipient=address,
                    contact_id=contact_id,
                    quiet="you noted it yourself",
                )
            )
            assert made is not None  # it is no hit
            noted.append(made)
    return tuple(noted)
