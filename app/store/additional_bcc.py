"""The user's additional BCC addresses (S2), which are one's own: others of the workspace have theirs."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.additional_bcc import ROLE, ExtraBcc
from app.domain.addresses import address_key
from app.domain.outbox import CopyState
from app.domain.problems import Problem
from app.store import models as m
from app.store.codec import problem_to_json
from app.store.fields import now


class AdditionalBccs:
    def of(self, user_id: int) -> tuple[ExtraBcc, ...]:
        """In the order in which they were added."""
        rows = m.AdditionalBcc.select().where(m.AdditionalBcc.user == user_id).order_by(m.AdditionalBcc.id)
        return tuple(ExtraBcc(row.address, row.note, row.added_at) for row in rows)

    def replace(self, user_id: int, entries: Sequence[ExtraBcc]) -> None:
        """These and no others. Inside a transaction."""
        wanted = {entry.key: entry for entry in entries}
        kept = {entry.key: entry for entry in self.of(user_id)}
        table = m.AdditionalBcc
        for key, entry in kept.items():
            if wanted.get(key) != entry:
                table.delete().where((table.user == user_id) & (table.address_key == key)).execute()
        for key, entry in wanted.items():
            if kept.get(key) != entry:
                table.create(
                    user=user_id,
                    address=entry.address,
                    address_key=key,
                    note=entry.note,
                    added_at=entry.added_at or now(),
                )

    def is_copied(self, message_pk: int, recipient: str) -> bool:
        """Whether a copy of this message went to this address as to another system."""
        return bool(_copies(message_pk, recipient))

    def copy_came_back(self, message_pk: int, recipient: str, problem: Problem) -> None:
        """A copy for another system was accepted and bounced. Inside a transaction."""
        table = m.OutboxCopy
        table.update(state=CopyState.REFUSED.value, problem_json=problem_to_json(problem), changed_at=now()).where(
            table.id.in_(_copies(message_pk, recipient))
        ).execute()


def _copies(message_pk: int, recipient: str) -> list[int]:
    """Rows of the outbox's copies for other systems."""
    table = m.OutboxCopy
    of_message = m.Outbox.select(m.Outbox.id).where(m.Outbox.logged_message == message_pk)
    copies = table.select().where(table.outbox.in_(of_message) & (table.role == ROLE))
    return [c.id for c in copies if address_key(c.recipient) == address_key(recipient)]
