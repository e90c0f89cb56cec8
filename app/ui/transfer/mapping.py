"""What each column of a table is taken for, with its first values, to be changed. Part of the import dialog."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QWidget

from app.domain.transfer import TablePreview
from app.ui.kit import tokens as k
from app.ui.kit.fields import combo
from app.ui.kit.layout import clear, column, host, line, row, scroll
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import Elided, label

NOTHING = "Not imported"
MOST_SHOWN = 200  # columns; the others are not imported unless they were recognised
_VALUES = 3


class MappingView(QWidget):
    """`changed` when a person chose another field."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mapping: list[str] = []
        self.boxes: list[QComboBox] = []
        self._rows = column(gap=0, margins=(k.S3, 0, k.S3, 0))
        area = scroll(host(column(self._rows, None, gap=0)))
        area.setMinimumHeight(theme.px(230))
        head = row(
            (label(theme, "Column of the file", "small_strong", "muted"), 2),
            (label(theme, "First values", "small_strong", "muted"), 3),
            (label(theme, "Becomes", "small_strong", "muted"), 3),
            gap=k.S3,
            margins=(k.S3, 0, k.S3, 0),
        )
        self.setLayout(column(head, line(), (area, 1), gap=k.S1))

    def show_table(self, preview: TablePreview, fields: dict[str, str]) -> None:
        clear(self._rows)
        self.boxes = []
        self._mapping = list(preview.mapping)
        options = [(NOTHING, ""), *((name, key) for key, name in fields.items())]
        for place, name in enumerate(preview.header[:MOST_SHOWN]):
            values = [r[place] for r in preview.rows if place < len(r) and r[place]][:_VALUES]
            choice = combo(self._theme, options, f"What the column {name} becomes")
            choice.setCurrentIndex(max(0, choice.findData(preview.mapping[place])))
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.currentIndexChanged.connect(self._on_changed)
            self.boxes.append(choice)
            self._rows.addLayout(
                row(
                    (Elided(self._theme, name or f"Column {place + 1}", "medium"), 2),
                    (Elided(self._theme, " · ".join(values), "small", "muted"), 3),
                    (choice, 3),
                    gap=k.S3,
                    margins=(0, 4, 0, 4),
                )
            )

    def mapping(self) -> tuple[str, ...]:
        chosen = [str(box.currentData()) for box in self.boxes]
        return (*chosen, *self._mapping[len(chosen) :])

    @Slot(int)
    def _on_changed(self, _index: int) -> None:
        self.changed.emit()
