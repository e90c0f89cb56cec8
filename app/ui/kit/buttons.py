"""What is pressed: buttons, icon buttons, switches, and rows that act like a button. Used by every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.ui.kit import tokens as k

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

THIN_SPACE = "\u2009"  # the gap between icon and text is no property of a style sheet


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


class RadioGroup(QButtonGroup):
    """Buttons of which one is chosen: Tab stops at that one, arrows move between them. (Qt alone stops at the one that
    had the focus last, so that Tab may never reach one that was chosen by the program.)"""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.buttonToggled.connect(self._on_toggled)

    @Slot(QAbstractButton, bool)
    def _on_toggled(self, chosen: QAbstractButton, on: bool) -> None:
        if on:
            for each in self.buttons():
                stops = each is chosen
                each.setFocusPolicy(Qt.FocusPolicy.StrongFocus if stops else Qt.FocusPolicy.ClickFocus)


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
