"""Decides whether an event notifies, and shows it: over D-Bus where a notification service answers, else by the tray."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.notices import Note, Notice, Quiet, decide_notice
from app.domain.views import FeedRow
from app.services.workspace import Workspace

if TYPE_CHECKING:
    from app.runtime.desktop_notifications import DesktopNotifications


class Notifier(QObject):
    """`show` answers whether a notice was shown and why (not). The feed in the program is the truth; a notice that
    cannot be shown is no fault."""

    clicked = Signal(int)  # EventId of the notification
    tray_requested = Signal(str, str)  # title, body: for a tray icon to show; plain text

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = workspace.store
        self._desktop: DesktopNotifications | None = None
        self._last_shown = 0
        self.has_tray = False  # set by the program's window when there is a tray that shows messages

    def start(self) -> None:
        if sys.platform == "linux":
            from app.runtime.desktop_notifications import DesktopNotifications  # jeepney is there on Linux only

            self._desktop = DesktopNotifications("Hitchpost", "hitchpost", self)
            self._desktop.clicked.connect(self._on_clicked)
            self._desktop.start()

    def stop(self) -> bool:
        desktop, self._desktop = self._desktop, None
        return desktop is None or desktop.stop()

    @property
    def available(self) -> bool:
        return self.has_tray or (self._desktop is not None and self._desktop.available)

    def show(self, row: FeedRow) -> tuple[bool, str]:
        decided = decide_notice(row, {**self._store.settings.all()})
        if isinstance(decided, Quiet):
            return False, decided.why
        return self._display(row, decided)

    def tell(self, title: str, body: str) -> None:
        """A notice of the program itself; clicking it leads nowhere."""
        self._show(Note("0", title, body))

    def _display(self, row: FeedRow, notice: Notice) -> tuple[bool, str]:
        topic = f"{row.kind.value}:{row.message_pk}:{row.address}"
        how = self._show(Note(str(row.id), notice.title, notice.body, topic, notice.urgent))
        return (True, how) if how else (False, "this desktop shows none")

    def _show(self, note: Note) -> str:
        """How it was shown; empty when it was not."""
        if self._desktop is not None and self._desktop.available:
            self._desktop.show(note)
            return "shown as a desktop notification"
        if self.has_tray:
            self._last_shown = int(note.key)
            self.tray_requested.emit(note.title, note.body)
            return "shown by the tray icon"
        return ""

    @Slot()
    def tray_message_clicked(self) -> None:
        """The tray cannot say which one was clicked: it is taken for the last one."""
        if self._last_shown:
            self.clicked.emit(self._last_shown)

    @Slot(str)
    def _on_clicked(self, key: str) -> None:
        if int(key):
            self.clicked.emit(int(key))
