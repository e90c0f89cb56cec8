"""What first looks remember of the messages that they passed over. Used by `read_folder` and `first_looks`."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class SievedWindow:
    """What is remembered of messages that nobody knew anything about."""

    first_uid: int
    last_uid: int
    hashes: array[int]


class Recall:
    """The windows that one connection's first looks went through: an answer may lie above what it answers, or in another
    folder. Bounded; what is forgotten is read again. Of each hash half is kept: a window that is taken for another now and
    then is read once more for nothing."""

    MOST = 2_000_000  # ids, of four bytes each

    def __init__(self) -> None:
        self.windows: dict[str, list[SievedWindow]] = {}
        self.incomplete: set[str] = set()  # folders of which parts were read by an earlier connection
        self._size = 0

    def add(self, path: str, window: SievedWindow) -> None:
        if self._size + len(window.hashes) > self.MOST:
            self.incomplete.add(path)
            return
        self._size += len(window.hashes)
        self.windows.setdefault(path, []).append(replace(window, hashes=_halves(window.hashes)))

    def naming(self, path: str, wanted: Collection[int]) -> list[tuple[int, int]]:
        """(first UID, last UID) of a folder's windows in which something names one of these ids, given as whole hashes."""
        halves = set(_halves(array("q", wanted)))
        windows = self.windows.get(path, ())
        return [(w.first_uid, w.last_uid) for w in windows if not halves.isdisjoint(w.hashes)]

    def forget(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._size -= sum(len(w.hashes) for w in self.windows.pop(path, ()))
            self.incomplete.discard(path)


def _halves(hashes: array[int]) -> array[int]:
    """Of 64-bit numbers the same 32 bits each."""
    return array("I", hashes.tobytes())[::2]
