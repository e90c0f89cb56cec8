"""What every section of the settings is made of: groups of rows, and the controls in them. Used by the sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.rights import Right
from app.ui.kit import tokens as k
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Banner
from app.ui.settings.rows import ChoiceControl, Control, SwitchControl, TextControl

if TYPE_CHECKING:
    from app.runtime.program import Program


class Section(QWidget):
    """`refused` carries a sentence: what was not changed, and why. `controls`: by the name of the setting.

    What only administrators may change is switched off for others, with the reason as its tool tip and at the top of the
    section. `RIGHT`: what of it the section keeps for them besides its controls; `why_not` says why not, where it does."""

    RIGHT: ClassVar[Right | None] = None
    refused = Signal(str)

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self.theme, self.program = theme, program
        self.controls: dict[str, Control] = {}
        self.why_not = ""
        self.reserved = Banner(theme, "info", "")
        self.reserved.hide()
        groups = self.groups()
        self.setLayout(column(self.reserved, *groups, None, gap=k.S5, margins=(k.S6, k.S5, k.S6, k.S6)))
        self.tell_rights()

    def groups(self) -> list[QVBoxLayout]:
        raise NotImplementedError

    def tell_rights(self) -> None:
        """Who is signed in, or what that person is, may have changed."""
        self.why_not = self.program.why_not(self.RIGHT) if self.RIGHT is not None else ""
        kept = [control.reserve() for control in self.controls.values()]
        why = self.why_not or next(filter(None, kept), "")
        title = "For administrators" if self.why_not or all(kept) else "Some of this is for administrators"
        self.reserved.set("info", title, why)
        self.reserved.setVisible(bool(why))

    @Slot()
    def refresh(self) -> None:
        """Shows what may have changed besides the controls."""

    def read(self) -> None:
        """Settings were changed somewhere. What is being typed stays."""
        for control in self.controls.values():
            widget = control.parent()
            if isinstance(widget, QWidget) and not widget.hasFocus():
                control.read()
        self.tell_rights()
        self.refresh()

    def switch(self, key: str) -> QWidget:
        control = SwitchControl(self.theme, self.program, key)
        return self.keep(control, control.switch)

    def choice(self, key: str, name: str, options: list[tuple[str, object]]) -> QWidget:
        control = ChoiceControl(self.theme, self.program, key, name, options)
        return self.keep(control, control.box)

    def text(self, key: str, name: str, hint: str = "", width: int = 240, secret: bool = False) -> QWidget:
        control = TextControl(self.theme, self.program, key, name, hint, width, secret)
        return self.keep(control, control.input)

    def keep(self, control: Control, widget: QWidget) -> QWidget:
        control.refused.connect(self.refused)
        self.controls[control.key] = control
        return widget


def keep_from(control: QWidget, why_not: str) -> None:
    """Switches it off where `why_not` says something, with that as its tool tip; on where it is empty."""
    control.setEnabled(not why_not)
    control.setToolTip(why_not)
