"""Records that may be one, pair by pair, with Compare and Not a duplicate. A base of the lists of contacts and of companies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from app.domain.duplicates import MOST_PAIRS
from app.domain.errors import HitchpostError
from app.domain.records import CompanyPair, DuplicatePair
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Avatar, Banner, Elided, Glyph, button, initials, label, progress, tool
from app.ui.page import hero, in_the_middle
from app.ui.records.words import spoken

if TYPE_CHECKING:
    from app.runtime.program import Program

WIDEST = 860  # px of the column of pairs
Pairs = tuple[DuplicatePair, ...] | tuple[CompanyPair, ...]


@dataclass(frozen=True)
class DuplicateWords:
    """`back`: the button to the table; `each`: what a pair is; `busy`, `none`, `failed`: the states without pairs."""

    back: str
    each: str
    busy: str
    none: str
    failed: str


class DuplicatesView(QFrame):
    """`told`: what was just done, and the call that takes it back, or None. A subclass says what the records are."""

    WORDS: DuplicateWords
    SQUARE = False  # the ground of the initials

    back_requested = Signal()
    merge_requested = Signal(int, int)
    told = Signal(str, object)

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self.setProperty("box", "window")
        self.pairs: Pairs = ()
        self.back_button = tool(theme, "chevron-left", self.WORDS.back)
        self.count = label(theme, "", "body", "faint")
        self.again_button = button(theme, "Look again", "", "refresh")
        bar = box(
            "bar",
            row(
                self.back_button, label(theme, "Duplicates", "title"), self.count, None, self.again_button,
                gap=k.S3, margins=(k.S4, 0, k.S6, 0),
            ),
        )  # fmt: skip
        bar.setFixedHeight(theme.px(k.H_BAR))
        self.trouble = Banner(theme, "bad", "", title=self.WORDS.failed)
        self._list = column(gap=k.S3, margins=(k.S6, k.S4, k.S6, k.S6))
        inner = host(self._list)
        inner.setMaximumWidth(theme.px(WIDEST))
        busy = host(
            column(
                in_the_middle(label(theme, f"{self.WORDS.busy}…", "body", "muted")),
                row(None, (progress(theme, self.WORDS.busy), 2), None),
                gap=k.S3,
            )
        )
        none = hero(theme, "check", "No duplicates", self.WORDS.none)
        self._stack = QStackedWidget()
        for part in (
            scroll(host(row((inner, 100), (host(row()), 1), gap=0))),
            host(column(None, busy, None)),
            host(column(None, none, None, None)),
            host(column(row((self.trouble, 1), margins=(k.S6, k.S4, k.S6, 0)), None)),
        ):
            self._stack.addWidget(part)
        self.setLayout(column(bar, (self._stack, 1), gap=0))
        self.back_button.clicked.connect(self.back_requested)
        self.again_button.clicked.connect(self.look)

    # --- what a subclass says

    def look_up(self, then: Callable[[Any, str], None]) -> None:
        raise NotImplementedError

    def keep_apart(self, one: int, other: int) -> Callable[[], object] | None:
        """Notes that the two are two; returns the call that takes it back, where there is one."""
        raise NotImplementedError

    def name_of(self, line: Any) -> str:
        raise NotImplementedError

    def details(self, line: Any) -> tuple[str, str]:
        """Two lines below the name."""
        raise NotImplementedError

    # --- showing

    def take_focus(self) -> None:
        self.back_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def state(self) -> str:
        """pairs, busy, none or trouble"""
        return ("pairs", "busy", "none", "trouble")[self._stack.currentIndex()]

    @Slot()
    def look(self) -> None:
        self.again_button.setEnabled(False)
        self.count.setText("")
        if not self.pairs:
            self._stack.setCurrentIndex(1)
        self.look_up(self._on_found)

    def _on_found(self, found: Pairs | None, why: str) -> None:
        self.again_button.setEnabled(True)
        if found is None:
            self.pairs = ()
            self.trouble.set("bad", self.WORDS.failed, why)
            self._stack.setCurrentIndex(3)
            return
        self.pairs = found
        self._show()

    def _show(self) -> None:
        clear(self._list)
        self._stack.setCurrentIndex(0 if self.pairs else 2)
        counted = times.count(len(self.pairs), "pair", "pairs") if self.pairs else ""
        self.count.setText(f"The first {counted}" if len(self.pairs) >= MOST_PAIRS else counted)
        self._list.addWidget(label(self._theme, self.WORDS.each, "body", "muted", wrap=True))
        for pair in self.pairs:
            self._list.addWidget(self._card(pair))
        self._list.addStretch(1)

    def _card(self, pair: Any) -> QWidget:
        theme = self._theme
        names = f"{self.name_of(pair.keep)} and {self.name_of(pair.other)}"
        compare = button(theme, "Compare and merge…", name=f"Compare and merge {names}")
        compare.clicked.connect(partial(self.merge_requested.emit, pair.keep.id, pair.other.id))
        apart = button(theme, "Not a duplicate", "quiet", name=f"{names} are not a duplicate")
        apart.clicked.connect(partial(self._apart, pair))
        people = row((self._one(pair.keep), 1), (self._one(pair.other), 1), gap=k.S5)
        why = row(
            Glyph(theme, "info", "faint", k.ICON_SMALL),
            (label(theme, " ".join(pair.reasons), "small", "muted", wrap=True), 1),
            gap=6,
        )
        made = box(
            "card",
            column(people, row((why, 1), apart, compare, gap=k.S2), gap=k.S3, margins=(k.S4, k.S4, k.S4, k.S3)),
        )
        made.setAccessibleName(spoken(names, *pair.reasons))
        return made

    def _one(self, line: Any) -> QWidget:
        theme = self._theme
        name, square = self.name_of(line), self.SQUARE
        below = [Elided(theme, text, "small", "muted") for text in self.details(line)]
        words = column(Elided(theme, name, "strong"), *below, gap=0)
        return host(row(Avatar(theme, initials(name), 32, square=square), (words, 1), gap=k.S3))

    def _apart(self, pair: Any) -> None:
        try:
            undo = self.keep_apart(pair.keep.id, pair.other.id)
        except HitchpostError as fault:
            self._on_found(None, str(fault))
            return
        self.pairs = tuple(p for p in self.pairs if p != pair)  # type: ignore[assignment]
        self._show()
        self.told.emit(f"{self.name_of(pair.keep)} and {self.name_of(pair.other)} are not suggested again", undo)
        self.again_button.setFocus(Qt.FocusReason.OtherFocusReason)
