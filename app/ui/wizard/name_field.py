"""The field for the name that recipients see, on the sign-in pages of every way."""

from __future__ import annotations

from app.domain.inboxes import InboxKind, Provider
from app.ui.kit.fields import Field, entry
from app.ui.kit.theme import Theme
from app.ui.wizard.session import Session

LONGEST_NAME = 200  # characters
_BY_GMAIL = "Left empty, it is the name that Gmail has for this address."
_OF_TEAM = "Left empty, recipients see the address alone."


class NameField(Field):
    def __init__(self, theme: Theme) -> None:
        edit = entry(theme)
        edit.setMaxLength(LONGEST_NAME)
        super().__init__(theme, "Your &name, as recipients see it", edit)
        edit.setAccessibleName("Your name, as recipients see it")

    def fill(self, session: Session) -> None:
        """What is given here wins over the name that Gmail has; a team is nobody's own name."""
        team, gmail = session.answers.kind is InboxKind.TEAM, session.answers.provider is Provider.GMAIL
        whose = "The team’s" if team else "Your"
        self.title.setText(f"{whose} &name, as recipients see it")
        self.edit.setAccessibleName(f"{whose} name, as recipients see it")
        self.set_help(_BY_GMAIL if gmail else _OF_TEAM if team else "")
        self.edit.setPlaceholderText(session.gmail_name if gmail else "")
        self.edit.setText(session.from_name or session.usual_name)
        self.edit.setCursorPosition(0)
