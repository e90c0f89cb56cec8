"""What was read of each mailbox (R2): how many headers, and every body with its reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from peewee import fn

from app.domain.addresses import address_key
from app.domain.inboxes import InboxId
from app.domain.views import Ledger, LedgerBody
from app.store import models as m
from app.store.fields import now
from app.store.timeline import contact_names


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

    def add_bytes(self, inbox_id: InboxId, number: int) -> None:
        """That came from the server today. Inside a transaction."""
        if number <= 0:
            return
        day = now().date().isoformat()
        m.LedgerBytes.insert(inbox=inbox_id, day=day, bytes_read=number).on_conflict(
            conflict_target=[m.LedgerBytes.inbox, m.LedgerBytes.day],
            update={m.LedgerBytes.bytes_read: m.LedgerBytes.bytes_read + number},
        ).execute()

    def bytes_today(self, inbox_id: InboxId) -> int:
        query = m.LedgerBytes.select(m.LedgerBytes.bytes_read).where(
            (m.LedgerBytes.inbox == inbox_id) & (m.LedgerBytes.day == now().date().isoformat())
        )
        return int(query.scalar() or 0)

    def bodies_of(self, message_id: str) -> tuple[tuple[datetime, str, str], ...]:
        """(when, folder, why) of each time that a message's body was read."""
        query = m.LedgerBody.select().where(m.LedgerBody.message_id == message_id).order_by(m.LedgerBody.id)
        return tuple((row.at, row.folder, row.why) for row in query.limit(20)) if message_id else ()

    def headers_of(self, inbox_id: InboxId, folder: str) -> int:
        """How many headers of a folder were read in all."""
        query = m.LedgerHeaders.select(fn.SUM(m.LedgerHeaders.headers_read)).where(
            (m.LedgerHeaders.inbox == inbox_id) & (m.LedgerHeaders.folder == folder)
        )
        return int(query.scalar() or 0)

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
            query = m.LedgerBody.select().where(m.LedgerBody.inbox == inbox.id)
            bodies = list(query.order_by(m.LedgerBody.id.desc()).limit(limit))
            logged = _logged([b.message_id for b in bodies])
            result.append(
                Ledger(
                    inbox_address=inbox.address,
                    headers_read=int(total.scalar() or 0),
                    bodies=tuple(
                        LedgerBody(b.at, b.folder, b.uid, b.message_id, b.why, *logged.get(b.message_id, ()))
                        for b in bodies
                    ),
                )
            )
        return tuple(result)


def _logged(message_ids: Collection[str]) -> dict[str, tuple[str, str, str]]:
    """Message-ID → sender, subject, and the subject of ours that it answers, of those that are logged."""
    wanted = {i for i in message_ids if i}
    if not wanted:
        return {}
    rows = list(m.Message.select().where(m.Message.message_id.in_(wanted) & m.Message.logged))
    names = contact_names([row.from_address for row in rows])
    answered = {row.in_reply_to for row in rows if row.in_reply_to}
    parents = dict(
        m.Message.select(m.Message.message_id, m.Message.subject).where(m.Message.message_id.in_(answered)).tuples()
    )
    return {
        row.message_id: (
            names.get(address_key(row.from_address)) or row.from_name or row.from_address,
            row.subject,
            parents.get(row.in_reply_to, ""),
        )
        for row in rows
    }
