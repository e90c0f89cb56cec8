"""A question before something that cannot be taken back. Its buttons are verbs that name the result."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.ui.kit.fitting_dialog import FittingDialog
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import label


class ConfirmDialog(FittingDialog):
    """Open it with `open()`; `accepted` is the verb. `danger`: the verb is red ink and not the default, so that Enter
    does nothing. `safe` says what is not lost."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        text: str,
        verb: str,
        parent: QWidget | None,
        *,
        keep: str = "Cancel",
        danger: bool = False,
        safe: str = "",
    ) -> None:
        super().__init__(theme, title, text, parent, width=440, cancel=keep)
        self.setObjectName("confirm")
        if safe:
            self.add(label(theme, safe, "small", "faint", wrap=True))
        self.verb = self.set_verb(verb, "danger" if danger else "primary")
        self.verb.clicked.connect(self._on_verb)

    @Slot()
    def _on_verb(self) -> None:
        self.accept()
