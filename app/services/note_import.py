"""Notes what an import made and changed, so that it can be undone as one (X3), also where it ended in a crash: each batch is
noted in the transaction of its rows, and all of them together when the import ends. Used by `import_file`, read by
`undo_import`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from app.domain.changes import Area
from app.domain.errors import StoreError
from app.domain.transfer import ImportKind
from app.store import Store

IMPORTS = 0  # the number under which imports are kept; what is noted of one while it runs is kept under its own
Lines = Sequence[tuple[str, int]]  # of the journal


class ImportNote:
    def __init__(self, store: Store, kind: ImportKind, file: str) -> None:
        self._store, self._kind, self._file = store, kind, file
        self._id: int | None = None

    def add(self, lines: Lines, *, first: bool) -> None:
        """Inside the transaction of what these lines are about. `first`: nothing is noted yet, or that was taken back."""
        changes = self._store.record_changes
        if first or self._id is None:
            what = f"Imported a part of {self._file}"
            self._id = changes.note_import(IMPORTS, self._store.user_id, what, self._document({}))
        changes.note_import(self._id, self._store.user_id, "", {"made": by_kind(lines)})

    def finish(self, lines: Lines) -> int | None:
        """The number of the change; None where nothing was made or changed."""
        if not lines or self._id is None:
            return None
        with self._store.transaction(Area.CONTACTS, source="import"):
            whole = self._document(by_kind(lines))
            self._store.record_changes.whole_import(self._id, f"Imported {self._file}", whole)
        return self._id

    def finish_quietly(self, lines: Lines) -> None:
        """Of an import that failed: what is in of it is noted already."""
        with suppress(StoreError):
            self.finish(lines)

    def _document(self, made: dict[str, list[int]]) -> dict[str, object]:
        return {"kind": self._kind.value, "made": made}


def by_kind(lines: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    made: dict[str, list[int]] = {}
    for of, number in dict.fromkeys(lines):
        made.setdefault(of, []).append(number)
    return made
