"""A field that is edited where it stands: its name and value; pressed, its input, with what is wrong below. Used by `panel`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.domain.errors import HitchpostError
from app.ui.kit import tokens as k
from app.ui.kit.layout import column, host, row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Chip, ClickableRow, Elided, Glyph, label, tool
from app.ui.records.editors import Editor

NAME_WIDTH = 76


@dataclass(frozen=True)
class Choice:
    """A line of the menu behind a value. `why_not`: it is switched off, and this is its tool tip."""

    text: str
    act: Callable[[], None]
    why_not: str = ""


@dataclass(frozen=True)
class Spec:
    """`key`: unique in its panel. `text`: what is shown; empty: `hint` stands there instead. `editor`: what edits it, None
    where it is only read. `save`: gets the editor's value; raises what is told beside the field. `chip`: (text, tone, icon)
    behind the value. `opens`: what a click does instead of editing. `note`: what is to be known about the value, below it."""

    key: str
    title: str
    text: str
    hint: str = ""
    editor: Callable[[], Editor] | None = None
    save: Callable[[Any], None] | None = None
    chip: tuple[str, str, str] | None = None
    opens: Callable[[], None] | None = None
    menu: tuple[Choice, ...] = field(default_factory=tuple)
    note: str = ""


class FieldRow(QWidget):
    """`closed`: editing ended, saved or not. Enter, Space, F2 or a click opens the editor; the menu key the menu."""

    closed = Signal()

    def __init__(self, theme: Theme, spec: Spec) -> None:
        super().__init__()
        self._theme, self.spec = theme, spec
        self.editor: Editor | None = None
        self._busy = False
        self._value = self._shown()
        self._told: QWidget | None = None  # made when there is something to tell: a page has a dozen of these
        self._right = column(self._value, gap=0)
        if spec.note:
            info = column(1, Glyph(theme, "info", "warn", k.ICON_SMALL), None, gap=0)
            note = label(theme, spec.note, "small", "muted", wrap=True)
            self._right.addWidget(host(row(info, (note, 1), gap=6, margins=(6, 0, 6, 4))))
        left = [column(5, self._title(), None, gap=0)] if spec.title else []
        self.setLayout(row(*left, (self._right, 1), gap=k.S1))

    def _title(self) -> QWidget:
        title = label(self._theme, self.spec.title, "small", "faint", wrap=True)
        title.setFixedWidth(self._theme.px(NAME_WIDTH))
        title.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        return title

    def _shown(self) -> QWidget:
        theme, spec = self._theme, self.spec
        lines = spec.text.splitlines() or [""]
        if spec.text and len(lines) > 1:
            text: QWidget = label(theme, spec.text, "small", wrap=True)
        else:
            text = Elided(
                theme, spec.text or spec.hint, "small", "link" if spec.opens else "" if spec.text else "faint"
            )
        parts: list[Any] = [(text, 1)]
        if spec.chip is not None:
            parts.append(Chip(theme, *spec.chip))
        inner = row(*parts, gap=6, margins=(6, 5, 6, 5))
        said = f"{spec.title}: {spec.text or spec.hint}" + (f", {spec.chip[0]}" if spec.chip else "")
        self.menu_button = None
        if spec.editor is None and spec.opens is None:
            shown = host(inner)
            shown.setAccessibleName(said)
        else:
            shown = ClickableRow("field", inner, said)
            shown.setToolTip("" if spec.opens else "Edit (Enter or F2)")
            shown.pressed.connect(spec.opens or self.edit)
        if not spec.menu:
            return shown
        self.menu_button = tool(theme, "more", f"More for {spec.text or spec.title}")
        self.menu_button.setProperty("small", "true")
        self.menu_button.setMenu(self._menu())
        return host(row((shown, 1), self.menu_button, gap=0))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        if self.spec.editor is not None and self.spec.opens is not None:
            menu.addAction("Edit").triggered.connect(self.edit)
        for choice in self.spec.menu:
            action = QAction(choice.text, menu)
            action.triggered.connect(choice.act)
            menu.addAction(action)
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.menu_button is not None and self.menu_button.isVisibleTo(self):
            self.menu_button.menu().popup(event.globalPos())

    def take_focus(self) -> None:
        part = self._value if isinstance(self._value, ClickableRow) else self._value.findChild(ClickableRow)
        if part is not None:
            part.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F2 and self.editor is None:
            self.edit()
            return
        super().keyPressEvent(event)

    # --- editing

    @property
    def editing(self) -> bool:
        return self.editor is not None

    def fault(self) -> str:
        return self._fault.text() if self._told is not None and self._told.isVisibleTo(self) else ""

    def _tell(self, text: str) -> None:
        if self._told is None:
            self._fault = label(self._theme, "", "small", "bad", wrap=True)
            glyph = column(1, Glyph(self._theme, "bounce", "bad", k.ICON_SMALL), None, gap=0)
            self._told = host(row(glyph, (self._fault, 1), gap=6, margins=(0, 4, 0, 2)))
            self._right.insertWidget(1, self._told)  # below the editor
        self._fault.setText(text)
        self._told.show()

    @Slot()
    def edit(self) -> None:
        if self.spec.editor is None or self.editor is not None:
            return
        self.editor = self.spec.editor()
        self.editor.set_name(self.spec.title)
        self.editor.done.connect(self.save)
        self.editor.given_up.connect(self.give_up)
        self.editor.left.connect(self._on_left)
        self._value.hide()
        self._right.insertWidget(0, self.editor)
        self.editor.show()  # at once, not when the layout gets round to it: what is hidden takes no focus
        self.editor.take_focus()

    @Slot()
    def save(self) -> bool:
        if self.editor is None or self.spec.save is None or self._busy:
            return False
        self._busy = True  # what the change shows anew may take the keyboard away, which is no second wish
        try:
            self.spec.save(self.editor.value())
        except HitchpostError as fault:
            self.editor.set_fault(str(fault))
            self._tell(str(fault))
            return False
        finally:
            self._busy = False
        self._close()
        return True

    @Slot()
    def give_up(self) -> None:
        self._close()

    @Slot()
    def _on_left(self) -> None:
        """What was typed and can be kept is kept; what cannot stays to be mended."""
        if self.editor is not None and not self._busy:
            self.save()

    def _close(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            self._busy = True
            had = editor.isAncestorOf(self.window().focusWidget()) if self.window().focusWidget() else False
            if self._told is not None:
                self._told.hide()
            self._right.removeWidget(editor)
            self._value.show()
            if had:
                self.take_focus()
            editor.hide()
            editor.deleteLater()
            self._busy = False
        self.closed.emit()
