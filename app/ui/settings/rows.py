"""Rows and groups of settings. Each control writes its setting as it is used. Used by the settings page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import HitchpostError
from app.domain.tracking_host import NO_ADDRESS, is_host_address
from app.ui.kit import tokens as k
from app.ui.kit.fields import combo, entry
from app.ui.kit.layout import box, column, line, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Switch, label, restyle

if TYPE_CHECKING:
    from app.runtime.program import Program

LEAST_WIDTH = 140  # of an input


def setting(theme: Theme, name: str, text: str, *controls: QWidget) -> QHBoxLayout:
    """Name and sentence at the left, controls at the right edge; inputs give way where there is less room."""
    for part in controls:
        control = part.edit if isinstance(part, TextInput) else part
        if not control.accessibleName():
            control.setAccessibleName(name)
        if not control.accessibleDescription():
            control.setAccessibleDescription(text)
    sentence = (label(theme, text, "small", "muted", wrap=True),) if text else ()
    words = column(None, label(theme, name, "medium"), *sentence, None, gap=2)  # together, however high the control is
    right = [(control, 1) if isinstance(control, TextInput) else control for control in controls]
    return row((words, 1), *right, gap=k.S4, margins=(k.S4, 10, k.S4, 10))


def group(theme: Theme, title: str, *rows: QHBoxLayout | QWidget) -> QVBoxLayout:
    """Rows in one card with hairlines between them."""
    lay = column(gap=0)
    for position, part in enumerate(rows):
        if position:
            lay.addWidget(line())
        if isinstance(part, QWidget):
            lay.addWidget(part)
        else:
            lay.addLayout(part)
    return column(label(theme, title, "strong"), box("card", lay), gap=k.S2)


class TextInput(QWidget):
    """An input and, below it, what is wrong with its text."""

    def __init__(self, theme: Theme, edit: QLineEdit, width: int) -> None:
        super().__init__()
        self.edit = edit
        self._about = ""  # what the edit says of itself while nothing is wrong
        self._told = label(theme, "", "small", "bad", wrap=True)
        self._told.hide()
        edit.setMinimumWidth(theme.px(min(width, LEAST_WIDTH)))
        self.setMaximumWidth(theme.px(width))
        self.setLayout(column(edit, self._told, gap=2))

    def set_fault(self, text: str) -> None:
        """Empty: nothing is wrong."""
        if text and not self.fault():
            self._about = self.edit.accessibleDescription()
        if text or self.fault():
            self.edit.setAccessibleDescription(f"Error: {text}" if text else self._about)
        restyle(self.edit, "state", "bad" if text else "")
        self._told.setText(text)
        self._told.setVisible(bool(text))

    def fault(self) -> str:
        return self._told.text()


class Control(QObject):
    """Ties one control to one setting; a child of the control. What the program refuses is told, and taken back."""

    refused = Signal(str)

    def __init__(self, program: Program, key: str, control: QWidget) -> None:
        super().__init__(control)
        self._program, self.key, self._control = program, key, control
        self._reserved = ""
        self.read()

    def read(self) -> None:
        raise NotImplementedError

    def reserve(self) -> str:
        """Switches it off where only administrators may change it, and returns why; empty where the user may."""
        why = self._program.why_not_set(self.key)
        if why != self._reserved:
            self._reserved = why
            self._control.setEnabled(not why)
            self._control.setToolTip(why)
        return why

    def write(self, value: object) -> bool:
        if value == self._program.get_setting(self.key):
            return True
        try:
            self._program.set_setting(self.key, value)
        except HitchpostError as fault:
            self.refused.emit(str(fault))
            self.read()
            return False
        return True


class SwitchControl(Control):
    def __init__(self, theme: Theme, program: Program, key: str) -> None:
        self.switch = Switch(theme)
        super().__init__(program, key, self.switch)
        self.switch.toggled.connect(self._on_toggled)

    def read(self) -> None:
        self.switch.blockSignals(True)
        self.switch.setChecked(bool(self._program.get_setting(self.key)))
        self.switch.blockSignals(False)

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.write(on)


class ChoiceControl(Control):
    """`options`: (text, value). A stored value that is none of them is shown as it is."""

    def __init__(self, theme: Theme, program: Program, key: str, name: str, options: list[tuple[str, object]]) -> None:
        self.box: QComboBox = combo(theme, options, name)
        super().__init__(program, key, self.box)
        self.box.activated.connect(self._on_chosen)

    def read(self) -> None:
        value = self._program.get_setting(self.key)
        position = self.box.findData(value)
        if position < 0:
            self.box.addItem(str(value), value)
            position = self.box.count() - 1
        self.box.setCurrentIndex(position)

    @Slot(int)
    def _on_chosen(self, position: int) -> None:
        self.write(self.box.itemData(position))


class TextControl(Control):
    """Writes when the field is left or Enter is pressed. What cannot be kept stays as it was typed, with the reason below it,
    until it is right."""

    def __init__(
        self,
        theme: Theme,
        program: Program,
        key: str,
        name: str,
        hint: str = "",
        width: int = 240,
        secret: bool = False,
    ) -> None:
        self.edit: QLineEdit = entry(theme, hint=hint, password=secret)
        self.edit.setAccessibleName(name)
        self.input = TextInput(theme, self.edit, width)
        self._name = name
        super().__init__(program, key, self.edit)
        self.edit.editingFinished.connect(self._on_left)
        self.edit.textEdited.connect(self._on_typed)

    def read(self) -> None:
        if not self.input.fault():
            self.edit.setText(str(self._program.get_setting(self.key)))
            self.edit.setCursorPosition(0)

    @Slot()
    def _on_typed(self) -> None:
        self.input.set_fault("")

    @Slot()
    def _on_left(self) -> None:
        text = self.edit.text().strip()
        why = self.why_not(text)
        if not why and text != self._program.get_setting(self.key):
            try:
                self._program.set_setting(self.key, text)
            except HitchpostError as fault:
                why = str(fault).replace(self.key, self._name)  # as the row calls it
        self.input.set_fault(why)

    def why_not(self, _text: str) -> str:
        """What is wrong with it, before the program is asked; empty where nothing is."""
        return ""


class WebAddressControl(TextControl):
    """Empty, or the address of a tracking server."""

    def why_not(self, text: str) -> str:
        return "" if not text or is_host_address(text) else NO_ADDRESS
