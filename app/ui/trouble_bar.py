"""What went wrong, above every page, until it is dismissed; with the way to locked passwords. Used by the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.secret_words import LOCKED, about_passphrase, for_window
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner, button

if TYPE_CHECKING:
    from app.runtime.program import Program


class TroubleBar(QWidget):
    """Hidden while nothing is wrong."""

    def __init__(self, theme: Theme, program: Program, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.banner = Banner(theme, "bad", "")
        dismiss = button(theme, "Dismiss", "quiet")
        self.unlock_button = button(theme, "Unlock…", name="Unlock your passwords")
        self.banner.set_actions(self.unlock_button, dismiss)
        self.unlock_button.clicked.connect(self.ask_passphrase)
        dismiss.clicked.connect(self.hide)
        self.setLayout(row((self.banner, 1), margins=(k.S6, k.S3, k.S6, k.S3)))
        self.hide()

    def tell(self, title: str, text: str) -> None:
        locked = about_passphrase(text) and self._program.secret_status().kind == "locked"
        self.banner.set("bad", title, for_window(text))
        self.unlock_button.setVisible(locked)
        self.show()

    @Slot()
    def ask_passphrase(self) -> None:
        """Of the encrypted file. Asked once, however many inboxes wait for it."""
        from app.ui.dialogs.passphrase_dialog import PassphraseDialog

        window = self.window()
        if window.findChild(PassphraseDialog) is not None:
            return
        why = "The inboxes are not synced until it is open."
        dialog = PassphraseDialog(self._theme, self._program, window, why=why)
        dialog.unlocked.connect(self.settle)
        dialog.rejected.connect(self._on_still_locked)
        dialog.open()

    @Slot()
    def settle(self) -> None:
        """The passwords are open: nothing needs to be said of them any more."""
        if self.unlock_button.isVisibleTo(self.banner):
            self.hide()

    @Slot()
    def _on_still_locked(self) -> None:
        """Not now: the way back stays on every page."""
        self.banner.set("warn", *LOCKED)
        self.unlock_button.show()
        self.show()
