"""Small painted marks: icons, initials, chips and dots. All colours come from the theme at paint time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.kit import tokens as k

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme


class Glyph(QWidget):
    """An icon that repaints in the current scheme; with `soft` (a tone), on a round tinted ground."""

    def __init__(
        self, theme: Theme, name: str, color: str = "muted", size: int = k.ICON, soft: str = "", ground: int = 0
    ) -> None:
        super().__init__()
        self._theme, self._name, self._color, self._soft = theme, name, color, soft
        self._size = theme.px(size)
        side = theme.px(ground or (round(size * 1.75) if soft else size))
        self.setFixedSize(side, side)

    def set(self, name: str, color: str, soft: str = "") -> None:
        self._name, self._color, self._soft = name, color, soft or self._soft
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._soft:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.c(f"{self._soft}_soft"))
            painter.drawEllipse(self.rect())
        edge = (self.width() - self._size) / 2
        self._theme.paint_icon(painter, self._name, self._color, QRectF(edge, edge, self._size, self._size))
        painter.end()


def disc(theme: Theme, name: str, tone: str, ground: int = 32) -> Glyph:
    """A kind of thing on its round tinted ground: 32 in lists, 28 on cards, 72 on empty pages."""
    return Glyph(theme, name, theme.ink(tone), round(ground / 2) if ground < 64 else k.ICON_HERO, tone, ground)


def initials(name: str) -> str:
    """One or two letters: of the first and the last word, or of what stands before the @."""
    words = [w for w in name.split("@")[0].replace(".", " ").replace("_", " ").split() if w[:1].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


class Avatar(QWidget):
    """Initials on a round ground; `square` for providers, whose marks would need permission."""

    def __init__(self, theme: Theme, text: str, size: int = 32, square: bool = False) -> None:
        super().__init__()
        self._theme, self._text, self._square = theme, text, square
        self.setFixedSize(theme.px(size), theme.px(size))

    def set_text(self, text: str) -> None:
        self._text = text
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.c("accent_soft"))
        radius = k.R_CARD if self._square else self.width() / 2
        painter.drawRoundedRect(self.rect(), radius, radius)
        font = self._theme.font("strong")
        font.setPixelSize(max(10, round(self.width() * 0.38)))
        painter.setFont(font)
        painter.setPen(self._theme.c("accent_soft_text"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()


def chip_size(theme: Theme, text: str, icon: str) -> QSize:
    width = QFontMetrics(theme.font("caption")).horizontalAdvance(text)
    return QSize(width + theme.px(16) + (theme.px(15) if icon else 0), theme.px(20))


def paint_chip(theme: Theme, painter: QPainter, rect: QRectF, text: str, tone: str, icon: str) -> None:
    """Shared by the widget and by painted rows, so that both look the same."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.c(f"{tone}_soft"))
    painter.drawRoundedRect(rect, rect.height() / 2, rect.height() / 2)
    x = rect.x() + theme.px(8)
    if icon:
        side = theme.px(12)
        theme.paint_icon(
            painter,
            icon,
            theme.ink(tone),
            QRectF(x - 2, rect.y() + (rect.height() - side) / 2, side, side),
            2.2,
        )
        x += theme.px(14)
    painter.setFont(theme.font("caption"))
    painter.setPen(theme.c(theme.ink(tone)))
    painter.drawText(QRectF(x, rect.y(), rect.width(), rect.height()), Qt.AlignmentFlag.AlignVCenter, text)
    painter.restore()


class Chip(QWidget):
    """A state in a word, with its icon. Not clickable. Tones: neutral, accent, ok, warn, bad, infer."""

    def __init__(self, theme: Theme, text: str, tone: str = "neutral", icon: str = "") -> None:
        super().__init__()
        self._theme = theme
        self.set(text, tone, icon)

    def set(self, text: str, tone: str = "neutral", icon: str = "") -> None:
        self._text, self._tone, self._icon = text, tone, icon
        self.setFixedSize(chip_size(self._theme, text, icon))
        self.setAccessibleName(text)
        self.update()

    def text(self) -> str:
        return self._text

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chip(self._theme, painter, QRectF(self.rect()), self._text, self._tone, self._icon)
        painter.end()


class Dot(QWidget):
    """A state's colour, always beside its word."""

    def __init__(self, theme: Theme, tone: str, size: int = 8, square: bool = False) -> None:
        super().__init__()
        self._theme, self._tone, self._square = theme, tone, square
        self.setFixedSize(theme.px(size), theme.px(size))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.c(self._tone))
        if self._square:
            painter.drawRoundedRect(self.rect(), 2, 2)
        else:
            painter.drawEllipse(self.rect())
        painter.end()
