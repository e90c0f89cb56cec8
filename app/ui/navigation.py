"""The rail at the left of the main window: Compose, the pages, the inboxes' states in words, the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QSizePolicy, QWidget

from app.domain.changes import Area, Change
from app.ui.inboxes.words import state_words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import clear, column, host, row
from app.ui.kit.widgets import Avatar, ClickableRow, Dot, Elided, Glyph, button, initials, label, press_on_enter, tool

if TYPE_CHECKING:
    from app.domain.views import InboxCard
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

PAGES = (
    ("activity", "Activity"),
    ("contacts", "Contacts"),
    ("companies", "Companies"),
    ("deals", "Deals"),
    ("review", "Review"),
    ("inboxes", "Inboxes"),
    ("settings", "Settings"),
    ("help", "Help"),
)
ICONS = {"companies": "company", "deals": "deal"}  # those that are not called like their page
SHOWN_INBOXES = 5
INBOX_HEIGHT, OTHER_HEIGHT = 44, 492  # of an inbox, and of all else in the rail


class NavButton(QPushButton):
    """A page; with a count at its right edge."""

    def __init__(self, theme: Theme, name: str, text: str, shortcut: str) -> None:
        super().__init__(text)
        self._theme, self._name = theme, name
        self._count = 0
        self.setObjectName(name)
        self.setProperty("kind", "nav")
        self.setFont(theme.font("medium"))
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(f"{text} ({shortcut})")
        self.setAccessibleName(text)
        theme.bind_icon(self, ICONS.get(name, name), "muted", k.ICON_NAV)
        self.toggled.connect(self._on_toggled)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self._theme.bind_icon(
            self, ICONS.get(self._name, self._name), "accent_soft_text" if on else "muted", k.ICON_NAV
        )

    def set_count(self, count: int, what: str = "not seen") -> None:
        self._count = count
        self.setAccessibleName(f"{self.text()}, {times.number(count)} {what}" if count else self.text())
        self.update()

    def count(self) -> int:
        return self._count

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_on_enter(self, event):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._count:
            painter = QPainter(self)
            painter.setFont(self._theme.font("small_strong"))
            painter.setPen(self._theme.c("accent_soft_text" if self.isChecked() else "muted"))
            text = times.number(self._count) if self._count < 1000 else "999+"
            area = QRect(0, 0, self.width() - k.S3, self.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
            painter.end()


class Navigation(QFrame):
    page_requested = Signal(str)
    compose_requested = Signal()
    search_requested = Signal()

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "rail")
        self.setFixedWidth(theme.px(k.W_NAV))
        self.setAccessibleName("Navigation")
        self.compose_button = button(theme, "Compose", "primary", "compose")
        self.compose_button.setToolTip("Compose (Ctrl+N)")
        self.compose_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.compose_button.clicked.connect(self.compose_requested)
        self.search_button = tool(theme, "search", "Search messages")
        self.search_button.setToolTip("Search messages (Ctrl+Shift+F)")
        self.search_button.clicked.connect(self.search_requested)
        self._group = QButtonGroup(self)
        self._pages: dict[str, NavButton] = {}
        for position, (name, text) in enumerate(PAGES):
            made = NavButton(theme, name, text, f"Ctrl+{position + 1}")
            self._group.addButton(made)
            self._pages[name] = made
        self._group.buttonClicked.connect(self._on_page)
        brand = row(
            Glyph(theme, "post", "accent", 20), label(theme, "Hitchpost", "heading"), None, margins=(6, 0, 0, 0)
        )
        self._inboxes = column(gap=k.S2, margins=(k.S1, 0, 0, 0))
        self._avatar = Avatar(theme, "", 28)
        self._user = Elided(theme, "", "medium")
        self._me = host(row(self._avatar, (self._user, 1), margins=(8, k.S3, 8, 0)))
        self.setLayout(
            column(
                brand,
                k.S3,
                row((self.compose_button, 1), self.search_button, gap=k.S2),
                k.S3,
                *self._pages.values(),
                None,
                self._inboxes,
                self._me,
                gap=2,
                margins=(k.S3, k.S4, k.S3, k.S4),
            )
        )
        self._cards: tuple[InboxCard, ...] = ()
        self._shown: tuple[tuple[str, str, str], ...] | None = None
        self._room = SHOWN_INBOXES
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(40)
        self._soon.timeout.connect(self.refresh)
        program.changed.connect(self._on_changed)
        program.event_arrived.connect(self._on_event)
        program.inbox_state_changed.connect(self._on_state)
        self.refresh()

    def page_button(self, name: str) -> NavButton:
        return self._pages[name]

    def set_page(self, name: str) -> None:
        """Marks a page; "" marks none (Compose)."""
        if name in self._pages:
            self._pages[name].setChecked(True)
            return
        self._group.setExclusive(False)
        for made in self._pages.values():
            made.setChecked(False)
        self._group.setExclusive(True)

    @Slot()
    def refresh(self) -> None:
        self._pages["activity"].set_count(self._program.unseen())
        self._pages["review"].set_count(self._program.review_count(), "waiting")
        self._cards = self._program.inboxes()
        self._show_inboxes()
        name = str(self._program.get_setting("user_name"))
        self._me.setVisible(bool(name))
        self._user.setText(name)
        self._avatar.set_text(initials(name))

    def _show_inboxes(self) -> None:
        lines = tuple((card.address, *state_words(card)[:2]) for card in self._cards)
        if lines == self._shown:
            return
        self._shown = lines
        clear(self._inboxes)
        theme = self._theme
        order = sorted(lines, key=lambda line: line[2] in ("ok", "accent"))  # those that need something come first
        self._room = self._inbox_room()
        if lines and not self._room:
            self._add_count(order)
            return
        self._add_line("Inboxes", "small_strong")
        if not lines:
            self._add_line("None connected yet", "small")
        for address, text, tone in order[: self._room]:
            state_tone = tone if tone in ("warn", "bad") else "faint"
            lay = row(
                Dot(theme, tone),
                (column(Elided(theme, address, "small"), label(theme, text, "caption", state_tone), gap=0), 1),
                gap=10,
                margins=(6, 2, k.S1, 2),
            )
            part = ClickableRow("nav", lay, f"{address}: {text}")
            part.setToolTip(address)
            part.pressed.connect(self._on_inbox)
            self._inboxes.addWidget(part)
        if len(order) > self._room:
            more = times.count(len(order) - self._room, "more inbox", "more inboxes")
            self._add_line(more, "small")

    def _inbox_room(self) -> int:
        """How many inboxes have room below the pages."""
        left = self.height() - self._theme.px(OTHER_HEIGHT)
        return max(0, min(SHOWN_INBOXES, left // self._theme.px(INBOX_HEIGHT)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._inbox_room() != self._room:
            self._shown = None
            self._show_inboxes()

    def _add_count(self, order: list[tuple[str, str, str]]) -> None:
        """In a low window: how many there are, and how the worst of them stands."""
        text = order[0][1] if len(order) == 1 else times.count(len(order), "inbox", "inboxes")
        lay = row(Dot(self._theme, order[0][2]), (Elided(self._theme, text, "small", "muted"), 1), gap=10,
                  margins=(6, 2, k.S1, 2))  # fmt: skip
        told = "; ".join(f"{address}: {state}" for address, state, _ in order)
        part = ClickableRow("nav", lay, told)
        part.setToolTip(told.replace("; ", "\n"))
        part.pressed.connect(self._on_inbox)
        self._inboxes.addWidget(part)

    def _add_line(self, text: str, role: str) -> None:
        self._inboxes.addLayout(row(label(self._theme, text, role, "faint"), None, margins=(6, 0, 0, 0)))

    @Slot()
    def _on_inbox(self) -> None:
        self.page_requested.emit("inboxes")

    @Slot(QPushButton)
    def _on_page(self, made: QPushButton) -> None:
        self.page_requested.emit(made.objectName())

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.EVENTS, Area.INBOXES, Area.SETTINGS, Area.REVIEW}:
            self._soon.start()

    @Slot(object)
    def _on_event(self, _event: object) -> None:
        self._soon.start()

    @Slot(int)
    def _on_state(self, _inbox: int) -> None:
        self._soon.start()
