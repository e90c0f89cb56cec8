"""What tells how things stand, in the place it concerns: a banner, a bar of progress. Used by every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.labels import breakable, label, restyle
from app.ui.kit.layout import column, row
from app.ui.kit.marks import Glyph

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme


class Banner(QFrame):
    """A fault or a note in the place it concerns: a bold first line (what happened), one sentence (what it means, what
    is safe), and the button that mends it. `kind`: warn, bad, info, ok."""

    ICONS: ClassVar = {
        "warn": ("warn", "warn"),
        "bad": ("bounce", "bad"),
        "info": ("info", "accent_soft_text"),
        "ok": ("check", "ok"),
    }

    def __init__(self, theme: Theme, kind: str, text: str, *actions: QWidget, title: str = "") -> None:
        super().__init__()
        self.setProperty("box", kind)
        icon, color = self.ICONS[kind]
        self._glyph = Glyph(theme, icon, color)
        self.title = label(theme, breakable(title), "strong", wrap=True)
        self.text = label(theme, breakable(text), "body", wrap=True)
        for words in (self.title, self.text):
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._words = column(self.title, self.text, gap=2)
        self._actions = row(gap=k.S2)
        inner = row(
            column(2, self._glyph, None, gap=0),
            (column(None, self._words, None, gap=0), 1),
            self._actions,
            gap=k.S3,
            margins=(k.S3, 10, k.S3, 10),
        )
        self.setLayout(inner)
        self.title.setVisible(bool(title))  # not before it is in here: it would be a window of its own for a moment
        self.text.setVisible(bool(text))
        self.set_actions(*actions)
        self.setAccessibleName(f"{title} {text}".strip())

    def set(self, kind: str, title: str, text: str) -> None:
        restyle(self, "box", kind)
        self._glyph.set(*self.ICONS[kind])
        self.title.setText(breakable(title))
        self.text.setText(breakable(text))
        self.title.setVisible(bool(title))
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title} {text}".strip())

    def set_actions(self, *actions: QWidget) -> None:
        while (item := self._actions.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for action in actions:
            self._actions.addWidget(action, 0, Qt.AlignmentFlag.AlignVCenter)


def banner(theme: Theme, kind: str, text: str, *actions: QWidget, title: str = "") -> Banner:
    return Banner(theme, kind, text, *actions, title=title)


def progress(theme: Theme, name: str, value: int = 0, maximum: int = 0) -> QProgressBar:
    """6 px high; `maximum` 0 moves without a known end. The count stands in words beside it."""
    bar = QProgressBar()
    bar.setTextVisible(False)
    bar.setRange(0, maximum)
    bar.setValue(value)
    bar.setAccessibleName(name)
    return bar
