"""What was just done, for some seconds at the foot of a page, with the button that takes it back. Used by the pages of records
and the section Users."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.errors import HitchpostError
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import FittingElided, Glyph, button, tool

MOST_UNDONE = 100  # changes that Ctrl+Z takes back, the latest first
UNDER_WAY = object()  # what an `undo` returns that takes its time, and tells itself when it is done
SHOWN_FOR = 12_000  # ms; while the pointer or the keyboard is on it, it stays


class Toast(QFrame):
    """Lies over the lower edge of `page`. `done(text, undo, verb)` shows it, `verb` on the button; `undo` may raise, its
    text is shown then. `focus_left`: it had the focus, and is gone.
    Ctrl+Z takes back what was done also when it is not shown any more, one after the other."""

    focus_left = Signal()

    def __init__(self, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._theme = theme
        self._undone: deque[Callable[[], object]] = deque(maxlen=MOST_UNDONE)
        self.setProperty("box", "toast")
        self._glyph = Glyph(theme, "check", "ok")
        self.text = FittingElided(theme, "", "body")
        self.undo_button = button(theme, "Undo", "link", "undo")
        self.undo_button.setToolTip("Take it back (Ctrl+Z)")
        self.close_button = tool(theme, "cross", "Dismiss")
        self.undo_button.clicked.connect(self.undo)
        self.close_button.clicked.connect(self.close_it)
        parts = row(self._glyph, (self.text, 1), self.undo_button, self.close_button, gap=k.S3)
        parts.setContentsMargins(k.S4, k.S1, k.S1, k.S1)
        self.setLayout(parts)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_FOR)
        self._timer.timeout.connect(self._on_timeout)
        page.installEventFilter(self)
        self.hide()

    def done(self, text: str, undo: Callable[[], object] | None = None, verb: str = "Undo") -> None:
        if undo is not None:
            self._undone.append(undo)
            self.undo_button.set_verb(verb)
            self.undo_button.setAccessibleName(verb)
            self.undo_button.setToolTip(f"{'Take it back' if verb == 'Undo' else verb} (Ctrl+Z)")
        self._glyph.set("check", "ok")
        self._show(text, undo is not None)

    def failed(self, text: str) -> None:
        self._glyph.set("bounce", "bad")
        self._show(text, False)

    def _show(self, text: str, undoable: bool) -> None:
        self.text.setText(text)
        self.text.updateGeometry()
        self.setAccessibleName(text)
        self.undo_button.setVisible(undoable)
        self.show()
        self.raise_()
        self._place()
        self._timer.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    @property
    def can_undo(self) -> bool:
        return bool(self._undone)

    @Slot()
    def undo(self) -> None:
        """Takes back what was done last and is not taken back yet."""
        if not self._undone:
            return
        try:
            taken = self._undone.pop()()
        except HitchpostError as fault:
            self.failed(str(fault))
            return
        if taken is UNDER_WAY:
            self.close_it()
        else:
            self.done("Taken back")

    @Slot()
    def close_it(self) -> None:
        focus = self.window().focusWidget()
        held = focus is not None and self.isAncestorOf(focus)
        self.hide()
        if held:
            self.focus_left.emit()

    @Slot()
    def _on_timeout(self) -> None:
        if self.underMouse() or self.undo_button.hasFocus() or self.close_button.hasFocus():
            self._timer.start()
        else:
            self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parentWidget() and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        return False

    def _place(self) -> None:
        page = self.parentWidget()
        if page is None or self.isHidden():
            return
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        hint = self.sizeHint()
        width = min(hint.width(), page.width() - 2 * k.S6)
        self.setGeometry((page.width() - width) // 2, page.height() - hint.height() - k.S5, width, hint.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_it()
            return
        super().keyPressEvent(event)
