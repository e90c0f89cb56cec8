"""Messages that everybody has got to whom they were written, and of which only copies for other systems (S2) are still to go
out: that may take days, and the message is out. Used by the outbox and the timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from app.domain.additional_bcc import ROLE as EXTRA
from app.domain.outbox import CopyState
from app.store import models as m


def extras_waiting(outbox_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Outbox row → the additional BCC addresses that wait; those of which somebody else has not got it yet are left out."""
    if not outbox_ids:
        return {}
    rows = m.OutboxCopy.select(
        m.OutboxCopy.outbox_id, m.OutboxCopy.role, m.OutboxCopy.recipient, m.OutboxCopy.state
    ).where(m.OutboxCopy.outbox.in_(list(outbox_ids)))
    waiting: dict[int, list[str]] = defaultdict(list)
    reached: dict[int, bool] = {}
    for outbox, role, recipient, state in rows.order_by(m.OutboxCopy.position).tuples():
        if role != EXTRA:
            reached[outbox] = reached.get(outbox, True) and state == CopyState.ACCEPTED.value
        elif state in (CopyState.PENDING.value, CopyState.IN_FLIGHT.value):
            waiting[outbox].append(recipient)
    return {outbox: tuple(found) for outbox, found in waiting.items() if reached.get(outbox)}
