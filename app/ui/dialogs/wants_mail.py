"""The question before it is noted that somebody who had unsubscribed wants mail again. Used by the feed's detail and the
contact's page."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.ui.dialogs.confirm_dialog import ConfirmDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.runtime.program import Program
    from app.ui.kit.theme import Theme

VERB = "Wants mail again…"


def ask_wants_mail(theme: Theme, program: Program, contact_id: int, name: str, parent: QWidget) -> ConfirmDialog:
    """Opens it."""
    asked = ConfirmDialog(
        theme,
        f"Does {name} want mail again?",
        "Note it only when they said so themselves. Compose does not warn of them any more.",
        "Yes, they said so",
        parent,
        safe="That they unsubscribed stays on the timeline and in the feed; this is noted beside it, with your name.",
    )
    asked.accepted.connect(partial(_note, program, contact_id))
    asked.open()
    return asked


def _note(program: Program, contact_id: int) -> None:
    with program.wish("It could not be noted"):
        program.note_wants_mail(contact_id)
