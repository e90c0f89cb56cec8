"""Messages that were removed for good, with a person (T9) or by a rule of the never-log list, as digests: so that they do not
come back by any way, with all that they say. Written by `services.delete_permanently` and `never_log_rules`, asked before
anything is logged.

Of each message there is a digest of every id under which it was known, and one of what it said: who wrote it, in which minute,
its subject and the beginning of its text, for a forward or a provider may change the id; and one of every tracked copy, for the
tracking server may have a past that comes back. As with addresses (`tombstones`) they
are over the workspace's own number, or over that of the workspace whose export brought them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from app.domain.addresses import Address, address_key
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
            people = self._written_to(some)
            rows = x.select(x.id, x.from_address, x.date, x.subject, x.text).where(x.id.in_(list(some)))
            for pk, sender, date, subject, text in rows.tuples().iterator():
                letter = _Letter(address_key(sender), date, subject, text, people.get(pk, ()))
                if letter.counts:
                    digests.add(letter.digest(salt, date))
        self._put(digests)

    def remember_copies(self, recipient_refs: Iterable[str]) -> None:
        """By which the tracking server knows who got which message: should its database be restored from a backup of before,
        it tells of them again, and is told again whom to forget."""
        salt = self._salts.own()
        self._put({_of_copy(salt, ref) for ref in recipient_refs})

    def holds_copy(self, recipient_ref: str) -> bool:
        return self.any() and any(_HELD.row(_of_copy(salt, recipient_ref)) is not None for salt in self._salts.all())

    def holds(self, *ids: str) -> bool:
        """Whether one of these ids was such a message's."""
        if not self.any():
            return False
        return any(_HELD.row(_of_id(salt, i)) is not None for salt in self._salts.all() for i in ids if i)

    def holds_letter(
        self, sender_key: str, date: datetime, subject: str, text: str, people: Iterable[Address] = ()
    ) -> bool:
        """Whether one of them said the same, whatever its id was; copied headers tell no seconds. `people`: to whom it was
        written, by which one that was sent differs from the same words to somebody else."""
        keys = {person.key for person in people}
        letters = [_Letter(sender_key, date, subject, text, to) for to in (keys, ())]
        if not letters[0].counts or not self.any():
            return False
        near = (date, date - _A_MINUTE, date + _A_MINUTE)
        salts = self._salts.all()
        return any(_HELD.row(one.digest(s, at)) is not None for one in letters for s in salts for at in near)

    def _written_to(self, some: Sequence[int]) -> dict[int, set[str]]:
        """Of those of these messages that were sent: keys of To and Cc."""
        x, found = m.MessageParty, dict[int, set[str]]()
        sent = x.select(x.message_id, x.address_key).join(m.Message).where(
            x.message.in_(list(some)) & x.role.in_(["to", "cc"]) & (m.Message.direction == "sent")
        )  # fmt: skip
        for pk, key in sent.tuples():
            found.setdefault(pk, set()).add(key)
        return found

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
    def __init__(self, sender_key: str, date: datetime, subject: str, text: str, people: Iterable[str]) -> None:
        self._sender, self._base, self._text = sender_key, base_subject(subject), beginning(text)
        self._people = " ".join(sorted(key for key in people if key))
        self.counts = bool(sender_key and self._text)

    def digest(self, salt: str, at: datetime) -> str:
        minute = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        return _digest(salt, "letter", self._sender, minute, self._base, self._text, self._people)


def _of_id(salt: str, message_id: str) -> str:
    return _digest(salt, "message", message_id)


def _of_copy(salt: str, recipient_ref: str) -> str:
    return _digest(salt, "copy", recipient_ref)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_HELD = Prepared(1, lambda digest: m.GoneMessage.select(m.GoneMessage.id).where(m.GoneMessage.digest == digest))
_ANY = Prepared(0, lambda: m.GoneMessage.select(m.GoneMessage.id).limit(1))
