"""One inbox: its state, its numbers, and the one thing to do about it. Used by the inboxes page."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from app.domain.inboxes import InboxKind, InboxState
from app.domain.views import InboxCard
from app.ui.dialogs.secret_words import LOCKED
from app.ui.inboxes import words
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.flow import FlowLayout
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import (
    Avatar,
    Banner,
    Chip,
    Elided,
    FittingElided,
    ToolButton,
    button,
    label,
    progress,
)
from app.words.problems import explain

BUSY_FOR = 3_000  # ms: "Syncing…" at least as long as it takes to read it


class NumberCell(QWidget):
    """A value over its name."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self._value = label(theme, "", "strong")
        self.setLayout(column(self._value, label(theme, name, "small", "faint"), gap=0))
        self._name = name

    def set_value(self, text: str) -> None:
        self._value.setText(text)
        self.setAccessibleName(f"{self._name}: {text}")


class InboxCardView(QFrame):
    reconnect_requested = Signal(str)  # address
    enable_requested = Signal(int)
    unlock_requested = Signal()
    sync_requested = Signal(int)
    ledger_requested = Signal(int)
    disable_requested = Signal(int)
    remove_requested = Signal(int)

    def __init__(self, theme: Theme, card: InboxCard) -> None:
        super().__init__()
        self._theme = theme
        self.card = card
        self._by_passphrase = False
        self.setProperty("box", "card")
        name, letter = words.PROVIDERS[card.provider]
        kind = "Team" if card.kind is InboxKind.TEAM else "Personal"
        self.address = FittingElided(theme, card.address, "heading")
        self.chip = Chip(theme, "")
        self.sync_button = button(theme, "Sync now", name=f"Sync {card.address} now")
        self.sync_button.clicked.connect(self._on_sync)
        self.more = ToolButton(theme, "more", f"More actions for {card.address}")
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.more.setMenu(self._menu)
        indent = theme.px(40) + k.S3
        head = row(
            Avatar(theme, letter, 40, square=True),
            (
                column(
                    row(self.address, self.chip, None, gap=10),
                    Elided(theme, f"{name} · {kind}", "small", "muted"),
                    gap=2,
                ),
                1,
            ),
            self.sync_button,
            self.more,
            gap=k.S3,
        )
        self.reconnect_button = button(theme, "Reconnect", name=f"Reconnect {card.address}")
        self.reconnect_button.clicked.connect(self._on_reconnect)
        self.trouble = Banner(theme, "warn", "", self.reconnect_button)
        self._trouble = host(row((self.trouble, 1), margins=(indent, 0, 0, 0)))
        self._look_text = label(theme, "First look: reading headers", "medium")
        self._look_count = label(theme, "", "small", "muted")
        self._bar = progress(theme, "First look")
        self._look = host(
            column(
                row(self._look_text, None, self._look_count),
                self._bar,
                label(
                    theme,
                    "Bodies are read only of replies to what you sent or logged. You can go on working.",
                    "small",
                    "faint",
                    wrap=True,
                ),
                gap=6,
                margins=(indent, 0, 0, 0),
            )
        )
        self._last = NumberCell(theme, "Last sync")
        self._folders = NumberCell(theme, "Folders")
        self._headers = NumberCell(theme, "Headers read")
        self._bodies = NumberCell(theme, "Bodies read")
        self._numbers = host(FlowLayout(self._last, self._folders, self._headers, self._bodies, gap=40))
        numbers = row((self._numbers, 1), margins=(indent, 0, 0, 0))
        self.setLayout(column(head, self._trouble, self._look, numbers, gap=k.S3, margins=(k.S4, k.S4, k.S4, k.S4)))
        self._ready = QTimer(self)
        self._ready.setSingleShot(True)
        self._ready.setInterval(BUSY_FOR)
        self._ready.timeout.connect(self.sync_button.set_ready)
        self.show_card(card)

    def show_card(self, card: InboxCard, by_passphrase: bool = False) -> None:
        """`by_passphrase`: its password is in the encrypted file, which waits for its passphrase."""
        self._by_passphrase = by_passphrase
        synced = card.last_sync_at != self.card.last_sync_at
        self.card = card
        text, tone, icon = words.state_words(card)
        self.chip.set(text, tone, icon)
        self.setAccessibleName(f"{card.address}, {text}")
        self._show_trouble()
        self._show_look()
        self.sync_button.setVisible(card.state in (InboxState.CONNECTED, InboxState.UNREACHABLE))
        if synced and self._ready.isActive():
            self._ready.stop()
            self.sync_button.set_ready()
        last = times.capitalised(times.ago(card.last_sync_at, times.now())) if card.last_sync_at else "Not yet"
        self._last.set_value(last)
        self._folders.set_value(words.folder_names(card))
        self._headers.set_value(times.number(card.headers_read))
        self._bodies.set_value(times.number(card.bodies_read))
        self._numbers.setVisible(not self._look.isVisibleTo(self))

    def _show_trouble(self) -> None:
        card = self.card
        self._trouble.setVisible(card.problem is not None or card.state is InboxState.DISABLED)
        since = times.since(card.since, times.now())
        if card.state is InboxState.DISABLED:
            self.trouble.set(
                "info",
                f"Disabled since {since}",
                "Nothing is read and nothing can be sent. Logged mail stays; reading goes on from the same place.",
            )
            self.reconnect_button.setVisible(True)
            self.reconnect_button.set_verb("Enable")
            return
        if card.problem is None:
            return
        if words.is_locked(card) and self._by_passphrase:
            self.trouble.set("warn", *LOCKED)
            self.reconnect_button.setVisible(True)
            self.reconnect_button.set_verb("Unlock…")
            return
        told = explain(card.problem)
        waits = card.state in (InboxState.NEEDS_SIGN_IN, InboxState.CERTIFICATE)
        rest = (
            f"Since {since}. Replies since then are not logged yet. Nothing is lost: reading goes on from the same place."
            if waits
            else f"Since {since}. It is tried again by itself; nothing is lost."
        )
        kind = "bad" if card.state is InboxState.CERTIFICATE else "warn"
        self.trouble.set(kind, told.title, f"{told.cause} {told.remedy} {rest}".strip())
        self.reconnect_button.setVisible(waits)
        self.reconnect_button.set_verb("Reconnect")

    def _show_look(self) -> None:
        looking = words.first_look(self.card)
        active = self.card.state in (InboxState.CONNECTING, InboxState.CONNECTED)
        begun = self.card.state is InboxState.CONNECTING
        self._look.setVisible(active and (looking is not None or begun))
        if looking is None:
            self._bar.setRange(0, 0)
            self._look_text.setText("First look: finding folders")
            self._look_count.setText("")
            return
        done, total = looking
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._look_text.setText("First look: reading headers")
        count = f"{times.number(done)} of {times.number(total)}"
        self._look_count.setText(count)
        self._bar.setAccessibleName(f"First look: {count} headers")

    @Slot()
    def _fill_menu(self) -> None:
        self._menu.clear()
        self._action("What was read…", self._on_ledger)
        self._menu.addSeparator()
        if self.card.state is InboxState.DISABLED:
            self._action("Enable", self._on_enable)
        else:
            self._action("Sign in again…", self._on_reconnect)
            self._action("Disable", self._on_disable)
        self._action("Remove…", self._on_remove)

    def _action(self, text: str, slot: Callable[[], None]) -> None:
        action = QAction(text, self._menu)
        action.triggered.connect(slot)
        self._menu.addAction(action)

    # --- wishes

    @Slot()
    def _on_sync(self) -> None:
        self.sync_button.set_busy("Syncing…")
        self._ready.start()
        self.sync_requested.emit(self.card.id)

    @Slot()
    def _on_reconnect(self) -> None:
        if self.card.state is InboxState.DISABLED:
            self.enable_requested.emit(self.card.id)
        elif self.sender() is self.reconnect_button and words.is_locked(self.card) and self._by_passphrase:
            self.unlock_requested.emit()
        else:
            self.reconnect_requested.emit(self.card.address)

    @Slot()
    def _on_enable(self) -> None:
        self.enable_requested.emit(self.card.id)

    @Slot()
    def _on_ledger(self) -> None:
        self.ledger_requested.emit(self.card.id)

    @Slot()
    def _on_disable(self) -> None:
        self.disable_requested.emit(self.card.id)

    @Slot()
    def _on_remove(self) -> None:
        self.remove_requested.emit(self.card.id)
