"""Answers that were logged as mail with a contact before what they answer was known. The part of `Waiting` that the sync asks
when it turned up."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.domain.addresses import Address
from app.domain.inboxes import InboxId
from app.store import models as m
from app.store.fields import from_micros
from app.store.prepared import Prepared

BY_CONTACT = "contact"  # `logged_by` of such messages
WITH_CONTACT = "mail with a known contact"  # why they are logged
_MAX_VARIABLES = 500


@dataclass(frozen=True)
class EarlyAnswer:
    """`in_reply_to`, `references`: the ids that it names, one of them at least."""

    pk: int
    thread_id: int
    direction: str
    kind: str
    sender: Address
    subject: str
    date: datetime
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]


class EarlyAnswers:
    """Each method that writes wants to be inside a transaction."""

    def early_answer(self, pk: int) -> EarlyAnswer | None:
        """None where a message names nothing, or is logged for another reason."""
        found = _EARLY.row(pk)
        if found is None:
            return None
        thread, direction, kind, name, address, subject, date, in_reply_to, named = found
        references = tuple(json.loads(named))
        if not in_reply_to and not references:
            return None
        answered = (in_reply_to,) if in_reply_to else ()
        sender = Address(address, name)
        return EarlyAnswer(pk, thread, direction, kind, sender, subject, from_micros(date), answered, references)

    def early_answers_at(
        self, inbox_id: InboxId, folder: str, uid_validity: int, uids: Collection[int]
    ) -> dict[int, int]:
        """UID and message of those among these, a few hundred at most, that were logged as mail with a contact."""
        place = m.MessageLocation
        query = (
            place.select(place.uid, place.message)
            .join(m.Message)
            .where(
                (place.inbox == inbox_id)
                & (place.folder == folder)
                & (place.uid_validity == uid_validity)
                & place.uid.in_(list(uids))
                & (m.Message.logged_by == BY_CONTACT)
            )
        )
        return dict(query.tuples())

    def early_answers_to(self, inbox_id: InboxId, ids: Collection[str]) -> tuple[int, ...]:
        """Those of an inbox that name one of these in In-Reply-To, wherever they lie by now, the first one stored first."""
        found: set[int] = set()
        wanted = [i for i in dict.fromkeys(ids) if i]
        for start in range(0, len(wanted), _MAX_VARIABLES):
            query = m.Message.select(m.Message.id).where(
                m.Message.in_reply_to.in_(wanted[start : start + _MAX_VARIABLES])
                & (m.Message.in_reply_to != "")  # as the index has it
                & (m.Message.logged_by == BY_CONTACT)
                & (m.Message.inbox == inbox_id)
            )
            found.update(pk for (pk,) in query.tuples())
        return tuple(sorted(found))

    def join(self, pk: int, reason: str, *, changed_subject: bool) -> None:
        """It is an answer from now on. `reason`: see `NewMessage.match_reason`."""
        m.Message.update(logged_by="reply", match_reason=reason, changed_subject=changed_subject).where(
            m.Message.id == pk
        ).execute()


_EARLY = Prepared(
    1,
    lambda pk: m.Message.select(
        m.Message.thread,
        m.Message.direction,
        m.Message.kind,
        m.Message.from_name,
        m.Message.from_address,
        m.Message.subject,
        m.Message.date,
        m.Message.in_reply_to,
        m.Message.references_json,
    ).where((m.Message.id == pk) & (m.Message.logged_by == BY_CONTACT)),
)
