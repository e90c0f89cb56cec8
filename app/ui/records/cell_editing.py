"""A cell of a table that is edited in its row: the input lies over the cell, what is wrong with it stands beside it. Used by
`page`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.errors import HitchpostError
from app.ui.kit import tokens as k
from app.ui.kit.layout import box, column, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Glyph, label
from app.ui.records.columns import Column, places
from app.ui.records.editors import Editor
from app.ui.records.table import RecordsView

WIDEST_FAULT = 320  # px at 100 %
LEAST, LEAST_OF_TWO = 140, 240  # px at 100 % of an input, and of an amount beside its currency


@dataclass(frozen=True)
class CellEdit:
    """`save` gets the editor's value; raises what is told beside the field."""

    editor: Callable[[], Editor]
    save: Callable[[Any], None]


class _Ground(QFrame):
    """Carries the editor. Keys that it leaves do not move the table below."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()


class CellEditing(QObject):
    """`edit_of(column, line)`: how a cell is edited. Enter saves, Esc gives up, Tab and Shift+Tab save and go on to the next
    cell of the row that can be edited; what was typed and can be kept is kept when the keyboard goes elsewhere. `ended`: the
    input is gone, saved or not; what changed meanwhile can be shown."""

    ended = Signal()

    def __init__(
        self, theme: Theme, view: RecordsView, columns: Sequence[Column], edit_of: Callable[[Column, Any], CellEdit]
    ) -> None:
        super().__init__(view)
        self._theme, self._view, self._columns, self._edit_of = theme, view, columns, edit_of
        self.editor: Editor | None = None
        self._edit: CellEdit | None = None
        self._ground: QWidget | None = None
        self._index = QPersistentModelIndex()
        self._at = 0
        self._busy = False
        self._text = label(theme, "", "small", "bad", wrap=True)
        glyph = column(1, Glyph(theme, "bounce", "bad", k.ICON_SMALL), None, gap=0)
        self._fault = box("toast", row(glyph, (self._text, 1), gap=6, margins=(k.S2, 6, k.S2, 6)))
        self._fault.setParent(view.viewport())
        self._fault.hide()
        view.verticalScrollBar().valueChanged.connect(self._place)
        view.resized.connect(self._place)
        view.model().modelAboutToBeReset.connect(self.give_up)

    @property
    def editing(self) -> bool:
        return self.editor is not None

    @property
    def column(self) -> Column:
        return self._columns[self._at]

    def fault(self) -> str:
        return self._text.text() if not self._fault.isHidden() else ""

    def shown(self) -> list[int]:
        """The columns that can be edited and have room, by their places."""
        room = places(self._theme, self._columns, self._view.viewport().width())
        return [at for at, (_, width) in enumerate(room) if width and self._columns[at].key]

    def begin(self, index: QModelIndex, at: int | None = None) -> bool:
        """The first cell of a row that can be edited, or the one in column `at`."""
        self.give_up()
        shown = self.shown()
        line = self._view.model().data(index, Qt.ItemDataRole.UserRole) if index.isValid() else None
        if line is None or not shown:
            return False
        self._view.scrollTo(index)
        self._at = shown[0] if at is None else at
        self._index = QPersistentModelIndex(index)
        self._edit = self._edit_of(self.column, line.line)
        self.editor = editor = self._edit.editor()
        editor.set_name(self.column.title)
        editor.done.connect(self.save)
        editor.given_up.connect(self.give_up)
        editor.left.connect(self._on_left)
        for part in editor.inputs():
            part.installEventFilter(self)
        self._ground = _Ground(self._view.viewport())
        self._view.edited_cell = (self._index.row(), self._at)
        self._ground.setLayout(column(editor, gap=0))
        self._ground.show()
        self._place()
        editor.take_focus()
        return True

    @Slot()
    def save(self) -> bool:
        """False while something is wrong with it, which is told then."""
        if self.editor is None or self._edit is None or self._busy:
            return False
        self._busy = True  # what the change shows anew may take the keyboard away, which is no second wish
        try:
            self._edit.save(self.editor.value())
        except HitchpostError as fault:
            self.editor.set_fault(str(fault))
            self._text.setText(str(fault))
            self._fault.show()
            self._place()
            return False
        finally:
            self._busy = False
        self.give_up()
        return True

    @Slot()
    def give_up(self) -> None:
        """Ends it without saving."""
        ground, editor = self._ground, self.editor
        if ground is None or editor is None:
            return
        self._ground = self.editor = self._edit = None
        self._view.edited_cell = None
        now = self._view.window().focusWidget()
        had = now is not None and ground.isAncestorOf(now)
        self._busy = True
        self._fault.hide()
        if had:
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        ground.hide()
        ground.deleteLater()
        self._busy = False
        self.ended.emit()

    @Slot()
    def _on_left(self) -> None:
        if not self._busy:
            self.save()

    def step(self, by: int) -> None:
        """Saves, and goes on to the next cell (1) or the one before (-1); behind the last one it ends."""
        shown, at = self.shown(), self._at
        if not self.save():
            return
        position = shown.index(at) + by if at in shown else -1
        if 0 <= position < len(shown):
            self.begin(self._view.currentIndex(), shown[position])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress or self.editor is None:
            return False
        parts = self.editor.inputs()
        if event.key() == Qt.Key.Key_Tab and watched is parts[-1]:
            self.step(1)
            return True
        if event.key() == Qt.Key.Key_Backtab and watched is parts[0]:
            self.step(-1)
            return True
        return False

    @Slot()
    def _place(self) -> None:
        """Over the cell, and as wide as the input needs; the fault below it, or above where no room is left."""
        if self._ground is None:
            return
        viewport, rect = self._view.viewport(), self._view.visualRect(self._index)
        x, width = places(self._theme, self._columns, viewport.width())[self._at]
        hint = self._ground.sizeHint()
        inputs = len(self.editor.inputs()) if self.editor is not None else 1
        least = min(self._theme.px(LEAST), width + k.S2) if inputs == 1 else self._theme.px(LEAST_OF_TWO)
        wide = max(width, self._ground.minimumSizeHint().width(), least)  # one input leaves the next cell's text free
        left = x + width - wide if self.column.right else x
        left = max(k.S2, min(left, viewport.width() - wide - k.S2))
        top = rect.y() + (rect.height() - hint.height()) // 2
        self._ground.setGeometry(left, top, wide, hint.height())
        if self._fault.isHidden():
            return
        room = max(wide, self._theme.px(WIDEST_FAULT))
        high = max(self._fault.heightForWidth(room), self._fault.minimumSizeHint().height())
        below = top + hint.height() + 2
        if below + high > viewport.height():
            below = top - high - 2
        start = min(left + wide - room, left) if self.column.right else left
        start = max(k.S2, min(start, viewport.width() - room - k.S2))
        self._fault.setGeometry(QRect(start, below, room, high))
        self._fault.raise_()
