"""The Inboxes page: a card for each connected account. Connects, reconnects, disables, removes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from app.domain.changes import Area, Change
from app.domain.errors import HitchpostError
from app.domain.inboxes import InboxId
from app.domain.views import InboxCard
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.inboxes.card import InboxCardView
from app.ui.inboxes.ledger import LedgerDialog
from app.ui.inboxes.words import is_locked
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, host, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button
from app.ui.page import hero, page_bar

if TYPE_CHECKING:
    from app.runtime.program import Program


class InboxesPage(QFrame):
    connect_requested = Signal(str)  # address to connect again, or ""
    unlock_requested = Signal()

    def __init__(self, theme: Theme, program: Program, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.setProperty("box", "window")
        self._cards: dict[InboxId, InboxCardView] = {}
        self.ledger_button = button(theme, "What was read", "quiet", "shield")
        self.connect_button = button(theme, "Connect an inbox", "primary", "plus")
        self.empty_connect = button(theme, "Connect an inbox", "primary", "plus")
        self._list = column(None, gap=k.S3, margins=(k.S6, k.S5, k.S6, k.S6))
        self._stack = QStackedWidget()
        self._stack.addWidget(scroll(host(self._list)))
        nothing = hero(
            theme,
            "inboxes",
            "No inbox is connected",
            "Connect one to send from it and to have replies logged by themselves.",
            self.empty_connect,
        )
        self._stack.addWidget(box("surface", column(None, nothing, None, None)))
        bar = page_bar(theme, "Inboxes", self.ledger_button, self.connect_button)
        self.setLayout(column(bar, (self._stack, 1), gap=0))
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(60)
        self._soon.timeout.connect(self.refresh)
        self._tick = QTimer(self)  # "2 min ago" grows older
        self._tick.setInterval(20_000)
        self._tick.timeout.connect(self.refresh)
        self.ledger_button.clicked.connect(self._on_whole_ledger)
        self.connect_button.clicked.connect(self._on_connect)
        self.empty_connect.clicked.connect(self._on_connect)
        program.changed.connect(self._on_changed)
        program.inbox_state_changed.connect(self._on_state)
        self.refresh()

    def card(self, inbox_id: int) -> InboxCardView | None:
        return self._cards.get(InboxId(inbox_id))

    @Slot()
    def refresh(self) -> None:
        cards = self._program.inboxes()
        ids = [card.id for card in cards]
        locked = any(is_locked(c) for c in cards) and self._program.secret_status().kind == "locked"
        if ids == list(self._cards):
            for card in cards:
                self._cards[card.id].show_card(card, locked)
        else:
            for gone in set(self._cards) - set(ids):
                view = self._cards[gone]
                self._list.removeWidget(view)
                view.hide()
                view.deleteLater()
            views = {card.id: self._cards.get(card.id) or self._make(card) for card in cards}
            for position, card in enumerate(cards):
                self._list.insertWidget(position, views[card.id])
                views[card.id].show_card(card, locked)
            self._cards = views
        self._stack.setCurrentIndex(0 if cards else 1)
        self.ledger_button.setVisible(bool(cards))
        self.connect_button.setVisible(bool(cards))

    def _make(self, card: InboxCard) -> InboxCardView:
        view = InboxCardView(self._theme, card)
        view.reconnect_requested.connect(self.connect_requested)
        view.unlock_requested.connect(self.unlock_requested)
        view.sync_requested.connect(self._on_sync)
        view.enable_requested.connect(self._on_enable)
        view.disable_requested.connect(self._on_disable)
        view.remove_requested.connect(self._on_remove)
        view.ledger_requested.connect(self._on_ledger)
        return view

    @Slot()
    def _on_connect(self) -> None:
        self.connect_requested.emit("")

    @Slot(int)
    def _on_sync(self, inbox_id: int) -> None:
        self._program.sync_now(InboxId(inbox_id))

    @Slot(int)
    def _on_enable(self, inbox_id: int) -> None:
        self._program.enable(InboxId(inbox_id))

    @Slot(int)
    def _on_disable(self, inbox_id: int) -> None:
        self._program.disable(InboxId(inbox_id))

    @Slot(int)
    def _on_remove(self, inbox_id: int) -> None:
        view = self._cards.get(InboxId(inbox_id))
        if view is None:
            return
        dialog = ConfirmDialog(
            self._theme,
            f"Remove {view.card.address}?",
            "Hitchpost stops reading it and sending from it, and deletes its password from this computer.",
            "Remove",
            self.window(),
            danger=True,
            safe="Logged messages and contacts stay. The mailbox itself is not touched.",
        )
        dialog.accepted.connect(partial(self._remove, InboxId(inbox_id)))
        dialog.open()

    def _remove(self, inbox_id: InboxId) -> None:
        try:
            self._program.remove(inbox_id)
        except HitchpostError as fault:
            self._program.failed.emit("The inbox was not removed", str(fault))

    @Slot(int)
    def _on_ledger(self, inbox_id: int) -> None:
        LedgerDialog(self._theme, self._program, InboxId(inbox_id), self.window()).open()

    @Slot()
    def _on_whole_ledger(self) -> None:
        LedgerDialog(self._theme, self._program, None, self.window()).open()

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.INBOXES, Area.LEDGER}:
            self._soon.start()

    @Slot(int)
    def _on_state(self, _inbox: int) -> None:
        self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._tick.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._tick.stop()
