"""The panel at the right of the compose page: what holds for this message before it goes out. In a narrow window, a button
that opens the same as a dialog."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from app.ui.compose.preflight import Fact
from app.ui.kit import tokens as k
from app.ui.kit.dialog import Dialog
from app.ui.kit.layout import clear, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, label

TONES = {"ok": "ok", "warn": "warn", "neutral": "neutral"}
TITLE, SENTENCE = "Before it goes out", "What can be seen and what is kept"


def fact_line(theme: Theme, fact: Fact) -> QWidget:
    words = column(
        label(theme, fact.title, "medium", wrap=True), label(theme, fact.text, "small", "muted", wrap=True), gap=2
    )
    line = host(row(column(2, Glyph(theme, fact.icon, TONES[fact.tone]), None, gap=0), (words, 1), gap=10))
    line.setAccessibleName(f"{fact.title}. {fact.text}")
    return line


class PreflightDialog(Dialog):
    def __init__(self, theme: Theme, facts: tuple[Fact, ...], parent: QWidget | None) -> None:
        super().__init__(theme, TITLE, f"{SENTENCE}.", parent, width=440, cancel="Close")
        self.setObjectName("preflight")
        for fact in facts:
            self.add(fact_line(theme, fact))
        layout = self.layout()
        if layout is not None:
            self.resize(self.minimumWidth(), layout.heightForWidth(self.minimumWidth()))


class PreflightPanel(QFrame):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("box", "panel")
        self.setFixedWidth(theme.px(k.W_SIDE))
        self._facts = column(gap=k.S4)
        self._shown: tuple[Fact, ...] = ()
        head = column(
            label(theme, TITLE, "heading"),
            label(theme, SENTENCE, "small", "muted", wrap=True),
            gap=0,
        )
        inner = column(head, self._facts, None, gap=k.S4, margins=(k.S5, k.S5, k.S5, k.S5))
        self.setLayout(column(scroll(host(inner)), gap=0))

    def facts(self) -> tuple[Fact, ...]:
        return self._shown

    def show_facts(self, facts: tuple[Fact, ...]) -> None:
        if facts == self._shown:
            return
        self._shown = facts
        clear(self._facts)
        for fact in facts:
            self._facts.addWidget(fact_line(self._theme, fact))
