"""The panel at the right of the compose page: what holds for this message before it goes out. In a narrow window, a button
that opens the same as a dialog."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from app.ui.compose import readings
from app.ui.compose.preflight import SEVERAL, Fact
from app.ui.compose.readings import PersonLine
from app.ui.kit import tokens as k
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.layout import clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, Glyph, label

TONES = {"ok": "ok", "warn": "warn", "neutral": "neutral"}
MOST_HIGH = 420  # px at 100 % of the dialog's list; more of it is scrolled to
TITLE, SENTENCE = "Before it goes out", "What can be seen and what is kept"


def fact_line(theme: Theme, fact: Fact) -> QWidget:
    words = column(
        label(theme, fact.title, "medium", wrap=True), label(theme, fact.text, "small", "muted", wrap=True), gap=2
    )
    made = host(row(column(2, Glyph(theme, fact.icon, TONES[fact.tone]), None, gap=0), (words, 1), gap=10))
    made.setAccessibleName(f"{fact.title}. {fact.text}")
    return made


def people_part(theme: Theme, people: tuple[PersonLine, ...]) -> QWidget:
    """Who can be seen, and who not, and why."""
    lines = column(label(theme, readings.TITLE, "strong"), gap=k.S2)
    for person in people[: readings.MOST]:
        name = Elided(theme, person.name, "medium")
        name.setToolTip(person.address)
        words = column(name, label(theme, person.text, "small", "muted", wrap=True), gap=0)
        glyph = Glyph(theme, person.icon, TONES[person.tone])
        one = host(row(column(2, glyph, None, gap=0), (words, 1), gap=10))
        one.setAccessibleName(f"{person.name}. {person.text}")
        lines.addWidget(one)
    if more := readings.unnamed(people):
        lines.addWidget(label(theme, more, "small", "muted", wrap=True))
    return host(lines)


def all_parts(theme: Theme, facts: tuple[Fact, ...], people: tuple[PersonLine, ...]) -> list[QWidget]:
    """The facts, and after the one about several recipients what is seen of each."""
    parts = []
    for fact in facts:
        parts.append(fact_line(theme, fact))
        if fact.icon == SEVERAL and people:
            parts += [line(), people_part(theme, people), line()]
    return parts


class PreflightDialog(FittingDialog):
    def __init__(
        self, theme: Theme, facts: tuple[Fact, ...], people: tuple[PersonLine, ...], parent: QWidget | None
    ) -> None:
        super().__init__(theme, TITLE, f"{SENTENCE}.", parent, width=440, cancel="Close")
        self.setObjectName("preflight")
        inside = column(*all_parts(theme, facts, people), None, gap=k.S4, margins=(0, 0, k.S3, 0))
        area = scroll(host(inside))
        high = inside.totalHeightForWidth(theme.px(440 - 2 * k.S6))
        area.setMinimumHeight(min(theme.px(MOST_HIGH), high))
        self.add(area, 1)


class PreflightPanel(QFrame):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("box", "panel")
        self.setFixedWidth(theme.px(k.W_SIDE))
        self._parts = column(gap=k.S4)
        self._shown: tuple[tuple[Fact, ...], tuple[PersonLine, ...]] = ((), ())
        head = column(
            label(theme, TITLE, "heading"),
            label(theme, SENTENCE, "small", "muted", wrap=True),
            gap=0,
        )
        inner = column(head, self._parts, None, gap=k.S4, margins=(k.S5, k.S5, k.S5, k.S5))
        self.setLayout(column(scroll(host(inner)), gap=0))

    def facts(self) -> tuple[Fact, ...]:
        return self._shown[0]

    def people(self) -> tuple[PersonLine, ...]:
        return self._shown[1]

    def show_facts(self, facts: tuple[Fact, ...], people: tuple[PersonLine, ...] = ()) -> None:
        if (facts, people) == self._shown:
            return
        self._shown = facts, people
        clear(self._parts)
        for part in all_parts(self._theme, facts, people):
            self._parts.addWidget(part)
