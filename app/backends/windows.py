"""Cuts the numbers of a folder into the windows of a scan (`protocol.MailBackend.scan_headers`). Used by `exchange` and
`imap`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """UIDs from `first` to `last`, both included."""

    first: int
    last: int


def windows_between(starts: Sequence[int], first: int, last: int, *, newest_first: bool) -> Iterator[Window]:
    """Windows that lie end to end and cover `first` to `last`, each beginning at one of `starts` (any order; those out
    of the range do not count), the lowest at `first`."""
    edges = sorted({first, *(start for start in starts if first < start <= last)})
    ends = [*(edge - 1 for edge in edges[1:]), last]
    pairs = list(zip(edges, ends, strict=True))
    for begin, end in reversed(pairs) if newest_first else pairs:
        yield Window(begin, end)
