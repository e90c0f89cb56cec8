"""The columns of a table of records: what stands in each, by what it is put in order, and how wide it is. Used by the tables'
heads and painters, and declared by the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.records import RecordOrder
from app.ui.kit import tokens as k
from app.ui.kit.theme import Theme

LEAD = 32  # px: the disc before the first column


@dataclass(frozen=True)
class Cell:
    """`below`: a second, fainter line. `tone`: of a chip that carries the text instead."""

    text: str
    below: str = ""
    color: str = "text"
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Column:
    """`share` of the room that is left, or a fixed `width` in px at 100 %. One with `least` is left out where there is less
    room than that. `order`: what a click on its head puts the table in order by; None where there is no such order. `key`: the
    field that is edited in its cells; empty where they are only read."""

    title: str
    cell: Callable[[Any], Cell]
    order: RecordOrder | None = None
    share: int = 0
    width: int = 0
    right: bool = False
    least: int = 0
    key: str = ""


def places(theme: Theme, columns: Sequence[Column], width: int) -> tuple[tuple[int, int], ...]:
    """Left edge and width of each column in a row of a given width; a width of 0 leaves the column out."""
    left, right, gap = k.S6 + theme.px(LEAD) + k.S3, width - k.S6, k.S4
    shown = [not c.least or width >= theme.px(c.least) for c in columns]
    fixed = sum(theme.px(c.width) for c, on in zip(columns, shown, strict=True) if on)
    shares = sum(c.share for c, on in zip(columns, shown, strict=True) if on)
    room = max(0, right - left - fixed - gap * (sum(shown) - 1))
    found, x = [], left
    for column, on in zip(columns, shown, strict=True):
        wide = 0 if not on else theme.px(column.width) if column.width else room * column.share // max(1, shares)
        found.append((x, wide))
        x += wide + gap if on else 0
    return tuple(found)
