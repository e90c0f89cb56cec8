"""What went wrong, above every page, until it is dismissed; with the way to locked passwords. Used by the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.secret_words import LOCKED, can_be_unlocked, for_window, opens_by_passphrase
from app.ui.inboxes.words import is_locked
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.widgets import Banner, button

if TYPE_CHECKING:
    from app.runtime.program import Program
    from app.ui.kit.theme import Theme


class TroubleBar(QWidget):
    """Hidden while nothing is wrong."""

    def __init__(self, theme: Theme, program: Program, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._program = theme, program
        self.banner = Banner(theme, "bad", "")
        dismiss = button(theme, "Dismiss", "quiet")
        self.unlock_button = button(theme, "Unlock…", name="Unlock your passwords")
        self.banner.set_actions(self.unlock_button, dismiss)
        self.unlock_button.clicked.connect(self._on_unlock)
        dismiss.clicked.connect(self.hide)
        self.setLayout(row((self.banner, 1), margins=(k.S6, k.S3, k.S6, k.S3)))
        self.hide()
        program.inbox_state_changed.connect(self._on_state)

    def tell(self, title: str, text: str) -> None:
        locked = can_be_unlocked(text, self._program.secret_status())
        self.banner.set("warn" if locked else "bad", title, for_window(text))
        self.unlock_button.setVisible(locked)
        self.show()

    @Slot()
    def _on_unlock(self) -> None:
        """The encrypted file is asked for its passphrase here; a keyring asks by itself when a password is wanted."""
        if opens_by_passphrase(self._program.secret_status()):
            self.ask_passphrase()
            return
        for card in self._program.inboxes():
            if is_locked(card):
                self._program.sync_now(card.id)

    @Slot(int)
    def _on_state(self, _inbox: int) -> None:
        if not any(is_locked(card) for card in self._program.inboxes()):
            self.settle()

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
