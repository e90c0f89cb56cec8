"""Which stage each of those becomes that a file of deals names and that are none here. Part of the import dialog."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from app.ui.kit import tokens as k
from app.ui.kit.fields import combo
from app.ui.kit.layout import clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, label

SKIPPED = "Rows are not imported"
_HIGH = 3  # rows that are seen without scrolling


class StagesView(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self.boxes: list[QComboBox] = []
        self._rows = column(gap=0, margins=(k.S3, 0, k.S3, 0))
        self._area = scroll(host(column(self._rows, None, gap=0)))
        head = row(
            (label(theme, "Stage in the file, which is none here", "small_strong", "muted"), 1),
            (label(theme, "Becomes", "small_strong", "muted"), 1),
            gap=k.S3,
            margins=(k.S3, 0, k.S3, 0),
        )
        self.setLayout(column(head, line(), self._area, gap=k.S1))
        self.hide()

    def show_stages(self, names: Sequence[str], stages: Sequence[str]) -> None:
        """What was chosen for a name before stays chosen. Hidden where there is nothing to choose."""
        before = dict(self.chosen())
        clear(self._rows)
        self.boxes, self._names = [], tuple(names)
        options = [(SKIPPED, ""), *((stage, stage) for stage in stages)]
        for name in self._names:
            choice = combo(self._theme, options, f"What the stage {name} becomes")
            choice.setCurrentIndex(max(0, choice.findData(before.get(name, ""))))
            self.boxes.append(choice)
            self._rows.addLayout(
                row((Elided(self._theme, name, "medium"), 1), (choice, 1), gap=k.S3, margins=(0, 4, 0, 4))
            )
        high = min(len(self._names), _HIGH) * self._theme.px(48)
        self._area.setFixedHeight(max(high, 1))
        self.setVisible(bool(self._names))

    def chosen(self) -> tuple[tuple[str, str], ...]:
        """(name in the file, stage here)."""
        pairs = zip(self._names, self.boxes, strict=True)
        return tuple((name, str(box.currentData())) for name, box in pairs if box.currentData())
