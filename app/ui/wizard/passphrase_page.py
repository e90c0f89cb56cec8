"""Between the disclosure and the password, where there is no keyring: the passphrase of the encrypted file (C13)."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot

from app.ui.dialogs.passphrase_form import TEXTS, PassphraseForm
from app.ui.kit.theme import Theme
from app.ui.wizard.flow import Page
from app.ui.wizard.page import WizardPage
from app.ui.wizard.session import Session


class PassphrasePage(WizardPage):
    """Going on opens or makes the file; until then the passphrase is nowhere but in its field."""

    page = Page.PASSPHRASE

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__(theme, session, "", "")
        self.form = self._make()
        self.add(self.form, None)

    def _make(self) -> PassphraseForm:
        create = self.session.secret_kind == "none"
        self.set_heading(*TEXTS[create])
        self.forward = "Set the passphrase" if create else "Unlock"
        form = PassphraseForm(self.theme, create)
        form.changed.connect(self._on_changed)
        return form

    def ready(self) -> bool:
        """The forward button is enabled by what is typed; whether it is right shows on pressing it."""
        return self.form.complete()

    @Slot()
    def _on_changed(self) -> None:
        self.session.changed.emit()

    def enter(self) -> None:
        if self.form.create_file != (self.session.secret_kind == "none"):  # known only now
            before, self.form = self.form, self._make()
            self.replace(before, self.form)
        self.form.passphrase.setFocus(Qt.FocusReason.OtherFocusReason)

    def commit(self) -> bool:
        if self.session.answers.secrets_ready:
            return True
        if why := self.session.program.unlock_secrets(self.form.text(), self.form.create_file):
            self.form.refuse(why)
            return False
        self.form.clear()
        self.session.refresh_secrets()
        return self.session.answers.secrets_ready
