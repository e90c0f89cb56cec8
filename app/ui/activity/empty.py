"""What one sees before there is anything to see: the first run, and a feed that proves that it listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.inboxes import InboxState
from app.ui.inboxes.words import state_words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, row
from app.ui.kit.widgets import Elided, Glyph, button, disc, label, prose
from app.ui.page import hero

if TYPE_CHECKING:
    from app.domain.views import InboxCard
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

STEPS = (
    ("inboxes", "Connect", "Gmail, Outlook, Exchange, or any mailbox with IMAP. It takes about a minute."),
    ("sent", "Write", "Messages go out through your own mail server, in your name."),
    ("bell", "Know", "Replies are logged by themselves. Opens and clicks reach you at once."),
)


class FirstRun(QFrame):
    """No inbox is connected: what the program does, and the one thing to do first."""

    connect_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("box", "surface")
        self.connect_button = button(theme, "Connect an inbox", "primary", "plus")
        self.connect_button.clicked.connect(self.connect_requested)
        steps = row(None, gap=k.S4)
        for icon, title, text in STEPS:
            card = box(
                "card",
                column(
                    row(disc(theme, icon, "accent"), None),
                    label(theme, title, "strong"),
                    prose(theme, text, "muted"),
                    None,
                    gap=k.S2,
                    margins=(k.S4, k.S4, k.S4, k.S4),
                ),
            )
            card.setMinimumWidth(theme.px(180))
            card.setMaximumWidth(theme.px(232))
            card.setMinimumHeight(theme.px(156))
            steps.addWidget(card, 10)
        steps.addStretch(1)
        safe = "No third party sees your mailbox. You can look up every message that was read."
        self.setLayout(
            column(
                None,
                hero(
                    theme,
                    "post",
                    "Welcome to Hitchpost",
                    "Connect an inbox, and its conversations become a timeline for every contact. Everything stays in "
                    "your own database.",
                    self.connect_button,
                ),
                k.S8,
                steps,
                None,
                row(None, Glyph(theme, "shield", "faint", 14), label(theme, safe, "small", "faint"), None, gap=k.S2),
                gap=0,
                margins=(k.S6, k.S6, k.S6, k.S6),
            )
        )


class EmptyFeed(QWidget):
    """Inboxes are connected and nothing has happened: says so, and shows that it listens. Looks again at each beat while
    it is on screen."""

    compose_requested = Signal()

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self.compose_button = button(theme, "Write a tracked message", "primary", "compose")
        self.compose_button.clicked.connect(self.compose_requested)
        self._proof = column(gap=k.S2)
        theme.tick.follow(self, self.refresh)
        self.setLayout(
            column(
                None,
                hero(
                    theme,
                    "activity",
                    "Nothing has happened yet",
                    "When someone opens a tracked message, clicks a link or replies, it shows here, newest first, with "
                    "the reason we believe it.",
                    self.compose_button,
                ),
                k.S6,
                self._proof,
                None,
                None,
                gap=0,
                margins=(k.S6, 0, k.S6, 0),
            )
        )

    @Slot()
    def refresh(self) -> None:
        clear(self._proof)
        status = self._program.tracking_status()
        if status.available:
            when = f" since {times.since(status.checked_at, times.now())}" if status.checked_at else ""
            self._line("check", "ok", f"Listening: connected to the tracking server{when}")
        else:
            self._line("warn", "warn", status.text or "Tracking is unavailable: opens and clicks are not counted")
        for card in self._program.inboxes()[:4]:
            self._line(*self._inbox_line(card))

    @staticmethod
    def _inbox_line(card: InboxCard) -> tuple[str, str, str]:
        text, tone, _ = state_words(card)
        good = card.state in (InboxState.CONNECTED, InboxState.CONNECTING)
        icon = ("check", "ok") if good else ("warn", tone)
        return *icon, f"{card.address}: {text[:1].lower()}{text[1:]}"

    def _line(self, icon: str, tone: str, text: str) -> None:
        words = Elided(self._theme, text, "small", "muted")
        words.setMaximumWidth(words.natural_width())
        self._proof.addLayout(row(None, Glyph(self._theme, icon, tone, 14), (words, 100), None, gap=k.S2))

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        super().showEvent(event)
