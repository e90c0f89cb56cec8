"""What was read of each mailbox (R2): how many headers, and every body with its reason."""

from __future__ import annotations

from peewee import fn

from app.domain.inboxes import InboxId
from app.domain.views import Ledger, LedgerBody
from app.store import models as m
from app.store.fields import now


class Ledgers:
    def add_headers(self, inbox_id: InboxId, folder: str, number: int) -> None:
        """Inside the transaction that advances the folder's cursor."""
        if number <= 0:
            return
        day = now().date().isoformat()
        m.LedgerHeaders.insert(inbox=inbox_id, folder=folder, day=day, headers_read=number).on_conflict(
            conflict_target=[m.LedgerHeaders.inbox, m.LedgerHeaders.folder, m.LedgerHeaders.day],
            update={m.LedgerHeaders.headers_read: m.LedgerHeaders.headers_read + number},
        ).execute()

    def add_body(self, inbox_id: InboxId, folder: str, uid_validity: int, uid: int, message_id: str, why: str) -> None:
        m.LedgerBody.create(
            inbox=inbox_id, folder=folder, uid_validity=uid_validity, uid=uid, message_id=message_id, why=why, at=now()
        )

    def read(self, inbox_id: InboxId | None = None, limit: int = 500) -> tuple[Ledger, ...]:
        """Of one inbox or of all, removed ones too; bodies newest first."""
        inboxes = m.Inbox.select().order_by(m.Inbox.id)
        if inbox_id is not None:
            inboxes = inboxes.where(m.Inbox.id == inbox_id)
        result = []
        for inbox in inboxes:
            total = m.LedgerHeaders.select(fn.SUM(m.LedgerHeaders.headers_read)).where(
                m.LedgerHeaders.inbox == inbox.id
            )
            bodies = m.LedgerBody.select().where(m.LedgerBody.inbox == inbox.id)
            result.append(
                Ledger(
                    inbox_address=inbox.address,
                    headers_read=int(total.scalar() or 0),
                    bodies=tuple(
                        LedgerBody(b.at, b.folder, b.uid, b.message_id, b.why)
                        for b in bodies.order_by(m.LedgerBody.id.desc()).limit(limit)
                    ),
                )
            )
        return tuple(result)
