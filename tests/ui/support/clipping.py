"""Finds text that does not fit where it is shown."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from app.ui.kit.widgets import Elided, Prose, Switch


def clipped(window: QWidget) -> list[str]:
    """One line for each visible label or button whose text is cut off; elided ones are meant to be."""
    found = []
    for label in window.findChildren(QLabel):
        if not label.isVisible() or isinstance(label, Elided) or not label.text():
            continue
        if label.wordWrap():
            need = label.heightForWidth(label.width())
            if need > label.height() + 1:
                shown = label.plain_text() if isinstance(label, Prose) else label.text()
                found.append(f"label {shown[:60]!r}: {label.height()} px high, needs {need}")
        elif label.sizeHint().width() > label.width() + 1 or label.sizeHint().height() > label.height() + 1:
            found.append(f"label {label.text()[:60]!r}: {label.size().toTuple()}, needs {label.sizeHint().toTuple()}")
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and button.text() and not isinstance(button, Switch):
            need = button.sizeHint().width()
            if need > button.width() + 1:
                found.append(f"button {button.text()!r}: {button.width()} px wide, needs {need}")
            parent = button.parentWidget()
            if parent is not None and not parent.rect().contains(button.geometry()):
                found.append(f"button {button.text()!r}: reaches out of what holds it")
    return found


def nameless(window: QWidget) -> list[str]:
    """Controls without a name for screen readers."""
    inside_fields = ("QToolButton", "QLineEditIconButton")
    return [
        f"{type(button).__name__} {button.objectName()}"
        for button in window.findChildren(QAbstractButton)
        if button.isVisible()
        and not (button.accessibleName() or button.text())
        and type(button).__name__ not in inside_fields
    ]
