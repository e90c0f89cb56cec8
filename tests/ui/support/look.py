"""Gives the application back the look it had: tests share it. Used by the fixture `same_look` and tests without it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import SIGNAL, QEvent, Qt
from PySide6.QtWidgets import QApplication, QWidget

NO_RULES = " "


@contextmanager
def kept_look(app: QApplication) -> Iterator[None]:
    """Style sheet, palette and font are afterwards as they were. Only that an application that had no sheet has one
    without rules: Qt crashes where its last sheet is taken away while windows with tables live.

    With the last sheet goes what Qt keeps about styled widgets, and with that the connections that tell it of their
    deaths. A table that is asked for its measures while the sheet goes (the font of its header changes back) stays
    marked as styled, so that the next sheet does not connect it again: when it dies, Qt keeps its address, and the
    next switch of the scheme polishes freed memory.

    Windows that are to be deleted die first, so that the change of look need not go over them."""
    sheet, palette, font = app.styleSheet(), app.palette(), app.font()
    try:
        yield
    finally:
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        app.setPalette(palette)
        app.setFont(font)
        app.setStyleSheet(sheet or NO_RULES)


def unwatched(app: QApplication) -> list[QWidget]:
    """Widgets that the style sheet knows and whose deaths it would not see. Their addresses outlive them."""
    return [
        widget
        for widget in app.allWidgets()
        if widget.testAttribute(Qt.WidgetAttribute.WA_StyleSheet)
        and not widget.receivers(SIGNAL("destroyed(QObject*)"))
    ]
