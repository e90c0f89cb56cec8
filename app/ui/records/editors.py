"""The inputs by which a field is edited in its place: Enter saves, Esc gives up. Used by `in_place` and by dialogs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QWidget

from app.domain.errors import UsageError
from app.domain.money import amount_in_minor, amount_text, currencies
from app.domain.records import PHONE_KINDS
from app.ui.kit.fields import combo, entry
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import restyle

PHONE_WORDS = {"work": "Work", "mobile": "Mobile", "home": "Home", "fax": "Fax", "other": "Other"}


class Editor(QWidget):
    """`done`: Enter was pressed, or what is chosen is final. `given_up`: Esc. `left`: the keyboard went elsewhere."""

    done = Signal()
    given_up = Signal()
    left = Signal()

    def inputs(self) -> tuple[QWidget, ...]:
        raise NotImplementedError

    def value(self) -> Any:
        """Raises UsageError when it cannot be read."""
        raise NotImplementedError

    def take_focus(self) -> None:
        first = self.inputs()[0]
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(first, QLineEdit):
            first.selectAll()

    def set_name(self, name: str) -> None:
        for part in self.inputs():
            if not part.accessibleName():
                part.setAccessibleName(name)

    def set_fault(self, text: str) -> None:
        """Empty: nothing is wrong."""
        for part in self.inputs():
            restyle(part, "state", "bad" if text else "")
            part.setAccessibleDescription(f"Error: {text}" if text else "")

    def watch(self) -> None:
        for part in self.inputs():
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.given_up.emit()
                return True
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.done.emit()
                return True
        elif isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            elsewhere = event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
            now = self.window().focusWidget()
            if elsewhere and (now is None or not self.isAncestorOf(now)):
                self.left.emit()
        return super().eventFilter(watched, event)


class LineEditor(Editor):
    def __init__(self, theme: Theme, text: str = "", hint: str = "") -> None:
        super().__init__()
        self.edit = entry(theme, text, hint)
        self.setLayout(column(self.edit, gap=0))
        self.watch()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.edit,)

    def value(self) -> str:
        return self.edit.text().strip()


class BlockEditor(Editor):
    """Some lines; Shift+Enter begins a new one."""

    def __init__(self, theme: Theme, text: str = "", hint: str = "") -> None:
        super().__init__()
        self.edit = QPlainTextEdit(text)
        self.edit.setProperty("kind", "block")
        self.edit.setFont(theme.font("body"))
        self.edit.setPlaceholderText(hint)
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(theme.px(88))
        self.edit.setToolTip("Shift+Enter begins a new line")
        self.setLayout(column(self.edit, gap=0))
        self.watch()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.edit,)

    def value(self) -> str:
        return self.edit.toPlainText().strip()


class ChoiceEditor(Editor):
    """One of `options` (text, value); choosing one saves it."""

    def __init__(self, theme: Theme, options: Sequence[tuple[str, object]], chosen: object, name: str) -> None:
        super().__init__()
        self.box: QComboBox = combo(theme, options, name)
        self.box.setMinimumContentsLength(8)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        self.box.activated.connect(self._on_chosen)
        self.setLayout(column(self.box, gap=0))
        self.watch()

    @Slot(int)
    def _on_chosen(self, _position: int) -> None:
        self.done.emit()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.box,)

    def value(self) -> object:
        return self.box.currentData()


class PhoneEditor(Editor):
    """A number and its kind: [number, kind]."""

    def __init__(self, theme: Theme, number: str = "", kind: str = "work") -> None:
        super().__init__()
        self.edit = entry(theme, number, "+46 31 555 01 42")
        self.kind: QComboBox = combo(theme, [(PHONE_WORDS[key], key) for key in PHONE_KINDS], "Kind of number")
        self.kind.setCurrentIndex(PHONE_KINDS.index(kind))
        self.setLayout(row((self.edit, 1), self.kind, gap=6))
        self.watch()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.edit, self.kind)

    def value(self) -> list[str]:
        return [self.edit.text().strip(), str(self.kind.currentData())]


class AmountEditor(Editor):
    """(smallest units or None, currency)."""

    def __init__(self, theme: Theme, minor: int | None = None, currency: str = "") -> None:
        super().__init__()
        text = "" if minor is None else amount_text(minor, currency)
        self.edit = entry(theme, text, "48,000.00")
        self.currency: QComboBox = combo(theme, [(code, code) for code in currencies()], "Currency")
        self.currency.setCurrentIndex(max(0, self.currency.findData(currency or "EUR")))
        self.setLayout(row((self.edit, 1), self.currency, gap=6))
        self.watch()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.edit, self.currency)

    def value(self) -> tuple[int | None, str]:
        text, currency = self.edit.text().strip(), str(self.currency.currentData())
        if not text:
            return None, currency
        if text.startswith("-"):
            raise UsageError("An amount is not below zero.")
        return amount_in_minor(text, currency), currency
