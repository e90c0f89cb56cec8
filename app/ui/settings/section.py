"""What every section of the settings is made of: groups of rows, and the controls in them. Used by the sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import column
from app.ui.kit.theme import Theme
from app.ui.settings.rows import ChoiceControl, Control, SwitchControl, TextControl

if TYPE_CHECKING:
    from app.runtime.program import Program


class Section(QWidget):
    """`refused` carries a sentence: what was not changed, and why. `controls`: by the name of the setting."""

    refused = Signal(str)

    def __init__(self, theme: Theme, program: Program) -> None:
        super().__init__()
        self.theme, self.program = theme, program
        self.controls: dict[str, Control] = {}
        self.setLayout(column(*self.groups(), None, gap=k.S5, margins=(k.S6, k.S5, k.S6, k.S6)))

    def groups(self) -> list[QVBoxLayout]:
        raise NotImplementedError

    @Slot()
    def refresh(self) -> None:
        """Shows what may have changed besides the controls."""

    def read(self) -> None:
        """Settings were changed somewhere. What is being typed stays."""
        for control in self.controls.values():
            widget = control.parent()
            if isinstance(widget, QWidget) and not widget.hasFocus():
                control.read()
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
