"""Questions about many values, some hundred at a time: a statement takes no more. Used by `erasing` and what
helps it, and where two records become one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

_AT_ONCE = 500  # numbers in a statement


def column(wanted: Any, by: Any, values: Sequence[Any]) -> list[Any]:
    """Of the rows in which `by` is one of the values."""
    found = []
    for some in slices(list(values)):
        found += [value for (value,) in wanted.model.select(wanted).where(by.in_(some)).tuples()]
    return found


def slices(values: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])
