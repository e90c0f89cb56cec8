"""Messages that wait: answers to one which is not known here (yet), and drafts; and what a person decided about logged
messages. Used by the sync.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.store import models as m
from app.store.early_answers import EarlyAnswers
from app.store.fields import now
from app.store.merging import standing
from app.store.prepared import Inserted, Prepared

if TYPE_CHECKING:
    from app.domain.inboxes import InboxId

KEPT_FOR = timedelta(days=60)
MOST_WAITING = 20_000  # of an inbox; the oldest go first
DRAFT = "\\Draft"  # stands for the id that is waited for: the message waits to be finished
_MAX_VARIABLES = 500
_MOST_DRAFTS = 200  # of an inbox, that are looked at in one round; the newest


@dataclass(frozen=True)
class WaitingPlace:
    folder: str
    uid_validity: int
    uid: int


@dataclass(frozen=True)
class WaitingFor:
    """`parents`: the ids of which one has to turn up; none for a draft."""

    since: datetime
    parents: tuple[str, ...]
    draft: bool


class Waiting(EarlyAnswers):
    """Each method that writes wants to be inside a transaction."""

    def remember(
        self, inbox_id: InboxId, folder: str, uid_validity: int, replies: Iterable[tuple[int, Sequence[str]]]
    ) -> int:
        """`replies`: (uid, ids that it names). Returns how many were noted."""
        at = now()
        rows = [
            {
                "inbox": inbox_id,
                "folder": folder,
                "uid_validity": uid_validity,
                "uid": uid,
                "parent_id": parent,
                "seen_at": at,
            }
            for uid, parents in replies
            for parent in parents
        ]
        _REMEMBER.add_all(rows)
        return len(rows)

    def answering(self, inbox_id: InboxId, ids: Collection[str]) -> tuple[WaitingPlace, ...]:
        """Where the messages lie that name one of these."""
        found: dict[WaitingPlace, None] = {}
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), _MAX_VARIABLES):
            rows = m.WaitingReply.select().where(
                (m.WaitingReply.inbox == inbox_id)
                & m.WaitingReply.parent_id.in_(wanted[start : start + _MAX_VARIABLES])
            )
            found.update(
                {WaitingPlace(r.folder, r.uid_validity, r.uid): None for r in rows.order_by(m.WaitingReply.id)}
            )
        return tuple(found)

    def due(self, inbox_id: InboxId) -> tuple[WaitingPlace, ...]:
        """Those of which the message that they answer has turned up meanwhile, by whatever way."""
        query = (
            m.WaitingReply.select(m.WaitingReply)
            .join(m.MessageAlias, on=(m.MessageAlias.alias == m.WaitingReply.parent_id))
            .where(m.WaitingReply.inbox == inbox_id)
            .order_by(m.WaitingReply.id)
        )
        return tuple(dict.fromkeys(WaitingPlace(r.folder, r.uid_validity, r.uid) for r in query))

    def drafts(self, inbox_id: InboxId) -> tuple[WaitingPlace, ...]:
        """Those that were drafts when they were met, and would have been logged else."""
        query = m.WaitingReply.select().where((m.WaitingReply.inbox == inbox_id) & (m.WaitingReply.parent_id == DRAFT))
        newest = query.order_by(m.WaitingReply.id.desc()).limit(_MOST_DRAFTS)
        return tuple(WaitingPlace(r.folder, r.uid_validity, r.uid) for r in newest)

    def of(self, inbox_id: InboxId, place: WaitingPlace) -> WaitingFor | None:
        """What a message waits for; None when it does not."""
        rows = list(
            m.WaitingReply.select()
            .where(
                (m.WaitingReply.inbox == inbox_id)
                & (m.WaitingReply.folder == place.folder)
                & (m.WaitingReply.uid_validity == place.uid_validity)
                & (m.WaitingReply.uid == place.uid)
            )
            .order_by(m.WaitingReply.id)
        )
        if not rows:
            return None
        parents = tuple(row.parent_id for row in rows if row.parent_id != DRAFT)
        return WaitingFor(min(row.seen_at for row in rows), parents, len(parents) < len(rows))

    def settle(self, inbox_id: InboxId, place: WaitingPlace) -> None:
        """It was looked at again."""
        _SETTLE.run(inbox_id, place.folder, place.uid_validity, place.uid)

    def expire(self, inbox_id: InboxId, at: datetime) -> None:
        mine = m.WaitingReply.inbox == inbox_id
        m.WaitingReply.delete().where(mine & (m.WaitingReply.seen_at < at - KEPT_FOR)).execute()
        surplus = m.WaitingReply.select().where(mine).count() - MOST_WAITING
        if surplus > 0:
            oldest = m.WaitingReply.select(m.WaitingReply.id).where(mine).order_by(m.WaitingReply.id).limit(surplus)
            m.WaitingReply.delete().where(m.WaitingReply.id.in_(oldest)).execute()

    def count(self, inbox_id: InboxId) -> int:
        return int(m.WaitingReply.select().where(m.WaitingReply.inbox == inbox_id).count())


_REMEMBER = Inserted(m.WaitingReply, "inbox", "folder", "uid_validity", "uid", "parent_id", "seen_at", ignore=True)
_SETTLE = Prepared(
    4,
    lambda inbox, folder, uid_validity, uid: m.WaitingReply.delete().where(
        (m.WaitingReply.inbox == inbox)
        & (m.WaitingReply.folder == folder)
        & (m.WaitingReply.uid_validity == uid_validity)
        & (m.WaitingReply.uid == uid)
    ),
)
_OF_SENDER = Prepared(
    2,
    lambda thread, key: (
        m.MessageOverride.select(m.MessageOverride.id)
        .where(
            (m.MessageOverride.thread == thread)
            & (m.MessageOverride.sender_key == key)
            & m.MessageOverride.undone_at.is_null()
        )
        .order_by(m.MessageOverride.id.desc())
        .limit(1)
    ),
)


@dataclass(frozen=True)
class Override:
    """`before`, `after`: {"thread": number, "contacts": [numbers]}."""

    id: int
    message_pk: int
    kind: str  # move, split
    sender_key: str
    thread_id: int
    before: dict[str, Any]
    after: dict[str, Any]
    made_at: datetime


class Overrides:
    """What a person decided; it counts before every rule. Each method that writes wants to be inside a transaction."""

    def add(
        self,
        message_pk: int,
        user_id: int,
        kind: str,
        sender_key: str,
        thread_id: int,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> int:
        """`thread_id`: where the message belongs from now on."""
        row = m.MessageOverride.create(
            message=message_pk,
            user=user_id,
            kind=kind,
            sender_key=sender_key,
            thread=thread_id,
            before_json=before,
            after_json=after,
            made_at=now(),
        )
        return int(row.id)

    def last(self, message_pk: int) -> Override | None:
        """The newest decision about a message that was not undone."""
        row = (
            m.MessageOverride.select()
            .where(
                (m.MessageOverride.message == message_pk)
                & m.MessageOverride.undone_at.is_null()
                & (m.MessageOverride.kind != "join")  # by itself: see `joined_forwards`
            )
            .order_by(m.MessageOverride.id.desc())
            .first()
        )
        return None if row is None else _override(row)

    def for_sender(self, thread_id: int, sender_key: str) -> Override | None:
        """What was decided about this sender's messages in this thread; its contacts as who they are now."""
        found = _OF_SENDER.row(thread_id, sender_key)
        if found is None:
            return None
        decided = _override(m.MessageOverride.get_by_id(found[0]))
        return replace(decided, after={**decided.after, "contacts": list(standing(decided.after["contacts"]))})

    def undo(self, override_id: int) -> None:
        m.MessageOverride.update(undone_at=now()).where(m.MessageOverride.id == override_id).execute()


def _override(row: m.MessageOverride) -> Override:
    return Override(
        row.id, row.message_id, row.kind, row.sender_key, row.thread_id, row.before_json, row.after_json, row.made_at
    )
