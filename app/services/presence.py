"""Keeps in the workspace since when, and until when, its user is signed in to the running program (L7, fourth rule). Used by
the thread of the window that does so, and by `sync`, which runs without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from app.domain.errors import StoreError
from app.store import Store


class Presence:
    """One that is killed ends no period: it is over when nothing is heard of it any more (`Credit.sign_ins`). A full disk is
    said elsewhere, and the note is tried again with the next beat."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._period: int | None = None

    def beat(self) -> None:
        """The user is signed in now. Wanted every `BEAT`."""
        at = datetime.now(UTC)
        with suppress(StoreError), self._store.transaction(source="presence"):
            credit = self._store.credit
            begun = self._period is None
            self._period = (
                credit.sign_in(self._store.user_id, at) if begun else credit.still_signed_in(self._period or 0, at)
            )

    def end(self) -> None:
        """The program ends."""
        if self._period is None:
            return
        at = datetime.now(UTC)
        with suppress(StoreError), self._store.transaction(source="presence"):
            self._store.credit.sign_out(self._store.credit.still_signed_in(self._period, at), at)
        self._period = None


@contextmanager
def signed_in(store: Store) -> Iterator[Presence]:
    """From here to the end of the block."""
    presence = Presence(store)
    presence.beat()
    try:
        yield presence
    finally:
        presence.end()
