"""Messages that were removed for good, with a person (T9) or by a rule of the never-log list, as digests: so that they do not
come back by any way, with all that they say. Written by `services.delete_permanently` and `never_log_rules`, asked before
anything is logged.

Of each message there is a digest of every id under which it was known, and one of all that it said, for a provider may change
the id and a forward tells none: who wrote it, when, its subject, its whole text, and all whom it names as written to. Less
would take mail of one wording to other people for it. A forward tells no seconds, so that its minute counts; the id that stands
there for a missing one says less than all that, and counts for nothing. And there is one of every tracked copy, for the
tracking server may have a past that comes back. As with addresses (`tombstones`) they
are over the workspace's own number, or over that of the workspace whose export brought them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.addresses import Address, address_key
from app.domain.message_ids import FORWARDED
from app.store import models as m
from app.store.fields import now, to_micros
from app.store.in_slices import column, slices
from app.store.prepared import Prepared
from app.store.tombstones import Salts

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Letter:
    """What a message says. `people`: all whom it names in To, Cc and Bcc, as `people_named` gives them. `forwarded`: it is
    known from a forward alone, which shows no more than the minute."""

    sender_key: str
    date: datetime
    subject: str
    text: str
    people: frozenset[str]
    forwarded: bool = False


def people_named(people: Iterable[Address]) -> frozenset[str]:
    """By their keys; who has no address, as in many forwards, by name."""
    return frozenset(named for p in people if (named := p.key or p.display_name.casefold()))


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
            digests.update(digest for letter in _stored(some) for digest in _remembered(salt, letter))
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
        real = [i for i in ids if i and not i.endswith(FORWARDED)]
        return any(_HELD.row(_of_id(salt, i)) is not None for salt in self._salts.all() for i in real)

    def holds_letter(self, letter: Letter) -> bool:
        """Whether one of them was this very message, whatever its id was."""
        if not (letter.sender_key and letter.text.strip() and self.any()):
            return False
        return any(_HELD.row(digest) is not None for salt in self._salts.all() for digest in _sought(salt, letter))

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


def _stored(some: Sequence[int]) -> Iterator[Letter]:
    """Each with all whom it names, and with those alone whom others of its copies name, too: Bcc stands in one's own."""
    party, x = m.MessageParty, m.Message
    people: dict[int, set[str]] = {}
    hidden: dict[int, set[str]] = {}
    named = party.select(party.message_id, party.role, party.address_key, party.name)
    for pk, role, key, name in named.where(party.message.in_(list(some))).tuples():
        if key or name:
            (hidden if role == "bcc" else people).setdefault(pk, set()).add(key or name.casefold())
    rows = x.select(x.id, x.message_id, x.direction, x.from_address, x.date, x.subject, x.text)
    for pk, own_id, direction, sender, date, subject, text in rows.where(x.id.in_(list(some))).tuples().iterator():
        to = frozenset(people.get(pk, ()))
        for all_named in {to, to | hidden.get(pk, set())}:
            if all_named or direction == "received":  # without anybody, nothing tells it from the same words to others
                yield Letter(address_key(sender), date, subject, text, all_named, own_id.endswith(FORWARDED))


def _remembered(salt: str, letter: Letter) -> Iterator[str]:
    if not (letter.sender_key and letter.text.strip()):
        return
    if letter.forwarded:
        yield _of_letter(salt, "forward", letter, "minutes")
    else:
        yield _of_letter(salt, "letter", letter, "seconds")
        yield _of_letter(salt, "shown", letter, "minutes")


def _sought(salt: str, letter: Letter) -> Iterator[str]:
    """A forward may be of one that came by itself, and the other way round."""
    yield _of_letter(salt, "forward", letter, "minutes")
    if letter.forwarded:
        yield _of_letter(salt, "shown", letter, "minutes")
    else:
        yield _of_letter(salt, "letter", letter, "seconds")


def _of_letter(salt: str, kind: str, letter: Letter, precision: str) -> str:
    at = letter.date.astimezone(UTC).isoformat(timespec=precision)
    subject, text = (" ".join(said.split()) for said in (letter.subject, letter.text))
    return _digest(salt, kind, letter.sender_key, at, subject, text, *sorted(letter.people))


def _of_id(salt: str, message_id: str) -> str:
    return _digest(salt, "message", message_id)


def _of_copy(salt: str, recipient_ref: str) -> str:
    return _digest(salt, "copy", recipient_ref)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_HELD = Prepared(1, lambda digest: m.GoneMessage.select(m.GoneMessage.id).where(m.GoneMessage.digest == digest))
_ANY = Prepared(0, lambda: m.GoneMessage.select(m.GoneMessage.id).limit(1))
