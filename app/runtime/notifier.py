"""Decides whether an event notifies, and shows it: over D-Bus where a notification service answers, else by the tray."""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Signal, Slot

from app.domain.notices import Notice, Quiet, decide_notice
from app.domain.views import FeedRow
from app.services.workspace import Workspace


class Notifier(QObject):
    """`show` answers whether a notice was shown and why (not). The feed in the program is the truth; a notice that
    cannot be shown is no fault."""

    clicked = Signal(int)  # EventId of the notification
    tray_requested = Signal(str, str)  # title, body: for a tray icon to show; plain text

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = workspace.store
        self._desktop: QObject | None = None
        self._last_shown = 0
        self.has_tray = False  # set by the program's window when there is a tray that shows messages

    def start(self) -> None:
        if sys.platform != "linux":
            return
        from app.runtime.desktop_notifications import DesktopNotifications

        desktop = DesktopNotifications("Hitchpost", "hitchpost", self)
        desktop.clicked.connect(self._on_clicked)
        self._desktop = desktop
        desktop.start()

    def stop(self) -> bool:
        desktop, self._desktop = self._desktop, None
        return desktop is None or bool(desktop.stop())  # type: ignore[attr-defined]

    @property
    def available(self) -> bool:
        return self.has_tray or bool(getattr(self._desktop, "available", False))

    def show(self, row: FeedRow) -> tuple[bool, str]:
        decided = decide_notice(row, {**self._store.settings.all()})
        if isinstance(decided, Quiet):
            return False, decided.why
        return self._display(row, decided)

    def _display(self, row: FeedRow, notice: Notice) -> tuple[bool, str]:
        if getattr(self._desktop, "available", False):
            from app.runtime.desktop_notifications import DesktopNotifications, Note

            assert isinstance(self._desktop, DesktopNotifications)
            topic = f"{row.kind.value}:{row.message_pk}:{row.address}"
            self._desktop.show(Note(str(row.id), notice.title, notice.body, topic, notice.urgent))
            return True, "Shown as a desktop notification"
        if self.has_tray:
            self._last_shown = int(row.id)
            self.tray_requested.emit(notice.title, notice.body)
            return True, "Shown by the tray icon"
        return False, "This desktop shows no notifications; it is in the feed"

    @Slot()
    def tray_message_clicked(self) -> None:
        """The tray cannot say which one was clicked: it is taken for the last one."""
        if self._last_shown:
            self.clicked.emit(self._last_shown)

    @Slot(str)
    def _on_clicked(self, key: str) -> None:
        self.clicked.emit(int(key))
