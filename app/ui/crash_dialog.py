"""What a bug becomes: a dialog with a report to copy, instead of silence. Installed by the bootstrap."""

from __future__ import annotations

import logging
import platform
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import TYPE_CHECKING

import PySide6
from PySide6.QtCore import QObject, Qt, Signal, Slot, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.ui.kit.dialog import Dialog
from app.ui.kit.widgets import button

if TYPE_CHECKING:
    from app.ui.kit.theme import Theme

log = logging.getLogger(__name__)

# A report is meant for strangers: addresses and what looks like a secret stay here.
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SECRET = re.compile(r"(?i)(passw(?:or)?d|token|secret|passphrase)(\W{1,4})(\S+)")


def make_report(version: str, kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> str:
    """Versions and traceback, without e-mail addresses and without what stands behind words such as password."""
    lines = "".join(traceback.format_exception(kind, value, trace))
    masked = _SECRET.sub(r"\1\2•••", _ADDRESS.sub("<address>", lines))
    return (
        f"Hitchpost {version}\nPython {platform.python_version()}, PySide6 {PySide6.__version__}, Qt {qVersion()}\n"
        f"{platform.platform()}\n\n{masked}"
    )


class CrashDialog(Dialog):
    def __init__(self, theme: Theme, report: str, parent: QWidget | None) -> None:
        super().__init__(
            theme,
            "Something in Hitchpost went wrong",
            "This is a fault of the program. What was logged and sent is safe; the last action may not have been done.",
            parent,
            width=640,
            cancel="",
        )
        self.setObjectName("crash")
        self.report = QPlainTextEdit(report)
        self.report.setProperty("kind", "report")
        self.report.setReadOnly(True)
        self.report.setFont(theme.font("mono"))
        self.report.setMinimumHeight(theme.px(220))
        self.report.setTabChangesFocus(True)
        self.report.setAccessibleName("Report")
        self.add(self.report, 1)
        self.copy_button = button(theme, "Copy the report", "quiet", "copy")
        self.copy_button.clicked.connect(self.copy)
        self.set_note(self.copy_button)
        close = self.set_verb("Go on")
        close.clicked.connect(self.accept)
        close.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report.toPlainText())
        self.copy_button.set_verb("Copied")


class CrashReporter(QObject):
    """Takes over `sys.excepthook` and `threading.excepthook`; from whatever thread, the dialog opens on the main one.
    While one is open, further faults are added to its report, not to the screen."""

    _raised = Signal(str)

    def __init__(self, theme: Theme, version: str, window: QWidget | None = None) -> None:
        super().__init__()
        self._theme, self._version, self._window = theme, version, window
        self._dialog: CrashDialog | None = None
        self._raised.connect(self._on_raised, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        sys.excepthook = self.handle
        threading.excepthook = self._handle_thread

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def handle(self, kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, (KeyboardInterrupt, SystemExit)):
            sys.__excepthook__(kind, value, trace)
            return
        log.error("uncaught exception", exc_info=(kind, value, trace))
        self._raised.emit(make_report(self._version, kind, value, trace))

    def _handle_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.handle(args.exc_type, args.exc_value, args.exc_traceback)

    @Slot(str)
    def _on_raised(self, report: str) -> None:
        if self._dialog is not None:
            self._dialog.report.appendPlainText(f"\n{report}")
            return
        parent = self._window if self._window is not None and self._window.isVisible() else None
        self._dialog = CrashDialog(self._theme, report, parent)
        self._dialog.finished.connect(self._on_closed)
        self._dialog.open()

    @property
    def dialog(self) -> CrashDialog | None:
        return self._dialog

    @Slot()
    def _on_closed(self) -> None:
        self._dialog = None
