"""The attached files under the text, each with its size and a cross."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.domain.outbox import AttachmentRef
from app.ui.kit import times
from app.ui.kit import tokens as k
from app.ui.kit.layout import row
from app.ui.kit.theme import Theme
from app.ui.kit.widgets import FittingElided, Glyph, label, tool

LONGEST_FILE = 320  # pixels


class FileChip(QFrame):
    """One file. Delete removes it."""

    removed = Signal(QObject)

    def __init__(self, theme: Theme, file: AttachmentRef, parent: QWidget) -> None:
        super().__init__(parent)
        self.file = file
        self.setProperty("box", "sunken")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross = tool(theme, "cross", f"Remove {file.filename}")
        theme.bind_icon(cross, "cross", "muted", 12)
        cross.setStyleSheet("min-width: 0; max-width: 18px; min-height: 0; max-height: 18px")
        cross.setFixedSize(theme.px(18), theme.px(18))
        cross.clicked.connect(self._on_cross)
        self.cross = cross
        name = FittingElided(theme, file.filename, "small")
        self.setLayout(
            row(
                Glyph(theme, "attach", "muted", 14),
                (name, 1),
                label(theme, times.size(file.size), "small", "faint"),
                cross,
                gap=6,
                margins=(8, 3, 5, 3),
            )
        )
        self.setMaximumWidth(theme.px(LONGEST_FILE))
        self.setAccessibleName(f"{file.filename}, {times.size(file.size)}")

    def sizeHint(self) -> QSize:
        wanted = super().sizeHint()
        return QSize(min(wanted.width(), self.maximumWidth()), wanted.height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self)
        else:
            super().keyPressEvent(event)

    @Slot()
    def _on_cross(self) -> None:
        self.removed.emit(self)


class FilesRow(QWidget):
    """Inline pictures are not in it: they live and go with the text. Hidden while there is no file."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._chips: list[FileChip] = []
        self.setAccessibleName("Attached files")
        self.hide()

    def files(self) -> tuple[AttachmentRef, ...]:
        return tuple(chip.file for chip in self._chips)

    def set_files(self, files: tuple[AttachmentRef, ...]) -> None:
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = []
        for file in files:
            self._append(file)
        self._arrange()

    def add_file(self, file: AttachmentRef) -> None:
        """The same content under the same name is attached once."""
        if any((c.file.sha256, c.file.filename) == (file.sha256, file.filename) for c in self._chips):
            return
        self._append(file)
        self._arrange()
        self.changed.emit()

    def _append(self, file: AttachmentRef) -> None:
        chip = FileChip(self._theme, file, self)
        chip.removed.connect(self._on_removed)
        chip.show()
        self._chips.append(chip)

    @Slot(QObject)
    def _on_removed(self, chip: FileChip) -> None:
        self._chips.remove(chip)
        chip.hide()
        chip.deleteLater()
        self._arrange()
        self.changed.emit()

    def _arrange(self) -> None:
        self.setVisible(bool(self._chips))
        left, x, y, height = k.S6, k.S6, 4, self._theme.px(26)
        for chip in self._chips:
            size = chip.sizeHint()
            width = min(size.width(), max(120, self.width() - 2 * left))
            if x > left and x + width > self.width() - left:
                x, y = left, y + height + 6
            chip.setGeometry(QRect(x, y, width, height))
            x += width + 8
        self.setFixedHeight(y + height + 10)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
