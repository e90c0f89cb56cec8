"""Asks for the text and the address of a link in the message."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.domain.addresses import is_complete
from app.ui.kit.fields import Field, entry
from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import button

_HOST = re.compile(r"[^\s/.]+(?:\.[^\s/.]+)+(?:[/?#:]\S*)?")


class LinkDialog(FittingDialog):
    """`chosen` carries (text, address); an empty address takes the link away."""

    chosen = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget, text: str, href: str) -> None:
        super().__init__(theme, "Change the link" if href else "Insert a link", "", parent, width=440)
        self.setObjectName("insert-link")
        self.shown = entry(theme, text, "The address itself")
        self.href = entry(theme, href, "https://example.com/offer")
        self.href_field = Field(theme, "Address", self.href, "Clicks are counted when the message is tracked.")
        self.add(Field(theme, "Text", self.shown))
        self.add(self.href_field)
        if href:
            remove = button(theme, "Remove the link", "quiet")
            remove.clicked.connect(self._on_remove)
            self.set_note(remove)
        self.verb = self.set_verb("Change" if href else "Insert")
        self.verb.clicked.connect(self._on_verb)
        self.href.textChanged.connect(self._on_text)
        self._on_text()
        (self.href if text or not href else self.shown).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_text(self) -> None:
        self.verb.setEnabled(bool(self.href.text().strip()))

    @Slot()
    def _on_verb(self) -> None:
        target = complete_link(self.href.text())
        if not target:
            self.href_field.set_error("This is not a web or mail address. It looks like https://example.com.")
            return
        self.chosen.emit(self.shown.text().strip() or self.href.text().strip(), target)
        self.accept()

    @Slot()
    def _on_remove(self) -> None:
        self.chosen.emit(self.shown.text(), "")
        self.accept()


def complete_link(typed: str) -> str:
    """What was typed as an address with its scheme; empty when it is none."""
    text = typed.strip()
    low = text.lower()
    if any(c.isspace() for c in text):
        return ""
    if low.startswith(("http://", "https://")):
        return text if _HOST.match(text.partition("://")[2]) or low.split("://")[1].startswith("localhost") else ""
    if low.startswith("mailto:"):
        return text if is_complete(text[7:].partition("?")[0]) else ""
    if low.startswith("tel:"):
        return text if text[4:] else ""
    if is_complete(text) and "/" not in text:
        return f"mailto:{text}"
    return f"https://{text}" if _HOST.fullmatch(text) else ""
