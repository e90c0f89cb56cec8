"""A contact's or company's deals in the panel: name, amount and stage, each a way to its page. Used by both panels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from app.domain.records import DealLine
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, ClickableRow, Elided, label
from app.ui.records.words import amount, spoken, stage_chip


def deal_rows(theme: Theme, deals: Sequence[DealLine], empty: str, opens: Callable[[int], None]) -> list[QWidget]:
    if not deals:
        return [label(theme, empty, "small", "faint")]
    return [_row(theme, deal, opens) for deal in deals]


def _row(theme: Theme, deal: DealLine, opens: Callable[[int], None]) -> QWidget:
    value = amount(deal.amount_minor, deal.currency)
    top = row((Elided(theme, deal.name, "medium"), 1), gap=k.S2)
    if value:
        top.addWidget(label(theme, value, "medium"))
    lines = column(top, row(Chip(theme, *stage_chip(deal)), None), gap=k.S1)
    made = ClickableRow("field", row((lines, 1), margins=(6, 6, 6, 6)), spoken(deal.name, value, deal.stage))
    made.pressed.connect(partial(opens, deal.id))
    return made
