"""A window that is closed to the tray, or ends the program, and opens again where it was. The base of the main window."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from app.domain.errors import HitchpostError
from app.domain.outbox import OutboxState
from app.ui.dialogs.confirm_dialog import ConfirmDialog
from app.ui.kit.room import centred_in, keep_within_screen, room_for

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme


class ClosingWindow(QMainWindow):
    """`hidden_to_tray` comes when closing left it in the tray."""

    hidden_to_tray = Signal()

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self._theme, self._program = theme, program
        self.has_tray = False
        self._quitting = False

    def set_tray(self, available: bool) -> None:
        """Whether closing the window leaves the program in a tray."""
        self.has_tray = available

    @Slot()
    def quit(self) -> None:
        """Asks the program to end; who built the window closes it."""
        if self._quitting:
            return
        self._quitting = True
        self._keep_place()
        try:
            self.hide()
        finally:  # whatever a page does when it is left
            self._program.quit()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._quitting:
            event.accept()
            return
        event.ignore()
        self._keep_place()
        if self.has_tray:
            self.hide()
            self.hidden_to_tray.emit()
            return
        if not self._program.inboxes():
            self.quit()
            return
        dialog = ConfirmDialog(
            self._theme,
            "Quit Hitchpost?",
            "This desktop shows no tray, so the program ends with its window. Until it runs again you are not told of "
            "opens, clicks and replies.",
            "Quit",
            self,
            safe=f"Nothing is lost: they are read at the next start.{self._waiting_words()}",
        )
        dialog.accepted.connect(self.quit)
        dialog.open()

    def _waiting_words(self) -> str:
        """What does not go out while the program does not run."""
        count = sum(row.state in (OutboxState.QUEUED, OutboxState.SENDING) for row in self._program.waiting())
        if not count:
            return ""
        one, many = "One message is still to go out: it waits", f"{count} messages are still to go out: they wait"
        return f" {one if count == 1 else many} until then."

    def _keep_place(self) -> None:
        """Where that fails, the window opens elsewhere next time: nothing to speak of, and no reason to stay open."""
        packed = base64.b64encode(bytes(self.saveGeometry().data())).decode("ascii")
        with suppress(HitchpostError):
            self._program.set_setting("_window.geometry", packed)

    def restore_place(self) -> None:
        """Where it was and as large as it was, as far as the screen of today has room for it; the first time in its middle."""
        packed = str(self._program.get_setting("_window.geometry"))
        if not (packed and self._restore(packed)) and (room := room_for(self)) is not None:
            self.setGeometry(centred_in(self.size(), room))
        keep_within_screen(self)

    def _restore(self, packed: str) -> bool:
        try:
            return self.restoreGeometry(QByteArray(base64.b64decode(packed, validate=True)))
        except (ValueError, binascii.Error):
            return False  # a broken value: the default size
