"""What pages share: the bar on top with title and tools, and the centre of an empty page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, host, row
from app.ui.kit.widgets import disc, label

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme


def page_bar(theme: Theme, title: str, *right: Any) -> QFrame:
    """60 px: the page's title at the left, its tools at the right."""
    bar = box("bar", row(label(theme, title, "title"), None, *right, gap=k.S3, margins=(k.S6, 0, k.S6, 0)))
    bar.setFixedHeight(theme.px(k.H_BAR))
    return bar


def in_the_middle(text: QLabel) -> QLabel:
    text.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
    return text


def hero(theme: Theme, icon: str, title: str, text: str, *buttons: QWidget) -> QWidget:
    """The middle of an empty page: disc, title, one sentence of at most 440 px, primary and secondary button."""
    words = in_the_middle(label(theme, text, "body", "muted", wrap=True))
    words.setFixedWidth(theme.px(440))
    return host(
        column(
            row(None, disc(theme, icon, "accent", 72), None),
            k.S3,
            in_the_middle(label(theme, title, "display", wrap=True)),
            row(None, words, None),
            k.S3,
            row(None, *buttons, None),
            gap=k.S2,
        )
    )
