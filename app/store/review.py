"""The review list: copied mail that was not logged, with its reason and, where that may be kept, the message itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from app.domain.copied_mail import CopyKind, Refusal
from app.domain.events import EventKind
from app.domain.inboxes import InboxId
from app.domain.outbox import OutboxId
from app.domain.record_words import folded
from app.domain.review import NewReview, ReviewFinds, ReviewItem, ReviewState, SoughtWord
from app.store import models as m
from app.store.fields import now

KEPT_DISMISSED = timedelta(days=30)  # for so long the copy of what was dismissed stays, to undo that
_SHOWN = 1_000
_LOOKED_AT = 500  # entries that a search looks at in one go
_SAME_MOMENT = timedelta(seconds=5)


class Reviews:
    """Each method that writes wants to be inside a transaction."""

    def add(self, new: NewReview, came: datetime | None = None) -> int:
        """`came`: when it was met; now without."""
        row = m.ReviewItem.create(
            kind=new.kind.value,
            reason=new.reason.value,
            reason_json=new.facts,
            inbox=new.inbox_id,
            folder=new.folder,
            uid_validity=new.uid_validity,
            uid=new.uid,
            message_id=new.message_id,
            sender=new.sender,
            recipients_json=list(new.recipients),
            subject=new.subject,
            date=new.date,
            size=new.size,
            raw_sha256=new.raw_sha256,
            user=new.user_id,
            state=new.state.value,
            message_pk=new.message_pk,
            notice_outbox=new.notice_outbox_id,
            created_at=came or now(),
            settled_at=None if new.state is ReviewState.OPEN else now(),
        )
        return int(row.id)

    def get(self, item_id: int) -> ReviewItem | None:
        row = m.ReviewItem.get_or_none(m.ReviewItem.id == item_id)
        return None if row is None else _item(row)

    def find(self, message_id: str) -> ReviewItem | None:
        """The newest one about a copied message."""
        row = (
            m.ReviewItem.select()
            .where((m.ReviewItem.message_id == message_id) & (m.ReviewItem.message_id != ""))
            .order_by(m.ReviewItem.id.desc())
            .first()
        )
        return None if row is None else _item(row)

    def told_of(self, at: datetime, subject: str) -> int | None:
        """The entry that was made together with an event of the feed: in the same moment, with the same subject."""
        made = m.ReviewItem.created_at
        near = made.between(at - _SAME_MOMENT, at + _SAME_MOMENT)
        rows = m.ReviewItem.select().where(near & (m.ReviewItem.subject == subject))
        found = min(rows, key=lambda row: abs(row.created_at - at), default=None)
        return None if found is None else int(found.id)

    def items(
        self, state: ReviewState | None = ReviewState.OPEN, *, before: int | None = None, limit: int = 200
    ) -> tuple[ReviewItem, ...]:
        """Newest first; `state` None: all. `before`: the number of the last one of the page above."""
        query = m.ReviewItem.select()
        if state is not None:
            query = query.where(m.ReviewItem.state == state.value)
        if before is not None:
            query = query.where(m.ReviewItem.id < before)
        return tuple(_item(row) for row in query.order_by(m.ReviewItem.id.desc()).limit(min(limit, _SHOWN)))

    def found(
        self, words: Sequence[SoughtWord], state: ReviewState, *, before: int | None = None, limit: int = 100
    ) -> ReviewFinds:
        """Newest first, those that have all of these words. It looks at some hundred entries at a time, whether it finds any
        or not, which takes some milliseconds; `before`: `reached` of the finds above."""
        x = m.ReviewItem
        query = x.select(x.id, x.sender, x.subject, x.reason).where(x.state == state.value)
        if before is not None:
            query = query.where(x.id < before)
        rows = list(query.order_by(x.id.desc()).limit(_LOOKED_AT).tuples())
        finds: list[int] = []
        reached: int | None = rows[-1][0] if len(rows) == _LOOKED_AT else None
        for number, sender, subject, reason in rows:
            if _has_all(words, f"{sender} {subject}", Refusal(reason)):
                finds.append(number)
                if len(finds) == limit:
                    reached = number if number != rows[-1][0] else reached
                    break
        found = {row.id: _item(row) for row in x.select().where(x.id.in_(finds))}
        return ReviewFinds(tuple(found[number] for number in finds), reached)

    def count(self) -> int:
        """Of those that wait for a person."""
        return int(m.ReviewItem.select().where(m.ReviewItem.state == ReviewState.OPEN.value).count())

    def copies_of(self, reason: Refusal) -> int:
        """How many whole messages are kept for one reason, among those that wait."""
        waiting = (m.ReviewItem.state == ReviewState.OPEN.value) & (m.ReviewItem.reason == reason.value)
        return int(m.ReviewItem.select().where(waiting & (m.ReviewItem.raw_sha256 != "")).count())

    def settle(self, item_id: int, state: ReviewState, message_pk: int | None = None) -> None:
        """Open again: `message_pk` None, and no time when it was settled."""
        at = None if state is ReviewState.OPEN else now()
        m.ReviewItem.update(state=state.value, message_pk=message_pk, settled_at=at).where(
            m.ReviewItem.id == item_id
        ).execute()

    def put_facts(self, item_id: int, facts: dict[str, object]) -> None:
        m.ReviewItem.update(reason_json=facts).where(m.ReviewItem.id == item_id).execute()

    def empty(self, item_id: int) -> None:
        """Of this one nothing is kept any more but that there was one, and that the never-log list keeps it out; what the feed
        told of it goes, too."""
        m.Event.delete().where(m.Event.id.in_(list(self.events_of([item_id])))).execute()
        x = m.ReviewItem
        x.update(subject="", recipients_json=[], raw_sha256="", reason_json={}, sender="").where(
            x.id == item_id
        ).execute()
        x.update(reason=Refusal.NEVER_LOG.value, state=ReviewState.KEPT_OUT.value, settled_at=now()).where(
            (x.id == item_id) & (x.state == ReviewState.OPEN.value)
        ).execute()

    def drop_content(self, item_id: int, recipients: Sequence[str]) -> None:
        """Its copy and its subject go; logged by hand it is read from its mailbox again."""
        row = m.ReviewItem.get_by_id(item_id)
        facts = {**row.reason_json, "again": True}
        m.ReviewItem.update(subject="", recipients_json=list(recipients), raw_sha256="", reason_json=facts).where(
            m.ReviewItem.id == item_id
        ).execute()

    def put_copy(self, item_id: int, recipients: Sequence[str], raw_sha256: str) -> None:
        """The message as it is kept from now on, and whom it names."""
        x = m.ReviewItem
        x.update(recipients_json=list(recipients), raw_sha256=raw_sha256).where(x.id == item_id).execute()

    def expire(self, at: datetime) -> int:
        """Lets go of the copies of what was dismissed long ago. Returns how many."""
        old = (m.ReviewItem.state == ReviewState.DISMISSED.value) & (m.ReviewItem.settled_at < at - KEPT_DISMISSED)
        return int(m.ReviewItem.update(raw_sha256="").where(old & (m.ReviewItem.raw_sha256 != "")).execute())

    def events_of(self, item_ids: Collection[int]) -> set[int]:
        """What the feed told of these: made in the same moment, with the same subject."""
        found: set[int] = set()
        for row in m.ReviewItem.select().where(m.ReviewItem.id.in_(list(item_ids))):
            near = m.Event.at.between(row.created_at - _SAME_MOMENT, row.created_at + _SAME_MOMENT)
            told = m.Event.select(m.Event.id).where(
                (m.Event.kind == EventKind.REVIEW.value) & near & (m.Event.subject == row.subject)
            )
            found |= {pk for (pk,) in told.tuples()}
        return found

    def file_names(self) -> set[str]:
        """SHA-256 of every message that is kept."""
        query = m.ReviewItem.select(m.ReviewItem.raw_sha256).where(m.ReviewItem.raw_sha256 != "")
        return {name for (name,) in query.tuples()}


def _has_all(words: Sequence[SoughtWord], text: str, reason: Refusal) -> bool:
    plain = folded(text)
    return all(reason in word.reasons or word.text in plain for word in words)


def _item(row: m.ReviewItem) -> ReviewItem:
    return ReviewItem(
        kind=CopyKind(row.kind),
        reason=Refusal(row.reason),
        message_id=row.message_id,
        facts=row.reason_json,
        inbox_id=None if row.inbox_id is None else InboxId(row.inbox_id),
        folder=row.folder,
        uid_validity=row.uid_validity,
        uid=row.uid,
        sender=row.sender,
        recipients=tuple(row.recipients_json),
        subject=row.subject,
        date=row.date,
        size=row.size,
        raw_sha256=row.raw_sha256,
        user_id=row.user_id,
        state=ReviewState(row.state),
        message_pk=row.message_pk_id,
        notice_outbox_id=None if row.notice_outbox_id is None else OutboxId(row.notice_outbox_id),
        id=row.id,
        created_at=row.created_at,
        settled_at=row.settled_at,
    )
