"""Pills of which one is chosen, in one line whatever the width: those that have no room are in a menu at its end. Used by the
activity page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QMenu

from app.ui.kit.fields import FilterRow, Pill
from app.ui.kit.theme import Theme

MORE = "More"
GAP = 6  # px between two, as `FilterRow` has it


class OverflowRow(FilterRow):
    """`more` has the name of the chosen one where that is in its menu."""

    def __init__(self, theme: Theme, options: Sequence[tuple[str, str]], name: str) -> None:
        super().__init__(theme, options, name)
        self._texts = dict(options)
        self.more = Pill(theme, MORE)
        self.more.setAutoExclusive(False)
        self._menu = QMenu(self.more)
        self._actions: dict[str, QAction] = {}
        for key, text in options:
            action = self._menu.addAction(text.replace("&", "&&"))
            action.setCheckable(True)
            action.setData(key)
            action.triggered.connect(self._on_menu)
            self._actions[key] = action
        self.more.clicked.connect(self._on_more)
        lay = self.layout()
        assert lay is not None
        lay.addWidget(self.more)
        self.more.hide()
        self.chosen.connect(self._name_more)

    def hidden_keys(self) -> tuple[str, ...]:
        """Those that are in the menu alone, at this width."""
        return tuple(key for key in self._texts if self.pill(key).isHidden())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room(event.size().width())

    def _make_room(self, width: int) -> None:
        widths = {key: self.pill(key).sizeHint().width() for key in self._texts}
        used = sum(widths.values()) + GAP * (len(widths) - 1)
        longest = max(self._wide(text) for text in (MORE, *self._texts.values()))
        gone: list[str] = []
        for key in reversed(self._texts):
            if used + (GAP + longest if gone else 0) <= width:
                break
            gone.append(key)
            used -= widths[key] + GAP
        for key in self._texts:
            self.pill(key).setHidden(key in gone)
            self._actions[key].setVisible(key in gone)
        self.more.setHidden(not gone)
        self._name_more()

    def _wide(self, text: str) -> int:
        return self.more.width_of(self._arrowed(text))

    @staticmethod
    def _arrowed(text: str) -> str:
        return f"{text} ▾"

    @Slot()
    def _name_more(self) -> None:
        inside = self.key() in self.hidden_keys()
        text = self._texts[self.key()] if inside else MORE
        self.more.set_text(self._arrowed(text))
        self.more.setAccessibleName(f"{text}, more kinds" if inside else "More kinds")
        self.more.setChecked(inside)

    @Slot()
    def _on_more(self) -> None:
        for key, action in self._actions.items():
            action.setChecked(key == self.key())
        self._name_more()  # a click has changed whether it is checked
        self._menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    @Slot()
    def _on_menu(self) -> None:
        sender = self.sender()
        if isinstance(sender, QAction):
            self.choose(sender.data())
            self.more.setFocus()
