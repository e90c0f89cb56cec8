"""What was read of each mailbox (R2): how many headers, and every body with its reason."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from app.domain.addresses import address_key
from app.domain.inboxes import InboxId
from app.domain.views import Ledger, LedgerBody, LedgerFolder, LedgerPage
from app.store import models as m
from app.store.fields import now
from app.store.prepared import Inserted, Prepared
from app.store.timeline import contact_names

BY_HAND = "\x1f"  # before the folder's name, which holds no such sign: headers that somebody asked for, not the sync
ASKED_FOR = "Asked for, and interrupted before it was taken in: it may have come, and nothing of it was kept"


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

    def add_asked(self, inbox_id: InboxId, folder: str, number: int) -> None:
        """Headers that somebody asked for, of whatever folder; counted apart from those that a sync reads. Inside a
        transaction."""
        self.add_headers(inbox_id, BY_HAND + folder, number)

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
        """How many headers of a folder were read in all by syncing it."""
        query = m.LedgerHeaders.select(fn.SUM(m.LedgerHeaders.headers_read)).where(
            (m.LedgerHeaders.inbox == inbox_id) & (m.LedgerHeaders.folder == folder)
        )
        return int(query.scalar() or 0)

    def asked_of(self, inbox_id: InboxId, folder: str) -> int:
        """How many headers of a folder somebody asked for."""
        return self.headers_of(inbox_id, BY_HAND + folder)

    def ask_bodies(
        self, inbox_id: InboxId, folder: str, uid_validity: int, bodies: Mapping[int, str]
    ) -> dict[int, int]:
        """UID and Message-ID of bodies that are about to be asked for, in a transaction that is committed before: what the
        server gives after that is told, come what may. Returns the number under which each stands, by UID; it says
        `ASKED_FOR` until `body_read` or `body_not_read`."""
        place = {"inbox": inbox_id, "folder": folder, "uid_validity": uid_validity}
        at = now()
        return {
            uid: _ADD_BODY.add({**place, "uid": uid, "message_id": message_id, "why": ASKED_FOR, "at": at})
            for uid, message_id in bodies.items()
        }

    def body_read(self, number: int, why: str, message_id: str | None = None) -> None:
        """Inside the transaction that stores the message. `message_id`: where the body says another than the header."""
        if message_id is None:
            _WHY.run(why, number)
        else:
            _WHY_AND_ID.run(why, message_id, number)

    def bodies_not_read(self, numbers: Collection[int]) -> None:
        """The server did not give them."""
        for number in numbers:
            _NOT_READ.run(number)

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
            by_hand = m.LedgerHeaders.folder.startswith(BY_HAND)
            read, asked = (int(total.where(which).scalar() or 0) for which in (~by_hand, by_hand))
            page = self.page(InboxId(inbox.id), limit=limit)
            result.append(Ledger(inbox.address, read, page.bodies, asked))
        return tuple(result)

    def page(
        self,
        inbox_id: InboxId | None = None,
        *,
        search: str = "",
        before: int | None = None,
        limit: int = 200,
        most: int = 2_000,
    ) -> LedgerPage:
        """Of one inbox or of all, newest first. A search looks at `most` bodies at a time, whether it finds some or not."""
        query = m.LedgerBody.select().order_by(m.LedgerBody.id.desc())
        if inbox_id is not None:
            query = query.where(m.LedgerBody.inbox == inbox_id)
        if before is not None:
            query = query.where(m.LedgerBody.id < before)
        if not search.split():
            rows = list(query.limit(limit))
            return LedgerPage(_bodies(rows), rows[-1].id if len(rows) == limit else None)
        end = query.select(m.LedgerBody.id).offset(most - 1).limit(1).scalar()
        if end is not None:
            query = query.where(m.LedgerBody.id >= end)
        query = query.join(m.Message, JOIN.LEFT_OUTER, on=(m.LedgerBody.message_id == m.Message.message_id))
        for word in search.split()[:10]:
            query = query.where(
                m.Message.subject.contains(word)
                | m.Message.from_name.contains(word)
                | m.Message.from_address.contains(word)
                | m.LedgerBody.message_id.contains(word)
                | m.LedgerBody.folder.contains(word)
            )
        rows = list(query.limit(limit))
        return LedgerPage(_bodies(rows), rows[-1].id if len(rows) == limit else end)

    def folders(self) -> tuple[LedgerFolder, ...]:
        """How much was read of each folder, removed inboxes too, the most read first."""
        sums: dict[tuple[int, str], list[int]] = {}
        headers = m.LedgerHeaders.select(
            m.LedgerHeaders.inbox_id, m.LedgerHeaders.folder, fn.SUM(m.LedgerHeaders.headers_read)
        ).group_by(m.LedgerHeaders.inbox_id, m.LedgerHeaders.folder)
        bodies = m.LedgerBody.select(m.LedgerBody.inbox_id, m.LedgerBody.folder, fn.COUNT(m.LedgerBody.id)).group_by(
            m.LedgerBody.inbox_id, m.LedgerBody.folder
        )
        for position, query in enumerate((headers, bodies)):
            for inbox, folder, number in query.tuples():
                by_hand = folder.startswith(BY_HAND)
                found = sums.setdefault((inbox, folder.removeprefix(BY_HAND)), [0, 0, 0])
                found[2 if by_hand else position] = int(number or 0)
        names = {row.id: row.address for row in m.Inbox.select(m.Inbox.id, m.Inbox.address)}
        ordered = sorted(sums.items(), key=lambda one: (one[0][0], -one[1][0], one[0][1]))
        return tuple(
            LedgerFolder(InboxId(inbox), names.get(inbox, ""), folder, *numbers) for (inbox, folder), numbers in ordered
        )


_ADD_BODY = Inserted(m.LedgerBody, "inbox", "folder", "uid_validity", "uid", "message_id", "why", "at")
_WHY = Prepared(2, lambda why, number: m.LedgerBody.update(why=why).where(m.LedgerBody.id == number))
_WHY_AND_ID = Prepared(
    3, lambda why, name, number: m.LedgerBody.update(why=why, message_id=name).where(m.LedgerBody.id == number)
)
_ANSWERED = re.compile(r"Answers (\S+?)(?:, named in its |\Z)")  # as the sync says of a body that answers a message
_NOT_READ = Prepared(1, lambda number: m.LedgerBody.delete().where(m.LedgerBody.id == number))


def _bodies(rows: Sequence[Any]) -> tuple[LedgerBody, ...]:
    logged = _logged([row.message_id for row in rows])
    named = {row.id: found[1] for row in rows if (found := _ANSWERED.match(row.why))}
    subjects = _subjects(named.values())
    names = {inbox.id: inbox.address for inbox in m.Inbox.select(m.Inbox.id, m.Inbox.address)}
    result = []
    for row in rows:
        sender, subject, message_pk = logged.get(row.message_id, ("", "", None))
        answers = subjects.get(named.get(row.id, ""), "")
        place = (row.at, row.folder, row.uid, row.message_id, row.why)
        result.append(LedgerBody(*place, sender, subject, answers, message_pk, row.id, names.get(row.inbox_id, "")))
    return tuple(result)


def _logged(message_ids: Collection[str]) -> dict[str, tuple[str, str, int | None]]:
    """Message-ID → sender, subject and the row, of those that are logged."""
    wanted = {i for i in message_ids if i}
    if not wanted:
        return {}
    rows = list(m.Message.select().where(m.Message.message_id.in_(wanted) & m.Message.logged))
    names = contact_names([row.from_address for row in rows])
    return {
        row.message_id: (
            names.get(address_key(row.from_address)) or row.from_name or row.from_address,
            row.subject,
            row.id,
        )
        for row in rows
    }


def _subjects(message_ids: Collection[str]) -> dict[str, str]:
    """Of those that are known, by any of their ids; “(no subject)” where a message has none."""
    wanted = set(message_ids)
    if not wanted:
        return {}
    query = m.MessageAlias.select(m.MessageAlias.alias, m.Message.subject).join(m.Message)
    found = query.where(m.MessageAlias.alias.in_(wanted)).tuples()
    return {alias: subject or "(no subject)" for alias, subject in found}
