"""What the outbox holds of addresses that were deleted for good (T9). They are needed until a message has gone out to them, and
not longer. Used by `outbox` and `services.unaddress_drafts`."""

from __future__ import annotations

from app.domain.outbox import OutboxId
from app.store import models as m
from app.store.tombstones import Tombstones

_ROLES = ("to", "cc", "bcc")


class Unaddressing:
    """Each method wants to be inside a transaction."""

    _tombstones = Tombstones()

    def forget_copies(self, outbox_id: OutboxId) -> None:
        """Of a draft: to whom it would have gone, had it not been taken back."""
        m.OutboxCopy.delete().where(m.OutboxCopy.outbox == outbox_id).execute()

    def when_done(self, row: m.Outbox) -> None:
        """A message that went out, and whose copy is in Sent: whom it went to of these, and what their servers said."""
        if not self._tombstones.count():
            return
        people = {role: row.draft_json.get(role, []) for role in _ROLES}
        known = {person["address"] for role in _ROLES for person in people[role] if person["address"]}
        gone = {address for address in known if self._tombstones.holds(address)}
        if not gone:
            return
        kept = {role: [p for p in people[role] if p["address"] not in gone] for role in _ROLES}
        m.Outbox.update(draft_json={**row.draft_json, **kept}).where(m.Outbox.id == row.id).execute()
        m.OutboxCopy.update(recipient="", server_reply="", problem_json=None).where(
            (m.OutboxCopy.outbox == row.id) & m.OutboxCopy.recipient.in_(sorted(gone))
        ).execute()
