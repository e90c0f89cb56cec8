"""The small parts that screens are made of. All colours come from the theme at paint time."""

from __future__ import annotations

import html
from typing import ClassVar

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.ui.kit import tokens as k
from app.ui.kit.layout import column, row
from app.ui.kit.theme import Theme

THIN_SPACE = "\u2009"  # the gap between icon and text is no property of a style sheet


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


class Prose(WrappedLabel):
    """Running text with the line height of the design (a plain QLabel has none). Escapes what it is given; line
    breaks are kept. `setText` of it takes plain text, too."""

    def __init__(self, theme: Theme, text: str, tone: str = "", role: str = "body") -> None:
        super().__init__()
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
        escaped = html.escape(text, quote=False).replace("\n", "<br>")
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

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self.text() if self.natural_width() > self.width() + 2 else "")
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        one_line = " ".join(self.text().split())
        text = self.fontMetrics().elidedText(one_line, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()


class FittingElided(Elided):
    """As wide as its text where there is room, else elided: for a title with something right behind it."""

    def __init__(self, theme: Theme, text: str, role: str = "body", tone: str = "") -> None:
        super().__init__(theme, text, role, tone)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def sizeHint(self) -> QSize:
        return QSize(self.natural_width(), super().sizeHint().height())


def press_on_enter(pressed: QAbstractButton, event: QKeyEvent) -> bool:
    """Enter presses the button that has the focus, whichever the dialog's default is. True when it did; a menu opens."""
    plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
    if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not plain or event.isAutoRepeat():
        return False
    if isinstance(pressed, QPushButton | QToolButton) and pressed.menu() is not None:
        pressed.showMenu()
    else:
        pressed.click()
    return True


class Button(QPushButton):
    """`kind`: "" (secondary), primary, quiet, link, danger, fold, file. One primary a view. Never of fixed width."""

    ICON_COLORS: ClassVar = {"primary": "on_accent", "link": "link", "danger": "bad_text"}

    def __init__(
        self,
        theme: Theme,
        text: str,
        kind: str = "",
        icon: str = "",
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._kind = kind
        self._icon = icon
        self._verb = text
        if kind:
            self.setProperty("kind", kind)
        self.setFont(theme.font({"primary": "strong", "fold": "small", "file": "small"}.get(kind, "body")))
        if icon:
            size = k.ICON_SMALL if kind in ("fold", "file") else k.ICON
            theme.bind_icon(self, icon, self.ICON_COLORS.get(kind, "muted"), size)
        self.set_verb(text)
        self.setAccessibleName(name or text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAutoDefault(False)

    def set_verb(self, text: str) -> None:
        """Changes the text, keeping the gap after the icon."""
        self._verb = text
        shown = text.replace("&", "&&") if text else ""
        self.setText(THIN_SPACE + shown if self._icon and shown else shown)

    def set_busy(self, verb: str) -> None:
        """ "Sending…": disabled, same width. `set_ready` ends it."""
        self.setMinimumWidth(self.width() if self.isVisible() else self.sizeHint().width())
        self.setText(THIN_SPACE + verb if self._icon else verb)
        self.setEnabled(False)

    def set_ready(self) -> None:
        self.setMinimumWidth(0)
        self.set_verb(self._verb)
        self.setEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_on_enter(self, event):
            super().keyPressEvent(event)


def button(theme: Theme, text: str, kind: str = "", icon: str = "", name: str = "") -> Button:
    return Button(theme, text, kind, icon, name)


def menu_button(theme: Theme, text: str, menu: QMenu, kind: str = "") -> Button:
    """A button with a chevron behind its text that opens a menu."""
    made = Button(theme, text, kind)
    theme.bind_icon(made, "chevron-down", Button.ICON_COLORS.get(kind, "muted"), k.ICON_SMALL)
    made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    made.setMenu(menu)
    return made


class ToolButton(QToolButton):
    """32 × 32, icon only; `name` is its tool tip and its accessible name."""

    def __init__(self, theme: Theme, icon: str, name: str, checkable: bool = False) -> None:
        super().__init__()
        self.setProperty("kind", "quiet")
        self.setProperty("square", "true")
        self.setToolTip(name)
        self.setAccessibleName(name)
        theme.bind_icon(self, icon)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not press_on_enter(self, event):
            super().keyPressEvent(event)


def tool(theme: Theme, icon: str, name: str, checkable: bool = False) -> ToolButton:
    return ToolButton(theme, icon, name, checkable)


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

    def set_tone(self, tone: str) -> None:
        self._tone = tone
        self.update()

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


class Switch(QCheckBox):
    """A check box drawn as a switch, for what takes effect at once. Without text, give it an accessible name."""

    def __init__(self, theme: Theme, text: str = "", on: bool = False, name: str = "") -> None:
        super().__init__(text)
        self._theme = theme
        self.setFont(theme.font("body"))
        self.setChecked(on)
        self.setAccessibleName(name or text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        words = 8 + self.fontMetrics().horizontalAdvance(self.text()) if self.text() else 0
        return QSize(self._theme.px(36) + words, self._theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, enabled = self.isChecked(), self.isEnabled()
        top = (self.height() - px(20)) / 2
        painter.setPen(
            Qt.PenStyle.NoPen if on and enabled else QPen(theme.c("border_input" if enabled else "border"), 1)
        )
        painter.setBrush(theme.c("accent" if on and enabled else "sunken"))
        painter.drawRoundedRect(QRectF(0.5, top + 0.5, px(36) - 1, px(20) - 1), px(19) / 2, px(19) / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.c("disabled" if not enabled else "on_accent" if on else "neutral"))
        knob = px(13)
        painter.drawEllipse(QRectF(px(36) - knob - 4 if on else 4, top + (px(20) - knob) / 2, knob, knob))
        if self.text():
            painter.setPen(theme.c("text" if enabled else "disabled"))
            painter.setFont(self.font())
            painter.drawText(self.rect().adjusted(px(36) + 8, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.end()


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
        self.title = label(theme, title, "strong", wrap=True)
        self.text = label(theme, text, "body", wrap=True)
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
        self.title.setText(title)
        self.text.setText(text)
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


class ClickableRow(QFrame):
    """A ground that acts like a button: a pointer, Enter and Space press it."""

    pressed = Signal()

    def __init__(self, kind: str, layout: QHBoxLayout, name: str) -> None:
        super().__init__()
        self.setProperty("box", kind)
        self.setLayout(layout)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


def elide(font: QFont, text: str, width: int) -> str:
    return QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)
