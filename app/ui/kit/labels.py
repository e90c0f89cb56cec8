"""Texts: labels, running prose, and lines that end in … where they do not fit. Used by every screen."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.ui.kit import tokens as k

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Sets a dynamic property of the style sheet on a widget that is already shown."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
        widget.update()


class WrappedLabel(QLabel):
    """Lines as they fit. Its least size is one line, so that a page is never asked to be higher than its text at the
    width it has."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setWordWrap(True)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * 6, self.fontMetrics().height())


def label(theme: Theme, text: str, role: str = "body", tone: str = "", wrap: bool = False) -> QLabel:
    """Plain text: what comes from mail or people is shown as it is, never as markup."""
    made = WrappedLabel(text) if wrap else QLabel(text)
    made.setFont(theme.font(role))
    made.setTextFormat(Qt.TextFormat.PlainText)
    if tone:
        made.setProperty("tone", tone)
    return made


ZERO_WIDTH = "\u200b"  # a line may end here
RUN = 24  # letters of a word without end that stay in one line; as wide as they get, they need some 350 px


def breakable(text: str, run: int = RUN) -> str:
    """Words without end, such as Message-IDs and addresses, may go on in the next line: behind a dot or the like, else where
    it is due, after `run` letters. A label breaks between words only."""
    long_word, due = _places(run)
    return long_word.sub(lambda word: due.sub(lambda place: place[0] + ZERO_WIDTH, word[0]), text)


@lru_cache(maxsize=4)
def _places(run: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A word without end, and where a line may end in it."""
    due = rf"[@./_=&?-](?=\w)|\w{{{run}}}(?=\w)|[^\w\s]{{{run}}}(?=\S)"
    return re.compile(rf"\S{{{run * 3 // 2 + 1},}}"), re.compile(due)


class Prose(WrappedLabel):
    """Running text with the line height of the design (a plain QLabel has none). Escapes what it is given; line
    breaks are kept, and words without end are broken (`run`: see `breakable`). `setText` of it takes plain text, too."""

    def __init__(self, theme: Theme, text: str, tone: str = "", role: str = "body", run: int = RUN) -> None:
        super().__init__()
        self._run = run
        size, _, height = k.TYPE[role]
        self._percent = round(height / size / 1.21 * 100)  # Inter's own line is 1.21 of its size
        self.setFont(theme.font(role))
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        if tone:
            self.setProperty("tone", tone)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._plain = text
        escaped = html.escape(breakable(text, self._run), quote=False).replace("\n", "<br>")
        super().setText(f'<p style="line-height:{self._percent}%; margin:0; white-space:pre-wrap">{escaped}</p>')
        self.setAccessibleName(text)

    def plain_text(self) -> str:
        return self._plain


def prose(theme: Theme, text: str, tone: str = "") -> Prose:
    return Prose(theme, text, tone)


class Elided(QLabel):
    """One line that ends in … where it does not fit; then the whole text is its tool tip."""

    def __init__(self, theme: Theme, text: str, role: str = "body", tone: str = "") -> None:
        super().__init__(text)
        self.setFont(theme.font(role))
        self.setTextFormat(Qt.TextFormat.PlainText)
        if tone:
            self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def natural_width(self) -> int:
        return self.fontMetrics().horizontalAdvance(self.text()) + 2

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        one_line = " ".join(self.text().split())
        text = self.fontMetrics().elidedText(one_line, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
        # here, where its width is known, and not when the tip is asked for: Python would be called for each event there is
        tip = self.text() if self.natural_width() > self.width() + 2 else ""
        if tip != self.toolTip():
            self.setToolTip(tip)


class FittingElided(Elided):
    """As wide as its text where there is room, else elided: for a title with something right behind it."""

    def __init__(self, theme: Theme, text: str, role: str = "body", tone: str = "") -> None:
        super().__init__(theme, text, role, tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(self.natural_width(), super().sizeHint().height())


def elide(font: QFont, text: str, width: int) -> str:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
