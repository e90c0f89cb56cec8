"""One error at length: what is seen, what it means, what to do, who mends it, and where that is written. Used by `view`."""

from __future__ import annotations

from PySide6.QtCore import QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QLabel, QLayout

from app.ui.help.rows import WHO
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, clear, column, host, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, button, label, prose
from app.words.troubleshooting import Row

COPIED_FOR = 1_500  # milliseconds


class Answer(QFrame):
    """`show_row(None)` leaves it empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._row: Row | None = None
        self.setProperty("box", "panel")
        self.setAccessibleName("About the chosen error")
        self._content = column(gap=k.S4, margins=(k.S5, k.S5, k.S5, k.S4))
        self._scroll = scroll(host(self._content))
        self.source_button = button(theme, "Where this is written", "link", "external")
        self.source_button.clicked.connect(self._on_source)
        self.copy_button = button(theme, "Copy", icon="copy", name="Copy this answer")
        self.copy_button.clicked.connect(self._on_copy)
        self._foot = host(row(self.copy_button, self.source_button, None, gap=k.S2, margins=(k.S5, k.S3, k.S4, k.S3)))
        self.setLayout(column((self._scroll, 1), self._foot, gap=0, margins=(1, 0, 0, 0)))
        self._ready = QTimer(self)
        self._ready.setSingleShot(True)
        self._ready.setInterval(COPIED_FOR)
        self._ready.timeout.connect(self.copy_button.set_ready)
        self.show_row(None)

    @property
    def shown(self) -> Row | None:
        return self._row

    def show_row(self, shown: Row | None) -> None:
        self._row = shown
        clear(self._content)
        self._foot.setVisible(shown is not None)
        if shown is not None:
            self._fill(shown)
        self._content.addStretch(1)
        self._scroll.verticalScrollBar().setValue(0)

    def _fill(self, shown: Row) -> None:
        theme = self._theme
        title, cause, remedy = shown.words()
        self._content.addLayout(
            column(label(theme, title, "heading", wrap=True), row(Chip(theme, *WHO[shown.who]), None), gap=k.S2)
        )
        self._part("What to do", remedy)
        self._part("What it means", cause)
        seen = column(label(theme, shown.group, "small_strong", "muted"), gap=k.S1)
        for text in dict.fromkeys((*shown.codes, shown.example)):
            if text:
                seen.addWidget(self._code(text))
        self._content.addLayout(column(label(theme, "How it is said", "strong"), box("sunken", _inset(seen)), gap=k.S1))
        self.source_button.setVisible(shown.source.startswith("https://"))
        self.source_button.setToolTip(shown.source)

    def _part(self, heading: str, text: str) -> None:
        self._content.addLayout(column(label(self._theme, heading, "strong"), prose(self._theme, text), gap=k.S1))

    def _code(self, text: str) -> QLabel:
        """A server's words break at spaces only; a long word gets places to break at."""
        made = label(self._theme, _breakable(text), "mono", wrap=True)
        made.setAccessibleName(text)
        return made

    def as_text(self) -> str:
        """For a colleague or the administrator."""
        if self._row is None:
            return ""
        title, cause, remedy = self._row.words()
        said = self._row.example or self._row.code
        return f"{title}\n{cause}\nWhat to do: {remedy}\nThe words: {said}\nSource: {self._row.source}\n"

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.as_text())
        self.copy_button.set_busy("Copied")
        self._ready.start()

    @Slot()
    def _on_source(self) -> None:
        if self._row is not None and self._row.source.startswith("https://"):
            QDesktopServices.openUrl(QUrl(self._row.source))


def _inset(lay: QLayout) -> QLayout:
    return column(lay, margins=(k.S3, k.S2, k.S3, k.S2))


def _breakable(text: str) -> str:
    """With a zero-width space after the signs inside of long words."""
    return " ".join(
        "".join(f"{c}\u200b" if c in "/.-_=:?&" else c for c in word) if len(word) > 24 else word
        for word in text.split()
    )
