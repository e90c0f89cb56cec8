"""The main window over the stand-in program, and dialogs over it, for pictures and tests."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.ui.kit.theme import Theme
from app.ui.main_window import MainWindow
from tests.ui.support.sample_program import SampleProgram

Make = Callable[[Theme, SampleProgram], QWidget]


def window(theme: Theme, program: SampleProgram, page: str = "activity") -> MainWindow:
    made = MainWindow(theme, program)
    made.show_page(page)
    return made


def dialog(make: Callable[[Theme, SampleProgram, QWidget], QWidget]) -> Make:
    """Its `keep` is the window over which it stands."""

    def build(theme: Theme, program: SampleProgram) -> QWidget:
        parent = window(theme, program)
        made = make(theme, program, parent)
        made.keep = parent  # type: ignore[attr-defined]
        return made

    return build
