"""Messages that were removed for good, with a person (T9) or by a rule of the never-log list, as digests: so that they do not
come back by any way, with all that they say. Written by `services.delete_permanently` and `never_log_rules`, asked before
anything is logged.

Of each message there is a digest of every id under which it was known, and one of what it said: who wrote it, in which minute,
its subject and the beginning of its text, for a forward or a provider may change the id. As with addresses (`tombstones`) they
are over the workspace's own number, or over that of the workspace whose export brought them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from app.domain.addresses import address_key
from app.domain.subjects import base_subject
from app.store import models as m
from app.store.copied_messages import beginning
from app.store.fields import now, to_micros
from app.store.in_slices import column, slices
from app.store.prepared import Prepared
from app.store.tombstones import Salts

_DIGEST = re.compile(r"[0-9a-f]{64}")
_A_MINUTE = timedelta(minutes=1)


class GoneMessages:
    """Each method that writes wants to be inside a transaction."""

    _salts = Salts()

    def remember(self, pks: Sequence[int], reviews: Sequence[int] = ()) -> None:
        """These messages and entries of the review list, before they are removed."""
        salt = self._salts.own()
        waiting = column(m.ReviewItem.message_id, m.ReviewItem.id, reviews)
        digests = {_of_id(salt, i) for i in waiting if i}
        for some in slices(pks):
            digests.update(_of_id(salt, i) for i in column(m.MessageAlias.alias, m.MessageAlias.message, some))
            x = m.Message
            rows = x.select(x.from_address, x.date, x.subject, x.text).where(x.id.in_(list(some)))
            for sender, date, subject, text in rows.tuples().iterator():
                letter = _Letter(address_key(sender), date, subject, text)
                if letter.counts:
                    digests.add(letter.digest(salt, date))
        self._put(digests)

    def holds(self, *ids: str) -> bool:
        """Whether one of these ids was such a message's."""
        if not self.any():
            return False
        return any(_HELD.row(_of_id(salt, i)) is not None for salt in self._salts.all() for i in ids if i)

    def holds_letter(self, sender_key: str, date: datetime, subject: str, text: str) -> bool:
        """Whether one of them said the same, whatever its id was; copied headers tell no seconds."""
        letter = _Letter(sender_key, date, subject, text)
        if not letter.counts or not self.any():
            return False
        near = (date, date - _A_MINUTE, date + _A_MINUTE)
        return any(_HELD.row(letter.digest(salt, at)) is not None for salt in self._salts.all() for at in near)

    def any(self) -> bool:
        return _ANY.row() is not None

    def exported(self) -> list[str]:
        """Digests, over the salts that `Tombstones.exported` tells."""
        query = m.GoneMessage.select(m.GoneMessage.digest).order_by(m.GoneMessage.id)
        return [digest for (digest,) in query.tuples()]

    def take(self, salts: Iterable[str], digests: Collection[str]) -> None:
        """What `exported` gave in another workspace. What is no digest is passed over."""
        found = {digest for digest in digests if _DIGEST.fullmatch(digest)}
        if found:
            self._salts.add(salts)
            self._put(found)

    def _put(self, digests: Collection[str]) -> None:
        at = to_micros(now())
        m.database.cursor().executemany(
            "INSERT OR IGNORE INTO gone_message (digest, at) VALUES (?, ?)",
            [(digest, at) for digest in sorted(digests)],
        )


class _Letter:
    def __init__(self, sender_key: str, date: datetime, subject: str, text: str) -> None:
        self._sender, self._base, self._text = sender_key, base_subject(subject), beginning(text)
        self.counts = bool(sender_key and self._text)

    def digest(self, salt: str, at: datetime) -> str:
        minute = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        return _digest(salt, "letter", self._sender, minute, self._base, self._text)


def _of_id(salt: str, message_id: str) -> str:
    return _digest(salt, "message", message_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_HELD = Prepared(1, lambda digest: m.GoneMessage.select(m.GoneMessage.id).where(m.GoneMessage.digest == digest))
_ANY = Prepared(0, lambda: m.GoneMessage.select(m.GoneMessage.id).limit(1))
