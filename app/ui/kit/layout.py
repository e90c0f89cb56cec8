"""Rows, columns and grounds: layouts written the way they look. Used by every screen."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QVBoxLayout, QWidget

from app.ui.kit import tokens as k

Margins = tuple[int, int, int, int]
L = TypeVar("L", bound=QBoxLayout)


def row(*parts: Any, gap: int = k.S2, margins: Margins = (0, 0, 0, 0)) -> QHBoxLayout:
    """Side by side: widgets, layouts, a number (fixed space), None (stretch), or (part, stretch)."""
    return fill(QHBoxLayout(), parts, gap, margins)


def column(*parts: Any, gap: int = k.S2, margins: Margins = (0, 0, 0, 0)) -> QVBoxLayout:
    """One below the other; parts as in `row`."""
    return fill(QVBoxLayout(), parts, gap, margins)


def fill(layout: L, parts: tuple[Any, ...], gap: int, margins: Margins) -> L:
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    for part in parts:
        add(layout, part)
    return layout


def add(layout: QBoxLayout, part: Any) -> None:
    stretch = 0
    if isinstance(part, tuple):
        part, stretch = part
    if part is None:
        layout.addStretch(1)
    elif isinstance(part, int):
        layout.addSpacing(part)
    elif isinstance(part, QLayout):
        layout.addLayout(part, stretch)
    else:
        layout.addWidget(part, stretch)


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout; its widgets are hidden at once and deleted when Qt is ready."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            break
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


def box(kind: str, layout: QLayout) -> QFrame:
    """A ground of the style sheet: card, sunken, inset, surface, window, panel, rail, split, bar, foot, and the
    banners' warn, bad, info, ok."""
    frame = QFrame()
    frame.setProperty("box", kind)
    frame.setLayout(layout)
    return frame


def line() -> QFrame:
    """A hairline."""
    frame = QFrame()
    frame.setProperty("line", "h")
    return frame


def host(layout: QLayout) -> QWidget:
    """A widget without a ground of its own that carries a layout."""
    widget = QWidget()
    widget.setLayout(layout)
    return widget


class ScrollArea(QScrollArea):
    """Scrolls up and down only; its content is as wide as the view. Transparent. `beside`: px that the content keeps from the
    scroll bar, while there is one."""

    def __init__(self, widget: QWidget, parent: QWidget | None = None, beside: int = 0) -> None:
        super().__init__(parent)
        self._beside = beside
        self.setWidgetResizable(True)
        self.setWidget(widget)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        widget.setAutoFillBackground(False)
        if beside:
            self.verticalScrollBar().rangeChanged.connect(self._on_range)

    @Slot(int, int)
    def _on_range(self, _least: int, most: int) -> None:
        widget = self.widget()
        if widget is not None and (lay := widget.layout()) is not None:  # it goes before the bar does
            margins = lay.contentsMargins()
            margins.setRight(self._beside if most else 0)
            lay.setContentsMargins(margins)


def scroll(widget: QWidget, beside: int = 0) -> ScrollArea:
    return ScrollArea(widget, beside=beside)


def centred(widget: QWidget, width: int) -> QHBoxLayout:
    """A column of at most `width` pixels that keeps to the left of what is wider."""
    widget.setMaximumWidth(width)
    return row((widget, 100), (host(row()), 1), gap=0)
