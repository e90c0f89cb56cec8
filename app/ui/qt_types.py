"""Makes the Qt classes that later screens name, on the main thread, before another thread loads these screens. Used by
`Desktop`.

PySide makes a class when it is first asked for, and guards its list of those that are still to be made against nothing: two
threads that ask at once end the program with a segmentation fault (seen with 6.11, in `Shiboken::Module::incarnateType`).
What is made already is only looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, QTimer, Signal, Slot

# All that modules of `app` import and the first picture does not need; a test compares
LATER: dict[ModuleType, tuple[str, ...]] = {
    QtCore: ("QBuffer", "QDateTime", "QItemSelection", "QItemSelectionModel", "QMimeData", "QUrl"),
    QtGui: (
        "QAccessible", "QAccessibleEvent", "QBrush", "QContextMenuEvent", "QDesktopServices", "QDragEnterEvent",
        "QDropEvent", "QHideEvent", "QImage", "QImageReader", "QImageWriter", "QStandardItem", "QStandardItemModel",
        "QSyntaxHighlighter", "QTextBlock", "QTextBlockFormat", "QTextCharFormat", "QTextCursor", "QTextDocument",
        "QTextFormat", "QTextFrame", "QTextImageFormat", "QTextLayout", "QTextList", "QTextListFormat", "QTextOption",
        "QTextTable", "QWheelEvent",
    ),
    QtWidgets: (
        "QAbstractSlider", "QCompleter", "QFileDialog", "QGridLayout", "QListView", "QListWidget", "QListWidgetItem",
        "QStyleOptionComboBox", "QStylePainter",
    ),
}  # fmt: skip


class QtTypes(QObject):
    """`made` once after `start`: all of them are there. One at a time, so that the window goes on meanwhile. Main thread
    only."""

    made = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left: Iterator[tuple[ModuleType, str]] = iter([(m, name) for m, names in LATER.items() for name in names])
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._make_one)

    def start(self) -> None:
        self._timer.start(0)

    def stop(self) -> None:
        """It does not come any more."""
        self._timer.stop()

    @Slot()
    def _make_one(self) -> None:
        wanted = next(self._left, None)
        if wanted is None:
            self._timer.stop()
            self.made.emit()
        else:
            getattr(*wanted)
