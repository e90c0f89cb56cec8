"""The fields of a passphrase: set up twice, or unlock once. Used by the wizard's page and by the dialog (C13)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.secret_words import why_not_opened
from app.ui.kit import tokens as k
from app.ui.kit.fields import Field, entry
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import banner

SHORTEST = 8

TEXTS = {
    True: (
        "Set a passphrase for your passwords",
        "No keyring answers on this computer. Hitchpost can keep mail passwords in an encrypted file instead.",
    ),
    False: (
        "Unlock your passwords",
        "Mail passwords are kept in an encrypted file on this computer. Its passphrase opens it.",
    ),
}


class PassphraseForm(QWidget):
    """`create`: a new file is made, so that the passphrase is typed twice."""

    changed = Signal()
    submitted = Signal()  # Enter in the last field

    def __init__(self, theme: Theme, create: bool, why: str = "") -> None:
        super().__init__()
        self.create_file = create
        self.passphrase = entry(theme, password=True)
        self.repeated = entry(theme, password=True)
        self.first = Field(
            theme,
            "Passphrase",
            self.passphrase,
            f"At least {SHORTEST} characters. A few words are easier to keep than signs." if create else "",
        )
        self.second = Field(theme, "The same again", self.repeated)
        self.second.setVisible(create)
        note = banner(
            theme,
            "info",
            "Hitchpost asks for it each time it starts. Nobody can read the passwords without it, and nobody can get it "
            "back: they would have to be typed in again. Logged mail is not affected.",
        )
        note.setVisible(create)
        reason = banner(theme, "warn", why)
        reason.setVisible(bool(why))
        self.setLayout(column(reason, self.first, self.second, note, None, gap=k.S3))
        for edit in (self.passphrase, self.repeated):
            edit.textChanged.connect(self._on_text)
            edit.returnPressed.connect(self._on_return)
        self.passphrase.editingFinished.connect(self._on_first_left)
        self.repeated.editingFinished.connect(self._on_second_left)

    def complete(self) -> bool:
        text = self.passphrase.text()
        if not self.create_file:
            return bool(text)
        return len(text) >= SHORTEST and text == self.repeated.text()

    def text(self) -> str:
        return self.passphrase.text()

    def refuse(self, text: str) -> None:
        """Shows why it was not accepted, and lets it be typed again."""
        self.first.set_error(why_not_opened(text))
        self.passphrase.selectAll()
        self.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def clear(self) -> None:
        self.passphrase.clear()
        self.repeated.clear()

    @Slot()
    def _on_text(self) -> None:
        if self.second.error() and self.passphrase.text() == self.repeated.text():
            self.second.clear_error()
        self.changed.emit()

    @Slot()
    def _on_return(self) -> None:
        if self.complete():
            self.submitted.emit()
        elif self.create_file and self.passphrase.hasFocus():
            self.repeated.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_first_left(self) -> None:
        if self.create_file and 0 < len(self.passphrase.text()) < SHORTEST:
            self.first.set_error(f"This is shorter than {SHORTEST} characters.")

    @Slot()
    def _on_second_left(self) -> None:
        if self.create_file and self.repeated.text() and self.repeated.text() != self.passphrase.text():
            self.second.set_error("The two are not the same.")
