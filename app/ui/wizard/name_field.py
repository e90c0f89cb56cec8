"""The field for the name that recipients see, on the sign-in pages of every way."""

from __future__ import annotations

from app.ui.kit.fields import Field, entry
from app.ui.kit.theme import Theme
from app.ui.wizard.session import Session

LONGEST_NAME = 200  # characters


class NameField(Field):
    def __init__(self, theme: Theme) -> None:
        edit = entry(theme)
        edit.setMaxLength(LONGEST_NAME)
        super().__init__(theme, "Your &name, as recipients see it", edit)
        edit.setAccessibleName("Your name, as recipients see it")

    def fill(self, session: Session) -> None:
        self.edit.setText(session.from_name or session.user_name)
        self.edit.setCursorPosition(0)
