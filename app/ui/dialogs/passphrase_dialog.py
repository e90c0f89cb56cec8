"""Asks for the passphrase of the encrypted password file, when the program starts or needs it again (C13)."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.ui.dialogs.passphrase_form import TEXTS, PassphraseForm
from app.ui.kit.dialog import Dialog
from app.ui.kit.theme import Theme


class Unlocks(Protocol):
    def unlock_secrets(self, passphrase: str, create: bool) -> str: ...


class PassphraseDialog(Dialog):
    """`unlocked` once the file is open; open it with `open()`. `why` says what needs it just now."""

    unlocked = Signal()

    def __init__(
        self, theme: Theme, program: Unlocks, parent: QWidget | None, create: bool = False, why: str = ""
    ) -> None:
        title, text = TEXTS[create]
        super().__init__(theme, title, text, parent, cancel="Not now")
        self._program = program
        self.setObjectName("passphrase")
        self.form = PassphraseForm(theme, create, why)
        self.add(self.form)
        self.verb = self.set_verb("Set the passphrase" if create else "Unlock")
        self.verb.setEnabled(False)
        self.verb.clicked.connect(self._on_verb)
        self.form.changed.connect(self._on_changed)
        self.form.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit()

    def _fit(self) -> None:
        """As high as its wrapped texts need at this width, and no higher."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            width = max(self.width() if self.isVisible() else 0, self.minimumWidth())
            self.resize(width, layout.heightForWidth(width))

    @Slot()
    def _on_changed(self) -> None:
        self._fit()  # what was wrong may be gone
        self.verb.setEnabled(self.form.complete())

    @Slot()
    def _on_verb(self) -> None:
        if why := self._program.unlock_secrets(self.form.text(), self.form.create_file):
            self.form.refuse(why)
            self._fit()
            return
        self.form.clear()
        self.unlocked.emit()
        self.accept()
