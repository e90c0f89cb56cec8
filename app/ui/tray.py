"""The tray icon and its menu. Works, doing nothing, where the desktop has no tray. Built by the bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.domain.changes import Area, Change
from app.domain.inboxes import NEEDS_PERSON, SYNCING_STATES, InboxState
from app.ui.kit import times
from app.ui.pictures import tray_icon

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme
    from app.ui.main_window import MainWindow

LATE = 30_000  # ms: a desktop may bring up its tray after us


class Tray(QObject):
    """`available` tells whether there is a tray; it may come later (a panel that starts after the program)."""

    availability_changed = Signal(bool)

    def __init__(self, theme: Theme, program: Program, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme, self._program, self._window = theme, program, window
        self._told_hidden = False
        self._state: tuple[str, str] | None = None
        self.menu = QMenu()
        self._action("Open Hitchpost", window.raise_to_front)
        self.compose_action = self._action("Compose", self._on_compose)
        self.menu.addSeparator()
        self.sync_action = self._action("Sync now", self.sync_all)
        self.pause_action = self._action("Pause notifications", None)
        self.pause_action.setCheckable(True)
        self.pause_action.toggled.connect(self._on_pause)
        self.menu.addSeparator()
        self.quit_action = self._action("Quit", window.quit)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._on_activated)
        self.available = False
        self._late = QTimer(self)
        self._late.setInterval(1_000)
        self._late.timeout.connect(self.look)
        self._waited = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(50)
        self._soon.timeout.connect(self.refresh)
        program.changed.connect(self._on_changed)
        program.event_arrived.connect(self._on_event)
        program.inbox_state_changed.connect(self._on_inbox)
        window.hidden_to_tray.connect(self._on_hidden)
        theme.app.styleHints().colorSchemeChanged.connect(self._on_scheme)
        self.refresh()
        self.look()
        if not self.available:
            self._late.start()

    def _action(self, text: str, slot: Callable[[], None] | None) -> QAction:
        action = QAction(text, self.menu)
        if slot is not None:
            action.triggered.connect(slot)
        self.menu.addAction(action)
        return action

    @Slot()
    def look(self) -> None:
        """Whether there is a tray now; asked again for half a minute after the start."""
        self._waited += self._late.interval()
        found = QSystemTrayIcon.isSystemTrayAvailable()
        if found != self.available:
            self.available = found
            self.icon.setVisible(found)
            self._window.set_tray(found)
            self.availability_changed.emit(found)
        if found or self._waited > LATE:
            self._late.stop()

    @Slot()
    def refresh(self) -> None:
        unseen = self._program.unseen()
        cards = self._program.inboxes()
        lost = [card.address for card in cards if card.state in NEEDS_PERSON]
        paused = sum(card.state is InboxState.PAUSED for card in cards)
        if lost:
            state, text = "trouble", f"{lost[0]} needs you" if len(lost) == 1 else f"{len(lost)} inboxes need you"
        elif unseen:
            state, text = "unseen", times.count(unseen, "new event", "new events")
        else:
            state, text = "", "Nothing new" if cards else "No inbox connected"
        if paused:
            text += f"; {times.count(paused, 'inbox is paused', 'inboxes are paused')}"
        scheme = self._theme.app.styleHints().colorScheme()
        if (state, f"{text}{scheme}") != self._state:
            self._state = (state, f"{text}{scheme}")
            self.icon.setIcon(tray_icon(scheme, state))
            self.icon.setToolTip(f"Hitchpost: {text}")
        self.compose_action.setEnabled(bool(cards))
        self.sync_action.setEnabled(any(card.state in SYNCING_STATES for card in cards))
        self.pause_action.blockSignals(True)
        self.pause_action.setChecked(bool(self._program.get_setting("notify_paused")))
        self.pause_action.blockSignals(False)

    @Slot()
    def sync_all(self) -> None:
        for card in self._program.inboxes():
            if card.state in SYNCING_STATES:
                self._program.sync_now(card.id)

    @Slot()
    def _on_compose(self) -> None:
        self._window.raise_to_front()
        self._window.compose()

    @Slot(bool)
    def _on_pause(self, on: bool) -> None:
        with self._program.wish("Notifications were not paused" if on else "Notifications stay paused"):
            self._program.set_setting("notify_paused", on)
        self._soon.start()  # the mark in the menu shows what is so

    @Slot(QSystemTrayIcon.ActivationReason)
    def _on_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Trigger:
            return
        if self._window.isVisible() and self._window.isActiveWindow():
            self._window.close()
        else:
            self._window.raise_to_front()

    @Slot()
    def _on_hidden(self) -> None:
        if self._told_hidden:
            return
        self._told_hidden = True  # once: after that the person knows
        self._program.tell("Hitchpost keeps listening", "Quit it from the tray’s menu.")

    @Slot(object)
    def _on_changed(self, change: Change) -> None:
        if change.areas & {Area.EVENTS, Area.INBOXES, Area.SETTINGS}:
            self._soon.start()

    @Slot(object)
    def _on_event(self, _event: object) -> None:
        self._soon.start()

    @Slot(int)
    def _on_inbox(self, _inbox: int) -> None:
        self._soon.start()

    @Slot()
    def _on_scheme(self) -> None:
        self._soon.start()
